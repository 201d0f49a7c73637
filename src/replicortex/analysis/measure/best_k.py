"""Table best_k."""

from __future__ import annotations

import pandas as pd

from replicortex.analysis.clustering import K_MIN, cluster_units
from replicortex.analysis.common import Tables
from replicortex.analysis.variance import active_units, normalised_variance, variance_array


def _row(table: pd.DataFrame) -> dict[str, object]:
    values = variance_array(table).values[0]
    active = active_units(values)
    points = normalised_variance(values[active])
    row = {"network": table["network"].iloc[0], "n_active": int(active.sum())}
    distinct = len(pd.DataFrame(points).drop_duplicates())
    if min(len(points) - 1, distinct) < K_MIN:
        return {**row, "k": float("nan"), "silhouette": float("nan")}
    found = cluster_units(values)
    return {**row, "k": float(found.k), "silhouette": float(found.silhouette.max())}


def measure_best_k(task_variance: pd.DataFrame) -> Tables:
    """Table best_k, from the table task_variance: the k of the table cluster_number without its uncertainty.

    For populations of many kinds of networks: one run of k-means per k takes a tenth of the time of the step that
    measures how certain the number is, and a network with too few active units to be clustered has k NaN.
    """
    rows = [_row(table) for _, table in task_variance.groupby("network", sort=False)]
    return {"best_k": pd.DataFrame(rows, columns=["network", "k", "silhouette", "n_active"])}
