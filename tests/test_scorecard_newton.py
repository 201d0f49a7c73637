"""Claims about spiking networks beside rate networks, on tables in which the answer was planted."""

from __future__ import annotations

import pandas as pd
import pytest
from fake_newton import make_newton
from fakes import where

from replicortex import scorecard
from replicortex.papers.newton2025.claims import statistics
from replicortex.scorecard import evaluate

CLAIMS = {claim.id: claim for claim in scorecard.CLAIMS if claim.paper == "newton2025"}
PLANES, SIZES = "nn_planes/summary", "nn_sizes/summary"
SLOW, FAST = 5e-8, 5e-5


def tables() -> dict[str, pd.DataFrame]:
    made = {name: make_newton(name.partition("/")[0])["summary"] for name in (PLANES, SIZES)}
    planes = made[PLANES]  # NN-2 is judged on networks of the seeds from 5 on
    labels = planes["network"].str.replace(r"seed\d+", "", regex=True) + "seed" + (planes["seed"] + 5).astype(str)
    return {**made, PLANES: planes.assign(seed=planes["seed"] + 5, network=labels)}


def judged(claim: str, given: dict[str, pd.DataFrame]) -> pd.Series:
    return evaluate(given, scale="laptop", claims=[CLAIMS[claim]]).iloc[0]


@pytest.mark.parametrize("claim", CLAIMS)
def test_every_claim_is_found_again_on_tables_in_which_it_holds(claim: str) -> None:
    row = judged(claim, tables())
    assert row["verdict"] == "replicated" and row["n"] == (5 if CLAIMS[claim].experiment == "nn_planes" else 10), row


@pytest.mark.parametrize(
    ("claim", "name", "column", "value", "rows"),
    [
        ("NN-1", PLANES, "correlation", 0.3, {"inverse": SLOW}),
        ("NN-2", PLANES, "correlation", 0.95, {"inverse": FAST}),
        ("NN-3", PLANES, "lif_swapped_aligned", 0.9, {"inverse": SLOW}),
        ("NN-3", PLANES, "rate_swapped_ran", False, {"inverse": SLOW}),
        ("NN-4", SIZES, "rate_aligned", 0.5, {"inverse": FAST}),
        ("NN-5", SIZES, "lif_bias_2", 0.5, {}),
        ("NN-5", SIZES, "rate_variance", 0.5, {}),
        ("NN-6", PLANES, "rate_ran", False, {"feedback": 20.0}),
    ],
)
def test_and_not_where_it_does_not(claim: str, name: str, column: str, value: object, rows: dict) -> None:
    given = tables()
    if claim == "NN-6":
        given[name] = where(given[name], column, value, feedback=10.0)
        given[name] = where(given[name], column, value, feedback=5.0)
    row = judged(claim, {**given, name: where(given[name], column, value, **rows)})
    assert row["verdict"] == "not replicated", row["reason"]


def test_the_point_of_most_correlated_decoders_is_one_at_which_both_models_succeed() -> None:
    summary = where(tables()[PLANES], "correlation", 0.95, feedback=10.0, gain=0.2, inverse=SLOW)
    assert statistics.best_point(summary) == (10.0, 0.2)
    lost = where(summary, "rate_ran", False, feedback=10.0, gain=0.2)
    assert statistics.best_point(lost) != (10.0, 0.2)


def test_networks_that_were_stopped_count_neither_as_uncorrelated_nor_as_bad() -> None:
    given = tables()
    stopped = {"inverse": FAST, "feedback": 20.0, "gain": 0.125}
    summary = where(where(given[PLANES], "lif_ran", False, **stopped), "correlation", float("nan"), **stopped)
    summary = where(summary, "correlation", 0.95, inverse=SLOW, feedback=20.0, gain=0.125)
    row = judged("NN-2", {**given, PLANES: summary})
    assert "(Q, G) = (20, 0.125), P0 = 0.1 dt less 0.001 dt" in row["detail"] and row["value"] > -0.6
    sizes = where(given[SIZES], "lif_ran", False, inverse=FAST)
    assert "to P0 = 0.1 dt" in judged("NN-4", {**given, SIZES: sizes})["detail"]
    for rate in (5e-7, 5e-6):
        sizes = where(sizes, "lif_ran", False, inverse=rate)
    row = judged("NN-4", {**given, SIZES: sizes})
    assert row["verdict"] == "not testable" and "every rate but the slowest" in row["reason"]


def test_without_a_success_nothing_is_judged() -> None:
    given = tables()
    given[PLANES] = given[PLANES].assign(rate_aligned=0.9, lif_aligned=0.9)
    for claim in ("NN-1", "NN-2", "NN-3", "NN-6"):
        row = judged(claim, given)
        assert row["verdict"] == "not testable", row
    row = judged("NN-5", {**given, SIZES: given[SIZES].assign(rate_aligned=0.9)})
    assert row["verdict"] == "not testable" and "no rate network has learnt" in row["reason"]
