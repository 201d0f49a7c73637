"""From tables to verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from replicortex.errors import choose
from replicortex.scorecard.claims import (
    INCONCLUSIVE,
    NOT_REPLICATED,
    NOT_TESTABLE,
    REPLICATED,
    SMOKE,
    Claim,
    NotTestable,
    Tables,
)
from replicortex.scorecard.intervals import Estimate
from replicortex.scorecard.rows import CLAIMS
from replicortex.scorecard.tables import COLUMNS, check_columns, check_expected
from replicortex.streams import generator
from replicortex.tables import check_networks

SCALES = ("smoke", "laptop", "paper")
SMOKE_REASON = "smoke scale: shows that the chain runs, says nothing about the claim"
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
)


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
        detail, quantity (for an axis), experiment, scale.

    Raises
    ------
    ValueError
        Unknown scale, a column missing from a table, or a network that is in the learning history (or
        expected) and not in a table, or the other way round.
    """
    choose(scale, SCALES, "scale")
    known = expected_networks(tables) | dict(expected or {})
    return pd.DataFrame(
        [_row(claim, tables, scale, known, absent or {}) for claim in claims], columns=list(COLUMN_ORDER)
    )


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
    claim: Claim, tables: Tables, expected: Mapping[str, Sequence[str]], absent: Mapping[str, str]
) -> dict[str, pd.DataFrame]:
    """The tables of one claim, checked, under the names that its statistic uses; "history" is one of them.

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
        check_networks(table, need, [str(label) for label in history["network"].unique()])
        chosen[need] = table
    return chosen


def judge(
    claim: Claim, tables: Tables, expected: Mapping[str, Sequence[str]], absent: Mapping[str, str]
) -> tuple[Estimate, str, str]:
    """Estimate, verdict and reason of one claim; raises ValueError as `evaluate`."""
    try:
        estimate = claim.statistic(gather(claim, tables, expected, absent), generator("scorecard", claim.id))
    except NotTestable as error:
        nan = float("nan")
        return Estimate(nan, nan, nan, 0), NOT_TESTABLE, str(error)
    verdict = claim.threshold.verdict(estimate)
    return estimate, verdict, reason_of(claim, estimate, verdict)


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


def _row(
    claim: Claim, tables: Tables, scale: str, expected: Mapping[str, Sequence[str]], absent: Mapping[str, str]
) -> dict[str, Any]:
    return row_of(claim, *judge(claim, tables, expected, absent), scale)


def row_of(claim: Claim, estimate: Estimate, verdict: str, reason: str, scale: str) -> dict[str, Any]:
    """A row of the scorecard; at scale smoke without a verdict."""
    if scale == SMOKE and verdict != NOT_TESTABLE:
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
    }
