"""The step of this paper, from networks to tables."""

from __future__ import annotations

from replicortex.papers.fullforce2018.tables import TABLES
from replicortex.pipeline.paper import EXPERIMENT, WEIGHTS, Step

STEPS: tuple[Step, ...] = (
    Step(
        "taught_measure",
        "replicortex.taught.job:tables",
        tuple(each.name for each in TABLES),
        reads=(WEIGHTS, EXPERIMENT),
        per="experiment",
        minutes=10,
        about="tests of",
    ),
)
