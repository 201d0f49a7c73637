"""Statistics on learning a new task after others (Yang et al. 2019, Fig. 7d, e)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from replicortex.analysis.learning import evaluation_before, last_evaluation, trials_to_level
from replicortex.papers.yang2019.shared import LEVEL
from replicortex.report.claims import NotTestableYet, Tables
from replicortex.report.intervals import (
    Estimate,
    difference_of_groups,
    exact,
    median_over_networks,
    over_groups,
    ratio_of_groups,
    share_of_networks,
    weakest,
)
from replicortex.report.tables import labels_where, of_networks

# New task -> the set of tasks learnt before that it has parts in common with, as the configuration calls them.
RELATED = {"delayanti": "A", "contextdelaydm1": "B"}
OTHER = {"A": "B", "B": "A"}
FINE = 5  # updates between evaluations from which on the first ones are learnt apart
# Trials at which learning is compared: half of the axis on which the paper draws each task's curves.
FIXED_TRIALS = {"delayanti": 10_000, "contextdelaydm1": 25_000}
GAIN = 0.1  # no two scores of 512 trials differ by this much by chance


def _history(tables: Tables, task: str, before: str, trainable: str) -> pd.DataFrame:
    """Learning history of one new task under one condition."""
    chosen = {"tasks.train": task, "pretrained.member": before, "training.trainable": trainable}
    return of_networks(tables["history"], labels_where(tables["members"], chosen))


def learning_times(history: pd.DataFrame) -> pd.DataFrame:
    """Trials to 0.9 per network as `trials_to_level` gives them, at least those to the first evaluation.

    A network that knew the task from the start would make any ratio infinite; what is known is that it needed no
    more than the first evaluation could tell.
    """
    times = trials_to_level(history, LEVEL)
    known = times["resolution"].max()  # of the others, for a network that was evaluated only once
    least = times["resolution"].fillna(1.0 if pd.isna(known) else known)
    return times.assign(trials=np.maximum(times["trials"], least))


def _told(times: pd.DataFrame) -> str:
    never = int((~times["reached"]).sum())
    return f"{times['trials'].median():,.0f}{f' ({never} of {len(times)} never)' if never else ''}"


def pretraining_reached(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Lowest final performance over all pre-trained networks and their tasks."""
    lowest = last_evaluation(tables["history"]).min(axis=1)
    detail = (
        f"{lowest.idxmin()}; {int((lowest > 0.97).sum())} of {len(lowest)} networks above 0.97 on each of their tasks"
    )
    return exact(float(lowest.min()), len(lowest), detail=detail)


def related_is_faster(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Trials to 0.9 after the other set over those after the related set, all weights learning; smaller of two tasks.

    A network that never reached 0.9 counts with its last trial. All have the same limit of trials, so that this can
    only bring the ratio closer to 1.
    """
    groups, told = [], []
    for task, related in RELATED.items():
        own, other = (learning_times(_history(tables, task, name, "all")) for name in (related, OTHER[related]))
        groups += [own, other]
        told.append(f"{task}: median {_told(own)} trials after {related}, {_told(other)} after {OTHER[related]}")
    trials = pd.concat(groups)["trials"]

    def ratios(labels: list[list[str]], rng: np.random.Generator, resamples: int) -> Estimate:
        own, other = labels[::2], labels[1::2]
        pairs = zip(RELATED, own, other, strict=True)
        parts = {
            task: ratio_of_groups(trials[slow], trials[fast], rng, resamples=resamples) for task, fast, slow in pairs
        }
        return weakest(parts, "; ".join(told))

    return over_groups([list(times.index) for times in groups], ratios, rng)


def related_through_rules(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Final performance after related pre-training, rule weights alone learning; smaller of two tasks' medians."""
    final = {task: last_evaluation(_history(tables, task, name, "rule"))[task] for task, name in RELATED.items()}

    def medians(labels: list[list[str]], rng: np.random.Generator, resamples: int) -> Estimate:
        parts = {
            f"{task} after {RELATED[task]}": median_over_networks(values[own], (0, 1))
            for (task, values), own in zip(final.items(), labels, strict=True)
        }
        return weakest(parts)

    return over_groups([list(values.index) for values in final.values()], medians, rng)


def unrelated_through_rules(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Share of B-trained networks that learn Dly Anti through rule weights, but more slowly than A-trained ones do.

    They must end 0.1 above their start and reach 0.9 after more trials than the median A-trained network, or never.
    """
    task, related = "delayanti", RELATED["delayanti"]
    history = _history(tables, task, OTHER[related], "rule")
    first, last = evaluation_before(history, 0)[task], last_evaluation(history)[task]
    own, other = learning_times(_history(tables, task, related, "rule")), learning_times(history)
    learns, slower = last - first > GAIN, other["trials"] > own["trials"].median()
    detail = (
        f"from a median of {first.median():.2f} to {last.median():.2f}; {int(learns.sum())} gain more than {GAIN}, "
        f"{int(slower.sum())} are slower; trials to 0.9: {_told(other)}, after {related} {_told(own)}"
    )
    return share_of_networks(learns & slower, detail)


def related_is_faster_finely(tables: Tables, rng: np.random.Generator) -> Estimate:
    """`related_is_faster` of networks that were evaluated often enough to tell how soon they reach 0.9.

    Raises
    ------
    NotTestableYet
        More than five updates between evaluations: networks that pass before the first one would all seem alike.
    """
    for task in RELATED:
        for before in OTHER:
            updates = np.unique(_history(tables, task, before, "all")["updates"])
            if len(updates) > 1 and np.diff(updates[:2])[0] > FINE:
                raise NotTestableYet(
                    f"evaluated every {np.diff(updates[:2])[0]} updates, {FINE} or fewer are asked for"
                )
    return related_is_faster(tables, rng)


def related_is_ahead(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Performance at a fixed number of trials, after the related set minus after the other; smaller of two tasks.

    The medians over networks with all weights learning, at the last evaluation up to that number. A network that
    stopped before counts with its last one.
    """
    at, groups = {}, []
    for task, related in RELATED.items():
        for before in (related, OTHER[related]):
            history = _history(tables, task, before, "all")
            scores = evaluation_before(history, FIXED_TRIALS[task])[task]
            at[task, before] = scores
            groups.append(list(scores.index))
    told = "; ".join(f"{task} after {before} {values.median():.2f}" for (task, before), values in at.items())

    def differences(labels: list[list[str]], rng: np.random.Generator, resamples: int) -> Estimate:
        parts = {}
        for (task, related), own, other in zip(RELATED.items(), labels[::2], labels[1::2], strict=True):
            one, two = at[task, related][own], at[task, OTHER[related]][other]
            parts[task] = difference_of_groups(one, two, rng, resamples=resamples)
        return weakest(parts, told)

    return over_groups(groups, differences, rng)
