"""The configuration file of the repository, scales, schedules, grids and what identifies an experiment."""

import copy
import itertools
import json
import pickle
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from whole_config import whole_config

from replicortex.config import SCALES, ConfigError, load_config, rebuild
from replicortex.config.grid import combinations
from replicortex.config.names import TASKS_OF
from replicortex.pretrained import shipped_study
from replicortex.tasks.catalogue import TASKS

FILE = Path(__file__).parents[1] / "config.yaml"


def minimal(**experiment):
    return {"schedules": {"paper": {}}, "experiments": {"one": experiment}}


@pytest.fixture(scope="module")
def paper():
    return load_config(FILE, scale="paper")


@pytest.mark.parametrize(
    ("name", "paper_id", "networks", "cell", "activation", "init", "units", "source"),
    [
        ("reference", "E1", 40, "leaky_rnn", "softplus", "diag", 256, "fused"),
        ("tanh_gru", "E2", 20, "leaky_gru", "tanh", None, 256, "fused"),
        ("distributed_rules", "E3", 20, "leaky_rnn", "relu", "diag", 256, "separate"),
        ("hyperparameters", "E4", 256, None, None, None, 256, "fused"),
        ("sequential", "E5", 40, "leaky_rnn", "relu", "randortho", 256, "fused"),
        ("partly_plastic", "E6", 40, "leaky_rnn", "softplus", "randortho", 256, "fused"),
        ("pretraining", "E7", 40, "leaky_rnn", "relu", "diag", 128, "separate"),
        ("posttraining", "E8", 160, "leaky_rnn", "relu", "diag", 128, "separate"),
    ],
)
def test_published_networks(paper, name, paper_id, networks, cell, activation, init, units, source):
    experiment = paper[name]
    network = experiment.network
    assert (experiment.paper_id, len(experiment.members())) == (paper_id, networks)
    assert (network.units, network.input, network.sigma_rec) == (units, source, 0.05)
    assert cell in (None, network.cell)
    assert activation in (None, network.activation)
    assert init in (None, network.init)


@pytest.mark.parametrize(
    ("name", "trials", "target", "statistic", "every"),
    [
        ("reference", 1e7, 1.0, "min", 500),
        ("tanh_gru", 1e7, 1.0, "min", 500),
        ("distributed_rules", 1e7, 1.0, "min", 500),
        ("hyperparameters", 1e7, 0.9, "min", 500),
        ("sequential", 2.8e6, 1.0, "mean", 500),
        ("partly_plastic", 1e7, 0.9, "min", 500),
        ("pretraining", 2e6, 0.97, "min", 500),
        ("posttraining", 1e6, 0.97, "mean", 50),
    ],
)
def test_published_training(paper, name, trials, target, statistic, every):
    training, schedule = paper[name].training, paper[name].schedule
    assert (training.trials, training.target, training.evaluate_every) == (trials, target, every)
    assert training.target_statistic == statistic
    assert (training.evaluation_trials.repetitions, training.evaluation_trials.batch) == (16, 32)
    assert (schedule.name, schedule.batch, schedule.rate, schedule.warmup, schedule.decay) == (
        "paper",
        64,
        1e-3,
        0,
        "none",
    )
    assert (schedule.beta1, schedule.beta2, schedule.epsilon, schedule.clip) == (0.9, 0.999, 1e-8, 1.0)


def test_published_tasks(paper):
    reference = paper["reference"].tasks
    assert len(reference.train) == 20
    assert reference.probabilities["contextdm1"] == reference.probabilities["contextdm2"] == pytest.approx(5 / 28)
    assert reference.probabilities["fdgo"] == pytest.approx(1 / 28)
    assert sum(reference.probabilities.values()) == pytest.approx(1)
    assert (reference.dt, reference.tau, reference.sigma_x) == (20, 100, 0.01)
    assert paper["partly_plastic"].tasks.train == ["contextdm1", "contextdm2"]
    assert paper["distributed_rules"].network.mix_rule
    assert paper["sequential"].tasks.easy_task
    assert paper["pretraining"].regularisers.l1_rates == paper["posttraining"].regularisers.l1_rates == 1e-8


def test_updates_of_the_reference_are_those_of_the_program(paper):
    assert paper["reference"].updates == 156_251


def test_untrained_networks_have_no_updates_at_any_scale():
    for scale in SCALES:
        experiment = load_config(FILE, scale=scale)["untrained"]
        assert experiment.updates == 0 and len(experiment.members()) >= 2


def test_networks_without_delays_were_trained_on_no_task_that_has_one(paper):
    delayed = [name for name in paper["reference"].tasks.train if "delay1" in TASKS[name].timing.periods]
    assert not set(paper["no_delay"].tasks.train) & set(delayed)
    assert set(paper["no_delay"].tasks.train) | set(delayed) == set(paper["reference"].tasks.train)


def test_sequential_blocks(paper):
    sequential = paper["sequential"].members()[0].experiment.sequential
    assert sequential.blocks == [
        ["fdgo"],
        ["delaygo"],
        ["dm1", "dm2"],
        ["multidm"],
        ["contextdm1", "contextdm2"],
    ]
    assert sequential.block_trials(2_800_000) == [400_000, 400_000, 800_000, 400_000, 800_000]
    strengths = {member.experiment.sequential.strength for member in paper["sequential"].members()}
    assert strengths == {0.0, 1.0}
    assert sequential.xi == 0.01


def test_grid_is_every_combination_once(paper):
    members = paper["hyperparameters"].members()
    kinds = {
        (
            m.experiment.network.activation,
            m.experiment.network.cell,
            m.experiment.network.init,
            m.experiment.regularisers.l1_rates,
            m.experiment.regularisers.l1_weights,
        )
        for m in members
    }
    assert len(kinds) == len(members) == 4 * 2 * 2 * 4 * 4
    assert len({m.label for m in members}) == 256
    assert all(not m.experiment.grid and m.seed == 0 for m in members)
    expected = "activation=softplus,cell=leaky_rnn,init=diag,l1_rates=0,l1_weights=1e-05,seed0"
    assert members[1].label == expected


def _part(experiment, fraction):
    """The combinations that are trained of a grid when one in so many is."""
    data = experiment.model_dump(mode="json") | {"grid_fraction": fraction}
    return [values for _, values in rebuild(data).combinations()]


def _columns(experiment, chosen, interactions):
    """A linear model's columns: a constant, the levels of each setting, and products of those of two settings."""
    levels = {
        path: [[values[path] == level for values in chosen] for level in list(axis.values())[1:]]
        for path, axis in experiment.grid.items()
    }
    found = [np.ones(len(chosen)), *(np.array(one, float) for axis in levels.values() for one in axis)]
    if interactions:
        for a, b in itertools.combinations(levels.values(), 2):
            found += [np.array(one, float) * np.array(other, float) for one in a for other in b]
    return np.array(found).T


@pytest.mark.parametrize(("scale", "networks", "interactions"), [("paper", 64, False), ("laptop", 32, True)])
def test_parts_of_the_grid_are_balanced_and_tell_the_settings_apart(scale, networks, interactions):
    experiment = load_config(FILE, scale=scale)["hyperparameters"]
    chosen = _part(experiment, 4 if scale == "paper" else experiment.grid_fraction)
    assert len(chosen) == networks
    for a, b in itertools.combinations(experiment.grid, 2):
        counts = Counter((values[a], values[b]) for values in chosen)
        levels = len(experiment.grid[a]) * len(experiment.grid[b])
        assert len(counts) == levels
        assert set(counts.values()) == {networks // levels}
    model = _columns(experiment, chosen, interactions)
    assert np.linalg.matrix_rank(model) == model.shape[1]


def test_posttraining_starts_from_each_pretrained_network(paper):
    starts = Counter(member.source for member in paper["posttraining"].members())
    assert starts == Counter({("pretraining", member.label): 4 for member in paper["pretraining"].members()})
    sets = {member.label.split(",")[0]: member.experiment.tasks.train for member in paper["pretraining"].members()}
    assert sets["train=A"] == ["fdgo", "delaygo", "fdanti"]
    assert sets["train=B"] == ["contextdm1", "contextdm2", "contextdelaydm2"]
    new = {(*m.experiment.tasks.train, m.experiment.training.trainable) for m in paper["posttraining"].members()}
    assert new == {(task, what) for task in ("delayanti", "contextdelaydm1") for what in ("all", "rule")}


@pytest.mark.parametrize("scale", SCALES)
def test_every_scale_loads_and_every_label_is_a_file_name(scale):
    study = load_config(FILE, scale=scale)
    assert study.scale == scale
    assert study.folder == Path("results") / scale
    for experiment in study.values():
        assert experiment.scale == scale
        labels = [member.label for member in experiment.members()]
        assert len(labels) == len(set(labels)) >= len(experiment.seeds)
        assert all(len(label) < 200 and not set(label) - set(_SAFE) for label in labels)


def test_a_study_is_one_mapping_over_networks_of_all_kinds():
    study = load_config(FILE)
    kinds = {kind: study.of_kind(kind) for kind in ("rate", "spiking", "small", "taught")}
    assert list(study) == [name for each in kinds.values() for name in each] and len(study) == 104
    assert study["gq_lif"] is kinds["spiking"]["gq_lif"] and study["primer_grid"].paper == "primer"
    for kind, papers in (
        ("rate", {"yang2019"}),
        ("spiking", {"nicola2017", "newton2025"}),
        ("small", {"primer"}),
        ("taught", {"fullforce2018"}),
    ):
        assert {each.kind for each in kinds[kind].values()} == {kind}
        assert {each.paper for each in kinds[kind].values()} == papers
    assert study.absent("gq_lif") == "" and "gq_lif" in study.require("scorecard", ["reference", "gq_lif"])
    shipped = shipped_study(load_config(FILE, pretrained=True), {})
    assert list(shipped) == list(study) and "has no shipped networks" in shipped.absent("gq_lif")


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ({"primer": {"one": {}}}, "primer.one: is also a name in `experiments`; give it another"),
        ({"force": {"experiments": {"one": {}}}}, "force.experiments.one: is also a name in `experiments`"),
    ],
)
def test_two_experiments_of_one_name_are_an_error_whatever_their_kinds(data, line):
    with pytest.raises(ConfigError, match=re.escape(f"config.yaml: {line}")):
        load_config({"experiments": {"one": {}}, **data})


ONE_OF_EACH = {
    "experiments": lambda given: {"experiments": {"one": given}, "schedules": {"paper": {}}},
    "force.experiments": lambda given: {"force": {"experiments": {"one": given}}},
    "primer": lambda given: {"primer": {"one": given}},
}
SECOND = {"experiments": "training.trials", "force.experiments": "gain", "primer": "training.batch"}
FIRST = {"experiments": "network.units", "force.experiments": "cells", "primer": "network.units"}


@pytest.mark.parametrize("section", ONE_OF_EACH)
def test_grids_of_all_kinds_are_labelled_ordered_and_limited_alike(section):
    first, second = FIRST[section], SECOND[section]
    grid = {first: [32, 64], second: {"few": 100, "many": 200}}
    experiment = load_config(ONE_OF_EACH[section]({"grid": grid, "seeds": 2}))["one"]
    one, two = (path.rsplit(".", 1)[-1] for path in (first, second))
    expected = [f"{one}={a},{two}={b},seed{seed}" for a in (32, 64) for b in ("few", "many") for seed in (0, 1)]
    assert [member.label for member in experiment.members()] == expected == experiment.member_table()["network"]
    too_many = {first: list(range(10, 410)), second: list(range(100, 351))}
    with pytest.raises(ConfigError, match=rf"{section}\.one\.grid: 100400 networks; 100000 at most"):
        load_config(ONE_OF_EACH[section]({"grid": too_many, "seeds": 1}))


def test_two_settings_that_end_alike_are_labelled_by_all_of_their_names():
    assert [label for label, _ in combinations({"a.rate": {"1": 1}, "b.rate": {"2": 2}})] == ["a.rate=1,b.rate=2"]


_SAFE = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789=,._+-"


def test_smoke_is_small_and_laptop_is_between():
    smoke, laptop, paper = (load_config(FILE, scale=scale)["reference"] for scale in SCALES)
    assert smoke.training.trials < laptop.training.trials < paper.training.trials
    assert len(smoke.seeds) < len(laptop.seeds) < len(paper.seeds)
    assert smoke.network.units < laptop.network.units == paper.network.units
    assert laptop.schedule.name == "fast"


def test_scale_is_the_argument_else_the_file():
    data = whole_config()
    assert load_config(data).scale == data["scale"] == "laptop"
    assert load_config(data | {"scale": "smoke"}).scale == "smoke"
    assert load_config(data | {"scale": "smoke"}, scale="paper").scale == "paper"


def test_own_scale_goes_before_the_common_one():
    data = minimal(seeds=7, network={"units": 64}, scales={"smoke": {"seeds": [5], "evaluate_every": 3}})
    data["scales"] = {"smoke": {"seeds": 2, "units": 8, "trials": 500}}
    smoke, laptop = load_config(data, scale="smoke")["one"], load_config(data, scale="laptop")["one"]
    assert (smoke.seeds, smoke.network.units) == ([5], 8)
    assert (smoke.training.trials, smoke.training.evaluate_every) == (500, 3)
    assert (laptop.seeds, laptop.network.units) == (list(range(7)), 64)


def test_schedule_is_the_experiments_the_files_the_scales_or_the_papers():
    data = minimal()
    data["schedules"] |= {name: {"batch": batch} for batch, name in enumerate(("own", "common", "scaled"), 1)}
    assert load_config(data)["one"].schedule.name == "paper"
    data["scales"] = {"laptop": {"schedule": "scaled"}}
    assert load_config(data)["one"].schedule.name == "scaled"
    data["schedule"] = "common"
    assert load_config(data)["one"].schedule.name == "common"
    data["experiments"]["one"]["training"] = {"schedule": "own"}
    own = load_config(data)["one"]
    assert (own.schedule.name, own.training.schedule, own.schedule.batch) == ("own", "own", 1)


@pytest.mark.parametrize("spelling", ["1e7", "1.0e7", "+1e7", "1.0e+7", "10000000"])
def test_numbers_as_yaml_spells_them(tmp_path, spelling):
    path = tmp_path / "c.yaml"
    path.write_text(
        f"schedules: {{paper: {{rate: 1e-3}}}}\nexperiments: {{one: {{training: {{trials: {spelling}}}}}}}\n"
    )
    one = load_config(path)["one"]
    assert one.training.trials == 10_000_000
    assert isinstance(one.training.trials, int)
    assert one.schedule.rate == 1e-3


@pytest.mark.parametrize(("rule_set", "tasks"), TASKS_OF.items())
def test_all_tasks_of_the_set_by_default(rule_set, tasks):
    assert load_config(minimal(tasks={"rule_set": rule_set}))["one"].tasks.train == list(tasks)


def test_grid_over_rule_sets_fills_in_the_tasks():
    members = load_config(minimal(grid={"tasks.rule_set": ["all", "mante"]}))["one"].members()
    assert [len(member.experiment.tasks.train) for member in members] == [20, 2]


def test_experiment_survives_json_and_pickle(paper):
    for experiment in paper.of_kind("rate").values():
        text = json.dumps(experiment.model_dump(mode="json"))
        again = rebuild(json.loads(text))
        assert again == experiment
        assert again.fingerprint() == experiment.fingerprint()
        assert pickle.loads(pickle.dumps(experiment)) == experiment
        assert [m.label for m in again.members()] == [m.label for m in experiment.members()]


def test_rebuild_names_what_is_wrong(paper):
    data = paper["reference"].model_dump(mode="json")
    data["network"]["activation"] = "sofplus"
    with pytest.raises(ConfigError, match=r"^reference: network\.activation: 'sofplus' is not one of .*softplus"):
        rebuild(data, "reference")


def test_fingerprint_is_what_determines_a_network():
    data = whole_config()

    def fingerprint(change=None, scale="laptop"):
        changed = copy.deepcopy(data)
        if change:
            change(changed["experiments"]["reference"])
        return load_config(changed, scale=scale)["reference"].fingerprint()

    same = fingerprint()
    assert fingerprint(lambda e: e.update(title="another", seeds=[7], paper_id="x")) == same
    assert fingerprint(lambda e: e["scales"]["laptop"].update(seeds=[3])) == same
    assert fingerprint(lambda e: e["network"].update(sigma_rec=0.05)) == same  # the default, written out
    different = {
        fingerprint(lambda e: e["network"].update(activation="relu")),
        fingerprint(lambda e: e["tasks"].update(sigma_x=0.02)),
        fingerprint(lambda e: e["training"].update(schedule="paper")),
        fingerprint(lambda e: e.update(regularisers={"l1_rates": 1e-6})),
        fingerprint(scale="paper"),
        same,
    }
    assert len(different) == 6


def test_members_are_listed_with_the_settings_in_which_they_differ():
    data = whole_config()
    study = load_config(data, scale="paper")
    for name, experiment in study.items():
        table, members = experiment.member_table(), experiment.members()
        named = ["condition"] if experiment.kind == "small" and experiment.conditions else []
        assert list(table) == ["network", "seed", *named, *experiment.grid], name
        assert table["network"] == [member.label for member in members]
        assert table["seed"] == [member.seed for member in members]
    rows = zip(*study["posttraining"].member_table().values(), strict=True)
    assert next(rows) == ("member=A,train=delayanti,trainable=all,seed0", 0, "A", "delayanti", "all")
    grid = study["hyperparameters"].member_table()
    for member, activation, l1 in zip(
        study["hyperparameters"].members(), grid["network.activation"], grid["regularisers.l1_rates"], strict=True
    ):
        assert member.experiment.network.activation == activation and member.experiment.regularisers.l1_rates == l1
    part = load_config(data, scale="laptop")["hyperparameters"]
    assert len(part.member_table()["network"]) == len(part.members()) == 32


def test_values_of_different_kinds_are_listed_by_label():
    data = whole_config()
    data["experiments"]["reference"]["grid"] = {
        "network.units": {"small": 16, "large": 32},
        "network.sigma_rec": [0, 0.05],
        "tasks.easy_task": [True, False],
        "regularisers.plastic_fraction": [None, 0.5],
    }
    table = load_config(data, scale="smoke")["reference"].member_table()
    assert set(table["network.units"]) == {16, 32} and set(table["network.sigma_rec"]) == {0, 0.05}
    assert set(table["tasks.easy_task"]) == {True, False}
    assert set(table["regularisers.plastic_fraction"]) == {"None", "0.5"}
