"""Every figure: panels, furniture, type, layout."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fake_figures import LETTERS, SHIPPED, SPIKING, setting_of, tables_of, texts_of, wanted
from fake_tables import TASKS, make_tables
from fakes import YANG, complete
from matplotlib.figure import Figure
from matplotlib.text import Text

from replicortex.figures import FIGURES, Setting, draw
from replicortex.papers.yang2019.figures import ftv
from replicortex.pipeline import Figure as Paged
from replicortex.pipeline import papers
from replicortex.report.style import FAMILY, FAMILY_COLOUR, SMOKE_MARK, TASK_ORDER, provenances

ONE_NETWORK = ("seed7",)
ONE = ("fig2", "figS10", "primer_perceptual", "force_gq")
BESIDE_OTHERS = [
    *("fig4", "fig7", "figS_optimisers", "figS_parallel", "figS_schedules", "figS_sizes", "figS_training_length"),
    *("primer_meta_rl", "primer_fixed_points", "force_fig2", "force_fig5", "force_figS10", "force_lesions"),
]
OF_ALL_TASKS = ("fig1", "fig2", "figS1", "figS3", "figS5")


@pytest.fixture(scope="module", params=FIGURES)
def drawn(request: pytest.FixtureRequest) -> tuple[str, Figure]:
    """Each figure in turn with its name: drawn once for all tests of it, and let go before the next."""
    return request.param, draw(request.param, tables_of(request.param), setting_of(request.param))


@pytest.fixture(scope="module")
def fig2() -> Figure:
    return draw("fig2", tables_of("fig2"), setting_of("fig2"))


def test_every_paper_has_figures() -> None:
    named = [figure.name for paper in papers().values() for figure in paper.figures]
    assert sorted(named) == sorted(FIGURES) == sorted(LETTERS)
    assert all(paper.figures for paper in papers().values())


def test_letters_footer_and_type(drawn: tuple[str, Figure]) -> None:
    name, figure = drawn
    assert "".join(sorted(texts_of(figure, "letter"))) == LETTERS[name]
    (footer,) = texts_of(figure, "footer")
    networks = [] if name == "force_fig1" else [f"networks: {SHIPPED}"]
    for part in [*wanted(name), *networks, *FIGURES[name].shows]:
        assert part in footer
    assert all(experiment in footer for experiment in FIGURES[name].optional)
    (text,) = (text for text in figure.texts if text.get_gid() == "footer")
    assert text.get_window_extent().x1 < figure.bbox.x1, "the footer runs off the page"
    assert [text.get_text() for text in figure.findobj(Text) if text.get_fontsize() < 6] == []
    assert figure.get_figwidth() == pytest.approx(180 / 25.4, abs=0.01)
    assert SMOKE_MARK not in texts_of(figure)
    if name in OF_ALL_TASKS:
        assert {"Go", "RT Anti", "Ctx DM 1", "MultSen Dly DM", "DNMC"} <= set(texts_of(figure))


@pytest.fixture(scope="module", params=FIGURES)
def alone(request: pytest.FixtureRequest) -> tuple[str, Figure]:
    """Each figure in turn with its name, of one network at scale smoke."""
    name = request.param
    return name, draw(name, tables_of(name, networks=ONE_NETWORK), setting_of(name, "smoke", ""))


@pytest.mark.long
def test_one_network_is_enough_and_smoke_is_marked(alone: tuple[str, Figure]) -> None:
    name, figure = alone
    assert texts_of(figure, "smoke") == texts_of(figure, "watermark") == [SMOKE_MARK]
    footer = texts_of(figure, "footer")[0].replace("\n", " ")
    assert name == "force_fig1" or re.search(rf"n = \d+ networks? \(seed {0 if name in SPIKING else 7}", footer)


def of_mine(name: str) -> tuple[Paged, Any, Setting]:
    """A figure with the population "mine" in place of its first, that population's tables, and the setting."""
    entry, tables, setting = FIGURES[name], tables_of(name, networks=ONE_NETWORK), setting_of(name, "smoke", "")
    first = next(iter(entry.every))
    if not entry.several:
        return entry.showing("mine"), tables, replace(setting, experiment="mine")
    mine = {"mine": tables.pop(first)}
    each = [replace(one, experiment="mine") if key == first else one for key, one in setting.each.items()]
    return entry.showing("mine"), mine | tables, Setting.joint(each)


@pytest.mark.long
@pytest.mark.parametrize("alone", [*ONE, *BESIDE_OTHERS], indirect=True)
def test_another_population_stands_in_the_place_of_the_first(alone: tuple[str, Figure]) -> None:
    """It is drawn the same, and named as what is shown."""
    name, own = alone
    first, other = next(iter(FIGURES[name].every)), draw(*of_mine(name))
    assert [len(ax.lines) for ax in other.axes] == [len(ax.lines) for ax in own.axes]
    told = " ".join(texts_of(other)).replace("\n", " ").replace("_", " ")
    assert "mine" in texts_of(other, "footer")[0]
    assert first.replace("_", " ") not in told.replace("primer perceptual", "") or first == "primer_perceptual"


def _boxes(figure: Figure) -> list[tuple[str, np.ndarray]]:
    """Every visible text of a figure that was laid out, with its box in pixels, as (x0, y0, x1, y1)."""
    boxes = []
    for text in figure.findobj(Text):
        if text.get_text().strip() and text.get_visible() and text.get_gid() != "watermark":
            if text.axes is not None and not text.axes.axison and text.axes.title is text:
                continue
            boxes.append((text.get_text(), text.get_window_extent().extents))
    return [(text, box) for text, box in boxes if np.ptp(box[[0, 2]]) > 0]


def _shown_ticks_only(figure: Figure) -> None:
    """Hide tick labels outside the limits: matplotlib keeps them, but does not draw them."""
    figure.draw_without_rendering()
    for ax in figure.axes:
        for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
            low, high = sorted(limits)
            slack = 1e-6 * (high - low)
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                inside = low - slack <= tick.get_loc() <= high + slack
                if not inside or not ax.axison:
                    tick.label1.set_visible(False)
                    tick.label2.set_visible(False)


MANY = tuple(f"seed{i}" for i in range(40))


def test_no_text_overlaps_another_or_leaves_the_page(drawn: tuple[str, Figure]) -> None:
    _check_layout(drawn[1])


@pytest.mark.long
@pytest.mark.parametrize("name", ["figS4", "fig5"])
def test_the_texts_of_many_networks_have_room(name: str) -> None:
    _check_layout(draw(name, tables_of(name, networks=MANY, n_units=24), setting_of(name)))


def _check_layout(figure: Figure) -> None:
    """No text overlaps another or leaves the page."""
    _shown_ticks_only(figure)
    boxes = _boxes(figure)
    width, height = figure.get_size_inches() * figure.dpi
    outside = [t for t, (x0, y0, x1, y1) in boxes if x0 < -1 or y0 < -1 or x1 > width + 1 or y1 > height + 1]
    assert outside == []
    point = figure.dpi / 72
    clashes = [
        (a, b)
        for (a, one), (b, two) in combinations(boxes, 2)
        if min(one[2], two[2]) - max(one[0], two[0]) > point
        and min(one[3], two[3]) - max(one[1], two[1]) > 2 * point
        and not (a.isdigit() and b.isdigit())  # numbers of neighbouring clusters stand where their data are
    ]
    assert clashes == []


def test_task_order_and_families() -> None:
    assert TASK_ORDER == TASKS
    assert [FAMILY[TASKS[i]] for i in (0, 3, 6, 11, 16)] == ["Go", "Anti", "DM", "Dly DM", "Matching"]
    assert len(set(FAMILY_COLOUR.values())) == 5


def test_lesion_map_shows_the_example_in_the_papers_task_order(fig2: Figure) -> None:
    tables = make_tables()
    images = [image.get_array() for ax in fig2.axes for image in ax.get_images()]
    map_, loss = [np.asarray(image) for image in images if image.shape == (20, 9)]
    row = tables["lesions"].query("network == 'seed0' and cluster == 1 and task == 'fdanti'").iloc[0]
    assert map_[3, 1] == pytest.approx(row["performance_lesioned"] - row["performance_intact"])
    assert loss[3, 1] == pytest.approx(row["loss_lesioned"] - row["loss_intact"])


def test_variance_map_is_sorted_by_cluster_and_normalised(fig2: Figure) -> None:
    units = make_tables()["units"].query("network == 'seed0' and active")
    images = [np.asarray(image.get_array()) for ax in fig2.axes for image in ax.get_images()]
    (map_,) = [image for image in images if image.shape == (20, len(units))]
    np.testing.assert_allclose(map_.max(axis=0), 1)
    ordered = units.sort_values("position")
    anti = (ordered["cluster"] == 1).to_numpy()
    assert map_[3:6][:, anti].min() > 0.5 > map_[3:6][:, ~anti & (ordered["cluster"] < 8).to_numpy()].max()


def test_a_footer_of_several_experiments_tells_what_differs() -> None:
    tables, twelve = make_tables(), make_tables(networks=tuple(f"seed{i}" for i in range(12)), trials_total=60_000)
    twelve["members"] = twelve["members"].assign(**{"seed": range(3, 15), "network.units": [16, 32] * 6})
    first, second = Setting("laptop", "one", "fast", 64, SHIPPED), Setting("laptop", "two", "fast", "16, 32", SHIPPED)
    setting = Setting.joint([first, second])
    footer = provenances({"one": tables, "two": twelve}, setting)
    assert footer.splitlines() == [
        f"scale laptop  |  schedule fast  |  networks: {SHIPPED}",
        "one: n = 3 networks (seeds 0-2), 64 units, 1.25 million trials each",
        "two: n = 12 networks (seeds 3-14, 2 conditions), 16, 32 units, 60 thousand trials each",
    ]
    with pytest.raises(ValueError, match="setting: tells nothing of three; make it with Setting.joint"):
        provenances({"one": tables, "three": twelve}, setting)


def test_a_network_without_units_in_a_pair_is_told() -> None:
    populations = tables_of("figS_schedules")
    whole = draw("figS_schedules", populations, setting_of("figS_schedules"))
    first = populations["reference"]
    silent = (first["ftv"]["network"] == "seed1") & (first["ftv"]["task_a"] == "contextdm1")
    first["ftv"] = first["ftv"][~silent]
    figure = draw("figS_schedules", populations, setting_of("figS_schedules"))
    assert [text for text in texts_of(figure) if "without units" in text] == ["1 network\nwithout units"]
    assert not any("without units" in text for text in texts_of(whole))
    heights = [_upper_edges(each, "Ctx DM 1, Ctx DM 2")[1] for each in (figure, whole)]
    assert (heights[0] < heights[1]).any()  # the silent network lowers the median


def _upper_edges(figure: Figure, title: str) -> list[np.ndarray]:
    (ax,) = [ax for ax in figure.axes if ax.get_title() == title]
    return [np.asarray(patch.get_data().values) for patch in ax.patches]


@pytest.mark.filterwarnings("error")
def test_a_grid_of_which_no_network_learnt_is_drawn_and_told() -> None:
    tables = tables_of("fig3")
    tables["outcome"] = tables["outcome"].assign(outcome="failed", minimum=0.1)
    missing = dict.fromkeys(["share", "share_low", "share_high"], np.nan)
    tables["factor_shares"] = tables["factor_shares"].assign(n=0, **missing)
    texts = texts_of(draw("fig3", tables, setting_of("fig3")))
    assert "no network learnt enough" in texts
    assert any("too few networks" in text for text in texts)
    assert "Number of clusters of each network (64 networks below 0.75 in some task not shown)" in texts


@pytest.mark.filterwarnings("error")
def test_settings_that_nobody_foresaw_get_a_column_a_panel_and_colours() -> None:
    """A user's grid: other settings, many values, switches."""
    tables = tables_of("fig3")
    n = len(tables["members"])
    rng = np.random.default_rng(0)
    tables["members"] = tables["members"][["network", "seed", "network.activation"]].assign(
        **{
            "network.activation": [f"f{i % 9}" for i in range(n)],
            "network.units": rng.choice([64, 128, 256], n),
            "tasks.easy_task": np.arange(n) % 2 == 0,
            "network.sigma_rec": rng.choice([0.0, 0.05], n),
            "tasks.train": rng.choice(["A", "B"], n),
            "training.trainable": rng.choice(["all", "rule"], n),
        }
    )
    names = list(tables["members"].columns[2:])
    shares = {"n": n, "share": 0.1, "share_low": 0.0, "share_high": 0.2}
    rows = [{"networks": each, "factor": name, **shares} for each in ("passed", "able") for name in names]
    tables["factor_shares"] = complete(YANG["factor_shares"], pd.DataFrame(rows))
    figure = draw("fig3", tables, setting_of("fig3"))
    figure.draw_without_rendering()
    texts = texts_of(figure)
    assert "".join(sorted(texts_of(figure, "letter"))) == "abcdefghij"
    for text in ("Units", "Easy task", "Sigma rec", "Train", "Trainable", "Activation"):
        assert texts.count(text) >= 3
    for level in ("f8", "256", "True", "0.05", "rule"):
        assert any(text.startswith(f"{level} (") or text.startswith(f"{level}: ") for text in texts)


def test_figure_4_without_tanh_networks_says_so() -> None:
    tables = tables_of("fig4")
    del tables["tanh_gru"]
    figure = draw("fig4", tables, Setting("laptop", "reference", "fast", 64, SHIPPED))
    assert "".join(sorted(texts_of(figure, "letter"))) == "abcde"
    (footer,) = texts_of(figure, "footer")
    assert "n = 3 networks (seeds 0-2)" in footer
    assert footer.splitlines()[-1] == "f to j: no networks of the experiment tanh_gru here"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ["fig4", "figS6", "figS_sizes"])
def test_networks_without_active_units_are_drawn_and_told(name: str) -> None:
    populations = tables_of(name)
    for tables in populations.values() if name != "figS6" else [populations]:
        tables["ftv_histogram"] = tables["ftv_histogram"].assign(count=0)
        if "ftv_types" in tables:
            gone = dict.fromkeys(["margin", "stability", "distance"], np.nan)
            tables["ftv_types"] = tables["ftv_types"].assign(type="no units", nearest="no units", n_units=0, **gone)
    figure = draw(name, populations, setting_of(name))
    figure.draw_without_rendering()
    assert any("without units" in text or "no active units" in text for text in texts_of(figure))


def test_a_histogram_is_the_median_over_networks_as_in_figure_4() -> None:
    """Against a plain loop: median count per bin, over its sum."""
    populations = tables_of("fig4")
    figure = draw("fig4", populations, setting_of("fig4"))
    table = populations["reference"]["ftv_histogram"]
    table = table.query("kind == 'task' and task_a == 'fdanti' and task_b == 'dm1'")
    counts = [part.sort_values("bin")["count"].to_numpy()[::-1] for _, part in table.groupby("network", sort=False)]
    median = np.array([np.median([c[i] for c in counts]) for i in range(20)])
    ax = next(ax for ax in figure.axes if ax.get_title().startswith("DM 1, Anti"))
    lines = [np.asarray(patch.get_data().values) for patch in ax.patches]
    assert any(np.allclose(line, median / median.sum()) for line in lines)
    assert any(np.allclose(line, counts[0] / counts[0].sum()) for line in lines)


def test_counts_of_all_pairs_are_those_of_each() -> None:
    table = make_tables()["ftv_histogram"]
    labels = [str(label) for label in table["network"].unique()][::-1]
    for kind in ("task", "rotated"):
        together = ftv.counts_of_all(table, labels, kind)
        for a, b in [*ftv.PAIRS, *((b, a) for a, b in ftv.PAIRS)]:
            assert np.array_equal(together[a, b], ftv.counts_of(table, a, b, labels, kind)), (a, b, kind)
    assert ftv.counts_of_all(table[:0], labels) == {}


def test_figure_3_counts_networks_and_restricts_panels_to_activations_that_learn() -> None:
    tables = tables_of("fig3")
    rows = tables["members"].merge(tables["outcome"], on="network")
    passed = rows[rows["outcome"] == "passed"]
    texts = texts_of(draw("fig3", tables, setting_of("fig3")))
    for activation, part in rows.groupby("network.activation"):
        n = int((passed["network.activation"] == activation).sum())
        assert f"{activation}: {n} / {len(part)}" in texts and f"{activation} ({n})" in texts
    assert texts.count("d-g: softplus, relu only") == 2
    open_ = passed[passed["network.activation"].isin(["softplus", "relu"])]
    assert f"leaky GRU ({int((open_['network.cell'] == 'leaky_gru').sum())})" in texts


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ["fig1", "fig2", "figS3", "figS4"])
def test_an_untrained_network_can_be_drawn(name: str) -> None:
    """One evaluation, two clusters, no embedding, no agreement: what a run of seconds leaves."""
    tables = tables_of(name, networks=("seed0",), n_units=24)
    tables["history"] = tables["history"].query("trials == 0").assign(performance=0.0)
    if "units" in tables:
        labels = np.where(tables["units"]["active"], tables["units"]["unit"] % 2, -1)
        tables["units"] = tables["units"].assign(tsne_1=np.nan, tsne_2=np.nan, cluster=labels, cluster_epoch=labels)
    if "lesions" in tables:
        tables["lesions"] = tables["lesions"].query("cluster < 2").assign(performance_lesioned=0.0)
    for table in set(tables) & {"silhouette", "agreement"}:
        tables[table] = tables[table].query("k < 5")
    figure = draw(name, tables, setting_of(name))
    figure.draw_without_rendering()
    assert "".join(sorted(texts_of(figure, "letter"))) == LETTERS[name]
