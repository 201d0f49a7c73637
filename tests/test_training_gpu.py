"""What only a GPU can show; skipped where there is none."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_ensembles import LABELS, difference, experiment_of

import replicortex as rx
from replicortex.training import job
from replicortex.training.draws import Request
from replicortex.training.ensemble import EnsembleTrainer
from replicortex.training.graphs import Recorder
from replicortex.training.source import Source
from replicortex.training.trainer import Trainer

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
SILENT: dict[str, Any] = {"tasks": {"sigma_x": 0.0}, "network": {"sigma_rec": 0.0}}


def _learn(experiment: Any, updates: int, workers: int = 2, recorded: bool = True) -> EnsembleTrainer:
    trainer = EnsembleTrainer([Trainer(experiment, label) for label in LABELS], torch.device("cuda"), workers)
    trainer.networks.moving.fill_(True)
    if not recorded:
        trainer.networks._recorder = Recorder(torch.device("cpu"))  # runs every piece as it is
    with Source(trainer.sampler, lambda: map(Request, range(updates)), trainer.device, workers) as source:
        for update in range(updates):
            trainer.networks.advance(source.take(Request(update)), update)
        assert all(source._pinned) and len(source._pinned) == len(source._memory)
    return trainer


@pytest.mark.parametrize("loss", ["squared", "cross_entropy"])
def test_without_noise_a_gpu_learns_what_the_cpu_learns(loss: str) -> None:
    experiment = experiment_of(**{**SILENT, "tasks": {"sigma_x": 0.0, "loss": loss}})
    together = _learn(experiment, 20)
    for m, label in enumerate(LABELS):
        alone = Trainer(experiment, label)
        for _ in range(20):
            alone.advance()
        for name, weight in alone.weights.items():
            assert difference(together.networks.weights[name][m].cpu(), weight) < 1e-4, name


def test_recorded_updates_are_the_plain_ones() -> None:
    experiment = experiment_of(regularisers={"l1_rates": 1e-3, "l2_weights": 1e-3})
    recorded, plain = _learn(experiment, 30), _learn(experiment, 30, workers=0, recorded=False)
    for name, weight in plain.networks.weights.items():
        assert difference(recorded.networks.weights[name], weight) < 1e-6, name
    assert torch.equal(recorded.networks.count, plain.networks.count)


def test_an_interrupted_training_ends_with_the_same_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "SAVE_EVERY", 0.0)
    experiment = experiment_of(training={"trials": 1600, "evaluate_every": 30})
    whole = rx.training.train(experiment, log=lambda line: None)
    lines: list[str] = []

    class Stop(Exception):
        pass

    def log(line: str) -> None:
        lines.append(line)
        if len(lines) == 8:
            raise Stop

    with pytest.raises(Stop):
        rx.training.train(experiment, results=tmp_path, log=log)
    resumed = rx.training.train(experiment, results=tmp_path, log=lines.append)
    assert "goes on from update" in lines[8]
    assert all(torch.equal(resumed.parameters[name], weight) for name, weight in whole.parameters.items())
    assert resumed.metadata["gpu"] and resumed.metadata["device"] == "cuda"


def test_populations_learn_alike() -> None:
    """Noise differs between the devices: the mean loss at the end agrees within the spread over networks."""
    settings: dict[str, Any] = {"training": {"trials": 8000, "evaluate_every": 1000}, "tasks": {"train": ["fdgo"]}}
    ends: dict[str, torch.Tensor] = {}
    for device in ("cuda", "cpu"):
        experiment = experiment_of(device, **settings).model_copy(update={"seeds": list(range(8))})
        found: list[float] = []
        net = rx.training.train(experiment, log=lambda line: None)
        for m in range(net.n_networks):
            (one,) = rx.training.evaluate(net.select(m), ["fdgo"], experiment_rng(m))
            found.append(one["fdgo"].loss)
        ends[device] = torch.tensor(found)
    spread = float((ends["cuda"].var() + ends["cpu"].var()).sqrt()) / 8**0.5
    assert abs(float(ends["cuda"].mean() - ends["cpu"].mean())) < 4 * spread


def experiment_rng(m: int) -> Any:
    """A stream for the evaluation of network ``m``, the same for both devices."""
    return rx.random_streams.generator("gpu test", "evaluation", m)
