"""The paper as the workflow finds it."""

from replicortex.papers.nicola2017.figures import FIGURES
from replicortex.papers.nicola2017.steps import STEPS
from replicortex.papers.nicola2017.tables import TABLES
from replicortex.pipeline.paper import Paper

PAPER = Paper(
    name="nicola2017",
    title="Supervised learning in spiking neural networks with FORCE training",
    citation="Nicola & Clopath (2017), Nature Communications 8:2208",
    doi="10.1038/s41467-017-01827-3",
    kinds=("spiking",),
    tables=TABLES,
    steps=STEPS,
    figures=FIGURES,
    claims="replicortex.papers.nicola2017.claims:CLAIMS",
    order=2,
)
