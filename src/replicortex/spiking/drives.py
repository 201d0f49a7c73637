"""High-dimensional temporal signals (HDTS): pulses that follow each other and tell the network where it is in time.

Component q of m is ``|sin(pi m t / T)|`` while ``q T / m < t < (q + 1) T / m``, and zero otherwise, T being the period
(Nicola & Clopath 2017, Methods): of all components one at a time is not zero, so index and height say everything.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from replicortex.errors import shorten
from replicortex.spiking.protocols import Floats, Ints
from replicortex.spiking.targets import Array, Target, steps_per, whole


@dataclass(frozen=True)
class Hdts:
    """A drive of ``components`` pulses in a period of ``period_steps`` steps.

    Attributes
    ----------
    speed
        How many times as fast it plays: above 1 compressed, below 1 dilated, negative backwards.
    ablated
        Components that stay silent.
    """

    components: int
    period_steps: int
    speed: float = 1.0
    ablated: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        whole(self.components, "components")
        whole(self.period_steps, "period_steps", 2)
        if not math.isfinite(self.speed) or self.speed == 0:
            raise ValueError(
                f"speed: {self.speed!r} is not a number other than 0, e.g. 2 (compressed) or -1 (reversed)"
            )
        pulse = self.period_steps / (self.components * abs(self.speed))
        if pulse < 2:
            raise ValueError(
                f"speed: {self.speed!r} makes a pulse last {pulse:.3g} steps of dt, two are needed "
                f"({self.components} components in {self.period_steps} steps)"
            )
        for index in self.ablated:
            if not 0 <= index < self.components:
                raise ValueError(f"ablated: {shorten(index)} is not a component, 0 to {self.components - 1}")

    def at(self, steps: Array) -> tuple[Ints, Floats]:
        """At these steps (step,), whole or not: the component (step,) and its height (step,)."""
        place = np.mod(self.speed * np.asarray(steps), self.period_steps) * self.components / self.period_steps
        # a tiny negative step comes back from the remainder as the whole period
        index = np.minimum(place.astype(np.int64), self.components - 1)
        height = np.abs(np.sin(np.pi * (place - index)))
        if self.ablated:
            height[np.isin(index, self.ablated)] = 0.0
        return index, height

    def values(self, first: int, count: int) -> tuple[Ints, Floats]:
        """At the steps ``first .. first + count - 1``: the component (count,) and its height (count,)."""
        return self.at(np.arange(first, first + count))

    def at_speed(self, speed: float) -> Hdts:
        """The same drive played at another speed."""
        return replace(self, speed=speed)

    def without(self, fraction: float, rng: np.random.Generator) -> Hdts:
        """The same drive with a fraction of its components, drawn at random, silent.

        Raises
        ------
        ValueError
            The fraction is not from 0 to 1.
        """
        if not 0 <= fraction <= 1:
            raise ValueError(f"fraction: {fraction!r} is not from 0 to 1")
        silent = rng.choice(self.components, round(fraction * self.components), replace=False)
        return replace(self, ablated=tuple(sorted(int(index) for index in silent)))


def hdts(components: int, period: float, dt: float, speed: float = 1.0, ablated: tuple[int, ...] = ()) -> Hdts:
    """A drive of ``components`` pulses in ``period`` s, at steps of ``dt`` s.

    Raises
    ------
    ValueError
        A number out of range, or a pulse of less than two steps.

    Examples
    --------
    >>> index, height = hdts(components=4, period=1.0, dt=0.125).values(first=1, count=4)
    >>> index.tolist(), height.round(3).tolist()
    ([0, 1, 1, 2], [1.0, 0.0, 1.0, 0.0])
    """
    return Hdts(components, steps_per(period, dt), speed, ablated)


@dataclass(frozen=True)
class DriveChannels(Target):
    """A drive as a target, one output per component: for networks that learn to make their HDTS themselves."""

    drive: Hdts

    @property
    def outputs(self) -> int:
        return self.drive.components

    def at(self, steps: Array) -> Floats:
        index, height = self.drive.at(steps)
        channels = np.zeros((len(index), self.outputs))
        channels[np.arange(len(index)), index] = height
        return channels
