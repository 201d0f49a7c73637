"""Panels on how two tasks share units under several conditions: Figures 8d and S12a (Yang et al. 2019)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from replicortex.analysis.ftv import BINS, ftv_shares, median_band
from replicortex.papers.yang2019.shared import SELECTED_BY, Group
from replicortex.random_streams import generator
from replicortex.report.checks import of
from replicortex.report.components import few_ticks, note, number_of
from replicortex.report.style import Colour


class Condition(NamedTuple):
    """Networks of one condition and how they are shown."""

    name: str
    colour: Colour
    group: Group

    @property
    def told(self) -> str:
        """Its name and how many of its networks are shown."""
        return f"{self.name} ({self.group.told})"

    @property
    def example(self) -> str:
        """The first network that passed, or the first if none did."""
        return (self.group.passed or self.group.labels)[0]


def mixing_panel(ax: Axes, ftv: pd.DataFrame, conditions: list[Condition], figure: str) -> None:
    """FTV(Ctx DM 1, Ctx DM 2) of the networks that passed: median over networks of the share of units per bin.

    Each network's histogram is divided by its number of active units first. The band is the range of the middle 95 % of
    the medians of 400 bootstrap samples of networks.

    Parameters
    ----------
    ax
        Axes to draw into; it gets labels and a legend, no title.
    ftv
        Table ftv.
    conditions
        What to compare; one without a network that passed, or without active units, is named in the legend.
    figure
        Name of the figure, which the bootstrap's random stream is named after.
    """
    pair = of(ftv, task_a=SELECTED_BY[0], task_b=SELECTED_BY[1])
    edges = np.linspace(-1.0, 1.0, BINS + 1)
    top = 0.05
    for condition in conditions:
        shares = ftv_shares(pair, condition.group.passed)
        text = condition.told
        if len(shares) < len(condition.group.passed):
            text += f", {number_of(len(condition.group.passed) - len(shares), 'network')} without units"
        if len(shares):
            band = median_band(shares, generator(figure, condition.name))
            look: Any = {"color": condition.colour, "lw": 0, "fill": True, "alpha": 0.22}
            ax.stairs(band.high, edges, baseline=band.low, **look)
            ax.stairs(band.median, edges, color=condition.colour, lw=1.2, label=text)
            top = max(top, float(band.high.max()))
        else:
            ax.plot([], [], color=condition.colour, lw=1.2, label=text)
    if not any(condition.group.passed for condition in conditions):
        note(ax, 0.5, 0.4, "no network passed", "center")
    ax.set_xlim(-1, 1)
    ax.set_ylim(0, top * (1.12 + 0.11 * len(conditions)))
    ax.set_xticks([-1, -0.5, 0, 0.5, 1], ["-1", "-0.5", "0", "0.5", "1"])
    few_ticks(ax, "y", 4)
    ax.set_xlabel("FTV(Ctx DM 1, Ctx DM 2)")
    ax.set_ylabel("Share of units")
    ax.legend(loc="upper center", borderaxespad=0)
