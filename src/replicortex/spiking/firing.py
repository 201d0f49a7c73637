"""How single cells fire: intervals between spikes, and how regular they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from replicortex.spiking.protocols import Floats

LEAST = 5  # intervals of a cell from which it counts


def intervals(times: Floats, cells: NDArray[np.integer]) -> list[Floats]:
    """Intervals between successive spikes in s, of each cell with five or more: a list of (interval,).

    Parameters
    ----------
    times, cells : (spike,)
        When each spike came, in s, and of which cell.
    """
    order = np.lexsort((times, cells))
    edges = np.flatnonzero(np.diff(cells[order])) + 1
    gaps = [np.diff(each) for each in np.split(times[order], edges)]
    return [each for each in gaps if len(each) >= LEAST]


def regularity(times: Floats, cells: NDArray[np.integer]) -> tuple[float, float]:
    """Median over cells of the mean interval in ms, and of the coefficient of variation of the intervals (ISI CV).

    A clock has a CV of 0, a Poisson process of 1. NaN, NaN where no cell has five intervals.

    Parameters
    ----------
    times, cells : (spike,)
        When each spike came, in s, and of which cell.
    """
    gaps = intervals(times, cells)
    if not gaps:
        return float("nan"), float("nan")
    means = np.array([each.mean() for each in gaps])
    variation = np.array([each.std(ddof=1) for each in gaps]) / means
    return 1e3 * float(np.median(means)), float(np.median(variation))
