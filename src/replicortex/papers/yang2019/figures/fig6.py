"""Figure 6: tasks as vectors, and changes of task that are parallel (Yang et al. 2019, Fig. 6)."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from replicortex.papers.yang2019.figures.plane_panels import cosines, plane_pair
from replicortex.report import style
from replicortex.report.checks import Tables, networks, of
from replicortex.report.style import SMALL, Setting, letter, place

SETS = ("anti", "context")
_HEIGHT, _SIDE, _SECOND = 5.45, 1.75, 3.05
_LINE = "0.3"


@style.styled
def fig6(tables: Tables, setting: Setting) -> Figure:
    """Draw Figure 6: a how a task becomes a vector, b-e two sets of four tasks in their plane, f cosines."""
    labels = networks(tables)
    title = "Figure 6  Tasks as vectors in the space of all units"
    figure = style.page(title, _HEIGHT, setting, style.provenance(tables, setting))
    pairs = of(tables["parallelism"], space="activity")
    letter(figure, "a", 0.08, 0.52, "One vector per task")
    _schematic(place(figure, 0.1, 0.62, 2.0, 1.95), setting.units)
    plane_pair(figure, tables["task_planes"], pairs, SETS[0], labels, "bc", (2.68, 0.64, _SIDE))
    plane_pair(figure, tables["task_planes"], pairs, SETS[1], labels, "de", (0.48, _SECOND + 0.12, _SIDE))
    letter(figure, "f", 4.66, _SECOND, "Are the changes parallel? (blue: the paper's)")
    cosines(place(figure, 5.98, _SECOND + 0.12, 1.02, _SIDE), pairs, SETS)
    return figure


def _schematic(ax: Axes, units: int | str) -> None:
    """A test trial with the step that is read, and the average over trials; drawn in inches."""
    ax.set_xlim(0, 2.0)
    ax.set_ylim(0, 1.95)
    ax.axis("off")
    left, right, on, off = 0.5, 1.9, 0.85, 1.45
    rows = {"Fixation": (1.72, (left, off)), "Stimulus": (1.5, (on, off)), "Rule": (1.28, (left, right))}
    for name, (y, (start, stop)) in rows.items():
        ax.text(left - 0.06, y + 0.05, name, ha="right", va="center", fontsize=SMALL)
        ax.plot([left, right], [y, y], color="0.75", lw=0.5)
        ax.add_patch(Rectangle((start, y), stop - start, 0.11, facecolor=style.ACCENT, alpha=0.55, lw=0))
    ax.plot([off - 0.02] * 2, [1.2, 1.88], color=_LINE, lw=0.8, ls=(0, (2, 1.5)))
    ax.text(off + 0.02, 1.9, "last step of\nthe stimulus", ha="left", va="top", fontsize=SMALL, linespacing=1.0)
    look: Any = {"arrowstyle": "-|>", "mutation_scale": 6, "lw": 0.8, "color": _LINE, "shrinkA": 0, "shrinkB": 0}
    ax.add_patch(FancyArrowPatch((off - 0.02, 1.18), (off - 0.02, 0.98), **look))
    shades = np.random.default_rng(3).random((5, 11))
    shown: Any = {"cmap": style.ACTIVITY, "aspect": "auto", "vmin": 0, "vmax": 1}
    ax.imshow(shades, extent=(0.72, 1.5, 0.58, 0.94), **shown)
    ax.text(0.68, 0.76, "test trials,\nall noise on", ha="right", va="center", fontsize=SMALL, linespacing=1.0)
    ax.add_patch(FancyArrowPatch((1.11, 0.55), (1.11, 0.36), **look))
    ax.text(1.17, 0.46, "mean", ha="left", va="center", fontsize=SMALL)
    ax.imshow(
        shades.mean(axis=0)[None], extent=(0.72, 1.5, 0.22, 0.32), cmap=style.ACTIVITY, aspect="auto", vmin=0, vmax=1
    )
    ax.text(1.11, 0.16, f"task vector: {units} rates", ha="center", va="top", fontsize=SMALL)
    ax.set_xlim(0, 2.0)
    ax.set_ylim(0, 1.95)
