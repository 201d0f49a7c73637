"""Whatever stands in a configuration: our error with file and place, at once; or a study in which nothing is wrong."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import jsonschema
import pytest
import yaml
from fuzzing import COUNT, in_time, mutated_configuration
from whole_config import whole_config

import replicortex as rx
from replicortex.config import ConfigError, load_config
from replicortex.config.documents import json_schema
from replicortex.training.job import network_path

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[1]
# every kind of section there is, and no more of each than that takes
SMALL = """\
scale: laptop
schedule: fast
results: results
figures: figures
schedules:
  paper: {batch: 64, rate: 1.0e-3, warmup: 0, decay: none}
  fast: {batch: 32, rate: 4.0e-3, warmup: 60, decay: cosine, clip: null}
scales:
  smoke: {seeds: 2, trials: 6400, units: 48, evaluation_trials: {repetitions: 2, batch: 32}, schedule: fast}
  laptop: {seeds: 4, trials: 1.5e+6, evaluate_every: 4000, shard: 2}
experiments:
  reference: &reference
    paper_id: E1
    title: Softplus networks
    seeds: [0, 3, 5]
    network: {cell: leaky_rnn, activation: softplus, init: diag, units: 256, sigma_rec: 0.05}
    tasks: {rule_set: all, train: [fdgo, dm1, dm2], weights: {dm1: 5}, dt: 20, tau: 100}
    training: {trials: 1.0e+7, target: 1.0, evaluate_every: 500}
    scales:
      laptop: {precision: float32}
  grid:
    <<: *reference
    seeds: 2
    grid:
      network.activation: [softplus, relu]
      regularisers.l1_rates: [0, 1.0e-5]
      tasks.train: {A: [fdgo, dm1], B: [dm1]}
    scales:
      laptop: {grid: {network.activation: [softplus]}}
  blocks:
    network: {activation: relu, init: randortho}
    tasks: {train: [fdgo, delaygo, dm1]}
    sequential: {blocks: [[fdgo], [delaygo, dm1]], xi: 0.01, strength: 1}
  started:
    tasks: {train: [dm1]}
    network: {init: diag}
    pretrained: {experiment: reference}
    seeds: [0, 3]
    scales: {laptop: {seeds: [0, 1]}}
  elsewhere:
    imported: {files: [one.npz, two.npz]}
"""
BASES = [SMALL, yaml.safe_dump(whole_config(), sort_keys=False)]
SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+=,-]*")
SCHEMA = jsonschema.Draft202012Validator(yaml.safe_load(json_schema()))
TOLERATED = {"1e7", "1e999"}  # numbers as YAML 1.1 does not read them, which the loader does


def errors(path: Path, what: str) -> list[str]:
    """The problems that are told of a file; of none, what came of it has been looked at."""
    with in_time(what):
        try:
            study = load_config(path)
        except ConfigError as error:
            assert error.problems, what
            for line in error.problems:
                assert line.startswith(f"{path}: ") and line.isprintable() and len(line) < 5000, (what, line[:300])
                told = line.removeprefix(f"{path}: ")
                assert re.match(r".+: \S|(holds|byte \d+ is|\d+ bytes is|cannot be read) \S", told), (what, line)
            return list(error.problems)
    inspect(study, what)
    return []


def inspect(study: rx.config.Study, what: str) -> None:
    """Every number of every network is in its range, by the published schema, and every path in the results folder."""
    root = study.folder.resolve()
    for name, others in {**study.of_kind("spiking"), **study.of_kind("small")}.items():
        assert SAFE.fullmatch(name), what
        assert all(SAFE.fullmatch(member.label) for member in others.members()), what
    for name, experiment in study.of_kind("rate").items():
        assert SAFE.fullmatch(name), what
        members = experiment.members()
        assert len({member.label for member in members}) == len(members), what
        for member in members[:40]:
            assert SAFE.fullmatch(member.label), what
            weights = network_path(study.folder, name, member.label).resolve()
            assert weights.parent == root / "networks" / name, what
            assert weights.name == f"{member.label}.safetensors", what
        if members:
            resolved = members[0].experiment.model_dump(mode="json", exclude={"name", "scale", "schedule"})
            resolved["training"]["schedule"] = None
            schedule = experiment.schedule.model_dump(mode="json", exclude={"name"})
            data = {"schedules": {"one": schedule}, "experiments": {name: resolved}}
            assert list(SCHEMA.iter_errors(data)) == [], what


def test_the_files_that_are_mutated_are_right(tmp_path):
    for number, text in enumerate(BASES):
        path = tmp_path / f"{number}.yaml"
        path.write_text(text)
        assert errors(path, "base") == []


def test_mutated_configurations(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "c.yaml"
    outcomes: Counter[str] = Counter()
    parsed = [yaml.safe_load(text) for text in BASES]
    for number in range(COUNT):
        which = 0 if number % 4 else 1  # the real file is ten times as long
        mutated = mutated_configuration(parsed[which], BASES[which], number)
        path.write_bytes(mutated.content)
        found = errors(path, f"mutation {number}: {mutated.what}")
        assert found or not mutated.always_wrong, f"mutation {number} was accepted: {mutated.what}"
        outcomes["refused" if found else "accepted"] += 1
    assert [each.name for each in tmp_path.iterdir()] == ["c.yaml"], "something was executed"
    assert outcomes["refused"] > COUNT / 2 and outcomes["accepted"] > COUNT / 50, outcomes
    print(f"{COUNT} mutated configurations: {dict(outcomes)}")


@pytest.mark.parametrize("folder", ["a\0b", "a{b}", "re\nsults", "results ", "-rf", "~/x", "a\u202eb", " ", "a//\tb"])
@pytest.mark.parametrize("setting", ["results", "figures"])
def test_folders_that_a_workflow_cannot_name(setting, folder):
    with pytest.raises(ConfigError, match=rf"^config\.yaml: {setting}: .* is not the name of a folder"):
        load_config({setting: folder, "schedules": {"paper": {}}, "experiments": {"one": {}}})


NAMES = ["..", "a/b", "../../a", "/a", ".a", "a b", "a\n", "a\0", "", "é", "{a}", "a" * 300]


def named(name: str) -> dict[str, dict]:
    """Experiments in which a name of the user's choice becomes part of a path."""
    grid = {"tasks.train": {name: ["fdgo"], "x": ["dm1"]}}
    start = {"experiment": "one", "member": name}
    return {
        "experiment": {name: {}},
        "label of a grid": {"one": {"grid": grid}},
        "file": {"one": {"imported": {"files": [f"folder/{name}.npz"]}}},
        "network to start from": {"one": {}, "two": {"pretrained": start}},
    }


@pytest.mark.parametrize("where", named(""))
@pytest.mark.parametrize("name", NAMES)
def test_names_cannot_leave_the_results_folder(name, where):
    try:
        study = load_config({"schedules": {"paper": {}}, "experiments": named(name)[where]})
    except ConfigError as error:
        assert all(line.isprintable() for line in error.problems)
        return
    inspect(study, repr(name))
    # of a file only the last part becomes a label, and no member is the member of an experiment without a grid
    assert where == "file" or (where, name) == ("network to start from", "")
