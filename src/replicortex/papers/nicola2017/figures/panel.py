"""All oscillators of the archive: every target with every neuron and synapse (Nicola & Clopath 2017, Suppl. Fig. 2)."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure

from replicortex.papers.nicola2017.figures import PANEL, panels
from replicortex.papers.nicola2017.figures.panels import COLOUR
from replicortex.report import style
from replicortex.report.checks import Tables
from replicortex.report.style import Setting, place

_ROWS = {"sine": "Sine\n0.2 s", "saw": "Sawtooth\n0.2 s", "prod": "Product\nof sines\n0.5 s",
         "prod_noise": "Product\nwith noise\n0.5 s", "vdp_harm": "Van der Pol\nharmonic\n0.32 s",
         "vdp_relax": "Van der Pol\nrelaxation\n0.58 s", "complex1": "Product of\nthree sines\n0.5 s",
         "complex2": "Product of\nthree, again\n0.5 s"}  # fmt: skip
_TOP, _LEFT, _WIDTH, _ROW, _TALL = 0.85, 0.72, 1.06, 0.83, 0.44


@style.styled
def figure(populations: Mapping[str, Tables], setting: Setting) -> Figure:
    """Draw Figure S2: rows are targets, columns kinds of neurons with their synaptic decay.

    Each cell shows output over target at the end of the run, for one network, and of all networks the error with the
    best lag (median and range) and the mean rate. The target is drawn at its best lag; below its name stands its cycle.
    Combinations that the archive lacks are crossed out.
    """
    title = "Figure S2  Oscillators: every target with every neuron and synapse, after learning"
    page = style.page(title, _TOP + _ROW * len(_ROWS) + 0.35, setting, style.provenances(populations, setting))
    total = page.get_size_inches()[1]
    words = (
        "above each trace: error / s.d. with the best lag, median over networks (range); mean rate; target at its best "
        "lag; crossed out: not in the archive"
    )
    page.text(0.08 / style.WIDTH, 1 - 0.32 / total, words, color="0.35", fontsize=style.SMALL)
    for i, column in enumerate(PANEL):
        x = (_LEFT + i * _WIDTH + 0.46) / style.WIDTH
        page.text(x, 1 - 0.55 / total, column, ha="center", fontweight="bold")
    for j, (row, words) in enumerate(_ROWS.items()):
        y = 1 - (_TOP + j * _ROW + _TALL / 2) / total
        page.text(0.08 / style.WIDTH, y, words, va="center", linespacing=0.95)
        for i, experiments in enumerate(PANEL.values()):
            if row in experiments:
                _cell(page, _LEFT + i * _WIDTH, _TOP + j * _ROW, populations.get(experiments[row]))
            else:
                _none(page, _LEFT + i * _WIDTH, _TOP + j * _ROW)
    return page


def _none(page: Figure, left: float, top: float) -> None:
    ax = place(page, left, top, 0.94, _TALL)
    panels.absent(ax, "")
    ax.plot([0.3, 0.7], [0.2, 0.8], color="0.85", lw=0.8, transform=ax.transAxes)
    ax.plot([0.3, 0.7], [0.8, 0.2], color="0.85", lw=0.8, transform=ax.transAxes)


def _cell(page: Figure, left: float, top: float, tables: Tables | None) -> None:
    ax = place(page, left, top, 0.94, _TALL)
    if tables is None:
        panels.absent(ax, "no network\nat this scale")
        return
    traces = panels.last(panels.window(tables, "after"), 0.6)
    outputs = sorted(traces["output"].unique())
    gap = 0.0 if len(outputs) == 1 else 3.2 * float(traces["target"].std())
    panels.output_lines(ax, traces, COLOUR[panels.neuron(tables)], outputs, gap, "aligned")
    panels.no_frame(ax)
    panels.scale_bar(ax, 0.1)
    ax.set_title(panels.in_words(tables), fontsize=style.SMALL, pad=1.5, linespacing=0.95)
