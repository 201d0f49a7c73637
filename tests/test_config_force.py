"""The section `force` of the configuration: published rows, scales, grids, errors, identity."""

import fnmatch
from pathlib import Path

import pytest
from whole_config import changed, whole_config

from replicortex.config import ConfigError, load_config, spiking
from replicortex.config.spiking import ForceExperiment

FILE = Path(__file__).parents[1] / "config.yaml"
DATA = whole_config()
SINE, SONG = "force/experiments/fig2_lif_sine/", "force/experiments/fig4_song/"


def problem(**changes):
    with pytest.raises(ConfigError) as caught:
        load_config(changed(**changes), scale="paper")
    (line,) = caught.value.problems
    return line.removeprefix("config.yaml: force.experiments.")


def experiments(scale):
    every = load_config(FILE, scale=scale).of_kind("spiking")
    return {name: each for name, each in every.items() if each.paper == "nicola2017"}


@pytest.fixture(scope="module")
def paper():
    return experiments("paper")


# neuron, cells, dt, duration, training window, step, G, Q, P0, decay, bias, kind, outputs' settings, updates
ROWS = {
    "fig2_lif_sine": ("lif", 2000, 5e-5, 15, (5, 10), 50, 0.04, 10, 5e-6, 0.02, -40, "sine5", 2_000),
    "fig2_iz_sine": ("iz_osc", 2000, 4e-5, 15, (5, 10), 20, 5e3, 5e3, 2, 0.02, 1000, "sine5", 6_250),
    "fig2_theta_sine": ("theta", 2000, 1e-5, 15, (5, 10), 50, 10, 1e4, 1e-5, 0.02, 0, "sine5", 10_000),
    "fig2_theta_vdp_relax": ("theta", 2000, 1e-5, 15, (5, 10), 50, 15, 1e4, 1e-5, 0.02, 0, "vdp", 10_000),
    "fig2_theta_prod": ("theta", 2000, 1e-5, 80, (5, 55), 50, 25, 1e4, 1e-5, 0.02, 0, "prod46", 100_000),
    "fig2_theta_lorenz": ("theta", 5000, 1e-5, 100, (5, 50), 50, 15, 1e4, 1e-5, 0.02, 0, "lorenz", 90_000),
    "so_lif10_prod": ("lif", 2000, 5e-5, 60, (5, 30), 50, 0.1, 30, 2.5e-6, 0.01, -40, "prod46", 10_000),
    "so_lif30_prod": ("lif", 2000, 5e-5, 60, (5, 25), 50, 0.1, 30, 2.5e-6, 0.03, -40, "prod46", 8_000),
    "so_lif30_saw": ("lif", 2000, 5e-5, 15, (5, 10), 50, 0.1, 20, 2.5e-6, 0.03, -40, "saw5", 2_000),
    "so_lif30_sine": ("lif", 2000, 5e-5, 15, (5, 10), 50, 0.05, 10, 5e-6, 0.03, -40, "sine5", 2_000),
    "so_lif30_vdp_relax": ("lif", 2000, 5e-5, 15, (5, 10), 50, 0.05, 30, 2.5e-6, 0.03, -40, "vdp", 2_000),
    "so_th50_sine": ("theta", 2000, 1e-5, 15, (5, 10), 50, 50, 2e4, 1e-4, 0.05, 0, "sine5", 10_000),
    "so_th50_prod": ("theta", 2000, 1e-5, 70, (5, 55), 50, 50, 2e4, 1e-4, 0.05, 0, "prod46", 100_000),
    "so_th50_vdp_harm": ("theta", 2000, 1e-5, 15, (5, 10), 50, 10, 1e4, 2e-5, 0.05, 0, "vdp", 10_000),
    "so_iz20_saw": ("iz_osc", 2000, 4e-5, 15, (5, 10), 20, 5e3, 4e3, 2, 0.02, 1000, "saw5", 6_250),
    "so_iz20_vdp_relax": ("iz_osc", 2000, 4e-5, 15, (5, 10), 20, 1e4, 2e4, 2, 0.02, 1000, "vdp", 6_250),
    "so_iz20_prod_noise": ("iz_osc", 2000, 4e-5, 20, (5, 10), 20, 1e4, 8e3, 2, 0.02, 1000, "prod46", 6_250),
    "so_iz20_complex2": ("iz_osc", 2000, 4e-5, 50, (5, 25), 20, 1e4, 1e4, 2, 0.02, 1000, "prod237", 25_000),
    "fig3_ode": ("iz_song", 5000, 4e-5, 1000, (1, 900), 100, 1e4, 4e3, 2, 0.02, 1000, "ode_short", 224_750),
    "supp_ode_long": ("iz_song", 5000, 4e-5, 1000, (1, 500), 100, 1e4, 4e3, 2, 0.02, 1000, "ode_long", 124_750),
    "fig4_song": ("iz_hdts", 1000, 4e-5, 100, (1, 50), 100, 1.3e4, 1e3, 2, 0.02, 1000, "song", 12_250),
    "fig5_movie": ("iz_hdts", 1000, 4e-5, 100, (1, 50), 100, 5e3, 4e2, 2, 0.02, 1000, "movie", 12_250),
    "supp_class_lin": ("iz_song", 2000, 4e-5, 1000, (1, 400), 20, 6e3, 5e3, 30, 0.02, 1000, "classify", 498_750),
}


@pytest.mark.parametrize("name", ROWS)
def test_published_rows(paper, name):
    e = paper[name]
    found = (e.neuron, e.cells, e.time_step, e.duration, tuple(e.train), e.step, e.gain, e.feedback, e.inverse, e.decay)
    assert (*found, e.constant_input, e.target.kind) == ROWS[name][:-1]
    first, last = round(e.train[0] / e.time_step), round(e.train[1] / e.time_step)
    updates = sum(first < i < last for i in range(1, last, e.step))
    assert abs(updates - ROWS[name][-1]) <= 1
    assert (e.rise, e.sparsity, e.rows_balanced) == (0.002, 0.1, e.neuron in ("lif", "theta"))


def test_every_script_of_the_archive_is_there(paper):
    """Nine of Figure 2, thirty of the panel of oscillators less the three that are among them, and the seven others, of
    which the test of the classifier trains nothing."""
    of_figure_2 = [name for name in paper if name.startswith("fig2_")]
    panel = [name for name in paper if name.startswith("so_")]
    assert (len(of_figure_2), len(panel)) == (9, 27)
    assert {"fig3_ode", "supp_ode_long", "fig4_song", "fig5_movie", "supp_class_lin", "supp_class_nonlin"} <= set(paper)
    noise = {name: paper[name].target.noise for name in paper if name.endswith("_noise")}
    assert noise == {
        "fig2_theta_prod_noise": "normal", "so_lif10_prod_noise": "uniform", "so_lif20_prod_noise": "normal",
        "so_lif30_prod_noise": "normal", "so_th50_prod_noise": "normal", "so_iz20_prod_noise": "uniform",
    }  # fmt: skip
    assert [len(paper[name].seeds) for name in [*of_figure_2, *panel]] == [20] * 36


def test_laptop_trains_what_was_published(paper):
    """All but the classifiers, which learn from more points."""
    laptop = experiments("laptop")
    longer = {"supp_class_lin", "supp_class_nonlin"}
    assert {name for name, e in laptop.items() if e.fingerprint() != paper[name].fingerprint()} == longer
    assert {tuple(laptop[name].train) for name in longer} == {(1, 1000)} and set(laptop) == set(paper)
    assert min(len(e.seeds) for e in laptop.values()) == 5


def test_smoke_is_small():
    smoke = experiments("smoke")
    trained = [member.experiment for e in smoke.values() for member in e.members()]
    assert 10 < len(trained) < 40
    assert max(e.cells for e in trained) <= 200 and max(e.duration for e in trained) < 40


def test_members_of_a_grid(paper):
    members = paper["gq_lif"].members()
    assert len(members) == 6 * 6 * 5 and members[1].label == "gain=0,feedback=2.5,seed1"
    assert (members[-1].experiment.gain, members[-1].experiment.feedback) == (0.32, 80)
    table = paper["gq_lif"].member_table()
    assert table["network"] == [member.label for member in members]
    assert table["feedback"] == [member.experiment.feedback for member in members]
    ode = {member.label: member.experiment.target.hdts for member in paper["ode_hdts"].members()}
    assert ode["hdts=0,seed0"] == 0 and ode["hdts=16,seed2"] == 16


def test_constants_that_a_training_takes_from_the_configuration_make_it_run_again(paper, monkeypatch):
    sine, song = paper["fig2_lif_sine"], paper["fig4_song"]
    before = sine.derived(), song.derived()
    assert before[0] == {"time_step": 5e-5, "constant_input": -40.0, "rows_balanced": True, "period": 0.2}
    for constants, key, value in (
        (spiking.PERIODS, "sine5", 0.4),
        (spiking.STEP_LENGTH, "lif", 1e-5),
        (spiking.BIAS, "lif", -39.0),
    ):
        with monkeypatch.context() as patch:
            patch.setitem(constants, key, value)
            assert sine.derived() != before[0] and song.derived() == before[1]


def test_what_identifies_a_network(paper):
    e = paper["fig2_lif_sine"]
    told = e.model_copy(update={"title": "another", "seeds": [7], "scale": "laptop", "shard": 3})
    assert told.fingerprint() == e.fingerprint()
    for change in ({"name": "other"}, {"gain": 0.05}, {"duration": 16.0}, {"precision": "float64"}):
        assert e.model_copy(update=change).fingerprint() != e.fingerprint()
    again = ForceExperiment.model_validate(e.model_dump(mode="json"))
    assert again == e


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (SINE + "neuron", "life", "fig2_lif_sine.neuron: 'life' is not one of lif, *; did you mean 'lif'?"),
        (SINE + "target", {"kind": "sine"}, "*.target.kind: 'sine' is not one of sine5, *; did you mean 'sines'?"),
        (SINE + "decay", -0.02, "fig2_lif_sine.decay: -0.02 is out of range; allowed: more than 0 and at most 10"),
        (SINE + "rise", -1, "fig2_lif_sine.rise: -1 is out of range; allowed: at least 0 and at most 10"),
        (SINE + "dt", 0, "fig2_lif_sine.dt: 0 is out of range; allowed: more than 0 and at most 1"),
        (SINE + "dt", 0.005, "*.dt: 0.005 s is longer than rise (0.002 s); *"),
        (SINE + "decay", 1e-5, "*.dt: 5e-05 s is longer than decay (1e-05 s); *"),
        (SINE + "train", [5, 20], "*.train: [5, 20] ends after the simulation; duration is 15 s"),
        (SINE + "train", [10, 5], "*.train: [10, 5] ends before it begins; give [start, stop] in s"),
        (SINE + "train", [5, 5.001], "*.train: [5, 5.001] has no room for two updates, *"),
        (SINE + "train", [-1, 5], "*.train[0]: -1 is out of range; allowed: at least 0 and at most 1.0e+6"),
        (SINE + "trian", [5, 10], "fig2_lif_sine.trian: unknown key; *; did you mean 'train'?"),
        (SINE + "gain", "big", "fig2_lif_sine.gain: 'big' is not a number, e.g. 0.5"),
        (SINE + "drive", {"components": 4000}, "*.drive.components: a pulse of 5e-05 s is shorter than two steps of *"),
        (SINE + "grid", {"weight": [1]}, "fig2_lif_sine.grid: 'weight' is not one of cells, gain, *"),
        (SINE + "grid", {"cells": [10, 1]}, "fig2_lif_sine.grid: in cells=1: cells: 1 is out of range; *"),
        (SINE + "scales", {"paper": {"cels": 3}}, "*.scales.paper.cels: unknown key; *; did you mean 'cells'?"),
        (SONG + "duration", 4, "fig4_song.duration: 4 s is shorter than one period of 'song' (5 s)"),
        (SONG + "neuron", "rate", "fig4_song.drive: rate units take no HDTS from outside; *"),
        (SONG + "target", {"kind": "lorenz"}, "fig4_song.drive: a HDTS repeats itself with its target, but 'lorenz' *"),
        (SINE + "target", {"kind": "sine5", "file": "a.wav"}, "*.target.file: 'a.wav' cannot go with 'sine5'; *"),
        (SINE + "target", {"kind": "sine5", "hdts": 4}, "*.target.hdts: 4 components cannot go with 'sine5', *"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_told_in_one_line(path, value, expected):
    alone = [SONG + "train"] if path == SONG + "duration" else []
    said = problem(**{path: value}, **dict.fromkeys(alone, [1, 2]))
    assert fnmatch.fnmatchcase(said, expected.replace("[", "[[]")), said
