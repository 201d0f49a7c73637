"""The steps of this paper, from networks to tables."""

from __future__ import annotations

from replicortex.pipeline.paper import EXPERIMENT, WEIGHTS, Step

STEPS: tuple[Step, ...] = (
    Step(
        "flipflop_networks",
        "replicortex.primer.measure.registry:measure",
        makes=("history", "members", "curve"),
        reads=(WEIGHTS, EXPERIMENT),
        per="experiment",
        minutes=2,
        about="training of",
    ),
    Step(
        "flipflop_trials",
        "flipflop.fixed_points:measure_trials",
        makes=("held_out", "trial"),
        per="experiment",
        minutes=2,
        about="held-out trials of",
    ),
    Step(
        "flipflop_points",
        "flipflop.fixed_points:measure_points",
        makes=("points", "modes", "cube", "visited", "ways", "saddles", "linear"),
        per="experiment",
        minutes=10,
        about="fixed points of",
    ),
)
