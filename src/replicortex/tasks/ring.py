"""Directions on a ring of tuned units (Yang et al. 2019, Methods)."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]

FULL_CIRCLE = 2 * math.pi
TUNING_WIDTH = math.pi / 8  # rad
TUNING_PEAK = 0.8


@lru_cache(maxsize=8)
def preferred_directions(n: int = 32) -> Array:
    """Preferred directions 2 pi i / n of a ring of ``n`` units, (n,) in rad. The array is read-only."""
    directions = np.arange(n) * (FULL_CIRCLE / n)
    directions.setflags(write=False)
    return directions


def circular_distance(a: ArrayLike, b: ArrayLike) -> Array:
    """Distance of two directions on the circle, in [0, pi] rad; arguments broadcast.

    Examples
    --------
    >>> float(circular_distance(0.1, 2 * np.pi - 0.1).round(3))
    0.2
    """
    apart = np.abs(np.subtract(a, b, dtype=np.float64)) % FULL_CIRCLE
    return np.asarray(np.minimum(apart, FULL_CIRCLE - apart))


def wrap(direction: ArrayLike) -> Array:
    """Directions reduced to [0, 2 pi)."""
    reduced = np.mod(np.asarray(direction, dtype=np.float64), FULL_CIRCLE)
    # the remainder of a tiny negative number rounds up to the full circle itself
    return np.where(reduced < FULL_CIRCLE, reduced, 0.0)


def _ring_distance(direction: Array, n: int) -> Array:
    """Distance of directions in [0, 2 pi) from every preferred direction: (..., n)."""
    apart = np.abs(direction[..., None] - preferred_directions(n))
    return np.minimum(apart, FULL_CIRCLE - apart)


def bumps(direction: ArrayLike, n: int = 32) -> Array:
    """Activity of a ring for directions in [0, 2 pi): (...,) -> (..., n).

    ``0.8 exp(-d^2 / (2 (pi/8)^2))`` with d the circular distance to the preferred direction.
    """
    scaled = _ring_distance(np.asarray(direction, dtype=np.float64), n) / TUNING_WIDTH
    return np.asarray(TUNING_PEAK * np.exp(-0.5 * scaled * scaled))


def one_hot(direction: ArrayLike, n: int = 32) -> Array:
    """1 at the ring unit nearest to each direction in [0, 2 pi), or the first of two: (...,) -> (..., n)."""
    distance = _ring_distance(np.asarray(direction, dtype=np.float64), n).round(12)
    return np.asarray(np.eye(n)[distance.argmin(axis=-1)])
