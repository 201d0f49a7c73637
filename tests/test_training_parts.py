"""Optimiser, schedules, loss and regularisers against plain NumPy."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

import replicortex as rx
from replicortex.networks import cells
from replicortex.networks.ensemble import rates_of
from replicortex.networks.sequence import Workspace
from replicortex.tasks import generate
from replicortex.training.loss import Regulariser, task_loss
from replicortex.training.optimiser import Adam, learning_rate


def _schedule(**fields: object) -> SimpleNamespace:
    defaults = {"rate": 0.01, "warmup": 0, "decay": "none", "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "clip": 1.0}
    return SimpleNamespace(**{**defaults, **fields})


def test_adam_in_the_form_of_the_program() -> None:
    rng = np.random.default_rng(0)
    theta, m, v = rng.normal(size=7), np.zeros(7), np.zeros(7)
    adam = Adam(_schedule(epsilon=1e-3))  # large, so that its place in the formula shows
    weights = {"w": torch.from_numpy(theta.copy())}
    for n in range(1, 6):
        g = rng.normal(0, 2, 7)
        adam.step(weights, {"w": torch.from_numpy(g.copy())}, 0.01)
        clipped = np.clip(g, -1, 1)
        m, v = 0.9 * m + 0.1 * clipped, 0.999 * v + 0.001 * clipped**2
        theta = theta - 0.01 * np.sqrt(1 - 0.999**n) / (1 - 0.9**n) * m / (np.sqrt(v) + 1e-3)
    np.testing.assert_allclose(weights["w"].numpy(), theta, rtol=1e-12)


def test_no_clipping_on_request() -> None:
    weights = {"w": torch.zeros(1, dtype=torch.float64)}
    adam = Adam(_schedule(clip=None))
    adam.step(weights, {"w": torch.tensor([50.0], dtype=torch.float64)}, 0.01)
    assert float(adam.group("first")["w"]) == pytest.approx(5.0)


def test_learning_rates() -> None:
    fast = _schedule(rate=4e-3, warmup=10, decay="cosine")
    rates = [learning_rate(fast, u, 110) for u in range(110)]
    assert rates[0] == pytest.approx(4e-4) and rates[9] == pytest.approx(4e-3) and max(rates) == pytest.approx(4e-3)
    assert rates[60] == pytest.approx(2e-3)  # half way down
    assert 0 < rates[-1] < 2e-6 and all(a > b for a, b in zip(rates[10:], rates[11:], strict=False))
    assert {learning_rate(_schedule(rate=1e-3), u, 100) for u in range(100)} == {1e-3}


@pytest.mark.parametrize("loss", ["squared", "cross_entropy"])
def test_losses_against_numpy(loss: str) -> None:
    arch = rx.networks.for_rule_set("all", units=12, softmax_output=loss == "cross_entropy")
    net = rx.networks.create(arch, [np.random.default_rng(1)], ["seed0"])
    trial = generate("dmsgo", batch=5, rng=np.random.default_rng(2), loss=loss)
    run = net.run(trial.x)
    rates = torch.from_numpy(run.rates[0])
    found, outputs = task_loss(net.one(0), rates, trial)
    np.testing.assert_allclose(outputs.numpy(), run.outputs[0], atol=1e-6)
    y_hat = run.outputs[0].astype(np.float64)
    if loss == "squared":
        expected = np.mean((trial.mask * (trial.y - y_hat)) ** 2)
    else:
        expected = np.mean(-trial.mask * np.sum(trial.y * np.log(y_hat), axis=-1))
    assert float(found) == pytest.approx(expected, rel=1e-5)


def _strengths(**fields: float) -> SimpleNamespace:
    names = ("l1_rates", "l2_rates", "l1_weights", "l2_weights", "l2_weights_from_start")
    return SimpleNamespace(**{**dict.fromkeys(names, 0.0), "plastic_fraction": None, **fields})


def test_regularisers_count_the_fused_matrix_once() -> None:
    arch = rx.networks.for_rule_set("all", units=9)
    net = rx.networks.create(arch, [np.random.default_rng(1)], ["seed0"])
    start = net.one(0)
    rng = np.random.default_rng(2)
    now = {k: w + torch.from_numpy(rng.normal(0, 0.1, w.shape)).float() for k, w in start.items()}
    h = torch.from_numpy(rng.normal(size=(4, 3, 9))).float()
    shapes = {name: w.shape for name, w in now.items() if name[0] == "w"}
    tied = {name: torch.from_numpy((rng.random(shape) < 0.5).astype(np.float32)) for name, shape in shapes.items()}
    w = {k: v.double().numpy() for k, v in now.items()}
    w0 = {k: v.double().numpy() for k, v in start.items()}
    fused, matrices = np.vstack([w["w_in"], w["w_rec"]]), ("w_in", "w_rec", "w_out")
    expected = {
        "l1_rates": np.abs(h.numpy()).mean(),
        "l2_rates": 0.5 * (h.numpy().astype(float) ** 2).sum(),
        "l1_weights": np.abs(fused).mean() + np.abs(w["w_out"]).mean(),
        "l2_weights": sum(0.5 * (w[k] ** 2).sum() for k in matrices),
        "l2_weights_from_start": sum(0.5 * ((w[k] - w0[k]) ** 2).sum() for k in matrices),
    }
    for name, value in expected.items():
        penalty = Regulariser(_strengths(**{name: 0.3}), cells.cell(arch), start, {})(now, h)
        assert penalty is not None and float(penalty) == pytest.approx(0.3 * value, rel=1e-5), name
    tension = sum(0.005 * (tied[k].numpy() * (w[k] - w0[k]) ** 2).sum() for k in matrices)
    penalty = Regulariser(_strengths(), cells.cell(arch), start, tied)(now, h)
    assert penalty is not None and float(penalty) == pytest.approx(tension, rel=1e-5)
    assert Regulariser(_strengths(), cells.cell(arch), start, {})(now, h) is None


def test_gradient_of_the_whole_step_agrees_with_autograd_in_float64() -> None:
    """Recurrence, readout, loss and a penalty on rates together, against a plain differentiable loop."""
    arch = rx.networks.for_rule_set("all", units=14, sigma_rec=0.0)
    net = rx.networks.create(arch, [np.random.default_rng(4)], ["seed0"], dtype=torch.float64)
    trial = generate("contextdelaydm1", batch=4, rng=np.random.default_rng(5))
    weights = {name: w.clone().requires_grad_() for name, w in net.one(0).items()}
    x = torch.from_numpy(trial.x).double()
    names = list(weights)
    work = Workspace()

    def cost(rates: torch.Tensor, loss: torch.Tensor) -> torch.Tensor:
        return loss + 0.01 * rates.abs().mean()

    rates = rates_of(weights, arch, x, None, work)
    ours = torch.autograd.grad(cost(rates, task_loss(weights, rates, trial, work)[0]), [weights[n] for n in names])
    h = torch.zeros(4, 14, dtype=torch.float64)
    plain = []
    for x_t in x:
        pre = x_t @ weights["w_in"] + h @ weights["w_rec"] + weights["b_rec"]
        h = 0.8 * h + 0.2 * torch.nn.functional.softplus(pre, threshold=40)
        plain.append(h)
    stacked = torch.stack(plain)
    y_hat = torch.sigmoid(stacked @ weights["w_out"] + weights["b_out"])
    loss = (torch.from_numpy(trial.mask.copy()) * (torch.from_numpy(trial.y) - y_hat)).square().mean()
    theirs = torch.autograd.grad(cost(stacked, loss), [weights[n] for n in names])
    for name, a, b in zip(names, ours, theirs, strict=True):
        assert float((a - b).norm() / b.norm()) < 1e-9, name
