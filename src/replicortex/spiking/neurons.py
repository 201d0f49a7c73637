"""Neurons of the spiking networks, in plain NumPy: the meaning that the compiled kernel has to reproduce.

Every public time is in seconds.  The equations of the leaky integrate-and-fire and the theta neuron count time in
seconds too; those of the Izhikevich neuron count milliseconds, so that rates inside such a network are in kHz.
``neuron.unit`` is that unit in seconds.  Source: the published programs of Nicola & Clopath 2017 (ModelDB 190565).
"""

import math
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from replicortex.errors import choose, shorten

Array = NDArray[np.floating]
Flags = NDArray[np.bool_]


class NeuronState(NamedTuple):
    """State of N neurons, each (N,).

    Attributes
    ----------
    v
        Voltage (LIF, Izhikevich: mV) or phase (theta: radian).
    u
        Recovery current in pA (Izhikevich; else zeros).
    last
        Step of the last spike, 0 before any.
    """

    v: Array
    u: Array
    last: NDArray[np.int64]


def _positive(name: str, value: float, zero: bool = False) -> None:
    if not (value > 0 or zero and value == 0) or not math.isfinite(value):
        raise ValueError(f"{name}: {shorten(value)} is out of range; allowed: {'0 or more' if zero else 'more than 0'}")


def _above(name: str, value: float, other: str, bound: float) -> None:
    if not value > bound:
        raise ValueError(f"{name}: {shorten(value)} is out of range; allowed: more than {other} ({bound:g})")


@dataclass(frozen=True)
class LIF:
    """Leaky integrate-and-fire neuron: ``tau dv/dt = I - v``, except for ``refractory`` after a spike.

    Attributes
    ----------
    tau
        Membrane time constant, seconds.
    refractory
        Refractory time, seconds. The neuron moves again at the first step after ``round(refractory / dt)`` whole steps.
        It also rests for as long at the start of a run.
    threshold, reset
        mV.
    bias
        Constant current, in mV.
    """

    tau: float = 0.01
    refractory: float = 0.002
    threshold: float = -40.0
    reset: float = -65.0
    bias: float = -40.0
    unit: ClassVar[float] = 1.0
    largest_step: ClassVar[float] = math.inf  # s; its time constant is the limit
    peak: ClassVar[float] = 30.0  # what a voltage trace shows in the step of a spike, in mV

    def __post_init__(self) -> None:
        _positive("LIF.tau", self.tau)
        _positive("LIF.refractory", self.refractory, zero=True)
        _above("LIF.threshold", self.threshold, "reset", self.reset)

    @property
    def fires_at(self) -> float:
        """The voltage from which a spike is counted."""
        return self.threshold

    @property
    def shortest_time(self) -> float:
        """Seconds of the fastest process that ``dt`` has to resolve."""
        return self.tau

    def initial(self, rng: np.random.Generator, units: int) -> Array:
        """v(0) (units,): uniform between reset and +30 mV, so that most neurons spike in the first step."""
        return rng.uniform(self.reset, self.peak, units)

    def step(self, state: NeuronState, current: Array, i: int, dt: float) -> tuple[NeuronState, Flags]:
        """Euler step to the step ``i`` (from 1) with the current (N,) in mV: the state after the reset, and who spiked.

        A neuron moves if ``i - last > round(refractory / dt)``, counted in whole steps, as sums of ``dt`` would decide
        ties by rounding.  The threshold is looked at in every neuron, moving or not.
        """
        moving = i - state.last > round(self.refractory / dt)
        v = np.where(moving, state.v + dt * (current - state.v) / self.tau, state.v)
        spiked = v >= self.threshold
        return NeuronState(np.where(spiked, self.reset, v), state.u, np.where(spiked, i, state.last)), spiked


@dataclass(frozen=True)
class Theta:
    """Theta neuron, the normal form at the saddle-node on a circle: ``dv/dt = 1 - cos v + (1 + cos v) pi^2 I``.

    It rests at I = 0 and fires at the rate ``sqrt(I)`` Hz for a constant I > 0.
    """

    bias: float = 0.0
    unit: ClassVar[float] = 1.0
    largest_step: ClassVar[float] = 5e-5  # s: five times that of the published programs
    peak: ClassVar[float] = math.pi
    reset: ClassVar[float] = -math.pi

    @property
    def fires_at(self) -> float:
        """The phase at which a spike is counted."""
        return math.pi

    @property
    def shortest_time(self) -> float:
        """Seconds of the fastest process that ``dt`` has to resolve: the neuron has none of its own."""
        return math.inf

    def initial(self, rng: np.random.Generator, units: int) -> Array:
        """v(0) (units,): uniform on the circle."""
        return rng.uniform(-math.pi, math.pi, units)

    def step(self, state: NeuronState, current: Array, i: int, dt: float) -> tuple[NeuronState, Flags]:
        """Euler step with the dimensionless current (N,): the state after the reset, and who spiked."""
        cosine = np.cos(state.v)
        v = state.v + dt * (1 - cosine + (1 + cosine) * math.pi**2 * current)
        spiked = v >= math.pi
        return NeuronState(np.where(spiked, -math.pi, v), state.u, np.where(spiked, i, state.last)), spiked


@dataclass(frozen=True)
class Izhikevich:
    """Izhikevich neuron: ``C dv/dt = k (v - vr)(v - vt) - u + I``, ``du/dt = a (b (v - vr) - u)``.

    Attributes
    ----------
    a
        Rate of the recovery current, 1/ms.
    b
        Slope of the recovery current, nS.
    d
        Jump of the recovery current at a spike, pA.
    vt
        Threshold voltage, mV; the published oscillators use vr + 40 - b / k.
    capacitance
        pF.
    k
        nS/mV.
    vr, vpeak, reset
        Resting, peak and reset voltage, mV.
    bias
        Constant current, pA.
    """

    a: float = 0.01
    b: float = -2.0
    d: float = 200.0
    vt: float = -19.2
    capacitance: float = 250.0
    k: float = 2.5
    vr: float = -60.0
    vpeak: float = 30.0
    reset: float = -65.0
    bias: float = 1000.0
    unit: ClassVar[float] = 1e-3
    largest_step: ClassVar[float] = 2e-4  # s: five times that of the published programs

    def __post_init__(self) -> None:
        _positive("Izhikevich.a", self.a)
        _positive("Izhikevich.capacitance", self.capacitance)
        _above("Izhikevich.vpeak", self.vpeak, "reset", self.reset)

    @property
    def fires_at(self) -> float:
        """The voltage from which a spike is counted."""
        return self.vpeak

    @property
    def peak(self) -> float:
        """What a voltage trace shows in the step of a spike, in mV."""
        return self.vpeak

    @property
    def shortest_time(self) -> float:
        """Seconds of the fastest process that ``dt`` has to resolve: the recovery current."""
        return self.unit / self.a

    def initial(self, rng: np.random.Generator, units: int) -> Array:
        """v(0) (units,): uniform between rest and peak."""
        return rng.uniform(self.vr, self.vpeak, units)

    def step(self, state: NeuronState, current: Array, i: int, dt: float) -> tuple[NeuronState, Flags]:
        """Euler step of ``dt`` seconds with the current (N,) in pA: the state after the reset, and who spiked.

        Both lines use the old v and the old u.
        """
        ms, v = dt / self.unit, state.v
        u = state.u + ms * self.a * (self.b * (v - self.vr) - state.u)
        v = v + ms * (self.k * (v - self.vr) * (v - self.vt) - state.u + current) / self.capacitance
        spiked = v >= self.vpeak
        u = np.where(spiked, u + self.d, u)
        return NeuronState(np.where(spiked, self.reset, v), u, np.where(spiked, i, state.last)), spiked


Neuron = LIF | Theta | Izhikevich

IZ_OSC = Izhikevich()  # the oscillators
IZ_SONG = Izhikevich(b=0.0, vt=-20.0)  # Ode to Joy and the classifier
IZ_HDTS = Izhikevich(a=0.002, b=0.0, d=100.0, vt=-40.0)  # songbird and movie: the bias alone makes it fire
PRESETS: dict[str, Neuron] = {
    "lif": LIF(),
    "theta": Theta(),
    "iz_osc": IZ_OSC,
    "iz_song": IZ_SONG,
    "iz_hdts": IZ_HDTS,
}


def neuron(name: str) -> Neuron:
    """The neuron of a preset: lif, theta, iz_osc, iz_song or iz_hdts.

    Raises
    ------
    ValueError
        There is no such preset.
    """
    return PRESETS[choose(name, PRESETS, "neuron")]
