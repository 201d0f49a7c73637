"""The paper as the workflow finds it."""

from replicortex.papers.primer.figures import FIGURES
from replicortex.papers.primer.steps import STEPS
from replicortex.papers.primer.tables import TABLES
from replicortex.pipeline.paper import Paper

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
)
