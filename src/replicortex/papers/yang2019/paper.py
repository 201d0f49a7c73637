"""The paper as the workflow finds it."""

from replicortex.config.needs import twenty_tasks
from replicortex.papers.yang2019.figures import FIGURES
from replicortex.papers.yang2019.steps import STEPS
from replicortex.papers.yang2019.tables import TABLES
from replicortex.pipeline.paper import Paper

PAPER = Paper(
    name="yang2019",
    title="Task representations in neural networks trained to perform many cognitive tasks",
    citation="Yang, Joglekar, Song, Newsome & Wang (2019), Nature Neuroscience 22:297-306",
    doi="10.1038/s41593-018-0310-2",
    kinds=("rate",),
    tables=TABLES,
    steps=STEPS,
    figures=FIGURES,
    claims="replicortex.papers.yang2019.claims:CLAIMS",
    needs=(twenty_tasks("reference"), twenty_tasks("distributed_rules")),
    named={
        "pretraining": {"tasks.train": ("A", "B")},
        "posttraining": {"pretrained.member": ("A", "B"), "tasks.train": ("delayanti", "contextdelaydm1")},
    },
    order=1,
)
