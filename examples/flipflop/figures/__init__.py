"""The figures of this paper."""

from __future__ import annotations

from replicortex.pipeline.paper import Figure

FIGURES: tuple[Figure, ...] = (
    Figure(
        "flipflop",
        "flipflop.figures.flipflop:draw",
        shows={"flipflop": ("history", "members", "trial", "points", "modes", "cube", "visited", "ways", "linear")},
    ),
)
