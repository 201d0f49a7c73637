"""Distance from the limit, networks needed, false verdicts by chance, and what is counted apart."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from fake_tables import make_tables
from scipy import stats

from replicortex.report.certainty import certainty, false_verdicts
from replicortex.report.intervals import exact
from replicortex.report.render import changes_markdown, counted
from replicortex.scorecard import CLAIMS, Estimate, above, at_least, below, between, evaluate, tally

INF = float("inf")


@pytest.mark.parametrize(
    ("threshold", "estimate", "expected"),
    [
        (above(0.5), Estimate(0.7, 0.6, 0.8, 20), (0.2, 2.0, 5)),  # decided by a quarter of the networks
        (above(0.5), Estimate(0.6, 0.4, 0.9, 20), (0.1, 0.5, 80)),
        (above(0.5), Estimate(0.4, 0.3, 0.6, 20), (-0.1, 0.5, 80)),  # the upper end has to pass
        (below(0.5), Estimate(0.4, 0.3, 0.6, 20), (0.1, 0.5, 80)),
        (between(10, 20), Estimate(16, 11, 22, 40), (4, 4 / 6, 90)),
        (above(0.5), Estimate(0.5, 0.5, 0.55, 40), (0.0, 0.0, INF)),
        (above(0.0), Estimate(2.8e-17, -0.03, 0.03, 40), (0.0, 0.0, INF)),
    ],
)
def test_distance_and_networks_needed(threshold, estimate, expected):
    assert certainty(threshold, estimate) == pytest.approx(expected)


def test_a_count_has_no_interval_and_a_row_without_value_no_distance():
    assert certainty(at_least(3), exact(3.0, 40))[:2] == (0.0, INF)
    assert np.isnan(certainty(above(0), Estimate(np.nan, np.nan, np.nan, 0))).all()
    assert np.isnan(certainty(above(0), Estimate(1.0, np.nan, np.nan, 1))[1:]).all()


def test_decided_means_beyond_half_of_the_interval():
    """`in_intervals` above 1 is the verdict itself, whatever the threshold."""
    rng = np.random.default_rng(1)
    for threshold in (above(0.0), below(0.0)):
        for value, low, high in rng.normal(0, 1, (200, 3)) * [1, 0.5, 0.5] + [0, 0, 0]:
            estimate = Estimate(value, value - abs(low), value + abs(high), 10)
            decided = threshold.verdict(estimate) != "inconclusive"
            assert decided == (certainty(threshold, estimate).in_intervals > 1)


def test_false_verdicts_are_those_of_simulated_rows():
    """Rows whose true values lie at the limit are decided wrongly in one direction in 2.5 % of the cases."""
    rng = np.random.default_rng(0)
    n = 40_000
    values = rng.normal(0, 1, n)
    wrong = (values - stats.norm.ppf(0.975) > 0).mean()
    rows = pd.DataFrame({"verdict": ["replicated"] * 80, "in_intervals": 1.0, "by_construction": False})
    found = false_verdicts(rows)
    assert found.at_most == pytest.approx(80 * wrong, rel=0.1)
    assert found.expected == pytest.approx(80 * 0.025)
    firm = false_verdicts(rows.assign(in_intervals=[2.0] * 40 + [INF] * 40))
    assert firm.decided == 40 and firm.expected < 0.01
    assert false_verdicts(rows.assign(by_construction=True)).decided == 0


def card():
    chosen = [claim for claim in CLAIMS if claim.id in ("M1", "S8", "5d", "4d", "4d*", "6b")]
    return evaluate(make_tables(), scale="laptop", claims=chosen)


def test_rows_by_construction_and_revised_ones_are_counted_apart():
    rows = counted(card())
    ids = {kind: list(part["id"]) for kind, part in rows.items()}
    assert ids == {"claims": ["4d", "5d", "6b"], "by construction": ["M1", "S8"], "revised": ["4d*"]}
    text = tally(card())
    assert text.startswith("3 claims: ") and "2 more hold by construction: " in text
    assert "1 revised statistics: 1 not testable yet." in text


def test_changes_name_every_later_statistic_with_its_reason():
    table = changes_markdown(CLAIMS)
    assert table.count("\n") == 2 + sum(bool(claim.written) for claim in CLAIMS)
    assert "| 2026-11-30 18:20 | 4d* | revises 4d:" in table
    first = next(claim for claim in CLAIMS if claim.id == "M1")
    assert changes_markdown([replace(first)]).count("\n") == 2
