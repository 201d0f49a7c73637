"""How well an output follows its target: errors with the best lag, correlation, statistics of a chaotic attractor.

A network that oscillates freely has a period a little different from its teacher's, so that the plain error is made of
phase drift; and two chaotic trajectories part within a second. Hence errors in windows that may be shifted in time, and
for the Lorenz system statistics in place of errors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.signal import find_peaks, savgol_filter

from replicortex.spiking.protocols import Floats

WINDOW = 1.0  # s
LAG = 0.1  # s, in either direction
_SMOOTH = 0.05  # s: of the noise that is no maximum of the Lorenz system, whose loops last 0.7 s
_APART = 0.3  # s at least from one maximum to the next
_STANDS_OUT = 0.25  # s.d. at least above the troughs beside it


@dataclass(frozen=True)
class Aligned:
    """An error with the best lag in each window.

    Attributes
    ----------
    rmse
        Root mean square error in the windows, median over windows.
    drift
        Slope of the best lag over time, s per s; NaN for fewer than two windows. Positive: the output falls behind.
    lags : (window,)
        Best lag in s; positive where the output comes late.
    """

    rmse: float
    drift: float
    lags: Floats


def _checked(z: Floats, x: Floats) -> None:
    if z.shape != x.shape or z.ndim != 2 or not z.size:
        raise ValueError(f"measures: output {z.shape} and target {x.shape} are not (time, component) of one shape")


def best_lag(z: Floats, x: Floats, interval: float, limit: float = LAG) -> tuple[float, Floats, Floats]:
    """The shift in time at which an output is nearest to its target.

    Parameters
    ----------
    z, x : (time, k)
        Output and target, a row every ``interval`` s.
    limit
        Largest shift in s, either way; at most a third of the rows are lost.

    Returns
    -------
    lag : float
        In s, positive where the output comes late; of equally good ones the shortest.
    z, x : (fewer times, k)
        The rows that then stand for the same moment.

    Raises
    ------
    ValueError
        Output and target are not of one shape.
    """
    _checked(z, x)
    most = min(round(limit / interval), len(z) // 3)
    steps = sorted(range(-most, most + 1), key=abs)
    errors = [float(np.mean((a - b) ** 2)) for a, b in (_shifted(z, x, step) for step in steps)]
    step = steps[int(np.argmin(errors))]
    return step * interval, *_shifted(z, x, step)


def _shifted(z: Floats, x: Floats, step: int) -> tuple[Floats, Floats]:
    if step >= 0:
        return z[step:], x[: len(x) - step]
    return z[:step], x[-step:]


def aligned_error(z: Floats, x: Floats, interval: float, window: float = WINDOW, limit: float = LAG) -> Aligned:
    """Error in successive windows, each with its own best lag.

    Within a window the output stays where it is and the target is shifted, over all of the recording that is there, so
    that every window but those at the ends is compared in full.

    Parameters
    ----------
    z, x : (time, k)
        Output and target, a row every ``interval`` s.
    window, limit
        Length of a window and largest lag, in s.

    Raises
    ------
    ValueError
        Output and target are not of one shape.
    """
    _checked(z, x)
    rows, most = max(2, round(window / interval)), round(limit / interval)
    starts = range(0, max(1, len(z) - rows + 1), rows)
    best = [_in_window(z, x, start, min(start + rows, len(z)), most) for start in starts]
    lags = np.array([step * interval for _, step in best])
    times = np.array(starts) * interval
    drift = float(stats.linregress(times, lags).slope) if len(lags) > 1 else float("nan")
    return Aligned(float(np.median([error for error, _ in best])), drift, lags)


def _in_window(z: Floats, x: Floats, start: int, stop: int, most: int) -> tuple[float, int]:
    """Least root mean square error over lags, and the lag in rows, of the output's rows from start to stop."""
    found = []
    for step in sorted(range(-most, most + 1), key=abs):
        low, high = max(start, step), min(stop, len(x) + step)
        if high - low >= (stop - start) // 2:
            error = float(np.mean((z[low:high] - x[low - step : high - step]) ** 2))
            found.append((error, abs(step), step))
    error, _, step = min(found)
    return float(np.sqrt(error)), step


def correlation(z: Floats, x: Floats, demean: bool = False) -> float:
    """Pearson's correlation over all components and times; 0 where one of the two does not vary.

    Parameters
    ----------
    z, x : (time, k)
        Output and target.
    demean
        Without the mean of each component over time, so that a constant picture counts for nothing.

    Raises
    ------
    ValueError
        Output and target are not of one shape.
    """
    _checked(z, x)
    if demean:
        z, x = z - z.mean(axis=0), x - x.mean(axis=0)
    if z.std() <= 1e-12 * max(1.0, float(np.abs(z).max())) or x.std() <= 1e-12 * max(1.0, float(np.abs(x).max())):
        return 0.0
    return float(stats.pearsonr(z.ravel(), x.ravel()).statistic)


def return_map(values: Floats, interval: float) -> Floats:
    """Pairs of successive maxima of the Lorenz system's z: (pair, 2); for its target they lie on a tent.

    The values are smoothed over 50 ms (a parabola in a window of that length keeps the height of a maximum), and
    maxima that stand out by less than a quarter of a standard deviation, or less than 0.3 s apart, do not count by
    themselves, since an output is noisy and a loop takes 0.7 s.

    Parameters
    ----------
    values : (time,)
        A value every ``interval`` s.
    """
    rows = max(5, round(_SMOOTH / interval) // 2 * 2 + 1)
    if len(values) < rows:
        return np.zeros((0, 2))
    smooth = savgol_filter(values, rows, 2)
    least = _STANDS_OUT * float(smooth.std())
    places, _ = find_peaks(smooth, distance=max(1, round(_APART / interval)), prominence=least)
    maxima = smooth[places]
    return np.stack([maxima[:-1], maxima[1:]], axis=1) if len(maxima) > 1 else np.zeros((0, 2))


def dwell_times(values: Floats, interval: float) -> Floats:
    """How long a value stays on one side of zero before it changes, in s: (stay,), without the first and the last.

    A side counts as changed once the value is beyond a fifth of its standard deviation on the other.

    Parameters
    ----------
    values : (time,)
        A value every ``interval`` s, such as the Lorenz system's x.
    """
    far = np.flatnonzero(np.abs(values) > 0.2 * values.std())
    sides = np.sign(values[far])
    changes = far[1:][np.diff(sides) != 0]
    return np.diff(changes) * interval
