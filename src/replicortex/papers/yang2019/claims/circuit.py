"""Statistics on the groups of units that carry the two Ctx DM tasks (Yang et al. 2019, Fig. 5).

Groups by the fraction p of a unit's variance in Ctx DM 1: 1 (p > 0.9), 2 (p < 0.1), 12 (0.4 < p < 0.6). A network that
lacks a group cannot show what is said of it: its value is then the one that shows nothing, and the detail names it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from replicortex.papers.yang2019.families import DM
from replicortex.report.claims import Tables
from replicortex.report.intervals import Estimate, median_over_networks, weakest
from replicortex.report.tables import require
from replicortex.tables import networks

GROUPS = ("1", "2", "12")
LOST = 0.2  # a task is lost with a lesion if its performance falls by more than this,
INTACT = 0.1  # and intact if by less than this
CHANCE = 0.5  # performance of a network that never decides
INTACT_NETWORK = "intact"


def _with_detail(values: pd.Series, threshold: float, more: Sequence[str] = ()) -> str:
    """The example's value, how many networks lie above the threshold, and more."""
    above = int((values > threshold).sum())
    return "; ".join([f"example {values.iloc[0]:.2f}", f"above {threshold:g} in {above} of {len(values)}", *more])


def _lacking(groups: pd.DataFrame, labels: Sequence[str]) -> list[str]:
    """Names of the groups that some network lacks, as parts of a sentence."""
    sizes = groups.groupby(["network", "group"]).size().unstack(fill_value=0).reindex(list(labels), fill_value=0)
    sizes = sizes.reindex(columns=list(GROUPS), fill_value=0)
    found = {name: [str(label) for label in sizes.index[sizes[name] == 0]] for name in GROUPS}
    return [f"no group {name} in {', '.join(where)}" for name, where in found.items() if where]


def share_in_groups(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Share of the units active in the pair that are in group 1, 2 or 12; median over networks.

    0 for a network without active units, or one that lacks a group.
    """
    table, labels = tables["context_groups"], networks(tables)
    active = table[table["fraction"].notna()]
    shares = pd.DataFrame({name: (active["group"] == name).groupby(active["network"]).mean() for name in GROUPS})
    shares = shares.reindex(list(labels)).fillna(0.0)
    complete = (shares > 0).all(axis=1)
    example = ", ".join(f"{name}: {shares[name].iloc[0]:.2f}" for name in GROUPS)
    detail = [f"groups of the example {example}", *_lacking(active, labels)]
    total = shares.sum(axis=1).where(complete, 0.0)
    return median_over_networks(total, (0, 1), _with_detail(total, 0.5, detail))


def lesion_drops(tables: Tables, lesion: str) -> pd.DataFrame:
    """Performance lost with a group of units, intact minus lesioned: network x task.

    A network that decides in no trial of a task performs at chance in it, 0.5.

    Raises
    ------
    NotTestable
        A task, the lesion or the intact network was not tested.
    """
    table, labels = tables["group_lesions"], networks(tables)
    require(table["task"], DM, "group_lesions")
    require(table["lesion"], (INTACT_NETWORK, lesion), "group_lesions")
    whole, without = (
        table[table["lesion"] == name]
        .pivot(index="network", columns="task", values="performance")
        .loc[list(labels), list(DM)]
        .fillna(CHANCE)
        for name in (INTACT_NETWORK, lesion)
    )
    return whole - without


def _lesion_detail(drops: pd.DataFrame, tables: Tables, lesion: str) -> list[str]:
    lost = ", ".join(f"{task} {drops[task].iloc[0]:.2f}" for task in DM)
    table = tables["group_lesions"]
    sizes = table[table["lesion"] == lesion].groupby("network", sort=False)["n_units"].first()
    return [
        f"performance lost by the example: {lost}",
        f"{sizes.iloc[0]} units of the example, {sizes.median():g} on average",
    ]


def one_task_lost(tables: Tables, rng: np.random.Generator, *, lesion: str, task: str) -> Estimate:
    """Distance of the tighter of two conditions from its limit; median over networks.

    Without the group the task loses more than 0.2, and none of the other four DM tasks as much as 0.1.
    """
    drops = lesion_drops(tables, lesion)
    others = drops.drop(columns=task)
    margin = pd.DataFrame([drops[task] - LOST, INTACT - others.max(axis=1)]).min()
    detail = _with_detail(margin, 0.0, _lesion_detail(drops, tables, lesion))
    return median_over_networks(margin, (-1, 1), detail)


def all_tasks_impaired(tables: Tables, rng: np.random.Generator, *, lesion: str) -> Estimate:
    """Performance lost in the least affected of the five DM tasks; median over networks."""
    drops = lesion_drops(tables, lesion)
    least = drops.min(axis=1)
    detail = _with_detail(least, INTACT, _lesion_detail(drops, tables, lesion))
    return median_over_networks(least, (-1, 1), detail)


def tuning_depths(table: pd.DataFrame) -> pd.Series:
    """Depth of each averaged tuning curve, indexed by (network, weights, group); NaN for a group without units.

    The mean of the two channels beside the peak minus the mean of those more than a quarter of the ring away. The
    peak's own channel is left out: every curve was turned so that its largest weight stands there, which makes a
    peak of any noise. Of weights without tuning the expected depth is 0.
    """
    curves = table.pivot(index=["network", "weights", "group"], columns="offset", values="mean")
    far = np.abs(curves.columns.to_numpy(dtype=int)) > len(curves.columns) / 4
    return curves[[-1, 1]].mean(axis=1) - curves.loc[:, far].mean(axis=1)


def _split(tuned: pd.Series, other: pd.Series) -> pd.Series:
    """(a - b) / (a + b) of two depths, negative ones taken as 0; 0 where neither is positive or one is missing."""
    a, b = tuned.clip(lower=0), other.clip(lower=0)
    return ((a - b) / (a + b).where(a + b > 0)).fillna(0.0)


def _depths(tables: Tables) -> pd.DataFrame:
    """Depths of tuning: network x (weights, group)."""
    table = tables["group_tuning"]
    require(table["group"], GROUPS, "group_tuning")
    depths = tuning_depths(table).rename("depth").reset_index()
    wide = depths.pivot(index="network", columns=["weights", "group"], values="depth")
    return wide.reindex(list(networks(tables)))


def _input_splits(tables: Tables) -> pd.DataFrame:
    """Split indices of tuning depths: network x comparison of two groups."""
    depths, first, second = _depths(tables), "modality 1", "modality 2"
    pairs = (((first, "1"), (first, "2")), ((first, "12"), (first, "2")), ((second, "12"), (second, "1")))
    return pd.DataFrame({f"{a[0]}: {a[1]} over {b[1]}": _split(depths[a], depths[b]) for a, b in pairs})


def input_tuning(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Smallest of three split indices of tuning depths; median over networks.

    Input of modality 1 onto group 1 against that onto group 2; onto group 12 against that onto group 2; input of
    modality 2 onto group 12 against that onto group 1.
    """
    require(tables["group_tuning"]["weights"], ("modality 1", "modality 2"), "group_tuning")
    splits = _input_splits(tables)
    least = splits.min(axis=1)
    each = ", ".join(f"{name} {splits[name].iloc[0]:.2f}" for name in splits)
    detail = [f"split indices of the example {each}", *_lacking(tables["context_groups"], networks(tables))]
    return median_over_networks(least, (-1, 1), _with_detail(least, 0.5, detail))


def output_tuning(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Smallest of the three groups' depths of output tuning (units of weight); median over networks."""
    require(tables["group_tuning"]["weights"], ("output",), "group_tuning")
    depths = pd.DataFrame({name: _depths(tables)["output", name] for name in GROUPS})
    least = depths.min(axis=1, skipna=False).fillna(0.0)
    each = ", ".join(f"{name}: {depths[name].iloc[0]:.3f}" for name in GROUPS)
    detail = [f"depths of the example {each}", *_lacking(tables["context_groups"], networks(tables))]
    return median_over_networks(least, detail=_with_detail(least, 0.0, detail))


def _connections(tables: Tables) -> pd.DataFrame:
    """Mean weight between groups: network x (source, target)."""
    table = tables["group_connections"]
    require(table["source"], GROUPS, "group_connections")
    wide = table.pivot(index="network", columns=["source", "target"], values="mean")
    return wide.reindex(list(networks(tables)))


def _smallest(signed: dict[str, pd.Series], tables: Tables) -> Estimate:
    values = pd.DataFrame(signed)
    least = values.min(axis=1, skipna=False).fillna(0.0)
    each = ", ".join(f"{name} {values[name].iloc[0]:.3f}" for name in values)
    detail = [f"mean weights of the example {each}", *_lacking(tables["context_groups"], networks(tables))]
    return median_over_networks(least, detail=_with_detail(least, 0.0, detail))


def mutual_inhibition(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Smallest of W(1 to 1), W(2 to 2), -W(1 to 2), -W(2 to 1); median over networks; 0 where one has no pair."""
    w = _connections(tables)
    signed = {"1-1": w["1", "1"], "2-2": w["2", "2"], "-(1-2)": -w["1", "2"], "-(2-1)": -w["2", "1"]}
    return _smallest(signed, tables)


def excite_shared(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Smaller of W(1 to 12) and W(2 to 12); median over networks; 0 where one has no pair."""
    w = _connections(tables)
    return _smallest({"1-12": w["1", "12"], "2-12": w["2", "12"]}, tables)


def other_rule(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Larger of two medians of rule weights; median over networks; 0 where a group has no unit.

    Onto group 1 from the rule of Ctx DM 2, and onto group 2 from that of Ctx DM 1.
    """
    table = tables["group_rules"]
    require(table["task"], ("contextdm1", "contextdm2"), "group_rules")
    labels = networks(tables)
    values = pd.DataFrame(index=list(labels))
    for task, group in (("contextdm2", "1"), ("contextdm1", "2")):
        onto = table[(table["task"] == task) & (table["group"] == group)]
        values[f"{task} to {group}"] = onto.groupby("network")["weight"].median()
    largest = values.max(axis=1, skipna=False).fillna(0.0)
    each = ", ".join(f"{name} {values[name].iloc[0]:.2f}" for name in values)
    below = f"below 0 in {int((largest < 0).sum())} of {len(largest)}"
    detail = [f"example {each}", below, *_lacking(tables["context_groups"], labels)]
    return median_over_networks(largest, detail="; ".join(detail))


def input_direction(tables: Tables, rng: np.random.Generator) -> Estimate:
    """The three split indices of `input_tuning`, each a median over networks; the smallest."""
    require(tables["group_tuning"]["weights"], ("modality 1", "modality 2"), "group_tuning")
    splits = _input_splits(tables)
    parts = {str(name): median_over_networks(values, (-1, 1)) for name, values in splits.items()}
    return weakest(parts, "; ".join(_lacking(tables["context_groups"], networks(tables))))


def untuned_input(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Depth of modality 1's tuning onto group 2 over that onto group 1; median over networks.

    A network that lacks a group, or whose group 1 is not tuned, has the ratio 1: it cannot show the difference.
    """
    require(tables["group_tuning"]["weights"], ("modality 1",), "group_tuning")
    depths = _depths(tables)["modality 1"]
    ratio = (depths["2"].clip(lower=0) / depths["1"].where(depths["1"] > 0)).fillna(1.0)
    detail = f"median depths: group 1 {depths['1'].median():.2f}, group 2 {depths['2'].median():.2f}"
    return median_over_networks(ratio, (0, np.inf), detail)


def each_excites_shared(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Mean weights 1 to 12 and 2 to 12, each a median over networks, 0 where there is no pair; the smaller."""
    w = _connections(tables)
    signed = {"1-12": w["1", "12"].fillna(0.0), "2-12": w["2", "12"].fillna(0.0)}
    parts = {name: median_over_networks(values) for name, values in signed.items()}
    return weakest(parts, "; ".join(_lacking(tables["context_groups"], networks(tables))))


def influence(maps: pd.DataFrame, modality: int) -> pd.DataFrame:
    """How far the sign of a modality's coherence moves choices in Ctx DM 1: network x lesion, -1 to 1.

    The share of decided trials that choose stimulus 1 where the coherence favours it, minus the share where it favours
    stimulus 2; 0 where no trial was decided.
    """
    sign = np.sign(maps[f"coherence_{modality}"])
    counts = maps.groupby([maps["network"], maps["lesion"], sign])[["n_choice1", "n_choice2"]].sum()
    decided = counts.sum(axis=1)
    share = (counts["n_choice1"] / decided.where(decided > 0)).fillna(CHANCE).unstack()
    return (share[1.0] - share[-1.0]).unstack("lesion")


def _influences(tables: Tables, lesion: str) -> pd.DataFrame:
    maps = tables["group_maps"]
    require(maps["lesion"], (INTACT_NETWORK, lesion), "group_maps")
    labels = list(networks(tables))
    return pd.DataFrame({m: influence(maps, m)[lesion].reindex(labels) for m in (1, 2)})


def other_modality_drives(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Influence of modality 2 minus that of modality 1 on choices in Ctx DM 1 without group 1; median."""
    without, whole = (_influences(tables, lesion) for lesion in ("1", INTACT_NETWORK))
    detail = (
        f"without group 1: modality 1 {without[1].median():.2f}, modality 2 {without[2].median():.2f}; intact: "
        f"{whole[1].median():.2f}, {whole[2].median():.2f}; more by modality 2 in "
        f"{int((without[2] > without[1]).sum())} of {len(without)}"
    )
    return median_over_networks(without[2] - without[1], (-2, 2), detail)


def attended_still_drives(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Influence of modality 1 minus that of modality 2 on choices in Ctx DM 1 without group 2; median."""
    without = _influences(tables, "2")
    detail = f"modality 1 {without[1].median():.2f}, modality 2 {without[2].median():.2f}"
    return median_over_networks(without[1] - without[2], (-2, 2), detail)
