"""Every experiment of the repository's configuration trains at scale smoke, and goes on after an interruption."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from whole_config import whole_config

import replicortex as rx
from replicortex.training.job import history_path

pytestmark = pytest.mark.long

torch.set_num_threads(1)

FILE = Path(__file__).parents[1] / "config.yaml"


def _brief() -> Any:
    """The study at scale smoke, with a tenth of its trials."""
    data = whole_config()
    data["scales"]["smoke"] |= {"trials": 640, "evaluate_every": 5}
    data["schedules"]["brief"]["warmup"] = 2
    data["experiments"]["training_length"]["scales"]["smoke"]["grid"] = {"training.trials": [320, 640]}
    return rx.load_config(data, scale="smoke")


STUDY = _brief()
# those of the robustness figure differ in one setting each, which others have too
RATE = {name: each for name, each in STUDY.of_kind("rate").items() if each.seeds}
NAMES = [name for name in RATE if not name.startswith("robust_")]


class _Stop(Exception):
    pass


def _quiet(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the networks that others start from have been trained."""
    folder = tmp_path_factory.mktemp("results")
    for name in {
        experiment.start_from.experiment for experiment in STUDY.of_kind("rate").values() if experiment.start_from
    }:
        rx.training.train(STUDY[name], results=folder, log=_quiet)
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_every_experiment_trains_and_resumes_to_the_same_bits(name: str, results: Path, tmp_path: Path) -> None:
    experiment = STUDY[name]
    # of a grid, the last: with a penalty, tied weights, importance, rule weights alone, the other cell
    member = experiment.members()[-1]
    label, updates = member.label, member.experiment.updates
    seen: list[str] = []

    def stop(line: str) -> None:
        seen.append(line)
        if len(seen) == 4:  # the path, and three evaluations
            raise _Stop

    if updates:
        with pytest.raises(_Stop):
            rx.training.train(experiment, labels=[label], results=results, log=stop)
    lines: list[str] = []
    resumed = rx.training.train(experiment, labels=[label], results=results, log=lines.append)
    assert not updates or "goes on from update" in lines[0]
    history = pd.read_parquet(history_path(results, name, label))
    assert set(history["task"]) == set(member.experiment.tasks.train)
    assert history["updates"].max() == updates == resumed.metadata["updates"]
    assert not history.duplicated(["updates", "task"]).any()
    whole = rx.training.train(experiment, labels=[label], results=_with_starts(results, tmp_path), log=_quiet)
    assert all(torch.equal(resumed.parameters[key], weight) for key, weight in whole.parameters.items())


def _with_starts(results: Path, folder: Path) -> Path:
    """An empty results folder in which the networks to start from are found."""
    for part in ("networks", "moments"):
        (folder / part).mkdir()
        (folder / part / "pretraining").symlink_to(results / part / "pretraining")
    return folder


def test_native_and_torch_are_asked_alike() -> None:
    """The path follows from cell and activation: every experiment runs through the kernel where there is one."""
    if rx.native.find_kernel() is None:
        pytest.skip("no kernel here")
    for name in NAMES:
        member = STUDY[name].members()[-1]
        assert rx.training.Trainer(member.experiment, member.label).path.name.startswith("native"), name
