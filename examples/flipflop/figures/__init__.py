"""The figures of this paper."""

from __future__ import annotations

from replicortex.pipeline.paper import Figure

FIGURES: tuple[Figure, ...] = (
    Figure(
        "flipflop",
        "flipflop.figures.flipflop:draw",
        shows={
            "flipflop": ("held_out", "trial", "points", "modes", "cube", "visited", "ways", "saddles", "linear"),
        },
    ),
)
