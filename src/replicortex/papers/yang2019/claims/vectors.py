"""Statistics on task vectors and rule weights: parallel, square, distinct (Yang et al. 2019, Figs. 6, S8, S9)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from replicortex.report.claims import NotTestable, Tables
from replicortex.report.intervals import RESAMPLES, Estimate, median_over_networks, weakest
from replicortex.report.tables import per_network, require
from replicortex.tables import networks

ACTIVITY, RULES = "activity", "rules"
PAPER = "paper"  # the assignment of tasks to corners that the paper makes; the others are "shuffled"
ANTI_SET, CONTEXT_SET = "anti", "context"
PARALLEL = 0.5  # cosine at which the shared part of two equally long changes equals their private parts


def paper_cosines(table: pd.DataFrame, space: str, task_set: str, labels: Sequence[str]) -> pd.Series:
    """Cosine between the two changes that the paper calls parallel, per network in the order of `labels`.

    Parameters
    ----------
    table
        Table parallelism.

    Raises
    ------
    NotTestable
        The set or space was not measured, or a change has no length.
    """
    used = table[(table["space"] == space) & (table["kind"] == PAPER)]
    require(used["set"], [task_set], f"parallelism of {space}")
    return per_network(used, "set", "cosine", labels, f"cosine ({space}, {task_set})")[task_set]


def chance(table: pd.DataFrame, labels: Sequence[str], rng: np.random.Generator) -> float:
    """How often randomly assigned tasks give a median cosine over networks as large as the paper's assignment.

    Each network gets one of its six assignments by chance, the paper's among them, 10 000 times.

    Parameters
    ----------
    table
        Rows of the table parallelism of one space and set; six per network.
    """
    rows = {label: group for label, group in table.groupby("network")}
    values = np.stack([rows[label].sort_values("kind")["cosine"].to_numpy(dtype=float) for label in labels])
    observed = np.median(values[:, 0])  # "paper" comes before "shuffled"
    drawn = values[np.arange(len(values)), rng.integers(values.shape[1], size=(RESAMPLES, len(values)))]
    return float(np.mean(np.median(drawn, axis=1) >= observed - 1e-12))


def parallel(tables: Tables, rng: np.random.Generator, *, task_set: str, space: str = ACTIVITY) -> Estimate:
    """Cosine between the two changes of a set that the paper calls parallel, median over networks.

    The detail tells how often shuffled assignments of the four tasks reach it, and the other assignments' medians.
    """
    labels = networks(tables)
    table = tables["parallelism"]
    cosines = paper_cosines(table, space, task_set, labels)
    used = table[(table["space"] == space) & (table["set"] == task_set)]
    pairs = used.assign(pair=_pair(used)).groupby("pair", sort=False)["cosine"].median()
    others = [f"{name} {pairs[name]:.2f}" for name in list(pairs.index)[2::2]]
    detail = (
        f"{list(pairs.index)[0]}; shuffled assignments reach this with p = {chance(used, labels, rng):.4f}; "
        f"other pairings: {', '.join(others)}"
    )
    return median_over_networks(cosines, (-1, 1), detail)


parallel_anti = partial(parallel, task_set=ANTI_SET)
parallel_context = partial(parallel, task_set=CONTEXT_SET)


def _pair(table: pd.DataFrame) -> pd.Series:
    return (table["from_1"] + " to " + table["to_1"] + " with " + table["from_2"] + " to " + table["to_2"]).astype(str)


def squareness(tables: Tables, rng: np.random.Generator) -> Estimate:
    """The smallest, over both sets, of three ratios that are 1 for a square; each a median over networks.

    s2/s1 and 1 - s3/s2 with s the tasks' standard deviations along their principal components, and the shorter over
    the longer pair of sides.
    """
    labels = networks(tables)
    table = tables["squares"].query("space == @ACTIVITY")
    require(table["set"], [ANTI_SET, CONTEXT_SET], "squares of activity")
    parts: dict[str, Estimate] = {}
    for name in (ANTI_SET, CONTEXT_SET):
        rows = table[table["set"] == name].set_index("network").reindex(list(labels))
        sides = rows[["side_1", "side_2"]]
        ratios = {
            "PC 2 / PC 1": rows["extent_2"] / rows["extent_1"],
            "short / long side": sides.min(axis=1) / sides.max(axis=1),
            "1 - PC 3 / PC 2": 1 - rows["extent_3"] / rows["extent_2"],
        }
        for what, values in ratios.items():
            if not np.isfinite(values).all():
                raise NotTestable(f"no finite {what} ({name}) in {', '.join(map(str, values.index[values.isna()]))}")
            parts[f"{name}: {what}"] = median_over_networks(values, (0, 1))
    return weakest(parts)


def distinct(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Distance of the two nearest tasks over the distance of two measurements of one task; median over networks."""
    labels = networks(tables)
    table = tables["task_distances"]
    ratio = table["distance"] / table["within"]
    if not np.isfinite(ratio).all():
        bad = table.loc[~np.isfinite(ratio), "network"].unique()
        raise NotTestable(
            f"two measurements of a task do not differ in {', '.join(map(str, bad))}: no noise to compare"
        )
    nearest = table.assign(ratio=ratio).loc[ratio.groupby(table["network"]).idxmin()].set_index("network")
    nearest = nearest.loc[list(labels)]
    n_tasks = len(set(table["task_1"]) | set(table["task_2"]))
    pairs = (nearest["task_1"] + " and " + nearest["task_2"]).value_counts()
    detail = f"{n_tasks} tasks with a first stimulus before the go signal; nearest most often {pairs.index[0]}"
    return median_over_networks(nearest["ratio"], (0, np.inf), detail)


def same_in_rules(tables: Tables, rng: np.random.Generator) -> Estimate:
    """The smaller of the two sets' cosines on rule weight vectors, each a median over networks."""
    parts = {name: parallel(tables, rng, task_set=name, space=RULES) for name in (ANTI_SET, CONTEXT_SET)}
    return weakest(parts, "; ".join(f"{name}: {part.detail}" for name, part in parts.items()))


def projected_parallel(tables: Tables, rng: np.random.Generator, *, task_set: str) -> Estimate:
    """Cosine between the two changes of a set without their part along the long sides; median over networks."""
    labels, table = networks(tables), tables["projected"]
    cosines = paper_cosines(table, ACTIVITY, task_set, labels)
    used = table[(table["space"] == ACTIVITY) & (table["set"] == task_set) & (table["kind"] != PAPER)]
    others = used.assign(pair=_pair(used)).groupby("pair", sort=False)["cosine"].median()
    detail = "other pairings, treated alike: " + ", ".join(f"{name} {value:.2f}" for name, value in others.items())
    return median_over_networks(cosines, (-1, 1), detail)
