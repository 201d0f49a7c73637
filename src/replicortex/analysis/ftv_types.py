"""Kinds of relation between two tasks: what the distribution of fractional task variance looks like.

Yang et al. 2019, Fig. 4, name five kinds by eye. Here they are separated by a rule on a histogram of 20 equal bins
on [-1, 1]. With the masses

    E+ = P(FTV > 0.8),   E- = P(FTV < -0.8),   M = P(|FTV| < 0.6),   K = P(|FTV| < 0.2) / M

and the peak C, the highest bin within |FTV| < 0.2 minus the highest other bin within |FTV| < 0.6:

    disjoint        both ends >= 0.1,  M < 0.3, and not disjoint-equal
    inclusive       one end >= 0.1, the other < 0.03
    mixed           both ends < 0.05,  K < 0.6
    equal           both ends < 0.05,  K >= 0.6
    disjoint-equal  both ends >= 0.1,  M >= 0.1,  K >= 0.5,  C >= 0
    disjoint-mixed  both ends >= 0.1,  M >= 0.3,  K < 0.5

Each kind has a margin, the distance of the tightest of its conditions from its limit (negative where one fails); at
most one margin is positive. A distribution that fits no kind is called "unclear". "equal" is not among the paper's
five: it is the single narrow peak that it describes for tanh networks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]  # not from the other analyses: whoever judges tables need not load the networks
BINS = 20
TYPES = ("disjoint", "inclusive", "mixed", "equal", "disjoint-equal", "disjoint-mixed")
UNCLEAR = "unclear"
NO_UNITS = "no units"
RESAMPLES = 2000

_CENTRES = (np.arange(BINS) + 0.5) * 2 / BINS - 1
_PLUS, _MINUS = _CENTRES > 0.8, _CENTRES < -0.8
_MIDDLE, _CENTRAL = np.abs(_CENTRES) < 0.6, np.abs(_CENTRES) < 0.2


@dataclass(frozen=True)
class Masses:
    """Shares of units in parts of the histogram; arrays of one shape, NaN where there are no units.

    Attributes
    ----------
    plus, minus, middle
        E+, E- and M.
    central
        K, share of the middle that lies within |FTV| < 0.2; 0 where the middle is empty.
    peak
        C, highest central bin minus the highest other bin of the middle, as shares of all units.
    """

    plus: FloatArray
    minus: FloatArray
    middle: FloatArray
    central: FloatArray
    peak: FloatArray


def masses(histogram: FloatArray) -> Masses:
    """Masses of histograms (..., 20) of counts or shares; the result lacks the last axis.

    Raises
    ------
    ValueError
        Another number of bins.
    """
    counts = np.asarray(histogram, dtype=float)
    if counts.shape[-1:] != (BINS,):
        raise ValueError(f"masses: histogram of shape {counts.shape}, expected (..., {BINS})")
    total = counts.sum(axis=-1, keepdims=True)
    share = np.divide(counts, total, out=np.full(counts.shape, np.nan), where=total > 0)
    middle, central = share[..., _MIDDLE].sum(axis=-1), share[..., _CENTRAL].sum(axis=-1)
    return Masses(
        plus=share[..., _PLUS].sum(axis=-1),
        minus=share[..., _MINUS].sum(axis=-1),
        middle=middle,
        central=np.divide(central, middle, out=np.where(np.isnan(middle), np.nan, 0.0), where=middle > 0),
        peak=share[..., _CENTRAL].max(axis=-1) - share[..., _MIDDLE & ~_CENTRAL].max(axis=-1),
    )


def smaller_end(histogram: FloatArray) -> FloatArray:
    """The smaller of E+ and E- of histograms (..., 20), as `masses` gives them."""
    counts = np.asarray(histogram, dtype=float)
    with np.errstate(invalid="ignore"):
        total = counts.sum(axis=-1, keepdims=True)
        return np.minimum(*((counts[..., end] / total).sum(axis=-1) for end in (_PLUS, _MINUS)))


def margins(histogram: FloatArray) -> dict[str, FloatArray]:
    """Margin of every kind (see above) of histograms (..., 20); NaN where there are no units."""
    m = masses(histogram)
    low, high = np.minimum(m.plus, m.minus), np.maximum(m.plus, m.minus)
    three_peaks = np.min([m.middle - 0.1, m.central - 0.5, m.peak], axis=0)
    ends, no_ends = low - 0.1, 0.05 - high
    return {
        "disjoint": np.min([ends, 0.3 - m.middle, -three_peaks], axis=0),
        "inclusive": np.minimum(high - 0.1, 0.03 - low),
        "mixed": np.minimum(no_ends, 0.6 - m.central),
        "equal": np.minimum(no_ends, m.central - 0.6),
        "disjoint-equal": np.minimum(ends, three_peaks),
        "disjoint-mixed": np.min([ends, m.middle - 0.3, 0.5 - m.central], axis=0),
    }


def classify_ftv(histogram: FloatArray) -> np.ndarray:
    """Kind of histograms (..., 20), "unclear" where none fits and "no units" where they are empty: (...) str."""
    each = np.stack(list(margins(histogram).values()))
    empty = np.isnan(each).any(axis=0)
    best = np.where(empty, -np.inf, each).argmax(axis=0)
    fits = np.take_along_axis(each, best[None], axis=0)[0] >= 0
    return np.where(empty, NO_UNITS, np.where(fits, np.array(TYPES)[best], UNCLEAR))


def distance(one: FloatArray, other: FloatArray) -> FloatArray:
    """Total variation distance between histograms (..., bin): half the sum of |share - share|; NaN if one is empty."""
    first, second = (np.asarray(h, dtype=float) for h in (one, other))
    with np.errstate(invalid="ignore"):
        shares = [h / h.sum(axis=-1, keepdims=True) for h in (first, second)]
    return np.abs(shares[0] - shares[1]).sum(axis=-1) / 2


def histogram_array(table: pd.DataFrame, kind: str = "task") -> tuple[FloatArray, list[str], pd.DataFrame]:
    """Counts of the table ftv_histogram as an array.

    Returns
    -------
    counts : (network, pair, 20)
    networks : list of str
        In the order of the table.
    pairs : DataFrame
        Columns task_a, task_b; row i is pair i.

    Raises
    ------
    ValueError
        The networks do not all have one row for each pair and bin.
    """
    rows = table[table["kind"] == kind]
    networks = [str(label) for label in rows["network"].unique()]
    pairs = rows[["task_a", "task_b"]].drop_duplicates().reset_index(drop=True)
    if rows.empty or len(rows) != len(networks) * len(pairs) * BINS:
        raise ValueError(
            f"table 'ftv_histogram': {len(rows)} rows of kind {kind!r}, expected one for each of {len(networks)} "
            f"networks, {len(pairs)} pairs and {BINS} bins"
        )
    place = pd.MultiIndex.from_frame(pairs)
    counts = np.zeros((len(networks), len(pairs), BINS))
    where = (
        pd.Index(networks).get_indexer(pd.Index(rows["network"])),
        place.get_indexer(pd.MultiIndex.from_frame(rows[["task_a", "task_b"]])),
        rows["bin"].to_numpy(),
    )
    np.add.at(counts, where, rows["count"].to_numpy(dtype=float))
    return counts, networks, pairs


def of_pair(table: pd.DataFrame, a: str, b: str, kind: str = "task") -> FloatArray:
    """Counts (network, 20) of FTV(A, B), mirrored where the table holds FTV(B, A).

    Raises
    ------
    ValueError
        The table holds neither.
    """
    for first, second, step in ((a, b, 1), (b, a, -1)):
        rows = table[(table["task_a"] == first) & (table["task_b"] == second)]
        if len(rows):
            return histogram_array(rows, kind)[0][:, 0, ::step]
    raise ValueError(f"table 'ftv_histogram': has no pair of {a!r} and {b!r}")


def weighted(counts: FloatArray, weights: FloatArray) -> FloatArray:
    """Histograms pooled over networks that count as often as the weights say: (resample, ..., bin).

    Parameters
    ----------
    counts : (network, ..., bin)
    weights : (resample, network)
    """
    return np.tensordot(weights, counts, axes=1)


def types_table(histograms: pd.DataFrame, rng: np.random.Generator, resamples: int = RESAMPLES) -> pd.DataFrame:
    """Kind of every pair of tasks, and how firmly it holds over networks.

    Parameters
    ----------
    histograms
        Table ftv_histogram.
    rng
        Draws networks with replacement; one draw serves all pairs.
    resamples
        Number of draws.

    Returns
    -------
    DataFrame, one row per pair
        task_a, task_b, n_networks, n_units (all networks), e_plus, e_minus, middle, central, peak (`Masses` of the
        pooled histogram), type, nearest (the kind of largest margin), margin (of the nearest kind: negative where the
        type is unclear), stability (share of resamples of networks with the same type, NaN with one network),
        rotated_type, distance, distance_low, distance_high (total variation distance to the rotated control with the
        2.5 and 97.5 percentiles over resamples).
    """
    counts, networks, pairs = histogram_array(histograms)
    control = histogram_array(histograms, "rotated")[0]
    pooled, turned = counts.sum(axis=0), control.sum(axis=0)
    kinds, m = classify_ftv(pooled), masses(pooled)
    each = np.stack(list(margins(pooled).values()))
    nearest = np.where(np.isnan(each), -np.inf, each).argmax(axis=0)
    drawn = rng.multinomial(len(networks), np.full(len(networks), 1 / len(networks)), resamples).astype(float)
    stable, low, high = _resampled(counts, control, kinds, drawn)
    known = kinds != NO_UNITS
    return pairs.assign(
        n_networks=len(networks),
        n_units=pooled.sum(axis=1).astype(int),
        e_plus=m.plus,
        e_minus=m.minus,
        middle=m.middle,
        central=m.central,
        peak=m.peak,
        type=kinds,
        nearest=np.where(known, np.array(TYPES)[nearest], NO_UNITS),
        margin=np.take_along_axis(each, nearest[None], axis=0)[0],
        stability=stable if len(networks) > 1 else np.nan,
        rotated_type=classify_ftv(turned),
        distance=distance(pooled, turned),
        distance_low=low,
        distance_high=high,
    )


def _resampled(
    counts: FloatArray, control: FloatArray, kinds: np.ndarray, drawn: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Per pair: share of resamples of the same kind, and percentiles of the distance to the control."""
    same, apart = [], []
    for part in np.array_split(drawn, max(1, len(drawn) // 250)):  # bounds the memory of the histograms
        pooled = weighted(counts, part)
        same.append(classify_ftv(pooled) == kinds)
        apart.append(distance(pooled, weighted(control, part)))
    found = np.concatenate(apart)
    known = ~np.isnan(found).all(axis=0) & (len(counts) > 1)
    ends = np.full((2, counts.shape[1]), np.nan)
    ends[:, known] = np.nanpercentile(found[:, known], (2.5, 97.5), axis=0)
    return np.concatenate(same).mean(axis=0), ends[0], ends[1]
