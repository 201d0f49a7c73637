"""Points in a square classified by spiking networks (Nicola & Clopath 2017, Suppl. Figs. 10-12)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from replicortex.papers.nicola2017.figures import panels
from replicortex.papers.nicola2017.figures.panels import COLOUR
from replicortex.report import style
from replicortex.report.checks import Tables, of
from replicortex.report.components import few_ticks
from replicortex.report.proportions import wilson
from replicortex.report.style import Setting, letter, place

_HEIGHT = 4.9
_RULES = {"supp_class_lin": "y > x", "supp_class_nonlin": "y > sin(2πx)"}
_CLASS = {0: "#D55E00", 1: "#0072B2"}


@style.styled
def figure(populations: Mapping[str, Tables], setting: Setting) -> Figure:
    """Draw Figure S10: for each rule a the output over the last windows, b fresh points and their class, c accuracy,
    of each network and against the distance of a point from the boundary.
    """
    title = "Figure S10  Points classified by trained networks, saved, read again and tested on fresh points"
    page = style.page(title, _HEIGHT, setting, style.provenances(populations, setting))
    for i, (name, rule) in enumerate(_RULES.items()):
        top, tables = 0.5 + 2.15 * i, populations.get(name)
        letter(page, "ad"[i], 0.08, top, f"Class 1 where {rule}: output")
        _trace(place(page, 0.55, top + 0.15, 1.85, 1.35), tables)
        letter(page, "be"[i], 2.6, top, "Fresh points")
        _map(place(page, 2.95, top + 0.15, 1.25, 1.35), tables, name)
        letter(page, "cf"[i], 4.4, top, "Share correct")
        _accuracy(place(page, 4.82, top + 0.15, 0.65, 1.35), tables)
        _distances(place(page, 5.75, top + 0.15, 1.2, 1.35), tables, name)
    return page


def boundary(name: str) -> NDArray[np.float64]:
    """Points (point, 2) along the boundary between the classes of an experiment."""
    x = np.linspace(0, 1, 400)
    return np.stack([x, x if name == "supp_class_lin" else np.sin(2 * np.pi * x)], axis=1)


def correct(points: pd.DataFrame) -> pd.Series:
    """Whether the sign of the mean output over a window is that of the point's class."""
    return (points["score"] > 0) == (points["label"] == 1)


def _trace(ax: Axes, tables: Tables | None) -> None:
    if tables is None:
        panels.absent(ax)
        return
    colour = COLOUR[panels.neuron(tables)]
    panels.output_lines(ax, panels.last(panels.window(tables, "after"), 4.0), colour)
    few_ticks(ax, "x", 3)
    ax.set(xlabel="Time (s)", ylabel="Output")
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + 0.35 * (high - low))  # room for the key
    ax.plot([], [], color=colour, lw=1.0, label="output")
    ax.plot([], [], color=panels.TARGET, lw=0.6, ls="--", label="target")
    ax.legend(loc="upper right", ncols=2, columnspacing=1.0)


def _map(ax: Axes, tables: Tables | None, name: str) -> None:
    if tables is None:
        panels.absent(ax)
        return
    points = of(tables["points"], network=panels.example(tables))
    right = correct(points)
    for label, colour in _CLASS.items():
        for fits, marker, size in ((True, "o", 1.8), (False, "x", 3.2)):
            one = points[(points["label"] == label) & (right == fits)]
            ax.plot(one["x"], one["y"], marker, ms=size, color=colour, mew=0 if fits else 0.8, ls="none")
    ax.plot(*boundary(name).T, color="0.3", lw=0.7)
    ax.set(xlim=(0, 1), ylim=(0, 1), xlabel="x (crosses: wrong)", ylabel="y", xticks=[0, 1], yticks=[0, 1])


def _distances(ax: Axes, tables: Tables | None, name: str) -> None:
    """Share correct against the distance of a point from the boundary, in fifths of the points, a line per network."""
    if tables is None:
        panels.absent(ax)
        return
    points = tables["points"]
    gaps = points[["x", "y"]].to_numpy(dtype=float)[:, None] - boundary(name)[None]
    distance = np.linalg.norm(gaps, axis=2).min(axis=1)
    part = pd.qcut(distance, 5, labels=False, duplicates="drop")
    told = pd.DataFrame({"part": part, "distance": distance, "correct": correct(points), "network": points["network"]})
    middles = told.groupby("part")["distance"].median()
    each = told.pivot_table(index="part", columns="network", values="correct", aggfunc="mean")
    colour = COLOUR[panels.neuron(tables)]
    ax.plot(middles, each, color=colour, lw=0.5, alpha=0.5)
    ax.plot(middles, each.median(axis=1), "o-", color=colour, lw=1.4, ms=2.6)
    ax.set(xlabel="Distance to boundary", ylim=(0.4, 1.02))
    ax.set_xlim(left=0)


def _accuracy(ax: Axes, tables: Tables | None) -> None:
    if tables is None:
        panels.absent(ax)
        return
    shares = tables["points"].assign(correct=correct(tables["points"])).groupby("network", sort=False)["correct"]
    for x, (share, n) in enumerate(zip(shares.mean(), shares.size(), strict=True)):
        low, high = wilson(np.array([share * n]), np.array([float(n)]))
        ax.vlines(x, low, high, color="0.4", lw=1.0)
        ax.plot(x, share, "o", color="0.1", ms=3)
    most = max(tables["points"].groupby("network")["label"].mean().pipe(lambda p: np.maximum(p, 1 - p)))
    ax.axhline(most, color="0.6", lw=0.8, ls=":")
    ax.text(1.0, most - 0.01, "always the\nlarger class", ha="right", va="top", fontsize=style.SMALL, color="0.5",
            transform=ax.get_yaxis_transform())  # fmt: skip
    ax.set(xlim=(-0.8, len(shares) - 0.2), xticks=[], ylim=(0.4, 1.02), ylabel="Share correct",
           xlabel="95 % interval")  # fmt: skip
