"""The paper as the workflow finds it."""

from replicortex.papers.fullforce2018.figures import FIGURES
from replicortex.papers.fullforce2018.steps import STEPS
from replicortex.papers.fullforce2018.tables import TABLES
from replicortex.pipeline.paper import Paper

PAPER = Paper(
    name="fullforce2018",
    title="full-FORCE: A target-based method for training recurrent networks",
    citation="DePasquale, Cueva, Rajan, Escola & Abbott (2018), PLoS ONE 13:e0191527",
    doi="10.1371/journal.pone.0191527",
    kinds=("taught",),
    tables=TABLES,
    steps=STEPS,
    figures=FIGURES,
    claims="replicortex.papers.fullforce2018.claims:CLAIMS",
    order=4,
)
