"""A constrained network on the checkerboard task, and an LSTM of equal size on the same page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.special import ndtr

from replicortex.papers.primer.figures import panels
from replicortex.report import style
from replicortex.report.checks import Tables, of
from replicortex.report.components import note
from replicortex.report.proportions import wilson
from replicortex.report.style import Setting, letter, place

_HEIGHT = 8.0
ENOUGH = 10  # trials of a point
NEAR = 0.52  # |coherence| up to which choices are drawn; beyond it all are right
CORTEX = 0.12  # PLoS Biol., 10.1371/journal.pbio.0030068
_ABLATION = {
    "both": ("both L1 terms", "#000000"),
    "no_rate_cost": ("without L1 on rates", "#009E73"),
    "no_weight_cost": ("without L1 on parameters", "#D55E00"),
    "neither": ("neither", "#0072B2"),
}
_PROXIMAL, _LSTM = ("both, proximal step", "#CC79A7"), ("LSTM", "#E69F00")


@style.styled
def primer_checkerboard(tables: Tables, setting: Setting) -> Figure:
    """Draw the figure for the network with all constraints; see `_page`."""
    return _page(tables, setting, "both", "A constrained network on the checkerboard task")


@style.styled
def primer_checkerboard_lstm(tables: Tables, setting: Setting) -> Figure:
    """Draw the same for the LSTM of equal size; see `_page`."""
    return _page(tables, setting, "lstm", "The same task and costs, an LSTM of equal size")


def _page(tables: Tables, setting: Setting, condition: str, title: str) -> Figure:
    """a a trial, b losses, c, d choices, e times, f, g rates and weights, h connectivity, i pruning, j-l states."""
    figure = style.page(title, _HEIGHT, setting, style.provenance(tables, setting))
    labels = panels.of_condition(tables, condition)
    compared = (
        {**_ABLATION, "proximal": _PROXIMAL} if condition == "both" else {"both": _ABLATION["both"], "lstm": _LSTM}
    )
    letter(figure, "a", 0.08, 0.5, "One trial, coherence 0.3")
    _trial(figure, panels.rows_of(tables, "example_trials", labels[:1]))
    letter(figure, "b", 2.55, 0.5, "Losses while learning")
    panels.losses(place(figure, 2.95, 0.64, 1.6, 1.55), of(tables["curve"], network=labels[0]))
    letter(figure, "c", 4.85, 0.5, "Psychometric function")
    _choices(place(figure, 5.25, 0.64, 1.65, 1.55), tables, labels)
    letter(figure, "d", 0.08, 2.72, "Accuracy by |coherence|")
    _accuracy(place(figure, 0.5, 2.86, 1.7, 1.3), tables, labels)
    letter(figure, "e", 2.55, 2.72, "Decision time")
    _times(place(figure, 2.95, 2.86, 1.6, 1.3), tables["decision_times"], labels)
    letter(figure, "f", 4.85, 2.72, "Rates and weights, cumulative")
    for i, (what, label) in enumerate((("rate", "Mean rate"), ("weight", "|Weight|"))):
        ax = place(figure, 5.25 + 0.88 * i, 2.86, 0.77, 1.3)
        _distribution(ax, tables, compared, what, label, first=i == 0)
    letter(figure, "g", 0.08, 4.68, "Connectivity by threshold")
    letter(figure, "h", 2.55, 4.68, "Without what is below it")
    _connectivity(figure, tables, compared)
    letter(figure, "i", 4.85, 4.68, "Cut to 12 % of connections")
    _pruning(place(figure, 5.25, 4.82, 1.65, 1.0), tables, compared)
    letter(figure, "j", 0.08, 6.27, "State space around the onset of the checkerboard")
    _states(figure, of(tables["trajectories"], network=labels[0]))
    return figure


def _trial(figure: Figure, sample: pd.DataFrame) -> None:
    top, middle, bottom = (place(figure, 0.5, 0.64 + 0.53 * i, 1.75, 0.44) for i in range(3))
    asked = of(sample, kind="decision")
    onset = float(asked.loc[asked["value"] > 0, "time_ms"].min())
    for channel, colour in (("layout red-green", "#D55E00"), ("layout green-red", "#009E73")):
        part = of(sample, kind="input", channel=channel)
        top.step(part["time_ms"], part["value"], where="post", color=colour, label=channel.removeprefix("layout "))
    colours = sample[sample["channel"].str.startswith("colour")].pivot(
        index="time_ms", columns="channel", values="value"
    )
    middle.plot(colours.index, colours.to_numpy(), color="0.75", lw=0.3)
    middle.plot(colours.index, colours.mean(axis=1), color="black", lw=0.8)
    for channel, colour in (("left", panels.CHOICE[1]), ("right", panels.CHOICE[2])):
        for kind, look in (("target", (0, (2, 1.5))), ("output", "-")):
            part = of(sample, kind=kind, channel=channel)
            label = channel if kind == "output" else None
            bottom.plot(part["time_ms"], part["value"], color=colour, ls=look, lw=0.8, label=label)
    for ax, label in ((top, "Layout"), (middle, "Colour"), (bottom, "Output")):
        ax.axvline(onset, color="0.6", lw=0.6, ls=(0, (2, 2)))
        ax.set_ylabel(label)
        ax.set_xlim(0, float(sample["time_ms"].max()))
        if ax is not bottom:
            ax.set_xticklabels([])
    top.legend(loc="center left", handlelength=1)
    bottom.legend(loc="upper left", handlelength=1)
    bottom.set_xlabel("Time (ms); dashed: target, onset", labelpad=1)


def _summed(table: pd.DataFrame, labels: Sequence[str], by: str) -> pd.DataFrame:
    columns = [c for c in ("n_right", "n_correct", "n_trials") if c in table]
    return table[table["network"].isin(labels)].groupby(by)[columns].sum().reset_index()


def _enough(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of ten trials or more; a point of fewer says nothing."""
    return table[table["n_trials"] >= ENOUGH]


def _choices(ax: Axes, tables: Tables, labels: Sequence[str]) -> None:
    used = _enough(_summed(tables["choices"], labels, "signed"))
    used = used[used["signed"].abs() <= NEAR]
    n, k = used["n_trials"].to_numpy(float), used["n_right"].to_numpy(float)
    low, high = wilson(k, n)
    ax.vlines(used["signed"], low, high, color=style.ACCENT, lw=0.8)
    ax.plot(used["signed"], k / n, "o", color=style.ACCENT, ms=2.6, clip_on=False)
    x = np.linspace(-1, 1, 300)
    fits = tables["choice_fit"][tables["choice_fit"]["network"].isin(labels)]
    for mu, sigma in fits[["mu", "sigma"]].to_numpy(float):
        ax.plot(x, ndtr((x - mu) / sigma), color="0.3", lw=0.7)
    ideal, error = float(fits["sigma_ideal"].median()), 1.96 * float(fits["sigma_error"].median())
    ax.plot(x, ndtr(x / ideal), color=panels.CEILING, lw=1.0, zorder=1)
    note(ax, 0.02, 0.74, f"s.d. {fits['sigma'].median():.3f} ± {error:.3f}\n(fit, median),\nideal {ideal:.3f}")
    ax.set_xlim(-NEAR, NEAR)
    ax.set_ylim(-0.02, 1.02)
    ax.set_xlabel("Coherence for right")
    ax.set_ylabel("P(right)")


def _accuracy(ax: Axes, tables: Tables, labels: Sequence[str]) -> None:
    table = tables["choices"].assign(size=tables["choices"]["signed"].abs().round(6))
    used = _enough(_summed(table, labels, "size"))
    n, k = used["n_trials"].to_numpy(float), used["n_correct"].to_numpy(float)
    low, high = wilson(k, n)
    ax.vlines(used["size"], low, high, color=style.ACCENT, lw=0.8)
    ax.plot(used["size"], k / n, "o-", color=style.ACCENT, ms=2.6, lw=0.8)
    ax.axhline(0.5, color="0.8", lw=0.6)
    fits = tables["choice_fit"][tables["choice_fit"]["network"].isin(labels)]
    x = np.linspace(0, 1, 300)
    ideal = ndtr(x / float(fits["sigma_ideal"].median()))
    label = f"ideal, {fits['accuracy_ideal'].median():.3f} in all"
    ax.plot(x, ideal, color=panels.CEILING, lw=1.0, zorder=1, label=label)
    ax.legend(loc="lower right", bbox_to_anchor=(1, 0.1))
    ax.set_ylim(0.45, 1.02)
    ax.set_xlim(0, 1)
    ax.set_xlabel("|Coherence|")
    ax.set_ylabel("Fraction correct (95 %)")


def _times(ax: Axes, table: pd.DataFrame, labels: Sequence[str]) -> None:
    used = table[table["network"].isin(labels)]
    for outcome, colour in (("correct", panels.CORRECT), ("error", panels.ERROR)):
        part = of(used, outcome=outcome)
        part = part.assign(total=part["mean_ms"] * part["n_trials"])
        sums = part.groupby("coherence")[["total", "n_trials"]].sum()
        sums = _enough(sums)
        sem = part.groupby("coherence")["sem_ms"].mean().reindex(sums.index)
        mean = sums["total"] / sums["n_trials"]
        ax.errorbar(mean.index, mean, 1.96 * sem, fmt="o-", color=colour, ms=2.6, lw=0.8, elinewidth=0.7, label=outcome)
    undecided = of(used, outcome="undecided")["n_trials"].sum() / max(1, used["n_trials"].sum())
    ax.text(0.98, 0.7, f"undecided: {undecided:.0%}".replace("%", " %"), transform=ax.transAxes, ha="right",
            fontsize=style.SMALL)  # fmt: skip
    ax.legend(loc="upper right")
    ax.set_xlim(0, 1)
    ax.set_ylim(0)
    ax.set_xlabel("|Coherence|")
    ax.set_ylabel("First output at 0.6 (ms)")


def _distribution(
    ax: Axes, tables: Tables, compared: dict[str, tuple[str, str]], what: str, label: str, first: bool
) -> None:
    for name, (_, colour) in compared.items():
        for network in panels.of_condition(tables, name):
            part = of(tables["distributions"], network=network, what=what).sort_values("low")
            counts = part["count"].to_numpy(float)
            ax.plot(part["high"], counts.cumsum() / counts.sum(), color=colour, lw=0.8)
    ax.set_xscale("log")
    ax.set_xlim(1e-5 if what == "weight" else 1e-4, 3)
    ax.set_xticks([1e-4, 1e-2, 1])
    ax.set_ylim(0, 1.02)
    ax.set_xlabel(label)
    if first:
        ax.set_ylabel("Share below")
    else:
        ax.set_yticklabels([])


def _connectivity(figure: Figure, tables: Tables, compared: dict[str, tuple[str, str]]) -> None:
    left, right = place(figure, 0.5, 4.82, 1.7, 1.0), place(figure, 2.95, 4.82, 1.6, 1.0)
    for name, (label, colour) in compared.items():
        for i, network in enumerate(panels.of_condition(tables, name)):
            part = of(tables["connectivity"], network=network).sort_values("threshold")
            left.plot(part["threshold"], part["connectivity"], color=colour, lw=0.9, label=label if i == 0 else None)
            right.plot(part["threshold"], part["accuracy"], color=colour, lw=0.9)
            crossing = of(tables["pruning"], network=network).iloc[0]
            left.plot(crossing["threshold"], CORTEX, "o", color=colour, ms=3, mec="white", mew=0.4, zorder=4)
    left.axhline(CORTEX, color="0.5", lw=0.7, ls=(0, (2, 2)))
    left.text(1.1e-5, CORTEX + 0.03, "cortex, 12 %", fontsize=style.SMALL, color="0.35")
    for ax, label in ((left, "Share above"), (right, "Fraction correct")):
        ax.set_xscale("log")
        ax.set_xlim(1e-5, 1)
        ax.set_xlabel("Threshold on |recurrent weight|")
        ax.set_ylabel(label)
    left.set_ylim(0, 1.02)
    right.set_ylim(0, 1.02)


def _pruning(ax: Axes, tables: Tables, compared: dict[str, tuple[str, str]]) -> None:
    for x, (name, (label, colour)) in enumerate(compared.items()):
        for network in panels.of_condition(tables, name):
            row = of(tables["pruning"], network=network).iloc[0]
            ax.plot([x - 0.2, x + 0.2], [row["accuracy_intact"], row["accuracy_pruned"]], "-", color=colour, lw=0.8)
            ax.plot(x - 0.2, row["accuracy_intact"], "o", color=colour, ms=3)
            ax.plot(x + 0.2, row["accuracy_pruned"], "o", mfc="white", mec=colour, ms=3)
        ax.plot([], [], color=colour, lw=1.4, label=label)
    ax.set_xticks([x + shift for x in range(len(compared)) for shift in (-0.2, 0.2)], ["all", "cut"] * len(compared))
    ax.tick_params(axis="x", length=0, rotation=90)
    ax.set_xlim(-0.5, len(compared) - 0.5)
    ax.set_ylim(0.4, 1.02)
    ax.set_ylabel("Fraction correct")
    ax.legend(loc="upper left", bbox_to_anchor=(-0.05, -0.2), ncols=1, labelspacing=0.15)


def _states(figure: Figure, states: pd.DataFrame) -> None:
    panels.space(place(figure, 0.4, 6.42, 1.75, 1.15), states, "quartile")
    panels.space(place(figure, 2.55, 6.42, 1.75, 1.15), states, "quartile", "pc1", "pc3")
    panels.choice_key(place(figure, 5.25, 6.95, 1.3, 0.45), ("left", "right"), "weakest", "strongest quartile")
