"""The compiled step of a spiking network, many steps at a time.

Neurons go by in tiles that stay in the nearest cache: current, Euler step, synaptic filter, count of spikes.  Rates r
are not carried from step to step, as only their sums matter in between: the outputs z = Phi^T r and y = Phi^T h obey
the filters' own recursion

    z <- A z + dt y        y <- D y + sum over spikes of Phi[n] / (rise decay)

and the rates are made up from the spikes where they are asked for (`replicortex.spiking.synapses.Powers`).
So a step costs what its neurons and its spikes cost, however many outputs there are, but for E z.  The meaning is that
of `replicortex.spiking.reference`.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from replicortex.spiking.jit import njit
from replicortex.spiking.neurons import LIF, Array, Izhikevich, Neuron, Theta
from replicortex.spiking.products import FAST

TILE = 256  # neurons
_LIF, _THETA, _IZHIKEVICH = 0, 1, 2

# sin(x) / x on (0, pi / 2) as a polynomial in x^2, interpolated at Chebyshev points; off by less than 1e-15
_S0, _S1, _S2, _S3 = 0.9999999999999996, -0.16666666666665164, 0.008333333333232667, -0.0001984126981506254
_S4, _S5, _S6, _S7 = 2.7557315720759334e-06, -2.5051841560563983e-08, 1.6047284480735845e-10, -7.367131754627784e-13


class State(NamedTuple):
    """What a step changes. Arrays by tiles are (tiles, TILE); what fills up the last tile reaches nothing."""

    v: Array  # v, u and last as in `replicortex.spiking.neurons.NeuronState`, by tiles
    u: Array
    last: NDArray[np.int32]
    ipsc: Array  # filtered input, by tiles
    h: Array  # what drives the filtered input, by tiles
    z: Array  # (k,), Phi^T r with the decoders as they are
    y: Array  # (k,), Phi^T h likewise
    fed_back: Array  # (k,), the z of the last step as it was when the step was made, before the decoders changed


class Wiring(NamedTuple):
    """What steps do not change."""

    model: int  # number of the neuron's model
    constants: Array  # of the neuron, see `neuron_constants`
    filter: Array  # fade, decay, coupling and jump of the synapse
    single: bool  # whether the synapse is a single exponential
    encoders: Array  # E by tiles (tiles, k or 0, TILE); without rows there is no feedback
    decoders: Array  # Phi (N, k)
    pointers: NDArray[np.int32]  # pointers, targets and weights: Omega by columns, weights times the synapse's jump
    targets: NDArray[np.int32]
    weights: Array
    heard: NDArray[np.bool_]  # (N,), whether a neuron's spikes reach anything
    drive: Array  # E2 (tiles, m, TILE)
    inputs: Array  # Ein (tiles, channels, TILE)


class External(NamedTuple):
    """What comes from outside in a block of steps."""

    component: NDArray[np.int64]  # of the temporal signal, (steps,); empty without one
    height: Array  # of that component, (steps,)
    stimulus: Array  # (steps, channels)


class Log(NamedTuple):
    """Where a block of steps leaves what it saw."""

    cells: NDArray[np.int32]  # cell of each spike that is heard, as many as fit
    steps: NDArray[np.int64]  # steps of these spikes
    z: Array  # (records, k); the row of step i is ``i // every - 1`` where ``every`` divides i
    every: int  # steps between rows of z
    watched: NDArray[np.int32]  # cells whose voltage is kept, none if empty
    voltages: Array  # (rows, cells); a row shows the peak for a cell that spiked since the row before
    held: NDArray[np.bool_]  # (cells,), whether the cell has spiked since the row before
    voltage_every: int  # steps between rows of voltages
    voltage_first: int  # step of row 0


def neuron_constants(neuron: Neuron, dt: float) -> tuple[int, list[float]]:
    """Number of the model, and its eleven constants for steps of ``dt`` seconds: bias, threshold, reset, peak shown,
    then those of its equations, of which the last is what a spike adds to u."""
    common = [neuron.bias, neuron.fires_at, neuron.reset, neuron.peak]
    match neuron:
        case LIF():
            return _LIF, [*common, dt / neuron.tau, round(neuron.refractory / dt), 0, 0, 0, 0, 0]
        case Theta():
            return _THETA, [*common, dt, math.pi**2, 0, 0, 0, 0, 0]
        case Izhikevich():
            ms = dt / neuron.unit
            own = [ms / neuron.capacitance, neuron.k, neuron.vr, neuron.vt, ms * neuron.a, neuron.b, neuron.d]
            return _IZHIKEVICH, [*common, *own]


def by_tiles(encoders: Array) -> Array:
    """E^T (k, N) as (tiles, k, TILE), the last tile filled up with zeros."""
    k, n = encoders.shape
    tiles = -(-n // TILE)
    padded = np.zeros((k, tiles * TILE), encoders.dtype)
    padded[:, :n] = encoders
    return np.ascontiguousarray(padded.reshape(k, tiles, TILE).transpose(1, 0, 2))


# The loops take whole arrays and the number of a tile. Slices and tuples of arrays that are handed on have their
# references counted, which would take longer than the neurons; and an index that might be negative keeps a loop from
# being vectorised.


@njit(fastmath=FAST)
def _filter(
    current: Array, ipsc: Array, h: Array, bias: float, fade: float, decay: float, coupling: float, tile: int
) -> None:
    """The current of a tile from the old filtered input, then the new one."""
    for i in range(TILE):
        current[i] = ipsc[tile, i] + bias
        ipsc[tile, i] = fade * ipsc[tile, i] + coupling * h[tile, i]
        h[tile, i] = decay * h[tile, i]


@njit(fastmath=FAST)
def _filter_fed(
    current: Array, ipsc: Array, h: Array, fed: Array, bias: float, fade: float, decay: float, coupling: float,
    tile: int,
) -> None:  # fmt: skip
    """The same where what is fed back to the tile is known already."""
    for i in range(TILE):
        current[i] = ipsc[tile, i] + bias + fed[tile, i]
        ipsc[tile, i] = fade * ipsc[tile, i] + coupling * h[tile, i]
        h[tile, i] = decay * h[tile, i]


@njit(fastmath=FAST)
def _feed_back(now: Array, later: Array, encoders: Array, z: Array, z_later: Array, tile: int) -> None:
    """now = E z and later = E z_later of one tile, E being read once."""
    for i in range(TILE):
        now[i] = 0
        later[tile, i] = 0
    k = z.size
    whole = k - k % 4
    for c in range(0, whole, 4):
        z0, z1, z2, z3 = z[c], z[c + 1], z[c + 2], z[c + 3]
        l0, l1, l2, l3 = z_later[c], z_later[c + 1], z_later[c + 2], z_later[c + 3]
        for i in range(TILE):
            e0, e1 = encoders[tile, c, i], encoders[tile, c + 1, i]
            e2, e3 = encoders[tile, c + 2, i], encoders[tile, c + 3, i]
            now[i] += (e0 * z0 + e1 * z1) + (e2 * z2 + e3 * z3)
            later[tile, i] += (e0 * l0 + e1 * l1) + (e2 * l2 + e3 * l3)
    for c in range(whole, k):
        z0, l0 = z[c], z_later[c]
        for i in range(TILE):
            now[i] += encoders[tile, c, i] * z0
            later[tile, i] += encoders[tile, c, i] * l0


@njit(fastmath=FAST)
def _fade(into: Array, z: Array, y: Array, fade: float, coupling: float) -> None:
    """The outputs one step on, spikes apart."""
    for c in range(z.size):
        into[c] = fade * z[c] + coupling * y[c]


@njit(fastmath=FAST)
def _add_row(current: Array, rows: Array, row: int, height: float, tile: int) -> None:
    """current += height times one row of encoders."""
    for i in range(TILE):
        current[i] += rows[tile, row, i] * height


@njit(fastmath=FAST)
def _lif(
    v: Array, current: Array, last: NDArray[np.int32], rate: float, moves: int, threshold: float, tile: int
) -> int:
    """Neurons that spiked before the step ``moves`` take the Euler step; how many are at the threshold then."""
    bound, count = np.int32(moves), v.dtype.type(0)  # as wide as the voltages, or fewer of them would fit a register
    for i in range(TILE):
        old = v[tile, i]
        new = old + rate * (current[i] - old) if last[tile, i] < bound else old
        v[tile, i] = new
        count += v.dtype.type(1) if new >= threshold else v.dtype.type(0)
    return int(count)


@njit(fastmath=FAST)
def _theta(v: Array, current: Array, dt: float, gain: float, tile: int) -> None:
    """1 - cos v = 2 sin^2(v / 2), with v brought into -pi .. pi: strong inhibition takes it below in one step."""
    real = v.dtype.type
    half, two, turn, per_turn = real(0.5), real(2.0), real(2 * math.pi), real(0.5 / math.pi)
    s0, s1, s2, s3 = real(_S0), real(_S1), real(_S2), real(_S3)
    s4, s5, s6, s7 = real(_S4), real(_S5), real(_S6), real(_S7)
    for i in range(TILE):
        x = (v[tile, i] - turn * np.rint(v[tile, i] * per_turn)) * half
        w = x * x
        sine = x * (s0 + w * (s1 + w * (s2 + w * (s3 + w * (s4 + w * (s5 + w * (s6 + w * s7)))))))
        versine = two * sine * sine
        v[tile, i] += dt * (versine + (two - versine) * (gain * current[i]))


@njit(fastmath=FAST)
def _izhikevich(v: Array, u: Array, current: Array, constants: Array, tile: int) -> None:
    scale, k, vr, vt = constants[4], constants[5], constants[6], constants[7]
    a, b = constants[8], constants[9]
    for i in range(TILE):
        old_v, old_u = v[tile, i], u[tile, i]
        v[tile, i] = old_v + scale * (k * (old_v - vr) * (old_v - vt) - old_u + current[i])
        u[tile, i] = old_u + a * (b * (old_v - vr) - old_u)


@njit(fastmath=FAST)
def _crossed(v: Array, threshold: float, tile: int) -> int:
    """How many neurons of a tile have reached the threshold."""
    count = 0
    for i in range(TILE):
        count += v[tile, i] >= threshold
    return count


@njit(fastmath=FAST)
def _move(
    model: int, v: Array, u: Array, last: NDArray[np.int32], current: Array, constants: Array, step: int, tile: int
) -> int:
    """Euler step of one tile; how many of its neurons have reached the threshold."""
    threshold = constants[1]
    if model == _LIF:
        return _lif(v, current, last, constants[4], step - int(constants[5]), threshold, tile)
    if model == _THETA:
        _theta(v, current, constants[4], constants[5], tile)
    else:
        _izhikevich(v, u, current, constants, tile)
    return _crossed(v, threshold, tile)


@njit(fastmath=FAST)
def _fire(
    tile: int, step: int, spikes: int, v: Array, u: Array, last: NDArray[np.int32], threshold: float, reset: float,
    recovery: float, heard: NDArray[np.bool_], cells: NDArray[np.int32], steps: NDArray[np.int64],
) -> int:  # fmt: skip
    """Reset the neurons of a tile that have crossed, and list those that are heard; returns the number in the list."""
    for i in range(TILE):
        if v[tile, i] >= threshold:
            v[tile, i] = reset
            u[tile, i] += recovery
            last[tile, i] = step
            cell = tile * TILE + i
            if cell < heard.size and heard[cell]:
                cells[spikes], steps[spikes] = cell, step
                spikes += 1
    return spikes


@njit(fastmath=FAST)
def _spread(
    cell: int, into: Array, out: Array, jump: float, pointers: NDArray[np.int32], targets: NDArray[np.int32],
    weights: Array, decoders: Array,
) -> None:  # fmt: skip
    """A spike goes to its targets and to the outputs."""
    for p in range(pointers[cell], pointers[cell + 1]):
        into[targets[p]] += weights[p]
    for c in range(out.size):
        out[c] += jump * decoders[cell, c]


@njit(fastmath=FAST)
def _note(step: int, log: Log, v: Array, threshold: float, peak: float) -> None:
    """Voltages of the watched cells before the reset."""
    for w in range(log.watched.size):
        voltage = v[log.watched[w] // TILE, log.watched[w] % TILE]
        if voltage >= threshold:
            log.held[w] = True
        if (step - log.voltage_first) % log.voltage_every == 0:
            log.voltages[(step - log.voltage_first) // log.voltage_every, w] = peak if log.held[w] else voltage
            log.held[w] = False


@njit(fastmath=FAST)
def advance(
    first: int, count: int, spikes: int, state: State, wiring: Wiring, external: External, offset: int, log: Log
) -> tuple[int, int]:
    """Make the steps ``first .. first + count - 1``, or as many as there is room in the log for the spikes of.

    Parameters
    ----------
    first, count
        Step to begin with, from 1, and number of steps.
    spikes
        Number of spikes that the log already holds.
    state, log
        Changed in place.
    wiring
        Wiring of the network.
    external, offset
        What comes from outside; its row ``offset`` belongs to the step ``first``.

    Returns
    -------
    tuple[int, int]
        Steps made, and spikes in the log.
    """
    v, u, last, ipsc, h, z, y, fed_back = state
    model, constants, filters, single, encoders, decoders, pointers, targets, weights, heard, drive, inputs = wiring
    component, height, stimulus = external
    cells, cell_steps = log.cells, log.steps
    tiles, n, k = v.shape[0], heard.size, z.size
    current, crossed = np.zeros(TILE, v.dtype), np.empty(tiles, np.int64)
    now, later, ahead, known = np.zeros(TILE, v.dtype), np.zeros((tiles, TILE), v.dtype), np.zeros(k, v.dtype), False
    fade, decay, coupling, jump = filters[0], filters[1], filters[2], filters[3]
    bias, threshold, reset, peak, recovery = constants[0], constants[1], constants[2], constants[3], constants[10]
    into, out = (ipsc.reshape(-1), z) if single else (h.reshape(-1), y)
    for index in range(count):
        if cells.size - spikes < n:
            return index, spikes
        step, row = first + index, offset + index
        _fade(ahead, z, y, fade, coupling)
        for tile in range(tiles):
            if known and encoders.shape[1] > 0:
                _filter_fed(current, ipsc, h, later, bias, fade, decay, coupling, tile)
            else:
                _filter(current, ipsc, h, bias, fade, decay, coupling, tile)
            if not known and encoders.shape[1] > 0:
                _feed_back(now, later, encoders, fed_back, ahead, tile)
                for i in range(TILE):
                    current[i] += now[i]
            if component.size > 0:
                _add_row(current, drive, component[row], height[row], tile)
            for c in range(stimulus.shape[1]):
                _add_row(current, inputs, c, stimulus[row, c], tile)
            crossed[tile] = _move(model, v, u, last, current, constants, step, tile)
        # a spike rises in z one step later and is fed back in the next: what is fed back then is `ahead`
        known = not known and not single
        if log.watched.size > 0:
            _note(step, log, v, threshold, peak)
        for c in range(k):
            z[c] = ahead[c]
            y[c] = decay * y[c]
        before = spikes
        for tile in range(tiles):
            if crossed[tile] > 0:
                spikes = _fire(tile, step, spikes, v, u, last, threshold, reset, recovery, heard, cells, cell_steps)
        for s in range(before, spikes):
            _spread(cells[s], into, out, jump, pointers, targets, weights, decoders)
        for c in range(k):
            fed_back[c] = z[c]
        if step % log.every == 0:
            for c in range(k):
                log.z[step // log.every - 1, c] = z[c]
    return count, spikes


@njit(fastmath=FAST)
def learn(decoders: Array, z: Array, y: Array, c: Array, error: Array, c_r: float, c_h: float) -> None:
    """Phi <- Phi - c error^T, and with it z and y, in place; decoders (N, k), c (N,), error (k,).

    Parameters
    ----------
    decoders, z, y
        Phi and the outputs, changed in place.
    c
        The gain.
    error
        z - x, or what replaces it.
    c_r, c_h
        c^T r and c^T h.
    """
    for o in range(z.size):
        z[o] -= error[o] * c_r
        y[o] -= error[o] * c_h
    for i in range(c.size):
        row, of_row = decoders[i], c[i]
        for o in range(error.size):
            row[o] -= of_row * error[o]
