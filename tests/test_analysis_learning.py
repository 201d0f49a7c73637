"""Learning curves, times to a level and distributions of FTV, against plain loops and hand-made histories."""

import fake_learning
import numpy as np
import pandas as pd
import pytest

import replicortex as rx
from replicortex.analysis.ftv import ftv_masses, ftv_shares, median_band
from replicortex.analysis.learning import evaluation_before, last_evaluation, learning_curves, passing, trials_to_level


def history(*networks: tuple[str, dict[int, dict[str, float]]]) -> pd.DataFrame:
    """Networks with performance by trials and task."""
    rows = [
        (label, trials, task, value)
        for label, evaluations in networks
        for trials, scores in evaluations.items()
        for task, value in scores.items()
    ]
    return pd.DataFrame(rows, columns=["network", "trials", "task", "performance"])


LONG = ("long", {0: {"a": 0.1, "b": 0.3}, 100: {"a": 0.5, "b": 0.7}, 250: {"a": 0.9, "b": 1.0}})
SHORT = ("short", {0: {"a": 0.2, "b": 0.2}, 150: {"a": 1.0, "b": 0.98}})


def test_a_network_that_stopped_keeps_its_last_value_on_the_union_of_counts():
    wide = learning_curves(history(LONG, SHORT))
    assert list(wide.index) == [0, 100, 150, 250] and list(wide.columns) == ["long", "short"]
    np.testing.assert_allclose(wide["long"], [0.2, 0.6, 0.6, 0.95])
    np.testing.assert_allclose(wide["short"], [0.2, 0.2, 0.99, 0.99])
    np.testing.assert_allclose(learning_curves(history(LONG), "min")["long"], [0.1, 0.5, 0.9])


def test_curves_agree_with_a_loop_over_networks_and_counts():
    table = fake_learning.posttraining(seeds=(0, 1))["history"]
    wide = learning_curves(table)
    for network in wide.columns:
        own = table[table["network"] == network]
        for trials in wide.index[::7]:
            last = own[own["trials"] <= trials]["trials"].max()
            assert wide.loc[trials, network] == pytest.approx(own[own["trials"] == last]["performance"].mean())


def test_unknown_statistic_is_named():
    with pytest.raises(ValueError, match="statistic: 'median' is not one of mean, min"):
        learning_curves(history(LONG), "median")


def test_last_evaluation_and_the_one_before_a_count():
    table = history(LONG, SHORT)
    assert last_evaluation(table).loc["long"].to_dict() == {"a": 0.9, "b": 1.0}
    assert evaluation_before(table, 249).loc["long", "a"] == 0.5
    assert evaluation_before(table, 249).loc["short", "a"] == 1.0


def test_time_to_a_level_is_interpolated_and_censored():
    table = history(LONG, SHORT, ("never", {0: {"a": 0.1}, 400: {"a": 0.3}}), ("at once", {0: {"a": 0.99}}))
    found = trials_to_level(table, 0.9)
    # the mean goes from 0.6 at 100 to 0.95 at 250
    assert found.loc["long", "trials"] == pytest.approx(100 + 150 * 0.3 / 0.35)
    assert found.loc["short", "trials"] == pytest.approx(150 * 0.7 / 0.79)
    assert found.loc["never"].to_list() == [400, False, 400]
    assert found.loc["at once", ["trials", "reached"]].to_list() == [0, True] and np.isnan(
        found.loc["at once", "resolution"]
    )
    lowest = trials_to_level(table, 0.85, statistic="min")
    assert lowest.loc["long", "trials"] == pytest.approx(100 + 150 * 0.35 / 0.4)


def test_a_level_is_exceeded_not_met():
    assert not trials_to_level(history(("n", {0: {"a": 0.9}, 10: {"a": 0.9}})), 0.9)["reached"].any()


def test_time_can_be_counted_from_a_later_start():
    # at 150 trials the last evaluation (at 100) is 0.5: that is where the block's course begins
    found = trials_to_level(history(LONG), 0.8, statistic="min", start=150)
    assert found.loc["long", "trials"] == pytest.approx(100 * 0.3 / 0.4)
    assert found.loc["long", "resolution"] == 100
    known = trials_to_level(history(LONG), 0.4, statistic="min", start=150)
    assert known.loc["long", ["trials", "reached"]].to_list() == [0, True]


def test_passing_looks_at_the_weaker_task_at_the_end():
    table = history(LONG, ("weak", {0: {"a": 1.0, "b": 1.0}, 10: {"a": 0.99, "b": 0.8}}))
    assert passing(table, ("a", "b"), 0.8).to_dict() == {"long": True, "weak": False}
    with pytest.raises(ValueError, match="the last evaluation lacks c in long"):
        passing(table, ("a", "c"), 0.8)


def units(**networks: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        [(name, value) for name, values in networks.items() for value in values], columns=["network", "ftv"]
    )


def test_every_network_counts_the_same_whatever_its_number_of_units():
    table = units(few=[-1.0, 0.05], many=[1.0] * 30 + [0.05] * 10)
    shares = ftv_shares(table, ["many", "few", "silent"])
    assert list(shares.index) == ["many", "few"]
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert shares.loc["few", [0, 10]].to_list() == [0.5, 0.5]
    assert shares.loc["many", [10, 19]].to_list() == [0.25, 0.75]


def test_masses_of_a_flat_and_of_a_peaked_distribution():
    flat = np.linspace(-1, 1, 200_001)
    found = ftv_masses(
        units(flat=list(flat), three=[-0.9, 0.9, 0.0, 0.1, 0.5], ends=[1.0, -1.0]), ["flat", "three", "ends"]
    )
    np.testing.assert_allclose(found.loc["flat"], [0.1, 0.1, 0.2, 0.2, 1 / 3], atol=1e-4)
    np.testing.assert_allclose(found.loc["three"], [0.2, 0.2, 0.4, 0.4, 2 / 3])
    assert found.loc["ends"].to_list() == [0.5, 0.5, 1.0, 0.0, 0.0]


def test_band_of_the_median_agrees_with_a_loop_of_resamples():
    rng = np.random.default_rng(0)
    shares = pd.DataFrame(rng.dirichlet(np.ones(20), size=151))
    band = median_band(shares, np.random.default_rng(1), samples=4000)
    again = np.random.default_rng(2)
    medians = [np.median(shares.to_numpy()[again.integers(0, 151, 151)], axis=0) for _ in range(4000)]
    np.testing.assert_allclose(band.median, shares.median())
    np.testing.assert_allclose(band.low, np.percentile(medians, 2.5, axis=0), atol=0.003)
    np.testing.assert_allclose(band.high, np.percentile(medians, 97.5, axis=0), atol=0.003)


def test_band_of_one_network_is_the_network_and_of_none_an_error():
    one = pd.DataFrame([[0.25, 0.75]])
    band = median_band(one, np.random.default_rng(0))
    assert band.low.tolist() == band.high.tolist() == band.median.tolist() == [0.25, 0.75]
    with pytest.raises(ValueError, match="no network has a unit"):
        median_band(one[:0], np.random.default_rng(0))


def variance(tasks: tuple[str, ...]) -> pd.DataFrame:
    rows = [("seed0", unit, task, 0.1 * (1 + unit * (task == tasks[0]))) for unit in range(3) for task in tasks]
    return pd.DataFrame(rows, columns=["network", "unit", "task", "variance"])


def test_networks_of_two_tasks_have_one_pair():
    found = rx.analysis.measure_ftv(variance(("contextdm1", "contextdm2")))["ftv"]
    assert found[["task_a", "task_b"]].drop_duplicates().to_numpy().tolist() == [["contextdm1", "contextdm2"]]
    np.testing.assert_allclose(found["ftv"], [0, 1 / 3, 1 / 2])


def test_networks_without_a_pair_are_an_error():
    with pytest.raises(ValueError, match="no pair of tasks to compare among dmc, oic"):
        rx.analysis.measure_ftv(variance(("oic", "dmc")))
