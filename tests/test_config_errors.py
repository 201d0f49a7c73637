"""Whatever is wrong with a configuration is said at once, one line each: path, value, what is allowed."""

import copy
import fnmatch
import pickle
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whole_config import changed, whole_config

from replicortex.config import ConfigError, grid_settings, load_config

FILE = Path(__file__).parents[1] / "config.yaml"
DATA = whole_config()
REF, E4, E8 = "experiments/reference/", "experiments/hyperparameters/", "experiments/posttraining/"


def problems(**changes):
    with pytest.raises(ConfigError) as caught:
        load_config(changed(**changes))
    assert str(caught.value) == "\n".join(caught.value.problems)
    assert all(line.startswith("config.yaml: ") and "\n" not in line for line in caught.value.problems)
    return [line.removeprefix("config.yaml: ") for line in caught.value.problems]


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("scale", "laptp", "scale: 'laptp' is not one of smoke, laptop, paper; did you mean 'laptop'?"),
        ("scal", "laptop", "scal: unknown key; allowed: *; did you mean 'scale'?"),
        ("results", "", "results: '' is empty; it needs some text"),
        ("experiments", [1], "experiments: [1] is not a mapping of names to settings"),
        ("experiments/a b", {}, "experiments.a b: 'a b' is not a name; use a letter, then *"),
        ("experiments/..", {}, "experiments...: '..' is not a name; *"),
        ("schedule", "fst", "schedule: 'fst' is not one of *; did you mean 'fast'? *"),
        (
            "schedules/fast/rate",
            -1,
            "schedules.fast.rate: -1 is out of range; allowed: more than 0 and at most 1",
        ),
        ("schedules/fast/bath", 3, "schedules.fast.bath: unknown key; allowed: *; did you mean 'batch'?"),
        ("scales/laptop/trails", 3, "scales.laptop.trails: unknown key; allowed: *; did you mean 'trials'?"),
        ("scales/lap", {}, "scales.lap: 'lap' is not one of smoke, laptop, paper; did you mean 'laptop'?"),
        (
            REF + "scales",
            {"paper": {"schedule": "x"}},
            "experiments.reference.scales.paper.schedule: 'x' is not *",
        ),
        (REF + "network", 5, "experiments.reference.network: 5 is not a mapping of settings"),
        (REF + "network/cell", "GRU2", "experiments.reference.network.cell: 'GRU2' is not one of *'gru'?"),
        (REF + "network/units", 0, "*.units: 0 is out of range; allowed: at least 1 and at most 65536"),
        (REF + "network/units", 2.5, "*.units: 2.5 is not a whole number, e.g. 40"),
        (REF + "network/units", True, "*.units: True is not a whole number, e.g. 40"),
        (REF + "network/units", "many", "*.units: 'many' is not a whole number, e.g. 40"),
        (REF + "network/sigma_rec", float("nan"), "*.sigma_rec: nan is not a finite number"),
        (REF + "network/sigma_rec", "1e999", "*.sigma_rec: inf is not a finite number"),
        (REF + "network/mix_rule", "yes", "*.mix_rule: 'yes' is not true or false"),
        (REF + "title", 5, "*.title: 5 is not text"),
        (REF + "seeds", -1, "*.seeds: -1 is out of range; a number of seeds is 0 to 100000"),
        (REF + "seeds", [0, 0], "*.seeds: [0, 0] is not a list of different seeds between 0 and 2147483647"),
        (REF + "seeds", [-1], "*.seeds: [-1] is not a list of different seeds between 0 and 2147483647"),
        (REF + "tasks/train", "fdgo", "*.train: 'fdgo' is not a list, e.g. [a, b]"),
        (REF + "tasks/weights", {"fdg0": 1}, "*.weights.fdg0: 'fdg0' is not one of *; did you mean 'fdgo'?"),
        (REF + "tasks/weights", {"fdgo": 0}, "*.weights.fdgo: 0 is out of range; allowed: more than 0 and *"),
        (
            REF + "regularisers",
            {"plastic_fraction": 1.5},
            "*: 1.5 is out of range; allowed: more than 0 and at most 1",
        ),
        (REF + "training/target", 97, "*.target: 97 is out of range; allowed: at least 0 and at most 1"),
        (REF + "training/schedule", "fst", "experiments.reference.training.schedule: 'fst' is not one of *"),
    ],
)
def test_a_wrong_setting(path, value, expected):
    found = problems(**{path: value})
    assert len(found) == 1
    assert fnmatch.fnmatchcase(found[0], expected.replace("[", "[[]"))


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        (
            {"experiments/distributed_rules/tasks/loss": "cross_entropy"},
            "distributed_rules.tasks.loss",
            ["separate", "squared"],
        ),
        (
            {"experiments/distributed_rules/network/activation": "tanh"},
            "distributed_rules.network.activation",
            ["softplus, relu"],
        ),
        (
            {"experiments/distributed_rules/network/cell": "gru"},
            "distributed_rules.network.cell",
            ["leaky_rnn"],
        ),
        ({REF + "network/mix_rule": True}, "reference.network.mix_rule", ["'fused'", "'separate'"]),
        ({REF + "training/trainable": "rule"}, "reference.training.trainable", ["'fused'", "'separate'"]),
        (
            {REF + "network/activation": "elu"},
            "reference.network.activation",
            ["leaky_rnn", "softplus", "leaky_gru"],
        ),
        ({REF + "network/activation": "relu_plus"}, "reference.network.activation", ["leaky_rnn"]),
        ({REF + "tasks/dt": 60, REF + "tasks/tau": 50}, "reference.tasks.dt", ["60 ms", "tau (50 ms)"]),
        ({REF + "tasks/dt": 101, REF + "tasks/tau": 200}, "reference.tasks.dt", ["101 ms", "at most 100"]),
        ({REF + "tasks/weights": {"oic": 2}}, "reference.tasks.weights.oic", ["not trained", "fdgo"]),
        (
            {REF + "tasks/train": ["fdgo", "contextdm1", "contextdm2", "dmc"]},
            "reference.tasks.train[3]",
            ["rule set 'all'"],
        ),
        (
            {"experiments/partly_plastic/tasks/train": ["fdgo"]},
            "partly_plastic.grid",
            ["contextdm1, contextdm2"],
        ),
        (
            {"schedules/fast/warmup": 10**8, REF + "training/schedule": "fast"},
            "reference.training.schedule",
            ["warms up", "1500000"],
        ),
        ({"experiments/sequential/tasks/train": ["fdgo"]}, "sequential.grid", ["blocks", "fdgo"]),
        (
            {E8 + "pretrained": {"experiment": "pretrainin"}},
            "posttraining.pretrained.experiment",
            ["'pretraining'"],
        ),
        ({E8 + "pretrained": {"experiment": "posttraining"}}, "posttraining.grid", ["itself"]),
        ({E8 + "grid": {"pretrained.member": ["A"]}}, "posttraining.pretrained.member", ["train=A,seed0"]),
        (
            {E8 + "scales/laptop": {"seeds": 50}},
            "posttraining.pretrained.member",
            ["seed4", "scale 'laptop'"],
        ),
        ({E8 + "network/units": 64}, "posttraining.network.units", ["64", "128"]),
        ({E8 + "network/activation": "softplus"}, "posttraining.network.activation", ["relu"]),
    ],
)
def test_settings_that_cannot_go_together(changes, path, words):
    found = [line for line in problems(**changes) if line.startswith(f"experiments.{path}: ")]
    assert len(found) == 1
    assert all(word in found[0] for word in words)


@pytest.mark.parametrize(
    ("grid", "path", "words"),
    [
        (
            {"network.acivation": ["tanh"]},
            "grid",
            ["'network.acivation'", "did you mean 'network.activation'?"],
        ),
        ({"seeds": [1, 2]}, "grid", ["'seeds' is not one of"]),
        ({"network": [1, 2]}, "grid", ["'network' is not one of"]),
        ({"network.activation": ["tanh", "sofplus"]}, "grid.network.activation", ["'sofplus'", "'softplus'"]),
        ({"network.units": [0, 8]}, "grid.network.units", ["0 is out of range"]),
        ({"network.units": []}, "grid.network.units", ["list of values"]),
        ({"network.units": 5}, "grid.network.units", ["list of values"]),
        ({"network.units": [8, 8.0]}, "grid.network.units", ["twice"]),
        ({"tasks.train": [["fdgo"]]}, "grid.tasks.train", ["need names"]),
        ({"tasks.train": {"../x": ["fdgo"]}}, "grid.tasks.train", ["file name"]),
        ({"tasks.train": {"x": [["fdgo"]]}}, "grid.tasks.train.x", ["list of these"]),
        ({"network.activation": ["softplus", "elu"]}, "grid", ["activation=elu", "leaky_rnn"]),
    ],
)
def test_a_wrong_grid(grid, path, words):
    found = problems(**{E4 + "grid": grid, E4 + "scales": {}})
    assert len(found) == 1
    assert found[0].startswith(f"experiments.hyperparameters.{path}: ")
    assert all(word in found[0] for word in words)


def test_a_fraction_that_is_unbalanced():
    found = problems(**{E4 + "scales": {"laptop": {"grid_fraction": 3}}})
    assert found == [
        "experiments.hyperparameters.grid_fraction: one in 3 leaves the levels of this grid unequally "
        "frequent; use 1, or a number that divides the numbers of levels"
    ]


def test_too_many_networks():
    found = problems(
        **{E4 + "grid": {"network.units": list(range(1, 1001))}, E4 + "scales": {"laptop": {"seeds": 101}}}
    )
    assert found == ["experiments.hyperparameters.grid: 101000 networks; 100000 at most"]


def test_all_problems_of_all_experiments_come_at_once():
    found = problems(
        **{
            REF + "network/activation": "sofplus",
            REF + "network/units": "abc",
            REF + "tasks/train": ["fdgo", "fdg0"],
            "experiments/tanh_gru/network/cel": "gru",
            "experiments/distributed_rules/tasks/loss": "cross_entropy",
        }
    )
    assert [line.split(": ")[0].removeprefix("experiments.") for line in found] == [
        "reference.network.activation",
        "reference.network.units",
        "reference.tasks.train[1]",
        "tanh_gru.network.cel",
        "distributed_rules.tasks.loss",
    ]
    assert found[0] == (
        "experiments.reference.network.activation: 'sofplus' is not one of softplus, relu, tanh, retanh, "
        "power, elu, relu_plus; did you mean 'softplus'?"
    )


def test_wrong_scale_argument():
    with pytest.raises(ConfigError, match=r"^config\.yaml: scale: 'huge' is not one of smoke, laptop, paper$"):
        load_config(DATA, scale="huge")


def test_every_setting_of_a_grid_can_be_set():
    assert "network.activation" in grid_settings()
    assert "sequential.strength" in grid_settings()
    assert not any(path.startswith(("seeds", "title", "schedule")) for path in grid_settings())


def test_the_error_crosses_processes():
    again = pickle.loads(pickle.dumps(ConfigError(["a: b", "c: d"])))
    assert again.problems == ("a: b", "c: d")
    assert str(again) == "a: b\nc: d"


def test_a_value_that_holds_itself():
    loop = []
    loop.append(loop)
    assert len(problems(**{REF + "tasks/train": loop})[0]) < 1000
    assert len(problems(**{REF + "grid": {"tasks.train": {"x": loop}}})[0]) < 1000


def _leaves(data, above=()):
    for key, value in data.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from _leaves(value, (*above, key))


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.binary(max_size=5),
    st.dates(),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SCALARS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None)
@given(place=st.sampled_from(sorted(_leaves(DATA))), value=ANYTHING)
def test_nothing_else_than_our_error_comes_of_any_value(place, value):
    data = copy.deepcopy(DATA)
    inner = data
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    try:
        study = load_config(data, scale="smoke")
    except ConfigError as error:
        assert error.problems
        assert all(line.isprintable() and len(line) < 3000 for line in error.problems)
    else:
        assert study["reference"].members() or not study["reference"].seeds
