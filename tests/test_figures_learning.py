"""Figures 7d, e, 8, S12 and clusters over training: what is drawn follows tables and grid, and gaps are told."""

from pathlib import Path

import fake_learning
import numpy as np
import pandas as pd
import pytest
from fake_circuit import make_recordings
from fake_populations import make_population
from fake_tables import make_tables
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from scipy.stats import spearmanr

import replicortex as rx
from replicortex.figures import FIGURES, Setting, draw
from replicortex.papers.yang2019.figures.fig8 import conditions_of
from replicortex.papers.yang2019.figures.figs_training_length import summary
from replicortex.papers.yang2019.figures.transfer_panels import transfer_height, transfer_panels
from replicortex.report.learning import colours
from replicortex.report.style import page, styled

ROOT = Path(__file__).resolve().parent.parent
SETTING = Setting("laptop", "x", "fast", 64)
RECORDINGS = {"recordings_ftv": make_recordings(np.random.default_rng(0), animals=())}  # none


def texts(figure, gid=None):
    return [t.get_text() for t in figure.findobj(Text) if t.get_text().strip() and gid in (None, t.get_gid())]


@styled
def transfer(populations) -> Figure:
    figure = page("", transfer_height(populations) + 0.8, SETTING, "")
    transfer_panels(figure, populations, 0.4)
    return figure


def after(**options):
    return {"pretraining": fake_learning.pretraining(), "posttraining": fake_learning.posttraining(**options)}


def curve_axes(figure):
    return [ax for ax in figure.axes if ax.get_ylim()[1] == pytest.approx(1.05)]


def test_every_combination_of_the_grid_has_its_panel():
    figure = transfer(after())
    assert texts(figure, "letter") == ["d", "e"]
    assert [ax.get_title() for ax in curve_axes(figure)] == ["Dly Anti", "Ctx Dly DM 1"] * 2
    three = after(trainable=("all", "rule", "input"))
    grown = transfer(three)
    assert texts(grown, "letter") == ["d", "e", "f"] and len(curve_axes(grown)) == 6
    assert transfer_height(three) == 2 * transfer_height(after()) == pytest.approx(5.2)
    one = transfer(after(sets=("B",), trainable=("rule",)))
    assert texts(one, "letter") == ["d"] and texts(one, "caption") == ["A new task through rule weights"]


def test_light_lines_are_networks_and_the_bold_one_their_mean():
    populations = after(seeds=(0, 1, 2))
    ax = curve_axes(transfer(populations))[0]
    lines = [line for line in ax.lines if len(line.get_xdata()) > 2]
    assert [line.get_linewidth() for line in lines] == [0.5, 0.5, 0.5, 1.6] * 2
    light, bold = np.array([line.get_ydata() for line in lines[:3]]), lines[3]
    np.testing.assert_allclose(bold.get_ydata(), light.mean(axis=0))
    history = populations["posttraining"]["history"]
    own = history[history["network"] == "member=A,train=delayanti,trainable=all,seed1"]
    assert light[1][-1] == own.sort_values("trials")["performance"].iloc[-1]


def markers(figure, marker):
    lines = [line for ax in figure.axes if ax.axison for line in ax.findobj(Line2D) if line.get_marker() == marker]
    return sum(len(line.get_xdata()) for line in lines)


def test_networks_that_never_get_there_are_open_triangles():
    populations = after(seeds=(0, 1, 2))
    history = populations["posttraining"]["history"]
    never = history.groupby("network")["performance"].max() <= 0.9
    assert 0 < never.sum() < len(never)
    figure = transfer(populations)
    assert markers(figure, ">") == never.sum()
    assert markers(figure, "o") == (~never).sum()
    assert any(text.startswith("trials B / A: ≥ ") for text in texts(figure))
    history["trials"] = np.where(history["network"].str.startswith("member=B"), 300, 1) * history["trials"]
    ratios = [text for text in texts(transfer(populations)) if text.startswith("trials B / A: ≥ ")]
    assert any("00" in text for text in ratios) and not any("e+" in text for text in ratios)


def test_networks_that_learn_nothing_can_be_drawn():
    populations = after(seeds=(7,))
    tables = populations["posttraining"]
    tables["history"] = tables["history"].query("trials < 9000").assign(performance=0.2)
    figure = transfer(populations)
    figure.draw_without_rendering()
    assert texts(figure).count("none above 0.9") == 4
    tables["history"] = tables["history"].query("trials == 0")
    transfer(populations).draw_without_rendering()


def test_the_key_names_the_tasks_of_each_set():
    found = texts(transfer(after(seeds=(0, 1))))
    assert "after A (Go, Dly Go, Anti), 2 networks each" in found
    alone = after(seeds=(0,))
    del alone["pretraining"]
    assert "after B, 1 network each" in texts(transfer(alone))


def sequential(**options):
    tables = fake_learning.sequential(**options) | RECORDINGS
    return draw("fig8", tables, Setting("laptop", "sequential", "fast", 64))


def test_every_strength_has_a_colour_and_traditional_learning_is_grey():
    tables = fake_learning.sequential(strengths=(10, 0, 0.1), seeds=(0,))
    conditions = conditions_of(tables)
    assert [each.name for each in conditions] == ["traditional", "continual, c = 0.1", "continual, c = 10"]
    assert len({each.colour for each in conditions}) == 3 and conditions[0].colour == "0.45"
    assert len(set(colours(range(9)).values())) == 9


def dotted(ax):
    return [line for line in ax.lines if line.get_linestyle() not in ("-", "None") and len(line.get_xdata()) == 7]


def test_networks_that_did_not_learn_the_last_tasks_are_counted_and_dotted():
    figure = sequential(failing=("strength=1,seed0", "strength=1,seed2"))
    said = texts(figure)
    assert "traditional: 4 of 4 networks pass, c shows seed 0" in said
    assert "continual, c = 1: 2 of 4 networks pass, c shows seed 1" in said
    (ax,) = [ax for ax in figure.axes if ax.get_ylabel() == "Final performance"]
    assert len(dotted(ax)) == 2 and "dotted: networks that did not pass" in said
    assert dotted(sequential().axes[1]) == []


def test_a_condition_without_a_network_that_passed_is_told():
    figure = sequential(seeds=(0, 1), failing=("strength=1,seed0", "strength=1,seed1"))
    figure.draw_without_rendering()
    said = texts(figure)
    assert "no network passed: continual, c = 1" in said and "continual, c = 1 (0 of 2)" in said
    every = [f"strength={c},seed{i}" for c in (0, 1) for i in (0, 1)]
    figure = sequential(seeds=(0, 1), failing=tuple(every))
    figure.draw_without_rendering()
    assert "no network passed" in texts(figure)


def test_the_box_is_the_block_of_the_task():
    figure = sequential(seeds=(0,), per_task=8000)
    rows = [ax for ax in figure.axes if ax.patches and ax.get_ylim()[1] == pytest.approx(1.08)]
    spans = [(ax.patches[0].get_x(), ax.patches[0].get_width()) for ax in rows]
    assert spans == [
        (0, 8000),
        (8000, 8000),
        (16000, 16000),
        (16000, 16000),
        (32000, 8000),
        (40000, 16000),
        (40000, 16000),
    ]


def test_shares_are_medians_of_normalised_histograms():
    tables = fake_learning.sequential(seeds=(0, 1, 2)) | RECORDINGS
    figure = draw("fig8", tables, Setting("laptop", "sequential", "fast", 64))
    (ax,) = [ax for ax in figure.axes if ax.get_xlabel() == "FTV(Ctx DM 1, Ctx DM 2)"]
    median = [np.asarray(patch.get_data().values) for patch in ax.patches][1]
    ftv = tables["ftv"]
    own = [ftv[ftv["network"] == f"strength=0,seed{i}"]["ftv"] for i in range(3)]
    shares = [np.histogram(values, 20, (-1, 1))[0] / len(values) for values in own]
    np.testing.assert_allclose(median, np.median(shares, axis=0))


def test_a_network_without_active_units_is_told():
    tables = fake_learning.partly_plastic(seeds=(0, 1)) | RECORDINGS
    lost = tables["ftv"]["network"] == "plastic_fraction=1,seed1"
    tables["ftv"].loc[lost, ["unit", "ftv"]] = [-1, np.nan]
    figure = draw("figS12", tables, Setting("laptop", "partly_plastic", "fast", 64))
    assert "all of the weights plastic (2 of 2), 1 network without units" in texts(figure)
    tables["ftv"] = tables["ftv"].assign(ftv=np.nan)
    draw("figS12", tables, Setting("laptop", "partly_plastic", "fast", 64)).draw_without_rendering()


def test_recordings_are_shown_where_there_are_any():
    setting = Setting("laptop", "sequential", "fast", 64)
    tables = fake_learning.sequential(seeds=(0,))
    assert texts(sequential(seeds=(0,))).count("recordings not available") == 1
    some = {"recordings_ftv": make_recordings(np.random.default_rng(0))}
    assert "recordings not available" not in texts(draw("fig8", tables | some, setting))
    plastic = fake_learning.partly_plastic(seeds=(0,))
    setting = Setting("laptop", "partly_plastic", "fast", 64)
    assert texts(draw("figS12", plastic | RECORDINGS, setting)).count("recordings not available") == 4
    assert texts(draw("figS12", plastic | some, setting), "letter") == list("abcde")


def test_figure_7_stands_without_networks_that_learn_new_tasks():
    whole = make_tables()
    reference = {name: whole[name] for name in ("history", "members", "composite")}
    alone = draw("fig7", {"reference": reference}, Setting("laptop", "reference", "fast", 64))
    assert texts(alone, "letter") == ["a", "b", "c"]
    assert "d and e: no networks of the experiment posttraining here" in texts(alone, "footer")[0]
    each = {"reference": reference, **after(seeds=(0, 1))}
    both = draw("fig7", each, Setting.joint(Setting("laptop", name, "fast", 64) for name in each))
    assert sorted(texts(both, "letter")) == ["a", "b", "c", "d", "e"]
    assert both.get_figheight() > alone.get_figheight() + 2


def test_every_share_of_plastic_weights_is_a_line():
    tables = fake_learning.partly_plastic(fractions=(0.05, 0.5, 1.0, 0.2), seeds=(0,)) | RECORDINGS
    said = texts(draw("figS12", tables, Setting("laptop", "partly_plastic", "fast", 64)))
    names = [text for text in said if text.endswith("(1 of 1)")]
    assert names == [f"{name} of the weights plastic (1 of 1)" for name in ("all", "0.5", "0.2", "0.05")]


def populations():
    entry = FIGURES["figS_training_length"]
    return {name: {table: make_population(name)[table] for table in tables} for name, tables in entry.every.items()}


def test_a_network_is_summarised_by_its_last_evaluation_and_its_clusters():
    tables = populations()["training_length"]
    found = summary(tables)
    label = "trials=250000,seed1"
    own = tables["history"].query("network == @label and trials == 250_000")["performance"]
    assert found.loc[label, ["training.trials", "trials"]].tolist() == [250_000, 250_000]
    assert found.loc[label, "weakest"] == own.min() and found.loc[label, "mean"] == pytest.approx(own.mean())
    k = tables["cluster_number"].query("network == @label and kind == 'task'")["k"].item()
    assert found.loc[label, "k"] == k and found.loc[label, "gain"] == pytest.approx(0.3 - (0.22 - k / 400))


def test_rank_correlations_are_scipys():
    each = populations()
    setting = Setting.joint(Setting("laptop", name, "fast", 64) for name in each)
    said = texts(draw("figS_training_length", each, setting))
    found = summary(each["training_length"])
    rank = spearmanr(found["weakest"], found["k"]).statistic
    (told,) = [text for text in said if text.startswith("training_length: 12, ")]
    assert told.startswith(f"training_length: 12, {rank:.2f} (")
    assert "reference: 3" in said  # too few for a correlation
    many = summary(each["hyperparameters"])
    expected = spearmanr(many["weakest"], many["k"], nan_policy="omit").statistic
    assert any(text.startswith(f"hyperparameters: {many['k'].notna().sum()}, {expected:.2f} (") for text in said)
    low, high = map(float, told.partition("(")[2].rstrip(")").split(" to "))
    assert low < rank < high <= 1


def test_networks_that_could_not_be_clustered_are_left_out_and_not_counted():
    each = populations()
    best = each["hyperparameters"]["best_k"]
    each["hyperparameters"]["best_k"] = best.assign(k=best["k"].where(np.arange(len(best)) >= 10))
    setting = Setting.joint(Setting("laptop", name, "fast", 64) for name in each)
    said = texts(draw("figS_training_length", each, setting))
    assert any(text.startswith(f"hyperparameters: {len(best) - 10}, ") for text in said)
    found = summary(each["hyperparameters"])
    assert found["k"].isna().sum() == 10 and found["gain"].isna().all()
    pd.testing.assert_series_equal(found["k"], found["k_low"], check_names=False)


def test_networks_of_one_length_and_one_k_can_be_drawn():
    each = populations()
    tables = fake_learning.training_length(lengths=(1e5,), seeds=(0,))
    each["training_length"] = tables | {"cluster_number": tables["cluster_number"].assign(k=2, k_low=2, k_high=2)}
    setting = Setting.joint(Setting("laptop", name, "fast", 64) for name in each)
    draw("figS_training_length", each, setting).draw_without_rendering()
    two = {name: each[name] for name in ("training_length", "reference")}  # the others are shown if they are there
    said = texts(draw("figS_training_length", two, setting))
    assert any(text.startswith("all: 4") for text in said) and not any(text.startswith("tanh_gru:") for text in said)


def test_blocks_of_the_fake_tables_are_those_that_the_configuration_makes():
    study = rx.load_config(ROOT / "config.yaml", scale="paper")["sequential"]
    made = pd.DataFrame(study.block_table())
    label = made["network"].iloc[0]
    own = made[made["network"] == label].drop(columns="stop_trials").reset_index(drop=True)
    fake = fake_learning.blocks([label], 400_000)[list(own.columns)]
    pd.testing.assert_frame_equal(own, fake)
