"""How well an output follows its target: errors with the best lag, correlation, statistics of a chaotic attractor.

A network that oscillates freely has a period a little different from its teacher's, so that the plain error is made of
phase drift; and two chaotic trajectories part within a second. Hence errors in windows that may be shifted in time, and
for the Lorenz system statistics in place of errors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.fft import irfft, next_fast_len, rfft
from scipy.signal import fftconvolve, find_peaks, savgol_filter

from replicortex.spiking.protocols import Floats

WINDOW = 1.0  # s, at least
LAG = 0.1  # s, in either direction, of what has no cycle or takes its time from outside
DRAWS = 5  # of an unrelated output
_EQUAL = 1e-9  # share of the squares by which two lags do not differ
_REPEATS = 0.9  # correlation of a target with itself from which it counts as repeated
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


def cycle_of(x: Floats, interval: float) -> float | None:
    """Seconds after which a target repeats itself: where its autocorrelation first comes back to 0.9 or more.

    Parameters
    ----------
    x : (time, k)
        Target, a row every ``interval`` s; its components are taken together.

    Returns
    -------
    float or None
        None where it does not repeat itself within half of its length.
    """
    n, v = len(x), x - x.mean(axis=0)
    power = (np.abs(rfft(v, 2 * n, axis=0)) ** 2).sum(axis=1)
    products = irfft(power)[: n // 2 + 1] / np.arange(n, n - n // 2 - 1, -1)
    if n < 4 or not products[0] > 0:
        return None
    peaks, _ = find_peaks(products / products[0], height=_REPEATS)
    return float(peaks[0] * interval) if len(peaks) else None


def search(x: Floats, interval: float, cycle: float | None = None) -> tuple[float, float]:
    """Window and largest lag in s with which an output is compared with its target.

    The lag is half of the target's cycle, which reaches every phase; the window is a whole cycle, or a second if that
    is longer. What has no cycle is compared in seconds, with lags of 0.1 s.

    Parameters
    ----------
    x : (time, k)
        Target, a row every ``interval`` s.
    cycle
        Seconds after which it repeats itself; found by `cycle_of` if None.
    """
    cycle = cycle_of(x, interval) if cycle is None else cycle
    return (WINDOW, LAG) if cycle is None else (max(WINDOW, cycle), cycle / 2)


def aligned_error(
    z: Floats,
    x: Floats,
    interval: float,
    window: float | None = None,
    limit: float | None = None,
    cycle: float | None = None,
) -> Aligned:
    """Error in successive windows, each with its own best lag.

    Within a window the output stays where it is and the target is shifted, over all of the recording that is there, so
    that every window but those at the ends is compared in full. For the drift each window's lag is sought around that
    of the window before, beginning at 0: an output that falls behind for long is soon later than the limit.

    Parameters
    ----------
    z, x : (time, k)
        Output and target, a row every ``interval`` s.
    window, limit
        Length of a window and largest lag, in s; those of `search` if None.
    cycle
        Of the target in s, for `search`.

    Raises
    ------
    ValueError
        Output and target are not of one shape.

    Examples
    --------
    A copy that runs 1 % fast is a good copy.

    >>> time = np.arange(2e-3, 10, 2e-3)
    >>> product = lambda t: (np.sin(8 * np.pi * t) * np.sin(12 * np.pi * t))[:, None]
    >>> round(aligned_error(product(1.01 * time), product(time), 2e-3).rmse / 0.5, 1)
    0.1
    """
    _checked(z, x)
    if window is None or limit is None:
        found = search(x, interval, cycle)
        window, limit = window or found[0], found[1] if limit is None else limit
    rows, most = max(2, round(window / interval)), round(limit / interval)
    rmse, lags = _windows(z, x, rows, most)
    followed = follow(z, x, rows, most) * interval
    times = np.arange(len(followed)) * rows * interval
    drift = float(stats.linregress(times, followed).slope) if len(followed) > 1 else float("nan")
    return Aligned(rmse, drift, lags * interval)


def _windows(z: Floats, x: Floats, rows: int, most: int) -> tuple[float, Floats]:
    """Root mean square error of windows of so many rows at the best lag of each, their median, and the lags in rows."""
    starts = range(0, max(1, len(z) - rows + 1), rows)
    best = [_in_window(z, x, start, min(start + rows, len(z)), 0, most) for start in starts]
    return float(np.median(np.sqrt([error for error, _ in best]))), np.array([float(step) for _, step in best])


def follow(z: Floats, x: Floats, rows: int, most: int, first: int = 0) -> Floats:
    """Best lag in rows of each window of so many rows, as far as the target reaches: (window,).

    It is sought up to ``most`` rows from that of the window before, for the first window from ``first``.
    """
    lags: list[int] = []
    for start in range(0, max(1, len(z) - rows + 1), rows):
        middle = lags[-1] if lags else first
        error, step = _in_window(z, x, start, min(start + rows, len(z)), middle, most)
        if not np.isfinite(error):
            break
        lags.append(step)
    return np.array(lags, dtype=np.float64)


def lag_of_rows(z: Floats, x: Floats, start: int, stop: int, most: int) -> int:
    """Lag in rows, up to ``most`` either way, at which the output's rows from start to stop are nearest the target."""
    return _in_window(z, x, start, stop, 0, most)[1]


def chance_error(x: Floats, interval: float, rng: np.random.Generator, window: float, limit: float) -> float:
    """Aligned error of an output that has nothing to do with its target but what it is made of, median over draws.

    The output is white noise convolved with a window of the target and brought to the target's standard deviation: it
    has the same spread, the same frequencies about, and no order in time. What it gains over sqrt(2) standard
    deviations it gains by the search over lags. Silence has an error of one standard deviation.

    Parameters
    ----------
    x : (time, k)
        Target, a row every ``interval`` s.
    rng
        Draws the noise.
    window, limit
        In s, as for `aligned_error`.
    """
    rows, most = max(2, round(window / interval)), round(limit / interval)
    piece, errors = (x - x.mean(axis=0))[:rows], []
    for _ in range(DRAWS):
        white = rng.standard_normal((len(x) + len(piece) - 1, x.shape[1]))
        noise = fftconvolve(white, piece, mode="valid", axes=0)
        spread = noise.std(axis=0)
        noise *= np.divide(x.std(axis=0), spread, out=np.zeros_like(spread), where=spread > 0)
        errors.append(_windows(noise - noise.mean(axis=0) + x.mean(axis=0), x, rows, most)[0])
    return float(np.median(errors))


def unlocked_error(x: Floats, interval: float, rng: np.random.Generator, window: float, limit: float) -> float:
    """Aligned error of an output that has the target's frequencies, each with a phase of its own, median over draws.

    Phases are drawn for each line of the spectrum of whole windows, the same for all components (Prichard & Theiler
    1994, doi 10.1103/PhysRevLett.73.951). Of a single sine it is 0, since a lag undoes a phase; of a product of sines
    it says how near to the target oscillations come that are not locked to each other.

    Parameters
    ----------
    x, interval, rng, window, limit
        As for `chance_error`.
    """
    rows, most = max(2, round(window / interval)), round(limit / interval)
    x = x[: max(rows, len(x) // rows * rows)]
    spectrum, errors = rfft(x, axis=0), []
    for _ in range(DRAWS):
        turns = np.exp(2j * np.pi * rng.random((len(spectrum), 1)))
        turns[0] = 1.0
        other = irfft(spectrum * turns, len(x), axis=0)
        errors.append(_windows(other, x, rows, most)[0])
    return float(np.median(errors))


def _in_window(z: Floats, x: Floats, start: int, stop: int, middle: int, most: int) -> tuple[float, int]:
    """Least mean square error over lags (rows) of the output's rows from start to stop, and its lag; of equally good
    ones that nearest to the middle. Infinite where too little of the target is there.

    The errors come from sums of squares and from products by FFT, that of the best lag from the differences themselves.
    """
    rows, steps = stop - start, np.arange(middle - most, middle + most + 1)
    low, high = np.maximum(start, steps), np.minimum(stop, len(x) + steps)
    there = high - low >= rows // 2
    if not there.any():
        return float("inf"), middle
    steps, low, high = steps[there], low[there], high[there]
    first, last = start - int(steps[-1]), stop - int(steps[0])  # rows of the target that any lag meets
    met = np.zeros((last - first, x.shape[1]))
    met[max(0, -first) : len(x) - first] = x[max(0, first) : last]
    size = next_fast_len(len(met) + rows, real=True)
    spectra = rfft(met, size, axis=0) * rfft(z[start:stop], size, axis=0).conj()
    products = irfft(spectra.sum(axis=1), size)[: steps[-1] - steps[0] + 1][::-1]
    own, other = (_sums(values) for values in (z[start:stop], met))
    squares = own[high - start] - own[low - start] + other[high - steps - first] - other[low - steps - first]
    errors = (squares - 2 * products) / ((high - low) * x.shape[1])
    near = np.flatnonzero(errors <= errors.min() + _EQUAL * float(squares.max()) / (rows * x.shape[1]))
    best = near[np.argmin(np.abs(steps[near] - middle))]
    begin, end, step = int(low[best]), int(high[best]), int(steps[best])
    return float(np.mean((z[begin:end] - x[begin - step : end - step]) ** 2)), step


def _sums(values: Floats) -> Floats:
    """Sum of the squares of all rows before each: (time + 1,)."""
    return np.concatenate([[0.0], np.cumsum((values**2).sum(axis=1))])


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
