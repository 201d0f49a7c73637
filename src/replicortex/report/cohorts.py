"""Which networks were trained after a statistic had been written: the only ones it may be judged on.

A seed stands for the date of training: all networks of an experiment from a seed on were trained after a moment, and a
network that is trained again from an older seed is the older network. Manifests of shipped networks hold their dates,
which a test compares with the cohorts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Cohort:
    """Networks of one experiment that were trained after a moment.

    Attributes
    ----------
    experiment : str
        Name in the configuration.
    first_seed : int
        Its networks have this seed or a larger one, up to the next cohort of the experiment.
    trained_after : str
        UTC, e.g. "2026-11-30T18:30": no network of the cohort had been trained, nor begun, by then.
    """

    experiment: str
    first_seed: int
    trained_after: str


def cohorts(next_seed: Mapping[str, int], first: str, fresh: str) -> tuple[Cohort, ...]:
    """Two cohorts of each experiment: all networks, trained after `first`, and those from a seed on, after `fresh`.

    Parameters
    ----------
    next_seed
        Experiment -> first seed that had not been trained at `fresh`.
    first, fresh
        UTC, as `Cohort.trained_after`.
    """
    return tuple(
        cohort
        for experiment, seed in next_seed.items()
        for cohort in (Cohort(experiment, 0, first), Cohort(experiment, seed, fresh))
    )


def trained_after(cohorts: Iterable[Cohort], experiment: str, seed: int) -> str:
    """The moment after which a network was trained; "" for an experiment that no cohort is of.

    Examples
    --------
    >>> known = (Cohort("reference", 0, "2026-11-21T00:00"), Cohort("reference", 40, "2026-11-30T18:20"))
    >>> trained_after(known, "reference", 39)
    '2026-11-21T00:00'
    """
    moments = {each.first_seed: each.trained_after for each in cohorts if each.experiment == experiment}
    own = [first for first in moments if first <= seed]
    return moments[max(own)] if own else ""


def newer(cohorts: Iterable[Cohort], experiment: str, members: pd.DataFrame, written: str) -> list[str]:
    """Labels of the networks that were trained after a statistic had been written, in the order of the members.

    Parameters
    ----------
    cohorts
        When networks were trained.
    experiment
        Name in the configuration.
    members
        Its table members: columns network and seed.
    written
        UTC, as `Cohort.trained_after`.
    """
    known = tuple(cohorts)
    pairs = zip(members["network"].astype(str), members["seed"], strict=True)
    return [label for label, seed in pairs if trained_after(known, experiment, int(seed)) >= written]
