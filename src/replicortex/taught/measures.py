"""What a test says of a network: its errors, its units beside the teacher's, and the times of its responses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from replicortex.taught.rates import Attempt, error
from replicortex.taught.tasks import DT, RESPONSE

Floats = NDArray[np.float64]
KEPT_TRIALS, KEPT_UNITS = 2, 5
_EVERY = 10  # samples between two states of a delay that are kept
_PEAK = RESPONSE / 2 * DT  # s from the start of a response to its peak


@dataclass
class Results:
    """Measures of the trials of a test.

    Attributes
    ----------
    errors : list of float
        Of each trial, squared error over the sum of squares of the target (`replicortex.taught.rates.error`).
    nmse, unit_nmse : float
        The same of all trials together, of the output and of the units' rates beside the teacher's.
    rate_hz : float
        Mean rate of spiking neurons; NaN of rate units.
    response_nmse : float
        Of intervals, error within the responses, measured from rest; NaN elsewhere.
    participation : float
        Of intervals, participation ratio (sum of eigenvalues)^2 / (sum of their squares) of the covariance of rates in
        the second delay; NaN elsewhere.
    responses : list of (float, float)
        Interval in s and the interval produced: from the end of the second pulse to the largest output after it, less
        the time that a right response takes to its peak.
    shown : list of Attempt
        The last trials.
    """

    errors: list[float] = field(default_factory=list)
    nmse: float = np.nan
    unit_nmse: float = np.nan
    rate_hz: float = np.nan
    response_nmse: float = np.nan
    participation: float = np.nan
    responses: list[tuple[float, float]] = field(default_factory=list)
    shown: list[Attempt] = field(default_factory=list)


def measured(tested: Iterable[Attempt], spiking: bool = False) -> Results:
    """The results of a test, whose trials are looked at one by one."""
    found, sums, states, counts = Results(), np.zeros((3, 2)), [], []
    for one in tested:
        target = one.trial.targets
        found.errors.append(error(one.z, target))
        sums[0] += np.sum((one.z - target) ** 2), np.sum(target**2)
        if spiking:
            counts.append(float(one.rates.mean()) / DT)
        else:
            sums[1] += np.sum((one.rates - one.teacher) ** 2), np.sum(one.teacher**2)
        if start := one.trial.response:
            window, rest = slice(start, start + RESPONSE), target[0]
            sums[2] += np.sum((one.z[window] - target[window]) ** 2), np.sum((target[window] - rest) ** 2)
            delay = round(one.trial.interval / DT)
            states.append(one.rates[start - delay : start : _EVERY])
            found.responses.append((one.trial.interval, int(np.argmax(one.z[start - delay :, 0])) * DT - _PEAK))
        found.shown = [*found.shown, one][-KEPT_TRIALS:]
    ratios = [float(top / bottom) if bottom else np.nan for top, bottom in sums]
    found.nmse, found.unit_nmse, found.response_nmse = ratios
    found.rate_hz = float(np.mean(counts)) if spiking else np.nan
    found.participation = participation(np.concatenate(states)) if states else np.nan
    return found


def participation(states: Floats) -> float:
    """Participation ratio of states (samples, N): how many dimensions they fill.

    Examples
    --------
    >>> round(participation(np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])), 3)
    2.0
    """
    covariance = np.cov(states, rowvar=False)
    return float(np.trace(covariance) ** 2 / np.sum(covariance**2))
