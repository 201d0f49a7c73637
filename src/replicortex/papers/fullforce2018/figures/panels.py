"""Parts that the figures of this paper share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from replicortex.report.components import log_ticks

COLOUR = {"full_force": "#0072B2", "force": "#D55E00", "spiking": "#009E73"}
METHOD = {"full_force": "full-FORCE", "force": "FORCE", "spiking": "Spiking, taught"}
HINT = {True: ("#0072B2", "Hint"), False: ("#D55E00", "No hint")}
TARGET: dict[str, Any] = {"color": "0.1", "lw": 0.7, "ls": (0, (2.5, 1.5)), "zorder": 4}
LEARNT = 0.05  # the error below which claims count a network as one that has learnt
_FLOOR = 1e-7


def absent(ax: Axes) -> None:
    """Say in an empty panel that there is nothing to show."""
    ax.set(xticks=[], yticks=[])
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.text(0.5, 0.5, "No networks at this scale", ha="center", va="center", color="0.55", transform=ax.transAxes)


def example(summary: pd.DataFrame, units: int, **chosen: object) -> str:
    """The network of the lowest seed with these settings, of this size or else of the largest; "" if there is none."""
    for name, value in chosen.items():
        summary = summary[summary[name] == value]
    if summary.empty:
        return ""
    size = units if units in set(summary["units"]) else summary["units"].max()
    return str(summary[summary["units"] == size].sort_values("seed")["network"].iloc[0])


def output(ax: Axes, traces: pd.DataFrame, network: str, colour: str, seconds: float) -> None:
    """The output of a network and its target (dashed) in the last seconds of its test."""
    one = traces[traces["network"] == network]
    start = one["time_s"].max() - seconds
    one = one[one["time_s"] > start]
    ax.plot(one["time_s"] - start, one["value"], color=colour, lw=1.1)
    ax.plot(one["time_s"] - start, one["target"], label="Target", **TARGET)
    ax.set(xlabel="Time (s)", xlim=(0, seconds))


def quartiles(
    ax: Axes, summary: pd.DataFrame, by: str, column: str, colours: Mapping[str, str], ticks: bool = True
) -> None:
    """A measure against a setting on logarithmic axes: each network, the median and both quartiles of a method."""
    values = sorted(set(summary[by]))
    for place, method in enumerate(dict.fromkeys(summary["method"].astype(str))):
        one = summary[summary["method"] == method]
        middle = one.groupby(by)[column].quantile(np.array([0.25, 0.5, 0.75])).unstack().clip(lower=_FLOOR)
        aside = 1.06 ** (2 * place - 1) if ticks else 1.0
        ax.plot(one[by] * aside, one[column].clip(lower=_FLOOR), ".", color=colours[method], ms=2.5, alpha=0.35, mew=0)
        ends = [middle[0.5] - middle[0.25], middle[0.75] - middle[0.5]]
        ax.errorbar(middle.index * aside, middle[0.5], ends, fmt="o-", color=colours[method], ms=2.8, lw=1.1,
                    elinewidth=0.8, label=METHOD[method])  # fmt: skip
    ax.set_yscale("log")
    if ticks:
        log_ticks(ax, "x", values)
        ax.set_xlim(values[0] / 1.35, values[-1] * 1.35)


def limit(ax: Axes, value: float = LEARNT) -> None:
    """A thin line at the limit of a claim."""
    ax.axhline(value, color="0.6", lw=0.6, ls=":", zorder=0)


def spread(ax: Axes, x: float, values: pd.Series, colour: str) -> None:
    """A measure of each network, with the median as a line."""
    shown = values.to_numpy(dtype=float)
    ax.plot(x + np.linspace(-0.16, 0.16, len(shown)), shown, "o", color=colour, ms=2.8, mew=0, alpha=0.75)
    ax.plot([x - 0.28, x + 0.28], [np.nanmedian(shown)] * 2, color=colour, lw=1.4)
