"""Figures of spiking networks from tables: panels, furniture, layout, gaps that are told, errors instead of silence."""

from __future__ import annotations

import re
from functools import cache
from itertools import combinations

import numpy as np
import pytest
from fake_force import STUDY, make_force, make_teaching
from fakes import FORCE
from matplotlib.figure import Figure
from matplotlib.text import Text

from replicortex.figures.force import FIGURES, draw
from replicortex.figures.force.registry import PANEL, TEACHING
from replicortex.figures.force.song import peak_order
from replicortex.figures.force.tables import EXAMPLE_ONLY
from replicortex.figures.style import SMOKE_MARK

LETTERS = {
    "force_fig1": "abcdef",
    "force_fig2": "abcde",
    "force_figS2": "",
    "force_fig3": "abcdef",
    "force_fig3_long": "abcde",
    "force_fig4": "abcde",
    "force_fig5": "abcd",
    "force_figS10": "abcdef",
    "force_lesions": "ab",
    "force_sizes": "abc",
    "force_gq": "abc",
}
SHOWN = [name for name in FIGURES if set(FIGURES[name].tables) != {TEACHING}]
READ = [
    (name, experiment, table)
    for name in SHOWN
    for experiment in list(FIGURES[name].tables)[:2]
    for table in FIGURES[name].tables[experiment]
]


@cache
def _made(experiment: str, networks: int | None = None) -> dict:
    return make_teaching() if experiment == TEACHING else make_force(experiment, networks=networks)


def _populations(name: str, networks: int | None = None) -> dict:
    return {experiment: dict(_made(experiment, networks)) for experiment in FIGURES[name].tables}


@cache
def _drawn(name: str) -> Figure:
    return draw(name, _populations(name), "laptop")


def _texts(figure: Figure, gid: str | None = None) -> list[str]:
    found = [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
    return [text.get_text() for text in found if gid is None or text.get_gid() == gid]


def test_all_figures_are_listed() -> None:
    assert set(LETTERS) == set(FIGURES)
    cells = [name for column in PANEL.values() for name in column.values()]
    assert len(cells) == len(set(cells)) == 34 and set(cells) <= set(STUDY.of_kind("spiking"))


@pytest.mark.parametrize("name", FIGURES)
def test_panels_footer_and_type(name: str) -> None:
    figure = _drawn(name)
    assert "".join(sorted(_texts(figure, "letter"))) == LETTERS[name]
    (footer,) = _texts(figure, "footer")
    assert footer.startswith("scale laptop")
    for experiment in set(FIGURES[name].tables) - {TEACHING}:
        assert experiment in footer
    assert [text.get_text() for text in figure.findobj(Text) if text.get_fontsize() < 6] == []
    assert SMOKE_MARK not in _texts(figure)


@pytest.mark.parametrize("name", ["force_fig2", "force_figS10"])
def test_smoke_is_marked(name: str) -> None:
    assert _texts(draw(name, _populations(name, 1), "smoke"), "smoke") == [SMOKE_MARK]


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_overlaps_another_or_leaves_the_page(name: str) -> None:
    figure = draw(name, _populations(name), "laptop")
    figure.draw_without_rendering()
    for ax in figure.axes:  # matplotlib keeps tick labels outside the limits, but does not draw them
        for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
            low, high = sorted(limits)
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if not low - 1e-9 <= tick.get_loc() <= high + 1e-9:
                    tick.label1.set_visible(False)
                    tick.label2.set_visible(False)
    shown = [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
    boxes = [(text.get_text(), text.get_window_extent().extents) for text in shown if text.get_gid() != "watermark"]
    width, height = figure.get_size_inches() * figure.dpi
    outside = [t for t, (x0, y0, x1, y1) in boxes if x0 < -1 or y0 < -1 or x1 > width + 1 or y1 > height + 1]
    assert outside == []
    point = figure.dpi / 72
    clashes = [
        (a, b)
        for (a, one), (b, two) in combinations(boxes, 2)
        if min(one[2], two[2]) - max(one[0], two[0]) > point and min(one[3], two[3]) - max(one[1], two[1]) > 2 * point
    ]
    assert clashes == []


@pytest.mark.parametrize("name", SHOWN)
def test_one_network_of_one_experiment_is_enough(name: str) -> None:
    """Scale smoke has few; what there is not is told."""
    experiment = next(iter(FIGURES[name].tables))
    figure = draw(name, {experiment: make_force(experiment, networks=1)}, "smoke")
    figure.draw_without_rendering()
    assert "n = 1 network of" in _texts(figure, "footer")[0]
    if len(FIGURES[name].tables) > 1 and name not in ("force_sizes",):
        assert any("at this scale" in text for text in _texts(figure))


@pytest.mark.parametrize("name", SHOWN)
def test_stopped_networks_are_named_and_do_not_break_a_figure(name: str) -> None:
    populations = _populations(name)
    first = next(iter(populations))
    summary = populations[first]["summary"].copy()
    summary["status"] = "stopped at 6.2 s of simulated time: neurons fired at 900 Hz"
    numbers = ["rmse", "nrmse", "aligned_nrmse", "drift_ms_per_s", "correlation", "rate_after_hz"]
    summary[numbers] = np.nan
    populations[first]["summary"] = summary
    figure = draw(name, populations, "laptop")
    figure.draw_without_rendering()
    assert "stopped by the watchdog" in _texts(figure, "footer")[0]


@pytest.mark.parametrize(("name", "experiment", "table"), READ)
def test_missing_tables_columns_and_networks_are_named(name: str, experiment: str, table: str) -> None:
    populations = _populations(name)
    whole = populations[experiment].pop(table)
    with pytest.raises(ValueError, match=f"{name}, {experiment}: table '{table}' is missing"):
        draw(name, populations, "laptop")
    column = list(FORCE[table].columns)[-1]
    populations[experiment][table] = whole.drop(columns=column)
    with pytest.raises(ValueError, match=f"{name}, {experiment}: table '{table}' lacks a column: '{column}'"):
        draw(name, populations, "laptop")
    if table in EXAMPLE_ONLY or table in ("maxima", "dwell"):
        return
    lost = whole["network"].iloc[0]
    populations[experiment][table] = whole[whole["network"] != lost]
    if table == "summary" and whole["network"].nunique() == 1:
        message = "table 'summary' has no rows"
    elif table == "summary":
        message = "unknown to the summary"
    else:
        message = rf"table '{table}' has no rows for {re.escape(lost)}"
    if table == "summary" and "course" not in FIGURES[name].tables[experiment] and whole["network"].nunique() > 1:
        if not set(FIGURES[name].tables[experiment]) - {"summary", *EXAMPLE_ONLY, "maxima", "dwell"}:
            return  # nothing else says that there was another
    with pytest.raises(ValueError, match=message):
        draw(name, populations, "laptop")


def test_unknown_figures_and_experiments() -> None:
    with pytest.raises(ValueError, match="figure: 'force_figs2' is not one of .* did you mean 'force_figS2'"):
        draw("force_figs2", {}, "laptop")
    with pytest.raises(ValueError, match="force_gq: experiment: 'gq_lf' is not one of gq_lif; did you mean 'gq_lif'"):
        draw("force_gq", {"gq_lf": {}}, "laptop")


def test_the_plane_shows_medians_over_seeds() -> None:
    tables = dict(make_force("gq_lif"))
    members, summary = tables["members"], tables["summary"].copy()
    place = (members["gain"] == 0.04) & (members["feedback"] == 20)
    summary.loc[place.to_numpy(), "aligned_nrmse"] = [0.25, 0.5, 0.45, 0.55, 0.75]
    summary["status"] = "ok"
    summary.loc[((members["gain"] == 0.32) & (members["feedback"] == 80)).to_numpy(), "status"] = "stopped"
    tables["summary"] = summary
    figure = draw("force_gq", {"gq_lif": tables}, "laptop")
    image = np.asarray(figure.axes[0].get_images()[0].get_array().filled(np.nan))
    assert image[2, 3] == pytest.approx(0.5)
    assert np.isnan(image[5, 5]) and np.isfinite(image).sum() == 35
    assert "×" in _texts(figure)


def test_neurons_are_ordered_by_the_time_of_their_highest_rate() -> None:
    import pandas as pd

    rng = np.random.default_rng(0)
    times = {cell: np.concatenate([rng.normal(peak, 0.05, 30), rng.uniform(0, 10, 5)])
             for cell, peak in ((0, 8.0), (3, 2.0), (5, 5.0))}  # fmt: skip
    table = pd.concat([pd.DataFrame({"cell": cell, "time_s": each}) for cell, each in times.items()])
    assert peak_order(table) == [3, 5, 0]
    assert peak_order(table[:0]) == []


def test_points_far_from_the_boundary_and_networks_that_ran_away_are_told() -> None:
    from replicortex.figures.force.classes import boundary

    assert boundary("supp_class_lin")[100].tolist() == pytest.approx([100 / 399, 100 / 399])
    assert boundary("supp_class_nonlin")[:, 1].max() == pytest.approx(1, abs=1e-4)
    tables = dict(make_force("fig4_song"))
    lesions = tables["lesions"].copy()
    lost = (lesions["kind"] == "excitation") & (lesions["level"] == 1.2) & lesions["network"].isin(["seed0", "seed3"])
    lesions.loc[lost, ["correlation", "demeaned", "nrmse"]] = np.nan
    figure = draw("force_lesions", {"fig4_song": tables | {"lesions": lesions}}, "laptop")
    assert "2/5" in _texts(figure)
