"""Ode to Joy in a spiking network, with and without pulses that tell the time (Nicola & Clopath 2017, Fig. 3)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from replicortex.papers.nicola2017.figures import panels
from replicortex.papers.nicola2017.figures.panels import COLOUR
from replicortex.report import style
from replicortex.report.checks import Tables, of
from replicortex.report.style import Setting, letter, place

PITCHES = ("C4", "D4", "E4", "F4", "G4")
WITH, WITHOUT = "#0072B2", "0.45"
_HEIGHT = 6.5


@style.styled
def figure(populations: Mapping[str, Tables], setting: Setting) -> Figure:
    """Draw Figure 3: a the notes, b spikes, c decoders, d error, e and f learning with and without HDTS."""
    title = "Figure 3  A spiking network plays Ode to Joy"
    page = style.page(title, _HEIGHT, setting, style.provenances(populations, setting))
    ode = populations.get("fig3_ode")
    letter(page, "a", 0.08, 0.5, "Notes after learning: output, and target at its best lag (sound beside this figure)")
    roll(place(page, 0.55, 0.68, 6.35, 1.35), ode, PITCHES)
    letter(page, "b", 0.08, 2.55, "Spikes after learning")
    raster(place(page, 0.55, 2.7, 2.75, 1.15), ode)
    letter(page, "c", 3.7, 2.55, "Decoders of 8 neurons (learning shaded)")
    decoders(place(page, 4.15, 2.7, 2.75, 1.15), ode)
    letter(page, "d", 0.08, 4.5, "Error over the run")
    error_course(place(page, 0.55, 4.65, 1.7, 1.25), ode)
    letter(page, "e", 2.6, 4.5, "Learning with and without a HDTS")
    letter(page, "f", 5.15, 4.5, "Error after learning")
    _compared(place(page, 3.05, 4.65, 1.7, 1.25), place(page, 5.75, 4.65, 1.15, 1.25), populations.get("ode_hdts"))
    return page


def roll(ax: Axes, tables: Tables | None, names: tuple[str, ...]) -> None:
    """Channels above one another over the last period of the run, output in colour and target in dashes, at its best
    lag."""
    if tables is None:
        panels.absent(ax)
        return
    traces = panels.window(tables, "after")
    colour = COLOUR[panels.neuron(tables)]
    for i in range(len(names)):
        one = of(traces, output=i).sort_values("time_s")
        ax.plot(one["time_s"], i + 0.85 * one["value"], color=colour, lw=0.9)
        ax.plot(one["time_s"], i + 0.85 * one["aligned"], color=panels.TARGET, lw=0.6, ls=(0, (2.5, 1.5)))
    ax.set_yticks(range(len(names)), names)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(-0.4, len(names) + 0.1)
    ax.set_xlim(traces["time_s"].min(), traces["time_s"].max())
    ax.set_xlabel("Time (s)")
    panels.key(ax, colour)


def raster(ax: Axes, tables: Tables | None, seconds: float = 4.0) -> None:
    """Spikes of the first cells at the end of the run."""
    if tables is None:
        panels.absent(ax)
        return
    panels.spikes(ax, panels.window(tables, "after", "raster"), seconds)
    ax.set_xlabel("Time (s)")


def decoders(ax: Axes, tables: Tables | None) -> None:
    """Decoders over the run, for the first output."""
    if tables is None:
        panels.absent(ax)
        return
    panels.decoder_lines(ax, tables, COLOUR[panels.neuron(tables)])


def error_course(ax: Axes, tables: Tables | None) -> None:
    """Error in windows over the run, a line per network."""
    if tables is None:
        panels.absent(ax)
        return
    panels.shade_learning(ax, tables)
    for _, one in tables["course"].groupby("network"):
        ax.plot(one["time_s"], one["nrmse"], color=COLOUR[panels.neuron(tables)], lw=0.8)
    _error_axis(ax)


def _error_axis(ax: Axes) -> None:
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel("Time (s)")
    ax.set_ylabel("RMS error / s.d.")


def _compared(left: Axes, right: Axes, tables: Tables | None) -> None:
    if tables is None:
        panels.absent(left)
        panels.absent(right)
        return
    panels.shade_learning(left, tables)
    members = tables["members"].set_index("network")["target.hdts"]
    errors = tables["summary"].set_index("network")["nrmse"]
    for x, (hdts, labels) in enumerate(members.groupby(members)):
        colour, words = (WITHOUT, "without") if hdts == 0 else (WITH, f"{hdts} pulses")
        wide = tables["course"][tables["course"]["network"].isin(labels.index)].pivot(
            index="time_s", columns="network", values="nrmse"
        )
        left.plot(wide.index, wide, color=colour, lw=0.5, alpha=0.4)
        left.plot(wide.index, wide.median(axis=1), color=colour, lw=1.5, label=words)
        panels.spread(right, x, errors.reindex(labels.index).to_numpy(dtype=float), colour)
        right.text(x, 1.02, words, ha="center", va="bottom", color=colour, fontsize=style.SMALL,
                   transform=right.get_xaxis_transform())  # fmt: skip
    _error_axis(left)
    left.legend(loc="center", bbox_to_anchor=(0.5, 0.7))
    right.set_xlim(-0.6, len(np.unique(members)) - 0.4)
    right.set(xticks=[], ylabel="RMS error / s.d.")
    right.set_ylim(bottom=0)
