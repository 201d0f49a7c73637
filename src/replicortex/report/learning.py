"""Parts of the figures on learning: conditions and their colours, curves of many networks, axes of trials."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from replicortex.report import style
from replicortex.report.components import few_ticks
from replicortex.report.style import TITLES, Colour

PLAIN = "0.45"  # the condition that others are compared with
_PALETTE = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")


def levels(members: pd.DataFrame, path: str, figure: str) -> list[Any]:
    """Values of a setting in the order of the table members.

    Raises
    ------
    ValueError
        The experiment's grid does not vary it.
    """
    if path not in members:
        raise ValueError(f"{figure}: table 'members' lacks the column {path!r}; it compares networks that differ in it")
    return list(members[path].unique())


def networks_with(members: pd.DataFrame, **settings: object) -> list[str]:
    """Labels of the networks with some settings, given by the last part of their path: `trainable="all"`."""
    keep = pd.Series(True, index=members.index)
    for name, value in settings.items():
        (path,) = [column for column in members if str(column).rpartition(".")[2] == name]
        keep &= members[path] == value
    return [str(label) for label in members.loc[keep, "network"]]


def colours(values: Sequence[Any], plain: Any = None) -> dict[Any, Colour]:
    """A colour for each value; grey for the one that others are compared with. Beyond six they are hues of a circle."""
    others = [value for value in values if value != plain]
    palette = _PALETTE if len(others) <= len(_PALETTE) else style.hues(len(others))
    return {value: PLAIN for value in values if value == plain} | dict(zip(others, palette, strict=False))


def titles(tasks: Sequence[str]) -> str:
    """The paper's names of tasks: "Go, Dly Go, Anti"."""
    return ", ".join(TITLES.get(task, task) for task in tasks)


def network_curves(ax: Axes, wide: pd.DataFrame, colour: Colour) -> None:
    """One light line per network over its trials and their mean in bold; `wide` is (trials, network)."""
    x = wide.index.to_numpy(dtype=float)
    ax.plot(x, wide.to_numpy(dtype=float), color=colour, lw=0.5, alpha=0.35)
    ax.plot(x, wide.mean(axis=1).to_numpy(dtype=float), color=colour, lw=1.6)


def trials_axis(ax: Axes, end: float, ticks: int = 3, label: bool = True) -> None:
    """x axis from 0 to `end` trials, labelled in millions or, up to half a million, in thousands."""
    size, name = (1e6, "millions") if end > 5e5 else (1e3, "thousands")
    ax.set_xlim(0, end)
    few_ticks(ax, "x", ticks)
    ax.xaxis.set_major_formatter(lambda trials, _: f"{trials / size:g}")
    ax.set_xlabel(f"Trials ({name})" if label else "")


def performance_axis(ax: Axes, label: bool = True) -> None:
    """y axis of a performance from 0 to 1."""
    ax.set_ylim(-0.03, 1.05)
    ax.set_yticks([0, 0.5, 1], ["0", "0.5", "1"] if label else [])
    ax.set_ylabel("Performance" if label else "")
