"""What a claim is, and when its number counts as the paper's statement found again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from replicortex.errors import choose
from replicortex.report.cohorts import Cohort
from replicortex.report.intervals import Estimate
from replicortex.shown import short_repr

Tables = Mapping[str, pd.DataFrame]
Statistic = Callable[[Tables, np.random.Generator], Estimate]

REPLICATED = "replicated"
NOT_REPLICATED = "not replicated"
INCONCLUSIVE = "inconclusive"
NOT_TESTABLE = "not testable"
NOT_YET = "not testable yet"  # until the networks that it asks for have been trained
SMOKE = "smoke"
VERDICTS = (REPLICATED, NOT_REPLICATED, INCONCLUSIVE, NOT_TESTABLE, NOT_YET, SMOKE)
AUTHORS = ("paper", "ours")

REPRODUCED = "reproduced"
NOT_REPRODUCED = "not reproduced"
UNPUBLISHED = "no published number"


class NotTestable(Exception):
    """Raised by a statistic that cannot be computed from the tables it got; the text is the reason shown."""


class NotTestableYet(NotTestable):
    """Raised where the networks that a claim asks for have not been trained, or not for long enough."""


@dataclass(frozen=True)
class Threshold:
    """The region of values that agrees with the claim.

    Attributes
    ----------
    low, high : float or None
        Ends of the region; None where it is open-ended.
    closed : bool
        Whether the ends themselves agree with the claim.
    """

    low: float | None = None
    high: float | None = None
    closed: bool = False

    def __post_init__(self) -> None:
        if self.low is None and self.high is None:
            raise ValueError("threshold: give low, high or both")
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise ValueError(f"threshold: low {self.low} must be below high {self.high}")

    def _reaches_low(self, value: float) -> bool:
        return self.low is None or (value >= self.low if self.closed else value > self.low)

    def _reaches_high(self, value: float) -> bool:
        return self.high is None or (value <= self.high if self.closed else value < self.high)

    def verdict(self, estimate: Estimate) -> str:
        """Replicated: the region holds the whole interval. Not replicated: none of it. Else inconclusive."""
        low, high = estimate.low, estimate.high
        if not (np.isfinite(low) and np.isfinite(high)):
            return INCONCLUSIVE
        if self._reaches_low(low) and self._reaches_high(high):
            return REPLICATED
        if not self._reaches_low(high) or not self._reaches_high(low):
            return NOT_REPLICATED
        return INCONCLUSIVE

    def __str__(self) -> str:
        equal = "= " if self.closed else " "
        if self.low is not None and self.high is not None:
            return f"{self.low:g} to {self.high:g}"
        return f">{equal}{self.low:g}" if self.low is not None else f"<{equal}{self.high:g}"


def above(value: float) -> Threshold:
    """Values above `value`."""
    return Threshold(low=value)


def below(value: float) -> Threshold:
    """Values below `value`."""
    return Threshold(high=value)


def at_least(value: float) -> Threshold:
    """Values of `value` and above."""
    return Threshold(low=value, closed=True)


def between(low: float, high: float) -> Threshold:
    """Values from `low` to `high`, both included."""
    return Threshold(low, high, closed=True)


@short_repr
@dataclass(frozen=True)
class Claim:
    """One statement of a paper and how it is tested.

    Attributes
    ----------
    id : str
        Short name of the row, after the panel where it can be.
    panel : str
        Where the paper makes the statement.
    statement : str
        The statement in our own words.
    statistic : Callable[[Tables, Generator], Estimate]
        Pure function from tables to a number with interval; may raise `NotTestable`.
    measure : str
        What the statistic computes, for people.
    quantity : str
        The same in a few words, for an axis.
    threshold : Threshold
        Values that agree with the statement.
    threshold_by : str
        Who set the threshold: "paper" or "ours".
    why : str
        Why this threshold.
    needs : tuple[str, ...]
        Tables the statistic reads; "name" is a table of `experiment`, "other/name" one of another experiment.
    experiment : str
        The population of networks that the claim is about.
    listed_in : str
        The table that lists an experiment's networks: "history", or "summary" of spiking networks, where those whose
        column status is not "ok" need not be in other tables; "" for a claim about no network.
    by_construction : bool
        Whether it holds for any network that this program makes, trained or not: counted apart.
    learnt : bool
        Whether a network of `experiment` counts only if it has learnt all its tasks (`evaluation.LEARNT`).
    written : str
        When the statistic was written, if that was after networks had been looked at: UTC, e.g. "2026-11-30T18:30".
        It is then judged only on networks trained afterwards.
    cohorts : tuple[Cohort, ...]
        When networks of the paper's experiments were trained; asked for where `written` is given.
    revises : str
        The row whose statistic this one replaces; that row keeps its verdict. Its statement is the same.
    because : str
        Why the statistic was replaced.
    published : float or None
        The number that the authors print for this statistic, or that their own program gives; None without one.
    paper : str
        Name of the paper; `rows.all_claims` fills it in.
    """

    id: str
    panel: str
    statement: str
    statistic: Statistic
    measure: str
    quantity: str
    threshold: Threshold
    threshold_by: str
    why: str
    needs: tuple[str, ...]
    experiment: str = "reference"
    listed_in: str = "history"
    by_construction: bool = False
    learnt: bool = False
    written: str = ""
    cohorts: tuple[Cohort, ...] = ()
    revises: str = ""
    because: str = ""
    published: float | None = None
    paper: str = ""

    def __post_init__(self) -> None:
        choose(self.threshold_by, AUTHORS, f"claim {self.id}: threshold_by")
        if self.revises and not (self.written and self.because):
            raise ValueError(f"claim {self.id}: revises {self.revises} without written and because; give both")

    def reads(self) -> tuple[str, ...]:
        """The list of its networks, if it is about some, and `needs`."""
        return tuple(dict.fromkeys((*filter(None, (self.listed_in,)), *self.needs)))

    def table(self, need: str) -> tuple[str, str]:
        """Experiment and table of an entry of `reads`."""
        other, _, name = need.rpartition("/")
        return other or self.experiment, name


def with_revised(first: Iterable[Claim], revised: Iterable[Claim]) -> tuple[Claim, ...]:
    """Every claim, and after it the one that revises its statistic."""
    by_first = {claim.revises: claim for claim in revised}
    return tuple(each for claim in first for each in (claim, by_first.get(claim.id)) if each is not None)
