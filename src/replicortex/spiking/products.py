"""Compiled inner loops of the learning rule.

No function here relies on the absence of NaN (``fastmath`` without ``nnan``): a run that blows up has to be seen.
"""

import numpy as np
from numpy.typing import NDArray

from replicortex.spiking.jit import njit
from replicortex.spiking.neurons import Array

FAST = {"contract", "reassoc", "nsz", "arcp"}
Indices = NDArray[np.int32]


@njit(fastmath=FAST)
def propagate(r: Array, h: Array, fade: float, carry: float, decay: float) -> None:
    """r <- fade r + carry h and h <- decay h, in place; all (N,)."""
    for i in range(r.size):
        r[i] = fade * r[i] + carry * h[i]
        h[i] = decay * h[i]


@njit(fastmath=FAST)
def add_spikes(r: Array, h: Array, cells: Indices, to_r: Array, to_h: Array) -> None:
    """r[cells] += to_r and h[cells] += to_h, in place; a cell may occur more than once."""
    for s in range(cells.size):
        r[cells[s]] += to_r[s]
        h[cells[s]] += to_h[s]


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
    """What :func:`add_columns` adds for p = C^T S C is taken away, C being the first ``stored`` rows of c (K, N)."""
    of_q, of_g = np.zeros(stored, c.dtype), np.zeros(stored, c.dtype)
    for k in range(stored):
        row = c[k]
        for j in range(cells.size):
            of_q[k] -= to_q[j] * row[cells[j]]
            of_g[k] -= to_g[j] * row[cells[j]]
        of_q[k] *= s[k]
        of_g[k] *= s[k]
    add_columns(c, np.arange(stored, dtype=np.int32), of_q, of_g, q, g)
