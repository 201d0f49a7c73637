"""The hand-written backward pass against autograd, in float64."""

import numpy as np
import pytest
import torch

from replicortex.networks.activations import ACTIVATIONS
from replicortex.networks.sequence import Workspace, leaky_sequence

LEAKY = [name for name, activation in ACTIVATIONS.items() if activation.recurrent_scale is not None]
TIME, TRIALS, CHANNELS, UNITS, ALPHA = 23, 7, 11, 17, 0.2


def _problem(seed: int, w_rec: float = 0.2) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int, scale: float = 1.0) -> torch.Tensor:
        return scale * torch.randn(*shape, generator=generator, dtype=torch.float64)

    return {
        "x": normal(TIME, TRIALS, CHANNELS),
        "w_in": normal(CHANNELS, UNITS, scale=0.3),
        "w_rec": normal(UNITS, UNITS, scale=w_rec),
        "bias": normal(UNITS, scale=0.3),
        "noise": normal(TIME, TRIALS, UNITS, scale=0.16),
        "readout": normal(TIME, TRIALS, UNITS),
    }


def _plain(p: dict[str, torch.Tensor], name: str) -> torch.Tensor:
    f = ACTIVATIONS[name].apply
    h = torch.zeros(TRIALS, UNITS, dtype=torch.float64)
    rates = []
    for x_t, noise_t in zip(p["x"], p["noise"], strict=True):
        h = (1 - ALPHA) * h + ALPHA * f(x_t @ p["w_in"] + h @ p["w_rec"] + p["bias"] + noise_t)
        rates.append(h)
    return torch.stack(rates)


def _relative(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a - b).detach().norm() / b.detach().norm())


@pytest.mark.parametrize("name", LEAKY)
def test_gradients_agree_with_autograd(name: str) -> None:
    # The square of the power activation runs away unless the recurrent weights are small.
    p = _problem(1, w_rec=0.02 if name == "power" else 0.2)
    trained = [p[key].requires_grad_() for key in ("w_in", "w_rec", "bias")]
    work = Workspace()
    hand = leaky_sequence(
        p["x"], p["w_in"], p["w_rec"], p["bias"], alpha=ALPHA, activation=ACTIVATIONS[name], noise=p["noise"],
        workspace=work,
    )  # fmt: skip
    plain = _plain(p, name)
    assert _relative(hand, plain) < 1e-12
    # A loss that is nonlinear in every rate, so that each step's direct gradient differs.
    found = torch.autograd.grad((p["readout"] * hand.square()).sum(), trained)
    expected = torch.autograd.grad((p["readout"] * plain.square()).sum(), trained)
    for ours, theirs in zip(found, expected, strict=True):
        assert _relative(ours, theirs) < 1e-9


def test_a_reused_workspace_gives_the_same_bits_as_a_fresh_one() -> None:
    p = _problem(2)
    f = ACTIVATIONS["softplus"]
    work = Workspace()
    long = {**p, "x": p["x"].repeat(2, 1, 1), "noise": p["noise"].repeat(2, 1, 1)}
    leaky_sequence(
        long["x"], p["w_in"], p["w_rec"], p["bias"], alpha=ALPHA, activation=f, noise=long["noise"], workspace=work
    )
    again = leaky_sequence(
        p["x"], p["w_in"], p["w_rec"], p["bias"], alpha=ALPHA, activation=f, noise=p["noise"], workspace=work
    )
    fresh = leaky_sequence(p["x"], p["w_in"], p["w_rec"], p["bias"], alpha=ALPHA, activation=f, noise=p["noise"])
    assert torch.equal(again, fresh)


def test_noise_drawn_into_the_workspace_equals_noise_passed_in() -> None:
    p = _problem(3)
    f = ACTIVATIONS["relu"]
    work = Workspace()
    inside = work.take("pre", tuple(p["noise"].shape), like=p["w_rec"])
    inside.copy_(p["noise"])
    a = leaky_sequence(
        p["x"], p["w_in"], p["w_rec"], p["bias"], alpha=ALPHA, activation=f, noise=inside, workspace=work
    ).clone()
    b = leaky_sequence(p["x"], p["w_in"], p["w_rec"], p["bias"], alpha=ALPHA, activation=f, noise=p["noise"])
    assert torch.equal(a, b)


def test_without_noise() -> None:
    p = _problem(4)
    p["noise"] = torch.zeros_like(p["noise"])
    hand = leaky_sequence(
        p["x"], p["w_in"], p["w_rec"], p["bias"], alpha=ALPHA, activation=ACTIVATIONS["tanh"], noise=None
    )
    assert _relative(hand, _plain(p, "tanh")) < 1e-12


@pytest.mark.parametrize("name", LEAKY)
def test_derivatives_are_the_slopes_of_the_functions(name: str) -> None:
    f = ACTIVATIONS[name]
    pre = torch.tensor(np.linspace(-3, 3, 41) + 0.013, dtype=torch.float64, requires_grad=True)
    value = f.apply(pre)
    (slope,) = torch.autograd.grad(value.sum(), pre)
    assert f.evaluate is not None and f.differentiate is not None
    assert torch.allclose(f.evaluate(pre.detach(), torch.empty(41, dtype=torch.float64)), value.detach(), atol=1e-14)
    assert torch.allclose(f.differentiate(pre.detach().clone()), slope, atol=1e-12)
