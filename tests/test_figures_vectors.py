"""Figures of task vectors and composite rules: what stands where, and what happens without data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fake_tables import make_tables
from matplotlib.figure import Figure
from matplotlib.text import Text
from scipy.stats import mannwhitneyu

from replicortex.figures import FIGURES, Setting, draw
from replicortex.papers.yang2019.figures.composite_panels import composite_table, stacked
from replicortex.papers.yang2019.figures.plane_panels import changes

EIGHT = tuple(f"seed{i}" for i in range(8))
NAMES = ("fig6", "fig7", "figS8", "figS9", "figS10", "figS11", "figS_parallel")
TASKS = {"Anti", "Dly Anti", "Go", "Dly Go"}


def shown(name: str, whole: dict | None = None, extra: tuple[str, ...] = ()) -> Figure:
    whole = whole or make_tables()
    read = FIGURES[name].shows
    entry = replace(FIGURES[name], shows={**read, **dict.fromkeys(extra, next(iter(read.values())))})
    tables = {experiment: {table: whole[table] for table in names} for experiment, names in entry.shows.items()}
    settings = [Setting("laptop", experiment, "fast", 64) for experiment in tables]
    if entry.several:
        return draw(entry, tables, Setting.joint(settings))
    return draw(entry, next(iter(tables.values())), settings[0])


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_text().strip()]


def test_planes_show_the_table_with_an_arrow_for_each_change():
    whole = make_tables()
    figure = shown("fig6", whole)
    one, all_ = figure.axes[1:3]
    points = whole["task_planes"].query("set == 'anti'")
    for ax, rows in ((one, points.query("network == 'seed0'")), (all_, points)):
        drawn = {tuple(np.round(line.get_xydata()[0], 9)) for line in ax.lines if line.get_marker() == "o"}
        assert drawn == {tuple(xy) for xy in rows[["x", "y"]].round(9).to_numpy()}
    assert {text.get_text() for text in one.texts} >= TASKS
    assert not {text.get_text() for text in all_.texts} & TASKS
    arrows = [text for text in one.texts if getattr(text, "arrow_patch", None) is not None]
    spots = points.query("network == 'seed0'").set_index("task")[["x", "y"]]
    ends = {(tuple(np.round(arrow.xyann, 9)), tuple(np.round(arrow.xy, 9))) for arrow in arrows}
    expected = {
        tuple(tuple(spots.loc[task].round(9)) for task in pair)
        for pair in (("fdgo", "delaygo"), ("fdanti", "delayanti"))
    }
    assert ends == expected


def test_cosines_show_the_papers_pairing_first_and_the_two_others_once():
    whole = make_tables()
    ax = next(ax for ax in shown("fig6", whole).axes if ax.get_xlabel() == "Cosine, all units")
    arrow = "\N{RIGHTWARDS ARROW}"
    assert [label.get_text() for label in ax.get_yticklabels()][:3] == [
        f"Go {arrow} Dly Go\nAnti {arrow} Dly Anti",
        f"Go {arrow} Anti\nDly Go {arrow} Dly Anti",
        f"Go {arrow} Dly Anti\nDly Go {arrow} Anti",
    ]
    dots = [line.get_xdata() for line in ax.lines if line.get_marker() == "o"]
    assert len(dots) == 6
    table = whole["parallelism"].query("space == 'activity' and kind == 'paper'")
    np.testing.assert_allclose(dots[0], table.query("set == 'anti'")["cosine"])
    np.testing.assert_allclose(dots[3], table.query("set == 'context'")["cosine"])


def test_rule_weights_have_planes_and_cosines_of_their_own():
    whole = make_tables()
    whole["parallelism"].loc[whole["parallelism"]["space"] == "activity", "cosine"] = 9.0
    whole["task_planes"][["x", "y"]] = 99.0
    figure = shown("figS9", whole)
    assert all(np.abs(ax.get_xlim()).max() < 20 for ax in figure.axes)


@pytest.mark.parametrize(("name", "tasks"), [("fig7", 2), ("figS10", 2), ("figS11", 1)])
def test_boxes_have_dots_tests_and_from_six_networks_on_notches(name, tasks):
    whole = make_tables(EIGHT, n_units=24)
    axes = [ax for ax in shown(name, whole).axes if ax.get_xlabel() == "Rule input"]
    assert len(axes) == tasks
    ax, task = axes[-1], {"figS11": "dmsgo"}.get(name, "contextdelaydm1")
    wide = composite_table(whole["composite"], task, EIGHT)
    dots = [line.get_ydata() for line in ax.lines if line.get_marker() == "o"]
    np.testing.assert_allclose(np.array(dots).T, wide)
    *others, last = wide.columns
    printed = [text.get_text() for text in ax.texts]
    assert printed == [f"p = {mannwhitneyu(wide[last], wide[other]).pvalue:.1g}" for other in others[-2:]]
    few = [ax for ax in shown(name, make_tables(n_units=24)).axes if ax.get_xlabel() == "Rule input"][-1]
    corners = [{len(patch.get_path().vertices) for patch in each.patches} for each in (few, ax)]
    assert max(corners[0]) < min(corners[1]), "boxes of three networks have no notch"


def test_notches_are_the_same_in_every_drawing():
    whole = make_tables(EIGHT, n_units=24)
    one, two = ([patch.get_path().vertices for ax in shown("fig7", whole).axes for patch in ax.patches] for _ in "ab")
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


def test_one_network_has_no_test():
    assert texts(shown("fig7", make_tables(("seed0",), n_units=24))).count("one network: no test") == 2


def test_a_combination_that_is_missing_is_named():
    whole = make_tables()
    table = whole["composite"]
    lost = (table["network"] == "seed1") & (table["combination"] == "fdanti")
    with pytest.raises(ValueError, match="no performance of 'delayanti' with 'fdanti' for seed1"):
        shown("fig7", {**whole, "composite": table[~lost]})
    with pytest.raises(ValueError, match="table 'composite' has no task 'dmsgo'; it has delayanti"):
        shown("figS11", {**whole, "composite": table[table["task"] != "dmsgo"]})
    with pytest.raises(ValueError, match="no set 'context' as the paper assigns it; its sets: anti, matching"):
        changes(whole["parallelism"].query("set != 'context'"), "context")


def test_names_of_combinations_are_stacked():
    assert stacked("fdanti + delaygo - fdgo") == "Anti\n+ Dly Go\n- Go"
    assert stacked("contextdelaydm2 + contextdm1") == "Ctx Dly\nDM 2\n+ Ctx DM 1"


def test_all_tasks_with_a_vector_are_in_one_plane_and_the_others_are_told():
    whole = make_tables()
    figure = shown("figS8", whole)
    said = texts(figure)
    assert "18 task vectors of network seed 0" in said
    assert "RT Go (no vector)" in said and "RT Anti (no vector)" in said
    distances = whole["task_distances"]
    ratio = (distances["distance"] / distances["within"]).groupby(distances["network"]).min()
    nearest = next(ax for ax in figure.axes if ax.get_xlabel() == "Ratio (1: not distinct)")
    dots = [line.get_xdata()[0] for line in nearest.lines if line.get_marker() == "o"]
    np.testing.assert_allclose(dots, ratio.loc[["seed0", "seed1", "seed2"]])
    (image,) = [
        image.get_array() for ax in figure.axes for image in ax.get_images() if image.get_array().shape == (20, 20)
    ]
    assert np.isnan(np.ma.filled(image, np.nan)[1]).all(), "RT Go has no distances"


def test_controls_take_any_populations():
    figure = shown("figS_parallel", extra=("another", "a_fifth"))
    first = figure.axes[0]
    assert [label.get_text() for label in first.get_xticklabels()] == [
        "reference", "no\ndelay", "untrained", "another", "a\nfifth",
    ]  # fmt: skip
    paper = make_tables()["parallelism"].query("space == 'activity' and set == 'anti' and kind == 'paper'")["cosine"]
    found = [line.get_ydata() for line in first.lines if line.get_marker() == "o" and len(line.get_ydata()) == 3]
    assert len(found) == 5 and all(np.allclose(values, paper) for values in found)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", NAMES)
def test_networks_whose_tasks_do_not_differ_can_be_drawn(name):
    whole = make_tables(EIGHT[:2], n_units=24)
    whole["parallelism"] = whole["parallelism"].assign(cosine=np.nan)
    for table in ("task_planes", "rule_planes"):
        whole[table] = whole[table].assign(x=0.0, y=0.0, explained=np.nan)
    whole["task_distances"] = whole["task_distances"].assign(distance=0.0, within=0.0)
    whole["composite"] = whole["composite"].assign(performance=0.5)
    figure = shown(name, whole)
    figure.draw_without_rendering()
    said = " ".join(texts(figure))
    assert ("2 without" in said.replace("\n", " ")) == ("parallelism" in str(FIGURES[name].shows))
    assert ("tasks do not differ" in said) == (name in ("fig6", "figS9", "figS10", "figS11"))
