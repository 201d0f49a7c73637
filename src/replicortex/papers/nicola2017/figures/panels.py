"""Parts that the figures of spiking networks share: traces, rasters, voltages, decoders, spread of networks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from replicortex.report import style
from replicortex.report.checks import Tables, networks, of

COLOUR = {"lif": "#0072B2", "theta": "#009E73", "rate": "0.35", "iz_osc": "#D55E00", "iz_song": "#D55E00",
          "iz_hdts": "#D55E00"}  # fmt: skip
NEURON = {"lif": "LIF", "theta": "Theta", "iz_osc": "Izhikevich", "iz_song": "Izhikevich", "iz_hdts": "Izhikevich",
          "rate": "Rate"}  # fmt: skip
TARGET = "0.1"
ABSENT = "No networks at this scale"
_DASH: Any = (0, (2.5, 1.5))


def absent(ax: Axes, text: str = ABSENT) -> None:
    """Say in an empty panel that there is nothing to show."""
    ax.set(xticks=[], yticks=[])
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.text(0.5, 0.5, text, ha="center", va="center", color="0.55", transform=ax.transAxes, fontsize=style.SMALL)


def example(tables: Tables) -> str:
    """The network whose traces are shown: the first that was not stopped, else the first."""
    summary = tables["summary"]
    good = summary[summary["status"] == "ok"]
    return str((good if len(good) else summary)["network"].iloc[0])


def neuron(tables: Tables) -> str:
    """Which neurons an experiment has."""
    return str(tables["summary"]["neuron"].iloc[0])


def window(tables: Tables, name: str, source: str = "traces") -> pd.DataFrame:
    """Rows of the example network in a window: before, start, end or after."""
    return of(tables[source], network=example(tables), window=name)


def wide(traces: pd.DataFrame, value: str = "value") -> pd.DataFrame:
    """Outputs over time: (time, output)."""
    return traces.pivot(index="time_s", columns="output", values=value).sort_index()


def last(traces: pd.DataFrame, seconds: float) -> pd.DataFrame:
    """The end of a window."""
    return traces[traces["time_s"] > traces["time_s"].max() - seconds]


def output_lines(
    ax: Axes, traces: pd.DataFrame, colour: Any, outputs: Iterable[int] = (0,), gap: float = 0.0, source: str = "target"
) -> None:
    """Outputs in colour and their targets in thin dashes, further outputs `gap` below each other.

    With "aligned" as source the target is drawn where it is nearest to the output. A target with noise lies behind.
    """
    for row, output in enumerate(outputs):
        one = of(traces, output=output).sort_values("time_s")
        target = one[source].to_numpy(dtype=float)
        behind = _rough(target)
        ax.plot(one["time_s"], one["value"] - gap * row, color=colour, lw=1.0, zorder=3)
        look: Any = {"color": "0.7", "lw": 0.5, "zorder": 2}
        if not behind:
            look = {"color": TARGET, "lw": 0.6, "ls": _DASH, "zorder": 4}
        ax.plot(one["time_s"], target - gap * row, **look)
    if len(traces):
        ax.set_xlim(traces["time_s"].min(), traces["time_s"].max())


def _rough(values: NDArray[np.float64]) -> bool:
    """Whether a curve jumps to and fro from sample to sample, as one with noise does."""
    turns = np.diff(values[np.isfinite(values)])
    return len(turns) > 2 and float(np.mean(turns[1:] * turns[:-1] < 0)) > 0.3


def key(ax: Axes, colour: Any, output: str = "output") -> None:
    """Key of `output_lines`, above the axes."""
    ax.plot([], [], color=colour, lw=1.0, label=output)
    ax.plot([], [], color=TARGET, lw=0.6, ls=_DASH, label="target")
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, columnspacing=1.0)


def no_frame(ax: Axes) -> None:
    """An axis without y axis, for lines whose height carries no unit."""
    ax.spines["left"].set_visible(False)
    ax.set_yticks([])


def scale_bar(ax: Axes, seconds: float) -> None:
    """A bar for time in place of an x axis."""
    ax.spines["bottom"].set_visible(False)
    ax.set_xticks([])
    right = ax.get_xlim()[1]
    look: Any = {"transform": ax.get_xaxis_transform(), "clip_on": False}
    ax.plot([right - seconds, right], [-0.04, -0.04], color="0.1", lw=1.2, solid_capstyle="butt", **look)
    name = f"{seconds * 1000:g} ms" if seconds < 1 else f"{seconds:g} s"
    ax.text(right - seconds / 2, -0.07, name, ha="center", va="top", fontsize=style.SMALL, transform=look["transform"])


def spikes(ax: Axes, table: pd.DataFrame, seconds: float, order: Sequence[int] | None = None, cells: int = 100) -> None:
    """Raster of the last `seconds` of a window, a row per cell, in the given order of cells."""
    table = table[table["time_s"] > table["time_s"].max() - seconds] if len(table) else table
    rank = {cell: row for row, cell in enumerate(order)} if order is not None else None
    rows = table["cell"].map(rank) if rank is not None else table["cell"]
    ax.plot(table["time_s"], rows, "|", color="0.1", ms=1.6, mew=0.5, ls="none", rasterized=len(table) > 4000)
    ax.margins(x=0)
    ax.set_ylim(-1, cells)
    ax.set_yticks([0, cells])
    ax.set_ylabel("Neuron", labelpad=-4)


def stacked_voltages(ax: Axes, table: pd.DataFrame, colour: Any, seconds: float = 0.5) -> None:
    """Voltages of some cells above one another, each scaled to its own range."""
    table = table[table["time_s"] > table["time_s"].max() - seconds] if len(table) else table
    span = float(table["v"].max() - table["v"].min()) or 1.0
    for row, (_, one) in enumerate(table.groupby("cell")):
        ax.plot(one["time_s"], row * 1.1 + (one["v"] - table["v"].min()) / span, color=colour, lw=0.5)
    no_frame(ax)


def decoder_lines(ax: Axes, tables: Tables, colour: Any) -> None:
    """Decoders of a few neurons over the run, the time of learning shaded."""
    table = of(tables["decoders"], network=example(tables), output=0)
    shade_learning(ax, tables)
    for _, one in table.groupby("cell"):
        ax.plot(one["time_s"], one["weight"], color=colour, lw=0.6, alpha=0.7)
    ax.set_xlabel("Time (s)")
    ax.ticklabel_format(axis="y", style="sci", scilimits=(-2, 3), useMathText=True)


def shade_learning(ax: Axes, tables: Tables) -> None:
    """Grey where the networks learn."""
    first = tables["summary"].iloc[0]
    ax.axvspan(first["train_start_s"], first["train_stop_s"], color="0.92", lw=0, zorder=0)


def spread(ax: Axes, x: float, values: Sequence[float] | NDArray[np.float64], colour: Any, width: float = 0.22) -> None:
    """Networks as dots and their median as a bar; what is not finite is left out."""
    values = np.asarray(values, dtype=float)
    values = values[np.isfinite(values)]
    if not len(values):
        return
    shift = (np.arange(len(values)) - (len(values) - 1) / 2) / max(len(values), 1) * width
    ax.plot(x + shift, values, "o", color=colour, ms=2.4, mew=0, alpha=0.6, clip_on=False)
    ax.plot([x - width, x + width], [np.median(values)] * 2, color=colour, lw=1.5, solid_capstyle="butt", zorder=4)


def good(tables: Tables, column: str) -> NDArray[np.float64]:
    """A number of the summary for every network that was not stopped."""
    summary = tables["summary"]
    return summary.loc[summary["status"] == "ok", column].to_numpy(dtype=float)


def in_words(tables: Tables) -> str:
    """ "0.05 (0.04-0.09)", and below it "24 Hz": error (with its range) and rate after learning, medians."""
    errors, rates = good(tables, "aligned_nrmse"), good(tables, "rate_after_hz")
    if not len(errors):
        return "stopped"
    low, high = f"{np.min(errors):.2g}", f"{np.max(errors):.2g}"
    span = f" ({low}–{high})" if len(errors) > 1 else ""
    return f"{np.median(errors):.2g}{span}\n{np.median(rates):.0f} Hz"


def count(tables: Tables) -> int:
    """Number of networks."""
    return len(networks(tables))
