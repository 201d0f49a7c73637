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
    """Table ftv, from the table task_variance."""
    pairs = tuple(pairs)
    groups = [group for _, group in task_variance.groupby("network", sort=False)]
    return {
        "ftv": pd.concat([ftv_table(variance_array(group), pairs) for group in groups], ignore_index=True)
    }
