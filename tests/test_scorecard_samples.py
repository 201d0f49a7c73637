"""How many networks a claim needs: parts of the population against the same claims on tables with networks removed."""

from __future__ import annotations

from itertools import combinations
from math import comb

import fake_tables
import numpy as np
import pandas as pd
import pytest
from fakes import YANG, fake
from scipy import stats

from replicortex.figures import Setting
from replicortex.papers.yang2019.claims import CLAIMS
from replicortex.report.figures.figs_samples import samples_figure
from replicortex.report.intervals import Subsample, exact, median_over_networks, share_of_networks, weakest
from replicortex.report.proportions import wilson
from replicortex.report.sample_size import PARTS, parts_of, sizes_tried
from replicortex.scorecard import Claim, Estimate, above, evaluate, judge_all, sample_size

pytestmark = pytest.mark.long

NETWORKS = tuple(f"seed{i}" for i in range(5))
RNG = np.random.default_rng
HISTORY = fake(YANG["history"], ["a"])
SETTING = Setting("laptop", "reference", "fast", 64, "trained here")


@pytest.fixture(scope="module")
def tables():
    return fake_tables.make_tables(NETWORKS, n_units=24)


@pytest.fixture(scope="module")
def samples(tables):
    return sample_size(judge_all(tables, scale="laptop"), scale="laptop")


@pytest.fixture(scope="module")
def card(tables):
    return evaluate(tables, scale="laptop").set_index("id")


def claim(statistic, threshold=0.0):
    words = dict.fromkeys(("panel", "statement", "measure", "why"), "x")
    return Claim(
        id="test", statistic=statistic, quantity="q", threshold=above(threshold), threshold_by="ours", needs=(), **words
    )


def judged_on_parts(row):
    return sample_size(judge_all({"history": HISTORY}, scale="laptop", claims=[row]), scale="laptop")


def test_every_number_of_a_few_networks_is_tried_and_ten_of_many():
    assert sizes_tried(2) == [2] and sizes_tried(1) == []
    assert sizes_tried(11) == list(range(2, 12))
    many = sizes_tried(40)
    assert many[0] == 2 and many[-1] == 40 and len(many) == 10 and many == sorted(set(many))


@pytest.mark.parametrize(("n", "size"), [(4, 2), (5, 5), (40, 2), (40, 39), (40, 20)])
def test_parts_differ_and_are_all_there_are_where_those_are_few(n, size):
    parts = [tuple(part) for part in parts_of(n, size, RNG(0))]
    assert len(set(parts)) == len(parts) == min(PARTS, comb(n, size))
    assert all(len(set(part)) == size and min(part) >= 0 and max(part) < n for part in parts)
    if comb(n, size) <= PARTS:
        assert sorted(parts) == list(combinations(range(n), size))


def test_a_part_is_judged_as_tables_without_the_other_networks(tables, samples):
    """Values of every claim on every pair of networks, by evaluating tables from which the others were removed."""
    values: dict[str, list[float]] = {}
    tried = [each for each in CLAIMS if each.id in set(samples["id"])]
    for pair in combinations(NETWORKS, 2):
        kept = {
            name: table[table["network"].isin(pair)] if "network" in table else table for name, table in tables.items()
        }
        for _, row in evaluate(kept, scale="laptop", claims=tried).iterrows():
            values.setdefault(row["id"], []).append(row["value"])
    pairs = samples.query("n == 2").set_index("id")
    assert (pairs["n_parts"] == 10).all()
    for name, found in values.items():
        assert (pairs.loc[name, "value_low"], pairs.loc[name, "value_high"]) == pytest.approx((min(found), max(found)))


def test_the_last_part_is_the_whole(card, samples):
    whole = samples.query("n == 5").set_index("id")
    card = card.loc[whole.index]
    assert (whole["n_parts"] == 1).all() and (whole["whole_n"] == 5).all()
    np.testing.assert_allclose(whole["width"], card["high"] - card["low"])
    assert (whole["whole_verdict"] == card["verdict"]).all()
    for name, row in whole.iterrows():
        assert row[card.loc[name, "verdict"]] == 1


def test_every_claim_on_a_population_is_there_and_no_other(card, samples):
    missing = set(card.index[~card["verdict"].str.startswith("not testable")]) - set(samples["id"])
    # an exact count, and claims judged on trials of one network, of an observer or on recordings, or that are about the
    # example among the others
    assert missing == {"M1", "M2", "2e-1", "8e", "S12b-e", "4x"}
    assert card.loc[list(missing - {"M1", "8e", "S12b-e", "4x"}), "n_of"].str.contains("trials").all()
    shares = samples[["replicated", "not replicated", "inconclusive"]]
    np.testing.assert_allclose(shares.sum(axis=1), 1)


def test_widths_of_shares_are_wilsons():
    holds = pd.Series([True] * 6 + [False] * 2)
    found = judged_on_parts(claim(lambda t, r: share_of_networks(holds), 0.5))
    (three,) = found.query("n == 3").itertuples(index=False)
    assert three.n_parts == PARTS
    widths = {np.diff(wilson(k, 3)).item() for k in (1, 2, 3)}
    assert three.width in [pytest.approx(width) for width in widths]


def test_width_falls_with_the_root_of_n():
    values = pd.Series(RNG(0).normal(size=200))
    found = judged_on_parts(claim(lambda t, r: median_over_networks(values)))
    large = found[found["n"] >= 10]
    slope = stats.linregress(np.log(large["n"]), np.log(large["width"])).slope
    assert slope == pytest.approx(-0.5, abs=0.12)


def test_parts_of_an_estimate_of_several_parts_are_of_the_same_networks():
    values = pd.Series(np.arange(6.0))
    whole = weakest({"up": median_over_networks(values), "down": median_over_networks(-values)})
    assert whole.again is not None and whole.again.sizes == (6,)
    part = whole.again.part((np.array([4, 5]),), RNG(0))
    assert part.value == -4.5 and part.n == 2
    other = {"six": median_over_networks(values), "five": median_over_networks(values[:5])}
    assert weakest(other).again is None
    assert weakest({"exact": exact(1.0, 6), "six": other["six"]}).again is None


def test_independent_groups_are_resampled_each_by_itself():
    one, other = np.arange(8.0), 100 + np.arange(4.0)

    def difference(tables, rng):
        def part(indices, rng):
            first, second = one[indices[0]], other[indices[1]]
            gap = float(np.median(second) - np.median(first))
            return Estimate(gap, gap - 1, gap + 1, len(first) + len(second))

        return Estimate(98.0, 97, 99, 12, again=Subsample((8, 4), part))

    found = judged_on_parts(claim(difference, 95.0))
    assert found["n"].tolist() == [2, 3, 4] and (found["whole_n"] == 4).all()
    assert (found["value_low"] >= 93).all() and (found["value_high"] <= 102.5).all()
    assert found["n_parts"].tolist() == [6, 4, 1]


def test_one_network_leaves_nothing_to_draw_and_the_page_says_so():
    empty = sample_size(judge_all(fake_tables.make_tables(("seed0",), n_units=24), scale="laptop"), scale="laptop")
    assert empty.empty
    figure = samples_figure(empty, SETTING)
    assert any("No claim could be tested on two networks" in text.get_text() for text in figure.texts)


def test_the_page_shows_shares_and_says_from_when_on_a_claim_is_settled(samples):
    figure = samples_figure(samples, SETTING)
    assert len(figure.axes) == 2 * samples["id"].nunique()
    rows = samples[samples["id"] == samples["id"].iloc[0]]
    bars = figure.axes[0].patches
    heights = np.array([bar.get_height() for bar in bars]).reshape(3, len(rows))
    np.testing.assert_allclose(heights, rows[["replicated", "inconclusive", "not replicated"]].to_numpy().T)
    box = figure.bbox
    for text in figure.texts:
        extent = text.get_window_extent()
        assert extent.x0 >= 0 and extent.x1 <= box.x1 and extent.y0 >= 0 and extent.y1 <= box.y1
    with pytest.raises(ValueError, match="table 'sample_size' lacks a column: 'width' is not one of"):
        samples_figure(samples.drop(columns="width"), SETTING)


def test_curves_of_widths_stay_in_their_panels(samples):
    assert samples["width"].isna().any()  # two networks have no interval
    for ax in samples_figure(samples, SETTING).axes[1::2]:
        low, high = ax.get_ylim()
        y = ax.lines[0].get_ydata()
        assert low <= np.nanmin(y) and np.nanmax(y) <= high


@pytest.mark.parametrize(
    ("shares", "said"),
    [([0.2, 0.9, 1.0], "✓ from\nn = 3"), ([0.9, 0.5, 1.0], "✓ at n = 4\nonly"), ([0.8, 0.8, 1.0], "✓ from\nn = 2")],
)
def test_settled_means_settled_from_there_on(samples, shares, said):
    rows = samples[samples["id"] == "1c"].head(3).copy()
    rows[["n", "whole_n", "whole_verdict"]] = [[n, 4, "replicated"] for n in (2, 3, 4)]
    rows["replicated"], rows["inconclusive"], rows["not replicated"] = shares, 1 - np.array(shares), 0.0
    assert said in [text.get_text() for text in samples_figure(rows, SETTING).texts]
