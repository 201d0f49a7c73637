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
        Slope over time of a lag that is followed from window to window and so may grow beyond the limit, s per s; NaN
        for fewer than two windows. Positive: the output falls behind.
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
    that every window but those at the ends is compared in full. For the drift each window's lag is sought around that
    of the window before, beginning at 0: an output that falls behind for long is soon later than the limit.

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
    best = [_in_window(z, x, start, min(start + rows, len(z)), range(-most, most + 1)) for start in starts]
    lags = np.array([step * interval for _, _, step in best])
    followed = _followed(z, x, rows, most) * interval
    times = np.arange(len(followed)) * rows * interval
    drift = float(stats.linregress(times, followed).slope) if len(followed) > 1 else float("nan")
    return Aligned(float(np.median(np.sqrt([error for error, _, _ in best]))), drift, lags)


def _followed(z: Floats, x: Floats, rows: int, most: int) -> Floats:
    """Best lag in rows of each window, up to ``most`` from that of the window before, as far as the target reaches."""
    lags: list[int] = []
    for start in range(0, max(1, len(z) - rows + 1), rows):
        middle = lags[-1] if lags else 0
        error, _, step = _in_window(
            z, x, start, min(start + rows, len(z)), range(middle - most, middle + most + 1), middle
        )
        if not np.isfinite(error):
            break
        lags.append(step)
    return np.array(lags, dtype=np.float64)


def _in_window(z: Floats, x: Floats, start: int, stop: int, steps: range, middle: int = 0) -> tuple[float, int, int]:
    """Least mean square error over lags (rows) of the output's rows from start to stop; its distance from the middle
    one, which decides between equals; and the lag. Infinite where too little of the target is there."""
    found = [(np.inf, 0, middle)]
    for step in steps:
        low, high = max(start, step), min(stop, len(x) + step)
        if high - low >= (stop - start) // 2:
            error = float(np.mean((z[low:high] - x[low - step : high - step]) ** 2))
            found.append((error, abs(step - middle), step))
    return min(found)


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


def histogram_distance(z: Floats, x: Floats, bins: int = 50) -> float:
    """Share of the time that an output spends at other values than its target, 0 (alike) to 1 (apart).

    Half the sum of the differences between two histograms whose bins divide the range of the target, with a bin more
    for what lies below and one for what lies above it; mean over components.

    Parameters
    ----------
    z, x : (time, k)
        Output and target; they need not be of one length.

    Raises
    ------
    ValueError
        Not the same number of components, or no rows.
    """
    if z.ndim != 2 or x.ndim != 2 or z.shape[1] != x.shape[1] or not z.size or not x.size:
        raise ValueError(f"measures: output {z.shape} and target {x.shape} are not (time, component) with the same k")
    distances = []
    for output, target in zip(z.T, x.T, strict=True):
        edges = np.linspace(target.min(), target.max(), bins + 1)
        edges[-1] = np.nextafter(edges[-1], np.inf)  # the largest value belongs to the last bin
        shares = [
            np.bincount(np.searchsorted(edges, values, side="right"), minlength=bins + 2) / len(values)
            for values in (output, target)
        ]
        distances.append(0.5 * np.abs(shares[0] - shares[1]).sum())
    return float(np.mean(distances))


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
