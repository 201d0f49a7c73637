"""SOAP against a plain NumPy statement of it, and through a training that is interrupted."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

import replicortex as rx
from replicortex.errors import ConfigError
from replicortex.training.moments import load_moments, moments_path
from replicortex.training.optimiser import Adam
from replicortex.training.soap import Soap
from replicortex.training.trainer import Trainer

torch.set_num_threads(1)
SHAPE = (5, 3)


def _schedule(**fields: object) -> SimpleNamespace:
    defaults = {"beta1": 0.9, "beta2": 0.99, "epsilon": 1e-6, "clip": 1.0}
    return SimpleNamespace(**{**defaults, "precondition_every": 3, "precondition_decay": 0.8, **fields})


def _gradients(n: int, seed: int = 0) -> list[np.ndarray]:
    """Gradients with a few strong directions, some elements above the clip."""
    rng = np.random.default_rng(seed)
    mixing = rng.normal(size=(SHAPE[1], SHAPE[1])) @ np.diag([1.5, 0.3, 0.05])
    return [rng.normal(size=SHAPE) @ mixing for _ in range(n)]


def _descend(optimiser: Adam, start: np.ndarray, gradients: list[np.ndarray], waiting: int = 0) -> np.ndarray:
    weights = {"w": torch.from_numpy(start.copy())}
    for n, g in enumerate(gradients):
        optimiser.step(weights, {"w": torch.from_numpy(g.copy())}, 0.0 if n < waiting else 0.01)
    return weights["w"].numpy()


def _plain(start: np.ndarray, gradients: list[np.ndarray], rate: float, every: int, decay: float) -> np.ndarray:
    """The published algorithm: the first moment kept in the weights' own coordinates, every basis written out."""
    b1, b2, epsilon = 0.9, 0.99, 1e-6
    w, m, v = start.copy(), np.zeros(SHAPE), np.zeros(SHAPE)
    left, right = np.zeros((5, 5)), np.zeros((3, 3))
    p, q = np.eye(5), np.eye(3)
    for n, g in enumerate(gradients, 1):
        g = np.clip(g, -1, 1)
        left, right = decay * left + (1 - decay) * g @ g.T, decay * right + (1 - decay) * g.T @ g
        if n == every:
            p, q = (np.linalg.eigh(mean)[1][:, ::-1] for mean in (left, right))
        elif n % every == 0:
            p, q = np.linalg.qr(left @ p)[0], np.linalg.qr(right @ q)[0]
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * (p.T @ g @ q) ** 2
        folded = rate * np.sqrt(1 - b2**n) / (1 - b1**n)
        w = w - folded * p @ ((p.T @ m @ q) / (np.sqrt(v) + epsilon)) @ q.T
    return w


def test_soap_against_numpy() -> None:
    start, gradients = np.random.default_rng(1).normal(size=SHAPE), _gradients(14)
    soap = Soap(_schedule())
    found = _descend(soap, start, gradients)
    np.testing.assert_allclose(found, _plain(start, gradients, 0.01, every=3, decay=0.8), rtol=1e-9)
    for basis, n in (("left_basis", 5), ("right_basis", 3)):
        turned = soap.group(basis)["w"]
        np.testing.assert_allclose(turned.T @ turned, np.eye(n), atol=1e-12)


def test_before_the_first_turn_it_is_adam() -> None:
    start, gradients = np.zeros(SHAPE), _gradients(6)
    same = [_descend(kind(_schedule(precondition_every=7)), start, gradients) for kind in (Adam, Soap)]
    np.testing.assert_allclose(*same, rtol=1e-12)
    turned = _descend(Soap(_schedule(precondition_every=6)), start, gradients)
    assert np.abs(turned - same[0]).max() > 1e-3


def test_matrices_named_together_are_one() -> None:
    start, gradients = np.random.default_rng(1).normal(size=SHAPE), _gradients(14)
    parts = {"a": torch.from_numpy(start[:2].copy()), "b": torch.from_numpy(start[2:].copy())}
    soap = Soap(_schedule(), matrices=[("a", "b"), ("elsewhere",)])
    for g in gradients:
        soap.step(parts, {"b": torch.from_numpy(g[2:].copy()), "a": torch.from_numpy(g[:2].copy())}, 0.01)
    whole = _descend(Soap(_schedule()), start, gradients)
    np.testing.assert_allclose(torch.cat([parts["a"], parts["b"]]), whole, rtol=1e-12)
    assert set(soap.group("left")) == {"a+b"}


def test_biases_are_adams() -> None:
    bias = {"b": torch.zeros(4, dtype=torch.float64)}
    other = {"b": torch.zeros(4, dtype=torch.float64)}
    adam, soap = Adam(_schedule()), Soap(_schedule(precondition_every=1))
    for seed in range(5):
        g = torch.from_numpy(np.random.default_rng(seed).normal(size=4))
        adam.step(bias, {"b": g.clone()}, 0.01)
        soap.step(other, {"b": g.clone()}, 0.01)
    assert torch.equal(bias["b"], other["b"]) and set(soap.memory) == {"first", "second"}


def test_it_does_not_mind_how_rows_and_columns_are_turned() -> None:
    """Adam depends on the coordinates of the weights; SOAP, once its bases stand, on the loss alone."""
    rng = np.random.default_rng(3)
    u, v = (np.linalg.qr(rng.normal(size=(n, n)))[0] for n in SHAPE)
    gradients = _gradients(40)
    turned = [u @ g @ v.T for g in gradients]
    plain = _schedule(clip=None, beta2=0.3, epsilon=1e-12)  # soon rid of what was before the bases
    for kind, same in ((Soap, True), (Adam, False)):
        one = _descend(kind(plain), np.zeros(SHAPE), gradients, waiting=30)
        other = _descend(kind(plain), np.zeros(SHAPE), turned, waiting=30)
        apart = np.abs(u @ one @ v.T - other).max() / np.abs(one).max()
        assert (apart < 1e-6) if same else (apart > 0.1), kind


def _experiment(path: str = "auto", optimiser: str = "soap", cell: str = "leaky_rnn") -> Any:
    first: dict[str, Any] = {
        "seeds": [0],
        "network": {"units": 20, "cell": cell, **({"activation": "tanh"} if cell != "leaky_rnn" else {})},
        "tasks": {"train": ["fdgo", "delaygo"]},
        "training": {
            "schedule": "one",
            "trials": 480,
            "evaluate_every": 25,
            "evaluation_trials": {"repetitions": 1, "batch": 8},
            "path": path,
        },
    }
    second = {**first, "training": {**first["training"], "schedule": "two"}, "pretrained": {"experiment": "first"}}
    schedules = {
        "one": {"optimiser": "soap", "batch": 8, "rate": 3e-3},
        "two": {"optimiser": optimiser, "batch": 8, "rate": 3e-3},
    }
    document = {"scale": "laptop", "schedules": schedules, "experiments": {"first": first, "second": second}}
    return rx.load_config(document)


@pytest.mark.parametrize("path", ["auto", pytest.param("torch", marks=pytest.mark.long)])
@pytest.mark.parametrize("cell", ["leaky_rnn", "leaky_gru", "lstm"])
def test_an_interrupted_training_ends_with_the_same_bits(cell: str, path: str, tmp_path: Path) -> None:
    experiment = _experiment(path, cell=cell)["first"]
    whole = rx.training.train(experiment, results=tmp_path / "whole", log=lambda line: None)

    class Stop(Exception):
        pass

    lines: list[str] = []

    def log(line: str) -> None:
        lines.append(line)
        if len(lines) == 3:  # the path, the first evaluation and the one after 25 updates, between two turns
            raise Stop

    with pytest.raises(Stop):
        rx.training.train(experiment, results=tmp_path / "half", log=log)
    lines = [""] * 10
    resumed = rx.training.train(experiment, results=tmp_path / "half", log=log)
    assert any("goes on from update 25" in line for line in lines)
    assert all(torch.equal(resumed.parameters[name], w) for name, w in whole.parameters.items())


def test_a_training_goes_on_with_the_bases(tmp_path: Path) -> None:
    study = _experiment()
    net = rx.training.train(study["first"], results=tmp_path, log=lambda line: None)
    moments = load_moments(moments_path(tmp_path, "first", "seed0"), net.one(0))
    assert moments.optimiser == "soap" and set(moments.memory["left_basis"]) == {"w_in+w_rec", "w_out"}
    found = rx.training.train(study["second"], results=tmp_path, log=lambda line: None)
    by_hand = Trainer(study["second"], "seed0", net, moments)
    by_hand.run(lambda progress: None)
    assert all(torch.equal(found.parameters[name][0], w) for name, w in by_hand.weights.items())


def test_no_optimiser_goes_on_with_the_moments_of_another(tmp_path: Path) -> None:
    study = _experiment(optimiser="adam")
    net = rx.training.train(study["first"], results=tmp_path, log=lambda line: None)
    lines: list[str] = []
    found = rx.training.train(study["second"], results=tmp_path, log=lines.append)
    assert "trained by soap" in lines[0] and "start anew" in lines[0]
    assert found.metadata["updates_before"] == 0
    by_hand = Trainer(study["second"], "seed0", net)
    by_hand.run(lambda progress: None)
    assert all(torch.equal(found.parameters[name][0], w) for name, w in by_hand.weights.items())


def test_it_is_refused_on_a_gpu() -> None:
    settings = _experiment()["first"].model_dump(mode="json")
    settings["training"]["device"] = "cuda"
    with pytest.raises(ConfigError, match=r"'one' \(optimiser soap\) cannot go with training.device 'cuda'"):
        rx.config.rebuild(settings)
