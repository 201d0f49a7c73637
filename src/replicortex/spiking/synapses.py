"""Synaptic filters: each spike becomes a current, or a rate, of one or two exponentials.

With s the spikes of a step, A = exp(-dt / rise), D = exp(-dt / decay) and dt, rise and decay in the neuron's own unit
of time, one step of the double exponential is, in this order,

    r <- A r + dt h        h <- D h + s / (rise decay)

so that a spike reaches r one step later, and of the single exponential (rise = 0)

    r <- D r + s / decay

A spike's r integrates to about one: r is a rate.  The current of a neuron is the same filter of the summed weights of
those that spiked.  Source: the published programs of Nicola & Clopath 2017; decay is exact, coupling is Euler.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from replicortex.errors import shorten
from replicortex.spiking.neurons import Array
from replicortex.spiking.protocols import Floats


@dataclass(frozen=True)
class Synapse:
    """Time constants in seconds; ``rise = 0`` is the single exponential.

    Raises
    ------
    ValueError
        ``decay`` is not positive, or ``rise`` is negative.
    """

    decay: float = 0.02
    rise: float = 0.002

    def __post_init__(self) -> None:
        if not 0 < self.decay < math.inf:
            raise ValueError(f"synapse.decay: {shorten(self.decay)} is out of range; allowed: more than 0 seconds")
        if not 0 <= self.rise < math.inf:
            raise ValueError(f"synapse.rise: {shorten(self.rise)} is out of range; allowed: 0 or more seconds")

    @property
    def shortest_time(self) -> float:
        """Seconds of the fastest exponential."""
        return min(self.decay, self.rise) if self.rise else self.decay

    def filter(self, dt: float, unit: float) -> "Filter":
        """Its coefficients for steps of ``dt`` seconds, in units of time of ``unit`` seconds."""
        decay, rise = self.decay / unit, self.rise / unit
        factor = math.exp(-dt / self.decay)
        if not rise:
            return Filter(factor, factor, 0.0, 1 / decay)
        return Filter(math.exp(-dt / self.rise), factor, dt / unit, 1 / (rise * decay))


class Filter(NamedTuple):
    """Coefficients of one step.

    Attributes
    ----------
    fade
        Factor of r.
    decay
        Factor of h.
    coupling
        How much of h is added to r: dt, or 0 for the single exponential.
    jump
        What a spike adds: to h, or to r for the single exponential.
    """

    fade: float
    decay: float
    coupling: float
    jump: float

    @property
    def single(self) -> bool:
        """Whether a spike goes straight into r."""
        return self.coupling == 0.0

    def step(self, r: Array, h: Array, spikes: Array) -> tuple[Array, Array]:
        """(r, h) after one step in which ``spikes`` came in."""
        jump = self.jump * spikes
        if self.single:
            return self.fade * r + jump, h
        return self.fade * r + self.coupling * h, self.decay * h + jump

    def powers(self, steps: int) -> "Powers":
        """What 0 .. ``steps`` steps at once do."""
        fade: Floats = self.fade ** np.arange(steps + 1, dtype=np.float64)
        decay: Floats = self.decay ** np.arange(steps + 1, dtype=np.float64)
        carry = np.zeros(steps + 1)
        for j in range(steps):
            carry[j + 1] = self.fade * carry[j] + self.coupling * decay[j]
        if self.single:
            return Powers(fade, decay, carry, self.jump * fade, np.zeros(steps + 1))
        return Powers(fade, decay, carry, self.jump * carry, self.jump * decay)


class Powers(NamedTuple):
    """Several steps at once: after j of them r is ``fade[j] r + carry[j] h`` and h is ``decay[j] h``, and a spike
    j steps ago has added ``spike_r[j]`` to r and ``spike_h[j]`` to h.  Each (steps + 1,)."""

    fade: Floats
    decay: Floats
    carry: Floats
    spike_r: Floats
    spike_h: Floats
