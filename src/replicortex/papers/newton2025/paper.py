"""The paper as the workflow finds it."""

from replicortex.papers.newton2025.figures import FIGURES
from replicortex.papers.newton2025.steps import STEPS
from replicortex.papers.newton2025.tables import TABLES
from replicortex.pipeline.paper import Paper

PAPER = Paper(
    name="newton2025",
    title="Comparison of FORCE trained spiking and rate neural networks shows spiking networks learn slowly with "
    "noisy, cross-trial firing rates",
    citation="Newton & Nicola (2025), PLoS Computational Biology",
    doi="10.1371/journal.pcbi.1013224",
    kinds=("spiking",),
    tables=TABLES,
    steps=STEPS,
    figures=FIGURES,
    claims="replicortex.papers.newton2025.claims:CLAIMS",
    order=5,
)
