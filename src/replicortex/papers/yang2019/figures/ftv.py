"""Histograms of fractional task variance: what Figure 4 and its relatives share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from replicortex.analysis.ftv_types import BINS, NO_UNITS, TYPES, UNCLEAR, histogram_array, of_pair
from replicortex.report import style
from replicortex.report.components import few_ticks, note, number_of
from replicortex.report.style import TITLES, Colour

Array = NDArray[np.float64]
EDGES = np.linspace(-1, 1, BINS + 1)
# The five pairs of Figure 4
PAIRS = (
    ("dm1", "fdanti"),
    ("delaydm1", "dm1"),
    ("dm1", "contextdm1"),
    ("contextdm1", "contextdm2"),
    ("dmcgo", "dmcnogo"),
)
KIND_COLOUR: dict[str, str] = dict(
    zip(TYPES, ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9"), strict=True)
) | {UNCLEAR: "0.45", NO_UNITS: "0.8"}


def counts_of(table: pd.DataFrame, a: str, b: str, labels: Sequence[str], kind: str = "task") -> Array:
    """Counts (network, bin) of FTV(A, B), networks in the order of the labels; zeros where a pair was not measured."""
    rows = table[(table["kind"] == kind) & table["task_a"].isin((a, b)) & table["task_b"].isin((a, b))]
    if rows.empty:
        return np.zeros((len(labels), BINS))
    order = pd.Index(rows["network"].unique()).get_indexer(pd.Index(list(labels)))
    return np.asarray(of_pair(rows, a, b, kind), dtype=float)[order]


def counts_of_all(table: pd.DataFrame, labels: Sequence[str], kind: str = "task") -> dict[tuple[str, str], Array]:
    """What `counts_of` gives of every pair that was measured, by (A, B) and by (B, A)."""
    if not (table["kind"] == kind).any():
        return {}
    counts, names, pairs = histogram_array(table, kind)
    counts = counts[pd.Index(names).get_indexer(pd.Index(list(labels)))]
    names_of = zip(pairs["task_a"].astype(str), pairs["task_b"].astype(str), strict=True)
    measured = {pair: np.asarray(counts[:, i], dtype=float) for i, pair in enumerate(names_of)}
    return {(b, a): found[:, ::-1] for (a, b), found in measured.items()} | measured


def over_networks(counts: Array) -> Array:
    """Median count per bin over networks and 10th and 90th percentiles, all over the sum of the median: (3, bin).

    As Yang et al. 2019 draw Figure 4. Zeros where no unit is active.
    """
    curves = np.percentile(counts, (50, 10, 90), axis=0)
    total = curves[0].sum() or counts.mean(axis=0).sum()
    return curves / total if total else np.zeros_like(curves)


def band(ax: Axes, counts: Array, colour: Colour, label: str = "") -> float:
    """Median over networks as a line over the band of percentiles; returns its top."""
    median, low, high = over_networks(counts)
    ax.stairs(high, EDGES, baseline=low, fill=True, color=colour, alpha=0.25, lw=0)
    ax.stairs(median, EDGES, color=colour, lw=1.2, label=label or None)
    silent = int((counts.sum(axis=1) == 0).sum())
    if silent:
        note(ax, 0.04, 0.8, f"{number_of(silent, 'network')}\nwithout units", back="white")
    return float(max(high.max(), median.max()))


def axis(ax: Axes, a: str, b: str) -> None:
    """x axis of FTV(A, B); its ends say which task a unit varies in."""
    ax.set_xlim(-1, 1)
    ax.set_xticks([-1, 0, 1], ["\N{MINUS SIGN}1", "0", "1"])
    few_ticks(ax, "y", 3)
    for x, task, align in ((0.0, b, "left"), (1.0, a, "right")):
        ax.text(x, -0.17, TITLES.get(task, task), transform=ax.transAxes, ha=align, va="top", fontsize=style.SMALL)


def kind_of(types: pd.DataFrame, a: str, b: str) -> str:
    """What the rule calls a pair, and below it the share of resamples of networks that agree."""
    rows = types[types["task_a"].isin((a, b)) & types["task_b"].isin((a, b))]
    if rows.empty:
        return "not measured\n"
    row = rows.iloc[0]
    near = f"near {row['nearest']}" if row["type"] == UNCLEAR else str(row["type"])
    return f"{near}\n{100 * row['stability']:.0f} % of resamples" if np.isfinite(row["stability"]) else f"{near}\n"
