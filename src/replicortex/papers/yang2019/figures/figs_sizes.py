"""Supplementary figure: do networks of other sizes give the same results? (Yang et al. 2019, text)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.papers.yang2019.figures import ftv
from replicortex.report import style
from replicortex.report.checks import Tables, of
from replicortex.report.components import few_ticks, note, number_of
from replicortex.report.style import TITLES, Colour, Setting, letter, place
from replicortex.tables import last_performance

_HEIGHT = 4.55
_PASSED = 0.9
_TOP, _BELOW = 0.62, 2.75


@style.styled
def figs_sizes(populations: Mapping[str, Tables], setting: Setting) -> Figure:
    """Compare networks by their number of units: a performance, b clusters, c silhouettes, d-h pairs of tasks.

    Networks of one size are put together, whichever they are from.
    """
    title = "Figure S  Networks of other sizes"
    figure = style.page(title, _HEIGHT, setting, style.provenances(populations, setting))
    sizes = _sizes(populations)
    colours = dict(zip(sizes, style.shades(len(sizes)), strict=True))
    letter(figure, "a", 0.08, _TOP - 0.12, "Weakest task")
    ax = place(figure, 0.5, _TOP, 1.75, 1.4)
    _points(ax, sizes, colours, _column(populations, "weakest"), "Performance")
    ax.axhline(_PASSED, color="0.75", lw=0.6, ls=(0, (2, 2)), zorder=0)
    letter(figure, "b", 2.5, _TOP - 0.12, "Number of clusters, range within one s.e.")
    ax = place(figure, 2.9, _TOP, 1.75, 1.4)
    _points(ax, sizes, colours, _column(populations, "k"), "Clusters k", _ranges(populations))
    ax.set_ylim(0, 31)
    letter(figure, "c", 4.9, _TOP - 0.12, "Silhouette; orange: rotated control")
    ax = place(figure, 5.3, _TOP, 1.65, 1.4)
    _points(ax, sizes, dict.fromkeys(sizes, style.CONTROL), _column(populations, "rotated"), "", shift=0.12)
    _points(ax, sizes, colours, _column(populations, "task"), "Silhouette", shift=-0.12)
    _pairs(figure, populations, sizes, colours)
    return figure


def _sizes(populations: Mapping[str, Tables]) -> dict[int, list[tuple[str, str]]]:
    """Number of units -> (experiment, label) of the networks that have so many, ascending."""
    found: dict[int, list[tuple[str, str]]] = {}
    for name, tables in populations.items():
        built = tables["architecture"].set_index("network")["units"].astype(int)
        for label, units in built.items():
            found.setdefault(units, []).append((name, str(label)))
    return dict(sorted(found.items()))


def _column(populations: Mapping[str, Tables], what: str) -> dict[tuple[str, str], float]:
    """One number per network: weakest task, best k, silhouette of the units or of the rotated control."""
    found: dict[tuple[str, str], float] = {}
    for name, tables in populations.items():
        kind = "rotated" if what == "rotated" else "task"
        if what == "weakest":
            values = last_performance(tables["history"]).min(axis=1)
        else:
            values = of(tables["cluster_number"], kind=kind).set_index("network")["k" if what == "k" else "silhouette"]
        found |= {(name, str(label)): float(value) for label, value in values.items()}
    return found


def _ranges(populations: Mapping[str, Tables]) -> dict[tuple[str, str], tuple[float, float]]:
    """The numbers of clusters that cannot be distinguished from the best, per network."""
    found: dict[tuple[str, str], tuple[float, float]] = {}
    for name, tables in populations.items():
        ends = of(tables["cluster_number"], kind="task").set_index("network")[["k_low", "k_high"]]
        for label, (low, high) in zip(ends.index, ends.to_numpy(dtype=float), strict=True):
            found[name, str(label)] = float(low), float(high)
    return found


def _points(
    ax: Axes,
    sizes: Mapping[int, Sequence[tuple[str, str]]],
    colours: Mapping[int, Colour],
    values: Mapping[tuple[str, str], float],
    label: str,
    ranges: Mapping[tuple[str, str], tuple[float, float]] | None = None,
    shift: float = 0.0,
) -> None:
    """Networks as dots over their size, their median as a bar."""
    for x, (size, members) in enumerate(sizes.items()):
        spread = x + shift + (np.arange(len(members)) - (len(members) - 1) / 2) * min(0.08, 0.5 / len(members))
        y = np.array([values.get(member, np.nan) for member in members])
        ax.plot(spread, y, "o", color=colours[size], ms=3, mew=0, alpha=0.7, clip_on=False)
        if ranges is not None:
            low, high = np.array([ranges.get(member, (np.nan, np.nan)) for member in members]).T
            ax.vlines(spread, low, high, color=colours[size], lw=1.2, alpha=0.4)
        if np.isfinite(y).any():
            ax.plot([x + shift - 0.2, x + shift + 0.2], [np.nanmedian(y)] * 2, color=colours[size], lw=1.6)
    ax.set_xticks(range(len(sizes)), [str(size) for size in sizes])
    ax.set_xlim(-0.6, len(sizes) - 0.4)
    ax.set_xlabel("Recurrent units")
    if label:
        ax.set_ylabel(label)
    few_ticks(ax, "y", 4)


def _pairs(
    figure: Figure,
    populations: Mapping[str, Tables],
    sizes: Mapping[int, Sequence[tuple[str, str]]],
    colours: Mapping[int, Colour],
) -> None:
    """Panels d to h: median histogram of each size for the five pairs of Figure 4."""
    axes, top = [], 0.05
    for i, (a, b) in enumerate(ftv.PAIRS):
        left = 0.5 + 1.34 * i
        letter(figure, "defgh"[i], left - (0.42 if i == 0 else 0.16), _BELOW - 0.12)
        ax = place(figure, left, _BELOW, 1.08, 1.05)
        silent = 0
        for size, members in sizes.items():
            counts = np.vstack([_counts(populations, name, label, a, b) for name, label in members])
            median = ftv.over_networks(counts)[0]
            label = f"{size} ({number_of(len(counts), 'network')})"
            ax.stairs(median, ftv.EDGES, color=colours[size], lw=1.0, label=label)
            top, silent = max(top, float(median.max())), silent + int((counts.sum(axis=1) == 0).sum())
        ftv.axis(ax, a, b)
        if silent:
            note(ax, 0.04, 0.8, f"{number_of(silent, 'network')}\nwithout units", back="white")
        ax.set_title(f"{TITLES[a]}, {TITLES[b]}")
        axes.append(ax)
    for ax in axes:
        ax.set_ylim(0, 1.06 * top)
        if ax is not axes[0]:
            ax.set_yticklabels([])
    axes[0].set_ylabel("Share of units (median)")
    axes[2].set_xlabel("Fractional task variance", labelpad=10)
    handles, names = axes[0].get_legend_handles_labels()
    key = place(figure, 0.5, _BELOW - 0.42, 6.4, 0.12)
    key.axis("off")
    key.legend(handles, names, loc="center left", ncols=max(1, len(names)), title=None, columnspacing=2.0)


def _counts(populations: Mapping[str, Tables], name: str, label: str, a: str, b: str) -> np.ndarray:
    table: pd.DataFrame = populations[name]["ftv_histogram"]
    return ftv.counts_of(table[table["network"] == label], a, b, [label])
