"""Parts that several figures share: task axes with family colours, heat maps, cluster strips, choices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colorbar import Colorbar
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, MaxNLocator, NullFormatter
from numpy.typing import NDArray

from replicortex.report import style
from replicortex.report.checks import of, seeds
from replicortex.report.proportions import wilson
from replicortex.report.style import FAMILY, FAMILY_COLOUR, TASK_ORDER, TITLES, Colour

Array = NDArray[np.float64]
COUNTS = ("n_choice1", "n_choice2", "n_undecided")


def grid(table: pd.DataFrame, row: str, column: str, value: str) -> Array:
    """Tidy table -> matrix (row, column), both in ascending order; every combination must occur once."""
    wide = table.pivot(index=row, columns=column, values=value).sort_index(axis=0).sort_index(axis=1)
    return wide.to_numpy(dtype=float)


def task_matrix(table: pd.DataFrame, column: str, value: str) -> pd.DataFrame:
    """Tidy table -> frame with one row per task in the paper's order and one column per value of `column`."""
    return table.pivot(index="task", columns=column, values=value).reindex(list(TASK_ORDER))


def family_strip(
    ax: Axes, tasks: Sequence[str], vertical: bool = True, width: float = 0.035, gap: float = 0.012
) -> None:
    """Bars outside the axes that mark the family of each task along the y (or x) axis.

    `width` and `gap` are fractions of the axes' extent across the strip.
    """
    transform = ax.get_yaxis_transform() if vertical else ax.get_xaxis_transform()
    for i, task in enumerate(tasks):
        colour = FAMILY_COLOUR[FAMILY[task]]
        corner = (-gap - width, i - 0.46) if vertical else (i - 0.46, -gap - width)
        size = (width, 0.92) if vertical else (0.92, width)
        ax.add_patch(Rectangle(corner, *size, transform=transform, facecolor=colour, lw=0, clip_on=False))


def task_axis(ax: Axes, vertical: bool = True, width: float = 0.035, gap: float = 0.012) -> None:
    """Label one axis with the twenty tasks in the paper's order and family colours; task i at i."""
    inches = ax.get_position().bounds[2 if vertical else 3] * _size(ax)[0 if vertical else 1]
    pad = (gap + width) * inches * 72 + 2
    names = [TITLES[task] for task in TASK_ORDER]
    if vertical:
        ax.set_yticks(range(len(names)), names)
        ax.set_ylim(len(names) - 0.5, -0.5)
        ax.tick_params(axis="y", length=0, pad=pad)
    else:
        ax.set_xticks(range(len(names)), names, rotation=90)
        ax.set_xlim(-0.5, len(names) - 0.5)
        ax.tick_params(axis="x", length=0, pad=pad)
    family_strip(ax, TASK_ORDER, vertical, width, gap)


def _size(ax: Axes) -> tuple[float, float]:
    figure = ax.get_figure()
    assert isinstance(figure, Figure)
    width, height = figure.get_size_inches()
    return float(width), float(height)


def family_lines(ax: Axes, vertical: bool = True, colour: str = "white") -> None:
    """Thin lines between the families of a matrix with one row (or column) per task."""
    for i in range(1, len(TASK_ORDER)):
        if FAMILY[TASK_ORDER[i]] != FAMILY[TASK_ORDER[i - 1]]:
            (ax.axhline if vertical else ax.axvline)(i - 0.5, color=colour, lw=0.8)


def heat(ax: Axes, matrix: Array, limits: tuple[float, float], diverging: bool = False) -> AxesImage:
    """Matrix as an image, row 0 at the top, cells at integer coordinates; missing cells are grey."""
    colours = style.DIVERGING if diverging else style.SEQUENTIAL
    ax.set_facecolor("0.85")
    image = ax.imshow(matrix, aspect="auto", cmap=colours, vmin=limits[0], vmax=limits[1], interpolation="nearest")
    ax.spines[["left", "bottom"]].set_visible(False)
    return image


def colour_bar(figure: Figure, image: AxesImage, box: tuple[float, float, float, float], label: str,
               ticks: Sequence[float], horizontal: bool = False) -> Colorbar:  # fmt: skip
    """Colour bar at `box` = (left, top, width, height) in inches."""
    ax = style.place(figure, *box)
    bar = figure.colorbar(image, cax=ax, orientation="horizontal" if horizontal else "vertical", ticks=list(ticks))
    bar.outline.set_visible(False)
    bar.set_label(label, labelpad=2)
    bar.ax.tick_params(length=1.5, pad=1)
    return bar


def ring_map(ax: Axes, image: Array, end: float) -> AxesImage:
    """Activity of a ring, (32, time) over 0..end seconds, direction upwards; colours from 0 to 1."""
    look: Any = {"cmap": style.ACTIVITY, "vmin": 0, "vmax": 1, "interpolation_stage": "data"}
    shown = ax.imshow(image, aspect="auto", origin="lower", extent=(0, end, 0, 360), **look)
    ring_axis(ax)
    ax.spines[["top", "right"]].set_visible(True)
    return shown


def ring_axis(ax: Axes, middle: bool = True) -> None:
    """Directions on the y axis; the outer labels stay within its height, so that rows can stand close."""
    ticks = [0, 180, 360] if middle else [0, 360]
    ax.set_yticks(ticks, ["0", "180", "360°"] if middle else ["0", "360°"])
    ax.get_yticklabels()[0].set_verticalalignment("bottom")
    ax.get_yticklabels()[-1].set_verticalalignment("top")


def row_label(ax: Axes, text: str, inches: float) -> None:
    """Label left of a row of panels, its right edge `inches` from the axes."""
    look: Any = {"xycoords": "axes fraction", "textcoords": "offset points", "linespacing": 0.95}
    ax.annotate(text, (0, 0.5), (-72 * inches, 0), ha="right", va="center", **look)


def note(ax: Axes, x: float, y: float, text: str, align: str = "left", back: str | None = None) -> None:
    """Small text with its lower edge at a point in axes fractions, on a background colour if one is given."""
    box = {"facecolor": back, "edgecolor": "none", "pad": 1} if back else None
    look: Any = {"transform": ax.transAxes, "va": "bottom", "fontsize": style.SMALL, "linespacing": 1.15}
    ax.text(x, y, text, ha=align, bbox=box, **look)


def level_line(ax: Axes, time: Array, values: Array, target: Array | None = None) -> None:
    """Activity of one channel over time, with its target dashed."""
    ax.plot(time, values, color=style.ACCENT, lw=0.7 if len(time) < 500 else 0.4)
    if target is not None:
        ax.plot(time, target, color=style.EXAMPLE, lw=0.7, ls=(0, (2, 1.5)))
    ax.set_ylim(-0.15, 1.25)
    ax.set_yticks([0, 1])


def cluster_strip(
    ax: Axes,
    clusters: Sequence[int] | NDArray[np.int_],
    height: float = 0.035,
    offset: float = 0.012,
    vertical: bool = False,
) -> None:
    """Coloured bar with numbers (from 1) below sorted columns, or left of sorted rows.

    `clusters` holds the cluster of each column (row); `height` and `offset` are fractions of the axes' extent
    across the strip. A number that would touch its neighbour is printed a line further out.
    """
    labels = np.asarray(clusters)
    inches = np.multiply(ax.get_position().bounds[2:], _size(ax))
    along, across = (inches[1], inches[0]) if vertical else (inches[0], inches[1])
    transform = ax.get_yaxis_transform() if vertical else ax.get_xaxis_transform()
    edges = np.flatnonzero(np.diff(labels)) + 1
    taken = [-np.inf] * 3  # where the last number of each line ends, inches
    for start, stop in zip(np.r_[0, edges], np.r_[edges, len(labels)], strict=True):
        cluster = int(labels[start])
        corner, size = (start - 0.5, -offset - height), (stop - start, height)
        if vertical:
            corner, size = corner[::-1], size[::-1]
        ax.add_patch(Rectangle(corner, *size, transform=transform, lw=0.3, edgecolor="white",
                               facecolor=style.cluster_colour(cluster), clip_on=False))  # fmt: skip
        middle = (start + stop) / 2 / len(labels) * along
        half = 0.05 if vertical else 0.035 * len(str(cluster + 1))
        line = next((i for i, end in enumerate(taken) if middle - half > end), len(taken) - 1)
        taken[line] = middle + half
        away = -offset - height - (0.03 + (0.13 if vertical else 0.1) * line) / across
        spot = (away, (start + stop - 1) / 2) if vertical else ((start + stop - 1) / 2, away)
        align: Any = {"ha": "right", "va": "center"} if vertical else {"ha": "center", "va": "top"}
        ax.text(*spot, str(cluster + 1), transform=transform, fontsize=style.SMALL, **align)


def proportions(x: Array, counts: pd.DataFrame) -> tuple[Array, Array, Array, Array]:
    """Share of choice 1 among decided trials: x, share, and the ends of its 95 % interval.

    `counts` has one row per entry of `x`; conditions without a decided trial are left out.
    """
    n1 = counts["n_choice1"].to_numpy(dtype=float)
    n = n1 + counts["n_choice2"].to_numpy(dtype=float)
    x, n1, n = x[n > 0], n1[n > 0], n[n > 0]
    return x, n1 / n, *wilson(n1, n)


def choice_points(ax: Axes, x: Array, counts: pd.DataFrame, colour: Colour) -> None:
    """Share of choice 1 with its interval, as points with bars."""
    x, share, low, high = proportions(x, counts)
    ax.vlines(x, low, high, color=colour, lw=0.8)
    ax.plot(x, share, "o", color=colour, ms=2.8, mec="white", mew=0.3, clip_on=False, zorder=3)


def choice_curve(ax: Axes, limits: tuple[float, float], fits: pd.DataFrame, colour: Colour, label: str) -> None:
    """Gaussian distribution function over the strength difference.

    `fits` has a row with mu and sigma (nan where the fit failed), or none where there was nothing to fit.
    """
    from scipy.special import ndtr  # SciPy takes longer to load than most figures to draw

    x = np.linspace(*limits, 200)
    y = np.full(len(x), np.nan)
    for mu, sigma in fits[["mu", "sigma"]].itertuples(index=False):
        y = ndtr((x - mu) / sigma) if sigma > 0 else y
    ax.plot(x, y, color=colour, lw=1.0, label=label)


def choice_axis(
    ax: Axes, limits: tuple[float, float], xlabel: str = "Strength difference", ylabel: str = "P(choice 1)"
) -> None:
    """Axes of a psychometric function."""
    ax.set_xlim(limits[0] * 1.06, limits[1] * 1.06)
    ax.set_ylim(-0.02, 1.02)
    ax.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
    ax.set_xticks([limits[0], 0, limits[1]])
    ax.axhline(0.5, color="0.85", lw=0.6, zorder=0)
    ax.axvline(0, color="0.85", lw=0.6, zorder=0)
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)


def population_lines(ax: Axes, table: pd.DataFrame, steps: Sequence[str], value: str, labels: Sequence[str]) -> None:
    """One line per network over the categories in column `curve`; the first network (the example) in bold."""
    for i, network in reversed(list(enumerate(labels))):
        y = of(table, network=network).set_index("curve")[value].reindex(list(steps)).to_numpy(dtype=float)
        colour, width, order = (style.EXAMPLE, 1.4, 3) if i == 0 else (style.OTHERS, 0.8, 2)
        ax.plot(range(len(steps)), y, "o-", color=colour, lw=width, ms=2.6, zorder=order, clip_on=False)
    ax.set_xlim(-0.3, len(steps) - 0.7)


def network_axis(ax: Axes, labels: Sequence[str]) -> None:
    """y axis with one row per network, the first at the top, thinned where there are many."""
    short = seeds(labels)
    inches = ax.get_position().height * _size(ax)[1]
    step = max(1, int(np.ceil(len(short) * 0.12 / inches)))
    ax.set_yticks(range(0, len(short), step), short[::step])
    ax.set_ylim(len(short) - 0.5, -0.5)
    ax.set_ylabel("Network (seed)" if all(s.isdigit() for s in short) else "Network")
    ax.tick_params(axis="y", length=0)


def log_ticks(ax: Axes, axis: str, ticks: Sequence[float]) -> None:
    """Logarithmic axis that spans the given ticks, with plain numbers there and no minor labels."""
    (ax.set_xscale if axis == "x" else ax.set_yscale)("log")
    target = ax.xaxis if axis == "x" else ax.yaxis
    target.set_major_locator(FixedLocator(list(ticks)))
    target.set_minor_formatter(NullFormatter())
    (ax.set_xticks if axis == "x" else ax.set_yticks)(list(ticks), [f"{t:g}" for t in ticks])
    (ax.set_xlim if axis == "x" else ax.set_ylim)(min(ticks) / 1.15, max(ticks) * 1.15)


def few_ticks(ax: Axes, axis: str, n: int = 3) -> None:
    """At most about `n` ticks at round numbers."""
    (ax.xaxis if axis == "x" else ax.yaxis).set_major_locator(MaxNLocator(n, steps=[1, 2, 5, 10]))


def number_of(count: int, noun: str) -> str:
    """ "1 network", "3 networks"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}".replace(",", "\N{THIN SPACE}")


def example_name(labels: Sequence[str]) -> str:
    """ "seed 0" for the label "seed0"."""
    short = seeds(labels)[0]
    return f"seed {short}" if short.isdigit() else short
