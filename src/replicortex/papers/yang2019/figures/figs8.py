"""Figure S8: all tasks together in state space (Yang et al. 2019, Supplementary Fig. 8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.papers.yang2019.shared import DISTINCT
from replicortex.report import style
from replicortex.report.checks import Tables, networks, of
from replicortex.report.components import (
    colour_bar,
    example_name,
    family_lines,
    few_ticks,
    heat,
    network_axis,
    number_of,
    task_axis,
)
from replicortex.report.style import FAMILIES, FAMILY, FAMILY_COLOUR, TASK_ORDER, TITLES, Setting, letter, place

_HEIGHT, _SECOND = 6.7, 3.7
_MARKERS = "osD^v"  # within a family
_NAMED = 6  # networks: the nearest tasks of more have no room for names


@style.styled
def figs8(tables: Tables, setting: Setting) -> Figure:
    """Draw Figure S8: a all task vectors of the example in a plane, b distances between tasks, c the nearest tasks.

    RT Go and RT Anti have no stimulus before the go signal and therefore no vector.
    """
    labels = networks(tables)
    title = "Figure S8  All tasks in state space"
    figure = style.page(title, _HEIGHT, setting, style.provenance(tables, setting))
    points = of(tables["task_planes"], set="all", network=labels[0])
    letter(figure, "a", 0.08, 0.52, f"{len(points)} task vectors of network {example_name(labels)}")
    _plane(place(figure, 0.5, 0.65, 2.4, 2.4), points)
    ratios = tables["task_distances"].assign(ratio=lambda table: table["distance"] / table["within"])
    ratios = ratios.replace([np.inf, -np.inf], np.nan)
    told = f"median of {number_of(len(labels), 'network')}" if len(labels) > 1 else "one network"
    letter(figure, "b", 0.08, _SECOND - 0.12, f"Distance between tasks / between two measurements of one ({told})")
    _matrix(figure, ratios)
    letter(figure, "c", 5.1, _SECOND - 0.12, "The two nearest tasks")
    _nearest(place(figure, 5.6, _SECOND, 1.38, 2.0), ratios, labels)
    return figure


def _plane(ax: Axes, points: pd.DataFrame) -> None:
    """Colours tell the families, markers the tasks of a family."""
    for family in FAMILIES:
        tasks = [task for task in TASK_ORDER if FAMILY[task] == family]
        for task, marker in zip(tasks, _MARKERS, strict=False):
            row = of(points, task=task)
            absent = " (no vector)" if row.empty else ""
            look: Any = {"color": FAMILY_COLOUR[family], "ms": 4.5, "mec": "white", "mew": 0.4, "ls": "none"}
            ax.plot(row["x"], row["y"], marker, label=f"{TITLES[task]}{absent}", **look)
    ax.axhline(0, color="0.88", lw=0.6, zorder=0)
    ax.axvline(0, color="0.88", lw=0.6, zorder=0)
    ax.margins(0.1)
    ax.set_aspect("equal", adjustable="datalim")
    few_ticks(ax, "x", 4)
    few_ticks(ax, "y", 4)
    explained = float(points["explained"].iloc[0])
    share = f", {100 * explained:.0f} % of variance" if np.isfinite(explained) else ""
    ax.set_xlabel(f"PC 1 (a.u.){share}")
    ax.set_ylabel("PC 2 (a.u.)")
    ax.legend(loc="center left", bbox_to_anchor=(1.08, 0.5), ncols=2, labelspacing=0.55, columnspacing=2.0)


def _matrix(figure: Figure, ratios: pd.DataFrame) -> None:
    """Median ratio over networks, tasks by tasks, on a logarithmic scale; grey where there is none."""
    both = pd.concat([ratios, ratios.rename(columns={"task_1": "task_2", "task_2": "task_1"})])
    wide = both.groupby(["task_1", "task_2"])["ratio"].median().unstack()
    values = np.log10(wide.reindex(index=list(TASK_ORDER), columns=list(TASK_ORDER)).to_numpy(float))
    ax = place(figure, 1.3, _SECOND, 2.75, 2.0)
    low, high = (float(end(values)) if np.isfinite(values).any() else 0.0 for end in (np.nanmin, np.nanmax))
    low, high = max(0.0, low), max(0.1, high)
    image = heat(ax, values, (low, high))
    task_axis(ax, vertical=False, width=0.03, gap=0.015)
    task_axis(ax, width=0.02, gap=0.01)
    family_lines(ax)
    family_lines(ax, vertical=False)
    ticks = [tick for tick in (1, 2, 5, 10, 20, 50, 100, 200, 500) if low <= np.log10(tick) <= high]
    box = (4.18, _SECOND + 0.4, 0.08, 1.2)
    bar = colour_bar(figure, image, box, "Ratio", [float(np.log10(tick)) for tick in ticks])
    bar.set_ticklabels([str(tick) for tick in ticks])


def _nearest(ax: Axes, ratios: pd.DataFrame, labels: Sequence[str]) -> None:
    """The smallest ratio of each network and its two tasks."""
    shown = []
    for y, label in enumerate(labels):
        own = of(ratios, network=label).dropna(subset="ratio")
        if own.empty:
            continue
        row = own.nsmallest(1, "ratio").iloc[0]
        shown.append(float(row["ratio"]))
        ax.plot(shown[-1], y, "o", color=style.EXAMPLE if y == 0 else "0.55", ms=3, clip_on=False)
        if len(labels) <= _NAMED:
            names = ", ".join(TITLES[str(row[name])] for name in ("task_1", "task_2"))
            ax.annotate(names, (DISTINCT, y), (3, 5), textcoords="offset points", va="bottom", color="0.35")
    ax.set_xlim(0, 1.1 * max([*shown, 2 * DISTINCT]))
    network_axis(ax, labels)
    ax.axvline(1, color="0.75", lw=0.6, zorder=0)
    ax.axvline(DISTINCT, color="0.75", lw=0.6, ls=(0, (2, 2)), zorder=0)
    few_ticks(ax, "x", 4)
    ax.set_xlabel("Ratio (1: not distinct)")
