"""Supplementary figure: the units of the Anti tasks (after the program of Yang et al. 2019; not printed there)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.papers.yang2019.figures import group_panels
from replicortex.papers.yang2019.figures.group_panels import ANTI
from replicortex.report import style
from replicortex.report.checks import Tables, networks, of
from replicortex.report.components import example_name, family_strip, few_ticks, note
from replicortex.report.style import FAMILY, TASK_ORDER, TITLES, Setting, letter, place

LIMIT = 0.5  # share of variance from which on a unit is an Anti unit
ANTI_TASKS = tuple(task for task in TASK_ORDER if FAMILY[task] == "Anti")
_HEIGHT = 7.05
_ROWS = (0.78, 2.88, 4.98)


@style.styled
def figs_anti(tables: Tables, setting: Setting) -> Figure:
    """Draw the Anti units: a which they are, b what is lost without them, c tuning, d connections, e rule inputs."""
    labels = networks(tables)
    figure = style.page("Figure S  Units of the Anti tasks", _HEIGHT, setting, style.provenance(tables, setting))
    counts = group_panels.sizes(of(tables["anti_units"], network=labels[0]), ANTI)
    a, b, c = _ROWS
    caption = f"Variance in the Anti tasks ({example_name(labels)}; grey: others, median and range)"
    letter(figure, "a", 0.08, a - 0.26, caption)
    _histogram(place(figure, 0.5, a, 2.6, 1.25), tables["anti_units"], labels, counts)
    letter(figure, "b", 3.6, a - 0.26, "Performance without them, and without as many others")
    _lesions(figure, tables["anti_lesions"], labels, a)
    letter(figure, "c", 0.08, b - 0.26, "Weights, each unit turned to the direction it prefers in its input")
    _tuning(figure, tables["anti_tuning"], labels, b)
    letter(figure, "d", 4.95, b - 0.26, "Recurrent weights, like preference")
    dots = place(figure, 5.45, b, 1.5, 1.25)
    group_panels.connection_dots(dots, tables["anti_connections"], labels, ANTI)
    dots.set_title("black: example")
    letter(figure, "e", 0.08, c - 0.14, "Weights from rule inputs (dots: medians of other networks)")
    _rules(place(figure, 0.5, c, 6.45, 1.05), tables["anti_rules"], labels, counts)
    return figure


def _histogram(ax: Axes, table: pd.DataFrame, labels: tuple[str, ...], counts: dict[str, int]) -> None:
    """Panel a: the part of each active unit's variance that is in the three Anti tasks."""
    ax.axvspan(LIMIT, 1, color=ANTI[0].colour, alpha=0.12, lw=0, zorder=0)
    group_panels.fractions(ax, table, "share", labels, 20)
    ax.set_ylim(bottom=0.4 / max(sum(counts.values()), 1), top=1.0)
    ax.set_yscale("log")
    ax.set_xlabel("Variance in the 3 Anti tasks, of that in all 20")
    ax.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    ax.set_ylabel("Share of active units (log)")
    text = f"{counts['anti']} Anti units\nof {sum(counts.values())} active"
    ax.text(0.99, 0.97, text, transform=ax.transAxes, ha="right", va="top", color=ANTI[0].colour)


def _lesions(figure: Figure, table: pd.DataFrame, labels: tuple[str, ...], top: float) -> None:
    """Panel b: mean performance in the Anti and in the other tasks; random groups show every draw."""
    titles = {"intact": "Intact", "anti": "Without\nAnti units", "random": "Without\nas many\nothers"}
    for i, (is_anti, title) in enumerate(((True, "3 Anti tasks"), (False, "17 other tasks"))):
        ax = place(figure, 4.05 + 1.55 * i, top, 1.35, 1.25)
        shown = table[table["task"].isin(ANTI_TASKS) == is_anti]
        scores = shown.groupby(["lesion", "network", "draw"])["performance"].mean()
        for x, lesion in enumerate(titles):
            draws = scores.xs(lesion).unstack("draw").reindex(list(labels))
            values = draws.to_numpy(dtype=float)
            if lesion == "random":
                spread = np.linspace(-0.25, 0.25, len(labels) + 2)[1:-1]
                for place_, own in zip(spread, values, strict=True):
                    own = own[np.isfinite(own)]
                    first = place_ == spread[0]
                    look: Any = {"color": style.EXAMPLE if first else style.OTHERS, "alpha": 0.7, "mew": 0, "ms": 2.2}
                    ax.plot(np.full(len(own), x + place_), own, "o", clip_on=False, **look)
                continue
            group_panels.points(ax, x, values[:, 0], style.OTHERS)
        ax.set_xticks(range(len(titles)), list(titles.values()))
        ax.tick_params(axis="x", length=0)
        ax.set_xlim(-0.5, len(titles) - 0.5)
        ax.set_ylim(0, 1.03)
        ax.set_yticks([0, 0.5, 1], ["0", "0.5", "1"] if not i else [])
        ax.set_title(title)
        if not i:
            ax.set_ylabel("Mean performance")


def _tuning(figure: Figure, table: pd.DataFrame, labels: tuple[str, ...], top: float) -> None:
    """Panel c: input and output weights of both groups."""
    for left, weights, title in ((0.5, "input", "Input (mean of both rings)"), (2.75, "output", "Output")):
        ax = place(figure, left, top, 1.85, 1.25)
        group_panels.tuning(ax, table, weights, labels, ANTI)
        ax.set_title(title)
        ax.set_xlabel("From preferred input (direction)")
        if weights == "input":
            ax.set_ylabel("Weight")
            ax.legend(loc="upper left")
            ax.set_ylim(top=1.35 * ax.get_ylim()[1])
    empty = group_panels.empty_note(ANTI, group_panels.tuned(table, labels[0], ANTI))
    if empty:
        note(ax, 0.03, 0.9, empty)


def _rules(ax: Axes, table: pd.DataFrame, labels: tuple[str, ...], counts: dict[str, int]) -> None:
    """Panel e: all twenty rules."""
    group_panels.rule_boxes(ax, table, TASK_ORDER, labels, ANTI)
    ax.set_xticks(range(len(TASK_ORDER)), [TITLES[task] for task in TASK_ORDER], rotation=90)
    ax.tick_params(axis="x", length=0, pad=6)
    family_strip(ax, TASK_ORDER, vertical=False, width=0.035, gap=0.02)
    group_panels.legend(ax, ANTI, counts, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2)
    few_ticks(ax, "y", 4)
