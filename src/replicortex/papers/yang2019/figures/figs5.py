"""Figure S5: all weights, sorted by cluster (Yang et al. 2019, Supplementary Fig. 5)."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from replicortex.papers.yang2019.figures import clusters
from replicortex.report import style
from replicortex.report.checks import Tables, networks, of
from replicortex.report.components import cluster_strip, colour_bar, example_name, grid, heat, task_axis
from replicortex.report.style import TASK_ORDER, Setting, letter, place

_HEIGHT = 8.85
_LEFT, _SIDE = 1.3, 3.95
_RECURRENT_TOP = 4.22
_RING = 32
Array = NDArray[np.float64]
Labels = NDArray[np.int_]


@style.styled
def figs5(tables: Tables, setting: Setting) -> Figure:
    """Draw Figure S5: a input, b recurrent, c output weights of the active units of the example network."""
    labels = networks(tables)
    title = f"Figure S5  Weights between units sorted by cluster, then preferred input ({example_name(labels)})"
    figure = style.page(title, _HEIGHT, setting, style.provenance(tables, setting))
    order = clusters.sorted_units(of(tables["units"], network=labels[0]))
    weights = of(tables["weights"], network=labels[0])
    blocks = {str(name): grid(part, "source", "target", "value") for name, part in weights.groupby("block")}
    units, owner = order["unit"].to_numpy(), order["cluster"].to_numpy()
    expected = 1 + 2 * _RING + len(TASK_ORDER)
    if len(blocks["input"]) != expected:
        raise ValueError(f"figS5: table 'weights' has {len(blocks['input'])} input channels; it takes {expected}")
    letter(figure, "a", 0.08, 0.52, "Input weights")
    _input(figure, blocks["input"][:, units], owner)
    letter(figure, "b", 0.08, _RECURRENT_TOP - 0.1, "Recurrent weights")
    _recurrent(figure, blocks["recurrent"][np.ix_(units, units)], owner)
    letter(figure, "c", _LEFT + _SIDE + 0.18, _RECURRENT_TOP - 0.1, "Output weights")
    _output(figure, blocks["output"][units], owner)
    return figure


def _limit(values: Array) -> float:
    """Symmetric colour limit that a hundredth of the weights exceed."""
    return max(float(np.quantile(np.abs(values), 0.99)), 1e-6)


def _edges(ax: Axes, owner: Labels, both: bool = False, rows: bool = False) -> None:
    for edge in np.flatnonzero(np.diff(owner)) + 0.5:
        if both or not rows:
            ax.axvline(edge, color="0.55", lw=0.4)
        if both or rows:
            ax.axhline(edge, color="0.55", lw=0.4)


def _frame(ax: Axes) -> None:
    ax.spines[["left", "bottom", "top", "right"]].set_visible(True)
    ax.spines[["left", "bottom", "top", "right"]].set_linewidth(0.4)


def _directions(ax: Axes, along: str) -> None:
    ticks, names = [-0.5, _RING / 2 - 0.5, _RING - 0.5], ["0", "180", "360°"]
    (ax.set_yticks if along == "y" else ax.set_xticks)(ticks, names)


def _input(figure: Figure, values: Array, owner: Labels) -> None:
    limit = _limit(values)
    rings = {"Fixation": slice(0, 1), "Mod 1": slice(1, 1 + _RING), "Mod 2": slice(1 + _RING, 1 + 2 * _RING)}
    top = 0.62
    image = None
    for (name, rows), height in zip(rings.items(), (0.09, 0.55, 0.55), strict=True):
        ax = place(figure, _LEFT, top, _SIDE, height)
        image = heat(ax, values[rows], (-limit, limit), diverging=True)
        _edges(ax, owner)
        _frame(ax)
        ax.set_xticks([])
        if height > 0.1:
            _directions(ax, "y")
            ax.set_ylabel(name)
        else:
            ax.set_yticks([0], [name])
            ax.tick_params(axis="y", length=0)
        top += height + 0.08
    ax = place(figure, _LEFT, top, _SIDE, 1.72)
    heat(ax, values[1 + 2 * _RING :], (-limit, limit), diverging=True)
    _edges(ax, owner)
    _frame(ax)
    ax.set_xticks([])
    task_axis(ax, width=0.018, gap=0.006)
    assert image is not None  # three blocks were drawn
    colour_bar(figure, image, (_LEFT + _SIDE + 0.2, 1.0, 0.08, 1.2), "Input weight", _ticks(limit))


def _ticks(limit: float) -> list[float]:
    size = 10.0 ** np.floor(np.log10(limit))
    rounded = float(size * np.floor(limit / size))
    return [-rounded, 0.0, rounded]


def _recurrent(figure: Figure, values: Array, owner: Labels) -> None:
    ax = place(figure, _LEFT, _RECURRENT_TOP, _SIDE, _SIDE)
    limit = _limit(values[~np.eye(len(values), dtype=bool)])
    image = heat(ax, values, (-limit, limit), diverging=True)
    _edges(ax, owner, both=True)
    _frame(ax)
    ax.set_xticks([])
    ax.set_yticks([])
    cluster_strip(ax, owner, height=0.025, offset=0.008)
    cluster_strip(ax, owner, height=0.025, offset=0.008, vertical=True)
    ax.set_xlabel("To unit (cluster)", labelpad=26)
    ax.set_ylabel("From unit (cluster)", labelpad=20)
    colour_bar(figure, image, (0.42, _RECURRENT_TOP + 1.35, 0.08, 1.2), "Recurrent weight", _ticks(limit))


def _output(figure: Figure, values: Array, owner: Labels) -> None:
    limit = _limit(values)
    left = _LEFT + _SIDE + 0.3
    narrow = place(figure, left, _RECURRENT_TOP, 0.09, _SIDE)
    wide = place(figure, left + 0.17, _RECURRENT_TOP, 0.6, _SIDE)
    image = heat(wide, values[:, 1:], (-limit, limit), diverging=True)
    heat(narrow, values[:, :1], (-limit, limit), diverging=True)
    for ax in (narrow, wide):
        _edges(ax, owner, rows=True)
        _frame(ax)
        ax.set_yticks([])
    narrow.set_xticks([0], ["fix"])
    narrow.tick_params(axis="x", length=0)
    _directions(wide, "x")
    wide.set_xlabel("Response")
    colour_bar(figure, image, (left + 0.92, _RECURRENT_TOP + 1.35, 0.08, 1.2), "Output weight", _ticks(limit))
