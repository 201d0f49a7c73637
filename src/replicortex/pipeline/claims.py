"""Which tables the claims are tested on, without loading the libraries of statistics at every planning."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from replicortex.config.needs import twenty_tasks
from replicortex.provenance import SourceGraph

if TYPE_CHECKING:
    from replicortex.config import Study

Read = dict[str, tuple[str, ...]]
# settings without which no claim about an experiment can be tested
NEEDS = (twenty_tasks("reference"), twenty_tasks("distributed_rules"))
_RATE, _SPIKING = "replicortex.scorecard.needs:tables_read", "replicortex.scorecard:force_tables_read"


def tables_of_claims(graph: SourceGraph, cache: Path) -> Read:
    """Experiment -> tables that claims are tested on.

    Parameters
    ----------
    graph
        Tells whether the claims are those of the last call.
    cache
        File that keeps the answer until the code of a claim changes.
    """
    code = graph.code_hash(_RATE, _SPIKING)
    try:
        kept = json.loads(cache.read_text(encoding="utf-8"))
        if kept["code"] == code:
            return {**_read(kept["rate"]), **_read(kept["spiking"])}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass  # the first call, or one that was interrupted
    from replicortex import scorecard

    found = scorecard.tables_read(), scorecard.force_tables_read()
    _keep(cache, {"code": code, "rate": found[0], "spiking": found[1]})
    return {**found[0], **found[1]}


def require_claims(study: Study, claimed: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """The experiments that claims are tested on, without those that have no networks: their claims are not testable.

    Raises
    ------
    ConfigError
        None of them has networks, or one has networks of a kind on which its claims cannot be tested.
    """
    present = [name for name in claimed if not study.absent(name)]
    return dict(study.require("scorecard", present or claimed, NEEDS))


def _read(kept: Mapping[str, list[str]]) -> Read:
    return {str(experiment): tuple(names) for experiment, names in kept.items()}


def _keep(cache: Path, answer: Mapping[str, Any]) -> None:
    """Write the file as a whole; that it cannot be written costs time alone."""
    part = cache.with_name(f"{cache.name}.{os.getpid()}")
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(answer), encoding="utf-8")
        part.replace(cache)
    except OSError:
        part.unlink(missing_ok=True)
