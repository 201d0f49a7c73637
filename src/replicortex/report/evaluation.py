"""From tables to verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from replicortex.errors import choose
from replicortex.pipeline.tables import SCORECARD, check_read, per_of
from replicortex.random_streams import generator
from replicortex.report.certainty import certainty
from replicortex.report.claims import (
    INCONCLUSIVE,
    NOT_REPLICATED,
    NOT_REPRODUCED,
    NOT_TESTABLE,
    NOT_YET,
    REPLICATED,
    REPRODUCED,
    SMOKE,
    UNPUBLISHED,
    Claim,
    NotTestable,
    NotTestableYet,
    Tables,
)
from replicortex.report.cohorts import newer
from replicortex.report.intervals import Estimate
from replicortex.report.rows import all_claims
from replicortex.report.tables import check_expected
from replicortex.shown import short_repr
from replicortex.tables import check_networks, last_performance, stopped

SCALES = ("smoke", "laptop", "paper")
SMOKE_REASON = "smoke scale: shows that the chain runs, says nothing about the claim"
LEARNT = 0.9  # a network has learnt its tasks if the weakest is above this at the last evaluation (row 1c)


@short_repr
@dataclass(frozen=True)
class Judged:
    """A claim with its result.

    Attributes
    ----------
    claim : Claim
    estimate : Estimate
        NaN where the claim is not testable.
    verdict, reason : str
        As in the scorecard at scales other than smoke.
    """

    claim: Claim
    estimate: Estimate
    verdict: str
    reason: str


def evaluate(
    tables: Tables,
    *,
    scale: str,
    expected: Mapping[str, Sequence[str]] | None = None,
    absent: Mapping[str, str] | None = None,
    claims: Iterable[Claim] | None = None,
) -> pd.DataFrame:
    """Judge every claim.

    Parameters
    ----------
    tables
        Tables by name. A plain name is a table of the experiment "reference"; those of others are
        "experiment/name".
    scale
        "smoke", "laptop" or "paper". At "smoke" the numbers are computed but every verdict reads "smoke".
    expected
        Experiment name -> labels of the networks that the configuration asks for; where it does not say, those of
        the experiment's table "members", if there is one.
    absent
        Experiment name -> why it has no networks; the reason of its claims' verdict.
    claims
        The rows, in order; those of all papers by default.

    Returns
    -------
    DataFrame, one row per claim
        id, panel, statement, statistic (text), value, low, high (95 % interval), n, n_of (what n counts),
        threshold (text), threshold_low, threshold_high (NaN where open-ended), threshold_by, verdict, reason,
        detail, quantity (for an axis), experiment, scale; by_construction (bool), revises (row whose statistic this
        one replaces, or ""), written (when, if after networks had been looked at, or ""); distance, in_intervals,
        n_needed (`certainty.Certainty`); published (the authors' number, or NaN), reproduced (`reproduced_by`).

    Raises
    ------
    ValueError
        Unknown scale, a column missing from a table, or a network that is in the list of networks (or expected) and
        not in a table, or the other way round.
    """
    return to_table(judge_all(tables, scale=scale, expected=expected, absent=absent, claims=claims), scale)


def judge_all(
    tables: Tables,
    *,
    scale: str,
    expected: Mapping[str, Sequence[str]] | None = None,
    absent: Mapping[str, str] | None = None,
    claims: Iterable[Claim] | None = None,
) -> list[Judged]:
    """What comes of every claim; parameters and errors as `evaluate`."""
    choose(scale, SCALES, "scale")
    full = {name if "/" in name else f"reference/{name}": table for name, table in tables.items()}
    given = _Given(full, expected or {}, absent or {})
    return [_judge(claim, given, scale) for claim in (all_claims() if claims is None else claims)]


def to_table(judged: Iterable[Judged], scale: str) -> pd.DataFrame:
    """The scorecard, as `evaluate` returns it."""
    rows = [row_of(each.claim, each.estimate, each.verdict, each.reason, scale) for each in judged]
    return pd.DataFrame(rows, columns=list(SCORECARD.columns))


@dataclass(frozen=True)
class _Given:
    """What `judge_all` was given, every table by "experiment/name"."""

    tables: Mapping[str, pd.DataFrame]
    expected: Mapping[str, Sequence[str]]
    absent: Mapping[str, str]

    def table(self, claim: Claim, experiment: str, name: str) -> pd.DataFrame:
        """A table with the columns that the claim's paper declares; raises as `networks`."""
        if experiment in self.absent:
            raise NotTestable(self.absent[experiment])
        full = f"{experiment}/{name}"
        if full not in self.tables:
            raise NotTestable(f"table {name!r} of experiment {experiment!r} was not measured")
        check_read(self.tables[full], name, claim.paper, f"{experiment}: ")
        return self.tables[full]

    def networks(self, claim: Claim, experiment: str) -> pd.DataFrame:
        """The table that lists the networks of an experiment.

        Raises
        ------
        NotTestable
            There are none, or a table was not measured.
        ValueError
            A column or an expected network is missing.
        """
        listing = self.table(claim, experiment, claim.listed_in)
        members = self.tables.get(f"{experiment}/members")
        wanted = self.expected.get(experiment, () if members is None else _labels(members))
        check_expected(listing, claim.listed_in, experiment, wanted)
        return listing


def _labels(table: pd.DataFrame) -> list[str]:
    return [str(label) for label in table["network"].unique()]


def admitted(claim: Claim, given: _Given) -> tuple[dict[str, list[str]], str]:
    """The networks that a claim may be judged on, by experiment, and what to tell of the others.

    A statistic that was written after networks had been looked at is judged on networks trained later, of the claim's
    experiment and of those others that have cohorts. A claim about trained networks is judged on those whose weakest
    task is above 0.9 at the last evaluation: each network by itself, so that one that is still learning takes no
    verdict from the others.

    Raises
    ------
    NotTestable
        There are no networks of one of these experiments.
    NotTestableYet
        No network of one is left.
    """
    dated = {cohort.experiment for cohort in claim.cohorts} if claim.written else set()
    others = [experiment for experiment, _ in map(claim.table, claim.reads()) if experiment in dated]
    lists = {each: given.networks(claim, each) for each in dict.fromkeys((claim.experiment, *others))}
    labels = {
        each: _fresh(claim, given, each, listing) if claim.written else _labels(listing)
        for each, listing in lists.items()
    }
    if not claim.learnt:
        return labels, ""
    own = labels[claim.experiment]
    weakest = last_performance(lists[claim.experiment]).min(axis=1).loc[own]
    unlearnt = weakest[~(weakest > LEARNT)]
    if len(unlearnt) == len(own):
        raise NotTestableYet(
            f"none of {len(own)} networks has learnt all its tasks: the weakest is at {weakest.min():.3f} to "
            f"{weakest.max():.3f}, and above {LEARNT:g} counts"
        )
    labels[claim.experiment] = [label for label in own if label not in unlearnt.index]
    each = ", ".join(f"{label} {value:.3f}" for label, value in unlearnt.items())
    return labels, f"without {each} in the weakest task, which have not learnt" if each else ""


def _fresh(claim: Claim, given: _Given, experiment: str, listing: pd.DataFrame) -> list[str]:
    seeds = listing if "seed" in listing else given.tables.get(f"{experiment}/members")
    fresh = set() if seeds is None else set(newer(claim.cohorts, experiment, seeds, claim.written))
    found = [label for label in _labels(listing) if label in fresh]
    if not found:
        raise NotTestableYet(
            f"no network of {experiment!r} was trained after {claim.written[:10]}, when this was written"
        )
    return found


def gather(claim: Claim, given: _Given, labels: Mapping[str, Sequence[str]]) -> dict[str, pd.DataFrame]:
    """The tables of one claim, checked, under the names that its statistic uses.

    Parameters
    ----------
    claim, given
        The claim, and all tables.
    labels
        Experiment -> its networks to keep, where not all count. Tables need hold no others.

    Raises
    ------
    NotTestable
        There are no networks of an experiment, or a table was not measured.
    ValueError
        As `evaluate`.
    """
    chosen: dict[str, pd.DataFrame] = {}
    for need in claim.reads():
        experiment, name = claim.table(need)
        table = given.table(claim, experiment, name)
        if claim.listed_in:
            listing = given.networks(claim, experiment)
            everyone = _labels(listing)
            kept = everyone
            if experiment in labels and "network" in table:
                kept = list(labels[experiment])
                table = _without(table, set(everyone).difference(kept))
            full, lost, per = f"{experiment}/{name}", stopped({claim.listed_in: listing}), per_of(name, claim.paper)
            check_networks(table, full, kept, excused=lost, listing=claim.listed_in, per=per)
        chosen[need] = table
    return chosen


def _judge(claim: Claim, given: _Given, scale: str) -> Judged:
    """What comes of one claim; raises ValueError as `evaluate`.

    At scale smoke every network counts, so that every statistic is computed.
    """
    labels: Mapping[str, Sequence[str]] = {}
    told = ""
    try:
        if scale != SMOKE and (claim.written or claim.learnt):
            # before the other tables, which networks that do not count need not have
            labels, told = admitted(claim, given)
        estimate = claim.statistic(gather(claim, given, labels), generator("scorecard", claim.id))
    except NotTestable as error:
        nan = float("nan")
        verdict = NOT_YET if isinstance(error, NotTestableYet) else NOT_TESTABLE
        return Judged(claim, Estimate(nan, nan, nan, 0), verdict, str(error))
    if told:
        estimate = replace(estimate, detail=f"{estimate.detail}; {told}" if estimate.detail else told)
    verdict = claim.threshold.verdict(estimate)
    return Judged(claim, estimate, verdict, reason_of(claim, estimate, verdict))


def _without(table: pd.DataFrame, labels: Iterable[str]) -> pd.DataFrame:
    """The rows of other networks."""
    kept = ~table["network"].isin(list(labels))
    return table if kept.all() else table[kept].reset_index(drop=True)


def reason_of(claim: Claim, estimate: Estimate, verdict: str) -> str:
    """Where the interval lies, in words."""
    if verdict == INCONCLUSIVE and not np.isfinite(estimate.low):
        return f"n = {estimate.n} {estimate.of}: no interval from so few"
    where = {
        REPLICATED: "all of the 95 % interval agrees with",
        NOT_REPLICATED: "all of the 95 % interval disagrees with",
        INCONCLUSIVE: "the 95 % interval lies on both sides of",
    }[verdict]
    return f"{where} {claim.threshold} (n = {estimate.n} {estimate.of})"


def row_of(claim: Claim, estimate: Estimate, verdict: str, reason: str, scale: str) -> dict[str, Any]:
    """A row of the scorecard; at scale smoke without a verdict."""
    if scale == SMOKE and verdict not in (NOT_TESTABLE, NOT_YET):
        verdict, reason = SMOKE, SMOKE_REASON
    low, high = (float("nan") if end is None else end for end in (claim.threshold.low, claim.threshold.high))
    return {
        "id": claim.id,
        "panel": claim.panel,
        "statement": claim.statement,
        "statistic": claim.measure,
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "n": estimate.n,
        "n_of": estimate.of,
        "threshold": str(claim.threshold),
        "threshold_low": low,
        "threshold_high": high,
        "threshold_by": claim.threshold_by,
        "verdict": verdict,
        "reason": reason,
        "detail": estimate.detail,
        "quantity": claim.quantity,
        "experiment": claim.experiment,
        "scale": scale,
        "by_construction": claim.by_construction,
        "revises": claim.revises,
        "written": claim.written,
        **certainty(claim.threshold, estimate)._asdict(),
        "published": float("nan") if claim.published is None else claim.published,
        "reproduced": SMOKE if verdict == SMOKE else reproduced_by(claim.published, estimate),
    }


def reproduced_by(published: float | None, estimate: Estimate) -> str:
    """Whether the 95 % interval holds the authors' number.

    Examples
    --------
    >>> reproduced_by(0.75, Estimate(0.748, 0.74, 0.755, 5000)), reproduced_by(None, Estimate(0.7, 0.6, 0.8, 9))
    ('reproduced', 'no published number')
    """
    if published is None:
        return UNPUBLISHED
    if not (np.isfinite(estimate.low) and np.isfinite(estimate.high)):
        return INCONCLUSIVE if np.isfinite(estimate.value) else NOT_TESTABLE
    return REPRODUCED if estimate.low <= published <= estimate.high else NOT_REPRODUCED
