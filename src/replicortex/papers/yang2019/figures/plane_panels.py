"""Panels that Figures 6, S9, S10 and S11 share: tasks in their plane, and cosines between their changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from replicortex.report import style
from replicortex.report.checks import of
from replicortex.report.components import example_name, few_ticks, note, number_of
from replicortex.report.style import TITLES, letter, place

Array = NDArray[np.float64]
PAIR_COLOURS = ("#0072B2", "#D55E00")  # the two changes of a set; their ends are open, then filled
_REACH = 1.45  # of the axes beyond the farthest task: room for its name
ARROW = "\N{RIGHTWARDS ARROW}"


def changes(pairs: pd.DataFrame, name: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """The two changes (from, to) of a set that the paper calls parallel, from the table parallelism.

    Raises
    ------
    ValueError
        The table does not hold the set.
    """
    rows = of(pairs, set=name, kind="paper")
    if rows.empty:
        known = ", ".join(pairs["set"].unique()) or "none"
        raise ValueError(f"table 'parallelism' has no set {name!r} as the paper assigns it; its sets: {known}")
    a, b, c, d = (str(rows[column].iloc[0]) for column in ("from_1", "to_1", "from_2", "to_2"))
    return (a, b), (c, d)


def task_plane(
    ax: Axes, planes: pd.DataFrame, pairs: pd.DataFrame, name: str, labels: Sequence[str], axis: str = "rPC"
) -> None:
    """The four tasks of a set in the plane of each network, with an arrow for each change.

    Parameters
    ----------
    ax
        Any size; equal scales in both directions.
    planes
        Table task_planes or rule_planes.
    pairs
        Table parallelism.
    name
        Of the set.
    labels
        Networks to show; one has the names of the tasks beside its points.
    axis
        What the axes are called, before their number.
    """
    points = of(planes, set=name)
    points = points[points["network"].isin(list(labels))]
    arrows = changes(pairs, name)
    faint = 1.0 if len(labels) == 1 else max(0.2, 0.75 / len(labels) ** 0.35)
    spots = {
        str(label): dict(zip(rows["task"], rows[["x", "y"]].to_numpy(float), strict=True))
        for label, rows in points.groupby("network")
    }
    for label in labels:
        for (start, stop), colour in zip(arrows, PAIR_COLOURS, strict=True):
            _arrow(ax, np.stack([spots[label][start], spots[label][stop]]), colour, faint)
    farthest = float(np.abs(points[["x", "y"]].to_numpy(float)).max())
    reach = _REACH * farthest or 1.0
    ax.set_xlim(-reach, reach)
    ax.set_ylim(-reach, reach)
    ax.set_aspect("equal")
    for line in (ax.axhline, ax.axvline):
        line(0, color="0.88", lw=0.6, zorder=0)
    if len(labels) == 1 and farthest:
        _names(ax, spots[labels[0]], dict(zip(PAIR_COLOURS, arrows, strict=True)), reach)
    few_ticks(ax, "x", 4)
    few_ticks(ax, "y", 4)
    ax.set_xlabel(f"{axis} 1 (a.u.)")
    ax.set_ylabel(f"{axis} 2 (a.u.)")
    _explained(ax, points)


def _arrow(ax: Axes, ends: Array, colour: str, alpha: float) -> None:
    single = alpha == 1
    look: Any = {"arrowstyle": "-|>" if single else "-", "color": colour, "lw": 1.0 if single else 0.6, "alpha": alpha}
    look |= {"shrinkA": 2.5, "shrinkB": 3.0 if single else 2.5, "mutation_scale": 7}
    ax.annotate("", ends[1], ends[0], arrowprops=look)
    for point, face in zip(ends, ("white", colour), strict=True):
        ax.plot(*point, "o", mfc=face, mec=colour, mew=0.8, ms=4 if single else 3, alpha=alpha, zorder=3)


def _names(ax: Axes, spots: Mapping[str, Array], of_colour: dict[str, tuple[str, str]], reach: float) -> None:
    """Names of the tasks beside their points: beyond the ends of their arrow, and inwards of the panel's sides."""
    for colour, tasks in of_colour.items():
        for task, other in zip(tasks, tasks[::-1], strict=True):
            (x, y), (_, beside) = spots[task], spots[other]
            up = y > beside or (y == beside and task == tasks[0])
            side = 0 if abs(x) < 0.3 * reach else int(np.sign(x))
            look: Any = {"textcoords": "offset points", "va": "bottom" if up else "top"}
            look["ha"] = {-1: "left", 0: "center", 1: "right"}[side]
            ax.annotate(TITLES[task], (x, y), (5 * side, 4.5 if up else -4.5), color=colour, **look)


def _explained(ax: Axes, points: pd.DataFrame) -> None:
    shares = points.drop_duplicates("network")["explained"].dropna()
    if shares.empty:
        note(ax, 0.03, 0.02, "tasks do not differ")
        return
    low, high = (f"{100 * share:.0f}" for share in (shares.min(), shares.max()))
    note(ax, 0.03, 0.02, f"{low if low == high else f'{low}-{high}'} % of variance")


def plane_pair(
    figure: Figure,
    planes: pd.DataFrame,
    pairs: pd.DataFrame,
    name: str,
    labels: Sequence[str],
    letters: str,
    box: tuple[float, float, float],
    axis: str = "rPC",
) -> None:
    """Two panels side by side: the example's plane, and those of all networks on top of each other.

    Parameters
    ----------
    letters
        Of the two panels.
    box
        Left, top and side of the first panel's axes, inches; the second stands half an inch to its right.
    """
    left, top, side = box
    shown = ((labels[:1], f"Network {example_name(labels)}"), (labels, number_of(len(labels), "network")))
    for i, (networks, caption) in enumerate(shown):
        x = left + i * (side + 0.5)
        letter(figure, letters[i], x - 0.4, top - 0.12, caption)
        task_plane(place(figure, x, top, side, side), planes, pairs, name, networks, axis)


def cosines(ax: Axes, pairs: pd.DataFrame, sets: Sequence[str]) -> None:
    """Cosine between two changes for each way to pair the four tasks of each set, networks as dots.

    The paper's assignment in colour, the two other pairings in grey; their signs are those of the order that is written
    beside them. `pairs` holds rows of the table parallelism of one space.
    """
    rows: list[tuple[str, str, Array]] = []
    for name in sets:
        part = of(pairs, set=name)
        named = part.groupby(["from_1", "to_1", "from_2", "to_2"], sort=False)["cosine"]
        for i, (tasks, cosine) in enumerate(named):
            if i % 2 == 0:  # every other one is the same with the second change backwards
                rows.append((name, _told(*map(str, tasks)), cosine.to_numpy(float)))
    for y, (name, _, values) in enumerate(rows):
        paper = y == 0 or rows[y - 1][0] != name  # the first of each set
        found = values[np.isfinite(values)]
        colour = style.ACCENT if paper else "0.55"
        ax.plot(found, np.full(len(found), y), "o", color=colour, ms=2.6, mew=0, alpha=0.6, clip_on=False)
        if len(found) < len(values):
            told = f"{len(values) - len(found)} without"
            ax.text(-0.95, y, told, va="center", color="0.4", fontsize=style.SMALL)
        if len(found):
            ax.plot([np.median(found)] * 2, [y - 0.3, y + 0.3], color=colour, lw=1.6, solid_capstyle="butt", zorder=4)
    ax.set_yticks(range(len(rows)), [told for _, told, _ in rows])
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    for y in range(1, len(rows)):
        if rows[y][0] != rows[y - 1][0]:
            ax.axhline(y - 0.5, color="0.85", lw=0.6)
    ax.set_xlim(-1, 1)
    ax.set_xticks([-1, 0, 0.5, 1], ["-1", "0", "0.5", "1"])
    ax.axvline(0, color="0.7", lw=0.6, zorder=0)
    ax.axvline(0.5, color="0.7", lw=0.6, ls=(0, (2, 2)), zorder=0)
    ax.set_xlabel("Cosine, all units")


def _told(a: str, b: str, c: str, d: str) -> str:
    return f"{TITLES[a]} {ARROW} {TITLES[b]}\n{TITLES[c]} {ARROW} {TITLES[d]}"
