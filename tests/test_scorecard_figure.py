"""The scorecard's page: every row with its words, axis and verdict, and nothing told by colour alone."""

import fake_tables
import numpy as np
import pytest
from fake_populations import whole_scorecard

from replicortex.papers.yang2019.claims.first_rows import FIRST_CLAIMS as FIRST
from replicortex.report.figures.scorecard import COLOURS, scorecard_figure
from replicortex.report.render import SIGNS, interval
from replicortex.report.style import Setting, save
from replicortex.scorecard import VERDICTS, evaluate

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def scorecard():
    return whole_scorecard()


def texts(figure):
    return [text.get_text() for text in figure.texts]


def test_every_claim_is_told_with_value_verdict_and_axis(scorecard):
    figure = scorecard_figure(scorecard)
    words = texts(figure)
    for _, row in scorecard.iterrows():
        assert row["id"] in words
        assert row["statement"] in [text.replace("\n", " ") for text in words]
    for verdict, count in scorecard["verdict"].value_counts().items():
        assert words.count(SIGNS[verdict]) == words.count(verdict.replace(" ", "\n")) == count
    assert len(figure.axes) == scorecard["value"].notna().sum() >= len(FIRST)


def test_axes_hold_estimate_interval_and_threshold(scorecard):
    figure = scorecard_figure(scorecard)
    for ax, (_, row) in zip(figure.axes, scorecard[scorecard["value"].notna()].iterrows(), strict=True):
        low, high = ax.get_xlim()
        shown = row[["value", "low", "high", "threshold_low", "threshold_high"]].to_numpy(dtype=float)
        assert np.nanmin(shown) > low and np.nanmax(shown) < high
        interval, point = ax.lines[-2:]
        assert list(interval.get_xdata()) == [row["low"], row["high"]]
        assert list(np.atleast_1d(point.get_xdata())) == [row["value"]]


def test_the_page_grows_with_its_rows_and_text_stays_on_it(scorecard):
    figure = scorecard_figure(scorecard)
    assert figure.get_size_inches()[1] > scorecard_figure(scorecard.head(3)).get_size_inches()[1]
    box = figure.bbox
    for text in figure.texts:
        extent = text.get_window_extent()
        assert extent.x0 >= 0 and extent.x1 <= box.x1 and extent.y0 >= 0 and extent.y1 <= box.y1


def test_no_word_lies_over_another(scorecard):
    """The longest texts of each column, and a verdict of several words above the note on rows by construction."""
    intervals = scorecard.apply(interval, axis=1)
    columns = [intervals, *(scorecard[name] for name in ("id", "statement", "quantity", "reason"))]
    longest = {row for column in columns for row in column.str.len().nlargest(4).index}
    rows = scorecard.loc[sorted(longest)].copy()
    untested = dict(
        verdict="not testable yet", by_construction=True, value=np.nan, reason="no networks of it are there"
    )
    rows.loc[rows.index[0], list(untested)] = list(untested.values())
    rows.loc[rows.index[1], "id"] = "PR-2c-2*"
    figure = scorecard_figure(rows)
    figure.set_dpi(200)  # of the PNG
    boxes = [(text.get_window_extent().padded(-1), text.get_text()) for text in figure.texts if text.get_text()]
    assert not [(a, b) for i, (box, a) in enumerate(boxes) for other, b in boxes[:i] if box.overlaps(other)]


def test_a_row_that_cannot_be_tested_shows_its_reason_instead_of_an_axis():
    tables = fake_tables.make_tables()
    del tables["memory"]
    figure = scorecard_figure(evaluate(tables, scale="laptop", claims=FIRST))
    assert len(figure.axes) == len(FIRST) - 1
    assert any("was not measured" in text.replace("\n", " ") for text in texts(figure))


def test_smoke_is_marked_and_footers_tell_scale_and_setting(scorecard):
    smoke = scorecard_figure(evaluate(fake_tables.make_tables(), scale="smoke", claims=FIRST))
    assert any(text.get_gid() == "smoke" for text in smoke.texts)
    assert texts(smoke).count(SIGNS["smoke"]) == len(FIRST)
    plain = scorecard_figure(scorecard, Setting("laptop", "reference", "fast", 256, "trained here"))
    footer = next(text.get_text() for text in plain.texts if text.get_gid() == "footer")
    assert "scale laptop" in footer and "256 units" in footer and "schedule fast" in footer
    assert footer.endswith("networks: trained here")
    names = ("reference", "tanh_gru", *"abcdefg")
    each = [Setting("laptop", name, "fast", "128, 512", "trained here") for name in names]
    told = next(t for t in scorecard_figure(scorecard, Setting.joint(each)).texts if t.get_gid() == "footer")
    lines = told.get_text().splitlines()
    assert lines[0].endswith("networks: trained here") and len(lines) > 2
    assert " ".join(lines[1:]).startswith("reference (128, 512 units, fast), tanh_gru (128, 512 units, fast), a (")


def test_every_verdict_has_a_sign_and_a_colour():
    assert set(VERDICTS) == set(SIGNS) == set(COLOURS)
    assert len(set(SIGNS.values())) == len(SIGNS)


def test_the_same_scorecard_gives_the_same_files(scorecard, tmp_path):
    first = save(scorecard_figure(scorecard.head(3)), tmp_path / "a.pdf")
    second = save(scorecard_figure(scorecard.head(3)), tmp_path / "b.pdf")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_what_cannot_be_drawn_is_refused(scorecard):
    with pytest.raises(ValueError, match="scorecard: no rows"):
        scorecard_figure(scorecard.head(0))
    with pytest.raises(ValueError, match="rows of several scales \\(laptop, paper\\)"):
        scorecard_figure(scorecard.assign(scale=["laptop"] + ["paper"] * (len(scorecard) - 1)))
    with pytest.raises(ValueError, match="table 'scorecard' lacks a column: 'verdict'"):
        scorecard_figure(scorecard.drop(columns="verdict"))
    with pytest.raises(ValueError, match="verdict 'maybe' is not one of replicated"):
        scorecard_figure(scorecard.assign(verdict="maybe"))
