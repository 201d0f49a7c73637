"""Figure S2: psychophysics of one network and of all (Yang et al. 2019, Supplementary Fig. 2)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.figures import style
from replicortex.figures.components import (
    choice_axis,
    choice_curve,
    choice_points,
    example_name,
    few_ticks,
    log_ticks,
    number_of,
    population_lines,
    wilson,
)
from replicortex.figures.registry import FIGURES
from replicortex.figures.style import TITLES, Setting, letter, place
from replicortex.figures.tables import Tables, check, networks, of

TABLES = FIGURES["figS2"].tables
_HEIGHT = 8.5
_ROWS = (0.72, 2.6, 4.62, 6.6)  # tops of the four rows of panels, inches
_COUNTS = ["n_choice1", "n_choice2", "n_undecided"]
_TIMED = (("dm1", "ab"), ("contextdm1", "cd"), ("multidm", "ef"))


@style.styled
def figs2(tables: Tables, setting: Setting) -> Figure:
    """Draw Figure S2.

    a, c, e: accuracy against coherence for each stimulus duration; b, d, f: threshold against duration with perfect
    integration (slope -1/2); g: memory over delays; h, i: attended and ignored modality; j: Dly DM 1.

    Parameters
    ----------
    tables
        The tables of `TABLES`; coherences are half the strength difference, times in ms.
    setting
        Printed in the footer.

    Raises
    ------
    ValueError
        A table, column or network is missing.
    """
    check(tables, TABLES, "figS2")
    labels = networks(tables)
    title = (
        f"Figure S2  Decisions use time ({example_name(labels)} and all {number_of(len(labels), 'network')})"
    )
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
        n1, n2 = part["n_choice1"].to_numpy(float), part["n_choice2"].to_numpy(float)
        _proportion(ax, part["coherence"].to_numpy(float), n1, n2, colour, f"{duration:g}")
    log_ticks(ax, "x", sorted(counts["coherence"].unique()))
    ax.set_ylim(0.45, 1.02)
    ax.axhline(0.5, color="0.85", lw=0.6, zorder=0)
    ax.set_xlabel("Coherence")
    ax.set_ylabel("P(correct)")
    ax.legend(loc="center left", bbox_to_anchor=(1.02, 0.5), handlelength=0.9, title="Duration\n(ms)")
    trials = int(counts[_COUNTS].sum(axis=1).max())
    ax.text(
        0.99,
        0.04,
        f"{trials} trials\nper point",
        transform=ax.transAxes,
        ha="right",
        va="bottom",
        fontsize=style.SMALL,
    )


def _proportion(
    ax: Axes, x: np.ndarray, n1: np.ndarray, n2: np.ndarray, colour: object, label: str | None = None
) -> None:
    n = n1 + n2
    x, n1, n = x[n > 0], n1[n > 0], n[n > 0]
    low, high = wilson(n1, n)
    ax.fill_between(x, low, high, color=colour, alpha=0.18, lw=0)
    ax.plot(x, n1 / n, "o-", color=colour, ms=2.2, lw=0.9, label=label)


def _thresholds(ax: Axes, thresholds: pd.DataFrame, labels: tuple[str, ...]) -> None:
    """Threshold against duration of all networks, and the best line of slope -1/2 through the example's."""
    for i, network in reversed(list(enumerate(labels))):
        part = of(thresholds, network=network).sort_values("duration_ms")
        colour, width, order = (style.EXAMPLE, 1.3, 3) if i == 0 else (style.OTHERS, 0.7, 2)
        ax.plot(part["duration_ms"], part["threshold"], "o-", color=colour, lw=width, ms=2.4, zorder=order)
    part = of(thresholds, network=labels[0]).sort_values("duration_ms").dropna(subset=["threshold"])
    durations = part["duration_ms"].to_numpy(float)
    if len(part):
        constant = np.mean(np.log10(part["threshold"]) + 0.5 * np.log10(durations))
        perfect = 10 ** (constant - 0.5 * np.log10(durations))
        ax.plot(
            durations,
            perfect,
            color="#D55E00",
            lw=1.0,
            ls=(0, (3, 1.5)),
            zorder=4,
            label="perfect integration",
        )
        ax.legend(loc="upper right", handlelength=2.0)
    log_ticks(ax, "x", [200, 400, 800, 1500])
    found = thresholds["threshold"].dropna()
    round_ones = [t * d for d in (1e-3, 1e-2, 1e-1) for t in (1, 1.5, 2, 3, 5, 7)] + [1.0]
    if len(found):
        low, high = found.min() / 1.3, found.max() * 1.8
        log_ticks(ax, "y", [t for t in round_ones if low <= t <= high])
        ax.set_ylim(low, high)
    ax.set_xlabel("Stimulus duration (ms)")
    ax.set_ylabel("Threshold (coherence)")


def _memory(figure: Figure, memory: pd.DataFrame, labels: tuple[str, ...]) -> None:
    """Panel g: P(correct) over the delay, above for the example at each coherence, below for all at the largest."""
    ax = place(figure, 0.5, _ROWS[2], 1.2, 1.25)
    own = of(memory, network=labels[0])
    coherences = sorted(own["coherence"].unique())
    for coherence, colour in zip(coherences, style.shades(len(coherences)), strict=True):
        part = of(own, coherence=coherence).sort_values("delay_ms")
        n1, n2 = part["n_choice1"].to_numpy(float), part["n_choice2"].to_numpy(float)
        _proportion(ax, part["delay_ms"].to_numpy(float) / 1000, n1, n2, colour, f"{coherence:g}")
    ax.legend(title="coherence", loc="lower left", handlelength=0.9)
    below = place(figure, 0.5, _ROWS[3], 1.2, 1.25)
    for i, network in reversed(list(enumerate(labels))):
        part = of(memory, network=network, coherence=coherences[-1]).sort_values("delay_ms")
        decided = part["n_choice1"] + part["n_choice2"]
        colour, width = (style.EXAMPLE, 1.3) if i == 0 else (style.OTHERS, 0.8)
        share = (part["n_choice1"] / decided.where(decided > 0)).to_numpy(float)
        below.plot(part["delay_ms"] / 1000, share, "o-", color=colour, lw=width, ms=2.4)
    below.set_title(f"{number_of(len(labels), 'network')}, coherence {coherences[-1]:g}")
    for axes in (ax, below):
        log_ticks(axes, "x", [0.1, 0.5, 2, 5])
        axes.set_ylim(-0.02, 1.04)
        axes.axhline(0.5, color="0.85", lw=0.6, zorder=0)
        axes.set_xlabel("Delay (s)")
        axes.set_ylabel("P(correct)")


def _context(
    figure: Figure, left: float, name: str, task: str, tables: Tables, labels: tuple[str, ...]
) -> None:
    """Panels h, i: choices against the coherence of the attended and of the ignored modality."""
    letter(figure, name, left - 0.14, _ROWS[2] - 0.14, f"{TITLES[task]}, 800 ms")
    counts = of(tables["psychometric"], task=task, network=labels[0])
    attended = "coherence_1" if task.endswith("1") else "coherence_2"
    ignored = "coherence_2" if attended == "coherence_1" else "coherence_1"
    curves = {"attended": (counts, attended, style.EXAMPLE), "ignored": (counts, ignored, style.CONTROL)}
    _curves(
        figure, left, task, curves, tables, labels, {"attended": "attended", "ignored": "ignored"}, "Modality"
    )


def _delayed(figure: Figure, tables: Tables, labels: tuple[str, ...]) -> None:
    """Panel j: choices in Dly DM 1 for each delay."""
    left = 2.2 + 1.72 * 2
    letter(figure, "j", left - 0.14, _ROWS[2] - 0.14, "Dly DM 1")
    counts = of(tables["psychometric"], task="delaydm1", network=labels[0])
    names = list(counts.sort_values("duration_ms")["curve"].unique())
    colours = style.shades(len(names))
    curves = {name: (of(counts, curve=name), "coherence_1", colours[i]) for i, name in enumerate(names)}
    short = {name: name.removeprefix("delay ").removesuffix(" ms") for name in names}
    _curves(figure, left, "delaydm1", curves, tables, labels, short, "Delay (ms)")


def _curves(figure: Figure, left: float, task: str, curves: dict, tables: Tables, labels: tuple[str, ...],
            short: dict[str, str], xlabel: str) -> None:  # fmt: skip
    """Psychometric curves of the example (above) and fitted sigma of all networks (below)."""
    ax = place(figure, left + 0.18, _ROWS[2], 1.12, 1.25)
    fits = of(tables["psychometric_fit"], task=task)
    own = of(fits, network=labels[0]).set_index("curve")
    reach = 0.0
    for name, (counts, column, colour) in curves.items():
        summed = counts.groupby(column)[["n_choice1", "n_choice2"]].sum()
        x = 2 * summed.index.to_numpy(float)
        reach = max(reach, float(np.abs(x).max()))
        choice_points(ax, x, summed["n_choice1"].to_numpy(float), summed["n_choice2"].to_numpy(float), colour)
        if name in own.index:
            choice_curve(
                ax, (-reach, reach), own.loc[name, "mu"], own.loc[name, "sigma"], colour, label=short[name]
            )
    n = [
        int(counts.groupby(column)[_COUNTS].sum().sum(axis=1).max()) for counts, column, _ in curves.values()
    ]
    text = f"{max(n)} trials\nper point"
    ax.text(0.99, 0.04, text, transform=ax.transAxes, ha="right", va="bottom", fontsize=style.SMALL)
    choice_axis(ax, (-reach, reach), ylabel="P(choice 1)" if task == "contextdm1" else "")
    if task != "contextdm1":
        ax.set_yticklabels([])
    ax.legend(loc="upper left", handlelength=0.9, title=xlabel if task == "delaydm1" else None)
    below = place(figure, left + 0.18, _ROWS[3], 1.12, 1.25)
    population_lines(below, fits, list(curves), "sigma", labels)
    below.set_xticks(range(len(curves)), [short[name] for name in curves])
    below.set_xlabel(xlabel)
    below.set_ylabel("Fitted $\\sigma$ (strength)" if task == "contextdm1" else "")
    if task == "delaydm1":
        below.set_ylim(bottom=0)
        few_ticks(below, "y", 4)
    else:  # the ignored modality's sigma is larger by orders of magnitude, up to the limit of the fit
        log_ticks(below, "y", [0.01, 0.1, 1, 10])
    below.set_title(number_of(len(labels), "network"))
