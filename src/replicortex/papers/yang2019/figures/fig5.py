"""Figure 5: the circuit of the two Ctx DM tasks (Yang et al. 2019, Fig. 5)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.papers.yang2019.figures import group_panels
from replicortex.papers.yang2019.figures.group_panels import CONTEXT
from replicortex.report import style
from replicortex.report.checks import Tables, networks, of
from replicortex.report.components import colour_bar, example_name, few_ticks, note
from replicortex.report.style import TITLES, Setting, letter, place

TASKS = ("contextdm1", "contextdm2", "dm1", "dm2", "multidm")
# what is silenced -> its name and colour
LESIONS = {
    "intact": ("Intact", "0.25"),
    **{group.name: (f"Without {group.name}", group.colour) for group in CONTEXT},
    "1+2": ("Without 1 and 2", "#CC79A7"),
}
_HEIGHT = 6.95
_ROWS = (0.68, 2.76, 4.84)
_ABOVE = 0.26  # inches from a panel with a title up to its caption
_RANGES = {"1": (0.9, 1.0), "2": (0.0, 0.1), "12": (0.4, 0.6)}


@style.styled
def fig5(tables: Tables, setting: Setting) -> Figure:
    """Draw Figure 5: a groups, b lesions, c input and d output tuning, e connections, f rule inputs of the groups.

    Weights as they are in the network, performance as a fraction.
    """
    labels = networks(tables)
    title = "Figure 5  Groups of units behind context-dependent decisions"
    figure = style.page(title, _HEIGHT, setting, style.provenance(tables, setting))
    a, b, c = _ROWS
    letter(figure, "a", 0.08, a - 0.14, f"Units by task ({example_name(labels)}; grey: others' range)")
    _histogram(place(figure, 0.5, a, 1.85, 1.25), tables["context_groups"], labels)
    letter(figure, "b", 2.65, a - 0.14, "Performance without a group (dots: other networks)")
    _lesions(place(figure, 3.1, a, 3.85, 1.25), tables["group_lesions"], labels)
    _tuning(figure, tables["group_tuning"], labels, b)
    _connections(figure, tables["group_connections"], labels, c)
    letter(figure, "f", 3.95, c - _ABOVE, "Weights from rule inputs (dots: other networks' medians)")
    ax = place(figure, 4.4, c, 2.55, 1.25)
    group_panels.rule_boxes(ax, tables["group_rules"], TASKS, labels, CONTEXT)
    ax.set_xticks(range(len(TASKS)), [TITLES[task].replace("DM", "\nDM", 1).strip() for task in TASKS])
    ax.set_xlabel("Rule")
    return figure


def _histogram(ax: Axes, table: pd.DataFrame, labels: tuple[str, ...]) -> None:
    """Panel a: the part of each active unit's variance that is in Ctx DM 1, and the three groups."""
    for group in CONTEXT:
        ax.axvspan(*_RANGES[group.name], color=group.colour, alpha=0.16, lw=0, zorder=0)
    group_panels.fractions(ax, table, "fraction", labels, 30)
    own = of(table, network=labels[0])
    counts = group_panels.sizes(own, CONTEXT)
    low, high = ax.get_ylim()
    ax.set_ylim(low, 1.28 * high)
    for group in CONTEXT:
        middle = float(np.mean(_RANGES[group.name]))
        align = {"1": "right", "2": "left"}.get(group.name, "center")
        x = {"1": 0.99, "2": 0.01}.get(group.name, middle)
        text = f"{group.title}\n{counts[group.name]} units"
        ax.text(x, 0.99, text, transform=ax.transAxes, color=group.colour, ha=align, va="top", fontsize=style.SMALL)
    ax.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    ax.set_xlabel("TV(Ctx DM 1) / [TV(Ctx DM 1) + TV(Ctx DM 2)]")


def _lesions(ax: Axes, table: pd.DataFrame, labels: tuple[str, ...]) -> None:
    """Panel b: performance in five tasks; bars: example."""
    width = 0.8 / len(LESIONS)
    for k, (lesion, (title, colour)) in enumerate(LESIONS.items()):
        wide = of(table, lesion=lesion).pivot(index="network", columns="task", values="performance")
        wide = wide.reindex(index=list(labels), columns=list(TASKS))
        places = np.arange(len(TASKS)) + (k - (len(LESIONS) - 1) / 2) * width
        ax.bar(places, wide.iloc[0].fillna(0), 0.86 * width, color=colour, alpha=0.8, label=title)
        for x, task in zip(places, TASKS, strict=True):
            ax.plot([x] * (len(labels) - 1), wide[task].iloc[1:], "o", color="black", ms=1.8, mew=0, alpha=0.45)
    ax.axhline(0.5, color="0.45", lw=0.6, ls=(0, (2, 2)))
    ax.text(len(TASKS) - 0.53, 0.5, "chance", ha="left", va="bottom", fontsize=style.SMALL, color="0.35")
    ax.set_xlim(-0.5, len(TASKS) - 0.1)
    ax.set_xticks(range(len(TASKS)), [TITLES[task] for task in TASKS])
    ax.tick_params(axis="x", length=0)
    ax.set_ylim(0, 1.24)
    ax.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
    ax.set_ylabel("Correct, of decided trials")
    ax.legend(loc="upper center", ncols=len(LESIONS), columnspacing=1.0, handlelength=0.8, handletextpad=0.4)


def _tuning(figure: Figure, table: pd.DataFrame, labels: tuple[str, ...], top: float) -> None:
    """Panels c and d."""
    letter(figure, "c", 0.08, top - _ABOVE, "Input weights, each unit turned to its largest (thin: other networks)")
    letter(figure, "d", 4.95, top - _ABOVE, "Output weights, likewise")
    axes = []
    for left, weights, title in (
        (0.5, "modality 1", "Modality 1"),
        (2.75, "modality 2", "Modality 2"),
        (5.4, "output", "Response ring"),
    ):
        ax = place(figure, left, top, 1.85 if left < 5 else 1.55, 1.25)
        group_panels.tuning(ax, table, weights, labels, CONTEXT)
        ax.set_title(title)
        ax.set_xlabel("From largest weight (direction)")
        axes.append(ax)
    axes[0].set_ylabel("Weight")
    axes[2].set_ylabel("Weight")
    low = min(ax.get_ylim()[0] for ax in axes[:2])
    high = max(ax.get_ylim()[1] for ax in axes[:2])
    for ax in axes[:2]:
        ax.set_ylim(low, high)
    axes[0].legend(loc="upper left")
    empty = group_panels.empty_note(CONTEXT, group_panels.tuned(table, labels[0], CONTEXT))
    if empty:
        note(axes[1], 0.03, 0.9, empty)


def _connections(figure: Figure, table: pd.DataFrame, labels: tuple[str, ...], top: float) -> None:
    """Panel e: the example as a map, every network as dots."""
    letter(figure, "e", 0.08, top - _ABOVE, "Recurrent weights between units of like preference")
    own = of(table, network=labels[0])
    ax = place(figure, 0.5, top, 1.15, 1.15)
    image, limit = group_panels.connection_map(ax, own, CONTEXT)
    rounded = float(f"{limit:.1g}") if float(f"{limit:.1g}") <= limit else float(f"{0.9 * limit:.1g}")
    colour_bar(figure, image, (0.5, top + 1.55, 1.15, 0.06), "Mean weight", [-rounded, 0, rounded], horizontal=True)
    dots = place(figure, 2.2, top, 1.5, 1.25)
    group_panels.connection_dots(dots, table, labels, CONTEXT)
    dots.set_title("black: example, grey: others")
    few_ticks(dots, "y", 5)
