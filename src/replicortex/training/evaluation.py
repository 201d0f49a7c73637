"""How well a network does each task: random trials with input and recurrent noise."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from torch import Tensor

from replicortex.networks.ensemble import Ensemble
from replicortex.shown import short_repr
from replicortex.tasks import Coding, random_rows, score
from replicortex.training.paths import Path, choose_path


@short_repr
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

    Parameters
    ----------
    net
        The networks.
    tasks
        Task names.
    rng
        Source of trials and noise; each network gets a stream spawned from it.
    coding
        How trials are coded; the network's own dt, tau and rule set by default.
    repetitions, batch
        16 x 32 trials by default; timing is shared within a batch.
    rules
        Composite rule input shown in place of each task's own.

    Returns
    -------
    list[dict[str, Performance]]
        One dict (task -> performance and loss) per network.
    """
    arch = net.architecture
    how = coding if coding is not None else Coding(dt=arch.dt, tau=arch.tau, rule_set=arch.rule_set)
    names = list(tasks)
    path = choose_path(arch, how)
    results = []
    for m, stream in enumerate(rng.spawn(net.n_networks)):
        weights = net.one(m)
        found = {task: evaluate_task(path, weights, task, stream, how, repetitions, batch, rules) for task in names}
        results.append(found)
    return results


def evaluate_task(
    path: Path,
    weights: Mapping[str, Tensor],
    task: str,
    rng: np.random.Generator,
    coding: Coding,
    repetitions: int,
    batch: int,
    rules: Mapping[str, float] | None = None,
) -> Performance:
    """Performance of one network on one task; see `evaluate`."""
    scores, losses = [], []
    for _ in range(repetitions):
        trial = random_rows(task, batch, rng, coding, rules=rules)
        answer = path.answer(weights, trial, rng)
        scores.append(score(answer.outputs[None], trial.y_loc[1:]))
        losses.append(answer.loss)
    return Performance(float(np.mean(scores)), float(np.mean(losses)))
