"""From the tables of spiking networks to verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from replicortex.errors import choose
from replicortex.scorecard.claims import NOT_TESTABLE, NOT_YET, SMOKE, Claim, NotTestable, NotTestableYet, Tables
from replicortex.scorecard.cohorts import newer
from replicortex.scorecard.evaluation import COLUMN_ORDER, SCALES, reason_of, row_of
from replicortex.scorecard.intervals import Estimate
from replicortex.scorecard.spiking_claims import FORCE_CLAIMS
from replicortex.scorecard.tables import check_columns
from replicortex.streams import generator

COLUMNS: dict[str, tuple[str, ...]] = {
    name: tuple(columns.split())
    for name, columns in {
        "summary": "network seed cells status train_start_s train_stop_s nrmse aligned_nrmse aligned_chance "
        "correlation rate_after_hz",
        "members": "network seed",
        "course": "network time_s nrmse",
        "maxima": "network source current next",
        "notes": "network slot pitch played followed by_chance",
        "lesions": "network kind level demeaned",
        "replay": "network speed demeaned chance_demeaned",
        "points": "network label score",
        "fi_curves": "neuron current rate_hz formula_hz",
    }.items()
}


def force_tables_read(claims: Iterable[Claim] = FORCE_CLAIMS) -> dict[str, tuple[str, ...]]:
    """Experiment -> names of the tables that claims are tested on."""
    found: dict[str, dict[str, None]] = {}
    for claim in claims:
        for need in claim.needs:
            experiment, name = claim.table(need)
            found.setdefault(experiment, {})[name] = None
    return {experiment: tuple(names) for experiment, names in found.items()}


def evaluate_force(
    tables: Tables, *, scale: str, absent: Mapping[str, str] | None = None, claims: Iterable[Claim] = FORCE_CLAIMS
) -> pd.DataFrame:
    """Judge every claim about spiking networks; one row each, with the columns of `scorecard.evaluate`.

    Parameters
    ----------
    tables
        "experiment/table" -> DataFrame.
    scale
        At "smoke" the numbers are computed but every verdict reads "smoke".
    absent
        Experiment -> why it has no networks.

    Raises
    ------
    ValueError
        Unknown scale, a column missing from a table, or a network of the summary without rows in a table.
    """
    choose(scale, SCALES, "scale")
    rows = [row_of(claim, *_judge(claim, tables, absent or {}, scale), scale) for claim in claims]
    return pd.DataFrame(rows, columns=list(COLUMN_ORDER))


def _judge(claim: Claim, tables: Tables, absent: Mapping[str, str], scale: str) -> tuple[Estimate, str, str]:
    try:
        given = _gather(claim, tables, absent)
        if claim.written and scale != SMOKE:
            given = _later(claim, given, tables)
        estimate = claim.statistic(given, generator("scorecard", claim.id))
    except NotTestable as error:
        nan = float("nan")
        return Estimate(nan, nan, nan, 0), NOT_YET if isinstance(error, NotTestableYet) else NOT_TESTABLE, str(error)
    verdict = claim.threshold.verdict(estimate)
    return estimate, verdict, reason_of(claim, estimate, verdict)


def _gather(claim: Claim, tables: Tables, absent: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    chosen = {}
    for need in claim.needs:
        experiment, name = claim.table(need)
        if experiment in absent:
            raise NotTestable(absent[experiment])
        if need not in tables:
            raise NotTestable(f"table {name!r} of experiment {experiment!r} was not measured")
        check_columns(tables[need], need, COLUMNS[name])
        chosen[need] = tables[need]
        _check_networks(need, chosen[need], tables.get(f"{experiment}/summary"))
    return chosen


def _later(claim: Claim, given: Mapping[str, pd.DataFrame], tables: Tables) -> dict[str, pd.DataFrame]:
    """The tables without networks that had been trained when the claim's statistic was written."""
    found = {}
    for need, table in given.items():
        experiment, _ = claim.table(need)
        fresh = newer(experiment, tables[f"{experiment}/summary"], claim.written)
        if not fresh:
            raise NotTestableYet(
                f"no network of {experiment!r} was trained after {claim.written[:10]}, when this was written"
            )
        found[need] = table[table["network"].isin(fresh)].reset_index(drop=True)
    return found


def _check_networks(need: str, table: pd.DataFrame, summary: pd.DataFrame | None) -> None:
    """Nothing is judged on part of the networks: of those that were not stopped, none may lack."""
    if summary is None:
        return
    wanted = summary.loc[summary["status"] == "ok", "network"]
    missing = [str(label) for label in wanted if label not in set(table["network"])]
    if missing:
        raise ValueError(f"table {need!r} has no rows for {', '.join(missing)}, which the summary lists")
