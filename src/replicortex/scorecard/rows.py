"""All rows of the scorecard, in the order of the paper's figures."""

from __future__ import annotations

from replicortex.scorecard.claims import Claim
from replicortex.scorecard.multitask import FIRST_CLAIMS
from replicortex.scorecard.multitask_circuit import CIRCUIT_CLAIMS
from replicortex.scorecard.multitask_ftv import FTV_CLAIMS
from replicortex.scorecard.multitask_grid import GRID_CLAIMS, SIZE_CLAIMS
from replicortex.scorecard.multitask_learning import LEARNING_CLAIMS
from replicortex.scorecard.multitask_vectors import VECTOR_CLAIMS
from replicortex.scorecard.primer_claims import PRIMER_CLAIMS
from replicortex.scorecard.primer_dynamics import FIXED_POINT_CLAIMS
from replicortex.scorecard.primer_meta_rl import META_RL_CLAIMS
from replicortex.scorecard.primer_revised import REVISED_CLAIMS

CLAIMS: tuple[Claim, ...] = (
    *FIRST_CLAIMS,
    *GRID_CLAIMS,
    *FTV_CLAIMS,
    *CIRCUIT_CLAIMS,
    *VECTOR_CLAIMS,
    *LEARNING_CLAIMS,
    *SIZE_CLAIMS,
    *PRIMER_CLAIMS,
    *REVISED_CLAIMS,
    *META_RL_CLAIMS,
    *FIXED_POINT_CLAIMS,
)
