"""Figure 5, S7, the Anti units and recordings: numbers shown, and what is missing is told."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from analysis_networks import channel_network
from fake_circuit import make_recordings
from fake_tables import make_tables
from matplotlib.figure import Figure
from matplotlib.text import Text

import replicortex as rx
from replicortex.figures import FIGURES, Setting, draw
from replicortex.papers.yang2019.figures import recording_panels
from replicortex.papers.yang2019.figures.recording_panels import Panel, panels
from replicortex.report.style import page

SETTING = Setting("laptop", "reference", "fast", 64)
MINE = ("fig5", "figS7", "figS_anti", "figS_recordings")


def tables(name: str, **options: object) -> dict[str, pd.DataFrame]:
    made = make_tables(**options)
    return {table: made[table] for table in FIGURES[name].shows["reference"]}


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]


def axes() -> tuple:
    figure = Figure(figsize=(2, 2))
    return figure, figure.add_axes((0.2, 0.2, 0.7, 0.7))


def heights(ax) -> list[np.ndarray]:
    return [np.asarray(patch.get_data().values) for patch in ax.patches]


def test_lesions_are_drawn_as_bars_of_the_example() -> None:
    made = tables("fig5")
    figure = draw("fig5", made, SETTING)
    (ax,) = [ax for ax in figure.axes if ax.get_ylabel() == "Correct, of decided trials"]
    shown = [patch.get_height() for patch in ax.patches]
    own = made["group_lesions"].query("network == 'seed0'").set_index(["lesion", "task"])["performance"]
    expected = [own[lesion, task] for lesion in ("intact", "1", "2", "12", "1+2")
                for task in ("contextdm1", "contextdm2", "dm1", "dm2", "multidm")]  # fmt: skip
    assert shown == pytest.approx(expected)


def test_connections_are_drawn_from_row_to_column() -> None:
    made = tables("fig5")
    figure = draw("fig5", made, SETTING)
    (map_,) = [
        np.asarray(image.get_array())
        for ax in figure.axes
        for image in ax.get_images()
        if image.get_array().shape == (3, 3)
    ]
    own = made["group_connections"].query("network == 'seed0'").set_index(["source", "target"])["mean"]
    assert map_[0, 2] == own["1", "12"] and map_[2, 0] == own["12", "1"]


def test_maps_show_shares_of_decided_trials() -> None:
    made = tables("figS7")
    maps = made["group_maps"]
    cell = (maps["network"] == "seed0") & (maps["lesion"] == "1") & (maps["coherence_1"] > 0.09)
    cell &= maps["coherence_2"] < -0.09
    maps.loc[cell, ["n_choice1", "n_choice2", "n_undecided"]] = 3, 1, 16
    nothing = (maps["network"] == "seed0") & (maps["lesion"] == "12")
    maps.loc[nothing, ["n_choice1", "n_choice2", "n_undecided"]] = 0, 0, 20
    figure = draw("figS7", made, SETTING)
    shown = [np.ma.filled(image.get_array(), np.nan) for ax in figure.axes for image in ax.get_images()]
    shown = [image for image in shown if image.shape == (8, 8)]
    assert len(shown) == 10 and shown[1][0, 7] == 0.75  # modality 2 upwards, modality 1 to the right
    assert np.isnan(shown[3]).all() and "100% undecided" in "".join(texts(figure))


def test_one_network_needs_no_mean_over_networks() -> None:
    figure = draw("figS7", tables("figS7", networks=("seed7",)), SETTING)
    assert [text.get_text() for text in figure.texts if text.get_gid() == "letter"] == ["a"]


def test_groups_without_units_are_told() -> None:
    made = tables("fig5")
    made["context_groups"]["group"] = made["context_groups"]["group"].replace("12", "none")
    tuning, links, rules = (made[f"group_{name}"] for name in ("tuning", "connections", "rules"))
    tuning.loc[tuning["group"] == "12", ["mean", "sem", "n_units"]] = np.nan, np.nan, 0
    links.loc[(links["source"] == "12") | (links["target"] == "12"), ["mean", "n_pairs"]] = np.nan, 0
    made["group_rules"] = rules.assign(group=rules["group"].replace("12", "none"))
    shown = texts(draw("fig5", made, SETTING))
    assert "without units: Group 12" in shown and "Group 12\n0 units" in shown
    assert shown.count("no\npairs") == 5


@pytest.mark.long
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", MINE)
def test_networks_without_active_units_can_be_drawn(name: str) -> None:
    """Tables as they are measured on networks in which nothing varies."""
    net = channel_network([65, 66], labels=["seed0"])
    quiet = rx.analysis.measure_variance([net])["task_variance"]
    made = make_tables(networks=("seed0",)) | rx.analysis.measure_context([net], quiet)
    made |= rx.analysis.measure_anti([net], quiet, draws=2) | rx.analysis.measure_conditions([net])
    made |= rx.analysis.measure_recordings([])
    figure = draw(name, {table: made[table] for table in FIGURES[name].shows["reference"]}, SETTING)
    figure.draw_without_rendering()
    told = {
        "fig5": "without units: Group 1, Group 2, Group 12",
        "figS_anti": "without units: Anti units, Other active units",
    }
    assert told.get(name, "") in "\n".join(texts(figure))


def test_without_recordings_the_panel_says_so() -> None:
    for nothing in (None, make_recordings(np.random.default_rng(0), ())):
        figure, ax = axes()
        recording_panels.recordings_panel(ax, nothing)
        assert "recordings not available" in texts(figure) and not ax.patches
        assert panels(nothing) == (Panel(None, "recorded"), Panel(None, "shuffled")) * 2
        for panel in panels(nothing):
            recording_panels.recordings_panel(axes()[1], nothing, panel)
    made = tables("figS_recordings")
    made["recordings_ftv"] = made["recordings_ftv"][:0]
    assert "recordings not available" in texts(draw("figS_recordings", made, SETTING))


def test_recorded_units_are_pooled_and_shuffles_outlined() -> None:
    table = make_recordings(np.random.default_rng(0))
    figure, ax = axes()
    recording_panels.recordings_panel(ax, table)
    recorded = table.query("kind == 'recorded'")["ftv"]
    expected = np.histogram(recorded, 20, (-1, 1))[0] / len(recorded)
    np.testing.assert_allclose(heights(ax)[-1], expected)
    shuffles = [np.histogram(part["ftv"], 20, (-1, 1))[0] / len(part)
                for _, part in table.query("kind == 'shuffled'").groupby("shuffle")]  # fmt: skip
    np.testing.assert_allclose(heights(ax)[0], np.max(shuffles, axis=0))
    np.testing.assert_allclose(heights(ax)[1], np.median(shuffles, axis=0))
    assert any("120 units, 2 animals" in text for text in texts(figure))


def test_each_animal_has_its_panels() -> None:
    table = make_recordings(np.random.default_rng(0))
    table.loc[0, "ftv"] = np.nan
    assert [panel.title for panel in panels(table)] == [
        "ar, recorded", "ar, trials shuffled", "fe, recorded", "fe, trials shuffled"
    ]  # fmt: skip
    figure, ax = axes()
    recording_panels.recordings_panel(ax, table, panels(table)[0])
    own = table.query("kind == 'recorded' and animal == 'ar'")["ftv"].dropna()
    np.testing.assert_allclose(heights(ax)[-1], np.histogram(own, 20, (-1, 1))[0] / 59)
    assert "60 units\n1 without an FTV" in texts(figure)


@pytest.mark.parametrize(("animals", "letters", "rows"), [((), "bcde", 1), (("ar", "fe", "li"), "bcdefg", 2)])
def test_panels_are_set_in_rows_of_four(animals: tuple[str, ...], letters: str, rows: int) -> None:
    table = make_recordings(np.random.default_rng(0), animals)
    height = recording_panels.row_height(table)
    assert height == rows * recording_panels.row_height(None)
    figure = page("Figure", 0.5 + height, SETTING, "")
    recording_panels.panel_rows(figure, table, 0.5)
    assert "".join(text.get_text() for text in figure.texts if text.get_gid() == "letter") == letters
    boxes = [ax.get_position() for ax in figure.axes]
    assert len(boxes) == len(letters) and min(box.y0 for box in boxes) > 0 and max(box.x1 for box in boxes) < 1
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))


def test_networks_without_active_units_are_counted() -> None:
    table = make_tables()["condition_variance"]
    table.loc[table["network"] == "seed1", "ftv"] = np.nan
    figure, ax = axes()
    recording_panels.model_panel(ax, table, ("seed0", "seed1", "seed2"))
    assert "3 networks,\n1 without active units" in texts(figure)
    figure, ax = axes()
    recording_panels.model_panel(ax, table.assign(ftv=np.nan), ("seed0", "seed1", "seed2"))
    assert "no unit is active\nin either context" in texts(figure)
