"""Statistics of the claims on the primer's networks; each takes tables and a random stream, and gives an estimate."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import pearsonr, rankdata

from replicortex.report.claims import NotTestable, Tables
from replicortex.report.intervals import (
    Estimate,
    difference_of_groups,
    median_over_networks,
    proportion,
    ratio_of_groups,
    weakest,
)
from replicortex.report.tables import labels_where, of_networks

EXISTS = 0.01  # |weight| from which on a connection counts; initial weights reach 0.088
SEPARATED = 0.5  # share of variance between conditions
NEAR = 0.1  # below the ideal observer's fraction correct
LATE = (700.0, 900.0)  # ms, the end of the delay
KNOWN = 0.75  # fraction correct of a network that knows the task


def of_condition(tables: Tables, name: str, condition: str) -> pd.DataFrame:
    """Rows of a table about the networks of a condition."""
    return of_networks(tables[name], labels_where(tables["members"], {"condition": condition}))


def accuracy_of(table: pd.DataFrame) -> pd.Series:
    """Fraction correct of each network over all conditions."""
    sums = table.groupby("network", sort=False)[["n_correct", "n_trials"]].sum()
    return sums["n_correct"] / sums["n_trials"]


def smallest_rate(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Smallest rate of any unit at any time after the onset, smallest over networks."""
    table = of_condition(tables, "distributions", "both")
    each = table[table["what"] == "rate"].groupby("network")["smallest"].min()
    value = float(each.min())
    return Estimate(value, value, value, len(each), "networks", "counted, not estimated")


def rates_with_and_without(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Mean rate with both costs over that without the cost of rates."""
    each = []
    for condition in ("both", "no_rate_cost"):
        table = of_condition(tables, "distributions", condition)
        each.append(table[table["what"] == "rate"].groupby("network")["mean"].first().clip(lower=1e-12))
    return ratio_of_groups(each[0], each[1], rng)


def connections_with_and_without(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Share of connections above 0.01 with both costs over that without the cost of parameters."""
    each = []
    for condition in ("both", "no_weight_cost"):
        table = of_condition(tables, "connectivity", condition)
        near = table["threshold"].to_numpy()[np.abs(np.log(table["threshold"].to_numpy() / EXISTS)).argmin()]
        each.append(table[table["threshold"] == near].set_index("network")["connectivity"].clip(lower=1e-6))
    return ratio_of_groups(each[0], each[1], rng)


def cost_of_pruning(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Fraction correct with the strongest 12 % of connections minus that with all."""
    table = of_condition(tables, "pruning", "both").set_index("network")
    return median_over_networks(table["accuracy_pruned"] - table["accuracy_intact"], (-1, 1))


def exact_zeros(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Share of recurrent weights that are exactly 0 after training with the proximal step."""
    return median_over_networks(of_condition(tables, "pruning", "proximal").set_index("network")["zeros"], (0, 1))


def strong_against_weak(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Fraction correct at |coherence| above 0.9 minus that below 0.1."""
    table = of_condition(tables, "choices", "both")
    size = table["signed"].abs()
    strong, weak = accuracy_of(table[size > 0.9]), accuracy_of(table[size < 0.1])
    return median_over_networks(strong - weak, (-1, 1))


def time_strong_against_weak(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Mean decision time of correct trials at the largest coherence minus that at the smallest, ms.

    Raises
    ------
    NotTestable
        A network has no correct decision in one of them.
    """
    table = of_condition(tables, "decision_times", "both")
    wide = table[table["outcome"] == "correct"].pivot(index="network", columns="coherence", values="mean_ms")
    ends = sorted(table["coherence"].unique())[:: max(1, table["coherence"].nunique() - 1)]
    labels = table["network"].unique()
    wide = wide.reindex(index=labels, columns=ends)
    if wide.isna().to_numpy().any():
        raise NotTestable("a network makes no correct decision at the smallest or the largest coherence")
    return median_over_networks(wide[ends[-1]] - wide[ends[0]])


def accuracy_low_noise(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Fraction correct of leaky networks on the task with noise 0.3."""
    return median_over_networks(accuracy_of(of_condition(tables, "accuracy", "leaky_low_noise")), (0, 1))


def accuracy_outside(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Fraction correct of the variant with f outside and 128 units on the task with noise 1."""
    return median_over_networks(accuracy_of(of_condition(tables, "accuracy", "outside_128")), (0, 1))


def separation_follows_accuracy(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Spearman correlation of separation and accuracy over the grid; interval by Fisher's transformation of ranks."""
    table = tables["separation"]
    if len(table) < 4 or table["accuracy"].nunique() < 2 or table["separation"].nunique() < 2:
        raise NotTestable("fewer than four networks, or all of them alike")
    found = pearsonr(rankdata(table["accuracy"]), rankdata(table["separation"]))
    low, high = found.confidence_interval()
    return Estimate(float(found.statistic), float(low), float(high), len(table))


def accurate_if_separated(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Of the networks whose states separate, the share with an accuracy near the ideal observer's."""
    ceiling = tables["ceiling"]
    near = float(ceiling[ceiling["coherence"].isna()]["performance"].iloc[0]) - NEAR
    separated = tables["separation"][tables["separation"]["separation"] > SEPARATED]
    if separated.empty:
        raise NotTestable("the trajectories of no network separate")
    detail = f"accuracy at least {near:.3f}; {len(separated)} of {len(tables['separation'])} networks separate"
    return proportion(int((separated["accuracy"] >= near).sum()), len(separated), "networks", detail)


def identity_learns_faster(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Mean fraction correct over the evaluations of the training: start at the identity minus uniform start."""
    histories = (of_condition(tables, "history", name) for name in ("identity", "base"))
    each = [history.groupby("network")["performance"].mean() for history in histories]
    return difference_of_groups(each[0], each[1], rng)


def forgetting(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Fraction correct in the first context as the second begins, minus that at the end."""
    history = of_condition(tables, "history", "two_tasks")
    first = history[history["task"] == "first context"].pivot(index="network", columns="updates", values="performance")
    updates = first.columns.to_numpy(dtype=int)
    middle = updates[updates <= updates.max() / 2].max()
    return median_over_networks(first[middle] - first[updates.max()], (-1, 1))


def reservoir(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Fraction correct where all weights learn minus that where the output weights alone do."""
    each = [accuracy_of(of_condition(tables, "accuracy", name)) for name in ("base", "output_only")]
    return difference_of_groups(each[0], each[1], rng)


def shorter_wires(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Mean length that a unit of weight spans, with a cost of length over without."""
    each = []
    for condition in ("spatial", "base"):
        table = of_condition(tables, "wiring", condition)
        sums = table.assign(total=table["weight"] * table["n_pairs"]).groupby("network")[["length", "total"]].sum()
        each.append(sums["length"] / sums["total"])
    return ratio_of_groups(each[0], each[1], rng)


def silent_memory(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Of plastic networks: sample decoded from synapses minus from rates late in the delay, and accuracy minus 0.75."""
    table = of_condition(tables, "memory_decoding", "memory_plastic")
    late = table[table["time_ms"].between(LATE[0], LATE[1], inclusive="left")]
    wide = late.pivot_table(index="network", columns="source", values="decoded")
    accuracy = accuracy_of(of_condition(tables, "accuracy", "memory_plastic"))
    parts = {
        "synapses - rates": median_over_networks(wide["synapse"] - wide["rate"], (-1, 1)),
        "correct - 0.75": median_over_networks(accuracy - KNOWN, (-1, 1)),
    }
    return weakest(parts)


def ignored_weight(tables: Tables, rng: np.random.Generator) -> Estimate:
    """|weight of the modality to be ignored| / |weight of the other| on choices, the larger of both contexts."""
    table = tables["context_weights"].assign(size=tables["context_weights"]["weight"].abs())
    judged = table["context"] == table["modality"]
    relevant = table[judged].set_index(["network", "context"])["size"]
    ignored = table[~judged].set_index(["network", "context"])["size"]
    ratio = (ignored / relevant.clip(lower=1e-9)).groupby("network").max()
    return median_over_networks(ratio, (0, np.inf))


def ignored_still_seen(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Spread along a modality's axis where it is to be ignored over where it is judged, the smaller of both."""
    table = tables["trajectories"]
    top = table["coherence"].abs().max()
    axis = np.where(table["modality"] == "motion", table["motion"], table["colour"])
    ends = table.assign(axis=axis * np.sign(table["coherence"]))[table["coherence"].abs() == top]
    keys = ["network", "modality", "context"]
    spread = ends.groupby([*keys, "time_ms"])["axis"].sum().groupby(keys).max().reset_index()
    judged = spread["context"] == spread["modality"]
    relevant, ignored = (spread[mask].set_index(["network", "modality"])["axis"] for mask in (judged, ~judged))
    missing = set(table["network"]) - set((ignored / relevant).dropna().reset_index()["network"])
    if missing:
        raise NotTestable(f"no correct trial with the strongest evidence in {', '.join(sorted(missing))}")
    return median_over_networks((ignored / relevant.clip(lower=1e-9)).groupby("network").min())
