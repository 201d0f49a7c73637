"""Supplementary figure: the number of clusters against how long networks were trained and how well they do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.analysis.learning import last_evaluation
from replicortex.papers.yang2019.figures.clusters import K_LIMITS
from replicortex.report import style
from replicortex.report.checks import Tables, of
from replicortex.report.components import few_ticks, note
from replicortex.report.learning import colours, levels
from replicortex.report.style import EXAMPLE, Setting, letter, place

LENGTHS, TRIALS = "training_length", "training.trials"
_TOP, _BELOW = 0.75, 3.0
_LEVEL = 0.9


@style.styled
def figs_training_length(populations: Mapping[str, Tables], setting: Setting) -> Figure:
    """Draw a final performance, b best k and c silhouette against trials, and d best k against the weakest task.

    Panels a to c show "training_length" and "reference", d shows these and all others that have clusters.
    """
    levels(populations[LENGTHS]["members"], TRIALS, f"figS_training_length, {LENGTHS}")
    found = {setting.of(name).experiment: summary(tables) for name, tables in populations.items()}
    lengths, beside = found[setting.of(LENGTHS).experiment], found["reference"]
    footer = style.provenances(populations, setting)
    figure = style.page("Figure S  Clusters over training", 5.6, setting, footer)
    letter(figure, "a", 0.08, _TOP - 0.14, "Final performance")
    _performance(place(figure, 0.5, _TOP, 1.75, 1.5), lengths, beside)
    letter(figure, "b", 2.45, _TOP - 0.14, "Best k, range within one s.e.")
    _number(place(figure, 2.85, _TOP, 1.75, 1.5), lengths, beside, setting.each["reference"].schedule)
    letter(figure, "c", 4.8, _TOP - 0.14, "Silhouette above rotated control")
    _silhouette(place(figure, 5.25, _TOP, 1.75, 1.5), lengths, beside)
    letter(figure, "d", 0.08, _BELOW - 0.14, "Best k and performance, all networks with clusters")
    _against_performance(place(figure, 0.5, _BELOW, 4.1, 2.0), found)
    return figure


def summary(tables: Tables) -> pd.DataFrame:
    """One row per network: what the panels show of it.

    Returns
    -------
    DataFrame
        Index network; columns training.trials (NaN where the grid does not vary it), trials (at the end of training),
        weakest and mean (final performance over tasks), k (NaN where there were too few active units), k_low, k_high (k
        itself where its uncertainty was not measured) and gain (silhouette of the best k above that of the rotated
        control, NaN where there is none).
    """
    final = last_evaluation(tables["history"])
    members = tables["members"].set_index("network").reindex(final.index)
    planned = members[TRIALS] if TRIALS in members else pd.Series(np.nan, index=final.index)
    trained = {
        TRIALS: planned.astype(float),
        "trials": tables["history"].groupby("network")["trials"].max().reindex(final.index),
        "weakest": final.min(axis=1),
        "mean": final.mean(axis=1),
    }
    return pd.DataFrame({**trained, **_clusters(tables, final.index)})


def _clusters(tables: Tables, labels: pd.Index) -> dict[str, pd.Series]:
    """The columns of `summary` on clusters, from the table cluster_number or, of many kinds of networks, best_k."""
    if "cluster_number" not in tables:
        k = tables["best_k"].set_index("network")["k"].reindex(labels)
        return {"k": k, "k_low": k, "k_high": k, "gain": pd.Series(np.nan, index=labels)}
    number = tables["cluster_number"].set_index("network")
    task, control = (of(number, kind=kind).reindex(labels) for kind in ("task", "rotated"))
    ranges = {name: task[name] for name in ("k", "k_low", "k_high")}
    return {**ranges, "gain": task["silhouette"] - control["silhouette"]}


def _trials_axis(ax: Axes, *tables: pd.DataFrame) -> None:
    """Logarithmic x axis with a tick at each length."""
    trials = pd.concat([table["trials"] for table in tables])
    ax.set_xscale("log")
    ax.set_xlim(trials.min() / 1.5, trials.max() * 1.5)
    ticks = sorted(tables[0][TRIALS].unique())
    ax.set_xticks(ticks, [f"{tick / 1e6:g}" for tick in ticks])
    ax.set_xticks([], minor=True)
    ax.set_xlabel("Trials (millions)")


def _points(ax: Axes, lengths: pd.DataFrame, beside: pd.DataFrame, column: str, colour: str, name: str) -> None:
    """A dot per network and the median of each length; the reference networks as squares."""
    look: Any = {"ls": "", "ms": 3, "mew": 0, "alpha": 0.6, "clip_on": False}
    ax.plot(lengths["trials"], lengths[column], marker="o", color=colour, **look)
    middle = lengths.groupby(TRIALS)[["trials", column]].median()
    ax.plot(middle["trials"], middle[column], color=colour, lw=1.2, label=name)
    ax.plot(
        beside["trials"], beside[column], marker="s", color=colour, **{**look, "mew": 0.7, "mfc": "none", "alpha": 1}
    )


def _performance(ax: Axes, lengths: pd.DataFrame, beside: pd.DataFrame) -> None:
    _points(ax, lengths, beside, "mean", EXAMPLE, "mean of tasks")
    _points(ax, lengths, beside, "weakest", style.ACCENT, "weakest task")
    ax.axhline(_LEVEL, color="0.8", lw=0.6, zorder=0)
    _trials_axis(ax, lengths, beside)
    ax.set_ylim(max(0.0, float(lengths["weakest"].min()) - 0.15), 1.02)
    ax.set_ylabel("Performance")
    ax.legend(loc="lower right")
    few_ticks(ax, "y", 5)


def _number(ax: Axes, lengths: pd.DataFrame, beside: pd.DataFrame, schedule: str) -> None:
    for table in (lengths, beside):
        shifted = table["trials"] * _nudges(table["trials"])
        ax.vlines(shifted, table["k_low"], table["k_high"], color=style.ACCENT, lw=1.4, alpha=0.35)
        ax.plot(shifted, table["k"], "o" if table is lengths else "s", color=style.ACCENT, ms=3, mew=0.7,
                mfc=style.ACCENT if table is lengths else "none")  # fmt: skip
    middle = lengths.groupby(TRIALS)[["trials", "k"]].median()
    ax.plot(middle["trials"], middle["k"], color=style.ACCENT, lw=1.0)
    _trials_axis(ax, lengths, beside)
    ax.set_ylim(0, K_LIMITS[1] + 1)
    ax.set_yticks([2, 10, 20, 29])
    ax.set_ylabel("Number of clusters k")
    if len(beside):
        note(ax, 0.98, 0.01, f"squares: reference ({schedule})", align="right")


def _nudges(trials: pd.Series) -> pd.Series:
    """Factors that set networks of one length side by side, many of them closer than few."""
    group = trials.groupby(trials)
    size = group.transform("count")
    apart = np.minimum(np.log(1.06), np.log(1.4) / size)
    return np.exp(apart * (group.cumcount() - (size - 1) / 2))


def _silhouette(ax: Axes, lengths: pd.DataFrame, beside: pd.DataFrame) -> None:
    _points(ax, lengths, beside, "gain", style.ACCENT, "")
    ax.axhline(0, color="0.6", lw=0.6, zorder=0)
    _trials_axis(ax, lengths, beside)
    ax.set_ylabel("Silhouette gain")
    few_ticks(ax, "y", 5)


def _against_performance(ax: Axes, found: Mapping[str, pd.DataFrame]) -> None:
    """Panel d: every network of every population, with the rank correlation within each and over all."""
    tint = colours(list(found))
    for name, table in found.items():
        ax.vlines(table["weakest"], table["k_low"], table["k_high"], color=tint[name], lw=0.7, alpha=0.25)
        clustered = table.dropna(subset=["k"])
        text = f"{name}: {len(clustered)}{_correlation(clustered)}"
        ax.plot(table["weakest"], table["k"], "o", color=tint[name], ms=3, mew=0, alpha=0.75, label=text)
    every = pd.concat(found.values()).dropna(subset=["k"])
    ax.plot([], [], lw=0, label=f"all: {len(every)}{_correlation(every)}")
    ax.axvline(_LEVEL, color="0.8", lw=0.6, zorder=0)
    ax.set_xlim(max(0.0, float(every["weakest"].min()) - 0.03), 1.01)
    ax.set_ylim(0, K_LIMITS[1] + 1)
    ax.set_yticks([2, 10, 20, 29])
    ax.set_xlabel("Final performance in the weakest task")
    ax.set_ylabel("Number of clusters k")
    title = "experiment: networks, $\\rho$ of the ranks\nof k and performance (95 % interval)"
    ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), title=title, alignment="left")


def _correlation(table: pd.DataFrame) -> str:
    """Spearman's rank correlation of k and weakest performance with its interval by Fisher's transform.

    Nothing below five networks; the standard error on the transformed scale is 1.03 / sqrt(n - 3) (Fieller, Hartley &
    Pearson 1957, doi 10.1093/biomet/44.3-4.470).
    """
    if len(table) < 5 or table["k"].nunique() < 2 or table["weakest"].nunique() < 2:
        return ""
    rank = float(table["weakest"].rank().corr(table["k"].rank()))
    half = 1.96 * np.sqrt(1.06 / (len(table) - 3))
    low, high = np.tanh(np.arctanh(np.clip(rank, -0.999999, 0.999999)) + np.array([-half, half]))
    return f", {rank:.2f} ({low:.2f} to {high:.2f})"
