"""Figure S2: psychophysics of one network and of all (Yang et al. 2019, Supplementary Fig. 2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.report import style
from replicortex.report.checks import Tables, networks, of
from replicortex.report.components import (
    COUNTS,
    choice_axis,
    choice_curve,
    choice_points,
    example_name,
    few_ticks,
    log_ticks,
    note,
    number_of,
    population_lines,
    proportions,
)
from replicortex.report.style import TITLES, Colour, Setting, letter, place

_HEIGHT = 8.5
_ROWS = (0.72, 2.6, 4.62, 6.6)  # tops of the four rows of panels, inches
_TIMED = (("dm1", "ab"), ("contextdm1", "cd"), ("multidm", "ef"))


@style.styled
def figs2(tables: Tables, setting: Setting) -> Figure:
    """Draw Figure S2.

    a, c, e: accuracy against coherence for each stimulus duration; b, d, f: threshold against duration with
    perfect integration (slope -1/2); g: memory over delays; h, i: attended and ignored modality; j: Dly DM 1.

    Coherences are half the strength difference, times in ms.
    """
    labels = networks(tables)
    title = f"Figure S2  Accuracy, time and memory ({example_name(labels)} and {number_of(len(labels), 'network')})"
    figure = style.page(title, _HEIGHT, setting, style.provenance(tables, setting))
    for column, (task, letters) in enumerate(_TIMED):
        left = 0.5 + 2.25 * column
        letter(figure, letters[0], left - 0.42, _ROWS[0] - 0.14, f"{TITLES[task]}: accuracy")
        _accuracy(
            place(figure, left, _ROWS[0], 1.25, 1.25),
            of(tables["chronometric"], task=task, network=labels[0]),
        )
        letter(figure, letters[1], left - 0.42, _ROWS[1] - 0.14, f"{TITLES[task]}: threshold")
        _thresholds(place(figure, left, _ROWS[1], 1.6, 1.25), of(tables["threshold"], task=task), labels)
    letter(figure, "g", 0.08, _ROWS[2] - 0.14, "Dly DM 1: memory")
    _memory(figure, tables["memory"], labels)
    for i, task in enumerate(("contextdm1", "contextdm2")):
        _context(figure, 2.2 + 1.72 * i, "hi"[i], task, tables, labels)
    _delayed(figure, tables, labels)
    return figure


def _accuracy(ax: Axes, counts: pd.DataFrame) -> None:
    """P(correct) against coherence, one line per duration (light: short, dark: long)."""
    durations = sorted(counts["duration_ms"].unique())
    for duration, colour in zip(durations, style.shades(len(durations)), strict=True):
        part = of(counts, duration_ms=duration).sort_values("coherence")
        _line(ax, part["coherence"].to_numpy(float), part, colour, f"{duration:g}")
    log_ticks(ax, "x", sorted(counts["coherence"].unique()))
    ax.set_ylim(0.45, 1.02)
    ax.axhline(0.5, color="0.85", lw=0.6, zorder=0)
    ax.set_xlabel("Coherence")
    ax.set_ylabel("P(correct)")
    ax.legend(loc="center left", bbox_to_anchor=(1.02, 0.5), handlelength=0.9, title="Duration\n(ms)")
    trials = int(counts[list(COUNTS)].sum(axis=1).max())
    note(ax, 0.99, 0.04, f"{trials} trials\nper point", "right")


def _line(ax: Axes, x: np.ndarray, counts: pd.DataFrame, colour: Colour, label: str) -> None:
    x, share, low, high = proportions(x, counts)
    ax.fill_between(x, low, high, color=colour, alpha=0.18, lw=0)
    ax.plot(x, share, "o-", color=colour, ms=2.2, lw=0.9, label=label)


def _thresholds(ax: Axes, thresholds: pd.DataFrame, labels: tuple[str, ...]) -> None:
    """Threshold against duration of all networks, and the best line of slope -1/2 through the example's."""
    for i, network in reversed(list(enumerate(labels))):
        part = of(thresholds, network=network).sort_values("duration_ms")
        colour, width, order = (style.EXAMPLE, 1.3, 3) if i == 0 else (style.OTHERS, 0.7, 2)
        ax.plot(part["duration_ms"], part["threshold"], "o-", color=colour, lw=width, ms=2.4, zorder=order)
    log_ticks(ax, "x", [200, 400, 800, 1500])
    found = thresholds["threshold"].dropna().to_numpy(float)
    part = of(thresholds, network=labels[0]).dropna(subset=["threshold"]).sort_values("duration_ms")
    if len(part):
        durations = part["duration_ms"].to_numpy(float)
        constant = np.mean(np.log10(part["threshold"]) + 0.5 * np.log10(durations))
        perfect = 10 ** (constant - 0.5 * np.log10(durations))
        dashes: Any = {"ls": (0, (3, 1.5)), "lw": 1.0, "zorder": 4, "color": "#D55E00"}
        ax.plot(durations, perfect, label="perfect integration", **dashes)
        ax.legend(loc="upper right", handlelength=2.0)
        found = np.r_[found, perfect]
    if len(found):
        _threshold_axis(ax, found.min() / 1.15, found.max() * 1.8)
    ax.set_xlabel("Stimulus duration (ms)")
    ax.set_ylabel("Threshold (coherence)")


def _threshold_axis(ax: Axes, low: float, high: float) -> None:
    """Logarithmic y axis with round ticks, the fewer the more decades it spans."""
    decades = np.log10(high / low)
    steps = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0) if decades < 1 else (1.0, 2.0, 5.0) if decades < 2 else (1.0,)
    ticks = [step * 10.0**power for power in range(-4, 1) for step in steps]
    log_ticks(ax, "y", [tick for tick in ticks if low <= tick <= high])
    ax.set_ylim(low, high)


def _memory(figure: Figure, memory: pd.DataFrame, labels: tuple[str, ...]) -> None:
    """Panel g: P(correct) over the delay; above the example, below all networks at the largest coherence."""
    ax = place(figure, 0.5, _ROWS[2], 1.2, 1.25)
    own = of(memory, network=labels[0])
    coherences = sorted(own["coherence"].unique())
    for coherence, colour in zip(coherences, style.shades(len(coherences)), strict=True):
        part = of(own, coherence=coherence).sort_values("delay_ms")
        _line(ax, part["delay_ms"].to_numpy(float) / 1000, part, colour, f"{coherence:g}")
    ax.legend(title="coherence", loc="lower left", handlelength=0.9)
    below = place(figure, 0.5, _ROWS[3], 1.2, 1.25)
    for i, network in reversed(list(enumerate(labels))):
        part = of(memory, network=network, coherence=coherences[-1]).sort_values("delay_ms")
        x, share, _, _ = proportions(part["delay_ms"].to_numpy(float) / 1000, part)
        tint, width = (style.EXAMPLE, 1.3) if i == 0 else (style.OTHERS, 0.8)
        below.plot(x, share, "o-", color=tint, lw=width, ms=2.4)
    below.set_title(f"{number_of(len(labels), 'network')}, coherence {coherences[-1]:g}")
    for axes in (ax, below):
        log_ticks(axes, "x", [0.1, 0.5, 2, 5])
        axes.set_ylim(-0.02, 1.04)
        axes.axhline(0.5, color="0.85", lw=0.6, zorder=0)
        axes.set_xlabel("Delay (s)")
        axes.set_ylabel("P(correct)")


@dataclass(frozen=True)
class _Curve:
    """One psychometric curve: its name in the fits, its counts, the coherence it is drawn over, its look."""

    name: str
    counts: pd.DataFrame
    column: str
    colour: Colour
    label: str


def _context(figure: Figure, left: float, name: str, task: str, tables: Tables, labels: tuple[str, ...]) -> None:
    """Panels h, i: choices against the coherence of the attended and of the ignored modality."""
    letter(figure, name, left - 0.14, _ROWS[2] - 0.14, f"{TITLES[task]}, 800 ms")
    counts = of(tables["psychometric"], task=task, network=labels[0])
    columns = ("coherence_1", "coherence_2") if task.endswith("1") else ("coherence_2", "coherence_1")
    curves = [
        _Curve("attended", counts, columns[0], style.EXAMPLE, "attended"),
        _Curve("ignored", counts, columns[1], style.CONTROL, "ignored"),
    ]
    fits = of(tables["psychometric_fit"], task=task)
    ax = place(figure, left + 0.18, _ROWS[2], 1.12, 1.25)
    _choices(ax, curves, of(fits, network=labels[0]))
    ax.legend(loc="upper left", handlelength=0.9)
    below = place(figure, left + 0.18, _ROWS[3], 1.12, 1.25)
    _sigmas(below, curves, fits, labels)
    below.set_xlabel("Modality")
    # the ignored modality's sigma is larger by orders of magnitude, up to the limit of the fit
    log_ticks(below, "y", [0.001, 0.01, 0.1, 1, 10])
    if task.endswith("1"):
        ax.set_ylabel("P(choice 1)")
        below.set_ylabel("Fitted $\\sigma$ (strength)")


def _delayed(figure: Figure, tables: Tables, labels: tuple[str, ...]) -> None:
    """Panel j: choices in Dly DM 1 for each delay."""
    left = 2.2 + 1.72 * 2
    letter(figure, "j", left - 0.14, _ROWS[2] - 0.14, "Dly DM 1")
    counts = of(tables["psychometric"], task="delaydm1", network=labels[0])
    names = list(counts.sort_values("duration_ms")["curve"].unique())
    curves = [
        _Curve(name, of(counts, curve=name), "coherence_1", colour, name.split()[1])
        for name, colour in zip(names, style.shades(len(names)), strict=True)
    ]
    fits = of(tables["psychometric_fit"], task="delaydm1")
    ax = place(figure, left + 0.18, _ROWS[2], 1.12, 1.25)
    _choices(ax, curves, of(fits, network=labels[0]))
    ax.legend(loc="upper left", handlelength=0.9, title="Delay (ms)")
    below = place(figure, left + 0.18, _ROWS[3], 1.12, 1.25)
    _sigmas(below, curves, fits, labels)
    below.set_xlabel("Delay (ms)")
    below.set_ylim(bottom=0)
    few_ticks(below, "y", 4)


def _choices(ax: Axes, curves: Sequence[_Curve], fits: pd.DataFrame) -> None:
    """Psychometric curves of the example network."""
    reach, shown = 0.0, 0
    for curve in curves:
        summed = _averaged(curve.counts, curve.column)
        x = 2 * summed.index.to_numpy(dtype=float)
        reach, shown = max(reach, float(np.abs(x).max())), int(summed.sum(axis=1).max())
        choice_points(ax, x, summed, curve.colour)
        choice_curve(ax, (-reach, reach), of(fits, curve=curve.name), curve.colour, curve.label)
    choice_axis(ax, (-reach, reach), ylabel="")
    note(ax, 0.99, 0.04, f"{shown} trials\nper point", "right")


def _averaged(counts: pd.DataFrame, column: str) -> pd.DataFrame:
    """Counts by coherence whose share of choice 1 is the mean over the other modality's coherences, as fitted."""
    summed = counts.groupby(column)[list(COUNTS)].sum().astype(float)
    decided = summed["n_choice1"] + summed["n_choice2"]
    share = counts["n_choice1"] / (counts["n_choice1"] + counts["n_choice2"])  # NaN, left out: none was decided
    mean = share.groupby(counts[column]).mean().fillna(0)
    return summed.assign(n_choice1=mean * decided, n_choice2=(1 - mean) * decided)


def _sigmas(ax: Axes, curves: Sequence[_Curve], fits: pd.DataFrame, labels: tuple[str, ...]) -> None:
    """Fitted sigma of every network."""
    population_lines(ax, fits, [curve.name for curve in curves], "sigma", labels)
    ax.set_xticks(range(len(curves)), [curve.label for curve in curves])
    ax.set_title(number_of(len(labels), "network"))
