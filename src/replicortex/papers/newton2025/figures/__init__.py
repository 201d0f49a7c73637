"""The figures of this paper: which experiments each shows, and which tables it is drawn from."""

from __future__ import annotations

from replicortex.pipeline.paper import Figure

_HOME = "replicortex.papers.newton2025.figures"
_LISTED = ("summary", "members")

FIGURES: tuple[Figure, ...] = (
    Figure("newton_planes", f"{_HOME}.planes:figure", shows={"nn_planes": _LISTED}),
    Figure("newton_sizes", f"{_HOME}.sizes:figure", shows={"nn_sizes": (*_LISTED, "decoders")}),
    Figure("newton_bias", f"{_HOME}.bias:figure", shows={"nn_sizes": (*_LISTED, "cycles", "repetitions")}),
)
