"""The tables of this paper, with their columns."""

from __future__ import annotations

from replicortex.pipeline.paper import Table

TABLES: tuple[Table, ...] = ()
