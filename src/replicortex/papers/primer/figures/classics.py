"""Four classic tasks, a column each: one trial, learning, and what networks answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.papers.primer.figures import panels
from replicortex.report import style
from replicortex.report.checks import Tables, of
from replicortex.report.components import few_ticks, note
from replicortex.report.style import Colour, Setting, letter, place

_HEIGHT = 6.3
_GREY, _LINES = "0.45", ("#0072B2", "#D55E00")
_OUTPUTS = ("#000000", "#0072B2", "#D55E00")


@dataclass(frozen=True)
class _Column:
    """What the column of a task is called, and what its last panel shows."""

    title: str
    x: str
    y: str
    signals: tuple[tuple[str, Colour], ...] = (("", _LINES[0]),)


COLUMNS: dict[str, _Column] = {
    "go_no_go": _Column(
        "Go or no go", "Delay (ms); grey: learnt", "Fraction that went", (("go", _LINES[0]), ("no go", _LINES[1]))
    ),
    "comparison": _Column("Delayed comparison", "First - second (Hz)", 'Fraction "first faster"'),
    "interval": _Column("Interval discrimination", "First - second (ms)", 'Fraction "first longer"'),
    "ready_set_go": _Column("Ready, set, go", "Ready to set (ms)", "Set to go (ms)"),
}


@style.styled
def primer_classics(tables: Tables, setting: Setting) -> Figure:
    """Draw the figure: for each task (a-d) inputs and answer in a trial, learning, and answers by what is shown."""
    figure = style.page("Four classic tasks", _HEIGHT, setting, style.provenance(tables, setting))
    for i, (name, column) in enumerate(COLUMNS.items()):
        left = 0.55 + 1.74 * i
        letter(figure, "abcd"[i], left - 0.45, 0.5, column.title)
        networks = panels.of_condition(tables, name)
        _trial(figure, left, panels.rows_of(tables, "example_trials", networks[:1]))
        learning = place(figure, left, 2.95, 1.15, 0.95)
        panels.learning(learning, tables["history"], networks, _LINES[0], "")
        few_ticks(learning, "x", 3)
        answers = place(figure, left, 4.5, 1.15, 1.1)
        _answers(answers, panels.rows_of(tables, "answers", networks), name, column)
        if i:
            learning.set_ylabel("")
    return figure


def _trial(figure: Figure, left: float, sample: pd.DataFrame) -> None:
    """Inputs above, one line each; below the probability of each output, and dotted what was right."""
    top, bottom = place(figure, left, 0.85, 1.15, 0.62), place(figure, left, 1.68, 1.15, 0.62)
    asked = of(sample, kind="decision")
    step = float(sample["dt_ms"].iloc[0])
    during = asked.loc[asked["value"] > 0, "time_ms"]
    for ax, kind, colours in ((top, "input", (_GREY, *_LINES)), (bottom, "probability", _OUTPUTS)):
        channels = list(dict.fromkeys(of(sample, kind=kind)["channel"]))
        for channel, colour in zip(channels, colours, strict=False):
            part, short = (
                of(sample, kind=kind, channel=channel),
                channel.removesuffix(" faster").removesuffix(" longer"),
            )
            ax.step(part["time_ms"], part["value"], where="post", color=colour, lw=0.8, label=short)
            if kind == "probability":
                right = of(sample, kind="target", channel=channel)
                ax.step(right["time_ms"], right["value"], where="post", color=colour, lw=0.7, ls=(0, (1, 1.5)))
        ax.axvspan(during.min(), during.max() + step, color="0.9", lw=0, zorder=0)
        ax.set_xlim(0, asked["time_ms"].max() + step)
        ax.legend(loc="lower left", bbox_to_anchor=(-0.06, 0.97), ncols=3, handlelength=0.7, columnspacing=0.5,
                  handletextpad=0.3, borderaxespad=0.0)  # fmt: skip
    top.set_xticklabels([])
    bottom.set_ylim(-0.05, 1.05)
    bottom.set_xlabel("Time (ms); grey: answer")
    if left < 1:
        top.set_ylabel("Input")
        bottom.set_ylabel("Probability")


def _answers(ax: Axes, table: pd.DataFrame, task: str, column: _Column) -> None:
    """A thin line per network, dots for their mean; in ready, set, go also the mean sd over trials of a network."""
    for signal, colour in column.signals:
        used = of(table, signal=signal)
        for _, rows in used.groupby("network"):
            ax.plot(rows["at"], rows["mean"], color=colour, lw=0.5, alpha=0.5)
        mean = used.groupby("at")[["mean", "sd"]].mean()
        spread = mean["sd"] if task == "ready_set_go" else None
        ax.errorbar(mean.index, mean["mean"], spread, fmt="o", color=colour, ms=2.8, lw=0.9, label=signal)
    ax.set_xlabel(column.x)
    ax.set_ylabel(column.y)
    if task == "ready_set_go":
        ends = np.array([table["at"].min(), table["at"].max()])
        ax.plot(ends, ends, color="0.6", lw=0.7, ls=(0, (2, 2)), zorder=0)
        note(ax, 0.04, 0.99, "dashed: equal; bars: s.d.")
        return
    ax.set_ylim(-0.03, 1.03)
    if column.signals[0][0]:
        ax.axvline(300, color="0.85", lw=0.6, zorder=0)
        ax.legend(loc="lower left", bbox_to_anchor=(-0.06, 0.97), ncols=2, handletextpad=0.1, borderaxespad=0.0)
    else:
        ax.axhline(0.5, color="0.85", lw=0.6, zorder=0)
        ax.axvline(0, color="0.85", lw=0.6, zorder=0)
