"""One solution to each of the nine exercises, for teachers; the tests run them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import Tensor, nn

from replicortex import primer


def settle(tau: float, dt: float) -> np.ndarray:
    rates, r = [], 0.0
    for _ in range(round(500 / dt)):
        r = (1 - dt / tau) * r + dt / tau * 1.0
        rates.append(r)
    return np.array(rates)


def fraction_correct(outputs: np.ndarray, trials: primer.Trials) -> float:
    action = outputs.argmax(-1)
    broke = ((action != 0) & trials.during("fixation")).any(0)
    return float(((action[-1] == trials.truth) & ~broke).mean())


def start_at_identity(network: primer.Network) -> None:
    with torch.no_grad():
        network.w_rec.copy_(torch.eye(len(network.w_rec)))
        network.cell.b_rec.zero_()


class Hierarchy(nn.Module):
    def __init__(self, n_input: int, n_output: int, units: int) -> None:
        super().__init__()
        self.levels = nn.ModuleList([nn.GRU(n_input, units), nn.GRU(units, units), nn.GRU(units, units)])
        self.read = nn.Linear(units, n_output)

    def forward(self, x: Tensor) -> Tensor:
        for level in self.levels:
            x, _ = level(x)
        return self.read(x)


def forgetting(
    train: Callable[[primer.PerceptualDecision], None],
    test: Callable[[primer.PerceptualDecision], float],
    first: primer.PerceptualDecision,
    second: primer.PerceptualDecision,
) -> float:
    train(first)
    before = test(first)
    train(second)
    return before - test(first)


def read_out_only(network: primer.Network) -> Iterable[nn.Parameter]:
    return [network.w_out, network.b_out]


def wiring_cost(w_rec: Tensor, positions: Tensor) -> Tensor:
    return (w_rec.abs() * torch.cdist(positions, positions)).sum()


def features(images: Tensor, filters: Tensor) -> Tensor:
    with torch.no_grad():
        return torch.relu(nn.functional.conv2d(images[:, None], filters)).flatten(1)


def synapse(x: float, u: float, rate: float) -> tuple[float, float]:
    dt, tau_x, tau_u, rest = 20.0, 200.0, 1500.0, 0.15
    after = x + dt * (1 - x) / tau_x - dt / 1000 * u * x * rate
    used = u + dt * (rest - u) / tau_u + dt / 1000 * rest * (1 - u) * rate
    return min(max(after, 0.0), 1.0), min(max(used, 0.0), 1.0)
