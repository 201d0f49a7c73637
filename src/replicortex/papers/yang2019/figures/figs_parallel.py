"""Supplementary figure: is it trivial that changes of task are parallel?"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from replicortex.papers.yang2019.figures.plane_panels import ARROW, changes
from replicortex.papers.yang2019.shared import DISTINCT
from replicortex.report import style
from replicortex.report.checks import Tables, networks, of
from replicortex.report.components import few_ticks, note
from replicortex.report.style import TITLES, Setting, letter, place

SPACES = {"activity": "Task vectors", "rules": "Rule weights"}
_SHUFFLED = "0.72"
_FIRST, _ROW, _PANEL = 0.85, 2.05, (1.6, 1.3)  # inches


@style.styled
def figs_parallel(populations: Mapping[str, Tables], setting: Setting) -> Figure:
    """Compare cosines between changes of task: a-c task vectors, d-f rule weights (a column per set), g distances.

    In each panel a place for every population: dots are networks as the paper assigns the tasks, with their median;
    grey dots beside them the five other assignments of the four tasks.
    """
    first = next(iter(populations.values()))["parallelism"]
    sets = list(dict.fromkeys(first["set"]))
    title = "Figure S  Are parallel changes of task trivial?"
    footer = style.provenances(populations, setting)
    populations = {setting.of(name).experiment: tables for name, tables in populations.items()}
    height = _FIRST + (len(SPACES) + 1) * _ROW - 0.15
    figure = style.page(title, height, setting, footer)
    names = iter("abcdefghijklmnopqrstuvwxyz")
    for row, (space, caption) in enumerate(SPACES.items()):
        for column, name in enumerate(sets):
            left, top = 0.6 + 2.25 * column, _FIRST + row * _ROW
            letter(figure, next(names), left - 0.5, top - 0.3, caption if column == 0 else "")
            ax = place(figure, left, top, *_PANEL)
            shown = {label: of(tables["parallelism"], space=space, set=name) for label, tables in populations.items()}
            _cosines(ax, shown)
            ax.set_title("\n".join(_told(change) for change in changes(first, name)), linespacing=1.1)
            if column == 0:
                ax.set_ylabel("Cosine, all units")
    top = _FIRST + len(SPACES) * _ROW
    letter(figure, next(names), 0.1, top - 0.12, "The two nearest tasks")
    _nearest(place(figure, 0.6, top, *_PANEL), populations)
    _key(place(figure, 2.85, top, 4.0, _PANEL[1]))
    return figure


def _told(change: tuple[str, str]) -> str:
    return f"{TITLES[change[0]]} {ARROW} {TITLES[change[1]]}"


def _places(ax: Axes, labels: list[str]) -> None:
    """One place for each population."""
    ax.set_xlim(-0.6, len(labels) - 0.4)
    ax.set_xticks(range(len(labels)), [label.replace("_", "\n") for label in labels])
    ax.tick_params(axis="x", length=0)


def _cosines(ax: Axes, populations: Mapping[str, pd.DataFrame]) -> None:
    for x, rows in enumerate(populations.values()):
        paper = _finite(of(rows, kind="paper")["cosine"])
        _swarm(ax, x + 0.22, _finite(of(rows, kind="shuffled")["cosine"]), _SHUFFLED, 0.12)
        _swarm(ax, x - 0.15, paper, _colour(x), 0.1)
        if len(paper):
            ends = [x - 0.35, x + 0.05]
            ax.plot(ends, [np.median(paper)] * 2, color=_colour(x), lw=1.6, solid_capstyle="butt", zorder=4)
        lacking = rows["network"].nunique() - len(paper)
        if lacking or rows.empty:
            note(ax, (x + 0.6) / len(populations), 0.02, f"{lacking or 'all'}\nwithout", "center", back="white")
    _places(ax, list(populations))
    ax.set_ylim(-1.05, 1.05)
    ax.set_yticks([-1, 0, 1])
    ax.axhline(0, color="0.8", lw=0.6, zorder=0)


def _finite(values: pd.Series) -> NDArray[np.float64]:
    numbers = values.to_numpy(float)
    return numbers[np.isfinite(numbers)]


def _colour(place_: int) -> str:
    palette = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
    return palette[place_ % len(palette)]


def _swarm(ax: Axes, x: float, values: NDArray[np.float64], colour: str, half: float) -> None:
    """Dots side by side in the order of the networks."""
    spread = np.linspace(-half, half, len(values)) if len(values) > 1 else np.zeros(len(values))
    ax.plot(x + spread, values, "o", color=colour, ms=2.4, mew=0, alpha=0.7, clip_on=False)


def _nearest(ax: Axes, populations: Mapping[str, Tables]) -> None:
    top = 2 * DISTINCT
    for x, tables in enumerate(populations.values()):
        table = tables["task_distances"]
        ratio = (table["distance"] / table["within"]).replace([np.inf, -np.inf], np.nan)
        smallest = ratio.groupby(table["network"]).min().dropna().to_numpy(float)
        _swarm(ax, x, smallest, _colour(x), 0.12)
        if len(smallest):
            ax.plot([x - 0.25, x + 0.25], [np.median(smallest)] * 2, color=_colour(x), lw=1.6, solid_capstyle="butt")
            top = max(top, float(smallest.max()))
        if len(smallest) < len(networks(tables)):
            missing = len(networks(tables)) - len(smallest)
            note(ax, (x + 0.6) / len(populations), 0.02, f"{missing}\nwithout", "center", back="white")
    _places(ax, list(populations))
    ax.set_ylim(0, 1.08 * top)
    ax.axhline(1, color="0.75", lw=0.6, zorder=0)
    ax.axhline(DISTINCT, color="0.75", lw=0.6, ls=(0, (2, 2)), zorder=0)
    few_ticks(ax, "y", 4)
    ax.set_ylabel("Distance / same task twice")


def _key(ax: Axes) -> None:
    ax.axis("off")
    ax.set_xlim(0, 4)
    ax.set_ylim(0, 1.3)
    ax.plot([0.05, 0.12, 0.19], [1.2] * 3, "o", color=_colour(0), ms=2.4, mew=0, alpha=0.7)
    ax.text(0.3, 1.2, "networks, tasks assigned as in the paper; bar: median", va="center")
    ax.plot([0.05, 0.12, 0.19], [1.02] * 3, "o", color=_SHUFFLED, ms=2.4, mew=0)
    ax.text(0.3, 1.02, "the same networks, tasks assigned otherwise (five ways; mean with the first 0)", va="center")
    ax.plot([0.03, 0.21], [0.84] * 2, color="0.75", lw=0.6, ls=(0, (2, 2)))
    ax.text(0.3, 0.84, "limit of the claim that tasks are distinct (row S8); solid line: not distinct", va="center")
    told = (
        "Networks that were never taught a task are shown its trials with its rule input all the same. If changes of "
        "task were parallel there too, or tasks distinct, it would say nothing about learning."
    )
    ax.text(0.0, 0.66, textwrap.fill(told, 88), va="top", linespacing=1.2, color="0.35")
