"""Panels that several figures of the primer share: curves of training, state spaces, accuracy beside a ceiling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from replicortex.report import style
from replicortex.report.checks import of
from replicortex.report.proportions import wilson
from replicortex.report.style import Colour

CHOICE: dict[int, str] = {1: "#0072B2", 2: "#D55E00"}
CORRECT, ERROR, CEILING = "#0072B2", "#D55E00", "#E69F00"
LOSSES: dict[str, tuple[str, str]] = {
    "total": ("total", "#000000"),
    "task_loss": ("task", "#0072B2"),
    "rate_cost": ("L1, rates", "#009E73"),
    "weight_cost": ("L1, parameters", "#D55E00"),
}


def shaded(colour: str, strength: float) -> Colour:
    """A colour between pale (0) and itself (1)."""
    r, g, b = (1 - (0.25 + 0.75 * strength) * (1 - part) for part in to_rgb(colour))
    return r, g, b


def smooth(values: np.ndarray, width: int) -> np.ndarray:
    """Moving average over up to ``width`` neighbours, as long as the values themselves."""
    width = max(1, min(width, len(values)))
    return pd.Series(values).rolling(width, min_periods=1, center=True).mean().to_numpy()


def condition_of(members: pd.DataFrame) -> dict[str, str]:
    """Network -> its condition, "" where there are none."""
    named = members["condition"] if "condition" in members else [""] * len(members)
    return dict(zip(members["network"].astype(str), map(str, named), strict=True))


def of_condition(tables: Mapping[str, pd.DataFrame], condition: str) -> list[str]:
    """Networks of a condition, in order.

    Raises
    ------
    ValueError
        There are none.
    """
    found = [network for network, one in condition_of(tables["members"]).items() if one == condition]
    if not found:
        known = ", ".join(dict.fromkeys(condition_of(tables["members"]).values()))
        raise ValueError(f"condition {condition!r}: no such networks in table 'members'; it has {known}")
    return found


def rows_of(tables: Mapping[str, pd.DataFrame], name: str, networks: Sequence[str]) -> pd.DataFrame:
    """Rows of a table about some networks.

    Raises
    ------
    ValueError
        One of them has none.
    """
    table = tables[name]
    missing = [label for label in networks if label not in set(table["network"])]
    if missing:
        raise ValueError(
            f"table {name!r} has no rows for {', '.join(missing)}, which the figure shows; measure them again"
        )
    return table[table["network"].isin(list(networks))]


def losses(ax: Axes, curve: pd.DataFrame, width: int = 50) -> None:
    """Total, task and L1 losses against updates (logarithmic), smoothed; ``curve`` of one network."""
    table = curve.sort_values("update")
    parts = {name: table[name].to_numpy() for name in ("task_loss", "rate_cost", "weight_cost")}
    parts = {"total": sum(parts.values()), **parts}  # type: ignore[dict-item]
    for name, values in parts.items():
        label, colour = LOSSES[name]
        if values.max() > 0:
            ax.plot(table["update"], smooth(values, width), color=colour, lw=1.0, label=label)
    ax.set_yscale("log")
    low, high = ax.get_ylim()
    ax.set_ylim(low, high * (high / low) ** 0.45)  # the key stands above the curves
    ax.set_xlabel("Update")
    ax.set_ylabel("Loss")
    ax.legend(loc="upper right", handlelength=1.0)


def learning(ax: Axes, history: pd.DataFrame, networks: Sequence[str], colour: Colour, label: str, **look: Any) -> None:
    """Fraction correct against updates: the median over networks, and their range."""
    table = history[history["network"].isin(list(networks))]
    wide = table.pivot_table(index="updates", columns="network", values="performance")
    ax.fill_between(wide.index, wide.min(axis=1), wide.max(axis=1), color=colour, lw=0, alpha=0.13)
    ax.plot(wide.index, wide.median(axis=1), color=colour, lw=1.3, label=label, **look)
    ax.set_ylim(-0.02, 1.02)
    ax.set_xlabel("Update")
    ax.set_ylabel("Fraction correct")


def accuracy(
    ax: Axes,
    table: pd.DataFrame,
    networks: Sequence[str],
    colour: Colour,
    label: str,
    shift: float = 0.0,
    dot: str = "o",
) -> None:
    """Fraction correct by coherence over some networks together, with its 95 % interval over trials, at equal steps."""
    used = table[table["network"].isin(list(networks))].groupby("coherence")[["n_correct", "n_trials"]].sum()
    n, k = used["n_trials"].to_numpy(float), used["n_correct"].to_numpy(float)
    low, high = wilson(k, n)
    x = np.arange(len(used)) + shift
    ax.vlines(x, low, high, color=colour, lw=0.8)
    ax.plot(x, k / n, f"{dot}-", color=colour, ms=2.6, lw=0.9, label=label)
    ax.set_xticks(range(len(used)), [f"{c:g}" for c in used.index])


def ceiling(ax: Axes, table: pd.DataFrame, sigma: float) -> None:
    """The ideal observer's fraction correct by coherence, over which nobody can come."""
    one = of(table, sigma=sigma).dropna(subset=["coherence"]).sort_values("coherence")
    values = one["performance"].to_numpy(float)
    ax.plot(range(len(values)), values, "_", color=CEILING, ms=9, mew=1.4, zorder=4, label="ideal observer")


def _lines(table: pd.DataFrame, level: str) -> Iterator[tuple[int, float, pd.DataFrame]]:
    """Choice, level and rows in order of time, for each trajectory."""
    ordered = table.sort_values("time_ms")
    for choice in sorted(ordered["choice"].unique()):
        for value in sorted(ordered[level].unique()):
            part = of(ordered, choice=choice, **{level: value})
            if len(part):
                yield int(choice), float(value), part


def space(ax: Axes, table: pd.DataFrame, level: str, x: str = "pc1", y: str = "pc2") -> None:
    """Trajectories in a plane, coloured by choice and shaded by level; circle: start, dot: end."""
    levels = sorted(table[level].unique())
    for choice, value, part in _lines(table, level):
        strength = levels.index(value) / max(1, len(levels) - 1)
        colour = shaded(CHOICE[choice], strength)
        px, py = part[x].to_numpy(), part[y].to_numpy()
        ax.plot(px, py, color=colour, lw=0.9, zorder=2 + strength)
        ax.plot(px[0], py[0], "o", mfc="white", mec="0.2", ms=3.2, mew=0.7, zorder=5)
        ax.plot(px[-1], py[-1], "o", color=colour, ms=2.8, zorder=4)
    ax.set_xlabel(axis_name(table, x))
    ax.set_ylabel(axis_name(table, y))
    ax.set_xticks([])
    ax.set_yticks([])


def axis_name(table: pd.DataFrame, column: str) -> str:
    """ "PC 1 (63 %)"."""
    number = column.removeprefix("pc")
    share = float(table[f"explained_{number}"].iloc[0])
    return f"PC {number} ({share:.0%})".replace("%", " %")


def space_3d(figure: Figure, box: tuple[float, float, float, float], table: pd.DataFrame, level: str) -> Axes:
    """The same in three dimensions, in a box (left, top, width, height) in inches."""
    ax: Any = style.place(figure, *box, projection="3d")
    levels = sorted(table[level].unique())
    for choice, value, part in _lines(table, level):
        strength = levels.index(value) / max(1, len(levels) - 1)
        colour = shaded(CHOICE[choice], strength)
        points = part[["pc1", "pc2", "pc3"]].to_numpy().T
        ax.plot(*points, color=colour, lw=0.9)
        ax.plot(*points[:, :1], "o", mfc="white", mec="0.2", ms=3.2, mew=0.7)
        ax.plot(*points[:, -1:], "o", color=colour, ms=2.6)
    for name in "xyz":
        getattr(ax, f"set_{name}ticklabels")([])
        getattr(ax, f"set_{name}label")(f"PC {'xyz'.index(name) + 1}", labelpad=-14)
        getattr(ax, f"{name}axis").set_pane_color((1, 1, 1, 1))
    ax.tick_params(length=0, pad=-4)
    ax.grid(True, lw=0.3)
    made: Axes = ax
    return made


def choice_key(ax: Axes, names: Sequence[str], weak: str, strong: str) -> None:
    """A legend of colours and shades, in axes of its own."""
    ax.axis("off")
    for i, (choice, name) in enumerate(zip((1, 2), names, strict=True)):
        for j in range(4):
            ax.plot([0.02 + 0.06 * j, 0.07 + 0.06 * j], [1 - i] * 2, color=shaded(CHOICE[choice], j / 3), lw=2.2)
        ax.text(0.32, 1 - i, name, va="center", fontsize=style.SMALL)
    ax.text(0.02, 1.8, f"{weak} to {strong}", va="center", fontsize=style.SMALL, color="0.35")
    ax.plot(0.05, -1.0, "o", mfc="white", mec="0.2", ms=3.2, mew=0.7)
    ax.text(0.12, -1.0, "start", va="center", fontsize=style.SMALL)
    ax.set_xlim(0, 1)
    ax.set_ylim(-1.6, 2.4)
