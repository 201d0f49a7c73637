"""Intervals against scipy and against their promise: 95 of 100 hold the truth."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest, bootstrap

from replicortex.scorecard.intervals import (
    exact,
    median_interval,
    median_over_networks,
    proportion,
    share_of_networks,
    wilson,
)


@pytest.mark.parametrize(
    ("k", "n"), [(0, 1), (1, 1), (0, 7), (4, 4), (3, 4), (17, 20), (40, 40), (751, 1000)]
)
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
    mine = median_interval(values, np.random.default_rng(1))
    theirs = bootstrap(
        (values,), np.median, n_resamples=10_000, method="percentile", rng=np.random.default_rng(2)
    ).confidence_interval
    assert mine == pytest.approx((theirs.low, theirs.high), abs=0.03)


@pytest.mark.parametrize("n", [3, 4, 5, 8, 20])
def test_median_interval_covers_the_median_of_the_population(n):
    rng = np.random.default_rng(n)
    held = []
    for _ in range(300):
        low, high = median_interval(rng.normal(size=n), rng)
        held.append(low <= 0 <= high)
    # 300 draws at a true coverage of 0.95 fall below 0.91 less than once in a thousand
    assert np.mean(held) > 0.91


def test_median_interval_repeats_with_the_same_stream_and_has_nothing_to_say_of_one():
    values = np.array([0.91, 0.95, 0.96, 0.99, 0.97])
    first = median_interval(values, np.random.default_rng(3))
    assert first == median_interval(values, np.random.default_rng(3))
    assert np.isnan(median_interval(values[:1], np.random.default_rng(3))).all()


def test_median_over_networks_is_cut_at_what_the_quantity_can_be():
    values = pd.Series([0.9, 0.99, 1.0], index=["a", "b", "c"])
    estimate = median_over_networks(values, np.random.default_rng(0), (0, 1))
    assert estimate.value == 0.99
    assert 0 < estimate.low < 0.9
    assert estimate.high == 1.0


def test_identical_values_leave_no_doubt():
    estimate = median_over_networks(pd.Series([2.0] * 4), np.random.default_rng(0))
    assert (estimate.low, estimate.value, estimate.high) == (2.0, 2.0, 2.0)
    assert exact(2.0, 4).low == 2.0
