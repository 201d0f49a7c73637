"""Table ftv."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from replicortex.analysis.common import Tables
from replicortex.analysis.variance import ftv_table, variance_array

# Pairs of tasks of Fig. 4 and of the analysis behind it
FTV_PAIRS = (
    ("dm1", "fdanti"),
    ("delaydm1", "dm1"),
    ("dm1", "contextdm1"),
    ("contextdm1", "contextdm2"),
    ("dmcgo", "dmcnogo"),
    ("dm1", "dm2"),
    ("fdgo", "reactgo"),
    ("contextdm1", "contextdelaydm1"),
)


def measure_ftv(task_variance: pd.DataFrame, pairs: Iterable[tuple[str, str]] = FTV_PAIRS) -> Tables:
    """Table ftv, from the table task_variance.

    Pairs with a task that the networks have no rule for are left out: those of the rule set "mante" have one pair.

    Raises
    ------
    ValueError
        None of the pairs is left.
    """
    known = set(task_variance["task"].unique())
    possible = tuple(pair for pair in pairs if known.issuperset(pair))
    if not possible:
        raise ValueError(f"table task_variance: no pair of tasks to compare among {', '.join(sorted(known))}")
    groups = [group for _, group in task_variance.groupby("network", sort=False)]
    return {"ftv": pd.concat([ftv_table(variance_array(group), possible) for group in groups], ignore_index=True)}
