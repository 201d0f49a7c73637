"""The task's networks, tables and figure, as the workflow finds them."""

from replicortex.pipeline.paper import EXPERIMENT, WEIGHTS, Figure, Paper, Step
from replicortex.pipeline.tables import OF_TRAINING

TABLES = ("history", "members", "curve")

PAPER = Paper(
    name="two_pulses",
    title="The sum of two pulses",
    citation="A task of the guided tour",
    kinds=("small",),
    tables=OF_TRAINING,
    steps=(
        Step(
            "two_pulses_networks",
            "replicortex.primer.measure.registry:measure",
            makes=TABLES,
            reads=(WEIGHTS, EXPERIMENT),
            per="experiment",
            minutes=2,
            about="gather the tables of",
        ),
    ),
    figures=(Figure("two_pulses", "two_pulses.figure:draw", shows={"two_pulses": TABLES}),),
)
