"""The rate network that belongs to a spiking one: the same weights, encoders and filters, rates in place of spikes.

With I = bias + Omega r + E z the present current of a neuron, its spikes are replaced by the rate at which it would
fire if I stayed as it is (`steady_rate`), times the step; r is the double exponential filter of that, z = Phi^T r.
Omega r is what a spiking network carries as its filtered input, since both filters are the same and begin at zero.

At a current of the threshold and below no neuron has a rate, and the bias of the networks is their threshold: from rest
nothing would ever happen. A network therefore begins as its spiking twin does, with one spike of each neuron whose
initial voltage is above the threshold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from replicortex.spiking.jit import njit
from replicortex.spiking.neurons import LIF
from replicortex.spiking.protocols import Floats, Supervisor
from replicortex.spiking.reservoir import Reservoir
from replicortex.spiking.rls import RlsSettings, inverse_correlation
from replicortex.spiking.schedule import Schedule

HOLD = 5  # steps of the spiking network for which a rate is held: 0.25 ms, an eighth of the synapse's rise time

# mV above the threshold from which a neuron has a rate. Balanced weights of neurons that spike together add up to 0 but
# for rounding, and the rate's slope at the threshold is infinite: 1e-15 mV would already be 2.6 Hz.
LEAST = 1e-9


def steady_rate(current: Floats, neuron: LIF) -> Floats:
    """Rate in Hz of a LIF neuron at a constant current (mV, bias included): 1 / (refractory + tau log((I - reset) /
    (I - threshold))) above the threshold, else 0."""
    rates = np.zeros(np.shape(current))
    above = np.asarray(current) > neuron.threshold + LEAST
    higher = np.asarray(current, np.float64)[above]
    crossing = neuron.tau * np.log((higher - neuron.reset) / (higher - neuron.threshold))
    rates[above] = 1 / (neuron.refractory + crossing)
    return rates


@dataclass(frozen=True)
class TwinRun:
    """A run of a rate network.

    Attributes
    ----------
    times : (records,)
        s
    z, x : (records, k)
        Outputs and targets there.
    decoders : (N, k)
        Phi at the end.
    state : (2, N)
        r and h at the end.
    bounded
        Whether it ran to its end with finite outputs below the limit.
    """

    times: Floats
    z: Floats
    x: Floats
    decoders: Floats
    state: Floats
    bounded: bool


@njit(fastmath={"contract", "reassoc", "nsz"})
def _advance(
    count: int, r: Floats, h: Floats, z: Floats, pointers: NDArray[np.uint32], sources: NDArray[np.uint32],
    weights: Floats, encoders: Floats, decoders: Floats, neuron: Floats, filters: Floats, every: int, done: int,
    out: Floats,
) -> None:  # fmt: skip
    """`count` steps in which rates are held; out takes z where `every` divides the number of steps done."""
    bias, threshold, reset, tau, refractory = neuron
    fade, carry, decay, into_r, into_h = filters
    n, k = r.size, z.size
    rate = np.zeros(n)
    for step in range(done + 1, done + count + 1):
        for i in range(n):
            current = bias
            for p in range(pointers[i], pointers[i + 1]):
                current += weights[p] * r[sources[p]]
            for c in range(k):
                current += encoders[c, i] * z[c]
            rate[i] = 0.0
            if current > threshold + LEAST:
                rate[i] = 1 / (refractory + tau * np.log((current - reset) / (current - threshold)))
        for c in range(k):
            z[c] = 0.0
        for i in range(n):
            r[i] = fade * r[i] + carry * h[i] + into_r * rate[i]
            h[i] = decay * h[i] + into_h * rate[i]
            for c in range(k):
                z[c] += decoders[i, c] * r[i]
        if step % every == 0:
            for c in range(k):
                out[step // every - 1, c] = z[c]


class Twin:
    """A rate network at some step.

    Parameters
    ----------
    reservoir
        Of LIF neurons; its weights, encoders, synapse and initial voltages are used.
    dt
        Step of the spiking network, in s.
    decoders
        Phi (N, k); zeros by default.
    state
        r and h (2, N) to begin with; by default a spike of each neuron that begins above the threshold.
    hold
        Steps for which a rate is held. Filters are exact for what is held.
    """

    def __init__(
        self, reservoir: Reservoir, dt: float, decoders: Floats | None = None, state: Floats | None = None,
        hold: int = HOLD,
    ) -> None:  # fmt: skip
        settings = reservoir.settings
        if not isinstance(settings.neuron, LIF):
            raise ValueError(f"neuron: {type(settings.neuron).__name__} has no steady-state rate here; choose lif")
        if settings.components or settings.channels:
            raise ValueError("drive, input: a rate network takes none from outside; leave them out")
        neuron, n = settings.neuron, settings.units
        filters = settings.synapse.filter(dt, neuron.unit)
        powers = filters.powers(hold)
        self.dt, self.hold = dt, hold
        self.decoders = np.zeros((n, settings.outputs)) if decoders is None else np.array(decoders, np.float64)
        if state is None:
            h = filters.jump * (reservoir.voltages >= neuron.fires_at)
            state = np.stack([h, 0 * h] if filters.single else [0 * h, h])
        self.r, self.h = (np.ascontiguousarray(each, np.float64) for each in np.array(state, np.float64))
        self.z = self.decoders.T @ self.r
        rows = reservoir.static.tocsr()
        # an index that might be negative would make the sum over sources three times as slow
        self._wiring = rows.indptr.astype(np.uint32), rows.indices.astype(np.uint32), rows.data.astype(np.float64)
        self._encoders = np.ascontiguousarray(reservoir.encoders, np.float64)
        self._neuron = np.array([neuron.bias, neuron.threshold, neuron.reset, neuron.tau, neuron.refractory])
        into = dt * powers.spike_r[:hold].sum(), dt * powers.spike_h[:hold].sum()
        self._filters = np.array([powers.fade[hold], powers.carry[hold], powers.decay[hold], *into])

    def advance(self, count: int, done: int, every: int, out: Floats) -> None:
        """So many held steps more after `done`; z of each `every`th goes to its row of out."""
        _advance(
            count, self.r, self.h, self.z, *self._wiring, self._encoders, self.decoders, self._neuron, self._filters,
            every, done, out,
        )  # fmt: skip


def run(
    twin: Twin, schedule: Schedule, supervisor: Supervisor, rls: RlsSettings | None = None, limit: float = 1e3,
    interval: float = 1e-3,
) -> TwinRun:  # fmt: skip
    """Run a rate network, which learns where the schedule says so and settings are given.

    Parameters
    ----------
    twin
        The network, which is changed.
    schedule
        Times, counted in the steps of the spiking network.
    supervisor
        The target.
    rls
        How it learns, nothing if None.
    limit
        Largest output, beyond which it counts as unbounded; the run then ends.
    interval
        Seconds between two records, a multiple of the held steps.
    """
    hold, steps = twin.hold, schedule.steps // twin.hold
    every = max(1, round(interval / (hold * twin.dt)))
    out = np.full((steps // every, twin.z.size), np.nan)
    p = None if rls is None else inverse_correlation(rls, len(twin.r))
    done, bounded = 0, True
    while done < steps and bounded:
        update = None if p is None else schedule.next_update(done * hold + 1)
        stop = min(steps, steps if update is None else -(-update // hold), done + 4000)
        twin.advance(stop - done, done, every, out)
        done = stop
        bounded = bool((np.abs(twin.z) < limit).all())  # no comparison holds for NaN
        if bounded and p is not None and update is not None and done == -(-update // hold):
            error = twin.z - supervisor.values(update, 1)[0]
            c, denominator = p.update(twin.r, twin.h)
            twin.decoders -= np.outer(c, error / (denominator if rls and rls.gain == "rls" else 1.0))
    numbers = every * hold * np.arange(1, len(out) + 1)
    x = supervisor.values(1, every * hold * len(out))[numbers - 1]
    return TwinRun(numbers * twin.dt, out, x, twin.decoders.copy(), np.array([twin.r, twin.h]), bounded)  # type: ignore[arg-type]
