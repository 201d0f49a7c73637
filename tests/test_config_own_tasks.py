"""A task of the user's own that a configuration names: its class is looked up without being run, then trained on."""

import sys

import pytest

from replicortex import primer
from replicortex.config import ConfigError, load_config

TASK = """
from dataclasses import dataclass
import numpy as np
from replicortex import primer

@dataclass(frozen=True)
class Louder:
    difference: float = 0.5
    dt: float = 20.0
    input_lines = ("left", "right")
    output_lines = ("wait", "left", "right")
    alternatives = ("left", "right")

    def draw(self, n_trials, rng, **fixed):
        truth = rng.integers(1, 3, n_trials)
        inputs = np.ones((12, n_trials, 2), np.float32)
        inputs[:, np.arange(n_trials), truth - 1] += self.difference
        periods, _ = primer.in_sequence({"fixation": 8, "decision": 4}, n_trials)
        return primer.answered(inputs, truth, periods, {"truth": truth}, self.dt, 3)

    def choices(self, outputs, trials):
        return primer.last_choice(outputs)
"""
FAST = {"network": {"units": 8}, "training": {"updates": 2, "evaluate_every": 2, "evaluation_trials": 10, "batch": 4}}


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory):
    """A folder of papers in which one has a task."""
    home = tmp_path_factory.mktemp("papers")
    (home / "loudness").mkdir()
    (home / "loudness" / "__init__.py").touch()
    (home / "loudness" / "task.py").write_text(TASK)
    (home / "loudness" / "broken.py").write_text("class Broken(:")
    sys.path.insert(0, str(home))
    yield home
    sys.path.remove(str(home))
    for name in [name for name in sys.modules if name.split(".")[0] == "loudness"]:
        del sys.modules[name]


def load(task="loudness.task:Louder", **given):
    settings = {"task": task if isinstance(task, dict) else {"name": task}, **FAST, **given}
    return load_config({"primer": {"louder": settings}})["louder"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("loudness.task:Lowder", "task.name: 'loudness.task:Lowder': .*task.py has no such class; .*mean 'Louder'"),
        ("loudness.tusk:Louder", "task.name: .*module 'loudness.tusk' is not one of loudness.broken, loudness.task; "),
        ("loudnes.task:Louder", "task.name: .*there is no module 'loudnes'"),
        ("loudness.broken:Broken", "task.name: .*broken.py cannot be read: invalid syntax"),
        ("perceptal", "task.name: 'perceptal' is not one of perceptual, .*, module:Class; did you mean 'perceptual'"),
        ({"name": "loudness.task:Louder", "delay": 3}, "task.delay: .* has no such setting; it has dt, settings"),
        ({"name": "match", "settings": {"delay": 3}}, "task.settings: task 'match' has no such setting"),
    ],
)
def test_a_wrong_name_is_one_error_that_says_what_there_is(given, said):
    with pytest.raises(ConfigError, match=f"^config.yaml: primer.louder.{said}") as caught:
        load(given)
    assert len(caught.value.problems) == 1 and "loudness.task" not in sys.modules


def test_wherever_a_task_is_named_it_is_looked_up_and_counts_as_code():
    named = load({"name": "match"}, conditions={"a": {}, "b": {"task.name": "loudness.task:Louder"}})
    assert named.entry_points() == ("loudness.task:Louder",)
    assert named.registries()["replicortex.primer.tasks:TASKS"] == {"match"}
    assert load({"name": "match"}).entry_points() == ()
    with pytest.raises(ConfigError, match=r"conditions.b.task.name: .*has no such class"):
        load({"name": "match"}, conditions={"b": {"task.name": "loudness.task:Lowder"}})


def test_networks_learn_it_with_its_settings_and_a_file_alone_imports_nothing(tmp_path):
    varied = load({"name": "loudness.task:Louder", "dt": 10}, grid={"task.settings.difference": [0.5, 2]})
    assert varied.member_table()["task.settings.difference"] == [0.5, 2]
    trained = primer.train(varied, results=tmp_path, log=lambda line: None)
    assert [(one.task.difference, one.task.dt) for one in trained.values()] == [(0.5, 10), (2, 10)]
    file = tmp_path / "primer/louder/part0.safetensors"
    with pytest.raises(ValueError, match="learnt 'loudness.task:Louder', which is not imported"):
        primer.load(file)
    assert [one.task for one in primer.load(file, primer.task_of).values()] == [one.task for one in trained.values()]
    with pytest.raises(ValueError, match=r"setting of task .*'diference' is not one of difference, dt; did you mean"):
        primer.train(load({"name": "loudness.task:Louder", "settings": {"diference": 1}}), log=lambda line: None)
