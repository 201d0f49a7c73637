"""Intervals against scipy and against their promise: 95 of 100 hold the truth."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest, bootstrap, ttest_ind

from replicortex.report.claims import above
from replicortex.report.intervals import (
    Estimate,
    difference_interval,
    difference_of_groups,
    exact,
    expanded_tail,
    median_interval,
    median_over_networks,
    proportion,
    ratio_of_groups,
    share_of_networks,
    weakest,
)
from replicortex.report.network_values import network_values
from replicortex.report.proportions import wilson


@pytest.mark.parametrize(("k", "n"), [(0, 1), (1, 1), (0, 7), (4, 4), (3, 4), (17, 20), (40, 40), (751, 1000)])
def test_wilson_is_scipys(k, n):
    expected = binomtest(k, n).proportion_ci(0.95, method="wilson")
    assert wilson(k, n) == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize(("k", "n"), [(1, 0), (-1, 3), (4, 3)])
def test_wilson_refuses_what_is_no_proportion(k, n):
    with pytest.raises(ValueError, match="0 <= successes <= n"):
        wilson(k, n)


def test_share_of_networks_counts_truths():
    estimate = share_of_networks(pd.Series([True, True, False, True]), "three")
    assert (estimate.value, estimate.n, estimate.of, estimate.detail) == (0.75, 4, "networks", "three")
    assert (estimate.low, estimate.high) == wilson(3, 4)


def test_four_of_four_networks_just_clear_a_majority_and_three_of_three_do_not():
    assert proportion(4, 4, "networks").low > 0.5 > proportion(3, 3, "networks").low


def test_median_interval_agrees_with_scipys_bootstrap_for_many_networks():
    values = np.random.default_rng(0).normal(size=200)
    mine = median_interval(values)
    theirs = bootstrap(
        (values,), np.median, n_resamples=10_000, method="percentile", rng=np.random.default_rng(2)
    ).confidence_interval
    assert mine == pytest.approx((theirs.low, theirs.high), abs=0.03)


@pytest.mark.parametrize("n", [3, 4, 5, 8, 20])
def test_median_interval_covers_the_median_of_the_population(n):
    rng = np.random.default_rng(n)
    held = []
    for _ in range(300):
        low, high = median_interval(rng.normal(size=n))
        held.append(low <= 0 <= high)
    # 300 draws at a true coverage of 0.95 fall below 0.91 less than once in a thousand
    assert np.mean(held) > 0.91


@pytest.mark.parametrize("n", [6, 7])
def test_median_interval_rests_on_all_resamples_there_are(n):
    values = np.random.default_rng(n).normal(size=n)
    medians = np.sort(np.median(values[np.indices((n,) * n).reshape(n, -1).T], axis=1))
    tail = expanded_tail(n)
    ends = medians[[int(np.ceil(tail * n**n)) - 1, int(np.ceil((1 - tail) * n**n)) - 1]]
    assert median_interval(values) == pytest.approx(tuple(ends))


def test_median_interval_has_nothing_to_say_of_one_network_and_no_width_for_equal_ones():
    assert np.isnan(median_interval(np.array([0.91]))).all()
    assert median_interval(np.full(40, 0.5)) == (0.5, 0.5)


def test_median_over_networks_is_cut_at_what_the_quantity_can_be():
    values = pd.Series([0.9, 0.99, 1.0], index=["a", "b", "c"])
    estimate = median_over_networks(values, (0, 1))
    assert estimate.value == 0.99
    assert 0 < estimate.low < 0.9
    assert estimate.high == 1.0


def test_identical_values_leave_no_doubt():
    estimate = median_over_networks(pd.Series([2.0] * 4))
    assert (estimate.low, estimate.value, estimate.high) == (2.0, 2.0, 2.0)
    assert exact(2.0, 4).low == 2.0


def test_difference_of_many_networks_agrees_with_scipys_bootstrap():
    rng = np.random.default_rng(0)
    one, other = rng.normal(1, 1, 150), rng.normal(0, 2, 120)
    mine = difference_interval(one, other, np.random.default_rng(1))
    theirs = bootstrap(
        (one, other),
        lambda a, b, axis: np.median(a, axis=axis) - np.median(b, axis=axis),
        n_resamples=10_000,
        method="percentile",
        rng=np.random.default_rng(2),
    ).confidence_interval
    assert mine == pytest.approx((theirs.low, theirs.high), abs=0.06)


@pytest.mark.long
@pytest.mark.parametrize(("n", "m"), [(3, 3), (4, 4), (4, 20), (8, 8), (20, 20)])
def test_difference_interval_covers_the_difference_of_the_populations(n, m):
    rng = np.random.default_rng(n + m)
    held = []
    for _ in range(300):
        low, high = difference_interval(rng.normal(1, 1, n), rng.normal(0, 2, m), rng)
        held.append(low <= 1 <= high)
    assert np.mean(held) > 0.91


def test_few_networks_get_at_least_welchs_interval_and_constant_groups_none():
    one, other = np.array([0.1, 0.25, 0.4]), np.array([1.0, 1.6, 2.2])
    theirs = ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    low, high = difference_interval(one, other, np.random.default_rng(0))
    assert (low, high) == pytest.approx((theirs.low, theirs.high))  # resamples of three reach less far
    constant = difference_interval(np.full(3, 2.0), np.full(4, 0.5), np.random.default_rng(0))
    assert constant == (1.5, 1.5)
    assert np.isnan(difference_interval(one, other[:1], np.random.default_rng(0))).all()


def test_ratio_is_made_on_logarithms():
    one, other = pd.Series([8.0, 8.0, 8.0]), pd.Series([2.0, 2.0, 2.0])
    found = ratio_of_groups(one, other, np.random.default_rng(0))
    assert (found.value, found.low, found.high, found.n) == (pytest.approx(4), pytest.approx(4), pytest.approx(4), 6)
    noisy = ratio_of_groups(one * [0.5, 1, 2], other * [1, 3, 0.4], np.random.default_rng(0))
    turned = ratio_of_groups(other * [1, 3, 0.4], one * [0.5, 1, 2], np.random.default_rng(0))
    assert noisy.value == pytest.approx(1 / turned.value)
    assert noisy.low < noisy.value < noisy.high


def test_the_weakest_part_judges_a_claim_of_several():
    sure, unsure, wrong = (Estimate(0.5, 0.4, 0.6, 8), Estimate(0.3, -0.1, 0.7, 4), Estimate(-0.5, -0.6, -0.4, 8))
    assert above(0).verdict(weakest({"a": sure, "b": sure})) == "replicated"
    assert above(0).verdict(weakest({"a": sure, "b": unsure})) == "inconclusive"
    assert above(0).verdict(weakest({"a": unsure, "b": wrong})) == "not replicated"
    both = weakest({"a": sure, "b": unsure}, "more")
    assert (both.value, both.low, both.high, both.n, both.detail) == (0.3, -0.1, 0.6, 4, "a 0.5, b 0.3; more")
    lone = Estimate(0.5, float("nan"), float("nan"), 1)
    assert above(0).verdict(weakest({"a": sure, "b": lone})) == "inconclusive"


@pytest.mark.parametrize("n", [3, 8])
def test_an_estimate_can_be_made_again_from_its_numbers_by_network(n):
    """What the page shows as dots is what the estimate was made of, part by part."""
    one = pd.Series(np.linspace(0.2, 0.9, n), index=[f"seed{i}" for i in range(n)])
    other = one[:-1] ** 2
    parts = {
        "median": median_over_networks(one, (0, 1)),
        "share": share_of_networks(one > 0.5),
        "difference": difference_of_groups(one, other, np.random.default_rng(1)),
        "ratio": ratio_of_groups(one, other, np.random.default_rng(1)),
    }
    of = {"all": weakest(parts), "unknown": weakest({**parts, "exact": exact(1.0, n)})}
    table = network_values({**parts, **of})
    made = {
        "median": lambda a: a.median(),
        "share": lambda a: a.mean(),
        "difference": lambda a, b: a.median() - b.median(),
        "ratio": lambda a, b: np.exp(np.log(a).median() - np.log(b).median()),
    }
    assert "unknown" not in set(table["id"])  # a part without such numbers leaves the whole without
    for (claim, part), rows in table.groupby(["id", "part"]):
        groups = [group.set_index("network")["value"] for _, group in rows.groupby("group")]
        assert made[rows["statistic"].iloc[0]](*groups) == pytest.approx(parts[part or claim].value)
        assert list(groups[0].index) == list(one.index)
    assert table.loc[table["id"] == "median", ["bound_low", "bound_high"]].drop_duplicates().values.tolist() == [[0, 1]]
