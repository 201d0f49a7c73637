"""How well a network does each task: random trials with input and recurrent noise."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from replicortex.networks.architecture import Architecture
from replicortex.networks.ensemble import Ensemble, rates_of, torch_generator
from replicortex.networks.sequence import Workspace
from replicortex.tasks import Coding, generate, score
from replicortex.training.loss import task_loss


class Performance(NamedTuple):
    """Means over the evaluation trials of one task: fraction correct (0..1) and task loss."""

    performance: float
    loss: float


def evaluate(
    net: Ensemble,
    tasks: Iterable[str],
    rng: np.random.Generator,
    *,
    coding: Coding | None = None,
    repetitions: int = 16,
    batch: int = 32,
    rules: Mapping[str, float] | None = None,
) -> list[dict[str, Performance]]:
    """Performance of every network on every task, on trials of its own.

    Args:
        net: the networks.
        tasks: task names.
        rng: source of trials and noise; each network gets a stream spawned from it.
        coding: how trials are coded; the network's own dt, tau and rule set by default.
        repetitions, batch: 16 x 32 trials by default; timing is shared within a batch.
        rules: composite rule input shown in place of each task's own.

    Returns:
        One dict (task -> performance and loss) per network.
    """
    arch = net.architecture
    how = coding if coding is not None else Coding(dt=arch.dt, tau=arch.tau, rule_set=arch.rule_set)
    names = list(tasks)
    work = Workspace()
    results = []
    for m, stream in enumerate(rng.spawn(net.n_networks)):
        weights = net.one(m)
        found = {
            task: evaluate_task(weights, arch, task, stream, how, repetitions, batch, work, rules=rules)
            for task in names
        }
        results.append(found)
    return results


def evaluate_task(
    weights: Mapping[str, Tensor],
    arch: Architecture,
    task: str,
    rng: np.random.Generator,
    coding: Coding,
    repetitions: int,
    batch: int,
    work: Workspace,
    rules: Mapping[str, float] | None = None,
) -> Performance:
    """Performance of one network on one task; see :func:`evaluate`."""
    scores, losses = [], []
    with torch.no_grad():
        for _ in range(repetitions):
            trial = generate(task, batch=batch, rng=rng, noise=False, rules=rules, coding=coding)
            generator = torch_generator(rng)
            x = noisy_input(trial.x, arch, coding, generator)
            rates = rates_of(weights, arch, x, generator, work)
            loss, outputs = task_loss(weights, rates, trial, work)
            scores.append(score(outputs[-1:].numpy(), trial.y_loc[-1:]))
            losses.append(float(loss))
    return Performance(float(np.mean(scores)), float(np.mean(losses)))


def noisy_input(
    x: np.ndarray, arch: Architecture, coding: Coding, generator: torch.Generator, out: Tensor | None = None
) -> Tensor:
    """Input (time, trial, channel) with noise of s.d. sigma_x sqrt(2/alpha) on every channel.

    The noise is torch's: at the sizes of a training step it costs a third of numpy's.
    """
    clean = torch.from_numpy(x)
    noise = torch.empty_like(clean) if out is None else out
    noise.normal_(0.0, input_noise_sd(arch, coding), generator=generator)
    return noise.add_(clean)


def input_noise_sd(arch: Architecture, coding: Coding) -> float:
    """S.d. of the input noise of one step of a network: sigma_x sqrt(2 / alpha)."""
    return coding.sigma_x * (2.0 / arch.alpha) ** 0.5
