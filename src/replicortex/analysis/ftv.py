"""Distributions of the fractional task variance over units, and what networks have in common in them.

Yang et al. 2019, Figs. 8d and S12a. Readers of the table ``ftv`` use this; it needs NumPy and pandas alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]
BINS = 20
END, MIDDLE, CENTRE = 0.8, 0.6, 0.2  # |FTV| above which a unit serves one task of a pair, and below which both (alike)


class Band(NamedTuple):
    """A median over networks, bin by bin, and the ends of its interval: each (bin,)."""

    median: Array
    low: Array
    high: Array


def ftv_shares(ftv: pd.DataFrame, networks: Sequence[str], bins: int = BINS) -> pd.DataFrame:
    """Histogram of each network's units over equal bins on [-1, 1], divided by its number of units.

    Parameters
    ----------
    ftv
        Columns network and ftv, of one pair of tasks; rows without a value do not count.
    networks
        Which networks, in which order.
    bins
        Number of bins.

    Returns
    -------
    (network, bin)
        A network without an active unit has no row.
    """
    edges = np.linspace(-1.0, 1.0, bins + 1)
    by_network = {str(name): group["ftv"].to_numpy(dtype=float) for name, group in _with_value(ftv)}
    counts = {name: np.histogram(by_network[name], edges)[0] for name in networks if name in by_network}
    shares = {name: count / count.sum() for name, count in counts.items()}
    return pd.DataFrame.from_dict(shares, orient="index", columns=range(bins), dtype=float)


def median_band(shares: pd.DataFrame, rng: np.random.Generator, samples: int = 400) -> Band:
    """Median over networks per bin, and the 2.5 and 97.5 percentiles of the medians of bootstrap samples.

    Parameters
    ----------
    shares : (network, bin)
        At least one network.
    rng
        Draws the samples of networks.
    samples
        Number of bootstrap samples (400 in the authors' program).

    Raises
    ------
    ValueError
        No network.
    """
    values = shares.to_numpy(dtype=float)
    if not len(values):
        raise ValueError("median_band: no network has a unit that is active in the pair")
    medians = np.median(values[rng.integers(0, len(values), (samples, len(values)))], axis=1)
    low, high = np.quantile(medians, (0.025, 0.975), axis=0)
    return Band(np.median(values, axis=0), low, high)


def ftv_masses(ftv: pd.DataFrame, networks: Sequence[str]) -> pd.DataFrame:
    """Share of each network's active units at either end and in the middle of the distribution.

    Returns
    -------
    DataFrame
        Index network (those with an active unit); columns first (FTV > 0.8), second (FTV < -0.8), ends (both together),
        centre (\\|FTV\\| < 0.2), and peak: what the centre has of all units with \\|FTV\\| <= 0.6, 0 if there are none.
        A flat distribution has 0.1, 0.1, 0.2, 0.2 and 1/3.
    """
    rows = {}
    for name, group in _with_value(ftv):
        values = group["ftv"].to_numpy(dtype=float)
        first, second, centre = (values > END).mean(), (values < -END).mean(), (np.abs(values) < CENTRE).mean()
        middle = (np.abs(values) <= MIDDLE).mean()
        rows[str(name)] = (first, second, first + second, centre, centre / middle if middle else 0.0)
    columns = ["first", "second", "ends", "centre", "peak"]
    found = pd.DataFrame.from_dict(rows, orient="index", columns=columns, dtype=float)
    return found.loc[[name for name in networks if name in found.index]]


def _with_value(ftv: pd.DataFrame) -> Iterable[tuple[object, pd.DataFrame]]:
    """Units with a value, by network."""
    return ftv.dropna(subset=["ftv"]).groupby("network")
