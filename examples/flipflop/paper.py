"""The paper as the workflow finds it."""

from flipflop.figures import FIGURES
from flipflop.steps import STEPS
from flipflop.tables import TABLES
from replicortex.pipeline.paper import Paper

PAPER = Paper(
    name="flipflop",
    title="Opening the black box: low-dimensional dynamics in high-dimensional recurrent neural networks",
    citation="Sussillo & Barak (2013), Neural Computation 25:626-649",
    doi="10.1162/NECO_a_00409",
    kinds=("small",),
    tables=TABLES,
    steps=STEPS,
    figures=FIGURES,
    claims="flipflop.claims:CLAIMS",
)
