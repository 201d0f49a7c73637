"""Supplementary figure: does the optimiser make the clusters?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.analysis.similarity import median_angles
from replicortex.papers.yang2019.figures.clusters import normalised, sorted_units
from replicortex.report import style
from replicortex.report.checks import Tables, networks, of
from replicortex.report.components import cluster_strip, colour_bar, few_ticks, heat, number_of, task_axis, task_matrix
from replicortex.report.style import Setting, letter, place

REFERENCE, UNTRAINED = "reference", "untrained"
# In the order of the panels: what is printed, and a colour.
_NAMES = {
    REFERENCE: ("Adam", "#0072B2"),
    "rotated_units": ("Adam, rotated", "#D55E00"),
    "orthogonal_steps": ("Muon", "#009E73"),
    "momentum": ("SGD", "#CC79A7"),
    "other_optimiser": ("SOAP", "#E69F00"),
    "diagonal": ("diagonal", "#56B4E9"),
    UNTRAINED: ("untrained", "0.55"),
}
_HEIGHT = 6.75
_LEARNT = 0.9


@style.styled
def figs_optimisers(populations: Mapping[str, Tables], setting: Setting) -> Figure:
    """Compare optimisers: a task variance of one network each, b learning, c clusters, d a parallel change, e states.

    It shows the experiments "reference" and "untrained", and of the others in `_NAMES` those that there are.
    """
    title = "Figure S  Networks trained by other optimisers: tasks, clusters and states"
    figure = style.page(title, _HEIGHT, setting, style.provenances(populations, setting))
    shown = {name: populations[name] for name in _NAMES if name in populations}
    trained = {name: tables for name, tables in shown.items() if name != UNTRAINED}
    known = {name: setting.of(name).experiment for name in shown}
    names = {name: _NAMES[name][0] if experiment == name else experiment for name, experiment in known.items()}
    letter(
        figure, "a", 0.08, 0.5, "Variance of each active unit in each task, over its largest; units sorted by cluster"
    )
    _maps(figure, trained, names)
    letter(figure, "b", 0.08, 3.75, "Mean performance")
    _learning(place(figure, 0.5, 3.95, 1.75, 1.7), trained, names)
    parallel = "Go to Dly Go with Anti to Dly Anti"
    for name, left, caption, values, label, limits in (
        ("c", 2.45, "Number of clusters", _cluster_numbers(trained), "Best k", (0, 30)),
        ("d", 4.05, "Cosine of two changes", _cosines(trained), parallel, (-0.5, 1)),
        ("e", 5.65, "Distance of states", _distances(shown), f"Angle to {names[REFERENCE]} (rad)", (0, np.pi / 2)),
    ):
        letter(figure, name, left, 3.75, caption)
        ax = place(figure, left + 0.4, 3.95, 1.0, 1.7)
        _strip(ax, values, names)
        ax.set_ylabel(label)
        ax.set_ylim(*limits)
    return figure


def _maps(figure: Figure, populations: Mapping[str, Tables], names: Mapping[str, str]) -> None:
    step = 6.2 / max(len(populations), 1)
    for i, (name, tables) in enumerate(populations.items()):
        ax = place(figure, 0.8 + step * i, 1.05, step - 0.12, 2.1)
        example = networks(tables)[0]
        units = sorted_units(of(tables["units"], network=example))
        wide = task_matrix(of(tables["task_variance"], network=example), "unit", "variance")
        image = heat(ax, normalised(wide, units), (0, 1))
        if i == 0:
            task_axis(ax, width=0.03, gap=0.02)
        else:
            ax.set_yticks([])
        cluster_strip(ax, units["cluster"].to_numpy(int))
        ax.set_xticks([])
        k = units["cluster"].nunique()
        ax.set_title(f"{names[name]}\n{number_of(k, 'cluster')}")
    colour_bar(figure, image, (5.75, 0.44, 1.2, 0.06), "Variance / largest", [0, 0.5, 1], horizontal=True)


def _learning(ax: Axes, populations: Mapping[str, Tables], names: Mapping[str, str]) -> None:
    for name, tables in populations.items():
        means = tables["history"].groupby(["network", "trials"])["performance"].mean().reset_index()
        for j, network in enumerate(networks(tables)):
            curve = of(means, network=network)
            look: Any = {"color": _NAMES[name][1], "lw": 0.7, "alpha": 0.5, "label": names[name] if j == 0 else None}
            ax.plot(curve["trials"] / 1e6, curve["performance"], **look)
    ax.axhline(_LEARNT, color="0.8", lw=0.6, zorder=0)
    ax.set_ylim(0, 1)
    ax.set_xlim(left=0)
    ax.set_xlabel("Trials (million)")
    ax.set_ylabel("Mean over the 20 tasks")
    for line in ax.legend(loc="lower right").get_lines():
        line.set(alpha=1, lw=1.4)


def _cluster_numbers(populations: Mapping[str, Tables]) -> dict[str, pd.Series]:
    tables = {name: of(each["cluster_number"], kind="task") for name, each in populations.items()}
    return {name: table["k"].astype(float) for name, table in tables.items()}


def _cosines(populations: Mapping[str, Tables]) -> dict[str, pd.Series]:
    return {
        name: of(each["parallelism"], space="activity", kind="paper", set="anti")["cosine"]
        for name, each in populations.items()
    }


def _distances(populations: Mapping[str, Tables]) -> dict[str, pd.Series]:
    """Median angle of each network to those of the reference, for populations whose states were measured."""
    reference = populations[REFERENCE]["condition_scores"]
    return {
        name: median_angles(tables["condition_scores"], reference)
        for name, tables in populations.items()
        if "condition_scores" in tables
    }


def _strip(ax: Axes, values: Mapping[str, pd.Series], names: Mapping[str, str]) -> None:
    """Networks as dots side by side, their median as a bar, one column per population."""
    for x, (name, numbers) in enumerate(values.items()):
        n, colour = len(numbers), _NAMES[name][1]
        spread = np.linspace(-0.28, 0.28, n) if n > 6 else (np.arange(n) - (n - 1) / 2) * 0.12
        look: Any = {"color": colour, "mew": 0, "alpha": 0.6, "clip_on": False}
        ax.plot(x + spread, np.sort(numbers), "o", ms=1.8 if n > 12 else 3.0, **look)
        ax.plot([x - 0.34, x + 0.34], [numbers.median()] * 2, color=colour, lw=1.6, solid_capstyle="butt", zorder=4)
    ax.set_xlim(-0.6, len(values) - 0.4)
    ax.set_xticks(range(len(values)), [f"{names[name]} ({len(each)})" for name, each in values.items()], rotation=90)
    few_ticks(ax, "y", 4)
