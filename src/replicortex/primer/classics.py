"""Four classics of about twenty lines each, and models for a task of your own: see ``docs/tour/1-task.md``.

All have a fixation line that goes off as the sign to answer, and an output that stands for waiting. Noise of standard
deviation ``sigma`` per step is on every line but fixation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replicortex.primer.trials import (
    Floats,
    Steps,
    Trials,
    answered,
    check_draw,
    check_settings,
    given,
    in_sequence,
    last_choice,
    span,
    steps,
)


def _drawn(rng: np.random.Generator, values: Sequence[float], n: int) -> NDArray[np.float64]:
    return np.asarray(rng.choice(values, n), dtype=float)


def _shown(
    task: Any, rng: np.random.Generator, periods: Mapping[str, tuple[Steps, Steps]], total: int, *lines: NDArray[Any]
) -> NDArray[np.float64]:
    """Inputs (time, trial, 1 + line): fixation until the decision, and each line (time, trial) with noise."""
    fixation = np.arange(total)[:, None] < periods["decision"][0]
    noise = rng.normal(0, task.sigma, (*fixation.shape, len(lines)))
    return np.concatenate([fixation[..., None], np.stack(lines, axis=-1) + noise], axis=-1)


@dataclass(frozen=True)
class GoNoGo:
    """One of two signals, a delay; then answer after the first, and go on waiting after the second.

    Attributes
    ----------
    fixation, stimulus, delay, decision
        Durations, ms.
    sigma
        Noise per step.
    dt
        Step, ms.
    """

    fixation: float = 100.0
    stimulus: float = 300.0
    delay: float = 300.0
    decision: float = 300.0
    sigma: float = 0.1
    dt: float = 20.0

    input_lines = ("fixation", "go", "no go")
    output_lines = ("wait", "go")
    alternatives = ("go",)

    def __post_init__(self) -> None:
        check_settings(self, ("stimulus", "decision"), ("fixation", "delay"))

    def draw(self, n_trials: int, rng: np.random.Generator, **fixed: object) -> Trials:
        """Random trials, half of them with the go signal; ``go`` (0, 1) may be fixed."""
        check_draw(n_trials, rng, fixed, ("go",))
        go = given(fixed, "go", n_trials, _drawn(rng, (0, 1), n_trials), among=(0, 1))
        names = ("fixation", "stimulus", "delay", "decision")
        periods, total = in_sequence({name: steps(getattr(self, name), self.dt) for name in names}, n_trials)
        signal = span(periods["stimulus"], total)
        inputs = _shown(self, rng, periods, total, signal * go, signal * (1 - go))
        return answered(inputs, go, periods, {"go": go}, self.dt, 2)

    def choices(self, outputs: Floats, trials: Trials) -> Steps:
        """Action at the last step of the decision: 1 go, 0 wait."""
        return last_choice(outputs, trials)


@dataclass(frozen=True)
class DelayedComparison:
    """Two vibrations with a delay between them: was the first one faster (choice 1) or the second (choice 2)?

    Romo, Brody, Hernandez & Lemus 1999, Nature 399:470-473. Frequencies come in pairs, in either order; the line shows
    them as (f - 10) / 24.

    Attributes
    ----------
    pairs
        Frequencies, Hz.
    fixation, first, delay, second, decision
        Durations, ms.
    sigma
        Noise per step.
    dt
        Step, ms.
    """

    pairs: tuple[tuple[float, float], ...] = ((18, 10), (22, 14), (26, 18), (30, 22), (34, 26))
    fixation: float = 100.0
    first: float = 300.0
    delay: float = 600.0
    second: float = 300.0
    decision: float = 100.0
    sigma: float = 0.1
    dt: float = 20.0

    input_lines = ("fixation", "frequency")
    output_lines = ("wait", "first faster", "second faster")
    alternatives = ("first faster", "second faster")

    def __post_init__(self) -> None:
        check_settings(self, ("first", "second", "decision"), ("fixation", "delay"))

    def draw(self, n_trials: int, rng: np.random.Generator, **fixed: object) -> Trials:
        """Random trials; ``pair`` (0, 1, ...) and ``choice`` (1, 2) may be fixed."""
        check_draw(n_trials, rng, fixed, ("pair", "choice"))
        every = range(len(self.pairs))
        pair = given(fixed, "pair", n_trials, _drawn(rng, every, n_trials), among=every)
        choice = given(fixed, "choice", n_trials, _drawn(rng, (1, 2), n_trials), among=(1, 2))
        high, low = np.sort(np.array(self.pairs)[pair.astype(int)]).T[::-1]
        one, two = np.where(choice == 1, (high, low), (low, high))
        names = ("fixation", "first", "delay", "second", "decision")
        periods, total = in_sequence({name: steps(getattr(self, name), self.dt) for name in names}, n_trials)
        line = span(periods["first"], total) * (one - 10) / 24 + span(periods["second"], total) * (two - 10) / 24
        inputs = _shown(self, rng, periods, total, line)
        return answered(inputs, choice, periods, {"pair": pair, "first": one, "second": two}, self.dt, 3)

    def choices(self, outputs: Floats, trials: Trials) -> Steps:
        """Action at the last step of the decision."""
        return last_choice(outputs, trials)


@dataclass(frozen=True)
class IntervalDiscrimination:
    """Two signals, one after the other: did the first last longer (choice 1) or the second (choice 2)?

    Genovesio, Tsujimoto & Wise 2009, Neuron 63:254-266. Trials last as long as their intervals do; the steps after the
    decision do not count.

    Attributes
    ----------
    intervals
        Durations from which the two, always different, are drawn, ms.
    fixation, delay, decision
        Durations, ms.
    sigma
        Noise per step.
    dt
        Step, ms.
    """

    intervals: tuple[float, ...] = (200, 300, 400, 500, 600)
    fixation: float = 100.0
    delay: float = 300.0
    decision: float = 100.0
    sigma: float = 0.1
    dt: float = 20.0

    input_lines = ("fixation", "first", "second")
    output_lines = ("wait", "first longer", "second longer")
    alternatives = ("first longer", "second longer")

    def __post_init__(self) -> None:
        check_settings(self, ("decision",), ("fixation", "delay"))

    def draw(self, n_trials: int, rng: np.random.Generator, **fixed: object) -> Trials:
        """Random trials; ``choice`` (1, 2) may be fixed."""
        check_draw(n_trials, rng, fixed, ("choice",))
        choice = given(fixed, "choice", n_trials, _drawn(rng, (1, 2), n_trials), among=(1, 2))
        two = np.stack([rng.choice(self.intervals, 2, replace=False) for _ in range(n_trials)])
        short, long = np.sort(two).T
        first, second = np.where(choice == 1, (long, short), (short, long))
        lengths = {"fixation": self.fixation, "first": first, "delay": self.delay, "second": second}
        lengths |= {"decision": self.decision}
        in_steps = {name: np.floor(np.asarray(ms) / self.dt + 0.5).astype(int) for name, ms in lengths.items()}
        periods, total = in_sequence(in_steps, n_trials)
        inputs = _shown(self, rng, periods, total, span(periods["first"], total), span(periods["second"], total))
        return answered(inputs, choice, periods, {"first": first, "second": second}, self.dt, 3)

    def choices(self, outputs: Floats, trials: Trials) -> Steps:
        """Action at the last step of the decision."""
        return last_choice(outputs, trials)


@dataclass(frozen=True)
class ReadySetGo:
    """Two flashes, ready and set; then go when the same interval has passed once more.

    Jazayeri & Shadlen 2010, Nat. Neurosci. 13:1020-1026. An answer counts as right if it is off by less than
    ``tolerance`` times the interval. The trial ends with that window; later steps do not count.

    Attributes
    ----------
    intervals
        From which each trial draws one, ms.
    tolerance
        As above.
    fixation, flash
        Durations, ms.
    sigma
        Noise per step.
    dt
        Step, ms.
    """

    intervals: tuple[float, ...] = (400, 500, 600, 700, 800)
    tolerance: float = 0.2
    fixation: float = 100.0
    flash: float = 60.0
    sigma: float = 0.05
    dt: float = 20.0

    input_lines = ("fixation", "ready", "set")
    output_lines = ("wait", "go")
    alternatives = ("go",)

    def __post_init__(self) -> None:
        check_settings(self, ("flash",), ("fixation",))
        if not 0 < self.tolerance < 1:
            raise ValueError(f"tolerance: {self.tolerance!r} is not a part of the interval, above 0 and below 1")

    def draw(self, n_trials: int, rng: np.random.Generator, **fixed: object) -> Trials:
        """Random trials; ``interval`` (ms) may be fixed."""
        check_draw(n_trials, rng, fixed, ("interval",))
        drawn = _drawn(rng, self.intervals, n_trials)
        interval = given(fixed, "interval", n_trials, drawn, within=(self.dt, max(self.intervals)))
        measured = np.floor(interval / self.dt + 0.5).astype(int)
        window = np.ceil(self.tolerance * measured).astype(int)
        ready = np.full(n_trials, steps(self.fixation, self.dt))
        go, flash = ready + 2 * measured, steps(self.flash, self.dt)
        periods = {"fixation": (0 * go, go - window), "ready": (ready, ready + flash), "decision": (go, go + window)}
        periods["set"] = (ready + measured, ready + measured + flash)
        total = steps(self.fixation, self.dt) + int(np.ceil((2 + self.tolerance) * max(self.intervals) / self.dt)) + 1
        inputs = _shown(self, rng, periods, total, span(periods["ready"], total), span(periods["set"], total))
        inputs[:, :, 0] = np.arange(total)[:, None] < ready  # its going off must not tell when to go
        return answered(inputs, np.ones(n_trials), periods, {"interval": interval}, self.dt, 2)

    def choices(self, outputs: Floats, trials: Trials) -> Steps:
        """1 where the first step at which "go" is the larger output lies in the window, else 0."""
        went = (outputs[..., 1] > outputs[..., 0]) & (np.arange(len(outputs))[:, None] >= trials.periods["set"][0])
        off = np.where(went.any(0), went.argmax(0), -1) - trials.periods["decision"][0]
        window = trials.periods["decision"][1] - trials.periods["decision"][0]
        return (np.abs(off) < window).astype(np.int64)
