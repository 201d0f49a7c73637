"""Networks trained together as a job: files, checkpoints, kill -9, one that diverges, targets, refusals."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from tiny_ensembles import CPU, LABELS, LONG, difference, experiment_of

import replicortex as rx
from replicortex.training import ensemble, job
from replicortex.training.draws import Request, Sampler
from replicortex.training.history import NUMBERS
from replicortex.training.job import history_path, network_path, status_path
from replicortex.training.trainer import Trainer, TrainingDiverged

torch.set_num_threads(1)


@pytest.fixture
def on_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ``device: cuda`` compute on the CPU."""
    monkeypatch.setattr(job, "device_of", lambda experiment: CPU)


def _quiet(_: str) -> None:
    pass


def _states(results: Path) -> dict[str, str]:
    paths = sorted((results / "progress" / "tiny").glob("*.json"))
    return {path.stem: json.loads(path.read_text())["state"] for path in paths}


def _same(a: rx.networks.Ensemble, b: rx.networks.Ensemble) -> bool:
    return all(torch.equal(a.parameters[name], b.parameters[name]) for name in a.parameters)


def test_whole_trainings_agree_with_the_single_trainer(tmp_path: Path, on_cpu: None) -> None:
    together = rx.training.train(experiment_of(), results=tmp_path, log=_quiet)
    alone = rx.training.train(experiment_of("cpu"), log=_quiet)
    assert together.labels == alone.labels
    for name in alone.parameters:
        assert difference(together.parameters[name], alone.parameters[name]) < 1e-4, name  # float32 over 41 updates
    assert together.metadata["settings"]["training"]["device"] == "cuda"
    trainer = Trainer(experiment_of("cpu"), "seed1")
    trainer.run(lambda progress: None)
    history = pd.read_parquet(history_path(tmp_path, "tiny", "seed1"))
    expected = pd.DataFrame(trainer.rows, columns=list(NUMBERS))
    assert list(history["updates"]) == list(expected["updates"]) and set(history["updates"]) == {0, 20, 40, 41}
    np.testing.assert_allclose(history["loss"], expected["loss"], rtol=1e-4)
    np.testing.assert_allclose(history["performance"], expected["performance"], atol=1 / 12 + 1e-9)
    assert '"finished"' in status_path(tmp_path, "tiny", "seed2").read_text()
    assert not list((tmp_path / "checkpoints" / "tiny").iterdir())


_CHILD = """
import sys
import torch
from tiny_ensembles import CPU, LONG, experiment_of
from replicortex.training import job
job.device_of = lambda experiment: CPU
job.SAVE_EVERY = 0.0
job.train(experiment_of(**LONG), results=sys.argv[1])
"""


@pytest.mark.long
def test_a_killed_training_of_many_resumes_to_the_same_bits(tmp_path: Path, on_cpu: None) -> None:
    experiment = experiment_of(**LONG)
    whole = rx.training.train(experiment, log=_quiet)
    paths = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": paths}
    command = [sys.executable, "-c", _CHILD, str(tmp_path)]
    child = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    assert child.stderr is not None
    for line in child.stderr:  # killed while the checkpoints of an evaluation are being written
        if " 720 of 1,608" in line:
            break
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert len(list((tmp_path / "checkpoints" / "tiny").glob("*.safetensors"))) == 3
    lines: list[str] = []
    resumed = rx.training.train(experiment, results=tmp_path, log=lines.append)
    starts = [int(line.split("goes on from update ")[1].split()[0]) for line in lines[:3]]
    assert starts[0] == 90 and set(starts) <= {60, 90}
    assert _same(resumed, whole)
    for label in LABELS:
        history = pd.read_parquet(history_path(tmp_path, "tiny", label))
        assert not history.duplicated(["updates", "task"]).any() and history["updates"].max() == experiment.updates


def test_one_network_that_diverges_does_not_harm_the_others(tmp_path: Path, on_cpu: None, monkeypatch: Any) -> None:
    experiment = experiment_of()
    good = rx.training.train(experiment, log=_quiet)
    fill = Sampler.fill

    def spoilt(self: Sampler, request: Request, arrays: Any) -> None:
        fill(self, request, arrays)
        if request.task is None and request.update >= 25 and "seed1" in self.labels:
            arrays["y"][arrays["order"].tolist().index(self.labels.index("seed1")), 0, 0, 0] = np.nan

    monkeypatch.setattr(Sampler, "fill", spoilt)
    lines: list[str] = []
    with pytest.raises(TrainingDiverged, match=r"tiny, seed1: .*at update 25 \(200 trials\).*last good weights are in"):
        rx.training.train(experiment, results=tmp_path, log=lines.append)
    assert any("seed1" in line and "not finite" in line for line in lines)
    assert _states(tmp_path) == {"seed0": "finished", "seed1": "failed", "seed2": "finished"}
    assert not network_path(tmp_path, "tiny", "seed1").exists()
    for label in ("seed0", "seed2"):
        stored = rx.networks.load(network_path(tmp_path, "tiny", label))
        assert _same(stored, good.select(LABELS.index(label)))
    # Called again, nothing is trained anew but what failed.
    before = len(lines)
    with pytest.raises(TrainingDiverged):
        rx.training.train(experiment, results=tmp_path, log=lines.append)
    again = [line for line in lines[before:] if "goes on" not in line]
    assert len(again) <= 3 and all("seed1" in line for line in again)
    monkeypatch.setattr(Sampler, "fill", fill)
    assert _same(rx.training.train(experiment, results=tmp_path, log=_quiet), good)
    assert not list((tmp_path / "checkpoints" / "tiny").iterdir())


def test_networks_stop_at_the_target_each_by_itself(tmp_path: Path, on_cpu: None, monkeypatch: Any) -> None:
    experiment = experiment_of(training={"target": 0.5, "target_statistic": "mean"})
    late = {"seed2": 40}
    monkeypatch.setattr(Trainer, "reached_target", lambda self, progress: self.update >= late.get(self.label, 20))
    net = rx.training.train(experiment, results=tmp_path, log=_quiet)
    assert _states(tmp_path) == dict.fromkeys(LABELS, "finished")
    updates = [rx.networks.load(network_path(tmp_path, "tiny", label)).metadata["updates"] for label in LABELS]
    assert updates == [20, 20, 40]
    alone = rx.training.train(experiment_of("cpu", training={"target": 0.5, "target_statistic": "mean"}), log=_quiet)
    for name in net.parameters:
        assert difference(net.parameters[name], alone.parameters[name]) < 1e-4


def test_a_gpu_that_is_not_there_is_one_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    one_line = r"^experiments.tiny.training.device: 'cuda', but .*; choose 'cpu'$"
    with pytest.raises(rx.errors.ConfigError, match=one_line):
        rx.training.train(experiment_of(), results=tmp_path, log=_quiet)
    assert not list(tmp_path.iterdir())
    assert ensemble.device_of(experiment_of("cpu")) == CPU


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"network": {"cell": "gru", "activation": "tanh"}}, r"training.device: 'cuda' .*network.cell 'gru'"),
        ({"sequential": {"blocks": [["fdgo"], ["dm1", "delaydm2", "dmsgo"]]}}, r"training.device: .*sequential"),
        ({"training": {"device": "cpu", "timing": "shared"}}, r"training.timing: 'shared' cannot go .*device 'cpu'"),
    ],
)
def test_what_the_device_does_not_do_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(rx.errors.ConfigError, match=message):
        experiment_of(**changes)


def test_the_device_is_part_of_what_a_network_is(on_cpu: None) -> None:
    cpu, cuda = experiment_of("cpu"), experiment_of()
    assert cpu.fingerprint() != cuda.fingerprint()
    assert "device" not in cpu.identity()["training"]  # as before there was a choice
    assert rx.training.train(experiment_of(training={"trials": 80}), seeds=[0], log=_quiet).metadata["device"] == "cpu"


def test_conditions_of_a_grid_and_networks_to_start_from(tmp_path: Path, on_cpu: None) -> None:
    first = rx.training.train(experiment_of(training={"trials": 80}), seeds=[0, 1], results=tmp_path, log=_quiet)
    start = rx.config.schema.StartFrom(experiment="tiny")
    found = {}
    for device in ("cuda", "cpu"):
        experiment = experiment_of(device, grid={"regularisers.l1_rates": [0.0, 0.1]}, training={"trials": 80})
        experiment = experiment.model_copy(update={"name": "tuned", "pretrained": start})
        found[device] = rx.training.train(experiment, seeds=[0, 1], results=tmp_path, log=_quiet)
    assert found["cuda"].labels == found["cpu"].labels and found["cuda"].n_networks == 4
    for name, weights in found["cpu"].parameters.items():
        assert difference(found["cuda"].parameters[name], weights) < 1e-4
        assert difference(weights[:2], first.parameters[name]) > 1e-3
        assert not torch.equal(weights[0], weights[2])
