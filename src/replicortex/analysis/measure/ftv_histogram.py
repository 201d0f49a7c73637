"""Table ftv_histogram."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from replicortex.analysis.common import FloatArray, Tables
from replicortex.analysis.variance import ACTIVE, FTV_BINS, ftv_histogram, variance_array


def pair_histograms(variance: FloatArray) -> FloatArray:
    """Counts of FTV over the units active in each pair of columns: (pair, 20), pairs as `itertools.combinations`.

    Parameters
    ----------
    variance : (unit, task)
        Task variance of one network.
    """
    values = np.asarray(variance, dtype=float)
    first, second = np.array(list(combinations(range(values.shape[1]), 2))).T
    total = values[:, first] + values[:, second]
    with np.errstate(invalid="ignore", divide="ignore"):
        ftv = np.where(total > ACTIVE, (values[:, first] - values[:, second]) / total, np.nan)
    return ftv_histogram(ftv.T)


def _counts(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    variance = variance_array(table)
    tasks = [str(task) for task in variance.coords["task"].values]
    first, second = zip(*combinations(tasks, 2), strict=True)
    counts = pair_histograms(variance.values[0])
    columns = {
        "network": table["network"].iloc[0],
        "kind": kind,
        "task_a": np.repeat(first, FTV_BINS),
        "task_b": np.repeat(second, FTV_BINS),
        "bin": np.tile(np.arange(FTV_BINS), len(counts)),
        "count": counts.astype(int).ravel(),
    }
    return pd.DataFrame(columns)


def measure_ftv_histogram(task_variance: pd.DataFrame, rotated_variance: pd.DataFrame) -> Tables:
    """Table ftv_histogram of every pair of tasks, from the tables task_variance and rotated_variance.

    Bin i holds the units active in the pair with FTV from -1 + i / 10 to -0.9 + i / 10.
    """
    control = dict(iter(rotated_variance.groupby("network", sort=False)))
    frames = [
        _counts(table, kind)
        for label, own in task_variance.groupby("network", sort=False)
        for kind, table in (("task", own), ("rotated", control[label]))
    ]
    return {"ftv_histogram": pd.concat(frames, ignore_index=True)}
