"""Which tables the claims are tested on, without loading the libraries of statistics at every planning."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from replicortex.pipeline.discovery import papers
from replicortex.pipeline.paper import Paper
from replicortex.provenance import SourceGraph

Read = dict[str, tuple[str, ...]]
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


def _keep(cache: Path, answer: Mapping[str, Any]) -> None:
    """Write the file as a whole; that it cannot be written costs time alone."""
    part = cache.with_name(f"{cache.name}.{os.getpid()}")
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(answer), encoding="utf-8")
        part.replace(cache)
    except OSError:
        part.unlink(missing_ok=True)
