"""What a workflow is made of and plans with: papers and their entries, the jobs, and what makes a job run again.

Jobs import their parts by module; the names here are those of a Snakefile and of papers.
"""

from replicortex.pipeline.collections import Collections
from replicortex.pipeline.discovery import own_papers, papers
from replicortex.pipeline.forecast import tell_dry
from replicortex.pipeline.measurements import Measurements
from replicortex.pipeline.paper import EXPERIMENT, RECORDINGS, RUNS, WEIGHTS, Figure, Paper, Step, Table
from replicortex.pipeline.plan import Plan
from replicortex.pipeline.reruns import Reruns
from replicortex.pipeline.trainings import Trainings

__all__ = [
    "Collections",
    "EXPERIMENT",
    "RECORDINGS",
    "RUNS",
    "WEIGHTS",
    "Figure",
    "Measurements",
    "Paper",
    "Plan",
    "Reruns",
    "Step",
    "Table",
    "Trainings",
    "own_papers",
    "papers",
    "tell_dry",
]
