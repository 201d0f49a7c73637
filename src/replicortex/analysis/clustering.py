"""Clusters of units by their normalised task variance, their number, and how certain that number is.

Yang et al. 2019, Methods, "Clustering": k-means on the normalised task variance of the active units, k from 2
to 29, and the k with the largest mean silhouette. The silhouette curve is often flat near its top, so the
chosen k alone says little; `Clustering` therefore carries the whole curve for several restarts of
k-means, the agreement between restarts, and a range of k that cannot be distinguished from the best.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
import xarray as xr
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, pairwise_distances, silhouette_samples
from threadpoolctl import threadpool_limits

from replicortex.analysis.common import BoolArray, FloatArray, IntArray
from replicortex.analysis.variance import active_units, normalised_variance
from replicortex.shown import short_repr

K_MIN, K_MAX = 2, 29
STARTS = 20
INACTIVE = -1


@short_repr
@dataclass(frozen=True)
class Clustering:
    """Clusters of one network's units.

    Attributes
    ----------
    labels : (unit,) int
        Cluster of each unit, -1 where inactive. Clusters are numbered by the column (task) in which the
        summed normalised variance of their units is largest.
    active : (unit,) bool
        Units whose variances sum to more than 1e-3 over the columns.
    k : int
        Number of clusters: the k of largest silhouette at random state 0, or the k asked for.
    ks : (K,) int
        The numbers of clusters that were tried.
    silhouette : (K,)
        Mean silhouette over units at random state 0.
    curves : (restart, K)
        The same for every restart; ``curves[0]`` is ``silhouette``.
    agreement : (K,)
        Adjusted Rand index between the partitions of two restarts, mean over all pairs; NaN with one restart.
    k_low, k_high : int
        Smallest and largest k within one standard error of the best (see `indistinguishable`), widened
        to hold ``k``.
    """

    labels: IntArray
    active: BoolArray
    k: int
    ks: IntArray
    silhouette: FloatArray
    curves: FloatArray
    agreement: FloatArray
    k_low: int
    k_high: int

    @property
    def n_active(self) -> int:
        return int(self.active.sum())

    @property
    def n_pairs(self) -> int:
        """Pairs of restarts behind each agreement."""
        return len(self.curves) * (len(self.curves) - 1) // 2


def partition(points: FloatArray, k: int, random_state: int = 0) -> IntArray:
    """Cluster of each point (point, column) by k-means (Lloyd, 20 starts)."""
    model = KMeans(n_clusters=k, algorithm="lloyd", n_init=STARTS, random_state=random_state)
    return np.asarray(model.fit(points).labels_)


def ordered_labels(labels: IntArray, points: FloatArray) -> IntArray:
    """Renumber clusters by the index of the column in which their summed points are largest (ties: as they
    were).

    Parameters
    ----------
    labels : (unit,) int
    points : (unit, column)
        Normalised variances.
    """
    found = np.unique(labels)
    peak = [int(points[labels == label].sum(axis=0).argmax()) for label in found]
    rank = np.argsort(np.argsort(peak, kind="stable"), kind="stable")
    return rank[np.searchsorted(found, labels)]


def indistinguishable(samples: FloatArray) -> BoolArray:
    """Which numbers of clusters score within one standard error of the best one.

    The one-standard-error rule (Breiman et al. 1984; Hastie, Tibshirani & Friedman 2009, section 7.10) on the
    differences from the best. With s_ri(k) the silhouette of unit i in restart r, S_r(k) its mean over the n
    units, S(k) the mean of those over restarts, and k* the k of largest S(k),

        d_i(k) = mean_r s_ri(k*) - mean_r s_ri(k),      d(k) = mean_i d_i(k) = S(k*) - S(k),
        SE(k)^2 = var_i d_i(k) / n  +  2 v,             v = mean over all k of var_r S_r(k).

    The first term is the sampling error over units (infinitesimal jackknife, partition held); what a unit
    contributes at both k cancels in it. The second is the variance between restarts, pooled over k, of a
    difference of two single runs: the number of clusters is read from one run, so it is not divided by the
    number of restarts. One restart alone cannot show it, and v = 0. k is kept if d(k) <= SE(k).

    Parameters
    ----------
    samples : (restart, K, unit)
        Silhouette of every unit.

    Returns
    -------
    ndarray
        (K,) bool; true at the best k.
    """
    restarts, _, n_units = samples.shape
    by_unit = samples.mean(axis=0)
    best = int(by_unit.mean(axis=1).argmax())
    difference = by_unit[best] - by_unit
    between_restarts = samples.mean(axis=2).var(axis=0, ddof=1).mean() if restarts > 1 else 0.0
    error = np.sqrt(difference.var(axis=1, ddof=1) / n_units + 2 * between_restarts)
    kept: BoolArray = difference.mean(axis=1) <= error
    kept[best] = True
    return kept


def _agreement(partitions: list[IntArray]) -> float:
    pairs = list(combinations(partitions, 2))
    return float(np.mean([adjusted_rand_score(one, other) for one, other in pairs])) if pairs else float("nan")


def _two_dimensional(variance: FloatArray | xr.DataArray) -> FloatArray:
    values = np.asarray(variance, dtype=float)
    if values.ndim == 3 and values.shape[0] == 1:
        values = values[0]
    if values.ndim != 2:
        raise ValueError(f"cluster_units: takes (unit, column) or one network's variance, not shape {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError("cluster_units: the variance holds values that are not finite; the network has diverged")
    return values


def _tried(points: FloatArray, k: int | None) -> IntArray:
    """The numbers of clusters to try: below that of units (silhouette), up to that of distinct points."""
    limit = min(len(points) - 1, len(np.unique(points, axis=0)))
    if k is None and limit >= K_MIN:
        return np.arange(K_MIN, min(K_MAX, limit) + 1)
    if k is not None and K_MIN <= k <= limit:
        return np.array([k])
    wanted = f"k = {k}" if k is not None else f"k >= {K_MIN}"
    raise ValueError(f"cluster_units: {len(points)} active units allow {K_MIN} <= k <= {limit}, not {wanted}")


def _runs(points: FloatArray, ks: IntArray, restarts: int) -> tuple[list[list[IntArray]], FloatArray]:
    """Partition of every restart and k, and each unit's silhouette in it (restart, K, unit)."""
    distances = pairwise_distances(points)
    np.fill_diagonal(distances, 0.0)
    # one thread: OpenMP adds up the centres in the order in which threads finish, and bits would depend on
    # the machine
    with threadpool_limits(limits=1):
        partitions = [[partition(points, int(n), state) for n in ks] for state in range(restarts)]
    samples = np.array(
        [[silhouette_samples(distances, part, metric="precomputed") for part in row] for row in partitions]
    )
    return partitions, samples


def cluster_units(variance: FloatArray | xr.DataArray, *, k: int | None = None, restarts: int = 1) -> Clustering:
    """Cluster the active units of one network by normalised variance.

    scikit-learn's k-means (Lloyd, 20 starts, random state 0) for k = 2..29, capped below the number of active
    units; the k with the largest mean silhouette (Euclidean) is chosen. Yang et al. 2019, Methods and Fig.
    2c.

    Parameters
    ----------
    variance : (unit, column) or (1, unit, column)
        Task or epoch variance of one network.
    k
        Use this number of clusters instead (epoch variance: 10, Supplementary Fig. 3).
    restarts
        Random states 0..restarts-1 are run; only the first decides ``labels`` and ``k``, the others measure
        how stable they are.

    Raises
    ------
    ValueError
        Wrong shape, values that are not finite, or too few active units for the k asked for.
    """
    values = _two_dimensional(variance)
    if restarts < 1:
        raise ValueError(f"restarts: {restarts!r} must be 1 or more")
    active = active_units(values)
    points = normalised_variance(values[active])
    ks = _tried(points, k)
    partitions, samples = _runs(points, ks, restarts)
    curves = samples.mean(axis=2)
    chosen = int(curves[0].argmax())
    near = ks[indistinguishable(samples)]
    labels = np.full(len(values), INACTIVE)
    labels[active] = ordered_labels(partitions[0][chosen], points)
    return Clustering(
        labels=labels,
        active=active,
        k=int(ks[chosen]),
        ks=ks,
        silhouette=curves[0],
        curves=curves,
        agreement=np.array([_agreement([row[j] for row in partitions]) for j in range(len(ks))]),
        k_low=int(min(near.min(), ks[chosen])),
        k_high=int(max(near.max(), ks[chosen])),
    )


def clustering_tables(clustering: Clustering, network: str, kind: str) -> dict[str, pd.DataFrame]:
    """Tables silhouette, agreement and cluster_number of one clustering; ``kind`` is task or rotated."""
    restart, column = (index.ravel() for index in np.indices(clustering.curves.shape))
    curves = {
        "network": network,
        "kind": kind,
        "k": clustering.ks[column],
        "restart": restart,
        "silhouette": clustering.curves.ravel(),
    }
    agreement = {
        "network": network,
        "kind": kind,
        "k": clustering.ks,
        "adjusted_rand": clustering.agreement,
        "n_pairs": clustering.n_pairs,
    }
    number = {
        "network": network,
        "kind": kind,
        "k": clustering.k,
        "silhouette": clustering.silhouette.max(),
        "k_low": clustering.k_low,
        "k_high": clustering.k_high,
        "n_active": clustering.n_active,
    }
    return {
        "silhouette": pd.DataFrame(curves),
        "agreement": pd.DataFrame(agreement),
        "cluster_number": pd.DataFrame([number]),
    }
