"""What the networks are made of, one at a time: neurons under noise, rates against current, filters of a spike."""

from __future__ import annotations

import numpy as np
import pandas as pd

from replicortex.random_streams import generator
from replicortex.spiking.neurons import LIF, Array, Izhikevich, Neuron, NeuronState, Theta
from replicortex.spiking.protocols import Floats
from replicortex.spiking.synapses import Synapse

_STEP = {"lif": 5e-5, "izhikevich": 4e-5, "theta": 1e-5}  # s, as in the networks
_NEURONS: dict[str, Neuron] = {"lif": LIF(bias=0.0), "izhikevich": Izhikevich(bias=0.0), "theta": Theta()}
_CURRENTS = {"lif": (-45.0, 40.0), "izhikevich": (600.0, 2000.0), "theta": (-100.0, 900.0)}
_NOISE = {"lif": (-40.0, 12.0), "izhikevich": (1050.0, 300.0)}  # mean and s.d.
_CORRELATED = 0.005  # s of the noise
_POINTS = 24
_SETTLE, _COUNTED = 0.5, 1.0  # s
_FILTER_DT = 5e-4  # s: coarse, so that the two ways differ visibly


def tables() -> dict[str, pd.DataFrame]:
    """noisy_neurons (neuron, time_s, quantity, value), fi_curves (neuron, current, rate_hz, formula_hz) and filters
    (synapse, method, time_s, value)."""
    return {
        "noisy_neurons": pd.concat([voltages(name) for name in _NOISE], ignore_index=True),
        "fi_curves": pd.concat([fi_curve(name) for name in _NEURONS], ignore_index=True),
        "filters": pd.concat([filters(*each) for each in ((0.02, 0.0), (0.02, 0.002))], ignore_index=True),
    }


def _start(units: int, v: float) -> NeuronState:
    return NeuronState(np.full(units, v), np.zeros(units), np.zeros(units, np.int64))


def voltages(name: str, seconds: float = 1.0) -> pd.DataFrame:
    """v, and u of the Izhikevich neuron, under noise with a correlation time of 5 ms; a spike shows as its peak."""
    neuron, dt, (mean, spread) = _NEURONS[name], _STEP[name], _NOISE[name]
    steps, every = round(seconds / dt), round(2e-4 / dt)
    white = generator("teaching", name, "noise").standard_normal(steps)
    fade = np.exp(-dt / _CORRELATED)
    state, noise, peak, rows = _start(1, neuron.reset), 0.0, -np.inf, []
    for i in range(1, steps + 1):
        noise = fade * noise + np.sqrt(1 - fade**2) * white[i - 1]
        state, spiked = neuron.step(state, np.array([mean + spread * noise]), i, dt)
        peak = max(peak, neuron.peak if spiked[0] else float(state.v[0]))
        if i % every == 0:
            rows.append((i * dt, peak, float(state.u[0])))
            peak = -np.inf
    time, v, u = np.array(rows).T
    parts = {"v": v, "u": u} if name == "izhikevich" else {"v": v}
    return pd.concat(
        [pd.DataFrame({"neuron": name, "time_s": time, "quantity": q, "value": each}) for q, each in parts.items()]
    )


def fi_curve(name: str) -> pd.DataFrame:
    """Mean rate over a second for constant currents, and the rate by formula where there is one."""
    neuron, dt = _NEURONS[name], _STEP[name]
    currents = np.linspace(*_CURRENTS[name], _POINTS)
    state, counts = _start(_POINTS, neuron.reset), np.zeros(_POINTS)
    for i in range(1, round((_SETTLE + _COUNTED) / dt) + 1):
        state, spiked = neuron.step(state, currents, i, dt)
        if i * dt > _SETTLE:
            counts += spiked
    formula = _formula(name, currents)
    return pd.DataFrame({"neuron": name, "current": currents, "rate_hz": counts / _COUNTED, "formula_hz": formula})


def _formula(name: str, current: Floats) -> Floats:
    """LIF: 1 / (refractory + tau log((I - reset) / (I - threshold))); theta: sqrt(I); none for Izhikevich."""
    rates = np.zeros(len(current))
    if name == "lif":
        lif = LIF()
        above = current > lif.threshold
        crossing = np.log((current[above] - lif.reset) / (current[above] - lif.threshold))
        rates[above] = 1 / (lif.refractory + lif.tau * crossing)
    elif name == "theta":
        rates[:] = np.sqrt(np.maximum(current, 0))
    else:
        rates[:] = np.nan
    return rates


def filters(decay: float, rise: float, seconds: float = 0.12) -> pd.DataFrame:
    """r after one spike, with the decay by exp(-dt / tau) and with 1 - dt / tau, at a coarse step."""
    dt, steps = _FILTER_DT, round(seconds / _FILTER_DT)
    exact = Synapse(decay, rise).filter(dt, 1.0)
    euler = exact._replace(decay=1 - dt / decay, fade=1 - dt / (rise or decay))
    name = f"rise {1e3 * rise:g} ms, decay {1e3 * decay:g} ms" if rise else f"single exponential, {1e3 * decay:g} ms"
    parts = []
    for method, each in (("exact", exact), ("euler", euler)):
        r: Array = np.zeros(1)
        h: Array = np.zeros(1)
        values = []
        for i in range(steps):
            r, h = each.step(r, h, np.array([float(i == 0)]))
            values.append(float(r[0]))
        time = dt * np.arange(steps)
        parts.append(pd.DataFrame({"synapse": name, "method": method, "time_s": time, "value": values}))
    return pd.concat(parts)
