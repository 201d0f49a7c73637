"""Figure S4: how many clusters, and how certainly (Yang et al. 2019, Supplementary Fig. 4)."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.papers.yang2019.figures import clusters
from replicortex.report import style
from replicortex.report.checks import Tables, networks, of
from replicortex.report.components import example_name, few_ticks, number_of
from replicortex.report.style import Setting, letter, place

_HEIGHT = 5.3
_TOP, _BELOW = 0.75, 3.1


@style.styled
def figs4(tables: Tables, setting: Setting) -> Figure:
    """Draw Figure S4: a silhouette of the example with restarts, b of all networks, c agreement, d best k."""
    labels = networks(tables)
    title = "Figure S4  The number of clusters and its uncertainty"
    figure = style.page(title, _HEIGHT, setting, style.provenance(tables, setting))
    own = of(tables["silhouette"], network=labels[0])
    restarts = int(own["restart"].nunique())
    letter(
        figure,
        "a",
        0.08,
        _TOP - 0.14,
        f"Silhouette, {example_name(labels)}, {number_of(restarts, 'restart')} of k-means",
    )
    _restarts(place(figure, 0.55, _TOP, 2.75, 1.6), own, of(tables["cluster_number"], network=labels[0]))
    letter(figure, "b", 3.65, _TOP - 0.14, f"Silhouette, {number_of(len(labels), 'network')}")
    ax = place(figure, 4.15, _TOP, 2.75, 1.6)
    clusters.silhouette_curves(ax, tables["silhouette"], tables["cluster_number"], labels)
    letter(figure, "c", 0.08, _BELOW - 0.14, "Agreement between restarts")
    _agreement(place(figure, 0.55, _BELOW, 2.75, 1.5), tables["agreement"], labels)
    letter(figure, "d", 3.65, _BELOW - 0.14, "Best k, range within one standard error (orange: rotated control)")
    clusters.best_numbers(place(figure, 4.15, _BELOW, 2.75, 1.5), tables["cluster_number"], labels, control=True)
    return figure


def _restarts(ax: Axes, silhouette: pd.DataFrame, numbers: pd.DataFrame) -> None:
    """Panel a: every restart of task variance and of the rotated control."""
    for kind, colour in (("rotated", style.CONTROL), ("task", style.EXAMPLE)):
        for restart, curve in of(silhouette, kind=kind).groupby("restart"):
            curve = curve.sort_values("k")
            width, label = (1.3, kind) if restart == 0 else (0.6, None)
            name = {"task": "task variance", "rotated": "rotated control"}.get(str(label))
            ax.plot(
                curve["k"],
                curve["silhouette"],
                color=colour,
                lw=width,
                alpha=1 if restart == 0 else 0.45,
                label=name,
            )
    best = of(numbers, kind="task").iloc[0]
    ax.axvspan(
        best["k_low"] - 0.5,
        best["k_high"] + 0.5,
        color=style.ACCENT,
        alpha=0.12,
        lw=0,
        label="k within one s.e. of the best",
    )
    ax.plot(
        best["k"],
        best["silhouette"],
        "o",
        color=style.ACCENT,
        ms=3.5,
        zorder=5,
        label=f"best k = {int(best['k'])}",
    )
    clusters.k_axis(ax)
    ax.set_ylabel("Mean silhouette")
    low, high = ax.get_ylim()
    ax.set_ylim(min(0.0, low), high + 0.42 * (high - min(0.0, low)))
    handles, names = ax.get_legend_handles_labels()
    order = [1, 0, 3, 2] if len(names) == 4 else range(len(names))
    ax.legend([handles[i] for i in order], [names[i] for i in order], loc="upper center", ncols=2)
    few_ticks(ax, "y", 5)


def _agreement(ax: Axes, agreement: pd.DataFrame, labels: tuple[str, ...]) -> None:
    """Panel c: adjusted Rand index, mean over pairs of restarts."""
    for i, network in reversed(list(enumerate(labels))):
        for kind, colour in (("rotated", style.CONTROL), ("task", style.OTHERS)):
            curve = of(agreement, network=network, kind=kind).sort_values("k")
            tint = style.EXAMPLE if i == 0 and kind == "task" else colour
            look: Any = {"lw": 1.3 if i == 0 else 0.7, "alpha": 1.0 if i == 0 else 0.6, "zorder": 3 - (i > 0)}
            ax.plot(
                curve["k"],
                curve["adjusted_rand"],
                color=tint,
                ls="-" if kind == "task" else (0, (3, 1.5)),
                **look,
            )
    clusters.k_axis(ax)
    ax.set_ylim(0, 1.03)
    ax.set_ylabel("Adjusted Rand index")
    pairs = int(agreement["n_pairs"].min())
    ax.text(
        0.98,
        0.04,
        f"mean of {number_of(pairs, 'pair')} of restarts",
        transform=ax.transAxes,
        ha="right",
        fontsize=style.SMALL,
    )
