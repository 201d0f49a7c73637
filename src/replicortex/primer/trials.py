"""What a task hands to a network: a batch of trials, and endless batches for notebooks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from replicortex.errors import choose
from replicortex.streams import generator

Floats = NDArray[np.float32]
Steps = NDArray[np.int64]


@dataclass(frozen=True)
class Trials:
    """A batch of trials.

    Attributes:
        inputs: (time, trial, input line).
        targets: (time, trial, output), what the outputs should be.
        actions: (time, trial), what an agent should do: 0 wait, k choose alternative k.
        truth: (trial,), the right alternative, 1, 2, ...
        periods: name -> (start, end) in steps, each (trial,); the end does not belong to it.
        conditions: name -> (trial,), what a trial shows: coherence, context, ...
        dt: length of a step, ms.
    """

    inputs: Floats
    targets: Floats
    actions: Steps
    truth: Steps
    periods: Mapping[str, tuple[Steps, Steps]]
    conditions: Mapping[str, NDArray[np.float64]]
    dt: float

    @property
    def n_trials(self) -> int:
        """Number of trials."""
        return len(self.truth)

    def during(self, period: str) -> NDArray[np.bool_]:
        """(time, trial), True where a period goes on.

        Raises:
            ValueError: no such period.
        """
        start, end = self.periods[choose(period, self.periods, "period")]
        step = np.arange(len(self.inputs))[:, None]
        found: NDArray[np.bool_] = (step >= start) & (step < end)
        return found


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


def batches(task: Task, batch: int = 16, *, seed: int = 0) -> Iterator[tuple[Floats, Floats]]:
    """Endless (inputs, targets), each (time, trial, line) float32: all that a training loop of your own needs.

    >>> from replicortex import primer
    >>> inputs, targets = next(primer.batches(primer.PerceptualDecision(), batch=16, seed=1))
    >>> inputs.shape, targets.shape
    ((60, 16, 3), (60, 16, 3))

    Raises:
        ValueError: no trials asked for.
    """
    if batch < 1:
        raise ValueError(f"batch: {batch!r} must be at least 1")
    rng = generator("batches", type(task).__name__, seed)
    while True:
        trials = task.draw(batch, rng)
        yield trials.inputs, trials.targets


def steps(duration: float, dt: float) -> int:
    """A duration in ms as a whole number of steps, the nearest."""
    return int(np.floor(duration / dt + 0.5))


def given(fixed: Mapping[str, object], name: str, n_trials: int, drawn: NDArray[np.float64]) -> NDArray[np.float64]:
    """A condition (trial,): what was fixed, a number or one per trial, else what was drawn.

    Raises:
        ValueError: as many values as there are trials were wanted.
    """
    if name not in fixed:
        return drawn
    values = np.asarray(fixed[name], dtype=float)
    if values.shape not in ((), (n_trials,)):
        raise ValueError(f"{name}: shape {values.shape}; give one number, or one for each of {n_trials} trials")
    return np.broadcast_to(values, (n_trials,)).copy()


def check_fixed(fixed: Mapping[str, object], allowed: tuple[str, ...]) -> None:
    """Raise a ValueError that names a condition which a task does not have."""
    for name in fixed:
        choose(name, allowed, "condition")


def onehot(index: Steps, n: int) -> Floats:
    """(..., n) float32 with a one at each index."""
    found: Floats = np.eye(n, dtype=np.float32)[index]
    return found


def last_choice(outputs: Floats) -> Steps:
    """The action of the last step: the largest output there, where output 0 stands for waiting."""
    return outputs[-1].argmax(-1).astype(np.int64)


def in_sequence(durations: Mapping[str, int], n_trials: int) -> tuple[dict[str, tuple[Steps, Steps]], int]:
    """Periods one after the other, the same in every trial, from their lengths in steps; and the total."""
    periods, start = {}, 0
    for name, length in durations.items():
        periods[name] = (np.full(n_trials, start), np.full(n_trials, start + length))
        start += length
    return periods, start
