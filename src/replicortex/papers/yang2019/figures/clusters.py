"""Panels about clusters of units that Figure 2 and its supplements share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from replicortex.report import style
from replicortex.report.checks import of
from replicortex.report.components import few_ticks, network_axis

K_LIMITS = (2, 29)
_CONTROL_DASH = (0, (3, 1.5))


def sorted_units(units: pd.DataFrame, cluster: str = "cluster") -> pd.DataFrame:
    """Active units of one network in plotting order: by cluster, then by the order of the table units."""
    return units[units["active"].astype(bool)].sort_values([cluster, "position"], kind="stable")


def normalised(wide: pd.DataFrame, order: pd.DataFrame) -> NDArray[np.float64]:
    """Variance of each unit over its own maximum: rows as in `wide`, columns as the units in `order`."""
    chosen = wide[order["unit"].to_list()].to_numpy(dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(chosen / chosen.max(axis=0, keepdims=True))


def silhouette_curves(ax: Axes, silhouette: pd.DataFrame, numbers: pd.DataFrame, labels: tuple[str, ...]) -> None:
    """Silhouette against k at the first restart: example black, other networks grey, rotated control dashed.

    The dot marks the example's best k, the bar the values of k that cannot be distinguished from it.
    """
    first = of(silhouette, restart=0)
    for i, network in reversed(list(enumerate(labels))):
        for kind, colour, dash in (("rotated", style.CONTROL, _CONTROL_DASH), ("task", style.OTHERS, "-")):
            curve = of(first, network=network, kind=kind).sort_values("k")
            tint = style.EXAMPLE if i == 0 and kind == "task" else colour
            alpha, width = (1.0, 1.2) if i == 0 else (0.6, 0.7)
            ax.plot(
                curve["k"],
                curve["silhouette"],
                color=tint,
                lw=width,
                ls=dash,
                alpha=alpha,
                zorder=3 - (i > 0),
            )
    best = of(numbers, network=labels[0], kind="task").iloc[0]
    ax.plot(
        [best["k_low"], best["k_high"]],
        [best["silhouette"]] * 2,
        color=style.ACCENT,
        lw=2.2,
        alpha=0.45,
        zorder=4,
    )
    ax.plot(best["k"], best["silhouette"], "o", color=style.ACCENT, ms=3.5, zorder=5)
    text: Any = {"textcoords": "offset points", "ha": "center", "va": "bottom", "fontsize": style.SMALL}
    ax.annotate(f"k = {int(best['k'])}", (best["k"], best["silhouette"]), xytext=(0, 4), color=style.ACCENT, **text)
    k_axis(ax)
    ax.set_ylabel("Silhouette")
    low, high = ax.get_ylim()
    ax.set_ylim(min(0.0, low), high + 0.18 * (high - low))
    few_ticks(ax, "y", 4)


def k_axis(ax: Axes) -> None:
    """x axis over the numbers of clusters tried."""
    ax.set_xlim(K_LIMITS[0] - 1, K_LIMITS[1] + 1)
    ax.set_xticks([2, 10, 20, 29])
    ax.set_xlabel("Number of clusters k")


def best_numbers(ax: Axes, numbers: pd.DataFrame, labels: tuple[str, ...], control: bool = False) -> None:
    """Best k of every network with the range that cannot be distinguished from it; the example in black."""
    kinds = [("task", 0.0, style.OTHERS, "o")]
    if control:
        kinds = [("task", -0.14, style.OTHERS, "o"), ("rotated", 0.14, style.CONTROL, "D")]
    crowded = len(labels) > 12
    for kind, shift, colour, marker in kinds:
        table = of(numbers, kind=kind).set_index("network").loc[list(labels)]
        rows = np.arange(len(labels)) + shift
        tints = [style.EXAMPLE if i == 0 and kind == "task" else colour for i in range(len(labels))]
        ax.hlines(rows, table["k_low"], table["k_high"], colors=tints, lw=0.9 if crowded else 1.6, alpha=0.6)
        ax.scatter(table["k"], rows, c=tints, s=5 if crowded else 12, marker=marker, zorder=3, linewidths=0)
    network_axis(ax, labels)
    k_axis(ax)


def embedding(ax: Axes, units: pd.DataFrame) -> None:
    """t-SNE of the active units of one network, coloured by cluster, the cluster's number at its median."""
    active = units[units["active"].astype(bool)].dropna(subset=["tsne_1", "tsne_2"])
    parts = [(cluster, of(active, cluster=cluster)) for cluster in sorted(active["cluster"].unique())]
    for cluster, part in parts:
        look: Any = {"color": style.cluster_colour(cluster), "marker": style.cluster_marker(cluster)}
        ax.scatter(part["tsne_1"], part["tsne_2"], s=7, linewidths=0.2, edgecolors="white", **look)
    for cluster, part in parts:
        box = {"boxstyle": "circle,pad=0.12", "facecolor": "white", "edgecolor": "none", "alpha": 0.75}
        x, y = part["tsne_1"].median(), part["tsne_2"].median()
        ax.text(x, y, str(cluster + 1), fontweight="bold", ha="center", va="center", bbox=box)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_xlabel("t-SNE 1 (a.u.)")
    ax.set_ylabel("t-SNE 2 (a.u.)")
    ax.margins(0.08)
