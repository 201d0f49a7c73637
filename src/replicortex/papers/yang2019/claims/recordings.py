"""Statistics on recordings from animals (Yang et al. 2019, Fig. 8e)."""

from __future__ import annotations

import numpy as np

from replicortex.report.claims import NotTestable, Tables
from replicortex.report.intervals import LEVEL, RESAMPLES, Estimate, weakest

NOT_AVAILABLE = "recordings not available"
BINS = 20
ENDS = 0.05  # largest share of units in either end of a distribution without peaks there
CENTRE = 0.6  # share of the middle (|FTV| <= 0.6) within |FTV| < 0.2 from which on a peak is narrow


def broad_peak_margin(counts: np.ndarray) -> np.ndarray:
    """Distance of the tightest of four conditions from its limit; above 0, a distribution is broad and one-peaked.

    The shares of units with FTV above 0.8 and below -0.8 are both less than 0.05. Of the units with ``|FTV| <=
    0.6`` less than 0.6 lie within ``|FTV| < 0.2``. More units lie within ``|FTV| < 0.4`` than from there to 0.8.

    Parameters
    ----------
    counts : (..., 20)
        Units in equal bins on [-1, 1].
    """
    shares = counts / counts.sum(axis=-1, keepdims=True)
    middle, centre = shares[..., 4:16].sum(axis=-1), shares[..., 8:12].sum(axis=-1)
    near = shares[..., 6:14].sum(axis=-1)
    flanks = shares[..., 2:18].sum(axis=-1) - near
    narrow = np.divide(centre, middle, out=np.ones_like(middle), where=middle > 0)
    ends = (ENDS - shares[..., 18:].sum(axis=-1), ENDS - shares[..., :2].sum(axis=-1))
    return np.asarray(np.min([*ends, CENTRE - narrow, near - flanks], axis=0))


def broad_and_one_peaked(tables: Tables, rng: np.random.Generator) -> Estimate:
    """`broad_peak_margin` of the FTV of all recorded units; interval by resampling units.

    Raises
    ------
    NotTestable
        There are no recordings, or no unit in them has an FTV.
    """
    table = tables["recordings_ftv"]
    if table.empty:
        raise NotTestable(NOT_AVAILABLE)
    units = table.dropna(subset=["ftv"])
    recorded = units.loc[units["kind"] == "recorded", "ftv"]
    if recorded.empty:
        raise NotTestable("no recorded unit has an FTV")
    counts = np.histogram(recorded, BINS, range=(-1, 1))[0]
    n = int(counts.sum())
    margins = broad_peak_margin(rng.multinomial(n, counts / n, RESAMPLES))
    low, high = np.quantile(margins, (0.5 - LEVEL / 2, 0.5 + LEVEL / 2))
    spread = ", ".join(f"{kind} {values:.2f}" for kind, values in units.groupby("kind")["ftv"].std().items())
    shares = counts / n
    detail = (
        f"share above 0.8 {shares[18:].sum():.2f}, below -0.8 {shares[:2].sum():.2f}; s.d. of FTV {spread}; "
        f"{table['animal'].nunique()} animals"
    )
    return Estimate(float(broad_peak_margin(counts)), float(low), float(high), n, "units", detail)


def each_animal(tables: Tables, rng: np.random.Generator) -> Estimate:
    """`broad_peak_margin` of the animal that meets it least; interval by resampling each animal's units.

    Raises
    ------
    NotTestable
        There are no recordings, or they are of a single animal.
    """
    table = tables["recordings_ftv"]
    if table.empty:
        raise NotTestable(NOT_AVAILABLE)
    units = table[table["kind"] == "recorded"].dropna(subset=["ftv"])
    parts = {}
    for animal, own in units.groupby("animal"):
        counts = np.histogram(own["ftv"], BINS, range=(-1, 1))[0]
        n = int(counts.sum())
        low, high = np.quantile(
            broad_peak_margin(rng.multinomial(n, counts / n, RESAMPLES)), (0.5 - LEVEL / 2, 0.5 + LEVEL / 2)
        )
        parts[str(animal)] = Estimate(float(broad_peak_margin(counts)), float(low), float(high), n, "units")
    if len(parts) < 2:
        raise NotTestable("recordings of two animals are asked for")
    return weakest(parts)
