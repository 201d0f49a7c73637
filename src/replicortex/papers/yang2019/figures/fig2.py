"""Figure 2: clusters of units and what their loss does (Yang et al. 2019, Fig. 2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from replicortex.papers.yang2019.families import ANTI, NOT_ANTI
from replicortex.papers.yang2019.figures import clusters
from replicortex.papers.yang2019.shared import ANTI_MEAN_DROP, OTHER_MEAN_DROP, anti_margins
from replicortex.report import style
from replicortex.report.checks import Tables, networks, of
from replicortex.report.components import (
    cluster_strip,
    colour_bar,
    example_name,
    family_lines,
    few_ticks,
    heat,
    note,
    number_of,
    task_axis,
    task_matrix,
)
from replicortex.report.style import FAMILY, FAMILY_COLOUR, TASK_ORDER, Setting, letter, place

_HEIGHT = 9.15
_C_TOP, _E_TOP = 2.78, 6.05
_LIMIT = 0.5  # colour limits of the lesion map, as in the paper


@style.styled
def fig2(tables: Tables, setting: Setting) -> Figure:
    """Draw Figure 2: a one unit in Go, b its task variances, c clusters, d t-SNE, e lesions.

    Variances in squared rate units, performance as a fraction, times in ms.
    """
    labels = networks(tables)
    title = "Figure 2  Clusters of units, and what their loss does"
    figure = style.page(title, _HEIGHT, setting, style.provenance(tables, setting))
    names = ("unit_trace", "task_variance", "units", "lesions")
    example = {name: of(tables[name], network=labels[0]) for name in names}
    letter(figure, "a", 0.08, 0.52, f"One unit in Go ({example_name(labels)})")
    _trace(figure, example["unit_trace"])
    letter(figure, "b", 2.75, 0.52, "The same unit in all tasks")
    _unit_variance(figure, example["task_variance"], int(example["unit_trace"]["unit"].iloc[0]))
    active = int(example["units"]["active"].sum())
    letter(figure, "c", 0.08, _C_TOP - 0.12, f"Clusters: {active} active of {len(example['units'])} units")
    _variance_map(figure, example)
    _numbers(figure, tables, labels)
    letter(figure, "d", 0.08, _E_TOP - 0.12, "t-SNE")
    clusters.embedding(place(figure, 0.3, _E_TOP, 1.5, 2.1), example["units"])
    trials = int(example["lesions"]["n_trials"].min())
    letter(figure, "e", 1.95, _E_TOP - 0.12, f"Effect of losing one cluster ({trials} trials per cell)")
    _lesion_maps(figure, example["lesions"])
    _anti(figure, tables["lesions"], labels)
    return figure


def _trace(figure: Figure, trace: pd.DataFrame) -> None:
    """Panel a: rate in every test trial, coloured by stimulus direction; modality 2 dashed."""
    ax = place(figure, 0.5, 0.68, 1.5, 1.3)
    dashes = {
        modality: dash for modality, dash in zip(sorted(trace["modality"].unique()), ("-", (0, (2, 1))), strict=False)
    }
    for _, part in trace.groupby("trial"):
        part = part.sort_values("time_ms")
        direction, modality = part[["direction", "modality"]].iloc[0]
        colour = style.CYCLIC(direction / (2 * np.pi))
        ax.plot(part["time_ms"] / 1000, part["rate"], color=colour, lw=0.6, ls=dashes[modality], alpha=0.9)
    ax.set_xlim(trace["time_ms"].min() / 1000, trace["time_ms"].max() / 1000)
    ax.set_ylim(bottom=min(0.0, float(trace["rate"].min())))
    ax.set_title("solid: mod 1, dashed: mod 2", fontsize=style.SMALL)
    ax.set_xlabel("Time in trial (s)")
    ax.set_ylabel(f"Rate of unit {int(trace['unit'].iloc[0])} (a.u.)")
    few_ticks(ax, "x", 4)
    few_ticks(ax, "y", 4)
    bar = place(figure, 2.1, 0.78, 0.07, 1.1)
    bar.imshow(
        np.linspace(0, 1, 128)[:, None],
        aspect="auto",
        origin="lower",
        extent=(0, 1, 0, 360),
        cmap=style.CYCLIC,
    )
    bar.set_xticks([])
    bar.yaxis.tick_right()
    bar.set_yticks([0, 180, 360], ["0", "180", "360°"])
    bar.set_title("Dir.", pad=3, fontsize=style.SMALL)


def _unit_variance(figure: Figure, variance: pd.DataFrame, unit: int) -> None:
    """Panel b: task variance of the unit of panel a."""
    ax = place(figure, 3.2, 0.68, 3.75, 0.98)
    values = of(variance, unit=unit).set_index("task")["variance"].reindex(list(TASK_ORDER))
    ax.bar(range(len(values)), values, color=[FAMILY_COLOUR[FAMILY[task]] for task in TASK_ORDER], width=0.75)
    task_axis(ax, vertical=False, width=0.05, gap=0.03)
    ax.set_ylabel("Task variance")
    ax.set_ylim(bottom=0)
    few_ticks(ax, "y", 3)


def _variance_map(figure: Figure, example: dict[str, pd.DataFrame]) -> None:
    """Panel c, left: normalised task variance, tasks by units sorted by cluster."""
    ax = place(figure, 1.12, _C_TOP, 3.55, 2.55)
    order = clusters.sorted_units(example["units"])
    image = heat(ax, clusters.normalised(task_matrix(example["task_variance"], "unit", "variance"), order), (0, 1))
    task_axis(ax, width=0.02, gap=0.008)
    family_lines(ax)
    ax.set_xticks([])
    labels = order["cluster"].to_numpy()
    for edge in np.flatnonzero(np.diff(labels)) + 0.5:
        ax.axvline(edge, color="white", lw=0.8)
    cluster_strip(ax, labels)
    ax.set_xlabel("Units, sorted by cluster", labelpad=27)
    colour_bar(figure, image, (4.74, _C_TOP + 0.75, 0.07, 1.05), "Normalised task variance", [0, 0.5, 1])


def _numbers(figure: Figure, tables: Tables, labels: tuple[str, ...]) -> None:
    """Panel c, right: silhouette curves, and the best k of every network."""
    ax = place(figure, 5.62, _C_TOP, 1.33, 1.0)
    clusters.silhouette_curves(ax, tables["silhouette"], tables["cluster_number"], labels)
    ax.set_xlabel("")
    ax.text(
        0.98,
        0.06,
        "rotated control",
        transform=ax.transAxes,
        ha="right",
        color="#A66F00",
        fontsize=style.SMALL,
    )
    below = place(figure, 5.62, _C_TOP + 1.42, 1.33, 1.13)
    clusters.best_numbers(below, tables["cluster_number"], labels)
    below.set_title(f"Best k, {number_of(len(labels), 'network')}")


@dataclass(frozen=True)
class _Map:
    """A map of panel e: which measure's change, where it stands (inches), how many cluster numbers it has room for."""

    measure: str
    left: float
    width: float
    numbers: int


_MAPS = (_Map("performance", 2.87, 1.4, 9), _Map("loss", 4.38, 1.0, 7))


def _lesion_maps(figure: Figure, lesions: pd.DataFrame) -> None:
    """Panel e, left and middle: change of performance and of the loss, tasks by lesioned cluster of the example."""
    sizes = lesions.drop_duplicates("cluster")["n_units"]
    span = f"{sizes.min()}-{sizes.max()}" if sizes.min() < sizes.max() else f"{sizes.min()}"
    for shown in _MAPS:
        ax = _change_map(figure, lesions, shown)
        if shown is _MAPS[0]:
            task_axis(ax, width=0.04, gap=0.015)
            ax.set_xlabel(f"Lesioned cluster ({span} units)")
        else:
            ax.set_yticks([])
            ax.set_xlabel("Lesioned cluster")


def _change_map(figure: Figure, lesions: pd.DataFrame, shown: _Map) -> Axes:
    """Lesioned minus intact, with its colour bar below."""
    change = lesions.assign(change=lesions[f"{shown.measure}_lesioned"] - lesions[f"{shown.measure}_intact"])
    matrix = task_matrix(change, "cluster", "change")
    values = matrix.to_numpy(dtype=float)
    limit = _LIMIT if shown.measure == "performance" else _rounded_limit(values)
    ax = place(figure, shown.left, _E_TOP, shown.width, 2.1)
    image = heat(ax, values, (-limit, limit), diverging=True)
    family_lines(ax, colour="0.75")
    step = int(np.ceil(len(matrix.columns) / shown.numbers))
    ax.set_xticks(range(0, len(matrix.columns), step), [str(int(c) + 1) for c in matrix.columns][::step])
    ax.tick_params(axis="x", length=0)
    box = (shown.left + 0.1, _E_TOP + 2.52, shown.width - 0.2, 0.07)
    colour_bar(figure, image, box, f"Change in {shown.measure}", [-limit, 0, limit], horizontal=True)
    return ax


def _rounded_limit(values: NDArray[np.float64]) -> float:
    """A round number that about a hundredth of the sizes exceed; the loss has no scale of its own."""
    high = max(float(np.nanquantile(np.abs(values), 0.99)), 1e-6)
    power = 10.0 ** np.floor(np.log10(high))
    return float(power * np.ceil(high / power))


def _anti(figure: Figure, lesions: pd.DataFrame, labels: tuple[str, ...]) -> None:
    """Panel e, right: every lesion of every network, Anti tasks against all others."""
    ax = place(figure, 6.03, _E_TOP + 0.2, 0.96, 1.9)
    change = lesions.assign(change=lesions["performance_lesioned"] - lesions["performance_intact"])
    wide = change.pivot(index=["network", "cluster"], columns="task", values="change")
    special = anti_margins(lesions).reindex(wide.index) > 0
    x, y = wide[list(ANTI)].mean(axis=1), wide[list(NOT_ANTI)].mean(axis=1)
    own = wide.index.get_level_values("network") == labels[0]
    _points(ax, x[~own], y[~own], special[~own], style.OTHERS)
    _points(ax, x[own], y[own], special[own], style.EXAMPLE)
    for limit, line in ((-ANTI_MEAN_DROP, ax.axvline), (-OTHER_MEAN_DROP, ax.axhline)):
        line(limit, color="0.6", lw=0.6, ls=(0, (2, 2)), zorder=0)
    ax.set_xlim(min(-0.5, float(x.min())) * 1.08, 0.12)
    ax.set_ylim(min(-0.4, float(y.min())) * 1.6, 0.12)
    ax.set_xlabel("Change, 3 Anti tasks")
    ax.set_ylabel("Change, 17 other tasks", labelpad=1)
    few_ticks(ax, "x", 3)
    few_ticks(ax, "y", 4)
    with_cluster = int(special.groupby("network").any().reindex(list(labels), fill_value=False).sum())
    ax.set_title(f"Anti cluster in {with_cluster} of {len(labels)}", pad=3)
    note(ax, 0.04, 0.03, "filled: Anti cluster\nblack: example\ngrey: other networks", back="white")


def _points(ax: Axes, x: pd.Series, y: pd.Series, filled: pd.Series, colour: str) -> None:
    for keep, face in ((~filled, "none"), (filled, colour)):
        ax.scatter(x[keep], y[keep], s=9, facecolors=face, edgecolors=colour, linewidths=0.6)
