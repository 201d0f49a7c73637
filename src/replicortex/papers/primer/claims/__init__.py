"""The claims of the teaching texts, and of the papers on the same networks."""

from replicortex.papers.primer.claims.dynamics import FIXED_POINT_CLAIMS
from replicortex.papers.primer.claims.meta_rl import META_RL_CLAIMS
from replicortex.papers.primer.claims.revised import REVISED_CLAIMS
from replicortex.papers.primer.claims.rows import PRIMER_CLAIMS
from replicortex.report.claims import Claim

CLAIMS: tuple[Claim, ...] = (*PRIMER_CLAIMS, *REVISED_CLAIMS, *META_RL_CLAIMS, *FIXED_POINT_CLAIMS)
