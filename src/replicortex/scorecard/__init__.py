"""The papers' claims as data, and the statistic that tests each.

>>> import replicortex as rx
>>> [claim.id for claim in rx.scorecard.CLAIMS][:3]
['M1', 'M2', '1c']

`evaluate` turns tables into one row per claim with value, 95 % interval, n and verdict; it reads tables only.
"""

from replicortex.scorecard.claims import (
    VERDICTS,
    Claim,
    NotTestable,
    Threshold,
    above,
    at_least,
    below,
    between,
)
from replicortex.scorecard.evaluation import Judged, evaluate, judge_all, to_table
from replicortex.scorecard.intervals import Estimate
from replicortex.scorecard.needs import tables_read

from replicortex.scorecard.render import (
    changes_markdown,
    claims_markdown,
    counted,
    tally,
    to_markdown,
    verdicts_markdown,
    verdicts_of,
    write_csv,
)
from replicortex.scorecard.rows import CLAIMS

from replicortex.scorecard.sample_size import sample_size
from replicortex.scorecard.spiking_claims import FORCE_CLAIMS
from replicortex.scorecard.spiking_evaluation import evaluate_force, force_tables_read

__all__ = [
    "CLAIMS",
    "FORCE_CLAIMS",
    "VERDICTS",
    "Claim",
    "Estimate",
    "Judged",
    "NotTestable",
    "Threshold",
    "above",
    "at_least",
    "below",
    "between",
    "changes_markdown",
    "claims_markdown",
    "counted",
    "evaluate",
    "evaluate_force",
    "judge_all",
    "to_table",
    "force_tables_read",
    "sample_size",
    "tables_read",
    "tally",
    "to_markdown",
    "verdicts_markdown",
    "verdicts_of",
    "write_csv",
]
