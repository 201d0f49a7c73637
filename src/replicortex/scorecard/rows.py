"""All rows of the scorecard, in the order of the paper's figures."""

from __future__ import annotations

from collections.abc import Iterable

from replicortex.scorecard.claims import Claim
from replicortex.scorecard.multitask import FIRST_CLAIMS
from replicortex.scorecard.multitask_added import ADDED_CLAIMS
from replicortex.scorecard.multitask_circuit import CIRCUIT_CLAIMS
from replicortex.scorecard.multitask_ftv import FTV_CLAIMS
from replicortex.scorecard.multitask_grid import GRID_CLAIMS, SIZE_CLAIMS
from replicortex.scorecard.multitask_learning import LEARNING_CLAIMS
from replicortex.scorecard.multitask_revised import REVISED_CLAIMS
from replicortex.scorecard.multitask_vectors import VECTOR_CLAIMS
from replicortex.scorecard.primer_claims import PRIMER_CLAIMS
from replicortex.scorecard.primer_dynamics import FIXED_POINT_CLAIMS
from replicortex.scorecard.primer_meta_rl import META_RL_CLAIMS
from replicortex.scorecard.primer_revised import REVISED_CLAIMS as PRIMER_REVISED

FIRST_OF_PAPER: tuple[Claim, ...] = (
    *FIRST_CLAIMS,
    *GRID_CLAIMS,
    *FTV_CLAIMS,
    *CIRCUIT_CLAIMS,
    *VECTOR_CLAIMS,
    *LEARNING_CLAIMS,
    *SIZE_CLAIMS,
    *ADDED_CLAIMS,
)


def with_revised(first: Iterable[Claim], revised: Iterable[Claim]) -> tuple[Claim, ...]:
    """Every claim, and after it the one that revises its statistic."""
    by_first = {claim.revises: claim for claim in revised}
    return tuple(each for claim in first for each in (claim, by_first.get(claim.id)) if each is not None)


CLAIMS: tuple[Claim, ...] = (
    *with_revised(FIRST_OF_PAPER, REVISED_CLAIMS),
    *PRIMER_CLAIMS,
    *PRIMER_REVISED,
    *META_RL_CLAIMS,
    *FIXED_POINT_CLAIMS,
)
