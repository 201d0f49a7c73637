"""Numbers that the claims are judged by, from tables alone."""

from __future__ import annotations

import numpy as np
import pandas as pd

from replicortex.report.claims import Tables
from replicortex.report.intervals import Estimate, median_over_networks, share_of_networks

MEMORIES = 8
VISITED = 0.1  # of the extent of the visited states
SHARE, RATIO = 0.9, 1.5  # SB-2
AHEAD = 5  # steps of the linear model
Rng = np.random.Generator


def _labels(tables: Tables) -> pd.Index:
    return pd.Index(tables["members"]["network"])


def counts(tables: Tables) -> pd.DataFrame:
    """Number of fixed points of each network by index, 0 to 3 and above where there are more."""
    found = tables["points"].groupby(["network", "n_unstable"]).size().unstack(fill_value=0)
    every = range(max(3, int(found.columns.max())) + 1)
    return found.reindex(index=_labels(tables), columns=every, fill_value=0)


def one_point_per_memory(tables: Tables, rng: Rng) -> Estimate:
    """SB-1."""
    stable = tables["points"][tables["points"]["n_unstable"] == 0]
    each = stable.groupby("network").agg(n=("memory", "size"), different=("memory", "nunique"), far=("distance", "max"))
    each = each.reindex(_labels(tables))
    holds = (each["n"] == MEMORIES) & (each["different"] == MEMORIES) & (each["far"] < VISITED)
    told = f"stable points {_range(each['n'].fillna(0))}; farthest from a visited state {each['far'].max():.3f}"
    return share_of_networks(holds, told)


def corners_of_a_cube(tables: Tables, rng: Rng) -> Estimate:
    """SB-2."""
    cube = tables["cube"].set_index("network").reindex(_labels(tables))
    ratio = cube["longest_edge"] / cube["shortest_edge"]
    told = f"share of variance {_middle(cube['share'])}; longest over shortest edge {_middle(ratio)}"
    complete = counts(tables)[0] == MEMORIES
    return share_of_networks((cube["share"] > SHARE) & (ratio < RATIO) & complete, told)


def edges_with_a_saddle(tables: Tables, rng: Rng) -> Estimate:
    """SB-3."""
    saddles = tables["saddles"][tables["saddles"]["point"] >= 0]
    edges = saddles[saddles["bits_apart"] == 1].drop_duplicates(["network", "memory_1", "memory_2"])
    n = edges.groupby("network").size().reindex(_labels(tables), fill_value=0)
    other = int((saddles["bits_apart"] != 1).sum())
    told = f"{_range(n)} of 12; {other} of {len(saddles)} saddles join other pairs"
    return median_over_networks(n, (0, 12), told)


def higher_saddles_rarer(tables: Tables, rng: Rng) -> Estimate:
    """SB-4."""
    n = counts(tables)
    told = "points of index 0, 1, 2, 3: " + ", ".join(_range(n[index]) for index in range(4))
    return share_of_networks((n[1] > n[2]) & (n[2] > n[3]), told)


def error_of_linear_model(tables: Tables, rng: Rng) -> Estimate:
    """SB-7."""
    rows = tables["linear"][tables["linear"]["steps"] == AHEAD]  # none of a network without a saddle
    error = (rows["error"] / rows["path"]).groupby(rows["network"])
    told = f"largest of all saddles and sides {error.max().max():.2f}"
    median = error.median().reindex(_labels(tables)).fillna(np.inf)  # without a saddle there is no model
    return median_over_networks(median, (0, np.inf), told)


def _range(values: pd.Series) -> str:
    low, high = int(values.min()), int(values.max())
    return str(low) if low == high else f"{low} to {high}"


def _middle(values: pd.Series) -> str:
    return f"{values.min():.3g} to {values.max():.3g}, median {values.median():.3g}"
