"""Compiled inner loops of the learning rule.

No function here relies on the absence of NaN (``fastmath`` without ``nnan``): a run that blows up has to be seen.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from replicortex.spiking.jit import njit
from replicortex.spiking.neurons import Array
from replicortex.spiking.synapses import Powers

FAST = {"contract", "reassoc", "nsz", "arcp"}
Indices = NDArray[np.int32]
Number = float | np.floating[Any]


@njit(fastmath=FAST)
def propagate(r: Array, h: Array, fade: Number, carry: Number, decay: Number) -> None:
    """r <- fade r + carry h and h <- decay h, in place; all (N,)."""
    for i in range(r.size):
        r[i] = fade * r[i] + carry * h[i]
        h[i] = decay * h[i]


@njit(fastmath=FAST)
def settle(
    r: Array, h: Array, cells: Indices, ages: Indices, spike_r: Array, spike_h: Array,
    fade: float, carry: float, decay: float,
) -> None:  # fmt: skip
    """`propagate`, then what each spike has become: r[cell] += spike_r[age] and h[cell] += spike_h[age]."""
    propagate(r, h, fade, carry, decay)
    for s in range(cells.size):
        r[cells[s]] += spike_r[ages[s]]
        h[cells[s]] += spike_h[ages[s]]


@njit(fastmath=FAST)
def add_columns(p: Array, cells: Indices, to_q: Array, to_g: Array, q: Array, g: Array) -> None:
    """q += sum_s to_q[s] p[cells[s]], g += sum_s to_g[s] p[cells[s]], in place; p (N, N) by rows, q and g (N,)."""
    n, count = q.size, cells.size
    whole = count - count % 4
    for s in range(0, whole, 4):
        p0, p1, p2, p3 = p[cells[s]], p[cells[s + 1]], p[cells[s + 2]], p[cells[s + 3]]
        q0, q1, q2, q3 = to_q[s], to_q[s + 1], to_q[s + 2], to_q[s + 3]
        g0, g1, g2, g3 = to_g[s], to_g[s + 1], to_g[s + 2], to_g[s + 3]
        for i in range(n):
            q[i] += q0 * p0[i] + q1 * p1[i] + q2 * p2[i] + q3 * p3[i]
            g[i] += g0 * p0[i] + g1 * p1[i] + g2 * p2[i] + g3 * p3[i]
    for s in range(whole, count):
        row, of_q, of_g = p[cells[s]], to_q[s], to_g[s]
        for i in range(n):
            q[i] += of_q * row[i]
            g[i] += of_g * row[i]


@njit(fastmath=FAST)
def subtract_stored(
    c: Array, s: Array, stored: int, cells: Indices, to_q: Array, to_g: Array, q: Array, g: Array
) -> None:
    """What `add_columns` adds for p = C^T S C is taken away, C being the first ``stored`` rows of c (K, N)."""
    of_q, of_g = np.zeros(stored, c.dtype), np.zeros(stored, c.dtype)
    for k in range(stored):
        row = c[k]
        for j in range(cells.size):
            of_q[k] -= to_q[j] * row[cells[j]]
            of_g[k] -= to_g[j] * row[cells[j]]
        of_q[k] *= s[k]
        of_g[k] *= s[k]
    add_columns(c, np.arange(stored, dtype=np.int32), of_q, of_g, q, g)


@njit(fastmath=FAST)
def follow(
    q: Array, g: Array, p: Array, c: Array, stored_s: Array, stored: int, cells: Indices, ages: Indices, powers: Powers,
    steps: int,
) -> None:  # fmt: skip
    """q = P r and g = P h after ``steps`` steps with spikes of these ages, P being p - C^T S C; in place."""
    real = q.dtype.type
    to_q, to_g = np.empty(cells.size, q.dtype), np.empty(cells.size, q.dtype)
    for j in range(cells.size):
        to_q[j], to_g[j] = powers.spike_r[ages[j]], powers.spike_h[ages[j]]
    propagate(q, g, real(powers.fade[steps]), real(powers.carry[steps]), real(powers.decay[steps]))
    add_columns(p, cells, to_q, to_g, q, g)
    subtract_stored(c, stored_s, stored, cells, to_q, to_g, q, g)


@njit(error_model="numpy")
def renew(q: Array, g: Array, c: Array, denominator: float, share: float) -> None:
    """q <- q / denominator and g <- g - share c, in place: what an update of P makes of P r and P h."""
    real = q.dtype.type
    by, part = real(denominator), real(share)
    for i in range(q.size):
        q[i] = q[i] / by
        g[i] -= c[i] * part
