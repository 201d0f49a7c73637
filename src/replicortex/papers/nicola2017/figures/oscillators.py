"""Oscillations and a chaotic attractor in networks of three kinds of neurons (Nicola & Clopath 2017, Fig. 2)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from replicortex.papers.nicola2017.figures import LORENZ, OTHERS, SINES, panels
from replicortex.papers.nicola2017.figures.panels import COLOUR
from replicortex.report import style
from replicortex.report.checks import Tables, of
from replicortex.report.components import few_ticks
from replicortex.report.style import Setting, letter, place

_HEIGHT = 9.85
_COLUMN, _GAP = 1.9, 0.38
_SHORT = {"fig2_theta_saw": "Sawtooth", "fig2_theta_vdp_harm": "Van der Pol, harmonic",
          "fig2_theta_vdp_relax": "Van der Pol, relaxation", "fig2_theta_prod": "Product of sines",
          "fig2_theta_prod_noise": "Product, with noise"}  # fmt: skip
_NAMED = {"fig2_lif_sine": "LIF sine", "fig2_iz_sine": "Izhikevich sine", "fig2_theta_sine": "Theta sine",
          "fig2_theta_saw": "Sawtooth", "fig2_theta_vdp_harm": "VdP harmonic", "fig2_theta_vdp_relax": "VdP relax.",
          "fig2_theta_prod": "Product", "fig2_theta_prod_noise": "… + noise"}  # fmt: skip


@style.styled
def figure(populations: Mapping[str, Tables], setting: Setting) -> Figure:
    """Draw Figure 2: a a sine in three kinds of neurons, b errors, c rates, d other targets, e the Lorenz system."""
    title = "Figure 2  FORCE trains spiking networks to oscillate and to follow a chaotic attractor"
    page = style.page(title, _HEIGHT, setting, style.provenances(populations, setting))
    words = "Sine of 5 Hz: output and target (after: at its best lag), spikes, voltages, decoders, eigenvalues"
    letter(page, "a", 0.08, 0.47, words)
    for i, name in enumerate(SINES):
        _neuron(page, 0.52 + i * (_COLUMN + _GAP), populations.get(name), _NAMED[name].removesuffix(" sine"))
    letter(page, "b", 0.08, 5.33, "Error after learning with the best lag; dashes: chance")
    _errors(place(page, 0.52, 5.47, 3.0, 0.95), populations)
    letter(page, "c", 3.75, 5.33, "Rate and irregularity, before (open) and after (full)")
    _before_after(place(page, 4.17, 5.47, 1.2, 0.95), populations, "rate_{}_hz", "Rate (Hz)")
    _before_after(place(page, 5.8, 5.47, 1.2, 0.95), populations, "isi_cv_{}", "CV of intervals")
    letter(page, "d", 0.08, 7.17, "Theta neurons, other targets, after learning; error (range), rate")
    for i, name in enumerate(OTHERS):
        _other(page, 0.2 + 1.38 * i, populations.get(name), _SHORT[name])
    letter(page, "e", 0.08, 8.34, "Lorenz system, after learning")
    _lorenz(page, populations.get(LORENZ))
    return page


def _neuron(page: Figure, left: float, tables: Tables | None, name: str) -> None:
    top = 0.66
    if tables is None:
        ax = place(page, left, top, _COLUMN, 0.5)
        panels.absent(ax)
        ax.set_title(name)
        return
    colour = COLOUR[panels.neuron(tables)]
    part = (_COLUMN - 0.16) / 3
    for i, (window, words) in enumerate((("before", "before"), ("start", "learning begins"), ("after", "after"))):
        ax = place(page, left + i * (part + 0.08), top, part, 0.5)
        traces = panels.last(panels.window(tables, window), 0.5)
        panels.output_lines(ax, traces, colour, source="aligned")
        ax.set_ylim(-1.7, 1.7)
        ax.set_yticks([-1, 0, 1])
        ax.set_title(words, fontsize=style.SMALL, color="0.35")
        panels.scale_bar(ax, 0.2)
        if i:
            panels.no_frame(ax)
        else:
            ax.set_ylabel("Output", labelpad=1)
    _inside(page, left, top + 0.78, tables, name)


def _inside(page: Figure, left: float, top: float, tables: Tables, name: str) -> None:
    colour, half = COLOUR[panels.neuron(tables)], (_COLUMN - 0.3) / 2
    for i, window in enumerate(("before", "after")):
        ax = place(page, left + i * (half + 0.3), top, half, 0.75)
        panels.spikes(ax, panels.window(tables, window, "raster"), 0.5)
        ax.set_title(f"{name}, {window}", fontsize=style.SMALL)
        panels.scale_bar(ax, 0.1)
        if i:
            ax.set(yticks=[], ylabel="")
        ax = place(page, left + i * (half + 0.3), top + 0.97, half, 0.6)
        panels.stacked_voltages(ax, panels.window(tables, window, "voltages"), colour)
        panels.scale_bar(ax, 0.1)
        if i == 0:
            ax.set_ylabel("Voltage\nof 5 cells")
    ax = place(page, left, top + 1.82, _COLUMN, 0.45)
    panels.decoder_lines(ax, tables, colour)
    ax.set_ylabel("Decoder", labelpad=1)
    few_ticks(ax, "y", 3)
    _eigenvalues(page, left, top + 2.75, tables, colour)


def _eigenvalues(page: Figure, left: float, top: float, tables: Tables, colour: str) -> None:
    """Before and after on one scale, in units of the largest before: linear up to it, logarithmic beyond."""
    table = of(tables["eigenvalues"], network=panels.example(tables))
    sizes = np.hypot(table["real"], table["imag"])
    unit = float(sizes[table["phase"] == "before"].max()) if len(table) else 1.0
    unit = unit if np.isfinite(unit) and unit > 0 else 1.0
    reach = max(1.0, float(sizes.max()) / unit) if len(table) else 1.0
    ax = place(page, left, top, _COLUMN, 0.62)
    for phase, shade, size in (("before", "0.6", 1.1), ("after", colour, 1.5)):
        one = of(table, phase=phase)
        ax.plot(
            one["real"] / unit, one["imag"] / unit, ".", ms=size, mew=0, color=shade, label=phase, rasterized=True,
            zorder=3 if phase == "before" else 2,
        )  # fmt: skip
    ticks = [-100.0, -10.0, -1.0, 0.0, 1.0, 10.0, 100.0]
    for axis in ("x", "y"):
        getattr(ax, f"set_{axis}scale")("symlog", linthresh=1.0, linscale=2.0)
        getattr(ax, f"set_{axis}lim")(-1.5 * reach, 1.5 * reach)
        shown = [tick for tick in ticks if abs(tick) <= 1.5 * reach]
        shown = shown if axis == "x" else [tick for tick in shown if abs(tick) != 10]
        getattr(ax, f"set_{axis}ticks")(shown, [f"{tick:g}" for tick in shown])
        getattr(ax, f"{axis}axis").set_minor_locator(NullLocator())
    ax.set(xlabel="Re / largest before", ylabel="Im")
    ax.legend(loc="upper left", markerscale=4, handletextpad=0.1, borderaxespad=0.1)


def _errors(ax: Axes, populations: Mapping[str, Tables]) -> None:
    names = [name for name in (*SINES, *OTHERS) if name in populations]
    for x, name in enumerate(names):
        panels.spread(ax, x, panels.good(populations[name], "aligned_nrmse"), COLOUR[panels.neuron(populations[name])])
        chance = panels.good(populations[name], "aligned_chance")
        if len(chance):
            ax.plot([x - 0.3, x + 0.3], [np.median(chance)] * 2, color="0.5", lw=0.8, ls=(0, (2, 1)))
    _named(ax, names)
    ax.set_ylim(bottom=0)
    ax.set_ylabel("RMS error / s.d.\nof the target")


def _before_after(ax: Axes, populations: Mapping[str, Tables], column: str, words: str) -> None:
    names = [name for name in (*SINES, *OTHERS) if name in populations]
    for x, name in enumerate(names):
        tables, colour = populations[name], COLOUR[panels.neuron(populations[name])]
        before, after = (panels.good(tables, column.format(when)) for when in ("before", "after"))
        ax.plot(np.full(len(before), x - 0.17), before, "o", ms=1.8, mfc="white", mec=colour, mew=0.5)
        ax.plot(np.full(len(after), x + 0.17), after, "o", ms=1.8, color=colour, mew=0)
    _named(ax, names)
    ax.set_ylim(bottom=0)
    ax.set_ylabel(words, labelpad=1)


def _named(ax: Axes, names: list[str]) -> None:
    ax.set_xticks(range(len(names)), [_NAMED[name] for name in names], rotation=90)
    ax.tick_params(axis="x", length=0)
    ax.set_xlim(-0.6, len(names) - 0.4)


def _other(page: Figure, left: float, tables: Tables | None, title: str) -> None:
    ax = place(page, left, 7.58, 1.22, 0.42)
    ax.set_title(title)
    if tables is None:
        panels.absent(ax)
        return
    traces = panels.last(panels.window(tables, "after"), 0.8)
    outputs = sorted(traces["output"].unique())
    gap = 0.0 if len(outputs) == 1 else 2.4 * float(traces["target"].std())
    panels.output_lines(ax, traces, COLOUR["theta"], outputs, gap, "aligned")
    panels.no_frame(ax)
    panels.scale_bar(ax, 0.2)
    ax.set_title(f"{title}\n{panels.in_words(tables)}", fontsize=style.SMALL)


def _lorenz(page: Figure, tables: Tables | None) -> None:
    places = ((0.52, 1.8), (2.82, 0.9), (4.35, 0.95), (5.95, 1.0))
    boxes = [place(page, left, 8.52, width, 0.85) for left, width in places]
    if tables is None:
        for ax in boxes:
            panels.absent(ax)
        return
    traces, label = panels.window(tables, "after"), panels.example(tables)
    panels.output_lines(boxes[0], panels.last(traces, 10.0), COLOUR["theta"])
    boxes[0].set_xlabel("Time (s)")
    boxes[0].set_ylabel("x", rotation=0, labelpad=2)
    values = panels.wide(traces)
    boxes[1].plot(values[0], values[2], color=COLOUR["theta"], lw=0.4)
    boxes[1].set_xlabel("x")
    boxes[1].set_ylabel("z", rotation=0, labelpad=2)
    maxima = of(tables["maxima"], network=label)
    for source, colour, size in (("target", panels.TARGET, 1.6), ("output", COLOUR["theta"], 2.2)):
        one = of(maxima, source=source)
        boxes[2].plot(one["current"], one["next"], "o", mew=0, alpha=0.7, color=colour, ms=size)
    boxes[2].set(xlabel="Maximum of z", ylabel="Next maximum")
    dwell = tables["dwell"]
    longest = max(float(dwell["duration_s"].quantile(0.98)), 0.1) if len(dwell) else 1.0
    for source, colour in (("target", panels.TARGET), ("output", COLOUR["theta"])):
        shares, edges = np.histogram(of(dwell, source=source)["duration_s"], np.linspace(0, longest, 13), density=True)
        boxes[3].stairs(np.nan_to_num(shares), edges, color=colour, lw=1.0)
    boxes[3].set(xlabel="Time in a lobe (s)", ylabel="Density (1/s)")
    panels.key(boxes[0], COLOUR["theta"])
