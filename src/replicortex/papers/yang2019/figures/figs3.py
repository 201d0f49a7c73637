"""Figure S3: clusters by the variance in each epoch (Yang et al. 2019, Supplementary Fig. 3)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from replicortex.papers.yang2019.figures import clusters
from replicortex.report import style
from replicortex.report.checks import Tables, networks, of
from replicortex.report.components import cluster_strip, colour_bar, example_name, few_ticks, heat, number_of
from replicortex.report.style import FAMILY, FAMILY_COLOUR, SMALL, TASK_ORDER, TITLES, Setting, letter, place

_HEIGHT = 8.2
_TOP = 0.72


@style.styled
def figs3(tables: Tables, setting: Setting) -> Figure:
    """Draw Figure S3: normalised epoch variance, units sorted by cluster; and stimulus against go epochs.

    Variances in squared rate units.
    """
    labels = networks(tables)
    title = "Figure S3  Clusters of units by their variance in each epoch"
    figure = style.page(title, _HEIGHT, setting, style.provenance(tables, setting))
    wide, order = _sorted(tables, labels[0])
    found = order["cluster_epoch"].nunique()
    letter(figure, "a", 0.08, _TOP - 0.14, f"{example_name(labels)}: {len(order)} active units, {found} clusters")
    _map(figure, wide, order)
    letter(figure, "b", 5.1, _TOP - 0.14, f"Clusters of {number_of(len(labels), 'network')}")
    for i, (x, y) in enumerate((("stim", "go"), ("delay", "go"))):
        _against(place(figure, 5.55, _TOP + 0.05 + 1.85 * i, 1.4, 1.4), tables, labels, x, y)
    letter(figure, "c", 5.1, _TOP + 4.0, f"Clusters of {example_name(labels)}")
    _means(figure, wide, order)
    return figure


def _means(figure: Figure, wide: pd.DataFrame, order: pd.DataFrame) -> None:
    """Panel c: mean normalised variance of each cluster in each epoch, over units and tasks."""
    values = clusters.normalised(wide, order)
    epochs = [str(epoch) for epoch, _ in wide.index]
    names, owner = list(dict.fromkeys(epochs)), order["cluster_epoch"].to_numpy()
    found = np.unique(owner)
    mean = [[np.nanmean(values[np.array(epochs) == name][:, owner == c]) for name in names] for c in found]
    ax = place(figure, 5.55, _TOP + 4.15, 1.0, 1.8)
    matrix = np.array(mean)
    limit = float(f"{max(matrix.max(), 0.01):.1g}")
    image = heat(ax, matrix, (0, limit))
    ax.set_xticks(range(len(names)), names, rotation=90)
    ax.set_yticks(range(len(found)), [str(c + 1) for c in found])
    ax.tick_params(length=0)
    ax.set_ylabel("Cluster")
    box = (6.62, _TOP + 4.5, 0.07, 1.0)
    colour_bar(figure, image, box, "Mean over units and tasks", [0, limit])


def _sorted(tables: Tables, network: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Epoch variance of a network, ((epoch, task), unit) in the paper's order, units in plot order."""
    table = of(tables["epoch_variance"], network=network)
    wide = table.pivot(index=["epoch", "task"], columns="unit", values="variance")
    rank = {task: i for i, task in enumerate(TASK_ORDER)}
    rows = sorted(wide.index, key=lambda key: (key[0], rank[key[1]]))
    return wide.loc[rows], clusters.sorted_units(of(tables["units"], network=network), "cluster_epoch")


def _map(figure: Figure, wide: pd.DataFrame, order: pd.DataFrame) -> None:
    ax = place(figure, 1.4, _TOP, 2.95, 6.75)
    image = heat(ax, clusters.normalised(wide, order), (0, 1))
    ax.set_yticks(range(len(wide)), [TITLES[task] for _, task in wide.index])
    ax.tick_params(axis="y", length=0, pad=10)
    ax.set_ylim(len(wide) - 0.5, -0.5)
    transform = ax.get_yaxis_transform()
    for i, (_, task) in enumerate(wide.index):
        colour = FAMILY_COLOUR[FAMILY[task]]
        ax.add_patch(
            Rectangle((-0.032, i - 0.46), 0.024, 0.92, transform=transform, facecolor=colour, lw=0, clip_on=False)
        )
    epochs = [epoch for epoch, _ in wide.index]
    for epoch in dict.fromkeys(epochs):
        rows = [i for i, name in enumerate(epochs) if name == epoch]
        ax.plot(
            [-0.36, -0.36],
            [rows[0] - 0.35, rows[-1] + 0.35],
            transform=transform,
            color="0.3",
            lw=1.2,
            clip_on=False,
        )
        middle = float(np.mean(rows))
        ax.text(-0.375, middle, epoch, transform=transform, rotation=90, ha="right", va="center")
        if rows[0]:
            ax.axhline(rows[0] - 0.5, color="white", lw=0.9)
    labels = order["cluster_epoch"].to_numpy()
    for edge in np.flatnonzero(np.diff(labels)) + 0.5:
        ax.axvline(edge, color="white", lw=0.8)
    ax.set_xticks([])
    cluster_strip(ax, labels, height=0.014, offset=0.005)
    ax.set_xlabel("Units, sorted by cluster", labelpad=27)
    colour_bar(figure, image, (4.45, _TOP + 0.2, 0.07, 1.2), "Normalised epoch variance", [0, 0.5, 1])


def _against(ax: Axes, tables: Tables, labels: tuple[str, ...], x: str, y: str) -> None:
    """Mean normalised variance of every cluster in two kinds of epoch; the example's are numbered."""
    for i, network in reversed(list(enumerate(labels))):
        wide, order = _sorted(tables, network)
        values = clusters.normalised(wide, order)
        kind = np.array([str(epoch).rstrip("0123456789") for epoch, _ in wide.index])
        owner = order["cluster_epoch"].to_numpy()
        for cluster in np.unique(owner):
            mean = {k: float(np.nanmean(values[kind == k][:, owner == cluster])) for k in (x, y)}
            if i > 0:
                ax.plot(mean[x], mean[y], "o", color=style.OTHERS, ms=3, mew=0, alpha=0.7)
            else:
                ax.plot(
                    mean[x],
                    mean[y],
                    "o",
                    color=style.cluster_colour(int(cluster)),
                    ms=4,
                    mec="white",
                    mew=0.4,
                )
                spot = (mean[x], mean[y])
                ax.annotate(str(cluster + 1), spot, (2.5, 1.5), textcoords="offset points", size=SMALL)
    top = max(ax.get_xlim()[1], ax.get_ylim()[1], 0.1)
    ax.plot([0, top], [0, top], color="0.8", lw=0.6, zorder=0)
    ax.set_xlim(0, top)
    ax.set_ylim(0, top)
    names = {"stim": "stimulus", "go": "go", "delay": "delay"}
    ax.set_xlabel(f"Mean in {names[x]} epochs")
    ax.set_ylabel(f"Mean in {names[y]} epochs")
    few_ticks(ax, "x", 4)
    few_ticks(ax, "y", 4)
