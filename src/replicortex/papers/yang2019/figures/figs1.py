"""Figure S1: one sample trial of every task (Yang et al. 2019, Supplementary Fig. 1)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from replicortex.report import style
from replicortex.report.checks import Tables, networks, of
from replicortex.report.components import (
    colour_bar,
    example_name,
    grid,
    level_line,
    ring_axis,
    ring_map,
    row_label,
)
from replicortex.report.style import FAMILIES, FAMILY, FAMILY_COLOUR, TASK_ORDER, TITLES, Setting, place

_HEIGHT = 8.85
_LEFT, _TOP, _WIDTH, _ACROSS, _DOWN = 1.08, 0.62, 1.05, 1.19, 1.6
# Rows of a task: label, height in inches, gap below in inches.
_ROWS = (("Fixation in", 0.11, 0.04), ("Stimulus mod 1", 0.25, 0.04), ("Stimulus mod 2", 0.25, 0.07),
         ("Fixation out", 0.17, 0.04), ("Response", 0.25, 0.0))  # fmt: skip


@style.styled
def figs1(tables: Tables, setting: Setting) -> Figure:
    """Draw Figure S1: inputs, outputs and targets of one test trial per task, a column per family.

    Times in ms, activity between 0 and about 1.
    """
    labels = networks(tables)
    title = f"Figure S1  A trial of every task ({example_name(labels)})"
    figure = style.page(title, _HEIGHT, setting, style.provenance(tables, setting))
    trials = dict(iter(of(tables["sample_trials"], network=labels[0]).groupby("task")))
    lost = [task for task in TASK_ORDER if task not in trials]
    if lost:
        raise ValueError(f"figS1: table 'sample_trials' has no trial of task {', '.join(map(repr, lost))}")
    image = None
    for column, family in enumerate(FAMILIES):
        for row, task in enumerate(name for name in TASK_ORDER if FAMILY[name] == family):
            image = _task(figure, task, trials[task], column, row)
    assert image is not None  # there are always tasks
    _key(figure, image)
    return figure


def _task(figure: Figure, task: str, trial: pd.DataFrame, column: int, row: int) -> AxesImage:
    matrices = {str(kind): grid(part, "channel", "time_ms", "value") for kind, part in trial.groupby("kind")}
    step = float(trial["dt_ms"].iloc[0]) / 1000
    end = matrices["input"].shape[1] * step
    left, top = _LEFT + column * _ACROSS, _TOP + row * _DOWN
    axes = []
    for label, height, gap in _ROWS:
        ax = place(figure, left, top, _WIDTH, height)
        top += height + gap
        ax.set_xlim(0, end)
        ax.tick_params(labelbottom=False)
        if column == 0:
            row_label(ax, label, 0.27)
        axes.append(ax)
    image = _fill(axes, matrices, (np.arange(matrices["input"].shape[1]) + 0.5) * step, end)
    if column > 0:
        for ax in axes:
            ax.set_yticklabels([])
    axes[0].set_title(TITLES[task], color=FAMILY_COLOUR[FAMILY[task]], fontweight="bold", pad=2)
    axes[-1].set_xticks(np.arange(0, end + 1e-6, 1.0))
    axes[-1].tick_params(labelbottom=True)
    for ax in axes[:-1]:
        ax.set_xticks(axes[-1].get_xticks())
    axes[-1].set_xlabel("Time (s)", labelpad=1)
    return image


def _fill(axes: list[Axes], matrices: Mapping[str, np.ndarray], time: np.ndarray, end: float) -> AxesImage:
    level_line(axes[0], time, matrices["input"][0])
    image = ring_map(axes[1], matrices["input"][1:33], end)
    ring_map(axes[2], matrices["input"][33:65], end)
    level_line(axes[3], time, matrices["output"][0], matrices["target"][0])
    for i in (0, 3):
        axes[i].set_yticklabels([])
    ring_map(axes[4], matrices["output"][1:33], end)
    for i in (1, 2, 4):
        ring_axis(axes[i], middle=False)
    return image


def _key(figure: Figure, image: AxesImage) -> None:
    """Explanations in the free space under the two short families."""
    ax = place(figure, _LEFT - 0.5, _TOP + 3 * _DOWN + 0.4, 2.4, 1.3)
    ax.axis("off")
    ax.set_xlim(0, 2.4)
    ax.set_ylim(0, 1.3)
    ax.plot([0, 0.25], [1.2, 1.2], color=style.ACCENT, lw=0.8)
    ax.text(0.33, 1.2, "fixation input or output (axis from 0 to 1)", va="center")
    ax.plot([0, 0.25], [1.02, 1.02], color=style.EXAMPLE, lw=0.7, ls=(0, (2, 1.5)))
    ax.text(0.33, 1.02, "target of the fixation output", va="center")
    ax.text(0, 0.84, "Rings: 32 units by preferred direction (0-360°)", va="center")
    colour_bar(
        figure,
        image,
        (_LEFT - 0.5, _TOP + 3 * _DOWN + 1.05, 1.2, 0.07),
        "Activity",
        [0, 0.5, 1],
        horizontal=True,
    )
