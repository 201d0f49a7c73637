"""Networks of many kinds: what became of them, and which setting the number of clusters depends on."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from analysis_networks import channel_network, random_network
from sklearn.linear_model import LinearRegression

import replicortex as rx
from replicortex.analysis.factors import factor_table, outcomes, shares

GRID = {"network.activation": "abcd", "network.cell": "xy", "regularisers.l1": (0.0, 0.1, 1.0)}


def members(keep=None) -> pd.DataFrame:
    rows = [(f"n{i}", 0, *values) for i, values in enumerate(product(*GRID.values(), range(2)))]
    table = pd.DataFrame(rows, columns=["network", "seed", *GRID, "copy"]).drop(columns="copy")
    return table if keep is None else table.sample(keep, random_state=1).reset_index(drop=True)


def outcome(table: pd.DataFrame, k, name="passed") -> pd.DataFrame:
    return pd.DataFrame({"network": table["network"], "minimum": 0.95, "outcome": name, "k": k, "n_active": 200})


@pytest.mark.parametrize("keep", [None, 31])
def test_shares_are_those_of_an_analysis_of_variance(keep):
    """Against scikit-learn's regression on indicators, one level of each left out."""
    table = members(keep)
    rng = np.random.default_rng(0)
    k = 3.0 * table["network.activation"].map(dict(zip("abcd", range(4), strict=True))) + rng.normal(0, 2, len(table))
    design = {factor: pd.get_dummies(table[factor].astype(str), drop_first=True).to_numpy(float) for factor in GRID}

    def residual(factors):
        x = np.hstack([design[factor] for factor in factors])
        return ((k - LinearRegression().fit(x, k).predict(x)) ** 2).sum(), 1 + x.shape[1]

    whole, p = residual(GRID)
    total, noise = ((k - k.mean()) ** 2).sum(), whole / (len(k) - p)
    expected = []
    for factor in GRID:
        rest, smaller = residual([other for other in GRID if other != factor])
        expected.append((rest - whole - (p - smaller) * noise) / total)
    found = factor_table(table, outcome(table, k), rng, resamples=50).query("networks == 'passed'")
    assert found["factor"].tolist() == list(GRID) and (found["n"] == len(k)).all()
    np.testing.assert_allclose(found["share"], expected, rtol=1e-10)
    best = max(expected[1:])
    assert found["lead"].iloc[0] == pytest.approx(expected[0] - max(best, 0))
    assert found["lead"].iloc[1] == pytest.approx(expected[1] - expected[0])


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    """A balanced grid: activation explains 5/9 of the variance, the others nothing."""
    table, held, none = members(), 0, 0
    effect = table["network.activation"].map(dict(zip("abcd", (0, 0, 1, 1), strict=True))) * np.sqrt(5.0)
    for seed in range(30):
        rng = np.random.default_rng(seed)
        found = factor_table(table, outcome(table, effect + rng.normal(0, 1, len(table))), rng, resamples=150)
        row = found.query("networks == 'passed'").set_index("factor")
        held += row["share_low"].iloc[0] <= 5 / 9 <= row["share_high"].iloc[0]
        none += row.loc["network.cell", "share_low"] <= 0 <= row.loc["network.cell", "share_high"]
        assert row["share_low"].iloc[0] <= row["share"].iloc[0] <= row["share_high"].iloc[0]
    assert held >= 25 and none >= 25


def test_sets_of_networks_are_told_apart():
    table = members()
    k = np.where(table["network.activation"].isin(["a", "b"]), 20.0, 2.0) + np.arange(len(table)) % 3
    became = outcome(table, k)
    became.loc[table["network.cell"] == "y", "outcome"] = "able"
    became.loc[:2, "outcome"] = "failed"
    became.loc[3, "k"] = np.nan
    found = factor_table(table, became, np.random.default_rng(0), resamples=20)
    n = found.groupby("networks")["n"].first()
    assert (n["passed"], n["able"]) == (20, 44)
    passed = found.query("networks == 'passed'").set_index("factor")["share"]
    assert np.isnan(passed["network.cell"]) and passed["network.activation"] > 0.9


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("k", [np.full(48, 2.0), np.full(48, np.nan)])
def test_nothing_to_explain_is_no_share(k):
    table = members()
    found = factor_table(table, outcome(table, k), np.random.default_rng(0), resamples=20)
    assert found[["share", "share_low", "share_high", "lead"]].isna().all(axis=None)
    assert len(found) == 6
    few = factor_table(table, outcome(table, np.arange(48.0), "failed"), np.random.default_rng(0), resamples=20)
    assert (few["n"] == 0).all() and few["share"].isna().all()
    none = factor_table(table[["network", "seed"]], outcome(table, k), np.random.default_rng(0), resamples=20)
    assert none.empty and list(none.columns) == list(found.columns)


def test_a_setting_that_only_repeats_another_explains_nothing_of_its_own():
    table = members()
    table["twin"] = table["network.cell"].map({"x": 1, "y": 2})
    indicators = [pd.get_dummies(table[name].astype(str)).to_numpy(float) for name in ("network.cell", "twin")]
    assert np.isnan(shares(indicators, np.random.default_rng(0).normal(size=48))).all()


def test_outcome_is_judged_on_the_weakest_task_of_the_last_evaluation():
    rows = [
        (label, updates, task, value)
        for label, last in (("one", (0.95, 0.91)), ("two", (0.99, 0.8)), ("three", (0.9, 0.7)), ("four", (1.0, 0.9)))
        for updates, values in ((0, (1.0, 1.0)), (100, last))
        for task, value in zip(("dm1", "dm2"), values, strict=True)
    ]
    history = pd.DataFrame(rows, columns=["network", "updates", "task", "performance"])
    labels = ["two", "one", "three", "four"]
    best_k = pd.DataFrame({"network": labels, "k": [3.0, 12, np.nan, 5], "silhouette": 0.3, "n_active": 9})
    found = outcomes(history, best_k).set_index("network")
    assert found.index.tolist() == ["one", "two", "three", "four"]
    assert found["outcome"].tolist() == ["passed", "able", "failed", "able"]
    assert found["minimum"].tolist() == [0.91, 0.8, 0.7, 0.9]
    assert found["k"].tolist()[:2] == [12, 3]


@pytest.mark.usefixtures("few_starts")
def test_best_k_is_that_of_the_table_with_its_uncertainty():
    net = random_network(14, n_networks=2)
    variance = rx.analysis.measure_variance([net])
    quick = rx.analysis.measure_best_k(variance["task_variance"])["best_k"].set_index("network")
    slow = rx.analysis.measure_clusters([net], **variance, restarts=2)["cluster_number"].query("kind == 'task'")
    slow = slow.set_index("network")
    assert quick["k"].tolist() == slow["k"].tolist()
    assert quick["silhouette"].tolist() == slow["silhouette"].tolist()
    assert quick["n_active"].tolist() == slow["n_active"].tolist()


def test_a_network_that_cannot_be_clustered_has_no_best_k():
    net = channel_network([1, 5], n_units=12)
    variance = rx.analysis.measure_variance([net])["task_variance"]
    found = rx.analysis.measure_best_k(variance)["best_k"]
    assert found["n_active"].tolist() == [2] and found["k"].isna().all()
    silent = variance.assign(variance=0.0)
    assert rx.analysis.measure_best_k(silent)["best_k"]["n_active"].tolist() == [0]
