"""What a workflow is made of and plans with: papers and their entries, and what makes a job run again."""

from replicortex.pipeline.claims import require_claims, tables_of_claims
from replicortex.pipeline.discovery import papers
from replicortex.pipeline.paper import WEIGHTS, Figure, Paper, Step, Table
from replicortex.pipeline.reruns import Reruns, registries_of

__all__ = [
    "WEIGHTS",
    "Figure",
    "Paper",
    "Reruns",
    "Step",
    "Table",
    "papers",
    "registries_of",
    "require_claims",
    "tables_of_claims",
]
