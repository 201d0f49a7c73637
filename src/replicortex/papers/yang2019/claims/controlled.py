"""Statistics against a control: random sets of units, shuffled columns, shuffled labels (Yang et al. 2019, Figs. 2, 5).

A lesion takes away units as well as what they are for. What random sets of as many active units take away is therefore
subtracted, or must be exceeded.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from replicortex.papers.yang2019.claims.circuit import CHANCE, GROUPS, lesion_drops
from replicortex.papers.yang2019.claims.clusters import MODALITY_SPLIT, modality_split
from replicortex.papers.yang2019.families import ANTI, DM, TASKS
from replicortex.papers.yang2019.shared import ANTI_LEAST_DROP, ANTI_MEAN_DROP, OTHER_MEAN_DROP
from replicortex.report.claims import NotTestable, Tables
from replicortex.report.intervals import (
    FEWER_RESAMPLES,
    FEWEST,
    LEVEL,
    RESAMPLES,
    Estimate,
    Indices,
    Subsample,
    expanded_tail,
    median_interval,
    median_over_networks,
    share_of_networks,
    weakest,
)
from replicortex.report.tables import per_network, require
from replicortex.tables import networks

_WITHIN = 1000  # resamples of the batches of each network


def random_drops(tables: Tables, lesion: str) -> pd.DataFrame:
    """Performance lost with random sets as large as a group, mean over sets: network x task; see `lesion_drops`."""
    table, labels = tables["random_lesions"], networks(tables)
    require(table["task"], DM, "random_lesions")
    require(table["matched"], (lesion,), "random_lesions")
    own = table[table["matched"] == lesion]
    without = own["performance"].fillna(CHANCE).groupby([own["network"], own["task"]]).mean().unstack()
    whole = tables["group_lesions"].query("lesion == 'intact'")
    intact = whole.pivot(index="network", columns="task", values="performance").fillna(CHANCE)
    return intact.loc[list(labels), list(DM)] - without.loc[list(labels), list(DM)]


def one_task_lost(tables: Tables, rng: np.random.Generator, *, lesion: str, task: str) -> Estimate:
    """Performance lost in one task, minus the largest loss in another DM task, and minus that by random sets.

    The smaller of the two medians over networks.
    """
    drops, control = lesion_drops(tables, lesion), random_drops(tables, lesion)
    others = drops.drop(columns=task).max(axis=1)
    parts = {
        "minus largest other loss": drops[task] - others,
        "minus random sets": drops[task] - control[task],
    }
    holds = int((pd.DataFrame(parts).min(axis=1) > 0).sum())
    told = f"loss {drops[task].median():.2f}, by random sets {control[task].median():.2f}; both above 0 in {holds}"
    return weakest(
        {name: median_over_networks(values, (-1, 1)) for name, values in parts.items()},
        f"{told} of {len(drops)}",
    )


def all_tasks_impaired(tables: Tables, rng: np.random.Generator, *, lesion: str) -> Estimate:
    """Performance lost beyond that by random sets, in the DM task where this is least; median over networks."""
    drops, control = lesion_drops(tables, lesion), random_drops(tables, lesion)
    beyond = (drops - control).min(axis=1)
    detail = (
        f"least affected task: {drops.min(axis=1).median():.2f} without group {lesion}, "
        f"{control.min(axis=1).median():.2f} without random sets; above 0 in {int((beyond > 0).sum())} of {len(beyond)}"
    )
    return median_over_networks(beyond, (-1, 1), detail)


def anti_margin(drops: np.ndarray, control: np.ndarray) -> np.ndarray:
    """As `clusters.anti_margin`, with the losses in the Anti tasks beyond those by random sets of the same size.

    Parameters
    ----------
    drops, control : (..., 20)
        Loss of performance per task without the cluster, and without random sets; order of `families.TASKS`.
    """
    is_anti = np.isin(TASKS, ANTI)
    anti, other = drops[..., is_anti], drops[..., ~is_anti]
    beyond = anti - control[..., is_anti]
    conditions = (
        beyond.mean(axis=-1) - ANTI_MEAN_DROP,
        beyond.min(axis=-1) - ANTI_LEAST_DROP,
        OTHER_MEAN_DROP - other.mean(axis=-1),
        anti.min(axis=-1) - other.max(axis=-1),
    )
    return np.asarray(np.min(conditions, axis=0))


def batch_drops(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Losses per task and batch of one network: with its Anti cluster silenced, and with random sets (mean of them).

    Returns
    -------
    tuple[ndarray, ndarray]
        (20, batch), (20, batch)
    """
    require(table["task"], TASKS, "lesion_batches")
    drop = table["performance_intact"] - table["performance_lesioned"]
    means = drop.groupby([table["draw"] >= 0, table["task"], table["batch"]]).mean()
    own, control = (means.loc[of].unstack("batch").loc[list(TASKS)].to_numpy(dtype=float) for of in (False, True))
    return own, control


def resampled_means(values: np.ndarray, rng: np.random.Generator, resamples: int) -> np.ndarray:
    """Means over batches drawn with replacement, each task's by themselves: (resample, task) of (task, batch)."""
    n = values.shape[1]
    counts = rng.multinomial(n, np.full(n, 1 / n), (len(values), resamples))  # (task, resample, batch)
    return np.asarray(np.einsum("trb,tb->rt", counts, values) / n)


def anti_cluster(tables: Tables, rng: np.random.Generator) -> Estimate:
    """`anti_margin` on fresh trials, median over networks; networks are resampled, and batches within each."""
    labels = list(networks(tables))
    values, drawn = _margins(tables, rng)
    table = tables["lesion_batches"]
    low, high = np.quantile(drawn[0], (0.5 - LEVEL / 2, 0.5 + LEVEL / 2))
    first = table[(table["network"] == labels[0]) & (table["draw"] < 0)]
    n = int(first.groupby("task")["n_trials"].sum().min())
    detail = (
        f"{labels[0]}, cluster {first['cluster'].iloc[0]} ({first['n_units'].iloc[0]} units): {values.iloc[0]:.3f} "
        f"[{low:.3f}, {high:.3f}] over batches; {n} trials per task; above 0 in {int((values > 0).sum())} of "
        f"{len(values)}"
    )
    return _nested(values.to_numpy(dtype=float), drawn, rng, RESAMPLES, detail)


def _margins(tables: Tables, rng: np.random.Generator) -> tuple[pd.Series, np.ndarray]:
    """`anti_margin` of each network, and of resamples of its batches: (network, resample)."""
    found = {}
    by_network = {str(name): part for name, part in tables["lesion_batches"].groupby("network")}
    for label in networks(tables):
        own, control = batch_drops(by_network[label])
        whole = float(anti_margin(own.mean(axis=1), control.mean(axis=1)))
        each = anti_margin(resampled_means(own, rng, _WITHIN), resampled_means(control, rng, _WITHIN))
        found[label] = whole, each
    values = pd.Series({label: whole for label, (whole, _) in found.items()})
    return values, np.stack([each for _, each in found.values()])


def _nested(values: np.ndarray, drawn: np.ndarray, rng: np.random.Generator, resamples: int, detail: str) -> Estimate:
    """Median over networks of numbers that are uncertain themselves; (network,), and (network, resample) of these.

    Without an interval from fewer than three networks, as every median over networks (`intervals.FEWEST`): the batches
    of one network do not tell what another would show.
    """
    n, low, high = len(values), float("nan"), float("nan")
    if n >= FEWEST:
        which = rng.integers(0, n, (resamples, n))
        medians = np.median(drawn[which, rng.integers(0, drawn.shape[1], (resamples, n))], axis=1)
        tail = expanded_tail(n)
        low, high = np.quantile(medians, (tail, 1 - tail))
        alone = median_interval(values)  # wider where few networks tell little of their spread
        low, high = min(low, alone[0]), max(high, alone[1])

    def part(indices: tuple[Indices, ...], rng: np.random.Generator) -> Estimate:
        return _nested(values[indices[0]], drawn[indices[0]], rng, FEWER_RESAMPLES, detail)

    return Estimate(float(np.median(values)), float(low), float(high), n, detail=detail, again=Subsample((n,), part))


def clusters_recur(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Share of networks with an Anti cluster (margin above 0 on fresh trials) and both modality clusters."""
    margins, _ = _margins(tables, rng)
    split = modality_split(tables)
    anti, modal = margins > 0, split > MODALITY_SPLIT
    detail = f"Anti cluster in {int(anti.sum())}, both modality clusters in {int(modal.sum())} of {len(anti)}"
    return share_of_networks(anti & modal, detail)


def silhouette_gain(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Silhouette at a network's own number of clusters beyond that of two controls at the same number.

    Rotated activity, and shuffled columns; the smaller of the two medians over networks.
    """
    table = tables["control_silhouettes"]
    require(table["kind"], ("task", "rotated", "shuffled"), "control_silhouettes")
    means = table.groupby(["network", "kind"], sort=False)["silhouette"].mean().reset_index()
    wide = per_network(means, "kind", "silhouette", networks(tables), "silhouette")
    parts = {f"beyond {kind}": wide["task"] - wide[kind] for kind in ("rotated", "shuffled")}
    told = ", ".join(f"{kind} {wide[kind].median():.3f}" for kind in ("task", "rotated", "shuffled"))
    return weakest(
        {name: median_over_networks(values, (-2, 2)) for name, values in parts.items()},
        f"median silhouettes at equal k: {told}",
    )


def block_structure(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Variance of recurrent weights explained by blocks of clusters, over that by blocks of shuffled clusters."""
    table = tables["cluster_blocks"]
    require(table["kind"], ("clusters", "shuffled"), "cluster_blocks")
    means = table.groupby(["network", "kind"], sort=False)["explained"].mean().reset_index()
    wide = per_network(means, "kind", "explained", networks(tables), "share explained")
    ratio = wide["clusters"] / wide["shuffled"]
    if not np.isfinite(ratio).all():
        raise NotTestable(f"blocks explain nothing in {', '.join(map(str, ratio.index[~np.isfinite(ratio)]))}")
    detail = f"median share explained {wide['clusters'].median():.3f}, shuffled {wide['shuffled'].median():.3f}"
    return median_over_networks(ratio, (0, np.inf), detail)


def strongest_output(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Length of output weights of a unit of group 12 over that of the stronger of groups 1 and 2; median."""
    table = tables["group_outputs"]
    require(table["group"], GROUPS, "group_outputs")
    norms = per_network(table, "group", "norm", networks(tables), "output norm")[list(GROUPS)]
    ratio = norms["12"] / norms[["1", "2"]].max(axis=1)
    each = ", ".join(f"group {name} {norms[name].median():.2f}" for name in GROUPS)
    return median_over_networks(ratio, (0, np.inf), f"median lengths: {each}")
