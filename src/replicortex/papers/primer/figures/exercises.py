"""Nine exercises with small networks, a panel each."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.papers.primer.figures import panels
from replicortex.papers.primer.figures.exercise_results import RESULTS
from replicortex.report import style
from replicortex.report.checks import Tables, of
from replicortex.report.style import Setting, letter, place

_HEIGHT = 8.3
_BLUE, _RED, _GREEN, _PINK = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
_TITLES = (
    "Time constant and step", "Performance while learning", "Start at the identity", "Three modules",
    "Two tasks in turn", "Output weights only", "A wired network", "Images", "Plastic synapses",
)  # fmt: skip


@style.styled
def primer_exercises(tables: Tables, setting: Setting) -> Figure:
    """Draw the figure: panels 1 to 9, each with one sentence made of its numbers."""
    figure = style.page("Nine exercises", _HEIGHT, setting, style.provenance(tables, setting))
    drawn = (_constants, _performance, _identity, _modules, _in_turn, _output_only, _wired, _images, _memory)
    for i, (draw, title, result) in enumerate(zip(drawn, _TITLES, RESULTS, strict=True)):
        left, top = 0.58 + 2.33 * (i % 3), 0.66 + 2.58 * (i // 3)
        letter(figure, str(i + 1), left - 0.42, top - 0.13, title)
        draw(place(figure, left, top, 1.75, 1.3), tables)
        text = result(tables)
        _, height = figure.get_size_inches()
        figure.text((left - 0.3) / style.WIDTH, 1 - (top + 1.66) / height, text, fontsize=style.SMALL, va="top",
                    linespacing=1.25, gid="result")  # fmt: skip
    return figure


def _constants(ax: Axes, tables: Tables) -> None:
    shown = {
        "base": ("100, 20", _BLUE),
        "tau_40": ("40, 20", _RED),
        "dt_10": ("100, 10", _GREEN),
        "tau_40_dt_10": ("40, 10", _PINK),
    }
    for name, (label, colour) in shown.items():
        used = panels.rows_of(tables, "evidence", panels.of_condition(tables, name))
        used = used[used["coherence"] == used["coherence"].max()]
        mean = used.groupby("time_ms")["value"].mean()
        ax.plot(mean.index, mean / max(1e-9, abs(mean).max()), color=colour, label=label)
    ax.legend(title="tau, dt (ms)", loc="lower right")
    ax.set_xlabel("Time (ms), coherence 51.2 %")
    ax.set_ylabel("Evidence in output, of its peak")


def _performance(ax: Axes, tables: Tables) -> None:
    labels = panels.of_condition(tables, "base")
    panels.learning(ax, tables["history"], labels, _BLUE, "fraction correct")
    curve = tables["curve"][tables["curve"]["network"] == labels[0]].sort_values("update")
    ax.set_position(_part(ax, 0.0, 0.86, 0.0, 1.0))
    loss = ax.twinx()
    loss.plot(curve["update"], panels.smooth(curve["task_loss"].to_numpy(), 50), color=_RED, lw=0.9)
    loss.set_ylim(0)
    loss.spines["right"].set_visible(True)
    loss.set_ylabel("Cross-entropy", color=_RED)
    ax.set_ylabel("Fraction correct", color=_BLUE)


def _two(ax: Axes, tables: Tables, name: str, label: str, colour: str = _RED) -> None:
    """A condition beside the base, learning."""
    for one, text, shade in (("base", "all, uniform", _BLUE), (name, label, colour)):
        panels.learning(ax, tables["history"], panels.of_condition(tables, one), shade, text)
    ax.legend(loc="lower right")


def _identity(ax: Axes, tables: Tables) -> None:
    for one, text, shade in (("base", "uniform", _BLUE), ("identity", "identity", _RED)):
        panels.learning(ax, tables["history"], panels.of_condition(tables, one), shade, text)
    ax.legend(loc="lower right")


def _modules(ax: Axes, tables: Tables) -> None:
    table = panels.rows_of(tables, "module_decoding", panels.of_condition(tables, "modules"))
    for module, colour in ((1, panels.shaded(_BLUE, 0.2)), (2, panels.shaded(_BLUE, 0.6)), (3, _BLUE)):
        mean = of(table, module=module).groupby("time_ms")["decoded"].mean()
        ax.plot(mean.index, mean, color=colour, label=f"module {module}")
    ax.axhline(0.5, color="0.8", lw=0.6)
    ax.set_ylim(0.2, 1.02)
    ax.set_xlabel("Time (ms)")
    ax.set_ylabel("Direction decoded")
    ax.legend(loc="lower right")


def _in_turn(ax: Axes, tables: Tables) -> None:
    labels = panels.of_condition(tables, "two_tasks")
    history = tables["history"][tables["history"]["network"].isin(labels)]
    for task, colour in (("first context", _BLUE), ("second context", _RED)):
        panels.learning(
            ax,
            of(history, task=task),
            labels,
            colour,
            task.replace("first context", "motion, learnt first").replace("second context", "colour, second"),
        )
    ax.axvline(history["updates"].max() / 2, color="0.6", lw=0.6, ls=(0, (2, 2)))
    ax.legend(loc="lower right")


def _output_only(ax: Axes, tables: Tables) -> None:
    _two(ax, tables, "output_only", "output weights only")


def _wired(ax: Axes, tables: Tables) -> None:
    for name, text, colour in (
        ("base", "no cost", _BLUE),
        ("spatial", "cost of length", _RED),
        ("no_place", "cost of weight", _GREEN),
    ):
        used = panels.rows_of(tables, "wiring", panels.of_condition(tables, name))
        mean = used.groupby("distance")["weight"].mean()
        ax.plot(mean.index, mean, "o-", color=colour, ms=2.2, label=text)
    ax.set_yscale("log")
    ax.set_xlabel("Distance of units (square of side 1)")
    ax.set_ylabel("Mean |weight|")
    ax.legend(loc="lower left")


def _images(ax: Axes, tables: Tables) -> None:
    labels = panels.of_condition(tables, "digits")
    panels.learning(ax, tables["history"], labels, _BLUE, "images of the training")
    table = tables["accuracy"][tables["accuracy"]["network"].isin(labels)]
    ax.axhline(
        table["n_correct"].sum() / table["n_trials"].sum(), color=_RED, lw=1.0, label="images held out, at the end"
    )
    ax.legend(loc="lower right")


def _memory(ax: Axes, tables: Tables) -> None:
    for name, source, text, colour in (
        ("memory_static", "rate", "rates, fixed", _BLUE),
        ("memory_plastic", "rate", "rates, plastic", _RED),
        ("memory_plastic", "synapse", "synapses, plastic", _PINK),
    ):
        used = panels.rows_of(tables, "memory_decoding", panels.of_condition(tables, name))
        mean = of(used, source=source).groupby("time_ms")["decoded"].mean()
        ax.plot(mean.index, mean, color=colour, label=text)
    ax.axhline(1 / 8, color="0.8", lw=0.6)
    ax.axvspan(100, 400, color="0.92", lw=0, zorder=0)
    ax.axvspan(900, 1200, color="0.92", lw=0, zorder=0)
    ax.set_ylim(0, 1.08)
    ax.set_xlim(0, 1200)
    ax.set_xlabel("Time (ms); grey: sample, test")
    ax.set_ylabel("Sample decoded (of 8)")
    ax.legend(loc="lower left", bbox_to_anchor=(-0.03, 1.0), labelspacing=0.15)
    ax.set_position(_part(ax, 0.0, 0.6, 0.0, 0.82))
    for i, (name, title) in enumerate((("memory_static", "fixed"), ("memory_plastic", "plastic"))):
        inner = ax.figure.add_axes(_part(ax, 1.16, 0.5, 0.62 - 0.62 * i, 0.42))
        _states(inner, panels.rows_of(tables, "state_space", panels.of_condition(tables, name)[:1]))
        inner.set_title(title)
    inner.set_xlabel("colour: sample", labelpad=1)


def _part(ax: Axes, left: float, width: float, bottom: float, height: float) -> tuple[float, float, float, float]:
    """A box in fractions of the figure, from one in fractions of axes."""
    box = ax.get_position()
    return box.x0 + left * box.width, box.y0 + bottom * box.height, width * box.width, height * box.height


def _states(ax: Axes, table: pd.DataFrame) -> None:
    """Rates in the first two principal components until the test, a colour for each sample."""
    samples = sorted(table["sample"].unique())
    for i, sample in enumerate(samples):
        line = of(table, sample=sample).sort_values("time_ms")
        ax.plot(line["pc1"], line["pc2"], color=style.CYCLIC(i / len(samples)), lw=0.7)
        ax.plot(line["pc1"].iloc[-1], line["pc2"].iloc[-1], "o", color=style.CYCLIC(i / len(samples)), ms=2)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_ylabel("PC 1, 2", labelpad=1)
