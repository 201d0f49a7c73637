"""The registry of optimisers, and those beside Adam and SOAP against plain float64 statements of them."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

import replicortex as rx
from replicortex.errors import ConfigError
from replicortex.networks.initial import random_orthogonal
from replicortex.training.layout import Layout
from replicortex.training.moments import load_moments, moments_path
from replicortex.training.muon import Muon, orthogonalised
from replicortex.training.optimiser import EVERY, Adam
from replicortex.training.optimisers import OPTIMISERS
from replicortex.training.rotated import RotatedAdam
from replicortex.training.sgd import Sgd

torch.set_num_threads(1)
N, N_IN, N_OUT = 6, 4, 3
SHAPES = {"w_in": (N_IN, N), "w_rec": (N, N), "b_rec": (N,), "w_out": (N, N_OUT), "b_out": (N_OUT,)}
LAYOUT = Layout((("w_in", "w_rec"), ("w_out",)), ("w_rec", "w_out"), N)
Arrays = dict[str, np.ndarray]


def _schedule(**fields: object) -> Any:
    defaults = {"beta1": 0.9, "beta2": 0.99, "epsilon": 1e-6, "clip": 1.0, "momentum": 0.9}
    return SimpleNamespace(**{**defaults, **fields})


def _arrays(seed: int, shapes: dict[str, tuple[int, ...]] = SHAPES) -> Arrays:
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}  # some elements above the clip


def _descend(optimiser: Adam, start: Arrays, gradients: list[Arrays], rate: float = 0.01) -> Arrays:
    weights = {name: torch.from_numpy(array.copy()) for name, array in start.items()}
    for g in gradients:
        optimiser.step(weights, {name: torch.from_numpy(array.copy()) for name, array in g.items()}, rate)
    return {name: weight.numpy() for name, weight in weights.items()}


def _turn(weights: Arrays, r: np.ndarray) -> Arrays:
    """The weights of a leaky RNN whose units are turned: h' = h R."""
    w = weights
    return {
        "w_in": w["w_in"] @ r,
        "w_rec": r.T @ w["w_rec"] @ r,
        "b_rec": w["b_rec"] @ r,
        "w_out": r.T @ w["w_out"],
        "b_out": w["b_out"],
    }


def _with_rotation(r: np.ndarray, layout: Layout = LAYOUT, **fields: object) -> RotatedAdam:
    return RotatedAdam(_schedule(**fields), {"rotation": {EVERY: torch.from_numpy(r)}}, 0, layout)


def _close(one: Arrays, other: Arrays, rtol: float = 1e-9) -> None:
    for name, array in one.items():
        np.testing.assert_allclose(array, other[name], rtol=rtol, atol=rtol, err_msg=name)


def test_adam_with_no_rotation_is_adam() -> None:
    start, gradients = _arrays(0), [_arrays(seed) for seed in range(1, 9)]
    found = _descend(_with_rotation(np.eye(N)), start, gradients)
    _close(found, _descend(Adam(_schedule()), start, gradients))


def test_rotated_adam_takes_adams_steps_on_turned_weights() -> None:
    r = random_orthogonal(np.random.default_rng(5), N)
    start, gradients = _arrays(0), [_arrays(seed) for seed in range(1, 9)]
    found = _descend(_with_rotation(r), start, gradients)
    turned = _descend(Adam(_schedule()), _turn(start, r), [_turn(g, r) for g in gradients])
    _close(_turn(found, r), turned)
    plain = _descend(Adam(_schedule()), start, gradients)
    assert max(np.abs(found["w_rec"] - plain["w_rec"]).ravel()) > 1e-3


def test_every_block_of_a_gated_cells_columns_is_turned() -> None:
    shapes = {"w_gates": (N_IN + N, 2 * N), "b_gates": (2 * N,), "w_out": (N, N_OUT)}
    r = random_orthogonal(np.random.default_rng(5), N)
    twice = np.kron(np.eye(2), r)

    def turn(w: Arrays) -> Arrays:
        rows = np.vstack([w["w_gates"][:N_IN], r.T @ w["w_gates"][N_IN:]])
        return {"w_gates": rows @ twice, "b_gates": w["b_gates"] @ twice, "w_out": r.T @ w["w_out"]}

    start, gradients = _arrays(0, shapes), [_arrays(seed, shapes) for seed in range(1, 5)]
    found = _descend(_with_rotation(r, Layout((), ("w_gates", "w_out"), N)), start, gradients)
    _close(turn(found), _descend(Adam(_schedule()), turn(start), [turn(g) for g in gradients]))


def test_a_rotation_is_drawn_once_from_the_networks_stream() -> None:
    layout = Layout((), ("w_rec", "w_out"), N, lambda: np.random.default_rng(7))
    optimiser = RotatedAdam(_schedule(), {}, 0, layout)
    _descend(optimiser, _arrays(0), [_arrays(1), _arrays(2)])
    drawn = optimiser.group("rotation")[EVERY].numpy()
    np.testing.assert_array_equal(drawn, random_orthogonal(np.random.default_rng(7), N))


def test_sgd_against_torch() -> None:
    start, gradients = _arrays(0), [_arrays(seed) for seed in range(1, 9)]
    found = _descend(Sgd(_schedule()), start, gradients)
    weights = {name: torch.from_numpy(array.copy()) for name, array in start.items()}
    reference = torch.optim.SGD(weights.values(), lr=0.01, momentum=0.9)
    for g in gradients:
        for name, weight in weights.items():
            weight.grad = torch.from_numpy(np.clip(g[name], -1, 1))
        reference.step()
    _close(found, {name: weight.numpy() for name, weight in weights.items()}, 1e-12)


@pytest.mark.parametrize("shape", [(5, 9), (9, 5), (6, 6)])
def test_muons_update_is_orthogonal_along_the_vectors_of_the_momentum(shape: tuple[int, int]) -> None:
    u = np.random.default_rng(0).normal(size=shape)
    left, _, right = np.linalg.svd(u, full_matrices=False)
    found = left.T @ orthogonalised(torch.from_numpy(u)).numpy() @ right.T
    np.testing.assert_allclose(found, np.diag(np.diag(found)), atol=1e-10)
    assert np.all((np.diag(found) > 0.6) & (np.diag(found) < 1.25))
    assert np.isfinite(orthogonalised(torch.zeros(shape)).numpy()).all()


def test_muon_against_numpy() -> None:
    def factor(u: np.ndarray) -> np.ndarray:
        x = u / np.linalg.norm(u)
        for _ in range(5):
            a = x @ x.T
            x = 3.4445 * x + (-4.775 * a + 2.0315 * a @ a) @ x
        return x

    start, gradients = _arrays(0), [_arrays(seed) for seed in range(1, 6)]
    found = _descend(Muon(_schedule()), start, gradients)
    w, m = start["w_rec"].copy(), np.zeros((N, N))
    for g in gradients:
        clipped = np.clip(g["w_rec"], -1, 1)
        m = 0.9 * m + clipped
        w = w - 0.01 * 0.2 * np.sqrt(N) * factor(clipped + 0.9 * m)
    np.testing.assert_allclose(found["w_rec"], w, rtol=1e-9)
    adam = _descend(Adam(_schedule()), start, gradients)
    np.testing.assert_array_equal(found["b_rec"], adam["b_rec"])


def _study(optimiser: str, trainable: str = "all", **training: object) -> Any:
    first: dict[str, Any] = {
        "seeds": [0],
        "network": {"units": 16, "init": "diag"},
        "tasks": {"train": ["fdgo", "delaygo"]},
        "training": {
            "schedule": "one",
            "trials": 320,
            "evaluate_every": 15,
            "evaluation_trials": {"repetitions": 1, "batch": 8},
            "trainable": trainable,
            **training,
        },
    }
    second = {**first, "pretrained": {"experiment": "first"}}
    schedules = {"one": {"optimiser": optimiser, "batch": 8, "rate": 3e-3}}
    document = {"scale": "laptop", "schedules": schedules, "experiments": {"first": first, "second": second}}
    return rx.load_config(document)


@pytest.mark.parametrize("optimiser", sorted(set(OPTIMISERS) - {"adam", "soap"}))
def test_an_interrupted_training_ends_with_the_same_bits(optimiser: str, tmp_path: Path) -> None:
    study = _study(optimiser)
    whole = rx.training.train(study["first"], results=tmp_path / "whole", log=lambda line: None)

    class Stop(Exception):
        pass

    lines: list[str] = []

    def log(line: str) -> None:
        lines.append(line)
        if len(lines) == 3:
            raise Stop

    with pytest.raises(Stop):
        rx.training.train(study["first"], results=tmp_path / "half", log=log)
    lines = [""] * 10
    resumed = rx.training.train(study["first"], results=tmp_path / "half", log=log)
    assert any("goes on from update 15" in line for line in lines)
    assert all(torch.equal(resumed.parameters[name], w) for name, w in whole.parameters.items())
    moments = load_moments(moments_path(tmp_path / "whole", "first", "seed0"), whole.one(0))
    assert set(moments.memory) == set(OPTIMISERS[optimiser].groups)
    goes_on = moments.of(["w_rec"]).memory.get("rotation", {})
    assert set(goes_on) == ({EVERY} if optimiser == "rotated_adam" else set())


def test_a_diagonal_network_has_no_weight_between_units() -> None:
    net = rx.training.train(_study("adam", "diagonal")["first"], log=lambda line: None)
    w = net.parameters["w_rec"][0].detach().numpy()
    assert np.count_nonzero(w - np.diag(np.diag(w))) == 0 and np.ptp(np.diag(w)) > 0
    with pytest.raises(ConfigError, match="'diagonal' takes network.cell leaky_rnn with init diag"):
        _study("soap", "diagonal")


@pytest.mark.parametrize("optimiser", sorted(set(OPTIMISERS) - {"adam"}))
def test_a_gpu_refuses_what_it_has_not(optimiser: str) -> None:
    with pytest.raises(ConfigError, match=rf"optimiser {optimiser}\) cannot go with .* which takes adam;"):
        _study(optimiser, device="cuda")
