"""Reading a network's response and scoring it (Yang et al. 2019, Methods)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from replicortex.tasks.ring import Array, circular_distance, preferred_directions, wrap

FIXATION_LIMIT = 0.5
DIRECTION_LIMIT = 0.2 * math.pi  # 36 degrees


def decode_direction(activity: ArrayLike, ring: int = 32) -> Array:
    """Population vector of the response ring.

    Parameters
    ----------
    activity : (..., ring) or (..., 1 + ring)
        Ring activity, or the whole output with the fixation unit first.
    ring
        Units in the ring.

    Returns
    -------
    (...,) float64
        Angle of ``sum_k activity_k exp(i preferred_k)`` in [0, 2 pi) rad.

    Raises
    ------
    ValueError
        If the last axis is neither the ring nor the whole output.
    """
    values = np.asarray(activity)
    if values.ndim == 0 or values.shape[-1] not in (ring, ring + 1):
        raise ValueError(
            f"activity: shape {values.shape}, but the last axis must be the ring ({ring}) "
            f"or the whole output ({ring + 1})"
        )
    values = values[..., -ring:].astype(np.float64)
    preferred = preferred_directions(ring)
    return wrap(np.arctan2(values @ np.sin(preferred), values @ np.cos(preferred)))


def score(y_hat: ArrayLike, y_loc: ArrayLike) -> Array:
    """Whether each trial ended correctly; only the last step counts.

    Where fixation is required at the end, the fixation output must be above 0.5. Else it must not be (exactly
    0.5 is not fixating), and the decoded direction must be less than 36 degrees from the target.

    Parameters
    ----------
    y_hat : (..., time, trial, 1 + ring)
        Network output; axes in front, such as one of networks, are kept.
    y_loc : (time, trial)
        Target direction in rad, negative where fixation is required.

    Returns
    -------
    ndarray
        (..., trial) float64, 0 or 1.

    Raises
    ------
    ValueError
        If the two do not agree in the number of trials.
    """
    output, location = np.asarray(y_hat), np.asarray(y_loc)
    if output.ndim < 3 or location.ndim != 2 or output.shape[-2] != location.shape[1]:
        raise ValueError(
            f"y_hat has shape {output.shape} and y_loc {location.shape}; "
            "wanted (..., time, trial, output) and (time, trial) with the same trials"
        )
    last, target = output[..., -1, :, :], location[-1]
    fixation = last[..., 0].astype(np.float32)
    decoded = decode_direction(last, ring=last.shape[-1] - 1)
    arrived = (fixation <= FIXATION_LIMIT) & (circular_distance(decoded, target) < DIRECTION_LIMIT)
    return np.where(target < 0, fixation > FIXATION_LIMIT, arrived).astype(np.float64)
