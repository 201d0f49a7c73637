"""Claims about networks that are taught, on tables in which the answer was planted."""

from __future__ import annotations

import pandas as pd
import pytest
from fake_taught import make_taught
from fakes import where

from replicortex import scorecard
from replicortex.scorecard import evaluate, tables_read

CLAIMS = {claim.id: claim for claim in scorecard.CLAIMS if claim.paper == "fullforce2018"}
OSCILLATION, NOISE, SPIKING = "ff_oscillation/summary", "ff_noise/summary", "ff_spiking/summary"


def tables() -> dict[str, pd.DataFrame]:
    read = {name: (make_taught(name), tables) for name, tables in tables_read(CLAIMS.values()).items()}
    return {f"{name}/{table}": made[table] for name, (made, names) in read.items() for table in names}


def judged(claim: str, given: dict[str, pd.DataFrame]) -> pd.Series:
    return evaluate(given, scale="laptop", claims=[CLAIMS[claim]]).iloc[0]


@pytest.mark.parametrize("claim", CLAIMS)
def test_every_claim_is_found_again_on_tables_in_which_it_holds(claim: str) -> None:
    row = judged(claim, tables())
    assert row["verdict"] == "replicated" and row["n"] >= 10, row["reason"]


@pytest.mark.parametrize(
    ("claim", "name", "column", "value", "rows"),
    [
        ("FF-1", OSCILLATION, "nmse", 0.2, {"method": "full_force", "units": 300}),
        ("FF-2", OSCILLATION, "nmse", 1e-3, {"method": "force", "units": 300}),
        ("FF-3", OSCILLATION, "unit_nmse", 0.01, {"method": "force", "units": 300}),
        ("FF-3", OSCILLATION, "unit_nmse", 0.8, {"method": "full_force", "units": 300}),
        ("FF-4", OSCILLATION, "nmse", 1e-3, {"method": "force"}),
        ("FF-4", OSCILLATION, "nmse", 1.0, {"method": "full_force"}),
        ("FF-5", NOISE, "nmse", 1e-4, {"method": "force", "noise": 1.9}),
        ("FF-6", "ff_interval/summary", "response_nmse", 0.1, {"hint": False}),
        ("SN-1", SPIKING, "median_nmse", 0.3, {"units": 500}),
        ("SN-2", SPIKING, "median_nmse", 0.3, {}),
        ("SN-3", SPIKING, "directions", 250, {"units": 500}),
        ("SN-4", SPIKING, "rate_hz", 125.0, {"units": 500}),
    ],
)
def test_and_not_where_it_does_not(claim: str, name: str, column: str, value: float, rows: dict) -> None:
    given = tables()
    if claim == "FF-5":
        given[name] = where(given[name], "nmse", 1e-3, noise=0.0)
    row = judged(claim, {**given, name: where(given[name], column, value, **rows)})
    assert row["verdict"] == "not replicated", row["reason"]


def test_sizes_at_which_half_of_the_networks_have_learnt_are_compared() -> None:
    given = tables()
    summary = where(given[OSCILLATION], "nmse", 1.0)
    for units, seeds in ((100, range(4)), (200, range(5)), (300, range(10))):
        for seed in seeds:
            summary = where(summary, "nmse", 1e-3, method="full_force", units=units, seed=seed)
    row = judged("FF-4", {**given, OSCILLATION: summary})
    assert row["value"] == pytest.approx(200 / 300) and "force has learnt in 0 of 10 at N = 50" in row["detail"]


def test_noise_cannot_be_judged_on_networks_that_have_not_learnt_without() -> None:
    given = tables()
    row = judged("FF-5", {**given, NOISE: where(given[NOISE], "nmse", 0.4, method="force", noise=0.0)})
    assert row["verdict"] == "not testable" and "force has an error of 0.4 without noise" in row["reason"]


def test_a_network_without_a_finite_error_has_not_learnt() -> None:
    given = tables()
    lost = where(given[OSCILLATION], "nmse", float("nan"), method="full_force", units=300)
    assert judged("FF-1", {**given, OSCILLATION: lost})["value"] == 1e3
