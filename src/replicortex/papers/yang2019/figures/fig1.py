"""Figure 1: the network, its tasks, learning, and psychophysics (Yang et al. 2019, Fig. 1)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.papers.yang2019.figures import schematic
from replicortex.report import style
from replicortex.report.checks import Tables, networks, of
from replicortex.report.components import (
    COUNTS,
    choice_axis,
    choice_curve,
    choice_points,
    colour_bar,
    example_name,
    few_ticks,
    grid,
    level_line,
    note,
    number_of,
    population_lines,
    ring_map,
    row_label,
)
from replicortex.report.style import (
    FAMILIES,
    FAMILY,
    FAMILY_COLOUR,
    TASK_ORDER,
    TITLES,
    Colour,
    Setting,
    letter,
    place,
)

_HEIGHT = 9.0
# Curves of panels d and e: label in the tables -> text in the legend.
_DM1 = {"200 ms": "200 ms", "400 ms": "400 ms", "800 ms": "800 ms"}
_MULTISENSORY = {"modality 1": "mod 1", "modality 2": "mod 2", "both": "both"}


@style.styled
def fig1(tables: Tables, setting: Setting) -> Figure:
    """Draw Figure 1: a schematic, b example trial, c learning, psychometric functions of d DM 1, e MultSen.

    Performance is a fraction, times in ms, coherences are half the strength difference.
    """
    labels = networks(tables)
    title = "Figure 1  One network, twenty tasks"
    figure = style.page(title, _HEIGHT, setting, style.provenance(tables, setting))
    letter(figure, "a", 0.08, 0.52, "Network and code")
    schematic.draw(place(figure, 0.05, 0.62, 3.3, 2.35), setting.units)
    letter(figure, "b", 3.6, 0.52, f"A trial of DM 1 in steps of 1 ms ({example_name(labels)})")
    _trial(figure, of(tables["fine_trial"], network=labels[0]))
    letter(figure, "c", 0.08, 3.25, f"Learning: {example_name(labels)} and population (n = {len(labels)})")
    _learning(figure, tables["history"], tables["ideal_observer"], labels)
    letter(figure, "d", 0.08, 7.1, "DM 1: stimulus duration")
    colours = dict(zip(_DM1, style.shades(3), strict=True))
    _psychometric(figure, 0.48, tables, "dm1", _DM1, colours, labels)
    letter(figure, "e", 3.72, 7.1, "MultSen DM: one or both modalities")
    multi = dict(zip(_MULTISENSORY, ("#E69F00", "#56B4E9", "#000000"), strict=True))
    _psychometric(figure, 4.12, tables, "multidm", _MULTISENSORY, multi, labels)
    return figure


def _trial(figure: Figure, trial: pd.DataFrame) -> None:
    """Panel b: fixation, rings and rules of input and output over time."""
    matrices = {kind: grid(part, "channel", "time_ms", "value") for kind, part in trial.groupby("kind")}
    step = float(trial["dt_ms"].iloc[0])
    end = matrices["input"].shape[1] * step / 1000
    time = (np.arange(matrices["input"].shape[1]) + 0.5) * step / 1000
    left, top, width = 4.42, 0.66, 2.12
    rows = (("Fixation\ninput", 0.16), ("Stimulus\nmod 1", 0.38), ("Stimulus\nmod 2", 0.38), ("Rules", 0.38),
            ("Fixation\noutput", 0.24), ("Response", 0.38))  # fmt: skip
    axes = []
    for i, (label, height) in enumerate(rows):
        ax = place(figure, left, top, width, height)
        top += height + (0.16 if i == 3 else 0.07)
        ax.set_xlim(0, end)
        row_label(ax, label, 0.36)
        if i < len(rows) - 1:
            ax.tick_params(labelbottom=False)
        axes.append(ax)
    level_line(axes[0], time, matrices["input"][0])
    image = ring_map(axes[1], matrices["input"][1:33], end)
    ring_map(axes[2], matrices["input"][33:65], end)
    _rule_rows(axes[3], matrices["input"][65:], end)
    level_line(axes[4], time, matrices["output"][0], matrices["target"][0])
    ring_map(axes[5], matrices["output"][1:33], end)
    axes[5].set_xlabel("Time (s)")
    few_ticks(axes[5], "x", 5)
    colour_bar(figure, image, (left + width + 0.1, 1.0, 0.07, 0.8), "Activity", [0, 0.5, 1])


def _rule_rows(ax: Axes, rules: np.ndarray, end: float) -> None:
    """Rule inputs as rows, first rule at the top; the trial's own rule is named."""
    extent = (0.0, end, len(rules) - 0.5, -0.5)
    ax.imshow(rules, aspect="auto", extent=extent, cmap=style.ACTIVITY, vmin=0, vmax=1, interpolation_stage="data")
    ax.spines[["top", "right"]].set_visible(True)
    own = int(rules.mean(axis=1).argmax())
    ax.set_yticks([own], [TITLES[TASK_ORDER[own]]] if own < len(TASK_ORDER) else [str(own)])


def _learning(figure: Figure, history: pd.DataFrame, ideal: pd.DataFrame, labels: tuple[str, ...]) -> None:
    """Panel c: one small axes per task, a column per family."""
    best = ideal.set_index("task")["performance"]
    width, height, left, top = 1.13, 0.47, 0.48, 3.5
    end = max(float(history["trials"].max()), 1.0)
    for column, family in enumerate(FAMILIES):
        members = [task for task in TASK_ORDER if FAMILY[task] == family]
        x = left + column * (width + 0.19)
        for row, task in enumerate(members):
            ax = place(figure, x, top + row * (height + 0.2), width, height)
            _curve(ax, of(history, task=task), FAMILY_COLOUR[family], labels)
            if task in best.index:
                ax.axhline(best[task], color="0.35", lw=0.7, ls=(0, (1, 1.2)), zorder=1)
            ax.text(
                0.98,
                0.06,
                TITLES[task],
                transform=ax.transAxes,
                ha="right",
                va="bottom",
                fontsize=style.SMALL,
            )
            _trials_axis(ax, end)
            ax.set_ylim(-0.03, 1.05)
            ax.set_yticks([0, 0.5, 1], ["0", "0.5", "1"] if column == 0 else [])
            if row < len(members) - 1:
                ax.tick_params(labelbottom=False)
                ax.set_xlabel("")
            if row == 0:
                ax.set_title(family, color=FAMILY_COLOUR[family], fontweight="bold", pad=3)
            if column == 0:
                ax.set_ylabel("Performance")
    _lowest(place(figure, left, 6.03, width, 0.62), history, labels)
    _learning_key(figure, len(labels))


def _trials_axis(ax: Axes, end: float) -> None:
    """x axis from 0 to `end` trials, labelled in millions, or in thousands where there are few."""
    size, name = (1e6, "millions") if end >= 2e5 else (1e3, "thousands")
    ax.set_xlim(0, end)
    few_ticks(ax, "x", 3)
    ax.xaxis.set_major_formatter(lambda trials, _: f"{trials / size:g}")
    ax.set_xlabel(f"Trials ({name})")


def _lowest(ax: Axes, history: pd.DataFrame, labels: tuple[str, ...]) -> None:
    """The worst task of every network over training."""
    lowest = history.groupby(["network", "trials"])["performance"].min()
    for i, network in reversed(list(enumerate(labels))):
        curve = lowest[network].sort_index()
        colour, width = (style.EXAMPLE, 0.9) if i == 0 else (style.OTHERS, 0.7)
        ax.plot(curve.index, curve, color=colour, lw=width)
    _trials_axis(ax, max(float(history["trials"].max()), 1.0))
    ax.set_ylim(-0.03, 1.05)
    ax.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
    ax.set_ylabel("Performance")
    ax.set_title("Lowest of the 20 tasks", fontweight="bold", pad=3)


def _curve(ax: Axes, history: pd.DataFrame, colour: str, labels: tuple[str, ...]) -> None:
    # A network that stopped earlier keeps its last value, so that all networks count at every point.
    wide = history.pivot(index="trials", columns="network", values="performance").sort_index().ffill()
    x = wide.index.to_numpy(dtype=float)
    if len(labels) > 1:
        ax.fill_between(x, wide.min(axis=1), wide.max(axis=1), color=colour, alpha=0.4, lw=0)
        ax.plot(x, wide.median(axis=1), color=colour, lw=0.8)
    ax.plot(x, wide[labels[0]], color=style.EXAMPLE, lw=0.9)


def _learning_key(figure: Figure, n: int) -> None:
    ax = place(figure, 1.78, 6.0, 1.2, 0.7)
    ax.axis("off")
    ax.set_xlim(0, 1.2)
    ax.set_ylim(0, 0.7)
    ax.plot([0, 0.22], [0.6, 0.6], color=style.EXAMPLE, lw=0.9)
    ax.text(0.3, 0.6, "example network", va="center")
    if n > 1:
        ax.fill_between([0, 0.22], 0.29, 0.43, color=FAMILY_COLOUR[FAMILIES[0]], alpha=0.4, lw=0)
        ax.plot([0, 0.22], [0.36, 0.36], color=FAMILY_COLOUR[FAMILIES[0]], lw=0.8)
        ax.text(0.3, 0.36, f"median and range,\n{n} networks", va="center")
    ax.plot([0, 0.22], [0.12, 0.12], color="0.35", lw=0.7, ls=(0, (1, 1.2)))
    ax.text(0.3, 0.12, "ideal observer", va="center")


def _psychometric(figure: Figure, left: float, tables: Tables, task: str, curves: dict[str, str],
                  colours: Mapping[str, Colour], labels: tuple[str, ...]) -> None:  # fmt: skip
    """Panels d, e: the example's choices and fits, and the fitted sigma of all networks."""
    ax = place(figure, left, 7.25, 1.5, 1.2)
    counts = of(tables["psychometric"], task=task, network=labels[0])
    fits = of(tables["psychometric_fit"], task=task, network=labels[0])
    reach = 2 * float(counts[["coherence_1", "coherence_2"]].abs().to_numpy().max())
    shown = []
    for curve, text in curves.items():
        part = of(counts, curve=curve)
        # With one modality silent, the coherence that counts is that of the other.
        x = 2 * part["coherence_2" if curve == "modality 2" else "coherence_1"].to_numpy(dtype=float)
        choice_points(ax, x, part, colours[curve])
        shown.append(int(part[list(COUNTS)].sum(axis=1).max()))
        choice_curve(ax, (-reach, reach), of(fits, curve=curve), colours[curve], text)
    choice_axis(ax, (-reach, reach))
    ax.legend(loc="upper left", handlelength=1.0)
    note(ax, 0.98, 0.05, f"{max(shown)} trials\nper point", "right")
    beside = place(figure, left + 2.05, 7.25, 0.85, 1.2)
    fitted = of(tables["psychometric_fit"], task=task)
    population_lines(beside, fitted, list(curves), "sigma", labels)
    beside.set_xticks(range(len(curves)), [t.removesuffix(" ms") for t in curves.values()])
    beside.set_xlabel("Duration (ms)" if task == "dm1" else "Modality")
    beside.set_ylabel("Fitted $\\sigma$ (strength)")
    beside.set_ylim(bottom=0)
    few_ticks(beside, "y", 4)
    beside.set_title(number_of(len(labels), "network"), pad=3)
