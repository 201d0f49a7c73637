"""Checks of the nine exercises of docs/tour/exercises.md: each runs what a student wrote, and says what is missing.

The exercises are those of the tutorial; `primer_exercises` (a figure) shows what networks trained for them do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from replicortex.errors import choose
from replicortex.primer.job import experiment_on
from replicortex.primer.learning import network_of
from replicortex.primer.network import Network
from replicortex.primer.perceptual import PerceptualDecision

Answer = Callable[..., Any]


def check_exercise(number: int, answer: Answer) -> str:
    """Test an answer to an exercise.

    Parameters
    ----------
    number
        1 to 9.
    answer
        The function or class that the exercise asks for.

    Returns
    -------
    str
        That it is right.

    Raises
    ------
    AssertionError
        It is not; one line says what was found, and what is right.
    ValueError
        No such exercise.

    Examples
    --------
    >>> from replicortex import primer
    >>> primer.check_exercise(7, lambda w, positions: (w.abs() * torch.cdist(positions, positions)).sum())
    'Exercise 7: right'
    """
    check = CHECKS[choose(number, CHECKS, "exercise")]
    check(answer)
    return f"Exercise {number}: right"


def _expect(number: int, right: bool, told: str) -> None:
    """One line in place of a traceback through arrays."""
    if not right:
        raise AssertionError(f"Exercise {number}: {told}")


def _network(**network: Any) -> Network:
    """An untrained network on the perceptual decision."""
    task = PerceptualDecision()
    return network_of(experiment_on(task, units=12, **network), "exercise", task)


def _settling(answer: Answer) -> None:
    for tau, dt in ((100.0, 20.0), (40.0, 20.0), (100.0, 10.0)):
        rates = np.asarray(answer(tau, dt), dtype=float)
        _expect(1, rates.shape == (round(500 / dt),), f"shape {rates.shape}; 500 ms in steps of {dt:g} ms are wanted")
        found, wanted = float(rates[round(tau / dt) - 1]), 1 - (1 - dt / tau) ** round(tau / dt)
        told = f"with tau {tau:g} and dt {dt:g} the rate at tau is {found:.3f}, not {wanted:.3f}"
        _expect(1, abs(found - wanted) < 1e-6, told)


def _performance(answer: Answer) -> None:
    task = PerceptualDecision(sigma=0.3)
    trials = task.draw(40, np.random.default_rng(0))
    wrong = trials.targets[..., [0, 2, 1]]
    early = trials.targets.copy()
    early[2, :20] = [0, 1, 0]  # the first half breaks fixation
    waits = np.zeros_like(trials.targets)
    waits[..., 0] = 1
    cases = (
        ("all right", trials.targets, 1.0),
        ("all wrong", wrong, 0.0),
        ("half broke fixation", early, 0.5),
        ("never left fixation", waits, 0.0),
    )
    for name, outputs, wanted in cases:
        found = float(answer(outputs, trials))
        _expect(2, abs(found - wanted) < 1e-6, f"{name}: {found:.3f}, not {wanted:g}")


def _identity(answer: Answer) -> None:
    network = _network()
    answer(network)
    far = float((network.w_rec.detach() - torch.eye(12)).abs().max())
    _expect(3, far < 1e-6, f"a recurrent weight is {far:.3f} away from the identity")
    bias = float(network.matrices()["b_rec"][0].detach().abs().max())
    _expect(3, bias < 1e-6, f"a bias is {bias:.3f}; with it units drift, so set biases to 0")
    learns = all(parameter.requires_grad for parameter in network.parameters())
    _expect(3, learns, "a parameter does not learn any more; change its values alone")


def _hierarchy(answer: Answer) -> None:
    torch.manual_seed(0)
    model, x = answer(3, 3, 8), torch.randn(10, 4, 3)
    levels = [each for each in model.modules() if isinstance(each, torch.nn.RNNBase | torch.nn.RNNCellBase)]
    _expect(4, len(levels) == 3, f"{len(levels)} recurrent modules, not 3")
    shape = tuple(model(x).shape)
    _expect(4, shape == (10, 4, 3), f"outputs of shape {shape}, not (10, 4, 3)")
    for which, level in enumerate(levels, start=1):
        with torch.no_grad():
            kept = [parameter.clone() for parameter in level.parameters()]
            for parameter in level.parameters():
                parameter.zero_()
            silent = (model(x) - model(0 * x)).abs().max()
            for parameter, value in zip(level.parameters(), kept, strict=True):
                parameter.copy_(value)
        _expect(4, float(silent) < 1e-6, f"without module {which} the outputs still depend on the inputs")
    with torch.no_grad():
        seen = float((model(x) - model(0 * x)).abs().max())
    _expect(4, seen > 1e-6, "the outputs do not depend on the inputs")


def _in_turn(answer: Answer) -> None:
    done: list[tuple[str, str]] = []

    def train(task: str) -> None:
        done.append(("train", task))

    def test(task: str) -> float:
        done.append(("test", task))
        return 0.9 if ("train", "second") not in done else 0.6

    found = answer(train, test, "first", "second")
    _expect(5, found is not None, "nothing was returned")
    trained = [task for what, task in done if what == "train"]
    _expect(5, trained == ["first", "second"], f"trained on {trained}, not on first and then second")
    _expect(5, abs(float(found) - 0.3) < 1e-6, f"{float(found):.2f} was lost, not 0.30")


def _read_out(answer: Answer) -> None:
    network = _network()
    before = network.weights()
    optimiser = torch.optim.Adam(answer(network), lr=0.1)
    outputs, _ = network(torch.randn(10, 4, 3))
    outputs.square().mean().backward()
    optimiser.step()
    moved = [name for name, value in network.weights().items() if not torch.equal(value, before[name])]
    _expect(6, moved == ["w_out", "b_out"], f"{', '.join(moved) or 'nothing'} changed; w_out and b_out should")


def _wiring(answer: Answer) -> None:
    positions = torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 4.0]])
    weights = torch.tensor([[5.0, -1.0, 0.0], [0.0, 0.0, 2.0], [0.5, 0.0, 0.0]], requires_grad=True)
    cost = answer(weights, positions)
    value = cost.item()
    _expect(7, abs(value - 13) < 1e-4, f"the cost of the example is {value:.2f}, not 13.00")
    (slope,) = torch.autograd.grad(cost, weights)
    told = f"its gradient at w[0, 1] is {float(slope[0, 1]):.2f}, not -5.00"
    _expect(7, abs(float(slope[0, 1]) + 5) < 1e-4, told)


def _images(answer: Answer) -> None:
    images = torch.zeros(2, 8, 8)
    images[0, :, 4:] = 1  # an upright edge
    images[1, 4:, :] = 1  # a level edge
    filters = torch.zeros(2, 1, 3, 3)
    filters[0, 0, :, 0], filters[0, 0, :, 2] = -1, 1
    filters[1, 0, 0, :], filters[1, 0, 2, :] = -1, 1
    filters.requires_grad_()
    seen = answer(images, filters)
    _expect(8, seen.ndim == 2 and len(seen) == 2, f"shape {tuple(seen.shape)}; (image, feature) is wanted")
    _expect(8, not seen.requires_grad, "the filters would be trained; compute features without gradients")
    _expect(8, float(seen.min()) >= 0, f"a feature is {float(seen.min()):.2f}; rectify them")
    middle = torch.nn.functional.conv2d(images[:, None], filters.detach()).relu().flatten(1).sum(1)
    same = np.allclose(seen.sum(1).numpy(), middle.numpy())
    _expect(8, same, f"the features add up to {seen.sum(1).tolist()}, not to {middle.tolist()}")


def _synapse(answer: Answer) -> None:
    x, u = answer(1.0, 0.15, 0.0)
    _expect(9, abs(x - 1) + abs(u - 0.15) < 1e-6, f"without spikes x, u go to {x:.3f}, {u:.3f}, not to 1, 0.15")
    x, u = answer(0.8, 0.3, 10.0)
    wanted = 0.8 + 20 * 0.2 / 200 - 0.02 * 0.3 * 0.8 * 10, 0.3 + 20 * (0.15 - 0.3) / 1500 + 0.02 * 0.15 * 0.7 * 10
    told = f"from 0.8, 0.3 at 10 spikes/s to {x:.4f}, {u:.4f}, not to {wanted[0]:.4f}, {wanted[1]:.4f}"
    _expect(9, abs(x - wanted[0]) + abs(u - wanted[1]) < 1e-6, told)
    x, u = answer(0.05, 0.9, 1000.0)
    _expect(9, 0 <= x <= 1 and 0 <= u <= 1, f"x, u are {x:.2f}, {u:.2f}; keep both between 0 and 1")


CHECKS: dict[int, Callable[[Answer], None]] = {
    1: _settling,
    2: _performance,
    3: _identity,
    4: _hierarchy,
    5: _in_turn,
    6: _read_out,
    7: _wiring,
    8: _images,
    9: _synapse,
}
