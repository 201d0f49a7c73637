"""Oscillations and a chaotic attractor in networks of three kinds of neurons (Nicola & Clopath 2017, Fig. 2)."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.figures import style
from replicortex.figures.components import few_ticks
from replicortex.figures.force import panels
from replicortex.figures.force.panels import COLOUR, Populations
from replicortex.figures.force.registry import LORENZ, OTHERS, SINES
from replicortex.figures.force.tables import Tables, example, of
from replicortex.figures.style import letter, place

_HEIGHT = 9.85
_COLUMN, _GAP = 1.9, 0.38
_SHORT = {"fig2_theta_saw": "Sawtooth", "fig2_theta_vdp_harm": "Van der Pol, harmonic",
          "fig2_theta_vdp_relax": "Van der Pol, relaxation", "fig2_theta_prod": "Product of sines",
          "fig2_theta_prod_noise": "Product, with noise"}  # fmt: skip
_NAMED = {"fig2_lif_sine": "LIF sine", "fig2_iz_sine": "Izhikevich sine", "fig2_theta_sine": "Theta sine",
          "fig2_theta_saw": "Sawtooth", "fig2_theta_vdp_harm": "VdP harmonic", "fig2_theta_vdp_relax": "VdP relax.",
          "fig2_theta_prod": "Product", "fig2_theta_prod_noise": "… + noise"}  # fmt: skip


@style.styled
def figure(populations: Populations, scale: str) -> Figure:
    """Draw Figure 2: a a sine in three kinds of neurons, b errors, c rates, d other targets, e the Lorenz system.

    Parameters
    ----------
    populations
        Experiment -> its tables.
    scale
        Printed in the footer.

    Raises
    ------
    ValueError
        A table, column or network is missing.
    """
    title = "Figure 2  FORCE trains spiking networks to oscillate and to follow a chaotic attractor"
    page = panels.page("force_fig2", title, _HEIGHT, populations, scale)
    letter(page, "a", 0.08, 0.47, "Sine of 5 Hz: output and target, spikes, voltages, decoders, eigenvalues of weights")
    for i, name in enumerate(SINES):
        _neuron(page, 0.52 + i * (_COLUMN + _GAP), populations.get(name), _NAMED[name].removesuffix(" sine"))
    letter(page, "b", 0.08, 5.33, "Error after learning, best lag in each second")
    _errors(place(page, 0.52, 5.47, 3.0, 0.95), populations)
    letter(page, "c", 3.95, 5.33, "Mean rate before (open) and after (full)")
    _rates(place(page, 4.42, 5.47, 2.55, 0.95), populations)
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
        panels.output_lines(ax, panels.last(panels.window(tables, window), 0.5), colour)
        ax.set_ylim(-2.6, 2.6)
        ax.set_title(words, fontsize=style.SMALL, color="0.35")
        panels.scale_bar(ax, 0.2)
        if i:
            panels.no_frame(ax)
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
    few_ticks(ax, "y", 3)
    _eigenvalues(page, left, top + 2.75, tables, colour)


def _eigenvalues(page: Figure, left: float, top: float, tables: Tables, colour: str) -> None:
    table = of(tables["eigenvalues"], network=example(tables))
    half = (_COLUMN - 0.3) / 2
    for i, phase in enumerate(("before", "after")):
        one = of(table, phase=phase)
        ax = place(page, left + i * (half + 0.3), top, half, 0.62)
        ax.plot(one["real"], one["imag"], ".", ms=1.1, color="0.55" if phase == "before" else colour, rasterized=True)
        reach = 1.08 * max(float(np.hypot(one["real"], one["imag"]).max()), 1e-9) if len(one) else 1.0
        ax.set(xlim=(-reach, reach), ylim=(-reach, reach))
        power = int(np.floor(np.log10(reach)))
        ticks = [-(10.0**power), 0.0, 10.0**power]
        words = [f"{tick / 10.0**power:g}" if abs(power) > 2 else f"{tick:g}" for tick in ticks]
        ax.set_xticks(ticks, words)
        ax.set_yticks(ticks, words)
        ax.set_xlabel(f"Re, {phase}" + (f" (10$^{{{power}}}$)" if abs(power) > 2 else ""))
        if i == 0:
            ax.set_ylabel("Im")


def _errors(ax: Axes, populations: Populations) -> None:
    names = [name for name in (*SINES, *OTHERS) if name in populations]
    for x, name in enumerate(names):
        panels.spread(ax, x, panels.good(populations[name], "aligned_nrmse"), COLOUR[panels.neuron(populations[name])])
    _named(ax, names)
    ax.set_ylim(bottom=0)
    ax.set_ylabel("RMS error / s.d.\nof the target")


def _rates(ax: Axes, populations: Populations) -> None:
    names = [name for name in (*SINES, *OTHERS) if name in populations]
    for x, name in enumerate(names):
        tables, colour = populations[name], COLOUR[panels.neuron(populations[name])]
        before, after = (panels.good(tables, f"rate_{when}_hz") for when in ("before", "after"))
        ax.plot(np.full(len(before), x - 0.17), before, "o", ms=2.6, mfc="white", mec=colour, mew=0.6)
        ax.plot(np.full(len(after), x + 0.17), after, "o", ms=2.6, color=colour, mew=0)
    _named(ax, names)
    ax.set_ylim(bottom=0)
    ax.set_ylabel("Rate (Hz)")


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
    panels.output_lines(ax, traces, COLOUR["theta"], outputs, gap)
    panels.no_frame(ax)
    panels.scale_bar(ax, 0.2)
    ax.set_title(f"{title}\n{panels.in_words(tables)}", fontsize=style.SMALL)


def _lorenz(page: Figure, tables: Tables | None) -> None:
    places = ((0.52, 1.9), (2.75, 0.95), (4.35, 0.95), (5.95, 1.0))
    boxes = [place(page, left, 8.52, width, 0.85) for left, width in places]
    if tables is None:
        for ax in boxes:
            panels.absent(ax)
        return
    traces, label = panels.window(tables, "after"), example(tables)
    panels.output_lines(boxes[0], panels.last(traces, 10.0), COLOUR["theta"])
    boxes[0].set(xlabel="Time (s)", ylabel="x")
    values = panels.wide(traces)
    boxes[1].plot(values[0], values[2], color=COLOUR["theta"], lw=0.4)
    boxes[1].set(xlabel="x", ylabel="z")
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
