"""Interval of a proportion, apart from the other intervals because SciPy's statistics take long to load."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEVEL = 0.95


def wilson(successes: ArrayLike, n: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Wilson's score interval of proportions (Wilson 1927, doi 10.1080/01621459.1927.10502953), 95 %.

    With p = successes / n and z = 1.96:  (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n).

    Parameters
    ----------
    successes, n
        Numbers or arrays of one shape.

    Returns
    -------
    low, high
        Of the same shape; NaN where n is 0.

    Raises
    ------
    ValueError
        Fewer than no successes, or more than n.
    """
    from scipy.special import ndtri

    k, n = np.asarray(successes, dtype=float), np.asarray(n, dtype=float)
    if bad := [(float(a), float(b)) for a, b in zip(k.flat, n.flat, strict=True) if not 0 <= a <= b]:
        raise ValueError(f"wilson: {bad[0][0]:g} successes of {bad[0][1]:g}; takes 0 <= successes <= n")
    z = float(ndtri(0.5 + LEVEL / 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        p = k / n
        centre = p + z**2 / (2 * n)
        half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
        scale = 1 + z**2 / n
        return np.clip((centre - half) / scale, 0.0, 1.0), np.clip((centre + half) / scale, 0.0, 1.0)
