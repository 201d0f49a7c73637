"""Kinds of relation between two tasks, classified by peaks of the distribution of fractional task variance.

The rule of `analysis.ftv_types` asks how many units lie at the ends; of two distributions of one shape it calls the
one with the broader middle "unclear". Here an end has a peak if its outermost tenth holds more units than a tenth of
its shoulder: with n(a, b) the units with a < FTV < b,

    P+ = n(0.9, 1) / [n(0.6, 0.8) / 2],     P- the same on the other side,

and M and K as there (share of the units within \\|FTV\\| < 0.6, and the part of these within \\|FTV\\| < 0.2):

    disjoint        P+, P- > 1,   M < 0.3,  K < 0.5
    inclusive       one of them > 1, the other < 1
    mixed           P+, P- < 1,   K < 0.6
    equal           P+, P- < 1,   K >= 0.6
    disjoint-equal  P+, P- > 1,   K >= 0.5
    disjoint-mixed  P+, P- > 1,   M >= 0.3,  K < 0.5

The margin of a kind is the distance of its tightest condition from its limit, with log2 of P. Every distribution with
units has one kind. Calibrated on the forty reference networks of seeds 0 to 39.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from replicortex.analysis.ftv_types import BINS, NO_UNITS, TYPES, FloatArray, masses

WIDE_MIDDLE, NARROW, NARROW_BETWEEN_ENDS = 0.3, 0.6, 0.5


class Peaks(NamedTuple):
    """log2 P+ and log2 P- of histograms (..., 20) of counts; what is left has no last axis.

    A quarter of a unit is added to an end and half a unit to its shoulder, so that an empty end has no peak.
    """

    plus: FloatArray
    minus: FloatArray


def end_peaks(histogram: FloatArray) -> Peaks:
    """How far the outermost bin of either end rises above its shoulder, in powers of two.

    Raises
    ------
    ValueError
        Another number of bins.
    """
    counts = np.asarray(histogram, dtype=float)
    if counts.shape[-1:] != (BINS,):
        raise ValueError(f"end_peaks: histogram of shape {counts.shape}, expected (..., {BINS})")

    def peak(side: FloatArray) -> FloatArray:
        """Of a histogram that begins at the end in question."""
        return np.log2((side[..., 0] + 0.25) / (side[..., 2:4].mean(axis=-1) + 0.5))

    return Peaks(peak(counts[..., ::-1]), peak(counts))


def central_peak(histogram: FloatArray) -> FloatArray:
    """log2 of the highest bin within \\|FTV\\| < 0.2 over the higher shoulder, 0.3 < \\|FTV\\| < 0.6: (...)."""
    counts = np.asarray(histogram, dtype=float)
    shoulders = np.maximum(counts[..., 4:7].mean(axis=-1), counts[..., 13:16].mean(axis=-1))
    return np.asarray(np.log2((counts[..., 8:12].max(axis=-1) + 0.25) / (shoulders + 0.5)))


def peak_margins(histogram: FloatArray) -> dict[str, FloatArray]:
    """Margin of every kind (see above) of histograms (..., 20) of counts; -1 where there are no units.

    "inclusive" is either way round; for one way see `includes_margin`.
    """
    ends, m = end_peaks(histogram), masses(histogram)
    low, high = np.minimum(*ends), np.maximum(*ends)
    found = {
        "disjoint": np.min([low, WIDE_MIDDLE - m.middle, NARROW_BETWEEN_ENDS - m.central], axis=0),
        "inclusive": np.minimum(high, -low),
        "mixed": np.minimum(-high, NARROW - m.central),
        "equal": np.minimum(-high, m.central - NARROW),
        "disjoint-equal": np.minimum(low, m.central - NARROW_BETWEEN_ENDS),
        "disjoint-mixed": np.min([low, m.middle - WIDE_MIDDLE, NARROW_BETWEEN_ENDS - m.central], axis=0),
    }
    return {kind: np.where(np.isnan(m.middle), -1.0, margin) for kind, margin in found.items()}


def includes_margin(histogram: FloatArray) -> FloatArray:
    """Margin of "inclusive" with the first task the wider: a peak at its end and none at the other's; -1 if empty."""
    ends = end_peaks(histogram)
    empty = np.asarray(histogram).sum(axis=-1) == 0
    return np.where(empty, -1.0, np.minimum(ends.plus, -ends.minus))


def classify_peaks(histogram: FloatArray) -> np.ndarray:
    """Kind of histograms (..., 20) of counts, the one of largest margin; "no units" where they are empty: (...) str."""
    found = peak_margins(histogram)
    each = np.stack([found[kind] for kind in TYPES])
    empty = np.asarray(histogram).sum(axis=-1) == 0
    return np.where(empty, NO_UNITS, np.array(TYPES)[each.argmax(axis=0)])
