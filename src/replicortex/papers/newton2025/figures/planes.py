"""Where in the plane of Q and G both models succeed, and how alike their decoders are (Figures 4 and 5)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.papers.newton2025.figures import panels
from replicortex.report import style
from replicortex.report.checks import Tables
from replicortex.report.components import colour_bar
from replicortex.report.style import Setting, letter, place

_TOP, _ROW, _SIDE = 0.72, 2.2, 1.45
_MEASURES = (
    ("lif_aligned", "Error, LIF", style.SEQUENTIAL, (0.0, 1.0)),
    ("rate_aligned", "Error, rate", style.SEQUENTIAL, (0.0, 1.0)),
    ("correlation", "Correlation of decoders", style.DIVERGING, (-1.0, 1.0)),
)


@style.styled
def figure(tables: Tables, setting: Setting) -> Figure:
    """Draw a row for each learning rate: errors of LIF and of rate networks, and correlation of their decoders."""
    summary = tables["summary"]
    rates = sorted(set(summary["per_step"]))
    title = "Spiking and rate networks with the same weights: errors and decoders by Q and G (sine of 5 Hz)"
    page = style.page(title, _TOP + _ROW * len(rates) + 0.1, setting, style.provenance(tables, setting))
    for row, rate in enumerate(rates):
        chosen = summary[summary["per_step"] == rate]
        for column, (name, words, colours, limits) in enumerate(_MEASURES):
            left, top = 0.55 + 2.3 * column, _TOP + _ROW * row
            told = f"{words}, {panels.learning_rate(rate)}" if column == 0 else words
            letter(page, "abcdefghijklmnopqrstuvwxyz"[3 * row + column], left - 0.47, top - 0.2, told)
            ax = place(page, left, top, _SIDE, _SIDE)
            image = _plane(ax, chosen, name, colours, limits)
            ax.set(xlabel="Feedback Q", ylabel="Static weights G" if column == 0 else "")
            label = "r" if name == "correlation" else "RMS error / s.d."
            ticks = [limits[0], float(np.mean(limits)), limits[1]]
            colour_bar(page, image, (left + _SIDE + 0.06, top + 0.2, 0.06, _SIDE - 0.4), label, ticks)
    return page


def _plane(ax: Axes, summary: pd.DataFrame, name: str, colours: Any, limits: tuple[float, float]) -> Any:
    """Medians over networks; a network that lost its bounds has no value, and a cross is where none has one."""
    wide = summary.pivot_table(index="gain", columns="feedback", values=name, aggfunc="median", dropna=False)
    wide = wide.sort_index()
    values = wide.to_numpy(dtype=float)
    ax.set_facecolor("0.85")
    image = ax.imshow(values, origin="lower", aspect="auto", cmap=colours, vmin=limits[0], vmax=limits[1],
                      interpolation="nearest")  # fmt: skip
    for y, x in np.argwhere(~np.isfinite(values)):
        ax.text(x, y, "×", ha="center", va="center", color="0.3")
    columns, rows = [float(each) for each in wide.columns], [float(each) for each in wide.index]
    if panels.MARKED[0] in columns and panels.MARKED[1] in rows:
        at = columns.index(panels.MARKED[0]), rows.index(panels.MARKED[1])
        ax.plot(*at, "*", color="white", mec="0.1", mew=0.6, ms=7)
    ax.set_xticks(range(len(columns)), [f"{value:g}" for value in columns])
    ax.set_yticks(range(len(rows)), [f"{value:g}" for value in rows])
    ax.tick_params(length=0)
    return image
