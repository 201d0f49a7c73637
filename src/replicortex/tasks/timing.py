"""When the periods of a trial end, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Choice:
    """One of several values, equally likely (ms when used as a duration)."""

    values: tuple[float, ...]

    def draw(self, rng: np.random.Generator) -> float:
        """One value."""
        return self.values[int(rng.integers(len(self.values)))]

    @property
    def longest(self) -> float:
        """The largest value."""
        return max(self.values)


@dataclass(frozen=True)
class Uniform:
    """A real number between two limits (ms when used as a duration)."""

    low: float
    high: float

    def draw(self, rng: np.random.Generator) -> float:
        """One value."""
        return float(rng.uniform(self.low, self.high))

    @property
    def longest(self) -> float:
        """The upper limit."""
        return self.high


@dataclass(frozen=True)
class Given:
    """A value that the caller of a psychometric trial supplies under ``name`` (ms)."""

    name: str


Duration = float | Choice | Uniform | Given


@dataclass(frozen=True)
class At:
    """An end as a time since the start of the trial; a bare duration counts from the previous end."""

    time: Duration


Ends = tuple[Duration | At, ...]


@dataclass(frozen=True)
class Timing:
    """Names of a trial's periods in temporal order, and where each of them ends in each mode.

    Attributes
    ----------
    periods : tuple[str, ...]
        The last one is the period of the response.
    random, test, psychometric : tuple
        One end per period; None where the task has no such mode.
    """

    periods: tuple[str, ...]
    random: Ends
    test: Ends
    psychometric: Ends | None

    def ends(self, mode: str) -> Ends:
        """The ends of the periods in a mode; none where the task lacks the mode."""
        return {"random": self.random, "test": self.test, "psychometric": self.psychometric or ()}[mode]

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the times (ms) that the caller of a psychometric trial supplies."""
        durations = map(_duration, self.psychometric or ())
        return tuple(duration.name for duration in durations if isinstance(duration, Given))

    def is_random(self, mode: str) -> bool:
        """Whether the mode draws a duration."""
        return any(isinstance(_duration(end), Choice | Uniform) for end in self.ends(mode))


def _duration(end: Duration | At) -> Duration:
    return end.time if isinstance(end, At) else end


def boundaries(
    timing: Timing,
    mode: str,
    steps: Callable[[float], int],
    rng: np.random.Generator,
    given: Mapping[str, float],
) -> list[int]:
    """Boundaries of the periods in steps: ``[0, end of the first, ..., end of the trial]``.

    Every time value is turned into steps by itself (``steps`` rounds down) before it is added to the others.

    Raises
    ------
    ValueError
        If a period would end before it begins, or the last one would have no step.
    """
    edges = [0]
    for period, end in zip(timing.periods, timing.ends(mode), strict=True):
        duration = _duration(end)
        if isinstance(duration, Given):
            ms = given[duration.name]
        elif isinstance(duration, Choice | Uniform):
            ms = duration.draw(rng)
        else:
            ms = duration
        edges.append(steps(ms) if isinstance(end, At) else edges[-1] + steps(ms))
        if edges[-1] < edges[-2]:
            raise ValueError(
                f"period {period!r} would end at step {edges[-1]}, before it begins at step {edges[-2]}; "
                f"check {', '.join(timing.parameters)}"
            )
    if edges[-1] == edges[-2]:
        raise ValueError(f"period {timing.periods[-1]!r} is shorter than one step; use a smaller dt")
    return edges


def longest(timing: Timing, steps: Callable[[float], int]) -> int:
    """Steps of the longest trial that the random mode can draw."""
    last = 0
    for end in timing.random:
        duration = _duration(end)
        assert not isinstance(duration, Given), "only psychometric times are given by a caller"
        ms = duration.longest if isinstance(duration, Choice | Uniform) else duration
        last = steps(ms) if isinstance(end, At) else last + steps(ms)
    return last
