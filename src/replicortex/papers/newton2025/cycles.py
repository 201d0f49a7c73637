"""Bias and variance of an output over the repetitions of its target, with drift taken out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from replicortex.spiking.protocols import Floats


@dataclass(frozen=True)
class Cycles:
    """Repetitions of an output, from the first peak of the target on.

    Attributes
    ----------
    target : (time, k)
        One repetition of the target, which begins at its peak.
    values : (repetition, time, k)
        The output's repetitions, each where it is nearest to that.
    bias_2
        Square of the mean over repetitions less the target, mean over time.
    variance
        Over repetitions (n - 1), mean over time. Of few repetitions the mean is uncertain: bias_2 then is too large by
        about variance / n.
    """

    target: Floats
    values: Floats
    bias_2: float
    variance: float


def cut(z: Floats, x: Floats, rows: int) -> Cycles:
    """Cut an output into repetitions.

    The first begins where the output is nearest to the target's repetition, within a whole one; each later one is
    sought around the end of that before, by up to a quarter of a repetition.

    Parameters
    ----------
    z, x : (time, k)
        Output and target at equal intervals.
    rows
        Of a repetition of the target.

    Raises
    ------
    ValueError
        They are of different shapes, or too short for two repetitions.
    """
    if z.shape != x.shape or z.ndim != 2 or len(z) < 4 * rows:
        raise ValueError(
            f"cycles: output {z.shape} and target {x.shape} are not (time, component) of one shape with at least four "
            f"repetitions of {rows} rows"
        )
    peak = int(np.argmax(x[:rows, 0]))
    wanted = x[peak : peak + rows]
    starts = [_nearest(z, wanted, 0, rows)]
    while starts[-1] + 2 * rows + rows // 4 <= len(z):
        middle = starts[-1] + rows
        starts.append(_nearest(z, wanted, middle - rows // 4, middle + rows // 4 + 1))
    values = np.stack([z[start : start + rows] for start in starts])
    bias = values.mean(axis=0) - wanted
    return Cycles(wanted, values, float(np.mean(bias**2)), float(values.var(axis=0, ddof=1).mean()))


def _nearest(z: Floats, wanted: Floats, first: int, stop: int) -> int:
    starts = np.arange(first, min(stop, len(z) - len(wanted) + 1))
    errors = [float(np.mean((z[start : start + len(wanted)] - wanted) ** 2)) for start in starts]
    return int(starts[int(np.argmin(errors))])
