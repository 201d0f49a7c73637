"""Pairs of tasks: histograms of FTV, and the rule that names kinds, against plain computations."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from analysis_networks import random_network

import replicortex as rx
from replicortex.analysis import fractional_variance, variance_array
from replicortex.analysis.ftv_types import (
    TYPES,
    classify_ftv,
    distance,
    histogram_array,
    margins,
    masses,
    of_pair,
    types_table,
    weighted,
)

CENTRES = np.linspace(-0.95, 0.95, 20)


def histogram(**shares: float) -> np.ndarray:
    """Shares at the left and right end, in the centre, and spread over the rest of the middle or between."""
    counts = np.zeros(20)
    counts[0], counts[19] = shares.get("left", 0), shares.get("right", 0)
    counts[8:12] = shares.get("centre", 0) / 4
    counts[[4, 5, 6, 7, 12, 13, 14, 15]] = shares.get("sides", 0) / 8
    counts[[2, 3, 16, 17]] = shares.get("between", 0) / 4
    return counts


def plain_kind(counts: np.ndarray) -> str:
    """The rule of the docstring, condition by condition."""
    p = counts / counts.sum()
    plus, minus = p[CENTRES > 0.8].sum(), p[CENTRES < -0.8].sum()
    middle = p[abs(CENTRES) < 0.6].sum()
    k = p[abs(CENTRES) < 0.2].sum() / middle if middle else 0.0
    low, high = min(plus, minus), max(plus, minus)
    peaked = p[8:12].max() >= max(p[4:8].max(), p[12:16].max())
    if low >= 0.1 and middle >= 0.1 and k >= 0.5 and peaked:
        return "disjoint-equal"
    if low >= 0.1 and middle < 0.3:
        return "disjoint"
    if low >= 0.1 and middle >= 0.3 and k < 0.5:
        return "disjoint-mixed"
    if high >= 0.1 and low < 0.03:
        return "inclusive"
    if high < 0.05:
        return "equal" if k >= 0.6 else "mixed"
    return "unclear"


@pytest.mark.parametrize(
    ("kind", "shares"),
    [
        ("disjoint", {"left": 0.4, "right": 0.4, "sides": 0.1, "between": 0.1}),
        ("inclusive", {"right": 0.3, "centre": 0.2, "sides": 0.5}),
        ("inclusive", {"left": 0.3, "centre": 0.2, "sides": 0.5}),
        ("mixed", {"left": 0.02, "right": 0.03, "centre": 0.3, "sides": 0.65}),
        ("equal", {"left": 0.02, "centre": 0.9, "sides": 0.08}),
        ("disjoint-equal", {"left": 0.2, "right": 0.2, "centre": 0.4, "sides": 0.2}),
        ("disjoint-equal", {"left": 0.4, "right": 0.4, "centre": 0.2}),
        ("disjoint-mixed", {"left": 0.2, "right": 0.2, "centre": 0.2, "sides": 0.4}),
        ("unclear", {"left": 0.07, "right": 0.07, "centre": 0.6, "sides": 0.26}),
        ("no units", {}),
    ],
)
def test_kinds_are_told_apart(kind, shares):
    assert str(classify_ftv(100 * histogram(**shares))) == kind


def test_the_rule_equals_its_conditions_one_by_one():
    rng = np.random.default_rng(0)
    shapes = rng.dirichlet(np.full(20, 0.3), 4000) * np.where(rng.random((4000, 20)) < 0.5, 1, 0.1)
    ends = rng.random((4000, 2)) * rng.choice([0, 0.1, 1, 3], (4000, 1))
    shapes[:, [0, 19]] += ends
    shapes[:, 8:12] += rng.choice([0, 0.05, 0.5], (4000, 1)) * rng.random((4000, 4))
    found = classify_ftv(shapes)
    expected = [plain_kind(shape) for shape in shapes]
    assert found.tolist() == expected
    assert set(expected) == {*TYPES, "unclear"}
    each = np.stack(list(margins(shapes).values()))
    assert ((each >= 0).sum(axis=0) <= 1).all()
    assert ((each >= 0).any(axis=0) == (found != "unclear")).all()


def test_a_margin_is_the_distance_from_the_nearest_limit():
    counts = histogram(left=0.3, right=0.14, sides=0.25, between=0.31)
    assert margins(counts)["disjoint"] == pytest.approx(0.04)
    closer = histogram(left=0.3, right=0.3, sides=0.28, between=0.12)
    assert margins(closer)["disjoint"] == pytest.approx(0.02)
    m = masses(100 * closer)
    assert (m.plus, m.minus, m.middle, m.central) == pytest.approx((0.3, 0.3, 0.28, 0.0))
    with pytest.raises(ValueError, match=r"shape \(10,\), expected \(..., 20\)"):
        masses(np.ones(10))


def test_distance_is_the_share_of_units_in_other_bins():
    one, other = histogram(left=0.5, right=0.5), histogram(left=0.5, centre=0.5)
    assert distance(one, 7 * other) == pytest.approx(0.5)
    assert distance(one, one) == 0
    assert np.isnan(distance(one, np.zeros(20)))


@pytest.fixture(scope="module")
def variances():
    return rx.analysis.measure_variance([random_network(14, n_networks=2)])


@pytest.fixture(scope="module")
def table(variances):
    return rx.analysis.measure_ftv_histogram(variances["task_variance"], variances["rotated_variance"])["ftv_histogram"]


def test_every_pair_of_tasks_has_the_histogram_of_its_ftv(variances, table):
    assert list(table.columns) == ["network", "kind", "task_a", "task_b", "bin", "count"]
    assert len(table) == 2 * 2 * 190 * 20
    for kind, source in (("task", "task_variance"), ("rotated", "rotated_variance")):
        counts, networks, pairs = histogram_array(table, kind)
        assert networks == ["seed0", "seed1"]
        assert list(pairs.itertuples(index=False, name=None)) == list(combinations(rx.tasks.RULE_SETS["all"].tasks, 2))
        for m, label in enumerate(networks):
            own = variances[source]
            array = variance_array(own[own["network"] == label])
            for i in (0, 57, 189):
                ftv = fractional_variance(array, *pairs.iloc[i]).values[0]
                expected = np.histogram(ftv[~np.isnan(ftv)], np.linspace(-1, 1, 21))[0]
                assert counts[m, i].tolist() == expected.tolist()


def test_a_pair_the_other_way_round_is_the_mirror_image(table):
    one, other = of_pair(table, "fdgo", "dm1"), of_pair(table, "dm1", "fdgo")
    assert one.sum() > 0 and np.array_equal(one, other[:, ::-1])
    with pytest.raises(ValueError, match="has no pair of 'fdgo' and 'dm3'"):
        of_pair(table, "fdgo", "dm3")
    with pytest.raises(ValueError, match="expected one for each of 2 networks"):
        histogram_array(table.iloc[1:])


def planted(kinds: list[list[np.ndarray]]) -> pd.DataFrame:
    """Table ftv_histogram: kinds[network][pair]; the control is one central peak."""
    rows = []
    for m, pairs in enumerate(kinds):
        for i, counts in enumerate(pairs):
            for kind, values in (("task", counts), ("rotated", histogram(centre=1.0))):
                rows += [(f"seed{m}", kind, "a", f"b{i}", b, int(1000 * v)) for b, v in enumerate(values)]
    return pd.DataFrame(rows, columns=["network", "kind", "task_a", "task_b", "bin", "count"])


def test_stability_is_the_share_of_resampled_populations_of_the_same_kind():
    disjoint, narrow = histogram(left=0.5, right=0.5), histogram(centre=1.0)
    nothing = np.zeros(20)
    kinds = [[disjoint, disjoint, nothing], [disjoint, disjoint, nothing], [disjoint, narrow, nothing]]
    table = types_table(planted(kinds), np.random.default_rng(0), resamples=4000)
    assert table["type"].tolist() == ["disjoint", "disjoint-equal", "no units"]
    assert table["stability"].tolist()[::2] == [1.0, 1.0]
    # j of three draws hit the third network: all disjoint (j = 0), three peaks (1, 2), one peak (3)
    assert table["stability"][1] == pytest.approx(1 - (2 / 3) ** 3 - (1 / 3) ** 3, abs=0.03)
    assert table["distance"].tolist()[:2] == pytest.approx([1.0, 2 / 3], abs=1e-3)
    assert table["distance_low"][1] < table["distance"][1] < table["distance_high"][1]
    assert table["n_units"].tolist() == [3000, 3000, 0] and (table["n_networks"] == 3).all()
    assert table["rotated_type"].tolist() == ["equal"] * 3
    assert (table["margin"][:2] > 0).all() and np.isnan(table["margin"][2])


def test_one_network_has_kinds_and_no_stability():
    table = types_table(planted([[histogram(left=0.5, right=0.5)]]), np.random.default_rng(0))
    assert table["type"].tolist() == ["disjoint"] and table["stability"].isna().all()
    assert table["distance_low"].isna().all()


def test_networks_that_count_twice_are_pooled_twice():
    counts = np.random.default_rng(2).integers(0, 9, (3, 4, 20)).astype(float)
    found = weighted(counts, np.array([[2.0, 0, 1], [1, 1, 1]]))
    np.testing.assert_allclose(found[0], 2 * counts[0] + counts[2])
    np.testing.assert_allclose(found[1], counts.sum(axis=0))


def test_types_of_the_same_histograms_are_the_same_twice(table):
    one, other = (rx.analysis.measure_ftv_types(table)["ftv_types"] for _ in range(2))
    pd.testing.assert_frame_equal(one, other)
    assert len(one) == 190
