"""Compiled loops over the steps of a trial: the teacher, the rate networks that learn, and the spiking ones.

All learnt outputs of a network, M (m, n), share one inverse correlation P (n, n).  With r what they read, y* what they
should give and e = M r - y*, one update of recursive least squares is

    c = P r      M <- M - e c^T / (1 + r^T c)      P <- P - c c^T / (1 + r^T c)

the textbook's gain (``gain="rls"`` of `replicortex.spiking.rls`).  M and P stand one above the other in one matrix,
and `STORED` updates (e, c) go into both at once, as one matrix product: algebraically the same, with the memory
read once.  Nothing relies on the absence of NaN.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from replicortex.spiking.jit import njit

STORED = 32
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@njit()
def run_teacher(x: Floats, weights: Floats, taught: Floats, inputs: Floats, decay: float) -> tuple[Floats, Floats]:
    """F (T, N) and tanh(x) (T, N) of the target-generating network, which goes on from x (N,), changed in place.

    ``F(t) = weights tanh(x) + taught(t)`` of the x before the step, and ``x <- F + inputs + (x - F - inputs) decay``.
    """
    wanted, rates = np.empty_like(taught), np.empty_like(taught)
    for t in range(len(taught)):
        rates[t] = np.tanh(x)
        wanted[t] = np.dot(weights, rates[t]) + taught[t]
        for i in range(x.size):
            steady = wanted[t, i] + inputs[t, i]
            x[i] = steady + (x[i] - steady) * decay
    return wanted, rates


@njit()
def _read(stacked: Floats, rows: int, stored: Floats, shares: Floats, count: int, r: Floats) -> Floats:
    """The first ``rows`` entries of [M; P] r, updates that are stored included."""
    found = np.dot(stacked[:rows], r)
    m = stacked.shape[0] - r.size
    for k in range(count):
        share = shares[k] * np.dot(stored[k, m:], r)
        for i in range(rows):
            found[i] -= share * stored[k, i]
    return found


@njit()
def _fold(stacked: Floats, stored: Floats, shares: Floats, count: int) -> None:
    """[M; P] <- [M; P] - sum over stored updates of [e; c] c^T / (1 + r^T c)."""
    m = stacked.shape[0] - stacked.shape[1]
    scaled = np.empty((count, stacked.shape[1]))
    for k in range(count):
        scaled[k] = stored[k, m:] * shares[k]
    stacked -= np.dot(np.ascontiguousarray(stored[:count].T), scaled)


@njit()
def _outputs(
    stacked: Floats, stored: Floats, shares: Floats, count: int, r: Floats, wanted: Floats, learns: bool
) -> tuple[Floats, int]:
    """M r from before the update, and the number of updates stored after it."""
    n = r.size
    m = stacked.shape[0] - n
    found = _read(stacked, m + n if learns else m, stored, shares, count, r)
    if not learns:
        return found, count
    shares[count] = 1 / (1 + np.dot(found[m:], r))
    stored[count] = found
    stored[count, :m] -= wanted
    if count + 1 == len(stored):
        _fold(stacked, stored, shares, count + 1)
        return found[:m], 0
    return found[:m], count + 1


@njit()
def run_rates(
    x: Floats, y: Floats, stacked: Floats, static: Floats, encoder: Floats, inputs: Floats, noise: Floats,
    wanted: Floats, learns: Flags, clamped: bool, share: float,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Outputs (T, m) and rates (T, N) of a rate network; x (N,), y (m,) and [M; P] are changed in place.

    ``x <- x + share (-x + static tanh(x) + encoder y + inputs) + noise``, r = tanh(x), y = M r.  With no ``static``
    (0, 0) the first N outputs are the recurrent input, each to its unit (full-FORCE).  While ``clamped`` y is what is
    wanted.  ``noise`` is (0, 0) where there is none.
    """
    n, m = x.size, y.size
    stored, shares, count = np.zeros((STORED, m + n)), np.zeros(STORED), 0
    outputs, rates = np.empty_like(wanted), np.empty_like(inputs)
    r = np.tanh(x)
    for t in range(len(inputs)):
        if static.size:
            current = np.dot(static, r) + np.dot(encoder, y)
        else:
            current = y[:n]
        x += share * (current + inputs[t] - x)
        if noise.size:
            x += noise[t]
        r = np.tanh(x)
        rates[t] = r
        found, count = _outputs(stacked, stored, shares, count, r, wanted[t], learns[t])
        outputs[t] = found
        y[:] = wanted[t] if clamped else found
    _fold(stacked, stored, shares, count)
    return outputs, rates


@njit()
def run_spikes(
    v: Floats, y: Floats, inhibition: Floats, traces: Floats, stacked: Floats, encoder: Floats, inputs: Floats,
    trained: NDArray[np.int64], wanted: Floats, learns: Flags, clamped: bool, share: float, fades: Floats,
    jump: float, reset: float,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Outputs (T, m) and spikes (T, N) of a network of leaky integrate-and-fire neurons.

    v (N,), y (m,), the inhibition (1,), the traces (2n,) of the trained cells and [M; P] are changed in place.
    ``v <- v + share (-v + encoder y + inhibition + inputs)``; at 0 a spike and v = reset.  Then inhibition and traces
    fade by ``fades`` (slow, fast) and take up the spikes, and y = M traces.
    """
    m, cells, k = y.size, trained.size, encoder.shape[1]
    stored, shares, count = np.zeros((STORED, m + traces.size)), np.zeros(STORED), 0
    outputs, spikes = np.empty_like(wanted), np.zeros(inputs.shape)
    for t in range(len(inputs)):
        v += share * (np.dot(encoder, y[:k]) + inhibition[0] + inputs[t] - v)
        for i in range(v.size):
            if v[i] >= 1e-16:
                spikes[t, i] = 1
                v[i] = reset
        inhibition[0] = inhibition[0] * fades[1] + jump * spikes[t].sum()
        for j in range(cells):
            spiked = spikes[t, trained[j]]
            traces[j] = traces[j] * fades[0] + spiked
            traces[cells + j] = traces[cells + j] * fades[1] + spiked
        found, count = _outputs(stacked, stored, shares, count, traces, wanted[t], learns[t])
        outputs[t] = found
        y[:] = wanted[t] if clamped else found
    _fold(stacked, stored, shares, count)
    return outputs, spikes


def started(outputs: int, inputs: int, p0: float = 1.0) -> Floats:
    """[M; P] before anything is learnt: M = 0 (m, n) above P = p0 I (n, n)."""
    return np.vstack([np.zeros((outputs, inputs)), p0 * np.eye(inputs)])
