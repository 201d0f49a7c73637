"""Statistics on fractional task variance of pairs of tasks (Yang et al. 2019, Fig. 4, Suppl. Fig. 6)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from replicortex.analysis.ftv_types import (
    Masses,
    distance,
    histogram_array,
    margins,
    masses,
    of_pair,
    smaller_end,
    weighted,
)
from replicortex.report.claims import NotTestable, Tables
from replicortex.report.intervals import LEVEL, Estimate, over_networks
from replicortex.report.tables import require
from replicortex.tables import networks

# The five pairs of Fig. 4, and the kind that each stands for
DISJOINT, INCLUSIVE, MIXED, DISJOINT_EQUAL, DISJOINT_MIXED = (
    ("dm1", "fdanti"),
    ("delaydm1", "dm1"),
    ("dm1", "contextdm1"),
    ("contextdm1", "contextdm2"),
    ("dmcgo", "dmcnogo"),
)
KINDS = {
    DISJOINT: "disjoint",
    INCLUSIVE: "inclusive",
    MIXED: "mixed",
    DISJOINT_EQUAL: "disjoint-equal",
    DISJOINT_MIXED: "disjoint-mixed",
}
FAR = 0.2  # total variation distance from which a distribution counts as clearly another
_WINDOW = 4  # bins: a width of 0.4 in FTV
_DRAWS = 2000  # of networks, where all pairs are looked at
_DRAWS_AT_ONCE = 200  # bounds the memory of resampled histograms of all pairs


def counts_of(table: pd.DataFrame, pair: tuple[str, str], labels: Sequence[str], kind: str = "task") -> np.ndarray:
    """Histogram (network, bin) of a pair, networks in the order of the labels.

    Raises
    ------
    NotTestable
        The pair was not measured, or no unit of any network is active in it.
    """
    found = {*table["task_a"].unique(), *table["task_b"].unique()}
    require(found, pair, "ftv_histogram")
    rows = table[table["network"].isin(list(labels))]
    order = pd.Index(rows.loc[rows["kind"] == kind, "network"].unique()).get_indexer(pd.Index(list(labels)))
    counts = np.asarray(of_pair(rows, *pair, kind))[order]
    if not counts.any():
        raise NotTestable(f"no unit of any network is active in {pair[0]} or {pair[1]}")
    return counts


def kind_margin(histogram: np.ndarray, kind: str) -> np.ndarray:
    """Margin of a kind (see `analysis.ftv_types`) of histograms (..., bin); "inclusive" with the first task the wider.

    Lowest possible, -1, where there are no units.
    """
    if kind == "inclusive":
        m = masses(histogram)
        found = np.minimum(m.plus - 0.1, 0.03 - m.minus)
    else:
        found = margins(histogram)[kind]
    return np.nan_to_num(np.asarray(found), nan=-1.0)


def told(m: Masses) -> str:
    """Masses of one histogram for people."""
    return (
        f"ends {float(m.minus):.2f} and {float(m.plus):.2f}, middle {float(m.middle):.2f} of which "
        f"{float(m.central):.2f} is central"
    )


def pair_is_of_kind(tables: Tables, rng: np.random.Generator, *, pair: tuple[str, str]) -> Estimate:
    """Margin of the kind that Fig. 4 gives a pair, on the histogram pooled over networks; resampled over networks."""
    kind, labels = KINDS[pair], networks(tables)
    counts = counts_of(tables["ftv_histogram"], pair, labels)
    own = kind_margin(counts, kind)
    detail = (
        f"pooled: {told(masses(counts.sum(axis=0)))}; by the rule {_named(tables['ftv_types'], pair)}; each network "
        f"by itself: {int((own >= 0).sum())} of {len(labels)}, example {'yes' if own[0] >= 0 else 'no'}"
    )
    return over_networks(lambda w: kind_margin(weighted(counts, w), kind), len(labels), rng, (-1, 1), detail)


def _named(types: pd.DataFrame, pair: tuple[str, str]) -> str:
    """Kind of a pair in the table ftv_types, with the share of resamples that agree."""
    rows = types[types["task_a"].isin(pair) & types["task_b"].isin(pair)]
    if len(rows) != 1:
        raise ValueError(f"table 'ftv_types' has {len(rows)} rows for {pair[0]} and {pair[1]}, expected 1")
    row = rows.iloc[0]
    agreed = f" ({100 * row['stability']:.0f} % of resamples)" if np.isfinite(row["stability"]) else ""
    return f"{row['type']}{agreed}"


def _apart(counts: np.ndarray, network: int, others: np.ndarray) -> np.ndarray:
    """Mean over pairs of the distance between a network and the median of others: (resample,).

    Parameters
    ----------
    counts : (pair, network, bin)
    others : (resample, n) int
        Networks behind the median.
    """
    median = np.median(counts[:, others], axis=2)  # (pair, resample, bin)
    return np.asarray(np.nanmean(distance(counts[:, network][:, None], median), axis=0))


def example_is_typical(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Total variation distance between the example's histogram and the others' median, mean over the five pairs.

    The median is taken bin by bin; the interval resamples the other networks.

    Raises
    ------
    NotTestable
        Fewer than three networks.
    """
    labels = networks(tables)
    if len(labels) < 3:
        raise NotTestable(f"{len(labels)} networks: the example can be compared with two others or more")
    counts = np.stack([counts_of(tables["ftv_histogram"], pair, labels) for pair in KINDS])
    everyone = np.arange(len(labels))
    each = [float(_apart(counts, i, np.delete(everyone, i)[None])[0]) for i in range(len(labels))]
    detail = f"each network against the others: {min(each):.2f} to {max(each):.2f}, median {np.median(each):.2f}"
    others = everyone[1:]
    drawn = _apart(counts, 0, rng.choice(others, (_DRAWS, len(others))))
    low, high = np.nanquantile(drawn, (0.5 - LEVEL / 2, 0.5 + LEVEL / 2))
    return Estimate(each[0], min(float(low), each[0]), max(float(high), each[0]), len(labels), detail=detail)


def narrow_margin(histogram: np.ndarray) -> np.ndarray:
    """How far histograms (..., bin) are from not being one narrow peak: (...).

    The tighter of two conditions: less than 0.05 of the units at each end, and half of the units or more in some four
    neighbouring bins (a window of 0.4), wherever they lie. -1 where there are no units.
    """
    m = masses(histogram)
    total = histogram.sum(axis=-1, keepdims=True)
    share = np.divide(histogram, total, out=np.zeros(histogram.shape), where=total > 0)
    window = np.lib.stride_tricks.sliding_window_view(share, _WINDOW, axis=-1).sum(axis=-1).max(axis=-1)
    return np.nan_to_num(np.minimum(0.05 - np.maximum(m.plus, m.minus), window - 0.5), nan=-1.0)


def one_narrow_peak(tables: Tables, rng: np.random.Generator) -> Estimate:
    """`narrow_margin` in the pair of Fig. 4 that meets it least, pooled over networks."""
    labels = networks(tables)
    counts = np.stack([counts_of(tables["ftv_histogram"], pair, labels) for pair in KINDS], axis=1)
    reference = tables["reference/ftv_histogram"]
    ends = {"here": _ends(counts.sum(axis=0)), "reference": _ends(_pooled(reference))}
    detail = "share of units at both ends, over the five pairs: " + "; ".join(
        f"{name} {', '.join(f'{value:.2f}' for value in values)}" for name, values in ends.items()
    )

    def worst(weights: np.ndarray) -> np.ndarray:
        return narrow_margin(weighted(counts, weights)).min(axis=1)

    return over_networks(worst, len(labels), rng, (-1, 1), detail)


def _pooled(table: pd.DataFrame) -> np.ndarray:
    labels = [str(label) for label in table["network"].unique()]
    return np.stack([counts_of(table, pair, labels).sum(axis=0) for pair in KINDS])


def _ends(histogram: np.ndarray) -> np.ndarray:
    m = masses(histogram)
    return m.plus + m.minus


def control_differs(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Share of all pairs whose rotated control is not split and lies 0.2 or more from the real distribution.

    Split means 0.05 of the units or more at both ends.
    """
    table, labels = tables["ftv_histogram"], networks(tables)
    counts, found, _ = histogram_array(table)
    if list(found) != list(labels):
        raise NotTestable("ftv_histogram holds the networks in another order than the learning history")
    control = histogram_array(table, "rotated")[0]

    def share(weights: np.ndarray) -> np.ndarray:
        parts = np.array_split(weights, max(1, len(weights) // _DRAWS_AT_ONCE))
        return np.concatenate([_clear(weighted(counts, part), weighted(control, part)) for part in parts])

    types = tables["ftv_types"]
    kinds = types["type"].value_counts()
    firm = int((types["stability"] > 0.95).sum())
    detail = (
        f"of {len(types)} pairs {', '.join(f'{n} {kind}' for kind, n in kinds.items())}; the kind is the same in 95 % "
        f"of resamples for {firm}; distance to the control {types['distance'].min():.2f} to "
        f"{types['distance'].max():.2f}, median {types['distance'].median():.2f}"
    )
    return over_networks(share, len(labels), rng, (0, 1), detail, _DRAWS)


def _clear(real: np.ndarray, control: np.ndarray) -> np.ndarray:
    """Share of pairs (resample,) from histograms (resample, pair, bin)."""
    whole = smaller_end(control) < 0.05
    return np.asarray((whole & (distance(real, control) >= FAR)).mean(axis=1))
