"""Small spiking networks and what they are given, for the tests of the spiking wing."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from replicortex.spiking.neurons import IZ_HDTS, IZ_OSC, LIF, Neuron, Theta
from replicortex.spiking.reservoir import Reservoir, ReservoirSettings, build
from replicortex.spiking.rls import RlsSettings
from replicortex.spiking.schedule import Schedule
from replicortex.spiking.synapses import Synapse


@dataclass(frozen=True)
class Model:
    """Published settings of one neuron: of the sine task, and of the movie for the last."""

    neuron: Neuron
    dt: float
    gain: float
    feedback: float
    p0: float
    balance: bool
    every: int


MODELS = {
    "lif": Model(LIF(), 5e-5, 0.04, 10, 5e-6, True, 50),
    "theta": Model(Theta(), 1e-5, 10, 1e4, 1e-5, True, 50),
    "iz_osc": Model(IZ_OSC, 4e-5, 5e3, 5e3, 2.0, False, 20),
    "iz_hdts": Model(IZ_HDTS, 4e-5, 5e3, 4e2, 2.0, False, 20),
}


def network(name: str, units: int = 300, outputs: int = 1, seed: int = 0, **settings: Any) -> Reservoir:
    """A small reservoir with the published gains."""
    model = MODELS[name]
    given = {"balance": model.balance, "synapse": Synapse(), "feedback": model.feedback} | settings
    drawn = ReservoirSettings(model.neuron, units=units, outputs=outputs, gain=model.gain, **given)
    return build(drawn, "test", name, seed)


def schedule(name: str, duration: float, start: float = 0.0, stop: float = 0.0) -> Schedule:
    """Times in seconds, with the published step."""
    return Schedule(MODELS[name].dt, duration, start, stop, MODELS[name].every)


def learning(name: str, **settings: Any) -> RlsSettings:
    """The published learning rule, in float64 unless said otherwise."""
    return RlsSettings(MODELS[name].p0, **({"dtype": "float64"} | settings))


@dataclass(frozen=True)
class Waves:
    """Sines of 5, 6, ... Hz."""

    dt: float
    outputs: int = 1

    def values(self, first: int, count: int) -> np.ndarray:
        """See the protocol."""
        times = self.dt * np.arange(first, first + count)
        return np.sin(2 * np.pi * np.outer(times, 5 + np.arange(self.outputs)))


@dataclass(frozen=True)
class Pulses:
    """A temporal signal of ``components`` pulses of ``steps`` steps."""

    components: int
    steps: int

    def values(self, first: int, count: int) -> tuple[np.ndarray, np.ndarray]:
        """See the protocol."""
        i = np.arange(first, first + count)
        return (i // self.steps) % self.components, np.abs(np.sin(np.pi * i / self.steps))


@dataclass(frozen=True)
class Steady:
    """An input that is switched on and off."""

    channels: int
    steps: int

    def values(self, first: int, count: int) -> np.ndarray:
        """See the protocol."""
        on = (np.arange(first, first + count) // self.steps) % 2
        return on[:, None] * np.linspace(0.2, 1, self.channels)
