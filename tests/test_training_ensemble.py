"""Many networks at once on torch's CPU device: the same as one trainer each, whatever the padding and the company."""

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

import replicortex as rx
from replicortex.networks.activations import ACTIVATIONS
from replicortex.networks.sequence import Lengths, leaky_sequence
from replicortex.training import ensemble, job
from replicortex.training.draws import BUCKET, Request, Sampler, requests
from replicortex.training.ensemble import EnsembleTrainer
from replicortex.training.history import NUMBERS
from replicortex.training.job import history_path, network_path, status_path
from replicortex.training.source import Source
from replicortex.training.trainer import Trainer, TrainingDiverged

torch.set_num_threads(1)
CPU = torch.device("cpu")
LABELS = ["seed0", "seed1", "seed2"]


def _experiment(device: str = "cuda", **changes: Any) -> Any:
    """A tiny experiment; ``changes`` go to its sections."""
    settings: dict[str, Any] = {
        "seeds": [0, 1, 2],
        "network": {"units": 16, "init": "diag"},
        "tasks": {"train": ["fdgo", "dm1", "delaydm2", "dmsgo"]},
        "training": {
            "schedule": "quick",
            "trials": 320,
            "evaluate_every": 20,
            "evaluation_trials": {"repetitions": 2, "batch": 6},
            "device": device,
        },
    }
    for section, fields in changes.items():
        settings[section] = {**settings.get(section, {}), **fields}
    schedules = {
        "quick": {"batch": 8, "rate": 3e-3, "warmup": 5, "decay": "cosine"},
        "absurd": {"batch": 8, "rate": 1.0, "clip": None},
    }
    return rx.load_config({"scale": "laptop", "schedules": schedules, "experiments": {"tiny": settings}})["tiny"]


@pytest.fixture
def on_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ``device: cuda`` compute on the CPU."""
    monkeypatch.setattr(job, "device_of", lambda experiment: CPU)


def _quiet(_: str) -> None:
    pass


def _trainers(experiment: Any, dtype: torch.dtype = torch.float32) -> list[Trainer]:
    found = [Trainer(experiment, label) for label in LABELS]
    for trainer in found:
        trainer.weights = {name: weight.to(dtype) for name, weight in trainer.weights.items()}
    return found


def _learn_together(members: list[Trainer], updates: int) -> EnsembleTrainer:
    trainer = EnsembleTrainer(members, CPU)
    trainer.networks.moving.fill_(True)
    sequence = (Request(update) for update in range(updates))
    with Source(trainer.sampler, lambda: sequence, CPU, workers=0) as source:
        for update in range(updates):
            trainer.networks.advance(source.take(Request(update)), update)
    return trainer


def _difference(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a - b).detach().norm() / b.detach().norm().clamp(min=1e-12))


VARIANTS: list[dict[str, Any]] = [
    {},
    {"network": {"sigma_rec": 0.0, "activation": "tanh"}, "tasks": {"sigma_x": 0.0, "loss": "cross_entropy"}},
    {"network": {"input": "separate", "mix_rule": True, "activation": "relu"}, "training": {"trainable": "input"}},
    {
        "tasks": {"cost_mask": "paper"},
        "network": {"activation": "retanh"},
        "regularisers": {
            "l1_rates": 1e-3,
            "l2_rates": 1e-5,
            "l1_weights": 1e-3,
            "l2_weights": 1e-3,
            "l2_weights_from_start": 1e-2,
            "plastic_fraction": 0.5,
        },
    },
    {"network": {"activation": "power"}},
]


@pytest.mark.parametrize("changes", VARIANTS, ids=["fused", "entropy", "separate", "regularised", "power"])
def test_networks_learn_together_what_each_learns_alone(changes: dict[str, Any]) -> None:
    """In double precision, with the noise of the CPU's trainer; trials of unequal length are padded."""
    experiment = _experiment(**changes)
    together = _learn_together(_trainers(experiment, torch.float64), 12)
    for m, alone in enumerate(_trainers(experiment, torch.float64)):
        start = {name: weight.clone() for name, weight in alone.weights.items()}
        for _ in range(12):
            alone.advance()
        for name in alone.trained:
            moved = alone.weights[name] - start[name]
            assert float(moved.detach().norm()) > 0
            assert _difference(together.networks.weights[name][m] - start[name], moved) < 1e-7, name
        frozen = set(alone.weights) - set(alone.trained)
        assert all(torch.equal(together.networks.weights[name][m], start[name]) for name in frozen)
        assert float(together.networks.penalty[m]) == pytest.approx(alone._last_penalty, rel=1e-6)


def test_whole_trainings_agree_with_the_single_trainer(tmp_path: Path, on_cpu: None) -> None:
    together = rx.training.train(_experiment(), results=tmp_path, log=_quiet)
    alone = rx.training.train(_experiment("cpu"), log=_quiet)
    assert together.labels == alone.labels
    for name in alone.parameters:
        assert _difference(together.parameters[name], alone.parameters[name]) < 1e-4, name  # float32 over 41 updates
    assert together.metadata["settings"]["training"]["device"] == "cuda"
    trainer = Trainer(_experiment("cpu"), "seed1")
    trainer.run(lambda progress: None)
    history = pd.read_parquet(history_path(tmp_path, "tiny", "seed1"))
    expected = pd.DataFrame(trainer.rows, columns=list(NUMBERS))
    assert list(history["updates"]) == list(expected["updates"]) and set(history["updates"]) == {0, 20, 40, 41}
    np.testing.assert_allclose(history["loss"], expected["loss"], rtol=1e-4)
    np.testing.assert_allclose(history["performance"], expected["performance"], atol=1 / 12 + 1e-9)
    assert '"finished"' in status_path(tmp_path, "tiny", "seed2").read_text()
    assert not list((tmp_path / "checkpoints" / "tiny").iterdir())


def test_a_network_does_not_depend_on_who_trains_beside_it() -> None:
    """But for rounding: here it is alone, and nothing is padded beyond its own bucket."""
    experiment = _experiment()
    three = _learn_together(_trainers(experiment, torch.float64), 10)
    alone = EnsembleTrainer(_trainers(experiment, torch.float64)[1:2], CPU)
    alone.networks.moving.fill_(True)
    with Source(alone.sampler, lambda: iter(()), CPU, workers=0) as source:
        for update in range(10):
            alone.networks.advance(source.take(Request(update)), update)
    for name, weight in alone.networks.weights.items():
        assert _difference(three.networks.weights[name][1], weight[0]) < 1e-7


@pytest.mark.parametrize("request_", [Request(7), Request(40, "delaydm2", 1)])
@pytest.mark.parametrize("loss", ["squared", "cross_entropy"])
def test_rendered_trials_are_those_of_the_single_trainer(request_: Request, loss: str) -> None:
    experiment = _experiment(tasks={"loss": loss, "sigma_x": 0.0})
    members = _trainers(experiment)
    together = EnsembleTrainer(members, CPU)
    sequence = [Request(40, "delaydm2", 0), request_] if request_.task else [request_]
    with Source(together.sampler, lambda: iter(sequence), CPU, workers=0) as source:
        batch = [source.take(one) for one in sequence][-1]
        together.networks._render(batch)
    n_trial = batch.y_loc.shape[1]
    assert batch.n_time % BUCKET == 0 and batch.n_time - max(batch.lengths) < BUCKET
    b = {name: tensor.numpy() for name, tensor in together.networks._buffers(batch.n_time, n_trial).items()}
    assert batch.lengths == sorted(batch.lengths, reverse=True) and sorted(batch.order) == [0, 1, 2]
    for place, m in enumerate(batch.order):
        member = members[m]
        if request_.task is None:
            trial, rng = member.draw(request_.update)
        else:
            rng = member.stream("evaluation", 40, request_.task)
            for _ in range(2):
                trial = rx.tasks.generate(request_.task, batch=6, rng=rng, noise=False, coding=member.coding)
                last = rng.integers(2**63)
        n = len(trial.x)
        assert batch.lengths[place] == n
        np.testing.assert_array_equal(b["x"][place, :n], trial.x)
        np.testing.assert_array_equal(b["target"][place, :n], trial.y)
        np.testing.assert_array_equal(batch.y_loc[m], trial.y_loc[-1])
        assert batch.seeds[place] == (last if request_.task else rng.integers(2**63))
        share = batch.n_time / n
        scale = share if loss == "cross_entropy" else share**0.5
        mask = np.broadcast_to(b["mask"][place, :n], trial.mask.shape)
        np.testing.assert_allclose(mask, trial.mask * scale, rtol=1e-6)
        assert not b["x"][place, n:].any() and not b["mask"][place, n:].any() and not b["leak"][place, n:].any()


def test_gradients_with_a_network_axis_agree_with_autograd() -> None:
    """Unequal lengths included; float64."""
    rng = np.random.default_rng(0)

    def array(*shape: int, scale: float = 1.0) -> torch.Tensor:
        return torch.from_numpy(scale * rng.standard_normal(shape))

    n, time_, trials, units, channels, alpha = 3, 9, 4, 6, 5, 0.3
    x, noise = array(n, time_, trials, channels), array(n, time_, trials, units, scale=0.1)
    w_in, w_rec, bias = array(n, channels, units), array(n, units, units, scale=0.3), array(n, units)
    weights = [weight.requires_grad_() for weight in (w_in, w_rec, bias)]
    lengths = torch.tensor([9, 6, 4])
    going = (torch.arange(time_) < lengths[:, None]).double()
    readout = array(n, time_, trials, units) * going[..., None, None]
    ends = Lengths(alpha * going[..., None, None], ((0, 5, 3), (5, 7, 2), (7, 9, 1)))
    f = ACTIVATIONS["softplus"]
    rates = leaky_sequence(x, w_in, w_rec, bias, alpha=alpha, activation=f, noise=noise.clone(), lengths=ends)
    found = torch.autograd.grad((readout * rates.square()).sum(), weights)
    for m, length in enumerate(lengths.tolist()):
        h, plain = x.new_zeros(trials, units), []
        for t in range(length):
            h = (1 - alpha) * h + alpha * f.apply(x[m, t] @ w_in[m] + h @ w_rec[m] + bias[m] + noise[m, t])
            plain.append(h)
        expected = torch.autograd.grad((readout[m, :length] * torch.stack(plain).square()).sum(), weights)
        assert _difference(rates[m, :length], torch.stack(plain)) < 1e-12
        for ours, theirs in zip(found, expected, strict=True):
            assert _difference(ours[m], theirs[m]) < 1e-9


def test_shared_timing_gives_all_networks_one_task_and_nothing_to_pad() -> None:
    experiment = _experiment(training={"timing": "shared"})
    sampler = Sampler(experiment, LABELS)
    lengths = set()
    with Source(sampler, lambda: iter(()), CPU, workers=0) as source:
        for update in range(12):
            batch = source.take(Request(update))
            assert set(batch.lengths) == {batch.n_time}
            rules = batch.rows["x"][:, 0, 0, -20:].numpy()
            assert (rules == rules[0]).all() and rules.sum() == 3
            x = batch.rows["x"].numpy()
            assert not np.array_equal(x[0], x[1])  # conditions are each network's own
            lengths.add(batch.n_time)
    assert len(lengths) > 3


def test_batches_drawn_by_other_processes_are_the_same() -> None:
    experiment = _experiment()
    sampler = Sampler(experiment, LABELS)
    wanted = list(requests(experiment, 38, evaluate_first=False))
    assert len(wanted) == 2 + 8 + 1 + 8 and [r.update for r in wanted if r.task is None] == [38, 39, 40]
    with (
        Source(sampler, lambda: requests(experiment, 38, False), CPU, workers=2) as ahead,
        Source(sampler, lambda: requests(experiment, 38, False), CPU, workers=0) as here,
    ):
        for request in wanted:
            a, b = ahead.take(request), here.take(request)
            assert a.seeds == b.seeds and a.lengths == b.lengths and a.n_time == b.n_time
            assert all(torch.equal(a.rows[name], b.rows[name]) for name in a.rows)


def test_a_dead_process_is_noticed() -> None:
    experiment = _experiment()
    with Source(Sampler(experiment, LABELS), lambda: iter([Request(0)]), CPU, workers=1) as source:
        source.take(Request(0))
        with pytest.raises(RuntimeError, match="draws trials has died"):
            source.take(Request(1))  # never drawn: its process has come to the end


def _states(results: Path) -> dict[str, str]:
    import json

    paths = sorted((results / "progress" / "tiny").glob("*.json"))
    return {path.stem: json.loads(path.read_text())["state"] for path in paths}


def _same(a: rx.networks.Ensemble, b: rx.networks.Ensemble) -> bool:
    return all(torch.equal(a.parameters[name], b.parameters[name]) for name in a.parameters)


_CHILD = """
import sys
import torch
import test_training_ensemble as t
t.job.device_of = lambda experiment: torch.device("cpu")
t.job.SAVE_EVERY = 0.0
t.rx.training.train(t._experiment(**t.LONG), results=sys.argv[1])
"""
LONG: dict[str, Any] = {"training": {"trials": 1600, "evaluate_every": 30, "timing": "shared"}}


def test_a_killed_training_of_many_resumes_to_the_same_bits(tmp_path: Path, on_cpu: None) -> None:
    experiment = _experiment(**LONG)
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
    experiment = _experiment()
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


def test_networks_stop_at_the_target_each_by_itself(on_cpu: None, monkeypatch: Any) -> None:
    experiment = _experiment(training={"target": 0.5, "target_statistic": "mean"})
    late = {"seed2": 40}
    monkeypatch.setattr(Trainer, "reached_target", lambda self, progress: self.update >= late.get(self.label, 20))
    net = rx.training.train(experiment, log=_quiet)
    alone = rx.training.train(_experiment("cpu", training={"target": 0.5, "target_statistic": "mean"}), log=_quiet)
    for name in net.parameters:
        assert _difference(net.parameters[name], alone.parameters[name]) < 1e-4
    only = rx.training.train(experiment, seeds=[0], log=_quiet)
    assert only.metadata["updates"] == 20


def test_a_gpu_that_is_not_there_is_one_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    one_line = r"^experiments.tiny.training.device: 'cuda', but .*; choose 'cpu'$"
    with pytest.raises(rx.errors.ConfigError, match=one_line):
        rx.training.train(_experiment(), results=tmp_path, log=_quiet)
    assert not list(tmp_path.iterdir())
    assert ensemble.device_of(_experiment("cpu")) == CPU


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
        _experiment(**changes)


def test_the_device_is_part_of_what_a_network_is(on_cpu: None) -> None:
    cpu, cuda = _experiment("cpu"), _experiment()
    assert cpu.fingerprint() != cuda.fingerprint()
    assert "device" not in cpu.identity()["training"]  # as before there was a choice
    assert rx.training.train(_experiment(training={"trials": 80}), seeds=[0], log=_quiet).metadata["device"] == "cpu"


def test_conditions_of_a_grid_and_networks_to_start_from(tmp_path: Path, on_cpu: None) -> None:
    first = rx.training.train(_experiment(training={"trials": 80}), seeds=[0, 1], results=tmp_path, log=_quiet)
    start = rx.config.schema.Pretrained(experiment="tiny")
    found = {}
    for device in ("cuda", "cpu"):
        experiment = _experiment(device, grid={"regularisers.l1_rates": [0.0, 0.1]}, training={"trials": 80})
        experiment = experiment.model_copy(update={"name": "tuned", "pretrained": start})
        found[device] = rx.training.train(experiment, seeds=[0, 1], results=tmp_path, log=_quiet)
    assert found["cuda"].labels == found["cpu"].labels and found["cuda"].n_networks == 4
    for name, weights in found["cpu"].parameters.items():
        assert _difference(found["cuda"].parameters[name], weights) < 1e-4
        assert _difference(weights[:2], first.parameters[name]) > 1e-3
        assert not torch.equal(weights[0], weights[2])
