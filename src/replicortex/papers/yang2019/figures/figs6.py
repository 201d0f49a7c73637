"""Figure S6: fractional task variance of every pair of tasks (Yang et al. 2019, Supplementary Fig. 6)."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from replicortex.analysis.ftv_types import BINS, NO_UNITS, TYPES, UNCLEAR
from replicortex.papers.yang2019.figures import ftv
from replicortex.report import style
from replicortex.report.checks import Tables, networks
from replicortex.report.components import few_ticks, note, number_of
from replicortex.report.style import TASK_ORDER, TITLES, Setting, letter, place

_HEIGHT = 7.2
_CELL, _LEFT, _TOP = 0.318, 0.98, 0.7  # inches
_LIMIT = 0.6  # share of units at the top of a cell, as in the paper
_GAP = 0.08  # free part of a cell's width and height
_FIRM = 0.95  # share of resamples from which a kind counts as firm


@style.styled
def figs6(tables: Tables, setting: Setting) -> Figure:
    """Draw Figure S6: a histograms of all pairs with the rotated control, b how many of each kind, c control."""
    labels = networks(tables)
    title = "Figure S6  Fractional task variance of every pair of tasks"
    figure = style.page(title, _HEIGHT, setting, style.provenance(tables, setting))
    spread = f"median of {number_of(len(labels), 'network')}" if len(labels) > 1 else "one network"
    caption = f"Share of units ({spread}), 0 to {_LIMIT:g}, against FTV, \N{MINUS SIGN}1 to 1; line: rotated control"
    letter(figure, "a", 0.08, 0.5, caption)
    _triangle(figure, tables, labels)
    types = tables["ftv_types"]
    letter(figure, "b", 4.55, 0.72, "Kinds, by the rule")
    _kinds(place(figure, 5.4, 1.0, 1.45, 1.1), types)
    letter(figure, "c", 5.3, 2.65, "Distance to the control")
    _control(place(figure, 5.65, 2.78, 1.25, 0.8), types)
    return figure


def _triangle(figure: Figure, tables: Tables, labels: tuple[str, ...]) -> None:
    """Panel a: rows are the later task of a pair, columns the earlier; units of the column's task on the right."""
    n = len(TASK_ORDER) - 1
    ax = place(figure, _LEFT, _TOP, n * _CELL, n * _CELL)
    ax.set(xlim=(0, n), ylim=(n, 0))
    ax.axis("off")
    kinds = {(row.task_a, row.task_b): row for row in tables["ftv_types"].itertuples()}
    counts = [ftv.counts_of_all(tables["ftv_histogram"], labels, kind) for kind in ("task", "rotated")]
    none = np.zeros((len(labels), BINS))
    filled, colours, lines, frames = [], [], [], []
    for column, row in combinations(range(len(TASK_ORDER)), 2):
        pair = TASK_ORDER[column], TASK_ORDER[row]
        corner = np.array([column + _GAP / 2, row - _GAP / 2])
        real, control = (ftv.over_networks(each.get(pair, none))[0] for each in counts)
        filled.append(_outline(real, corner))
        lines.append(_outline(control, corner)[1:-1])
        frames.append(corner + np.array([[0, 0], [1 - _GAP, 0]]))
        colours.append(_colour(kinds.get(pair)))
    ax.add_collection(PolyCollection(filled, facecolors=colours, linewidths=0))
    ax.add_collection(LineCollection(lines, colors="0.35", linewidths=0.5))
    ax.add_collection(LineCollection(frames, colors="0.75", linewidths=0.4))
    _names(ax)


def _outline(share: NDArray[np.float64], corner: NDArray[np.float64]) -> NDArray[np.float64]:
    """Steps of a histogram in a cell with its lower left corner there (y downwards), closed along the bottom."""
    x = np.repeat(np.linspace(0, 1 - _GAP, BINS + 1), 2)
    y = np.concatenate([[0], np.repeat(np.minimum(share / _LIMIT, 1), 2), [0]]) * (1 - _GAP)
    return np.column_stack([corner[0] + x, corner[1] - y])


def _colour(row: Any) -> Any:
    """Colour of a kind, pale where fewer than 95 % of the resamples agree."""
    if row is None:
        return "0.8"
    firm = not np.isfinite(row.stability) or row.stability >= _FIRM
    return (ftv.KIND_COLOUR[row.type], 1.0 if firm else 0.4)


def _names(ax: Axes) -> None:
    """Names of the tasks: of the rows at the left, of the columns on top of each."""
    look: Any = {"fontsize": style.SMALL, "va": "center"}
    for i, task in enumerate(TASK_ORDER):
        if i:
            ax.text(-0.12, i - 0.5, TITLES[task], ha="right", **look)
        if i < len(TASK_ORDER) - 1:
            ax.text(i + 0.04, i - 0.35, TITLES[task], ha="left", **look)


def _kinds(ax: Axes, types: pd.DataFrame) -> None:
    """Panel b: number of pairs of each kind; dark: the same kind in 95 % of the resamples of networks."""
    shown = [kind for kind in (*TYPES, UNCLEAR, NO_UNITS) if kind in TYPES or (types["type"] == kind).any()]
    firm = types["stability"].isna() | (types["stability"] >= _FIRM)
    for y, kind in enumerate(shown):
        of_kind = types["type"] == kind
        colour = ftv.KIND_COLOUR[kind]
        sure, unsure = int((of_kind & firm).sum()), int((of_kind & ~firm).sum())
        ax.barh(y, sure, color=colour, height=0.7)
        ax.barh(y, unsure, left=sure, color=colour, alpha=0.4, height=0.7)
        ax.text(sure + unsure + 1, y, f"{sure + unsure}", va="center", fontsize=style.SMALL)
    ax.set_yticks(range(len(shown)), shown)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.set_xlim(0, max(10, 1.15 * types["type"].value_counts().max()))
    ax.set_xlabel("Pairs of tasks")
    few_ticks(ax, "x", 4)
    if types["stability"].notna().any():
        ax.legend(
            handles=[Patch(color="0.45"), Patch(color="0.45", alpha=0.4)],
            labels=["in 95 % of resamples", "in fewer"],
            loc="lower center",
            bbox_to_anchor=(0.4, 1.0),
            ncols=2,
            handlelength=0.8,
        )


def _control(ax: Axes, types: pd.DataFrame) -> None:
    """Panel c: total variation distance between each pair's distribution and its rotated control."""
    values = types["distance"].dropna().to_numpy(dtype=float)
    ax.hist(values, bins=np.linspace(0, 1, 21).tolist(), color="0.6")
    ax.set_xlim(0, 1)
    ax.set_xlabel("Total variation distance")
    ax.set_ylabel("Pairs")
    few_ticks(ax, "y", 3)
    if len(values):
        note(ax, 0.04, 0.83, f"smallest {values.min():.2f}")
    else:
        note(ax, 0.04, 0.83, "no active units")
