"""Figure 3: clusters in networks of many kinds (Yang et al. 2019, Fig. 3)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from string import ascii_lowercase
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from replicortex.analysis.factors import ABLE, PASSED
from replicortex.papers.yang2019.figures.levels import Factor, factors
from replicortex.report import style
from replicortex.report.checks import Tables, networks
from replicortex.report.components import few_ticks, note, number_of
from replicortex.report.style import Setting, letter, place

_BINS = np.linspace(0, 30, 17)
_ACTIVATION, _CELL, _INIT = "network.activation", "network.cell", "network.init"
_PASSED, _ABLE = "0.2", "0.7"  # greys of networks above 0.90 and above 0.75
_ACROSS, _STEP, _ROW = 5, 1.36, 1.5  # histograms per row, and inches from one to the next
_WHICH = {"passed": f"above {PASSED:.2f} in every task", "able": f"above {ABLE:.2f} in every task"}


@style.styled
def fig3(tables: Tables, setting: Setting) -> Figure:
    """Draw Figure 3: a settings, b number of clusters per network, then histograms per setting, learning, shares.

    Performance as a fraction.
    """
    shown = factors(tables["members"])
    rows = tables["members"].merge(tables["outcome"], on="network").set_index("network").loc[list(networks(tables))]
    sets = ["passed", *(["able"] if (rows["outcome"] == "able").any() else [])]
    top_b = 0.95 + 0.17 * len(shown)
    top_c = top_b + 1.6 + 0.13 * len(shown)
    lines = int(np.ceil(len(shown) / _ACROSS)) or 1
    top_last = top_c + _ROW * lines * len(sets) + 0.15
    title = "Figure 3  Clusters in networks of many kinds"
    figure = style.page(title, top_last + 1.85, setting, style.provenance(tables, setting))
    _settings(figure, rows, shown)
    _sorted(figure, rows, shown, top_b)
    for number, name in enumerate(sets):
        _histograms(figure, rows, shown, name, top_c + _ROW * lines * number, last=name == sets[-1])
    after = ascii_lowercase[2 + len(shown) :]
    letter(figure, after[0], 0.08, top_last - 0.12, "Weakest task at the end")
    _learning(place(figure, 0.5, top_last, 2.55, 1.15), rows, shown)
    letter(figure, after[1], 3.4, top_last - 0.12, "Share of the variance of k that each setting explains")
    _shares(place(figure, 4.5, top_last, 2.45, 1.15), tables["factor_shares"], shown, sets)
    return figure


def _settings(figure: Figure, rows: pd.DataFrame, shown: Sequence[Factor]) -> None:
    """Panel a: values of each setting in their colours, with how many networks passed of how many trained."""
    passed = rows["outcome"] == "passed"
    caption = f"Settings: networks {_WHICH['passed']} / trained ({int(passed.sum())} / {len(rows)} in all)"
    letter(figure, "a", 0.08, 0.5, caption)
    ax = place(figure, 1.1, 0.6, 5.85, max(0.17 * len(shown), 0.17))
    ax.set(xlim=(0, 1), ylim=(max(len(shown), 1), 0))
    ax.axis("off")
    if not shown:
        ax.text(0, 0.5, "no setting is varied", va="center")
    for y, each in enumerate(shown):
        ax.text(-0.01, y + 0.5, each.name, ha="right", va="center")
        width = 1 / len(each.levels)
        for x, (level, name, colour) in enumerate(zip(each.levels, each.names, each.colours, strict=True)):
            of_level = rows[each.path] == level
            ax.add_patch(Rectangle((x * width, y + 0.15), 0.015, 0.7, facecolor=colour, lw=0))
            text = f"{name}: {int((passed & of_level).sum())} / {int(of_level.sum())}"
            ax.text(x * width + 0.022, y + 0.5, text, va="center", fontsize=style.SMALL)


def _sorted(figure: Figure, rows: pd.DataFrame, shown: Sequence[Factor], top: float) -> None:
    """Panel b: number of clusters of every network that learnt, descending, with its settings below."""
    kept = rows[(rows["outcome"] != "failed") & rows["k"].notna()].sort_values("k", ascending=False, kind="stable")
    unclustered = int(((rows["outcome"] != "failed") & rows["k"].isna()).sum())
    failed = int((rows["outcome"] == "failed").sum())
    told = f"{number_of(failed, 'network')} below {ABLE:.2f} in some task not shown"
    told += f", nor {unclustered} with too few active units" if unclustered else ""
    letter(figure, "b", 0.08, top - 0.12, f"Number of clusters of each network ({told})")
    ax = place(figure, 1.1, top, 5.85, 1.1)
    x = np.arange(len(kept))
    greys = np.where(kept["outcome"] == "passed", _PASSED, _ABLE)
    ax.bar(x, kept["k"], width=1.0, color=greys, edgecolor=greys, lw=0.2)
    ax.set(xlim=(-0.5, max(len(kept), 1) - 0.5), ylim=(0, 31), xticks=[], yticks=[0, 10, 20, 30])
    ax.set_ylabel("Clusters k")
    below = place(figure, 1.1, top + 1.14, 5.85, 0.13 * max(len(shown), 1))
    below.set(xlim=ax.get_xlim(), ylim=(max(len(shown), 1), 0), xticks=[])
    below.spines[["left", "bottom"]].set_visible(False)
    below.set_yticks(np.arange(len(shown)) + 0.5, [each.name for each in shown])
    below.tick_params(axis="y", length=0)
    for y, each in enumerate(shown):
        colour = dict(zip(each.levels, each.colours, strict=True))
        cells = [colour[level] for level in kept[each.path]]
        below.bar(x, 0.84, bottom=y + 0.08, width=1.0, color=cells, edgecolor=cells, lw=0.2)
    if kept.empty:
        note(ax, 0.5, 0.45, "no network learnt enough", align="center")
        return
    inset = place(figure, 5.55, top + 0.05, 1.3, 0.5)
    for outcome, grey in (("able", _ABLE), ("passed", _PASSED)):
        k = kept.loc[kept["outcome"].isin(["passed", outcome]), "k"]
        inset.hist(k, bins=_BINS.tolist(), color=grey, label=_WHICH[outcome] if len(k) else None)
    inset.set_xlim(0, 30)
    inset.set_xticks([0, 15, 30])
    inset.tick_params(labelsize=style.SMALL, pad=1)
    few_ticks(inset, "y", 2)
    if (kept["outcome"] == "able").any():
        handles, names = inset.get_legend_handles_labels()
        ax.legend(handles[::-1], names[::-1], loc="upper right", bbox_to_anchor=(0.72, 1.0), handlelength=0.8)


def able_activations(rows: pd.DataFrame, kept: pd.DataFrame) -> list[Any]:
    """Activations that can learn: those of which some network is among the kept with every type of network.

    With the paper's grid softplus and relu, to which it restricts panels d to g. If there are none, those of any kept
    network.
    """
    able = list(kept[_ACTIVATION].unique())
    if _CELL in rows:
        types = rows.groupby(_ACTIVATION)[_CELL].unique()
        found = kept.groupby(_ACTIVATION)[_CELL].nunique()
        able = [a for a in able if found[a] == len(types[a])] or able
    return able


def _histograms(
    figure: Figure, rows: pd.DataFrame, shown: Sequence[Factor], which: str, top: float, last: bool
) -> None:
    """Number of clusters by each setting; all but the activation only for activations that can learn."""
    kept = rows[rows["outcome"].isin(["passed", which]) & rows["k"].notna()]
    able = able_activations(rows, kept) if _ACTIVATION in rows else []
    if able and len(shown) > 1:
        others = [ascii_lowercase[2 + i] for i, each in enumerate(shown) if each.path != _ACTIVATION]
        told = f"{others[0]}-{others[-1]}: {', '.join(map(str, able))} only"
        corner = (1.86 / style.WIDTH, 1 - (top - 0.14) / figure.get_figheight())
        figure.text(*corner, told, fontsize=style.SMALL, va="baseline")
    for i, each in enumerate(shown):
        left, y = 0.5 + _STEP * (i % _ACROSS), top + 0.12 + _ROW * (i // _ACROSS)
        part = kept[kept[_ACTIVATION].isin(able)] if able and each.path != _ACTIVATION else kept
        if which == "passed":
            letter(figure, ascii_lowercase[2 + i], left - (0.42 if i % _ACROSS == 0 else 0.2), y - 0.1)
        ax = place(figure, left, y, 1.08, 0.92)
        _by_level(ax, part, each)
        ax.set_title(each.name)
        if i % _ACROSS == 0:
            limit = PASSED if which == "passed" else ABLE
            ax.set_ylabel(f"Density, networks\nabove {limit:.2f}")
        if last:
            ax.set_xlabel("Clusters k")


def _by_level(ax: Axes, part: pd.DataFrame, each: Factor) -> None:
    top = 0.02
    for i, (level, name, colour) in enumerate(zip(each.levels, each.names, each.colours, strict=True)):
        k = part.loc[part[each.path] == level, "k"]
        if len(k):
            density, _ = np.histogram(k, _BINS, density=True)
            top = max(top, float(density.max()))
            ax.stairs(density, _BINS, color=colour, lw=1.0)
            ax.stairs(density, _BINS, color=colour, alpha=0.1, fill=True, lw=0)
        look: Any = {"transform": ax.transAxes, "ha": "right", "va": "top", "fontsize": style.SMALL}
        ax.text(1.0, 0.99 - 0.11 * i, f"{name} ({len(k)})", color=colour, **look)
    free = max(0.3, 0.95 - 0.115 * len(each.levels))  # of the height, below the names
    ax.set(xlim=(0, 30), xticks=[0, 10, 20, 30], ylim=(0, top / free))
    few_ticks(ax, "y", 3)


def _learning(ax: Axes, rows: pd.DataFrame, shown: Sequence[Factor]) -> None:
    """Weakest task of every network, by activation and type of network (or by the first setting)."""
    by = [each for each in shown if each.path in (_ACTIVATION, _CELL)] or list(shown[:1])
    groups = []
    for levels in product(*(each.levels for each in by)):
        here = np.logical_and.reduce([rows[each.path] == level for each, level in zip(by, levels, strict=True)])
        groups += [(levels, rows[here])] if by else [(levels, rows)]
    for x, (_, part) in enumerate(groups):
        spread = (np.arange(len(part)) - (len(part) - 1) / 2) / max(len(part), 2) * 0.7
        colours = part["outcome"].map({"passed": _PASSED, "able": _ABLE}).fillna("#D55E00")
        ax.scatter(x + spread, part["minimum"], c=colours, s=4, linewidths=0, clip_on=False)
    for limit in (PASSED, ABLE):
        ax.axhline(limit, color="0.75", lw=0.6, ls=(0, (2, 2)), zorder=0)
    ax.set_xticks(range(len(groups)), [_shown(levels[-1], by[-1]) if by else "all" for levels, _ in groups])
    ax.tick_params(axis="x", length=0)
    for level in by[0].levels if len(by) > 1 else ():
        middle = np.mean([x for x, (levels, _) in enumerate(groups) if levels[0] == level])
        look: Any = {"transform": ax.get_xaxis_transform(), "ha": "center", "va": "top"}
        ax.text(float(middle), -0.15, _shown(level, by[0]), fontsize=style.SMALL, **look)
    ax.set(xlim=(-0.6, len(groups) - 0.4), ylim=(min(0.0, float(rows["minimum"].min())), 1.0))
    ax.set_ylabel("Performance")


def _shown(level: Any, each: Factor) -> str:
    return dict(zip(each.levels, each.names, strict=True))[level].replace("leaky ", "")


def _shares(ax: Axes, table: pd.DataFrame, shown: Sequence[Factor], sets: Sequence[str]) -> None:
    """Share of the variance of k by setting with 95 % intervals; filled: passed networks, open: the larger set."""
    ax.axvline(0, color="0.75", lw=0.6, zorder=0)
    empty = True
    for shift, name in zip((-0.13, 0.13), sets, strict=False):
        part = table[table["networks"] == name].set_index("factor").reindex([each.path for each in shown])
        y = np.arange(len(shown)) + (shift if len(sets) > 1 else 0)
        colour = _PASSED if name == "passed" else "0.55"
        n = int(part["n"].max()) if len(part) else 0
        ax.hlines(y, part["share_low"], part["share_high"], color=colour, lw=1.0)
        ax.plot(part["share"], y, "o", color=colour, ms=3.4, label=f"{_WHICH[name]} (n = {n})")
        empty = empty and not part["share"].notna().any()
    names = [f"{each.name}*" if each.path == _INIT else each.name for each in shown]
    ax.set_yticks(range(len(shown)), names)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(max(len(shown), 1) + (-0.4 if empty else 0.9), -0.6)  # two rows more, for the legend
    ax.set_xlim(min(-0.1, ax.get_xlim()[0]), max(0.6, min(1.05, ax.get_xlim()[1])))
    ignored = any(each.path == _INIT for each in shown) and any(each.path == _CELL for each in shown)
    told = "\n* ignored by GRU networks" if ignored else ""
    ax.set_xlabel(f"Adjusted share (type II), 95 % interval over networks{told}", linespacing=1.3)
    if empty:
        note(ax, 0.5, 0.4, "too few networks,\nor all with the same k", align="center", back="white")
    else:
        ax.legend(loc="lower right", handlelength=0.8)
