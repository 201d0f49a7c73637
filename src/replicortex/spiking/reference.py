"""One run of a spiking network in plain NumPy, step by step: slow, and the meaning of everything faster.

Step i = 1, 2, ...

1. the current: bias, old filtered input, E z with the old z, what comes from outside;
2. Euler step of the neurons, spikes, reset;
3. filters of input and rates, the old h before the new;
4. z = Phi^T r with the new r, and the error against x(i dt);
5. on a step of the schedule, recursive least squares; z stays what it was.
"""

from dataclasses import dataclass

import numpy as np

from replicortex.spiking.neurons import Array, Flags, NeuronState
from replicortex.spiking.protocols import Drive, Floats, Stimulus, Supervisor
from replicortex.spiking.reservoir import Reservoir
from replicortex.spiking.rls import RlsSettings
from replicortex.spiking.schedule import Schedule


@dataclass(frozen=True)
class ReferenceRun:
    """Everything of a short run.

    Attributes
    ----------
    z
        (steps, k).
    voltages
        After each step's reset, (steps, N).
    currents
        Filtered input, (steps, N).
    rates
        r, (steps, N).
    spikes
        (steps, N).
    decoders
        Phi (N, k) at the end.
    """

    z: Floats
    voltages: Array
    currents: Array
    rates: Array
    spikes: Flags
    decoders: Array


def simulate(
    reservoir: Reservoir,
    schedule: Schedule,
    supervisor: Supervisor,
    rls: RlsSettings | None = None,
    drive: Drive | None = None,
    stimulus: Stimulus | None = None,
    decoders: Array | None = None,
) -> ReferenceRun:
    """Run a network in float64.

    Parameters
    ----------
    reservoir
        The fixed part.
    schedule
        How long, and when it learns.
    supervisor
        The target.
    rls
        How it learns; ``gain`` and ``p0`` count here.
    drive, stimulus
        What comes from outside.
    decoders
        Phi (N, k) to start from, 0 by default.
    """
    n, k, neuron = reservoir.units, reservoir.settings.outputs, reservoir.settings.neuron
    filters = reservoir.settings.synapse.filter(schedule.dt, neuron.unit)
    omega = reservoir.static.toarray()
    phi = np.zeros((n, k)) if decoders is None else np.array(decoders, np.float64)
    p = np.eye(n) * (rls.p0 if rls else 0.0)
    state = NeuronState(reservoir.voltages.astype(np.float64), np.zeros(n), np.zeros(n, np.int64))
    ipsc: Array
    h: Array
    r: Array
    hr: Array
    (ipsc, h, r, hr), z = np.zeros((4, n)), np.zeros(k)
    steps = schedule.steps
    voltages, currents, rates = np.zeros((3, steps, n))
    run = ReferenceRun(np.zeros((steps, k)), voltages, currents, rates, np.zeros((steps, n), bool), phi)
    for i in range(1, steps + 1):
        current = neuron.bias + ipsc + z @ reservoir.encoders + _outside(reservoir, drive, stimulus, i)
        state, spiked = neuron.step(state, current, i, schedule.dt)
        ipsc, h = filters.step(ipsc, h, omega[:, spiked].sum(axis=1))
        r, hr = filters.step(r, hr, spiked.astype(np.float64))
        z = phi.T @ r
        if rls is not None and schedule.updates_at(i):
            error = z - supervisor.values(i, 1)[0]
            c = p @ r
            denominator = 1 + r @ c
            phi -= np.outer(c, error / (denominator if rls.gain == "rls" else 1.0))
            p -= np.outer(c, c) / denominator
        row = i - 1
        run.z[row], run.voltages[row], run.currents[row], run.rates[row] = z, state.v, ipsc, r
        run.spikes[row] = spiked
    return run


def _outside(reservoir: Reservoir, drive: Drive | None, stimulus: Stimulus | None, i: int) -> Array:
    """The external current (N,) at step i."""
    current = np.zeros(reservoir.units)
    if drive is not None:
        component, height = drive.values(i, 1)
        current = current + reservoir.drive_encoders[component[0]] * height[0]
    if stimulus is not None:
        current = current + stimulus.values(i, 1)[0] @ reservoir.input_encoders
    return current
