"""A network that learns on takes Adam's moments and their number of updates with it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import replicortex as rx
from replicortex.training.job import network_path
from replicortex.training.moments import Moments, load_moments, moments_path, save_moments
from replicortex.training.trainer import Trainer

torch.set_num_threads(1)


def _study(trainable: str = "all", path: str = "auto") -> Any:
    """A tiny experiment, and one that goes on with its networks."""
    first: dict[str, Any] = {
        "seeds": [0, 1],
        "network": {"units": 20, "activation": "relu", "init": "diag", "input": "separate"},
        "tasks": {"train": ["fdgo", "delaygo"]},
        "training": {
            "schedule": "constant",
            "trials": 240,
            "evaluate_every": 10,
            "evaluation_trials": {"repetitions": 1, "batch": 8},
            "path": path,
        },
    }
    training = {**first["training"], "trainable": trainable, "trials": 160}
    second = {**first, "tasks": {"train": ["delayanti"]}, "training": training, "pretrained": {"experiment": "first"}}
    schedules = {"constant": {"batch": 8, "rate": 3e-3}}
    return rx.load_config(
        {"scale": "laptop", "schedules": schedules, "experiments": {"first": first, "second": second}}
    )


def _quiet(_: str) -> None:
    pass


def _trained(study: Any, results: Path) -> tuple[rx.networks.Ensemble, Moments]:
    """The first network of the first experiment, and what Adam remembers of it."""
    rx.training.train(study["first"], results=results, log=_quiet)
    net = rx.networks.load(network_path(results, "first", "seed0"))
    return net, load_moments(moments_path(results, "first", "seed0"), net.one(0))


@pytest.mark.parametrize("path", ["auto", "torch"])
@pytest.mark.parametrize("trainable", ["all", "rule"])
def test_the_first_update_goes_on_where_the_last_training_ended(path: str, trainable: str, tmp_path: Path) -> None:
    study = _study(trainable, path)
    net, moments = _trained(study, tmp_path)
    assert moments.count == study["first"].updates == 31
    trainer = Trainer(study["second"], "seed0", net, moments)
    assert (trainer.update, trainer.earlier) == (0, 31)
    gradient = {name: g.double().numpy().copy() for name, g in trainer.gradient(0).weights.items()}
    every = set(moments.memory["first"])
    assert set(gradient) == set(trainer.trained) == ({"w_rule"} if trainable == "rule" else every)
    trainer.advance()
    assert (trainer.update, trainer.optimiser.count) == (1, 32)
    for name, g in gradient.items():
        m = 0.9 * moments.memory["first"][name].double().numpy() + 0.1 * np.clip(g, -1, 1)
        v = 0.999 * moments.memory["second"][name].double().numpy() + 0.001 * np.clip(g, -1, 1) ** 2
        step = 3e-3 * np.sqrt(1 - 0.999**32) / (1 - 0.9**32) * m / (np.sqrt(v) + 1e-8)
        start = net.parameters[name][0].double().numpy()
        np.testing.assert_allclose(trainer.weights[name].detach().numpy(), start - step, atol=2e-7, err_msg=name)
        assert np.abs(step).max() > 1e-4


def test_a_training_in_two_parts_is_the_training_in_one() -> None:
    """The second part counts its updates from 0, so that it draws the same trials as the first."""
    experiment = _study()["first"]
    whole, first = Trainer(experiment, "seed0"), Trainer(experiment, "seed0")
    for _ in range(10):
        first.advance()
    second = Trainer(experiment, "seed0", first.ensemble({}), first.moments)
    for update in [*range(10), *range(10)]:
        grads = whole.gradient(update).weights
        whole.optimiser.step(whole.weights, {name: g.clone() for name, g in grads.items()}, 3e-3)
    for _ in range(10):
        second.advance()
    assert all(torch.equal(second.weights[name], whole.weights[name]) for name in whole.weights)


def test_the_job_finds_them_and_says_where_it_began(tmp_path: Path) -> None:
    study = _study()
    net, moments = _trained(study, tmp_path)
    found = rx.training.train(study["second"], seeds=[0], results=tmp_path, log=_quiet)
    by_hand = Trainer(study["second"], "seed0", net, moments)
    by_hand.run(lambda progress: None)
    assert all(torch.equal(found.parameters[name][0], w) for name, w in by_hand.weights.items())
    assert found.metadata["updates_before"] == 31 and found.metadata["updates"] == 21
    again = load_moments(moments_path(tmp_path, "second", "seed0"), found.one(0))
    assert again.count == 31 + 21


def test_an_interrupted_training_goes_on_with_them(tmp_path: Path) -> None:
    study = _study()
    net, moments = _trained(study, tmp_path)
    by_hand = Trainer(study["second"], "seed0", net, moments)
    by_hand.run(lambda progress: None)

    class Stop(Exception):
        pass

    seen: list[str] = []

    def log(line: str) -> None:
        seen.append(line)
        if len(seen) == 3:
            raise Stop

    with pytest.raises(Stop):
        rx.training.train(study["second"], seeds=[0], results=tmp_path, log=log)
    lines: list[str] = []
    found = rx.training.train(study["second"], seeds=[0], results=tmp_path, log=lines.append)
    assert "goes on from update 10" in lines[0]
    assert all(torch.equal(found.parameters[name][0], w) for name, w in by_hand.weights.items())


def test_a_start_without_moments_is_told(tmp_path: Path) -> None:
    study = _study()
    net, _ = _trained(study, tmp_path)
    moments_path(tmp_path, "first", "seed0").unlink()
    lines: list[str] = []
    found = rx.training.train(study["second"], seeds=[0], results=tmp_path, log=lines.append)
    assert "no moments" in lines[0] and found.metadata["updates_before"] == 0
    by_hand = Trainer(study["second"], "seed0", net)
    by_hand.run(lambda progress: None)
    assert all(torch.equal(found.parameters[name][0], w) for name, w in by_hand.weights.items())


def test_moments_of_other_weights_are_refused(tmp_path: Path) -> None:
    study = _study()
    net, moments = _trained(study, tmp_path)
    path = moments_path(tmp_path, "first", "seed0")
    save_moments(path, moments, {name: w + 1e-6 for name, w in net.one(0).items()})
    with pytest.raises(ValueError, match=r"seed0\.safetensors.*other weights"):
        rx.training.train(study["second"], seeds=[0], results=tmp_path, log=_quiet)
    path.write_bytes(b"no tensors")
    with pytest.raises(ValueError, match=r"seed0\.safetensors"):
        rx.training.train(study["second"], seeds=[0], results=tmp_path, log=_quiet)


def test_untrained_networks_have_their_initial_weights(tmp_path: Path) -> None:
    settings = _study()["first"].model_dump(mode="json")
    settings["training"]["trials"] = 0
    experiment = rx.config.rebuild(settings)
    assert experiment.updates == 0
    net = rx.training.train(experiment, results=tmp_path, log=_quiet)
    start = Trainer(experiment, "seed1")
    assert all(torch.equal(net.select(1).parameters[name][0], w) for name, w in start.weights.items())
    assert load_moments(moments_path(tmp_path, "first", "seed1"), net.one(1)).count == 0
    import pandas as pd

    history = pd.read_parquet(tmp_path / "networks" / "first" / "seed1.history.parquet")
    assert history["trials"].tolist() == [0, 0] and history["performance"].between(0, 1).all()
