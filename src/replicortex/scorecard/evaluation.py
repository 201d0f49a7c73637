"""From tables to verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from replicortex.errors import choose
from replicortex.scorecard.certainty import certainty
from replicortex.scorecard.claims import (
    INCONCLUSIVE,
    NOT_REPLICATED,
    NOT_TESTABLE,
    NOT_YET,
    REPLICATED,
    SMOKE,
    Claim,
    NotTestable,
    NotTestableYet,
    Tables,
)
from replicortex.scorecard.cohorts import newer
from replicortex.scorecard.intervals import Estimate
from replicortex.scorecard.rows import CLAIMS
from replicortex.scorecard.tables import COLUMNS, check_columns, check_expected
from replicortex.streams import generator
from replicortex.tables import check_networks, last_performance

SCALES = ("smoke", "laptop", "paper")
SMOKE_REASON = "smoke scale: shows that the chain runs, says nothing about the claim"
LEARNT = 0.9  # a network has learnt its tasks if the weakest is above this at the last evaluation (row 1c)
COLUMN_ORDER = (
    "id",
    "panel",
    "statement",
    "statistic",
    "value",
    "low",
    "high",
    "n",
    "n_of",
    "threshold",
    "threshold_low",
    "threshold_high",
    "threshold_by",
    "verdict",
    "reason",
    "detail",
    "quantity",
    "experiment",
    "scale",
    "by_construction",
    "revises",
    "written",
    "distance",
    "in_intervals",
    "n_needed",
)


@dataclass(frozen=True)
class Judged:
    """A claim with what came of it.

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
    claims: Iterable[Claim] = CLAIMS,
) -> pd.DataFrame:
    """Judge every claim.

    Parameters
    ----------
    tables
        Tables by name. A plain name is a table of the experiment "reference"; those of others are
        "experiment/name". "history" says which networks there are.
    scale
        "smoke", "laptop" or "paper". At "smoke" the numbers are computed but every verdict reads "smoke".
    expected
        Experiment name -> labels of the networks that the configuration asks for; where it does not say, those of
        the experiment's table "members", if there is one.
    absent
        Experiment name -> why it has no networks; the reason of its claims' verdict.
    claims
        The rows, in order.

    Returns
    -------
    DataFrame, one row per claim
        id, panel, statement, statistic (text), value, low, high (95 % interval), n, n_of (what n counts),
        threshold (text), threshold_low, threshold_high (NaN where open-ended), threshold_by, verdict, reason,
        detail, quantity (for an axis), experiment, scale; by_construction (bool), revises (row whose statistic this
        one replaces, or ""), written (when, if after networks had been looked at, or ""); distance, in_intervals,
        n_needed (`certainty.Certainty`).

    Raises
    ------
    ValueError
        Unknown scale, a column missing from a table, or a network that is in the learning history (or
        expected) and not in a table, or the other way round.
    """
    return to_table(judge_all(tables, scale=scale, expected=expected, absent=absent, claims=claims), scale)


def judge_all(
    tables: Tables,
    *,
    scale: str,
    expected: Mapping[str, Sequence[str]] | None = None,
    absent: Mapping[str, str] | None = None,
    claims: Iterable[Claim] = CLAIMS,
) -> list[Judged]:
    """What comes of every claim; parameters and errors as `evaluate`."""
    choose(scale, SCALES, "scale")
    known = expected_networks(tables) | dict(expected or {})
    return [judge(claim, tables, known, absent or {}, scale) for claim in claims]


def to_table(judged: Iterable[Judged], scale: str) -> pd.DataFrame:
    """The scorecard, as `evaluate` returns it."""
    rows = [row_of(each.claim, each.estimate, each.verdict, each.reason, scale) for each in judged]
    return pd.DataFrame(rows, columns=list(COLUMN_ORDER))


def expected_networks(tables: Tables) -> dict[str, Sequence[str]]:
    """Labels of the networks in each table of members, by experiment."""
    found = {name.rpartition("/"): table for name, table in tables.items()}
    return {
        experiment or "reference": table["network"].astype(str).tolist()
        for (experiment, _, name), table in found.items()
        if name == "members"
    }


def _find(tables: Tables, experiment: str, name: str) -> pd.DataFrame | None:
    found = tables.get(f"{experiment}/{name}")
    return tables.get(name) if found is None and experiment == "reference" else found


def gather(
    claim: Claim,
    tables: Tables,
    expected: Mapping[str, Sequence[str]],
    absent: Mapping[str, str],
    labels: Sequence[str] | None = None,
) -> dict[str, pd.DataFrame]:
    """The tables of one claim, checked, under the names that its statistic uses; "history" is one of them.

    Parameters
    ----------
    claim, tables, expected, absent
        As `judge`.
    labels
        Networks of the claim's experiment to keep; all by default. Tables need hold no others.

    Raises
    ------
    NotTestable
        There are no networks of an experiment, or a table was not measured.
    ValueError
        As `evaluate`.
    """
    chosen: dict[str, pd.DataFrame] = {}
    for need in dict.fromkeys(("history", *claim.needs)):
        experiment, name = claim.table(need)
        if experiment in absent:
            raise NotTestable(absent[experiment])
        history, table = (_find(tables, experiment, key) for key in ("history", name))
        if table is None or history is None:
            lacking = name if table is None else "history"
            raise NotTestable(f"table {lacking!r} of experiment {experiment!r} was not measured")
        check_columns(history, "history", COLUMNS["history"])
        check_columns(table, need, COLUMNS[name])
        check_expected(history, experiment, expected.get(experiment, ()))
        everyone = [str(label) for label in history["network"].unique()]
        if labels is not None and experiment == claim.experiment and "network" in table:
            table, everyone = _without(table, set(everyone).difference(labels)), list(labels)
        check_networks(table, need, everyone)
        chosen[need] = table
    return chosen


def admitted(claim: Claim, history: pd.DataFrame, members: pd.DataFrame | None) -> tuple[list[str], str]:
    """The networks that a claim may be judged on, and what to tell of the others.

    A statistic that was written after networks had been looked at is judged on networks trained later. A claim about
    trained networks is judged on those whose weakest task is above 0.9 at the last evaluation: each network by itself,
    so that one that is still learning takes no verdict from the others.

    Parameters
    ----------
    claim
        The claim.
    history
        Learning history of its experiment.
    members
        Table members of its experiment.

    Raises
    ------
    NotTestableYet
        No network is left.
    """
    labels, told = [str(label) for label in history["network"].unique()], ""
    if claim.written:
        fresh = [] if members is None else newer(claim.experiment, members, claim.written)
        labels = [label for label in labels if label in fresh]
        if not labels:
            raise NotTestableYet(
                f"no network of {claim.experiment!r} was trained after {claim.written[:10]}, when this was written"
            )
    if claim.learnt:
        weakest = last_performance(history).min(axis=1).loc[labels]
        unlearnt = weakest[~(weakest > LEARNT)]
        if len(unlearnt) == len(labels):
            raise NotTestableYet(
                f"none of {len(labels)} networks has learnt all its tasks: the weakest is at {weakest.min():.3f} to "
                f"{weakest.max():.3f}, and above {LEARNT:g} counts"
            )
        labels = [label for label in labels if label not in unlearnt.index]
        each = ", ".join(f"{label} {value:.3f}" for label, value in unlearnt.items())
        told = f"without {each} in the weakest task, which have not learnt" if each else ""
    return labels, told


def judge(
    claim: Claim,
    tables: Tables,
    expected: Mapping[str, Sequence[str]],
    absent: Mapping[str, str],
    scale: str,
) -> Judged:
    """What comes of one claim; raises ValueError as `evaluate`.

    At scale smoke every network counts, so that every statistic is computed.
    """
    try:
        labels, told = None, ""
        if scale != SMOKE and (claim.written or claim.learnt):
            # before the other tables, which networks that do not count need not have
            history = gather(replace(claim, needs=()), tables, expected, absent)["history"]
            labels, told = admitted(claim, history, _find(tables, claim.experiment, "members"))
        found = gather(claim, tables, expected, absent, labels)
        estimate = claim.statistic(found, generator("scorecard", claim.id))
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
    }
