"""What a task hands to a network: a batch of trials, and endless batches for notebooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from replicortex.errors import choose
from replicortex.random_streams import generator
from replicortex.shown import short_repr

Floats = NDArray[np.float32]
Steps = NDArray[np.int64]


@short_repr
@dataclass(frozen=True)
class Trials:
    """A batch of trials.

    Attributes
    ----------
    inputs : (time, trial, input line) float32
    targets : (time, trial, output) float32
        What the outputs should be.
    actions : (time, trial) int64
        What an agent should do: 0 wait, k choose alternative k.
    truth : (trial,) int64
        The right alternative, 1, 2, ...; 0 where waiting is right.
    periods
        Name -> (start, end) in steps, each (trial,); the end does not belong to it.
    conditions
        Name -> (trial,), what a trial shows: coherence, context, ...
    dt : float
        Length of a step, ms.
    mask : (time, trial) float32, optional
        Weight of each step in the loss; None stands for 1 everywhere.
    """

    inputs: Floats
    targets: Floats
    actions: Steps
    truth: Steps
    periods: Mapping[str, tuple[Steps, Steps]]
    conditions: Mapping[str, NDArray[np.float64]]
    dt: float
    mask: Floats | None = None

    @property
    def n_trials(self) -> int:
        """Number of trials."""
        return len(self.truth)

    def during(self, period: str) -> NDArray[np.bool_]:
        """(time, trial), True where a period goes on.

        Raises
        ------
        ValueError
            No such period.
        """
        return span(self.periods[choose(period, self.periods, "period")], len(self.inputs))


class Task(Protocol):
    """What every task offers: names of its lines, trials, and the choice that outputs amount to."""

    @property
    def dt(self) -> float:
        """Length of a step, ms."""

    @property
    def input_lines(self) -> tuple[str, ...]:
        """Names of the input lines."""

    @property
    def output_lines(self) -> tuple[str, ...]:
        """Names of the outputs."""

    @property
    def alternatives(self) -> tuple[str, ...]:
        """Names of the alternatives 1, 2, ... that a trial offers."""

    def draw(self, n_trials: int, rng: np.random.Generator, **fixed: object) -> Trials:
        """Random trials, the same for the same state of the generator; ``fixed`` sets conditions in place of chance."""

    def choices(self, outputs: Floats, trials: Trials) -> Steps:
        """(trial,) alternative that the outputs (time, trial, output) amount to; 0: none."""


def batches(
    task: Task, batch: int = 16, *, seed: int = 0, targets: str = "onehot"
) -> Iterator[tuple[Floats, Floats | Steps]]:
    """Endless (inputs, targets): all that a training loop of your own needs.

    Parameters
    ----------
    task
        Any task of the primer, or one of your own.
    batch
        Trials in a batch.
    seed
        Names the stream of trials.
    targets
        "onehot": (time, trial, output) float32. "integers": (time, trial) int64, the output that should be the largest,
        as `torch.nn.CrossEntropyLoss` takes them: ``loss(outputs.flatten(0, 1), targets.flatten())``.

    Raises
    ------
    ValueError
        No trials asked for, an unknown kind of targets, or a task without an output for each action.

    Examples
    --------
    >>> from replicortex import primer
    >>> inputs, targets = next(primer.batches(primer.PerceptualDecision(), batch=16, seed=1))
    >>> inputs.shape, targets.shape
    ((60, 16, 3), (60, 16, 3))
    """
    if batch < 1:
        raise ValueError(f"batch: {batch!r} must be at least 1")
    pick = target_kind(task, targets)
    rng = generator("batches", type(task).__name__, seed)

    def endless() -> Iterator[tuple[Floats, Floats | Steps]]:
        while True:
            trials = task.draw(batch, rng)
            yield trials.inputs, pick(trials)

    return endless()


def target_kind(task: Task, kind: str) -> Callable[[Trials], Floats | Steps]:
    """What gives the targets of trials, "onehot" or "integers"; see `batches` for both.

    Raises
    ------
    ValueError
        An unknown kind, or integers of a task that has no output for waiting.
    """
    choose(kind, ("onehot", "integers"), "targets")
    if not hasattr(task, "alternatives"):
        raise ValueError(f"{type(task).__name__}: is played, so it has no targets; use primer.environment(task)")
    if kind == "integers" and len(task.output_lines) != 1 + len(task.alternatives):
        told = f"{type(task).__name__} has no output for waiting, so no action is its largest output"
        raise ValueError(f"targets: {told}; use targets='onehot'")
    return lambda trials: trials.actions if kind == "integers" else trials.targets


def steps(duration: float, dt: float) -> int:
    """A duration in ms as a whole number of steps, the nearest."""
    return int(np.floor(duration / dt + 0.5))


def truncated_exponential(
    rng: np.random.Generator, mean: float, low: float, high: float, n: int
) -> NDArray[np.float64]:
    """(n,) durations from an exponential distribution of this mean, cut off below ``low`` and above ``high``.

    With such durations the moment at which a period ends cannot be foreseen by counting. The mean of what is drawn
    differs from ``mean``, which is that of the whole distribution (as in neurogym's timing).
    """
    part = 1 - np.exp(-(high - low) / mean)
    return np.asarray(low - mean * np.log1p(-part * rng.uniform(size=n)))


def given(
    fixed: Mapping[str, object],
    name: str,
    n_trials: int,
    drawn: NDArray[np.float64],
    *,
    among: Sequence[float] = (),
    within: tuple[float, float] = (-np.inf, np.inf),
) -> NDArray[np.float64]:
    """A condition (trial,): what was fixed, a number or one per trial, else what was drawn.

    Parameters
    ----------
    fixed
        Conditions by name.
    name
        Of the condition.
    n_trials
        Number of trials.
    drawn : (trial,)
        Taken where nothing was fixed.
    among
        The values that it can have; () for any.
    within
        Smallest and largest value.

    Raises
    ------
    ValueError
        Another number of values than trials, or a value that the condition cannot have.
    """
    if name not in fixed:
        return drawn
    values = np.asarray(fixed[name], dtype=float)
    if values.shape not in ((), (n_trials,)):
        raise ValueError(f"{name}: shape {values.shape}; give one number, or one for each of {n_trials} trials")
    low, high = within
    for value in np.unique(values):
        if among and value not in among:
            raise ValueError(f"{name}: {value:g} is not one of {', '.join(f'{each:g}' for each in among)}")
        if not np.isfinite(value) or not low <= value <= high:
            raise ValueError(f"{name}: {value:g} is not a number from {low:g} to {high:g}")
    return np.broadcast_to(values, (n_trials,)).copy()


def check_draw(n_trials: int, rng: np.random.Generator, fixed: Mapping[str, object], known: Sequence[str]) -> None:
    """Raise a one-line error unless these are trials that a task can draw.

    Raises
    ------
    ValueError
        No trials, or a condition that the task does not have.
    TypeError
        No generator.
    """
    if n_trials < 1:
        raise ValueError(f"n_trials: {n_trials!r} must be at least 1")
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng: {rng!r} is no generator; use np.random.default_rng(0)")
    for name in fixed:
        choose(name, known, "condition")


def check_settings(task: Any, needed: Sequence[str], optional: Sequence[str] = ()) -> None:
    """Raise a one-line error unless a task's durations fit its step, and its noise is not negative.

    Parameters
    ----------
    task
        With the attribute ``dt`` and the durations, ms.
    needed
        Durations that last a step at least.
    optional
        Durations that may be 0.

    Raises
    ------
    ValueError
        A setting that no trial can have; the text names it.
    """
    if not 0 < task.dt < np.inf:
        raise ValueError(f"dt: {task.dt!r} is not a step in ms, above 0")
    for name in (*needed, *optional):
        value = getattr(task, name)
        if not 0 <= value < np.inf:
            raise ValueError(f"{name}: {value!r} is not a duration in ms, 0 or above")
        if name in needed and steps(value, task.dt) < 1:
            raise ValueError(f"{name}: {value!r} ms is shorter than a step of {task.dt:g} ms")
    if not 0 <= getattr(task, "sigma", 0.0) < np.inf:
        raise ValueError(f"sigma: {task.sigma!r} is not a standard deviation, 0 or above")


def onehot(index: Steps, n: int) -> Floats:
    """(..., n) float32 with a one at each index."""
    found: Floats = np.eye(n, dtype=np.float32)[index]
    return found


def last_choice(outputs: Floats, trials: Trials | None = None) -> Steps:
    """(trial,) the largest output at the last step, where output 0 stands for waiting.

    With ``trials`` it is the last step of the period ``decision``, which need not be the same in all trials.
    """
    last = outputs[-1] if trials is None else outputs[trials.periods["decision"][1] - 1, np.arange(trials.n_trials)]
    return last.argmax(-1).astype(np.int64)


def in_sequence(durations: Mapping[str, int | Steps], n_trials: int) -> tuple[dict[str, tuple[Steps, Steps]], int]:
    """Periods one after the other, and the number of steps until the last trial is over.

    Parameters
    ----------
    durations
        Name -> length in steps, one for all trials or (trial,).
    n_trials
        Number of trials.
    """
    periods, start = {}, np.zeros(n_trials, np.int64)
    for name, length in durations.items():
        periods[name] = (start, start + length)
        start = start + length
    return periods, int(start.max())


def span(period: tuple[Steps, Steps], total: int) -> NDArray[np.bool_]:
    """(time, trial), True in the steps of a period (start, end), of ``total`` steps."""
    step = np.arange(total)[:, None]
    found: NDArray[np.bool_] = (step >= period[0]) & (step < period[1])
    return found


def answered(
    inputs: NDArray[np.floating[Any]],
    truth: NDArray[Any],
    periods: Mapping[str, tuple[Steps, Steps]],
    conditions: Mapping[str, NDArray[Any]],
    dt: float,
    n_outputs: int,
) -> Trials:
    """Trials in which the right choice is due in the period ``decision``, and waiting before and after it.

    Parameters
    ----------
    inputs : (time, trial, line)
    truth : (trial,)
        The right alternative, 1, 2, ...; 0 where waiting is right.
    periods, conditions, dt
        As in `Trials`.
    n_outputs
        One for waiting, and one for each alternative.

    Returns
    -------
    Trials
        With one-hot targets. Where trials end at different times, their steps after the decision do not count.
    """
    end = periods["decision"][1]
    actions = np.where(span(periods["decision"], len(inputs)), truth, 0).astype(np.int64)
    mask = None if np.all(end == len(inputs)) else (np.arange(len(inputs))[:, None] < end).astype(np.float32)
    found = {name: np.asarray(values, dtype=float) for name, values in conditions.items()}
    shown, right = np.asarray(inputs, dtype=np.float32), np.asarray(truth, dtype=np.int64)
    return Trials(shown, onehot(actions, n_outputs), actions, right, periods, found, dt, mask)
