"""Perceptual decisions: the task, learning, weights, one trial, accuracy beside the ideal observer's, state space."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.papers.primer.figures import panels
from replicortex.report import style
from replicortex.report.checks import Tables, networks, of
from replicortex.report.components import colour_bar, few_ticks, grid, heat
from replicortex.report.style import Colour, Setting, letter, place

_HEIGHT = 7.3
SIGMA, LOW_SIGMA = 1.0, 0.3
CONDITIONS: dict[str, tuple[str, Colour, str]] = {
    "leaky": ("leaky, noise after f", "#0072B2", "o"),
    "outside": ("leaky, f outside", "#56B4E9", "s"),
    "vanilla": ("vanilla", "#CC79A7", "^"),
    "gru": ("GRU", "#009E73", "D"),
    "lstm": ("LSTM", "#D55E00", "v"),
}
_LARGER = {"leaky_128": "leaky, 128 units", "outside_128": "f outside, 128 units"}
_LOW = {"leaky_low_noise": ("leaky", "#0072B2", "o"), "outside_low_noise": ("f outside", "#56B4E9", "s")}


@style.styled
def primer_perceptual(tables: Tables, setting: Setting) -> Figure:
    """Draw the figure: a a trial, b learning, c weights, d what the network says, e, f accuracy, g-i state space."""
    title = "Perceptual decisions by small networks"
    figure = style.page(title, _HEIGHT, setting, style.provenance(tables, setting))
    sample, first = tables["sample_trials"], networks(tables)[0]
    letter(figure, "a", 0.08, 0.5, "One trial: what is shown, what is asked")
    _trial(figure, sample)
    letter(figure, "b", 2.55, 0.5, "Loss and fraction correct while learning")
    _learning(figure, of(tables["curve"], network=first))
    letter(figure, "c", 5.15, 0.5, "Recurrent weights")
    _weights(figure, tables["weights"])
    letter(figure, "d", 0.08, 2.85, "What the network makes of it")
    _answer(place(figure, 0.5, 2.97, 1.75, 1.15), sample)
    letter(figure, "e", 2.55, 2.85, "Accuracy, stimulus noise 1")
    ax = place(figure, 2.95, 2.97, 1.95, 1.15)
    for i, (name, (label, colour, dot)) in enumerate(CONDITIONS.items()):
        shift = 0.09 * (i - 2)
        panels.accuracy(ax, tables["accuracy"], panels.of_condition(tables, name), colour, label, shift, dot)
    _ceiling(ax, tables["ceiling"], SIGMA)
    ax.legend(loc="lower right", ncols=2, columnspacing=0.8, bbox_to_anchor=(1.02, -0.03))
    letter(figure, "f", 5.15, 2.85, "Stimulus noise 0.3")
    ax = place(figure, 5.5, 2.97, 1.45, 1.15)
    for i, (name, (label, colour, dot)) in enumerate(_LOW.items()):
        networks_here = panels.of_condition(tables, name)
        panels.accuracy(ax, tables["accuracy"], networks_here, colour, label, 0.09 * (i - 0.5), dot)
    _ceiling(ax, tables["ceiling"], LOW_SIGMA)
    ax.legend(loc="lower right")
    letter(figure, "g", 0.08, 4.62, "Learning by cell (median and range)")
    _cells(figure, tables)
    letter(figure, "h", 2.55, 4.62, f"State space of {first.replace(',', ', ')}, means")
    states = panels.rows_of(tables, "state_space", [first])
    panels.space(place(figure, 2.75, 4.76, 1.7, 1.6), states, "coherence")
    panels.choice_key(place(figure, 2.75, 6.58, 1.7, 0.42), ("choice 1", "choice 2"), "coherence 0", "51.2 %")
    letter(figure, "i", 4.7, 4.62, "The same in three dimensions")
    panels.space_3d(figure, (4.75, 4.7, 2.2, 2.1), states, "coherence")
    return figure


def _shade(ax: Axes, sample: pd.DataFrame) -> None:
    """Grey where the decision is asked for."""
    asked = of(sample, kind="decision")
    times = asked.loc[asked["value"] > 0, "time_ms"]
    ax.axvspan(times.min(), times.max() + float(sample["dt_ms"].iloc[0]), color="0.9", lw=0, zorder=0)


def _trial(figure: Figure, sample: pd.DataFrame) -> None:
    top = place(figure, 0.5, 0.8, 1.75, 0.69)
    bottom = place(figure, 0.5, 1.6, 1.75, 0.62)
    for channel, colour in (("fixation", "0.35"), ("stimulus 1", panels.CHOICE[1]), ("stimulus 2", panels.CHOICE[2])):
        part = of(sample, kind="input", channel=channel)
        top.step(part["time_ms"], part["value"], where="post", color=colour, lw=0.8, label=channel)
    top.legend(loc="lower center", bbox_to_anchor=(0.45, 1.0), ncols=3, handlelength=0.8, columnspacing=0.7)
    top.set_xticklabels([])
    top.set_ylabel("Input")
    target = of(sample, kind="target").pivot(index="time_ms", columns="channel", values="value")
    names = ["fixate", "choice 1", "choice 2"]
    action = target[names].to_numpy().argmax(1)
    bottom.step(target.index, action, where="post", color="black", lw=1.0)
    bottom.set_yticks(range(3), names)
    bottom.set_ylim(-0.3, 2.3)
    bottom.set_xlabel("Time (ms); grey: decision")
    for ax in (top, bottom):
        _shade(ax, sample)
        ax.set_xlim(0, target.index.max() + float(sample["dt_ms"].iloc[0]))


def _learning(figure: Figure, curve: pd.DataFrame) -> None:
    table = curve.sort_values("update")
    top, bottom = place(figure, 2.95, 0.64, 1.95, 0.74), place(figure, 2.95, 1.48, 1.95, 0.74)
    for ax, name, label in ((top, "task_loss", "Cross-entropy"), (bottom, "accuracy", "Fraction correct")):
        values = table[name].to_numpy()
        ax.plot(table["update"], values, color="0.8", lw=0.4)
        ax.plot(table["update"], panels.smooth(values, 50), color=style.ACCENT, lw=1.1)
        ax.set_ylabel(label)
        ax.set_ylim(0)
        few_ticks(ax, "y", 3)
    top.set_xticklabels([])
    bottom.set_ylim(-0.02, 1.02)
    bottom.set_xlabel("Update (moving average of 50)")


def _weights(figure: Figure, weights: pd.DataFrame) -> None:
    w = grid(weights, "source", "target", "value")
    limit = float(np.quantile(np.abs(w), 0.99)) or 1e-6
    ax = place(figure, 5.45, 0.64, 1.2, 1.2)
    image = heat(ax, w, (-limit, limit), diverging=True)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_xlabel("To unit")
    ax.set_ylabel("From unit")
    rounded = float(f"{limit:.1g}")
    rounded = rounded if rounded <= limit else rounded - 10.0 ** np.floor(np.log10(limit))
    colour_bar(figure, image, (6.75, 0.75, 0.08, 0.95), "", [-rounded, 0, rounded])
    ax.text(0, -0.17, "units sorted by output weight,\nchoice 1 minus choice 2", transform=ax.transAxes, va="top",
            fontsize=style.SMALL, color="0.35")  # fmt: skip


def _answer(ax: Axes, sample: pd.DataFrame) -> None:
    for channel, colour in (("fixate", "0.35"), ("choice 1", panels.CHOICE[1]), ("choice 2", panels.CHOICE[2])):
        part = of(sample, kind="probability", channel=channel)
        ax.plot(part["time_ms"], part["value"], color=colour, label=channel)
    target = of(sample, kind="target").pivot(index="time_ms", columns="channel", values="value")
    for channel, colour in (("fixate", "0.35"), ("choice 1", panels.CHOICE[1]), ("choice 2", panels.CHOICE[2])):
        ax.step(target.index, target[channel], where="post", color=colour, lw=0.7, ls=(0, (1.5, 1.5)), zorder=1)
    _shade(ax, sample)
    ax.set_ylim(-0.02, 1.02)
    ax.set_xlim(0, float(sample["time_ms"].max() + sample["dt_ms"].iloc[0]))
    ax.set_xlabel("Time (ms); dotted: truth")
    ax.set_ylabel("Softmax of the output")
    ax.legend(loc="center left", bbox_to_anchor=(0.02, 0.5))


def _ceiling(ax: Axes, table: pd.DataFrame, sigma: float) -> None:
    panels.ceiling(ax, table, sigma)
    over_all = table[(table["sigma"] == sigma) & table["coherence"].isna()]["performance"].iloc[0]
    ax.axhline(over_all, color=panels.CEILING, lw=0.7, ls=(0, (2, 2)), zorder=1)
    told = f"dashed: ideal over all, {over_all:.3f}"
    ax.text(4.35, 0.48, told, fontsize=style.SMALL, color="0.25", va="top", ha="right")
    ax.set_ylim(0, 1.04)
    ax.set_xlim(-0.4, 4.4)
    ax.set_xlabel("Coherence (%)")
    ax.set_ylabel("Fraction correct")


def _cells(figure: Figure, tables: Tables) -> None:
    ax = place(figure, 0.5, 4.76, 1.75, 1.65)
    shown = {**{name: (label, colour) for name, (label, colour, _) in CONDITIONS.items()}}
    for name, (label, colour) in shown.items():
        panels.learning(ax, tables["history"], panels.of_condition(tables, name), colour, label)
    for (name, label), colour in zip(_LARGER.items(), ("#0072B2", "#56B4E9"), strict=True):
        panels.learning(ax, tables["history"], panels.of_condition(tables, name), colour, label, ls=(0, (3, 1.5)))
    ceiling = tables["ceiling"]
    over_all = ceiling[(ceiling["sigma"] == SIGMA) & ceiling["coherence"].isna()]["performance"].iloc[0]
    ax.axhline(over_all, color=panels.CEILING, lw=0.9, ls=(0, (2, 2)))
    handles, names = ax.get_legend_handles_labels()
    keep = [i for i, name in enumerate(names) if "128" in name]
    ax.legend([handles[i] for i in keep], [names[i] for i in keep], loc="upper left", bbox_to_anchor=(0.0, -0.18))
