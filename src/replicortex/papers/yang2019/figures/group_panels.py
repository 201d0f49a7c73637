"""Panels about groups of units that Figure 5, S7 and the figure of the Anti units share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.image import AxesImage

from replicortex.report import style
from replicortex.report.checks import of
from replicortex.report.components import few_ticks, heat


@dataclass(frozen=True)
class Group:
    """A group of units: its name in the tables, what figures call it, and its colour."""

    name: str
    title: str
    colour: str


CONTEXT = (
    Group("1", "Group 1", "#0072B2"),
    Group("2", "Group 2", "#D55E00"),
    Group("12", "Group 12", "#009E73"),
)
ANTI = (Group("anti", "Anti units", "#D55E00"), Group("other", "Other active units", "#666666"))


def sizes(table: pd.DataFrame, groups: Iterable[Group]) -> dict[str, int]:
    """Units of each group, from a table of one network with a row per unit and a column group."""
    return {group.name: int((table["group"] == group.name).sum()) for group in groups}


def tuned(table: pd.DataFrame, network: str, groups: Iterable[Group]) -> dict[str, int]:
    """Units behind the tuning curves of each group of one network."""
    sizes_ = of(table, network=network).groupby("group")["n_units"].first()
    return {group.name: int(sizes_[group.name]) for group in groups}


def empty_note(groups: Iterable[Group], counts: dict[str, int]) -> str:
    """What to say of groups without units; "" if there is none."""
    empty = [group.title for group in groups if not counts[group.name]]
    return f"without units: {', '.join(empty)}" if empty else ""


def fractions(ax: Axes, table: pd.DataFrame, value: str, labels: Sequence[str], bins: int, low: float = 0.0) -> None:
    """Histogram of a quantity of units from ``low`` to 1: example in black, median and range of the others in grey."""
    edges = np.linspace(low, 1.0, bins + 1)
    shares = np.zeros((len(labels), bins))
    for own, network in zip(shares, labels, strict=True):
        values = of(table, network=network)[value].dropna().to_numpy(dtype=float)
        own[:] = np.histogram(values, edges)[0] / max(len(values), 1)
    others = shares[1:]
    if len(others):
        band: Any = {"color": style.OTHERS, "alpha": 0.45, "lw": 0}
        ax.stairs(others.max(axis=0), edges, baseline=others.min(axis=0), fill=True, **band)
        ax.stairs(np.median(others, axis=0), edges, color="0.45", lw=1.0)
    ax.stairs(shares[0], edges, color=style.EXAMPLE, lw=1.0, zorder=3)
    ax.set_xlim(low, 1)
    ax.set_ylim(0, ax.get_ylim()[1])
    ax.set_ylabel("Share of active units")
    few_ticks(ax, "y", 4)


def tuning(ax: Axes, table: pd.DataFrame, weights: str, labels: Sequence[str], groups: Iterable[Group]) -> None:
    """Averaged tuning curves of each group: example with its standard error, other networks as thin lines."""
    shown = of(table, weights=weights)
    ring = int(shown["offset"].nunique())
    for group in groups:
        for i, network in reversed(list(enumerate(labels))):
            curve = of(shown, network=network, group=group.name).sort_values("offset")
            degrees, mean, error = (curve[name].to_numpy(dtype=float) for name in ("offset", "mean", "sem"))
            degrees = degrees * 360 / ring
            if i:
                ax.plot(degrees, mean, color=group.colour, lw=0.5, alpha=0.35)
                continue
            ax.plot(degrees, mean, color=group.colour, lw=1.4, label=group.title, zorder=4)
            ax.fill_between(degrees, mean - error, mean + error, color=group.colour, alpha=0.25, lw=0)
    ax.axhline(0, color="0.8", lw=0.6, zorder=0)
    ax.set_xlim(-180, 180)
    ax.set_xticks([-180, 0, 180], ["-180", "0", "180°"])
    few_ticks(ax, "y", 4)


def connection_map(ax: Axes, table: pd.DataFrame, groups: Sequence[Group]) -> tuple[AxesImage, float]:
    """Mean weight from each group (row) onto each (column) of one network, with its number; and the colour limit."""
    names = [group.name for group in groups]
    matrix = table.pivot(index="source", columns="target", values="mean").reindex(index=names, columns=names)
    values = matrix.to_numpy(dtype=float)
    limit = float(np.nanmax(np.abs(values), initial=0.0)) or 1.0
    image = heat(ax, values, (-limit, limit), diverging=True)
    for (row, column), value in np.ndenumerate(values):
        text = "no\npairs" if np.isnan(value) else f"{value:.2f}"
        look: Any = {"ha": "center", "va": "center", "fontsize": style.SMALL}
        ax.text(column, row, text, color="white" if abs(value) > 0.6 * limit else "black", **look)
    short = [_short(group) for group in groups]
    ax.set_xticks(range(len(groups)), short)
    ax.set_yticks(range(len(groups)), short)
    ax.tick_params(length=0)
    for ticks in (ax.get_xticklabels(), ax.get_yticklabels()):
        for tick, group in zip(ticks, groups, strict=True):
            tick.set_color(group.colour)
            tick.set_fontweight("bold")
    ax.set_xlabel("To group")
    ax.set_ylabel("From group")
    return image, limit


def _short(group: Group) -> str:
    return group.title.removeprefix("Group ").split()[0]


def connection_dots(ax: Axes, table: pd.DataFrame, labels: Sequence[str], groups: Sequence[Group]) -> None:
    """The same weights of every network as dots, the example in black."""
    pairs = [(a, b) for a in groups for b in groups]
    for x, (source, target) in enumerate(pairs):
        values = of(table, source=source.name, target=target.name).set_index("network")["mean"]
        points(ax, x, values.reindex(list(labels)).to_numpy(dtype=float), style.OTHERS)
    ax.axhline(0, color="0.8", lw=0.6, zorder=0)
    ax.set_xticks(range(len(pairs)), [f"{_short(a)} → {_short(b)}" for a, b in pairs], rotation=90)
    ax.set_xlim(-0.6, len(pairs) - 0.4)
    ax.tick_params(axis="x", length=0)
    ax.set_ylabel("Mean weight")
    few_ticks(ax, "y", 5)


def points(ax: Axes, x: float, values: np.ndarray, colour: str, example: str = style.EXAMPLE) -> None:
    """A value per network at one place: the first network in front, the others spread a little and pale."""
    others = values[1:]
    spread = np.linspace(-0.16, 0.16, len(others)) if len(others) > 1 else np.zeros(len(others))
    ax.plot(x + spread, others, "o", color=colour, ms=2.2, mew=0, alpha=0.8, clip_on=False, zorder=3)
    ax.plot(x, values[0], "o", color=example, ms=3.2, mec="white", mew=0.3, clip_on=False, zorder=4)


def rule_boxes(
    ax: Axes, table: pd.DataFrame, tasks: Sequence[str], labels: Sequence[str], groups: Sequence[Group]
) -> None:
    """Weights from each rule onto the units of each group: boxes of the example, medians of other networks as dots."""
    width = 0.75 / len(groups)
    for k, group in enumerate(groups):
        own = of(table, group=group.name)
        places = np.arange(len(tasks)) + (k - (len(groups) - 1) / 2) * width
        boxes = [of(own, network=labels[0], task=task)["weight"].to_numpy(dtype=float) for task in tasks]
        filled = [i for i, box in enumerate(boxes) if len(box)]
        look: Any = {
            "patch_artist": True,
            "showfliers": False,
            "manage_ticks": False,
            "boxprops": {"facecolor": group.colour, "alpha": 0.55, "linewidth": 0.4},
            "medianprops": {"color": "black", "linewidth": 1.0},
            "whiskerprops": {"linewidth": 0.5},
            "capprops": {"linewidth": 0.5},
        }
        if filled:
            ax.boxplot([boxes[i] for i in filled], positions=places[filled], widths=0.8 * width, **look)
        medians = own[own["network"] != labels[0]].groupby(["task", "network"])["weight"].median()
        for x, task in zip(places, tasks, strict=True):
            known = task in medians.index.get_level_values("task")
            values = medians.xs(task).to_numpy(dtype=float) if known else np.array([])
            ax.plot([x] * len(values), values, "o", color="black", ms=1.8, mew=0, alpha=0.5, zorder=4)
    ax.axhline(0, color="0.6", lw=0.6, zorder=0)
    ax.set_xlim(-0.6, len(tasks) - 0.4)
    ax.tick_params(axis="x", length=0)
    ax.set_ylabel("Rule weight")
    few_ticks(ax, "y", 5)


def legend(ax: Axes, groups: Iterable[Group], counts: dict[str, int], **where: Any) -> None:
    """Groups with their colours and numbers of units."""
    for group in groups:
        ax.plot([], [], "s", color=group.colour, ms=4, label=f"{group.title} (n = {counts[group.name]})")
    ax.legend(**where)
