"""Which tables the claims are tested on, without loading the libraries of statistics at every planning."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from replicortex.config.needs import twenty_tasks
from replicortex.pipeline.discovery import papers
from replicortex.pipeline.paper import Paper
from replicortex.provenance import SourceGraph

if TYPE_CHECKING:
    from replicortex.config import Study

Read = dict[str, tuple[str, ...]]
# settings without which no claim about an experiment can be tested
NEEDS = (twenty_tasks("reference"), twenty_tasks("distributed_rules"))
_READER = "replicortex.report.rows:tables_read"


def tables_of_claims(graph: SourceGraph, cache: Path, known: Mapping[str, Paper] | None = None) -> Read:
    """Experiment -> tables that claims are tested on.

    Parameters
    ----------
    graph
        Tells whether the claims are those of the last call.
    cache
        File that keeps the answer until the code of a claim changes.
    known
        The papers; all by default.
    """
    known = papers() if known is None else known
    code = graph.code_hash(_READER, *(paper.claims for paper in known.values() if paper.claims))
    try:
        kept = json.loads(cache.read_text(encoding="utf-8"))
        if kept["code"] == code:
            return {str(experiment): tuple(names) for experiment, names in kept["tables"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass  # the first call, or one that was interrupted
    from replicortex.report.rows import claims_of, tables_read

    found = tables_read(claims_of(known))
    _keep(cache, {"code": code, "tables": found})
    return found


def require_claims(study: Study, claimed: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """The experiments that claims are tested on, without those that have no networks: their claims are not testable.

    Raises
    ------
    ConfigError
        None of them has networks, or one has networks of a kind on which its claims cannot be tested.
    """
    present = [name for name in claimed if not study.absent(name)]
    return dict(study.require("scorecard", present or claimed, NEEDS))


def _keep(cache: Path, answer: Mapping[str, Any]) -> None:
    """Write the file as a whole; that it cannot be written costs time alone."""
    part = cache.with_name(f"{cache.name}.{os.getpid()}")
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(answer), encoding="utf-8")
        part.replace(cache)
    except OSError:
        part.unlink(missing_ok=True)
