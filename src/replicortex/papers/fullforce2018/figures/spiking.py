"""Spiking networks taught by rate networks (DePasquale, Churchland & Abbott 2016)."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from replicortex.papers.fullforce2018.figures import panels
from replicortex.papers.fullforce2018.figures.panels import COLOUR
from replicortex.report import style
from replicortex.report.checks import Tables
from replicortex.report.components import log_ticks
from replicortex.report.style import Setting, letter, place

_HEIGHT = 4.75


@style.styled
def figure(populations: Mapping[str, Tables], setting: Setting) -> Figure:
    """Draw an output (a), learning (b), errors by size beside rate networks (c), directions (d) and rates (e)."""
    title = "Four sines by spiking networks that a rate network teaches"
    page = style.page(title, _HEIGHT, setting, style.provenances(populations, setting))
    main = populations["ff_spiking"]
    summary = main["summary"]
    network = panels.example(summary, 0)
    row = summary.set_index("network").loc[network]
    letter(page, "a", 0.08, 0.5, f"Output and target (dashed), N = {row['units']} (error {row['median_nmse']:.2g})")
    ax = place(page, 0.55, 0.65, 4.0, 1.05)
    panels.output(ax, main["traces"], network, COLOUR["spiking"], 2.0)
    ax.set(ylabel="Output")
    letter(page, "c", 0.08, 2.3, "Error by size")
    ax = place(page, 0.6, 2.45, 1.75, 1.55)
    rates = populations["ff_four_sines"]["summary"].query("method == 'full_force'")
    both = pd.concat([summary.assign(shown=summary["median_nmse"]), rates.assign(shown=rates["nmse"])])
    panels.quartiles(ax, both, "units", "shown", COLOUR)
    panels.limit(ax)
    ax.set(xlabel="Neurons or rate units, N", ylabel="Error (test)")
    ax.legend(loc="best")
    letter(page, "b", 4.95, 0.5, "Error while learning")
    ax = place(page, 5.45, 0.65, 1.5, 1.05)
    course = main["course"][main["course"]["network"] == network]
    ax.plot(course["trial"] + 1, course["error"], color=COLOUR["spiking"], lw=0.9)
    ax.set(xlabel="Trial", ylabel="Error", yscale="log")
    panels_of = (("d", "Directions of the teacher", "directions", "Directions, K", 2.6),
                 ("e", "Mean rate in the test", "rate_hz", "Rate (Hz)", 4.95))  # fmt: skip
    sizes = sorted(set(summary["units"]))
    for name, caption, column, label, left in panels_of:
        letter(page, name, left, 2.3, caption)
        ax = place(page, left + 0.5, 2.45, 1.45, 1.55)
        ax.plot(summary["units"], summary[column], "o", color=COLOUR["spiking"], ms=2.4, mew=0, alpha=0.5)
        middle = summary.groupby("units")[column].median()
        ax.plot(middle.index, middle, "-", color=COLOUR["spiking"], lw=1.1)
        ax.set_xscale("log")
        log_ticks(ax, "x", sizes)
        ax.set(xlabel="Neurons, N", ylabel=label)
        ax.set_ylim(bottom=0)
    return page
