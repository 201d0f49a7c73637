"""Tables silhouette, agreement, cluster_number and units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from replicortex.analysis.clustering import Clustering, cluster_units, clustering_tables
from replicortex.analysis.common import IntArray, Tables, networks_of
from replicortex.analysis.embedding import tsne
from replicortex.analysis.measure.streams import joined
from replicortex.analysis.variance import normalised_variance, variance_array
from replicortex.analysis.weights import preferred_input
from replicortex.networks import Ensemble

EPOCH_CLUSTERS = 10
RESTARTS = 5


def plot_order(labels: IntArray, preferred: IntArray) -> IntArray:
    """Place of each unit when sorted by cluster, then preferred input (then index); -1 for inactive units.

    Parameters
    ----------
    labels, preferred : (unit,) int
    """
    order = np.lexsort((preferred, labels))
    order = order[labels[order] >= 0]
    position = np.full(len(labels), -1)
    position[order] = np.arange(len(order))
    return position


def _units_table(net: Ensemble, task: Clustering, epoch: Clustering, points: np.ndarray) -> pd.DataFrame:
    preferred = preferred_input(net)[0]
    plane = np.full((len(task.labels), 2), np.nan)
    plane[task.active] = tsne(points)
    columns = {
        "network": net.labels[0],
        "unit": np.arange(len(task.labels)),
        "active": task.active,
        "cluster": task.labels,
        "cluster_epoch": epoch.labels,
        "tsne_1": plane[:, 0],
        "tsne_2": plane[:, 1],
        "preferred_input": preferred,
        "position": plot_order(task.labels, preferred),
    }
    return pd.DataFrame(columns)


def _clusters_of(net: Ensemble, variance: Mapping[str, pd.DataFrame], restarts: int, epoch_clusters: int) -> Tables:
    label = net.labels[0]
    arrays = {name: variance_array(frame[frame["network"] == label]) for name, frame in variance.items()}
    task = cluster_units(arrays["task_variance"], restarts=restarts)
    rotated = cluster_units(arrays["rotated_variance"], restarts=restarts)
    epoch = cluster_units(arrays["epoch_variance"], k=epoch_clusters)
    points = normalised_variance(arrays["task_variance"].values[0][task.active])
    units = {"units": _units_table(net, task, epoch, points)}
    curves = [clustering_tables(task, label, "task"), clustering_tables(rotated, label, "rotated")]
    return {**joined(curves), **units}


def measure_clusters(
    nets: Iterable[Ensemble],
    task_variance: pd.DataFrame,
    rotated_variance: pd.DataFrame,
    epoch_variance: pd.DataFrame,
    *,
    restarts: int = RESTARTS,
    epoch_clusters: int = EPOCH_CLUSTERS,
) -> Tables:
    """Tables silhouette, agreement, cluster_number and units, from the tables of `measure_variance`.

    Raises
    ------
    ValueError
        A network that the tables do not hold, or one with too few active units to cluster.
    """
    variance = {
        "task_variance": task_variance,
        "rotated_variance": rotated_variance,
        "epoch_variance": epoch_variance,
    }
    return joined(_clusters_of(net, variance, restarts, epoch_clusters) for net in networks_of(nets))
