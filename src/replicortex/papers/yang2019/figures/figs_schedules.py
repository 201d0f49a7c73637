"""Supplementary figure: do networks trained under different schedules come out alike?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from replicortex.papers.yang2019.figures.clusters import k_axis
from replicortex.report import style
from replicortex.report.checks import Tables, networks, of
from replicortex.report.components import few_ticks, note, number_of, task_axis
from replicortex.report.style import TASK_ORDER, TITLES, Setting, letter, place

_HEIGHT = 8.8
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")
_BINS = np.linspace(-1, 1, 21)
_ACROSS = 5  # pairs of tasks shown


@style.styled
def figs_schedules(populations: Mapping[str, Tables], setting: Setting) -> Figure:
    """Compare populations: a final performance, b best k, c fractional task variance, d composite rules.

    It shows the experiments "reference" and "other_optimiser", and of other schedules those that there are.
    """
    title = "Figure S  Networks trained under different schedules"
    figure = style.page(title, _HEIGHT, setting, style.provenances(populations, setting))
    told = {name: f"{setting.of(name).experiment} ({setting.of(name).schedule})" for name in populations}
    populations = {told[name]: tables for name, tables in populations.items()}
    colours = dict(zip(populations, _COLOURS, strict=False))
    _key(figure, populations, colours)
    letter(figure, "a", 0.08, 0.8, "Final performance")
    _performance(place(figure, 0.5, 0.95, 3.9, 1.3), populations, colours)
    letter(figure, "b", 4.75, 0.8, "Best k, range within one s.e.")
    _numbers(place(figure, 5.65, 0.95, 1.3, 1.9), populations, colours)
    letter(figure, "c", 0.08, 3.55, "Fractional task variance: median over networks and range")
    _fractions(figure, populations, colours)
    letter(figure, "d", 0.08, 5.75, "Tasks under composite rules")
    _composites(figure, populations, colours)
    return figure


def _key(figure: Figure, populations: Mapping[str, Tables], colours: dict[str, str]) -> None:
    ax = place(figure, 0.5, 0.4, 5.0, 0.2)
    ax.axis("off")
    for label in populations:
        ax.plot([], [], "o-", color=colours[label], ms=3, label=label)
    ax.legend(loc="center left", ncols=3, columnspacing=2.0)


def _offsets(n: int, width: float) -> NDArray[np.float64]:
    return (np.arange(n) - (n - 1) / 2) * width / max(n, 1)


def _dots(ax: Axes, x: float, values: Sequence[float] | NDArray[np.float64], colour: str) -> None:
    """Networks as dots, their median as a bar."""
    ax.plot(np.full(len(values), x), values, "o", color=colour, ms=2.4, mew=0, alpha=0.55, clip_on=False)
    ax.plot([x - 0.13, x + 0.13], [np.median(values)] * 2, color=colour, lw=1.6, solid_capstyle="butt", zorder=4)


def _performance(ax: Axes, populations: Mapping[str, Tables], colours: dict[str, str]) -> None:
    shifts = _offsets(len(populations), 0.7)
    lowest = 1.0
    for (label, tables), shift in zip(populations.items(), shifts, strict=True):
        history = tables["history"]
        last = history[history["trials"] == history.groupby("network")["trials"].transform("max")]
        for i, task in enumerate(TASK_ORDER):
            values = of(last, task=task)["performance"].to_numpy(float)
            _dots(ax, i + shift, values, colours[label])
            lowest = min([lowest, *values])
    task_axis(ax, vertical=False, width=0.04, gap=0.03)
    ax.axhline(0.9, color="0.8", lw=0.6, zorder=0)
    ax.set_ylim(np.floor(20 * lowest - 0.5) / 20, 1.005)
    ax.set_ylabel("Performance")
    few_ticks(ax, "y", 5)


def _numbers(ax: Axes, populations: Mapping[str, Tables], colours: dict[str, str]) -> None:
    row, ticks = 0, []
    for label, tables in populations.items():
        table = of(tables["cluster_number"], kind="task").set_index("network").loc[list(networks(tables))]
        rows = np.arange(row, row + len(table))
        ax.hlines(rows, table["k_low"], table["k_high"], colors=colours[label], lw=1.8, alpha=0.45)
        ax.plot(table["k"], rows, "o", color=colours[label], ms=3.2)
        ticks.append((rows.mean(), label.replace(" (", "\n(")))
        row += len(table) + 1
    ax.set_yticks([y for y, _ in ticks], [text for _, text in ticks])
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(row - 1.5 + 0.5, -1)
    k_axis(ax)


def _fractions(figure: Figure, populations: Mapping[str, Tables], colours: dict[str, str]) -> None:
    first = next(iter(populations.values()))["ftv"]
    pairs = list(dict.fromkeys(zip(first["task_a"], first["task_b"], strict=True)))[:_ACROSS]
    axes, top = [], 0.05
    for i, (a, b) in enumerate(pairs):
        ax, silent = place(figure, 0.5 + 1.33 * i, 3.85, 1.1, 1.15), 0
        for label, tables in populations.items():
            shares = _histograms(of(tables["ftv"], task_a=a, task_b=b), networks(tables))
            silent += int((shares.sum(axis=1) == 0).sum())
            ax.stairs(
                shares.max(axis=0),
                _BINS,
                baseline=shares.min(axis=0),
                fill=True,
                color=colours[label],
                alpha=0.2,
                lw=0,
            )
            ax.stairs(np.median(shares, axis=0), _BINS, color=colours[label], lw=1.0)
            top = max(top, float(shares.max()))
        ax.set_xlim(-1, 1)
        ax.set_xticks([-1, 0, 1])
        few_ticks(ax, "y", 4)
        ax.set_title(f"{TITLES[a]}, {TITLES[b]}")
        ax.set_xlabel("FTV")
        if silent:
            note(ax, 0.03, 0.85, f"{number_of(silent, 'network')}\nwithout units", back="white")
        axes.append(ax)
    for ax in axes:
        ax.set_ylim(0, 1.05 * top)
        if ax is not axes[0]:
            ax.set_yticklabels([])
    axes[0].set_ylabel("Share of units")


def _histograms(table: pd.DataFrame, labels: Sequence[str]) -> NDArray[np.float64]:
    """(network, bin) share of each network's units; all 0 for a network that has none active in the pair."""
    counts = [np.histogram(of(table, network=label)["ftv"], _BINS)[0] for label in labels]
    return np.array([c / max(c.sum(), 1) for c in counts])


def _composites(figure: Figure, populations: Mapping[str, Tables], colours: dict[str, str]) -> None:
    first = next(iter(populations.values()))["composite"]
    top, shifts = 6.05, _offsets(len(populations), 0.6)
    tasks = list(dict.fromkeys(first["task"]))
    for i, task in enumerate(tasks):
        ax = place(figure, 0.5 + 2.25 * i, top, 1.85, 1.2)
        names = list(dict.fromkeys(of(first, task=task)["combination"]))
        for (label, tables), shift in zip(populations.items(), shifts, strict=True):
            for x, name in enumerate(names):
                values = of(tables["composite"], task=task, combination=name)["performance"].to_numpy(float)
                if len(values):
                    _dots(ax, x + shift, values, colours[label])
        ax.set_xlim(-0.6, len(names) - 0.4)
        ax.set_ylim(0, 1.02)
        ax.set_xticks(range(len(names)), [titled(name) for name in names], rotation=90)
        ax.set_title(f"Task: {TITLES[task]}")
        if i == 0:
            ax.set_ylabel("Performance")


def titled(combination: str) -> str:
    """A combination of rules with the paper's names, broken into lines.

    Examples
    --------
    >>> titled("fdanti + delaygo - fdgo")
    'Anti + Dly Go\\n- Go'
    """
    named = re.sub(r"[a-z]+[0-9]?", lambda match: TITLES.get(match.group(), match.group()), combination)
    terms = re.split(r" (?=[+-] )", named)
    return "\n".join(" ".join(terms[i : i + 2]) for i in range(0, len(terms), 2))
