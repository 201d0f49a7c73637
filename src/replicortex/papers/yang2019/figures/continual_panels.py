"""Panels on tasks learnt one after the other: the method, final performance, curves (Yang et al. 2019, Fig. 8)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, Rectangle

from replicortex.analysis.learning import last_evaluation
from replicortex.papers.yang2019.figures.mixing_panels import Condition
from replicortex.random_streams import generator
from replicortex.report import style
from replicortex.report.checks import of
from replicortex.report.components import few_ticks, note
from replicortex.report.intervals import difference_of_groups
from replicortex.report.learning import PLAIN, trials_axis
from replicortex.report.style import FAMILY, FAMILY_COLOUR, TITLES, place

_FORMULAE = (
    ("credit for the loss that a weight took away", "$\\omega \\leftarrow \\omega - g\\,\\Delta\\theta$"),
    (
        "importance, when a block ends",
        "$\\Omega \\leftarrow \\max(0,\\, \\Omega + \\omega\\,/\\,[(\\theta-\\tilde\\theta)^2 + \\xi])$",
    ),
    ("loss in the next block", "$L + c\\,\\sum\\, \\Omega\\,(\\theta - \\tilde\\theta)^2$"),
)
_OLD, _NEW = "#0072B2", "#009E73"  # where the loss of the first and of the second task is low
_CONTINUAL = "#D55E00"


def method(ax: Axes) -> None:
    """Panel a: two tasks in the plane of two weights, the two ways from one to the other, and the penalty.

    Axes of 3.3 x 1.75 inches; g is the gradient of the loss without penalty, the tilde marks the weights at the start
    of a block.
    """
    ax.set_xlim(0, 3.3)
    ax.set_ylim(0, 1.75)
    ax.axis("off")
    text: Any = {"fontsize": style.SMALL, "va": "center"}
    _plane(ax, text)
    for i, (words, formula) in enumerate(_FORMULAE):
        y = 1.55 - 0.55 * i
        ax.text(1.62, y, words, color="0.3", **text)
        ax.text(1.68, y - 0.2, formula, fontsize=7.5, va="center")


def _plane(ax: Axes, text: dict[str, Any]) -> None:
    """Where each task's loss is low, and the ways that training takes from the first to the second."""
    start, traditional, continual = (0.36, 1.18), (1.08, 0.6), (1.02, 1.14)
    for centre, size, colour in (((0.68, 1.18), (1.16, 0.36), _OLD), ((1.08, 0.72), (0.44, 1.16), _NEW)):
        for scale in (1.0, 0.55):
            width, height = (scale * extent for extent in size)
            ax.add_patch(Ellipse(centre, width, height, facecolor=colour, alpha=0.22, lw=0))
    for end, colour in ((traditional, PLAIN), (continual, _CONTINUAL)):
        ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "lw": 1.4, "color": colour, "shrinkB": 1})
    ax.plot(*start, "o", color="black", ms=3.5, zorder=5)
    ax.text(0.1, 1.46, "task 1 solved", color=_OLD, **text)
    ax.text(0.84, 0.24, "task 2\nsolved", color="#00684C", ha="right", linespacing=1.0, **text)
    ax.text(0.57, 0.84, "traditional", color="0.35", ha="right", **text)
    ax.text(0.66, 1.25, "continual", color="#A64A00", ha="center", **text)
    for end in ((1.45, 0.0), (0.0, 1.62)):
        ax.annotate("", end, (0.0, 0.0), arrowprops={"arrowstyle": "->", "lw": 0.7, "shrinkA": 0, "shrinkB": 0})
    ax.text(0.72, -0.09, "weight that matters little", ha="center", **text)
    ax.text(-0.09, 0.8, "weight that matters", rotation=90, ha="center", **text)


def final_performance(figure: Figure, box: tuple[float, float, float], history: pd.DataFrame, tasks: list[str],
                      conditions: list[Condition]) -> None:  # fmt: skip
    """Panel b: final performance, a line per network, medians of those that passed in bold; below, what others gain.

    `box` is left, top and width in inches; the height is 2. A gain is the difference of medians between a condition
    and the first one, with its 95 % interval; networks of two conditions have nothing in common and are not paired.
    """
    left, top, width = box
    final = last_evaluation(history)[tasks]
    ax, below = place(figure, left, top, width, 1.15), place(figure, left, top + 1.25, width, 0.5)
    shifts = (np.arange(len(conditions)) - (len(conditions) - 1) / 2) * 0.12
    positions = np.arange(len(tasks))
    for condition, shift in zip(conditions, shifts, strict=True):
        own = final.loc[condition.group.passed].to_numpy(dtype=float)
        others = final.loc[condition.group.failed].to_numpy(dtype=float)
        ax.plot(positions, others.T, color=condition.colour, lw=0.5, alpha=0.6, ls=(0, (1, 1.5)))
        ax.plot(positions, own.T, color=condition.colour, lw=0.5, alpha=0.45)
        if len(own):
            ax.plot(positions, np.median(own, axis=0), "o-", color=condition.colour, lw=1.5, ms=2.6)
        if condition is not conditions[0]:
            _gains(below, final, conditions[0], condition, positions + shift)
    for axes in (ax, below):
        axes.set_xlim(-0.4, len(tasks) - 0.6)
        axes.set_xticks(positions, [])
    ax.set_ylim(-0.03, 1.05)
    ax.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
    ax.set_ylabel("Final performance")
    below.axhline(0, color="0.6", lw=0.6, zorder=0)
    below.set_ylabel("Gain")
    few_ticks(below, "y", 3)
    below.set_xticks(positions, [TITLES[task].replace(" ", "\n", 1) for task in tasks])
    for label, task in zip(below.get_xticklabels(), tasks, strict=True):
        label.set_color(FAMILY_COLOUR[FAMILY[task]])
    if any(condition.group.failed for condition in conditions):
        note(ax, 0.02, 0.02, "dotted: networks that did not pass", back="white")


def _gains(ax: Axes, final: pd.DataFrame, plain: Condition, other: Condition, x: np.ndarray) -> None:
    """Difference of medians per task with its interval; nothing where a condition has no network."""
    if not (plain.group.passed and other.group.passed):
        note(ax, 0.5, 0.6, f"no network passed: {(other if plain.group.passed else plain).name}", "center")
        return
    for position, task in zip(x, final.columns, strict=True):
        own, compared = (final.loc[each.group.passed, task] for each in (other, plain))
        found = difference_of_groups(own, compared, generator("fig8", other.name, str(task)))
        ax.plot([position] * 2, [found.low, found.high], color=other.colour, lw=1.0)
        ax.plot(position, found.value, "o", color=other.colour, ms=3)


def curves(figure: Figure, box: tuple[float, float, float, float], history: pd.DataFrame, blocks: pd.DataFrame,
           conditions: list[Condition]) -> None:  # fmt: skip
    """Panel c: performance over trials, a row per task, one network of each condition; the box is the task's own block.

    `box` is left, top, width and height in inches. The network is the first that passed, or the first if none did.
    """
    left, top, width, height = box
    examples = [each.example for each in conditions]
    own = blocks[blocks["network"] == examples[0]].sort_values(["block", "start_trials"], kind="stable")
    end = max(float(history["trials"].max()), 1.0)
    step = height / len(own)
    periods = zip(
        own["task"].astype(str), own["start_trials"].astype(float), own["stop_trials"].astype(float), strict=True
    )
    for i, (task, start, stop) in enumerate(periods):
        ax = place(figure, left, top + i * step, width, 0.78 * step)
        box_look: Any = {"facecolor": "#F0E442", "alpha": 0.35, "ec": "0.4", "lw": 0.5}
        ax.add_patch(Rectangle((start, -0.02), stop - start, 1.06, **box_look))
        for condition, network in zip(conditions, examples, strict=True):
            curve = of(history, network=network, task=task).sort_values("trials")
            ax.plot(curve["trials"], curve["performance"], color=condition.colour, lw=1.0)
        ax.set_ylim(-0.06, 1.08)
        ax.set_yticks([0, 1], ["0", "1"])
        trials_axis(ax, end, 6, label=i == len(own) - 1)
        ax.tick_params(labelbottom=i == len(own) - 1)
        name: Any = {"rotation": 0, "ha": "right", "va": "center", "labelpad": 3, "color": FAMILY_COLOUR[FAMILY[task]]}
        ax.set_ylabel(TITLES[task].replace(" ", "\n", 1), **name)
