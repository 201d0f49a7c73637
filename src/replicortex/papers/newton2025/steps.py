"""The step of this paper: train the rate network of each spiking one, and compare the two."""

from __future__ import annotations

from replicortex.papers.newton2025.tables import TABLES
from replicortex.pipeline.paper import Step

STEPS: tuple[Step, ...] = (
    Step(
        "newton_compare",
        "replicortex.papers.newton2025.compare:tables",
        tuple(each.name for each in TABLES),
        per="experiment",
        minutes=1440,
        options={"repetitions": {"smoke": 4, "laptop": 20, "": 100}},
        about="rate networks beside",
    ),
)
