"""Drawing of the network and of its input and output code (Fig. 1a)."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle

from replicortex.report import style
from replicortex.report.style import FAMILIES, FAMILY, FAMILY_COLOUR, TASK_ORDER

_LINE = "0.3"


def draw(ax: Axes, units: int | str) -> None:
    """Fill axes of 3.3 x 2.35 inches with the schematic; `units` is printed under the network."""
    ax.set_xlim(0, 3.3)
    ax.set_ylim(0, 2.35)
    ax.axis("off")
    _label(ax, 0.52, 2.27, "Input: 85 channels")
    _dot(ax, 0.52, 2.07, 1.0)
    _label(ax, 0.43, 2.07, "fixation", "right")
    for y, bump, name in ((1.7, np.pi / 2, "mod 1"), (1.14, np.pi * 1.75, "mod 2")):
        _ring(ax, 0.52, y, bump)
        _label(ax, 0.52, y, name)
    _rules(ax, 0.05, 0.68)
    centre, radius = (1.78, 1.28), 0.5
    for start in ((0.62, 2.07), (0.84, 1.7), (0.84, 1.14), (1.0, 0.44)):
        _arrow(ax, start, _rim(centre, radius + 0.09, start))
    _network(ax, *centre, radius)
    _label(ax, centre[0], 2.0, "Recurrent network")
    _label(ax, centre[0], 0.63, f"{units} units")
    _label(ax, 2.86, 2.27, "Output: 33 channels")
    _dot(ax, 2.86, 1.9, 0.15)
    _label(ax, 2.94, 1.9, "fixation", "left")
    _ring(ax, 2.86, 1.28, np.pi / 2, 0.3)
    _label(ax, 2.86, 1.28, "response\ndirection")
    _arrow(ax, _rim(centre, radius + 0.08, (2.86, 1.9)), (2.78, 1.86))
    _arrow(ax, _rim(centre, radius + 0.08, (2.86, 1.28)), (2.51, 1.28))
    _tuning(ax, 2.05, 0.14)


def _label(ax: Axes, x: float, y: float, text: str, align: str = "center") -> None:
    ax.text(x, y, text, ha=align, va="center", fontsize=style.SMALL, linespacing=1.0)


def _dot(ax: Axes, x: float, y: float, level: float) -> None:
    ax.add_patch(Circle((x, y), 0.055, facecolor=style.ACTIVITY(0.75 * level), edgecolor=_LINE, lw=0.5))


def _bump(angles: np.ndarray, centre: float) -> np.ndarray:
    distance = np.abs(angles - centre)
    return np.exp(-0.5 * (np.minimum(distance, 2 * np.pi - distance) / (np.pi / 8)) ** 2)


def _ring(ax: Axes, x: float, y: float, centre: float, radius: float = 0.235) -> None:
    angles = 2 * np.pi * np.arange(32) / 32
    for angle, level in zip(angles, _bump(angles, centre), strict=True):
        spot = (x + radius * np.cos(angle), y + radius * np.sin(angle))
        ax.add_patch(Circle(spot, 0.02, facecolor=style.ACTIVITY(0.75 * level), edgecolor=_LINE, lw=0.35))


def _rules(ax: Axes, left: float, top: float) -> None:
    for i, family in enumerate(FAMILIES):
        y = top - 0.125 * i
        for j in range(sum(FAMILY[task] == family for task in TASK_ORDER)):
            ax.add_patch(Rectangle((left + 0.085 * j, y - 0.035), 0.07, 0.07, facecolor=FAMILY_COLOUR[family], lw=0))
        _label(ax, left + 0.45, y, family, "left")
    _label(ax, left, top - 0.125 * len(FAMILIES), "20 rules, one per task", "left")


def _rim(centre: tuple[float, float], radius: float, other: tuple[float, float]) -> tuple[float, float]:
    """Point on a circle in the direction of another point."""
    angle = np.arctan2(other[1] - centre[1], other[0] - centre[0])
    return centre[0] + radius * float(np.cos(angle)), centre[1] + radius * float(np.sin(angle))


def _arrow(ax: Axes, start: tuple[float, float], stop: tuple[float, float]) -> None:
    look: Any = {"mutation_scale": 5, "lw": 0.8, "color": _LINE, "shrinkA": 0, "shrinkB": 0}
    ax.add_patch(FancyArrowPatch(start, stop, arrowstyle="-|>", **look))


def _network(ax: Axes, x: float, y: float, radius: float) -> None:
    ax.add_patch(Circle((x, y), radius + 0.05, facecolor="0.965", edgecolor=_LINE, lw=0.8))
    n = 18
    distance = radius * 0.86 * np.sqrt((np.arange(n) + 0.5) / n)
    angle = np.arange(n) * np.pi * (3 - np.sqrt(5))  # a sunflower: even and without a random draw
    nodes = np.stack([x + distance * np.cos(angle), y + distance * np.sin(angle)], axis=1)
    look: Any = {"mutation_scale": 3.5, "lw": 0.4, "color": "0.6", "shrinkA": 2.5, "shrinkB": 3}
    look["connectionstyle"] = "arc3,rad=0.25"
    for i, step in [(i, 5) for i in range(0, n, 2)] + [(i, 8) for i in range(1, n, 3)]:
        a, b = nodes[i], nodes[(i + step) % n]
        ax.add_patch(FancyArrowPatch(tuple(a), tuple(b), arrowstyle="-|>", **look))
    for node in nodes:
        ax.add_patch(Circle(tuple(node), 0.036, facecolor="white", edgecolor=_LINE, lw=0.6, zorder=3))


def _tuning(ax: Axes, left: float, bottom: float) -> None:
    width, height = 0.9, 0.3
    angles = np.linspace(0, 2 * np.pi, 100)
    ax.plot(
        left + width * angles / (2 * np.pi),
        bottom + 0.13 + height * _bump(angles, np.pi / 2),
        color=_LINE,
        lw=0.9,
    )
    ax.plot([left, left + width], [bottom + 0.11] * 2, color=_LINE, lw=0.5)
    for fraction, text in ((0, "0"), (0.5, "180"), (1, "360°")):
        _label(ax, left + width * fraction, bottom + 0.04, text)
    _label(ax, left + width / 2, bottom - 0.07, "Preferred direction of ring unit")
    _label(ax, left + width / 4 + 0.18, bottom + 0.36, "activity of a ring", "left")
