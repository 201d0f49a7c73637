"""The paper as the workflow finds it."""

from replicortex.papers.primer.figures import FIGURES
from replicortex.papers.primer.steps import STEPS
from replicortex.papers.primer.tables import TABLES
from replicortex.pipeline.paper import Paper

_CHECKERBOARD = ("both", "no_rate_cost", "no_weight_cost", "neither", "proximal", "lstm")
_PERCEPTUAL = (
    *("leaky", "leaky_128", "outside", "outside_128", "vanilla", "gru", "lstm"),
    *("leaky_low_noise", "outside_low_noise"),
)
_EXERCISES = (
    *("base", "tau_40", "dt_10", "tau_40_dt_10", "identity", "modules", "two_tasks", "output_only", "spatial"),
    *("no_place", "digits", "memory_static", "memory_plastic"),
)

_CLASSICS = ("go_no_go", "comparison", "interval", "ready_set_go")

PAPER = Paper(
    name="primer",
    title="Primer",
    citation="Three teaching texts on training recurrent networks",
    doi="",
    kinds=("small",),
    tables=TABLES,
    steps=STEPS,
    figures=FIGURES,
    claims="replicortex.papers.primer.claims:CLAIMS",
    named={
        "primer_checkerboard": {"conditions": _CHECKERBOARD},
        "primer_perceptual": {"conditions": _PERCEPTUAL},
        "primer_exercises": {"conditions": _EXERCISES},
        "primer_classics": {"conditions": _CLASSICS},
    },
    order=3,
)
