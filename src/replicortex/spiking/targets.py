"""What targets are made of: a base class, interpolation, noise, stacking and replay.

A target may be asked for any steps in any order and always answers the same.  `at` also takes fractional and negative
steps, which is how a replay at another speed, or backwards, is compared with what was taught.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from replicortex.errors import choose
from replicortex.shown import short_repr
from replicortex.spiking.protocols import Floats

Array = NDArray[Any]
NOISES = ("normal", "uniform")
_LANES = 4  # numbers that one value of the counter gives


class Target(ABC):
    """A function of the step with ``outputs`` components; step i stands for the time ``i dt``."""

    @property
    @abstractmethod
    def outputs(self) -> int:
        """Number of components, k."""

    @property
    def cycle(self) -> float | None:
        """Seconds after which it repeats itself, where that is known."""
        return None

    @abstractmethod
    def at(self, steps: Array) -> Floats:
        """x at these steps (step,), whole or not: (step, k)."""

    def values(self, first: int, count: int) -> Floats:
        """x at the steps ``first .. first + count - 1``: (count, k)."""
        return self.at(np.arange(first, first + count))


def positive(value: float, what: str, unit: str = "s") -> float:
    """``value`` if it is a finite number above zero.

    Raises
    ------
    ValueError
        It is not; the message starts with ``what``.
    """
    good = isinstance(value, (int, float, np.number)) and not isinstance(value, bool) and math.isfinite(value)
    if not good or value <= 0:
        raise ValueError(f"{what}: {value!r} is not a positive number{f' ({unit})' if unit else ''}")
    return float(value)


def whole(value: int, what: str, least: int = 1) -> int:
    """``value`` if it is a whole number, ``least`` or more.

    Raises
    ------
    ValueError
        It is not; the message starts with ``what``.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{what}: {value!r} is not a whole number of {least} or more")
    return int(value)


def steps_per(period: float, dt: float, what: str = "period") -> int:
    """Steps of ``dt`` in a period (both s), to the nearest.

    Raises
    ------
    ValueError
        ``dt`` or the period is not positive, or the period has fewer than two steps.
    """
    steps = round(positive(period, what) / positive(dt, "dt"))
    if steps < 2:
        raise ValueError(f"{what}: {period!r} s is not even two steps of dt = {dt!r} s")
    return steps


def all_numbers(values: Floats, what: str, least: int = 1) -> None:
    """Make sure that a signal is (time, k) and holds finite numbers.

    Raises
    ------
    ValueError
        It does not; the message starts with "target: " and says where.
    """
    if values.ndim != 2 or len(values) < least or not values.shape[1]:
        raise ValueError(
            f"target: {what} have the shape {values.shape}; right would be (time, output), with {least} or more times"
        )
    wrong = np.argwhere(~np.isfinite(values))
    if len(wrong):
        row, column = (int(place) for place in wrong[0])
        raise ValueError(
            f"target: {what}[{row}, {column}] is {values[row, column]}, not a finite number ({len(wrong)} in all)"
        )


def read_only(values: ArrayLike) -> Floats:
    """A float64 copy that cannot be written to."""
    array = np.array(values, dtype=np.float64)
    array.setflags(write=False)
    return array


@dataclass(frozen=True)
class Formula(Target):
    """One component that is a formula of the time in s and repeats itself after ``period`` s, if that is known."""

    function: Callable[[Floats], Floats]
    period: float | None
    dt: float

    @property
    def outputs(self) -> int:
        return 1

    @property
    def cycle(self) -> float | None:
        return self.period

    def at(self, steps: Array) -> Floats:
        return self.function(np.asarray(steps) * self.dt)[:, None]


@short_repr
@dataclass(frozen=True)
class Series(Target):
    """Samples (time, k) every ``spacing`` s from time 0 on, joined by straight lines."""

    samples: Floats
    spacing: float
    dt: float

    def __post_init__(self) -> None:
        positive(self.spacing, "spacing")
        positive(self.dt, "dt")
        all_numbers(self.samples, "samples", 2)

    @property
    def outputs(self) -> int:
        return self.samples.shape[1]

    def at(self, steps: Array) -> Floats:
        """x at these steps.

        Raises
        ------
        ValueError
            A step lies outside the samples.
        """
        place = np.asarray(steps) * (self.dt / self.spacing)
        last = len(self.samples) - 1
        # the last step may fall behind the last sample by an error of rounding
        if place.size and not (place.min() >= 0 and place.max() <= last * (1 + 1e-12)):
            raise ValueError(
                f"target: it is known from 0 to {last * self.spacing:g} s, not at "
                f"{place.min() * self.spacing:g} to {place.max() * self.spacing:g} s; give more of it, or run shorter"
            )
        left = np.minimum(place.astype(np.int64), last - 1)
        return _between(self.samples, left, left + 1, place - left)


@short_repr
@dataclass(frozen=True)
class Cyclic(Target):
    """Frames (frame, k) every ``frame_dt`` s, joined by straight lines, over and over again.

    After the last frame the line leads to frame 0 at the end of the period.
    """

    frames: Floats
    frame_dt: float
    period: float
    dt: float

    def __post_init__(self) -> None:
        steps_per(self.period, self.dt)
        all_numbers(self.frames, "frames")
        if (len(self.frames) - 1) * self.frame_dt >= self.period:
            end = (len(self.frames) - 1) * self.frame_dt
            raise ValueError(f"target: its last frame comes at {end:g} s, after the end of the period, {self.period} s")

    @property
    def outputs(self) -> int:
        return self.frames.shape[1]

    @property
    def cycle(self) -> float:
        return self.period

    def at(self, steps: Array) -> Floats:
        # counted in steps, so that it never slides against a drive of the same period
        n_steps = steps_per(self.period, self.dt)
        time = np.mod(steps, n_steps) * (self.period / n_steps)
        last = len(self.frames) - 1
        left = np.minimum((time / self.frame_dt).astype(np.int64), last)
        width = np.where(left == last, self.period - last * self.frame_dt, self.frame_dt)
        return _between(self.frames, left, np.where(left == last, 0, left + 1), (time - left * self.frame_dt) / width)


def _between(samples: Floats, left: Array, right: Array, share: Floats) -> Floats:
    """The points ``share`` (0..1) of the way between two samples."""
    start = samples[left]
    return start + share[:, None] * (samples[right] - start)


@dataclass(frozen=True)
class Noisy(Target):
    """A target with noise that is drawn anew for every step and component.

    The numbers are those of a counter: step i always gets the same ones, whichever steps were asked for before
    (Philox; a normal number is the quantile of a uniform one).  ``"normal"`` has mean 0 and variance 1, ``"uniform"``
    lies in (0, 1) and so has mean 1/2; both are multiplied by ``level``.
    """

    target: Target
    level: float
    kind: str
    key: int

    def __post_init__(self) -> None:
        choose(self.kind, NOISES, "noise")
        positive(self.level, "noise_level", "")

    @property
    def outputs(self) -> int:
        return self.target.outputs

    @property
    def cycle(self) -> float | None:
        return self.target.cycle

    def at(self, steps: Array) -> Floats:
        """x at these whole steps; the numbers of all steps from the first to the last are drawn on the way."""
        steps = np.asarray(steps, dtype=np.int64)
        if not steps.size:
            return self.target.at(steps)
        first, last = int(steps.min()), int(steps.max())
        blocks = -(-self.outputs // _LANES)
        philox = np.random.Philox(key=self.key, counter=first * blocks)
        raw = philox.random_raw((last - first + 1) * blocks * _LANES).reshape(last - first + 1, -1)
        # the middle of 2**53 equal parts of (0, 1): never an end, whose quantile is infinite
        uniform = ((raw[steps - first, : self.outputs] >> np.uint64(11)) + 0.5) * 2.0**-53
        return self.target.at(steps) + self.level * (ndtri(uniform) if self.kind == "normal" else uniform)


@dataclass(frozen=True)
class Stacked(Target):
    """The components of several targets, one after the other; the first is the one that counts its period."""

    targets: tuple[Target, ...]

    @property
    def outputs(self) -> int:
        return sum(target.outputs for target in self.targets)

    @property
    def cycle(self) -> float | None:
        return self.targets[0].cycle

    def at(self, steps: Array) -> Floats:
        return np.concatenate([target.at(steps) for target in self.targets], axis=1)


@dataclass(frozen=True)
class Replayed(Target):
    """A target played ``speed`` times as fast: below 1 dilated, above 1 compressed, negative backwards."""

    target: Target
    speed: float

    @property
    def outputs(self) -> int:
        return self.target.outputs

    def at(self, steps: Array) -> Floats:
        return self.target.at(self.speed * np.asarray(steps))


def noisy(target: Target, kind: str, level: float, rng: np.random.Generator) -> Noisy:
    """`target` with noise whose key is drawn from ``rng``."""
    return Noisy(target, level, kind, int(rng.integers(2**63)))
