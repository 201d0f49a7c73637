"""Statistics on clusters of units: number, lesions, profiles (Yang et al. 2019, Fig. 2, Suppl. Fig. 3, 4)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from replicortex.papers.yang2019.families import (
    ANTI,
    DELAY_DM,
    DM,
    DM_MODALITY_1,
    DM_MODALITY_2,
    NOT_ANTI,
    NOT_DM,
    TASKS,
)
from replicortex.papers.yang2019.shared import anti_margin, anti_margins
from replicortex.report.claims import Tables
from replicortex.report.intervals import (
    LEVEL,
    RESAMPLES,
    Estimate,
    Indices,
    Subsample,
    median_interval,
    median_over_networks,
    share_of_networks,
)
from replicortex.report.tables import per_network, require
from replicortex.tables import networks

MODALITY_SPLIT = 0.5  # (V1 - V2) / (V1 + V2): three times the variance on one side
SELECTIVE = 0.5  # of a unit's own largest variance
EPOCH_KINDS = ("stim", "delay", "go")


def silhouette_gain(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Best silhouette of the task variance minus that of the rotated control; median over networks."""
    table = tables["cluster_number"]
    require(table["kind"], ("task", "rotated"), "cluster_number")
    best = per_network(table, "kind", "silhouette", networks(tables), "silhouette")
    gain = best["task"] - best["rotated"]
    detail = (
        f"median silhouette {best['task'].median():.3f}, rotated {best['rotated'].median():.3f}; "
        f"above the control in {int((gain > 0).sum())} of {len(gain)}"
    )
    return median_over_networks(gain, (-2, 2), detail)


def cluster_count(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Best number of clusters, median over networks, with both uncertainties in the interval.

    Its ends are the lower end of the interval of the median of `k_low` and the upper end of that of `k_high`,
    so that it covers networks (resampled) and the flat top of each curve. Fewer than three networks have none.
    """
    table = tables["cluster_number"].query("kind == 'task'").set_index("network").loc[list(networks(tables))]
    return _count(table)


def _count(table: pd.DataFrame) -> Estimate:
    low, high = (table[name].to_numpy(dtype=float) for name in ("k_low", "k_high"))
    ends = median_interval(low)[0], median_interval(high)[1]  # NaN of fewer than `intervals.FEWEST`
    each = ", ".join(f"{row.k} ({row.k_low}-{row.k_high})" for row in table.head(12).itertuples())
    more = f" and {len(table) - 12} more" if len(table) > 12 else ""
    detail = f"per network, the first is the example: {each}{more}"

    def part(indices: tuple[Indices, ...], rng: np.random.Generator) -> Estimate:
        return _count(table.iloc[indices[0]])

    again = Subsample((len(table),), part)
    return Estimate(
        float(table["k"].median()), float(np.maximum(2.0, ends[0])), ends[1], len(table), detail=detail, again=again
    )


def anti_cluster(tables: Tables, rng: np.random.Generator) -> Estimate:
    """`anti_margin` of the example network's best lesion; interval by redrawing its trials (binomial)."""
    example = networks(tables)[0]
    lesions = tables["lesions"].query("network == @example")
    margins = anti_margins(lesions)
    cluster = int(margins.index[int(margins.to_numpy().argmax())][1])
    rows = lesions[lesions["cluster"] == cluster].set_index("task").loc[list(TASKS)]
    n = rows["n_trials"].to_numpy(dtype=int)
    intact, lesioned = (rows[f"performance_{state}"].to_numpy(dtype=float) for state in ("intact", "lesioned"))
    drawn = (rng.binomial(n, intact, (RESAMPLES, 20)) - rng.binomial(n, lesioned, (RESAMPLES, 20))) / n
    low, high = np.quantile(anti_margin(drawn), (0.5 - LEVEL / 2, 0.5 + LEVEL / 2))
    drop = pd.Series(intact - lesioned, index=list(TASKS))
    others = drop[list(NOT_ANTI)]
    lost = ", ".join(f"{value:.2f}" for value in drop[list(ANTI)])
    detail = (
        f"{example}, cluster {cluster} ({int(rows['n_units'].iloc[0])} units): performance lost in Anti, "
        f"RT Anti, Dly Anti {lost}; others {others.mean():.2f} on average, "
        f"most in {others.idxmax()} ({others.max():.2f})"
    )
    return Estimate(float(margins.max()), float(low), float(high), int(n.min()), "trials per task", detail)


def _normalised(table: pd.DataFrame, column: list[str] | str, units: pd.DataFrame, cluster: str) -> pd.DataFrame:
    """Variance of active units over their own maximum, averaged by cluster: (network, cluster) x column."""
    active = units[units["active"]]
    wide = table.pivot(index=["network", "unit"], columns=column, values="variance")
    index = pd.MultiIndex.from_frame(active[["network", "unit"]])
    if not index.isin(wide.index).all():
        network, unit = index[~index.isin(wide.index)][0]
        raise ValueError(f"variance table lacks unit {unit} of {network}, which table 'units' lists as active")
    wide = wide.loc[index]
    keys = [active["network"].to_numpy(), active[cluster].to_numpy()]
    means = wide.div(wide.max(axis=1), axis=0).groupby(keys).mean()
    return means.rename_axis(index=["network", "cluster"])


def task_profiles(tables: Tables) -> pd.DataFrame:
    """Mean normalised task variance of each cluster's active units: (network, cluster) x task."""
    require(tables["task_variance"]["task"], TASKS, "task_variance")
    return _normalised(tables["task_variance"], "task", tables["units"], "cluster")[list(TASKS)]


def _per_network(values: pd.Series, labels: Sequence[str], empty: float) -> pd.Series:
    """Largest value over each network's clusters; `empty` where a network has none to offer."""
    return values.groupby("network").max().reindex(list(labels)).fillna(empty)


def modality_split(tables: Tables) -> pd.Series:
    """Per network the smaller of the two modalities' best split indices, 0 where a modality has no cluster.

    With V1, V2 a cluster's mean normalised variance over the four DM tasks of modality 1 and of modality 2,
    the split is (V1 - V2) / (V1 + V2) for modality 1 and its negative for modality 2. Only DM clusters count:
    the larger of V1 and V2 must be above the mean over the ten tasks of the Go, Anti and Matching families.
    """
    profiles = task_profiles(tables)
    first, second = (profiles[list(group)].mean(axis=1) for group in (DM_MODALITY_1, DM_MODALITY_2))
    is_dm = np.maximum(first, second) > profiles[list(NOT_DM)].mean(axis=1)
    split = ((first - second) / (first + second))[is_dm]
    labels = networks(tables)
    by_modality = {sign: _per_network(sign * split, labels, 0.0).clip(lower=0) for sign in (1, -1)}
    return pd.DataFrame(by_modality).min(axis=1)


def modality_clusters(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Split index (`modality_split`), median over networks."""
    split = modality_split(tables)
    detail = (
        f"above {MODALITY_SPLIT:g} in {int((split > MODALITY_SPLIT).sum())} of {len(split)} networks; "
        f"example {split.iloc[0]:.2f}"
    )
    return median_over_networks(split, (0, 1), detail)


def delayed_also_plain(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Of the clusters selective in Dly DM, the share selective in DM too, per network; median over networks.

    A cluster is selective in a family if its mean normalised variance reaches 0.5 in at least one task of it.
    A network without a cluster selective in Dly DM counts as 0.
    """
    profiles = task_profiles(tables)
    selective = {
        name: profiles[list(group)].max(axis=1) >= SELECTIVE
        for name, group in (("delayed", DELAY_DM), ("plain", DM), ("other", NOT_DM))
    }
    frame = pd.DataFrame(selective)
    delayed = frame[frame["delayed"]]
    labels = networks(tables)
    share = delayed.groupby("network")["plain"].mean().reindex(labels)
    detail = (
        f"{len(delayed)} clusters selective in Dly DM, {int(delayed['plain'].sum())} of them in DM and "
        f"{int(delayed['other'].sum())} in Go, Anti or Matching; "
        f"of all {len(frame)} clusters {int(frame['plain'].sum())} in DM"
    )
    none = [label for label in labels if pd.isna(share[label])]
    if none:
        detail += f"; none selective in Dly DM in {', '.join(none)}"
    return median_over_networks(share.fillna(0.0), (0, 1), detail)


def clusters_recur(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Share of networks with an Anti cluster (`anti_margin` > 0) and both modality clusters (split > 0.5)."""
    labels = networks(tables)
    anti = anti_margins(tables["lesions"]).groupby("network").max().reindex(labels) > 0
    modality = modality_split(tables) > MODALITY_SPLIT
    detail = f"Anti cluster in {int(anti.sum())} of {len(labels)}, both modality clusters in {int(modality.sum())}"
    return share_of_networks(anti & modality, detail)


def go_not_stimulus(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Per network the best cluster's (G - S) / (G + S), clusters by epoch variance; median over networks.

    G and S are a cluster's mean normalised epoch variance over go epochs and over stimulus epochs. Only
    clusters that are strongest in go (against stimulus and delay) count; a network without one has 0.
    """
    table = tables["epoch_variance"]
    kind = table["epoch"].str.rstrip("0123456789")
    require(kind, EPOCH_KINDS, "epoch_variance")
    profiles = _normalised(table, ["epoch", "task"], tables["units"], "cluster_epoch")
    names = profiles.columns.get_level_values("epoch").str.rstrip("0123456789")
    means = pd.DataFrame({k: profiles.loc[:, names == k].mean(axis=1) for k in EPOCH_KINDS})
    strongest = means[means.idxmax(axis=1) == "go"]
    index = (strongest["go"] - strongest["stim"]) / (strongest["go"] + strongest["stim"])
    best = _per_network(index, networks(tables), 0.0)
    having = strongest.index.unique(0).size
    detail = f"example {best.iloc[0]:.2f}; smallest {best.min():.2f}; a cluster strongest in go in {having}"
    return median_over_networks(best, (0, 1), detail)
