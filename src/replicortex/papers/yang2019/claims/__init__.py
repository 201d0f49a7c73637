"""The claims of Yang et al. 2019, in the order of its figures; a revised statistic follows the one it replaces."""

from dataclasses import replace

from replicortex.papers.yang2019.claims.added_rows import ADDED_CLAIMS
from replicortex.papers.yang2019.claims.circuit_rows import CIRCUIT_CLAIMS
from replicortex.papers.yang2019.claims.cohorts import COHORTS
from replicortex.papers.yang2019.claims.first_rows import FIRST_CLAIMS
from replicortex.papers.yang2019.claims.ftv_rows import FTV_CLAIMS
from replicortex.papers.yang2019.claims.grid_rows import GRID_CLAIMS, SIZE_CLAIMS
from replicortex.papers.yang2019.claims.learning_rows import LEARNING_CLAIMS
from replicortex.papers.yang2019.claims.optimiser_rows import OPTIMISER_CLAIMS
from replicortex.papers.yang2019.claims.revised_rows import REVISED_CLAIMS
from replicortex.papers.yang2019.claims.vector_rows import VECTOR_CLAIMS
from replicortex.report.claims import Claim, with_revised

_FIRST = (
    *FIRST_CLAIMS,
    *GRID_CLAIMS,
    *FTV_CLAIMS,
    *CIRCUIT_CLAIMS,
    *VECTOR_CLAIMS,
    *LEARNING_CLAIMS,
    *SIZE_CLAIMS,
    *ADDED_CLAIMS,
    *OPTIMISER_CLAIMS,
)

CLAIMS: tuple[Claim, ...] = tuple(
    replace(each, cohorts=each.cohorts or COHORTS) for each in with_revised(_FIRST, REVISED_CLAIMS)
)
