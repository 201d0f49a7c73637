"""Observers that do the tasks from the noisy input alone: reference lines for the networks' performance.

The ideal observer knows a task's timing, rule and tuning curves. Input noise is independent and Gaussian, so
the mean activity of the rings while a stimulus is on is sufficient, and least squares on it is maximum
likelihood. The task's rule is then applied to the estimates as it stands, without priors; at the noise of the
paper estimates are so sharp that priors would change nothing, and no network can be expected to do better.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from replicortex.errors import choose
from replicortex.tasks.catalogue import RULE_SETS, TASKS, Stimulus, Task
from replicortex.tasks.coding import Coding, encode_response
from replicortex.tasks.ring import FULL_CIRCLE, TUNING_WIDTH, Array, bumps, preferred_directions, wrap
from replicortex.tasks.scoring import score
from replicortex.tasks.trials import Trial, generate

BATCH = 32  # timing is shared within a batch, so a large one would see few timings
GRID = 8 * 32  # directions of the coarse search
REFINEMENTS = 6
RIDGE = 1e-9  # keeps the step finite where a stimulus has no strength and hence no direction
EQUAL = 1e-3  # sums of fitted strengths that are nearer are a tie; the smallest true difference is 0.04

_CONTEXT = ("contextdm1", "contextdm2")

Conditions = dict[str, Array]


class ObserverScore(NamedTuple):
    """Share of correct trials of an observer."""

    task: str
    performance: float
    n_trials: int


# --- estimation -----------------------------------------------------------------------------------


def fit_bumps(activity: Array, n_stimuli: int) -> tuple[Array, Array]:
    """Least-squares fit of superimposed stimuli to ring activity.

    Activity of ring r is ``sum_k strength[k, r] * bump(direction[k])``: a stimulus has one direction in all
    rings. The search starts on a grid, one stimulus after the other, each in what the ones before leave
    unexplained; Gauss-Newton steps on all directions and strengths together follow.

    Parameters
    ----------
    activity : (trial, modality, ring)
        Mean ring activity while the stimuli are on.
    n_stimuli
        Number of stimuli shown together.

    Returns
    -------
    directions : (trial, stimulus)
        In [0, 2 pi) rad.
    strengths : (trial, stimulus, modality)
    """
    n_trials, n_modalities, ring = activity.shape
    grid = np.arange(GRID) * (FULL_CIRCLE / GRID)
    templates = bumps(grid, ring)  # (grid, ring)
    energy = (templates**2).sum(axis=1)
    directions = np.empty((n_trials, n_stimuli))
    strengths = np.empty((n_trials, n_stimuli, n_modalities))
    rest = activity.astype(np.float64)
    for k in range(n_stimuli):
        match = rest @ templates.T  # (trial, modality, grid)
        best = ((match**2).sum(axis=1) / energy).argmax(axis=1)
        directions[:, k] = grid[best]
        strengths[:, k] = match[np.arange(n_trials), :, best] / energy[best][:, None]
        rest = rest - strengths[:, k, :, None] * templates[best][:, None]
    for _ in range(REFINEMENTS):
        directions, strengths = _gauss_newton(activity, directions, strengths)
    return directions, strengths


def _gauss_newton(activity: Array, directions: Array, strengths: Array) -> tuple[Array, Array]:
    """One step on all directions and strengths of each trial."""
    n_trials, n_stimuli, n_modalities = strengths.shape
    ring = activity.shape[-1]
    template = bumps(directions, ring)  # (trial, stimulus, ring)
    offset = (directions[..., None] - preferred_directions(ring) + np.pi) % FULL_CIRCLE - np.pi
    slope = -offset / TUNING_WIDTH**2 * template
    by_direction = strengths[..., None] * slope[:, :, None]  # (trial, stimulus, modality, ring)
    # a strength acts on its own modality alone: (trial, stimulus, strength's modality, modality, ring)
    by_strength = template[:, :, None, None] * np.eye(n_modalities)[:, :, None]
    n_entries = n_modalities * ring
    jacobian = np.concatenate(
        [by_direction.reshape(n_trials, -1, n_entries), by_strength.reshape(n_trials, -1, n_entries)], axis=1
    )  # (trial, parameter, entry)
    residual = activity - (strengths[..., None] * template[:, :, None]).sum(axis=1)
    normal = jacobian @ jacobian.transpose(0, 2, 1) + RIDGE * np.eye(jacobian.shape[1])
    step = np.linalg.solve(normal, jacobian @ residual.reshape(n_trials, -1, 1))[..., 0]
    turned = wrap(directions + step[:, :n_stimuli])
    return turned, strengths + step[:, n_stimuli:].reshape(strengths.shape)


def estimate_conditions(trial: Trial) -> Conditions:
    """Directions and strengths of a trial's stimuli, read from ``trial.x`` and the known timing.

    Two stimuli shown together carry no mark of which is which: they are numbered in the order of their size.

    Returns
    -------
    dict
        ``direction_K`` and ``strength_K_modM``, (trial,) each, as in ``Trial.conditions``.
    """
    numbers: dict[Stimulus, list[int]] = {}
    for number, stimulus in enumerate(TASKS[trial.task].stimuli, start=1):
        numbers.setdefault(stimulus, []).append(number)
    found: Conditions = {}
    for stimulus, together in numbers.items():
        steps = np.concatenate([np.arange(*trial.epochs[period]) for period in stimulus.periods])
        rings = [trial.x[steps, :, trial.coding.ring_slice(k)] for k in stimulus.modalities]
        activity = np.stack([ring.mean(axis=0, dtype=np.float64) for ring in rings], axis=1)
        directions, strengths = fit_bumps(activity, len(together))
        for k, number in enumerate(together):
            found[f"direction_{number}"] = directions[:, k]
            for r, modality in enumerate(stimulus.modalities):
                found[f"strength_{number}_mod{modality}"] = strengths[:, k, r]
    return found


# --- observers ------------------------------------------------------------------------------------


def _batches(n_trials: int) -> Iterator[int]:
    for start in range(0, n_trials, BATCH):
        yield min(BATCH, n_trials - start)


def _performance(
    task: Task,
    coding: Coding,
    rng: np.random.Generator,
    n_trials: int,
    noise: bool,
    respond: Callable[[Conditions], tuple[Array, Array]],
) -> ObserverScore:
    """Score of a response rule applied to estimated conditions, by the criterion that networks meet."""
    if n_trials < 1:
        raise ValueError(f"n_trials: {n_trials!r} is not at least 1")
    correct = 0.0
    for batch in _batches(n_trials):
        trial = generate(task.name, batch=batch, rng=rng, noise=noise, coding=coding)
        output = encode_response(*respond(estimate_conditions(trial)), coding)
        correct += float(score(output[None], trial.y_loc).sum())
    return ObserverScore(task.name, correct / n_trials, n_trials)


def ideal_observer(
    task: str, rng: np.random.Generator, n_trials: int = 2048, coding: Coding | None = None
) -> ObserverScore:
    """Best possible performance in a task, given the input noise.

    Directions and strengths are estimated by maximum likelihood from the noisy input of random-mode trials,
    the task's own rule turns them into a response, and the response is scored as a network's would be.

    Parameters
    ----------
    task
        Name of a task.
    rng
        Source of the trials and of their noise.
    n_trials
        Number of trials, in batches of 32 that share their timing, as in the networks' evaluation.
    coding
        Rule set, noise, time step; the default is the paper's. A task of another rule set brings its own.

    Raises
    ------
    ValueError
        For an unknown task or ``n_trials < 1``.
    """
    spec = TASKS[choose(task, TASKS, "task")]
    return _performance(spec, coding or _default_coding(task), rng, n_trials, True, spec.response)


def summing_observer(
    task: str, rng: np.random.Generator, n_trials: int = 2048, coding: Coding | None = None
) -> ObserverScore:
    """Performance in Ctx DM 1 or 2 of an observer that ignores the context (Yang et al. 2019, Methods).

    It responds to the stimulus with the larger strength *summed* over the modalities, on trials without input
    noise; equal sums are split by chance. Half of the trials favour one stimulus in both modalities; in the
    others the larger coherence wins: 0.75 is expected.

    Raises
    ------
    ValueError
        For a task other than Ctx DM 1, 2, or ``n_trials < 1``.
    """
    spec = TASKS[choose(task, _CONTEXT, "task of the summing observer")]

    def respond(found: Conditions) -> tuple[Array, Array]:
        lead = sum(found[f"strength_1_mod{k}"] - found[f"strength_2_mod{k}"] for k in (1, 2))
        n = len(found["direction_1"])
        first = np.where(np.abs(lead) < EQUAL, rng.random(n) < 0.5, lead > 0)
        return np.where(first, found["direction_1"], found["direction_2"]), np.ones(n, dtype=bool)

    return _performance(spec, coding or _default_coding(task), rng, n_trials, False, respond)


def _default_coding(task: str) -> Coding:
    return Coding(rule_set=next(name for name, rules in RULE_SETS.items() if task in rules.tasks))


def ideal_observer_table(rng: np.random.Generator, n_trials: int = 2048, coding: Coding | None = None) -> pd.DataFrame:
    """`ideal_observer` of every task of the coding's rule set: columns task, performance, n_trials."""
    coding = coding or Coding()
    return _table(ideal_observer(task, rng, n_trials, coding) for task in coding.rules.tasks)


def summing_observer_table(
    rng: np.random.Generator, n_trials: int = 2048, coding: Coding | None = None
) -> pd.DataFrame:
    """`summing_observer` of the Ctx DM tasks: columns as above, no rows for a rule set without them."""
    coding = coding or Coding()
    tasks = [task for task in _CONTEXT if task in coding.rules.tasks]
    return _table(summing_observer(task, rng, n_trials, coding) for task in tasks)


def _table(scores: Iterable[ObserverScore]) -> pd.DataFrame:
    return pd.DataFrame(list(scores), columns=list(ObserverScore._fields))
