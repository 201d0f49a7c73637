"""How fast spiking and rate networks converge with their size, and the rate networks on the oscillators."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.papers.nicola2017.figures import panels
from replicortex.papers.nicola2017.figures.panels import COLOUR, NEURON
from replicortex.report import style
from replicortex.report.checks import Tables
from replicortex.report.components import log_ticks
from replicortex.report.style import Setting, letter, place

_HEIGHT = 2.9
_TARGETS = {"sine5": "sine", "saw5": "sawtooth", "prod46": "product", "prod237": "three sines", "vdp": "Van der Pol"}


@style.styled
def figure(populations: Mapping[str, Tables], setting: Setting) -> Figure:
    """Draw the convergence: a error with the best lag, b as it stands, c rate networks."""
    title = "Convergence of FORCE with the size of the network (sine of 5 Hz), and rate networks as reference"
    page = style.page(title, _HEIGHT, setting, style.provenances(populations, setting))
    letter(page, "a", 0.08, 0.5, "Error, best lag")
    letter(page, "b", 2.5, 0.5, "Error as it stands, drift included")
    for left, column in ((0.55, "aligned_nrmse"), (2.97, "nrmse")):
        _against_size(place(page, left, 0.68, 1.75, 1.6), populations, column)
    letter(page, "c", 4.95, 0.5, "Rate networks, as long as spiking")
    rates = [populations[name] for name in ("rate_targets", "rate_products") if name in populations]
    _targets(place(page, 5.5, 0.68, 1.4, 1.6), rates)
    return page


def _against_size(ax: Axes, populations: Mapping[str, Tables], column: str) -> None:
    sizes = set()
    for name in ("size_lif", "size_theta", "size_rate"):
        if name not in populations:
            continue
        summary, kind = populations[name]["summary"], panels.neuron(populations[name])
        fine = summary[summary["status"] == "ok"]
        ax.plot(fine["cells"], fine[column], "o", color=COLOUR[kind], ms=2, mew=0, alpha=0.5)
        median = fine.groupby("cells")[column].median()
        ax.plot(median.index, median, "o-", color=COLOUR[kind], lw=1.3, ms=2.6, label=NEURON[kind])
        sizes |= set(summary["cells"])
    if not sizes:
        panels.absent(ax)
        return
    log_ticks(ax, "x", sorted(sizes))
    ax.set_yscale("log")
    ax.set(xlabel="Units in the network", ylabel="RMS error / s.d.")
    ax.legend(loc="best")


def _targets(ax: Axes, tables: list[Tables]) -> None:
    if not tables:
        panels.absent(ax)
        return
    kinds = pd.concat([each["members"].set_index("network")["target.kind"] for each in tables])
    errors = pd.concat([each["summary"].set_index("network")["aligned_nrmse"] for each in tables])
    shown = [kind for kind in _TARGETS if kind in set(kinds)]
    for x, kind in enumerate(shown):
        panels.spread(ax, x, errors.reindex(kinds.index[kinds == kind]).to_numpy(dtype=float), COLOUR["rate"])
    ax.set_xticks(range(len(shown)), [_TARGETS[kind] for kind in shown], rotation=90)
    ax.tick_params(axis="x", length=0)
    ax.set_xlim(-0.6, len(shown) - 0.4)
    ax.set_ylim(0, max(1e-3, 1.1 * float(np.nanmax(errors))))
    ax.set_ylabel("RMS error / s.d.")
