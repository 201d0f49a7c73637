"""Statistics on tasks learnt one after the other, with and without synaptic importance (Yang et al. 2019, Fig. 8)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from replicortex.analysis.ftv import ftv_masses
from replicortex.analysis.learning import evaluation_before, last_evaluation, trials_to_level
from replicortex.papers.yang2019.shared import (
    CONTINUAL,
    PLASTIC,
    SELECTED_ABOVE,
    SELECTED_BY,
    STRENGTH,
    TRADITIONAL,
    Group,
    group_of,
)
from replicortex.report.claims import NotTestable, Tables
from replicortex.report.intervals import (
    Estimate,
    difference_of_groups,
    median_over_networks,
    over_groups,
    proportion,
    ratio_of_groups,
    weakest,
)
from replicortex.report.tables import of_networks, require

END_MASS, PEAK = 0.1, 0.5  # units at each end, and what the centre has of the middle: a "disjoint-equal" pair
EARLY = ("dm1", "dm2", "multidm")  # done before they are trained, in the example of Figure 8c
GUESS = 0.5  # of the two directions shown


def selected(tables: Tables, path: str, value: float) -> Group:
    """The same; `NotTestable` as well if no network passed."""
    group = group_of(tables, path, value)
    if not group.passed:
        limits = f"above {SELECTED_ABOVE} on both of {' and '.join(SELECTED_BY)}"
        raise NotTestable(f"none of {len(group.labels)} networks with {path} {value:g} ends {limits}")
    return group


def _both(tables: Tables) -> tuple[Group, Group, str]:
    """Traditional and continual networks that passed, and how many did."""
    plain, kept = (selected(tables, STRENGTH, strength) for strength in (TRADITIONAL, CONTINUAL))
    return plain, kept, f"{plain.told} traditional and {kept.told} continual networks pass"


def early_and_late(blocks: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Tasks of the first and of the last half of the blocks; a middle block belongs to neither.

    Raises
    ------
    NotTestable
        Fewer than two blocks.
    """
    order = sorted(blocks["block"].unique())
    half = len(order) // 2
    if not half:
        raise NotTestable("one block of tasks: none was learnt before another")
    early, late = (blocks[blocks["block"].isin(part)]["task"] for part in (order[:half], order[-half:]))
    return list(early.unique()), list(late.unique())


def continual_gain(tables: Tables, rng: np.random.Generator) -> Estimate:
    """What continual learning adds to the final performance of early tasks, and by how much more than to late ones."""
    plain, kept, told = _both(tables)
    early, late = early_and_late(of_networks(tables["blocks"], plain.passed[:1]))
    final = last_evaluation(tables["history"])
    means = {"early": final[early].mean(axis=1), "late": final[late].mean(axis=1)}
    means["more"] = means["early"] - means["late"]
    each = final.loc[kept.passed].median() - final.loc[plain.passed].median()
    lates = means["late"][kept.passed].median() - means["late"][plain.passed].median()
    detail = f"late tasks {lates:+.2f}; per task {_listed(each)}; {told}"

    def gains(labels: list[list[str]], rng: np.random.Generator, resamples: int) -> Estimate:
        without, protected = labels
        shown = {"early tasks": means["early"], "early minus late": means["more"]}
        return weakest(
            {
                name: difference_of_groups(of[protected], of[without], rng, resamples=resamples)
                for name, of in shown.items()
            },
            detail,
        )

    return over_groups([plain.passed, kept.passed], gains, rng)


def _listed(values: pd.Series) -> str:
    return ", ".join(f"{name} {value:+.2f}" for name, value in values.items())


def kept_task(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Final Dly Go of continual networks above 0.8, and above that of traditional ones."""
    task = "delaygo"
    plain, kept, told = _both(tables)
    require(tables["history"]["task"], (task,), "the learning history")
    final = last_evaluation(tables["history"])[task]
    detail = (
        f"median {final[kept.passed].median():.2f} continual, {final[plain.passed].median():.2f} traditional; {told}"
    )

    def distances(labels: list[list[str]], rng: np.random.Generator, resamples: int) -> Estimate:
        without, protected = (final[group] for group in labels)
        above = median_over_networks(protected - SELECTED_ABOVE)
        gain = difference_of_groups(protected, without, rng, resamples=resamples)
        return weakest({"above 0.8": above, "above traditional": gain}, detail)

    return over_groups([plain.passed, kept.passed], distances, rng)


def block_start(blocks: pd.DataFrame, task: str) -> float:
    """Trials after which the block of a task begins, in one condition's networks."""
    return float(blocks.loc[blocks["task"] == task, "start_trials"].max())


def before_training(tables: Tables, labels: Sequence[str], tasks: Sequence[str] = EARLY) -> pd.DataFrame:
    """Performance in some tasks at the last evaluation before the block in which each is trained: (network, task)."""
    history, blocks = (of_networks(tables[name], labels) for name in ("history", "blocks"))
    require(blocks["task"], tasks, "the blocks")
    found = {task: evaluation_before(history, block_start(blocks, task))[task] for task in tasks}
    return pd.DataFrame(found).loc[list(labels)]


def done_before_training(tables: Tables, rng: np.random.Generator) -> Estimate:
    """DM 1, DM 2 and MultSen DM just before their blocks, the worst of them, in the first continual network."""
    kept = selected(tables, STRENGTH, CONTINUAL)
    found = before_training(tables, kept.passed)
    example = found.iloc[0]
    n = int(tables["blocks"]["evaluation_trials"].min())
    share = int((found.min(axis=1) > GUESS).sum())
    each = ", ".join(f"{task} {value:.2f}" for task, value in example.items())
    detail = f"{found.index[0]}: {each}; all three above {GUESS} in {share} of {len(found)} networks"
    return proportion(round(float(example.min()) * n), n, "trials", detail)


def slower_last_block(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Trials from the start of the last block until both Ctx DM tasks exceed 0.8: continual over traditional.

    All networks count, also those that never get there, with the whole block: to leave these out would hide slowness.
    """
    times = {}
    for strength in (TRADITIONAL, CONTINUAL):
        labels = group_of(tables, STRENGTH, strength).labels
        start = block_start(of_networks(tables["blocks"], labels), SELECTED_BY[0])
        history = of_networks(tables["history"], labels)
        own = history[history["task"].isin(SELECTED_BY)]
        found = trials_to_level(own, SELECTED_ABOVE, statistic="min", start=start)
        times[strength] = found.assign(trials=np.maximum(found["trials"], found["resolution"]))
    never = {strength: int((~found["reached"]).sum()) for strength, found in times.items()}
    plain, kept = times[TRADITIONAL], times[CONTINUAL]
    detail = (
        f"median {kept['trials'].median():,.0f} trials, {plain['trials'].median():,.0f} traditional; "
        f"never: {never[CONTINUAL]} of {len(kept)}, {never[TRADITIONAL]} of {len(plain)} traditional"
    )
    trials = pd.concat([plain, kept])["trials"]

    def ratio(labels: list[list[str]], rng: np.random.Generator, resamples: int) -> Estimate:
        return ratio_of_groups(trials[labels[1]], trials[labels[0]], rng, detail, resamples)

    return over_groups([list(plain.index), list(kept.index)], ratio, rng)


def _pair(tables: Tables, labels: Sequence[str]) -> pd.DataFrame:
    """Fractional variance of the units of some networks in the two Ctx DM tasks."""
    ftv = tables["ftv"]
    chosen = (ftv["task_a"] == SELECTED_BY[0]) & (ftv["task_b"] == SELECTED_BY[1])
    if not chosen.any():
        raise NotTestable(f"fractional variance was not measured for {' and '.join(SELECTED_BY)}")
    return of_networks(ftv[chosen], labels)


def _three_against_one(tables: Tables, path: str, separate: float, mixed: float, rng: np.random.Generator) -> Estimate:
    """Three peaks of FTV(Ctx DM 1, Ctx DM 2) at one value of a setting, a middle one alone at the other.

    Four parts: at `separate` at least a tenth of the units at either end, and half of those between the ends within 0.2
    of the middle; at `mixed` more units in the middle than at both ends together, and fewer at the ends than at
    `separate`.
    """
    groups = [selected(tables, path, value) for value in (separate, mixed)]
    masses = [ftv_masses(_pair(tables, group.passed), group.passed) for group in groups]
    if any(found.empty for found in masses):
        raise NotTestable("no network of a condition has a unit that is active in the pair")
    shown = zip((separate, mixed), masses, groups, strict=True)
    told = "; ".join(f"{path} {value:g}: {_told(found)}; {group.told} networks pass" for value, found, group in shown)

    def distances(labels: list[list[str]], rng: np.random.Generator, resamples: int) -> Estimate:
        split, whole = (found.loc[own] for found, own in zip(masses, labels, strict=True))
        each = {
            "smaller end minus 0.1": split[["first", "second"]].min(axis=1) - END_MASS,
            "middle peak minus 0.5": split["peak"] - PEAK,
            "one peak: middle minus ends": whole["centre"] - whole["ends"],
        }
        parts = {name: median_over_networks(values) for name, values in each.items()}
        parts["ends lost"] = difference_of_groups(split["ends"], whole["ends"], rng, resamples=resamples)
        return weakest(parts, told)

    return over_groups([list(found.index) for found in masses], distances, rng)


def _told(masses: pd.DataFrame) -> str:
    middle = masses.median()
    return f"{middle['second']:.2f} near -1, {middle['centre']:.2f} near 0, {middle['first']:.2f} near 1"


def continual_mixes(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Traditional learning leaves three groups of units, continual learning mainly mixed ones."""
    return _three_against_one(tables, STRENGTH, TRADITIONAL, CONTINUAL, rng)


def plasticity_separates(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Fully plastic networks have three groups of units, partly plastic ones mainly mixed ones."""
    return _three_against_one(tables, PLASTIC, 1.0, 0.1, rng)


def forgotten_task(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Final Dly Go of networks without protection; median over those that learnt the last two tasks."""
    task, plain = "delaygo", selected(tables, STRENGTH, TRADITIONAL)
    require(tables["history"]["task"], (task,), "the learning history")
    final = last_evaluation(tables["history"])[task].loc[plain.passed]
    return median_over_networks(final, (0, 1), f"{plain.told} traditional networks pass")


def mostly_done_before_training(tables: Tables, rng: np.random.Generator) -> Estimate:
    """DM 1, DM 2 and MultSen DM just before their blocks, the worst of them; median over continual networks."""
    kept = selected(tables, STRENGTH, CONTINUAL)
    worst = before_training(tables, kept.passed).min(axis=1)
    above = int((worst > GUESS).sum())
    return median_over_networks(worst, (0, 1), f"above {GUESS} in {above} of {len(worst)} networks")
