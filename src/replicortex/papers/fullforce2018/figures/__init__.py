"""The figures of this paper: which experiments each shows, and which tables it is drawn from."""

from __future__ import annotations

from replicortex.pipeline.paper import Figure

_HOME = "replicortex.papers.fullforce2018.figures"
_LISTED = ("summary", "members")

FIGURES: tuple[Figure, ...] = (
    Figure(
        "fullforce_rates",
        f"{_HOME}.rates:figure",
        shows={
            "ff_oscillation": (*_LISTED, "traces", "units", "eigenvalues"),
            "ff_four_sines": _LISTED,
            "ff_noise": _LISTED,
        },
    ),
    Figure(
        "fullforce_interval",
        f"{_HOME}.interval:figure",
        shows={"ff_interval": (*_LISTED, "traces", "responses")},
    ),
    Figure(
        "fullforce_spiking",
        f"{_HOME}.spiking:figure",
        shows={"ff_spiking": (*_LISTED, "traces", "course"), "ff_four_sines": _LISTED},
    ),
)
