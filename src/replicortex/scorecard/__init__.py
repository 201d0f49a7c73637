"""The papers' claims as data, and the statistic that tests each.

`evaluate` turns tables into one row per claim with value, 95 % interval, n and verdict; it reads tables only. `CLAIMS`
are those of all papers.

Examples
--------
>>> import replicortex as rx
>>> {claim.paper for claim in rx.scorecard.CLAIMS} >= {"yang2019", "nicola2017", "primer"}
True
"""

from importlib import import_module
from typing import Any

from replicortex import extras

_HOME = {
    "VERDICTS": "replicortex.report.claims",
    "Claim": "replicortex.report.claims",
    "NotTestable": "replicortex.report.claims",
    "Threshold": "replicortex.report.claims",
    "above": "replicortex.report.claims",
    "at_least": "replicortex.report.claims",
    "below": "replicortex.report.claims",
    "between": "replicortex.report.claims",
    "with_revised": "replicortex.report.claims",
    "Cohort": "replicortex.report.cohorts",
    "cohorts": "replicortex.report.cohorts",
    "Judged": "replicortex.report.evaluation",
    "evaluate": "replicortex.report.evaluation",
    "judge_all": "replicortex.report.evaluation",
    "to_table": "replicortex.report.evaluation",
    "Estimate": "replicortex.report.intervals",
    "changes_markdown": "replicortex.report.render",
    "claims_markdown": "replicortex.report.render",
    "counted": "replicortex.report.render",
    "tally": "replicortex.report.render",
    "to_markdown": "replicortex.report.render",
    "verdicts_markdown": "replicortex.report.render",
    "verdicts_of": "replicortex.report.render",
    "write_csv": "replicortex.report.render",
    "CLAIMS": "replicortex.report.rows",
    "all_claims": "replicortex.report.rows",
    "claims_of": "replicortex.report.rows",
    "tables_read": "replicortex.report.rows",
    "sample_size": "replicortex.report.sample_size",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        with extras.named():
            return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
