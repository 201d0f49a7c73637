"""Controls of what lesions, clusters and parallel changes show: random sets of units, shuffled columns and labels.

The control of a lesion silences random sets of as many units. The control of a silhouette shuffles each task's column
by itself, which gives units without clusters. The control of blocks of weights shuffles the labels of the units.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from sklearn.metrics import silhouette_score
from threadpoolctl import threadpool_limits

from replicortex.analysis.circuit import performance_with
from replicortex.analysis.clustering import partition
from replicortex.analysis.common import FloatArray, IntArray, coding_of, only_network, tasks_of
from replicortex.analysis.geometry import cosine
from replicortex.analysis.groups import Groups, ring_outputs
from replicortex.analysis.lesions import BATCH, outcomes
from replicortex.analysis.variance import active_units, normalised_variance
from replicortex.analysis.vectors import SETS
from replicortex.networks import Ensemble
from replicortex.tasks import Coding

DRAWS = 10  # random sets of units for each group of the Ctx DM circuit
ANTI_DRAWS = 3  # for the Anti cluster, whose twenty tasks take longer
BATCHES, CONTROL_BATCHES = 256, 32  # of 16 trials per task: with the cluster silenced, and with a random set
SHUFFLES = 5  # of the columns that are clustered
RELABELLINGS = 20  # of the units whose blocks of weights are compared
ANTI = ("fdanti", "reactanti", "delayanti")


def random_sets(pool: IntArray, sizes: Mapping[str, int], draws: int, rng: np.random.Generator) -> dict[str, IntArray]:
    """Random sets of units, `draws` for each name, as large as its size; named "<name> <draw>".

    Raises
    ------
    ValueError
        A size larger than the pool.

    Examples
    --------
    >>> list(random_sets(np.arange(9), {"12": 3}, 2, np.random.default_rng(0)))
    ['12 0', '12 1']
    """
    for name, size in sizes.items():
        if size > len(pool):
            raise ValueError(f"random_sets: {size} units for {name!r}, but {len(pool)} to draw from")
    return {
        f"{name} {draw}": np.sort(rng.choice(pool, size, replace=False))
        for name, size in sizes.items()
        for draw in range(draws)
    }


def random_lesions(
    net: Ensemble,
    groups: Groups,
    active: IntArray,
    trials: np.random.Generator,
    sets: np.random.Generator,
    *,
    draws: int = DRAWS,
    coding: Coding | None = None,
) -> pd.DataFrame:
    """Performance in the five DM tasks without random sets of active units as large as each group.

    Parameters
    ----------
    net
        One network.
    groups
        Name -> units.
    active
        Units to draw from: those active in the pair of tasks, members of the groups among them.
    trials
        In the state that `circuit.lesion_performance` began with, for the same trials and noise.
    sets
        Draws the sets.

    Returns
    -------
    DataFrame
        Columns network, matched (the group), draw, n_units, task, n_correct, n_opposite, n_undecided, performance.
    """
    chosen = random_sets(active, {name: len(units) for name, units in groups.items()}, draws, sets)
    table = performance_with(net, chosen, trials, coding=coding)
    table = table[table["lesion"].isin(list(chosen))].reset_index(drop=True)
    names = table.pop("lesion").str.rsplit(" ", n=1, expand=True)
    table.insert(1, "matched", names[0])
    table.insert(2, "draw", names[1].astype(int))
    return table


def anti_candidate(lesions: pd.DataFrame) -> int:
    """The cluster whose loss takes most from the three Anti tasks beyond what it takes from the others on average.

    Parameters
    ----------
    lesions
        Table lesions of one network.
    """
    drop = lesions["performance_intact"] - lesions["performance_lesioned"]
    kind = np.where(lesions["task"].isin(ANTI), "anti", "other")
    means = drop.groupby([lesions["cluster"], kind]).mean().unstack()
    clusters = means.index.to_numpy(dtype=int)
    return int(clusters[(means["anti"] - means["other"]).to_numpy().argmax()])


def anti_batches(
    net: Ensemble,
    clusters: Mapping[int, IntArray],
    lesions: pd.DataFrame,
    rng: np.random.Generator,
    *,
    batches: int = BATCHES,
    control_batches: int = CONTROL_BATCHES,
    draws: int = ANTI_DRAWS,
    coding: Coding | None = None,
) -> pd.DataFrame:
    """The Anti cluster silenced once more, on fresh trials and batch by batch, beside random sets of its size.

    The cluster is chosen on other trials (the table lesions), so that the choice does not flatter it. All trials of a
    batch share one draw of the timing, and of the modality: who resamples trials must resample batches.

    Returns
    -------
    DataFrame
        Columns network, cluster, draw (-1: the cluster itself), n_units, task, batch, n_trials, performance_intact,
        performance_lesioned.
    """
    label = only_network(net, "anti_batches").labels[0]
    coding = coding_of(net, coding)
    cluster = anti_candidate(lesions)
    units = clusters[cluster]
    pool = np.concatenate(list(clusters.values()))
    control = random_sets(pool, {"control": len(units)}, draws, rng)
    frames = []
    for first, chosen, repetitions in ((-1, [units], batches), (0, list(control.values()), control_batches)):
        variants = [net, *(net.lesioned(each) for each in chosen)]
        for task in tasks_of(net):
            scores = outcomes(variants, task, rng, repetitions, BATCH, coding)[..., 0]  # (batch, variant)
            for draw in range(len(chosen)):
                columns = {
                    "network": label,
                    "cluster": cluster,
                    "draw": first + draw,
                    "n_units": len(units),
                    "task": task,
                    "batch": np.arange(repetitions),
                    "n_trials": BATCH,
                    "performance_intact": scores[:, 0],
                    "performance_lesioned": scores[:, 1 + draw],
                }
                frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def shuffled_silhouettes(
    variance: xr.DataArray, rotated: xr.DataArray, k: int, rng: np.random.Generator, *, shuffles: int = SHUFFLES
) -> pd.DataFrame:
    """Silhouette at one number of clusters: of the units, of rotated activity, and of shuffled columns.

    Shuffling permutes each task's normalised variance over the active units by itself: every task keeps its values,
    and no unit keeps its profile.

    Parameters
    ----------
    variance, rotated : (1, unit, task)
        Task variance of one network, and the same in rotated coordinates.
    k
        Number of clusters.

    Returns
    -------
    DataFrame
        Columns network, kind (task, rotated, shuffled), draw, k, silhouette.
    """
    real, turned = (
        normalised_variance(values[active_units(values)]) for values in (variance.values[0], rotated.values[0])
    )
    points = {"task": [real], "rotated": [turned], "shuffled": [rng.permuted(real, axis=0) for _ in range(shuffles)]}
    rows = [
        (str(variance.coords["network"].values[0]), kind, draw, k, _silhouette(each, k))
        for kind, several in points.items()
        for draw, each in enumerate(several)
    ]
    return pd.DataFrame(rows, columns=["network", "kind", "draw", "k", "silhouette"])


def _silhouette(points: FloatArray, k: int) -> float:
    """Mean silhouette of `k` clusters; NaN where there are too few points for so many."""
    if not k < len(points):
        return float("nan")
    with threadpool_limits(limits=1):
        return float(silhouette_score(points, partition(points, k)))


def explained_by_blocks(weights: FloatArray, labels: IntArray) -> float:
    """Share of the variance of weights between units that the means of blocks of clusters explain.

    Parameters
    ----------
    weights : (unit, unit)
        From row to column; the diagonal does not count.
    labels : (unit,) int
        Cluster of each unit.
    """
    _, place = np.unique(labels, return_inverse=True)
    kind = place[:, None] * (place.max() + 1) + place
    apart = ~np.eye(len(labels), dtype=bool)
    values, block = weights[apart].astype(float), kind[apart]
    counts = np.bincount(block)
    sums = np.bincount(block, values)
    between = (sums[counts > 0] ** 2 / counts[counts > 0]).sum() - values.sum() ** 2 / len(values)
    total = ((values - values.mean()) ** 2).sum()
    return float(between / total) if total > 0 else float("nan")


def cluster_blocks(
    net: Ensemble, labels: IntArray, rng: np.random.Generator, *, relabellings: int = RELABELLINGS
) -> pd.DataFrame:
    """Whether recurrent weights between active units come in blocks of clusters (Supplementary Fig. 5).

    Parameters
    ----------
    net
        One leaky RNN.
    labels : (unit,) int
        Cluster of each unit, -1 where inactive.

    Returns
    -------
    DataFrame
        Columns network, kind (clusters, shuffled), draw, explained: `explained_by_blocks`.
    """
    active = np.flatnonzero(labels >= 0)
    weights = only_network(net, "cluster_blocks").one(0)["w_rec"].numpy()[np.ix_(active, active)]
    own = np.asarray(labels)[active]
    drawn = [("shuffled", draw, rng.permutation(own)) for draw in range(relabellings)]
    rows = [
        (net.labels[0], kind, draw, explained_by_blocks(weights, each))
        for kind, draw, each in [("clusters", 0, own), *drawn]
    ]
    return pd.DataFrame(rows, columns=["network", "kind", "draw", "explained"])


def group_outputs(net: Ensemble, groups: Groups) -> pd.DataFrame:
    """Columns network, group, n_units, norm: length of a unit's vector of output weights, mean over the group."""
    norms = np.linalg.norm(ring_outputs(net), axis=0)
    rows = [
        (net.labels[0], name, len(units), float(norms[units].mean()) if len(units) else float("nan"))
        for name, units in groups.items()
    ]
    return pd.DataFrame(rows, columns=["network", "group", "n_units", "norm"])


def projected_cosines(vectors: xr.DataArray, network: str, space: str) -> pd.DataFrame:
    """Cosine between the two changes of a set without their part along the other two sides.

    Four tasks at the corners a, b (first change) and c, d (second change) of a long parallelogram: an error of one
    corner along the long sides, c - a and d - b, turns both short changes. The mean long side is therefore projected
    out of b - a and d - c first. The other two ways to pair the tasks are treated alike.

    Parameters
    ----------
    vectors : (task, unit)

    Returns
    -------
    DataFrame
        Columns network, space, set, kind ("paper" or "shuffled"), from_1, to_1, from_2, to_2, cosine.
    """
    known = set(vectors.coords["task"].values)
    rows: list[tuple[object, ...]] = []
    for each in SETS:
        if not known.issuperset(each.tasks):
            continue
        point = {task: vectors.sel(task=task).values.astype(float) for task in each.tasks}
        for (a, b), (c, d) in list(each.assignments())[::2]:
            other = (point[c] - point[a]) + (point[d] - point[b])
            length = float(other @ other)
            first, second = (
                change - (change @ other / length if length > 0 else 0.0) * other
                for change in (point[b] - point[a], point[d] - point[c])
            )
            kind = "paper" if ((a, b), (c, d)) == each.arrows else "shuffled"
            rows.append((network, space, each.name, kind, a, b, c, d, cosine(first, second)))
    columns = ["network", "space", "set", "kind", "from_1", "to_1", "from_2", "to_2", "cosine"]
    return pd.DataFrame(rows, columns=columns)
