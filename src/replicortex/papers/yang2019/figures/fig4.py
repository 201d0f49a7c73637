"""Figure 4: kinds of relation between tasks (Yang et al. 2019, Fig. 4)."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.papers.yang2019.figures import ftv
from replicortex.report import style
from replicortex.report.checks import Tables, networks
from replicortex.report.components import example_name, number_of
from replicortex.report.style import TITLES, Setting, letter, place

_HEIGHT, _FIRST, _SECOND = 4.8, 1.0, 3.17  # inches: the page and the tops of its rows
_TANH = "tanh_gru"
_ROWS = {"reference": ("abcde", _FIRST, style.ACCENT), _TANH: ("fghij", _SECOND, "#D55E00")}
_WIDTH, _STEP, _LEFT, _TALL = 1.08, 1.34, 0.48, 1.05


@style.styled
def fig4(populations: Mapping[str, Tables], setting: Setting) -> Figure:
    """Draw Figure 4: fractional task variance of five pairs in softplus networks (a-e) and tanh GRUs (f-j).

    Without tanh networks panels f to j are left out.
    """
    title = "Figure 4  Fractional task variance of pairs of tasks"
    height = _HEIGHT if _TANH in populations else _HEIGHT - _SECOND + _FIRST
    figure = style.page(title, height, setting, _footer(populations, setting))
    for name, tables in populations.items():
        _row(figure, name, tables, setting.of(name).experiment)
    return figure


def _footer(populations: Mapping[str, Tables], setting: Setting) -> str:
    """The footer, which says so where there are no networks for panels f to j."""
    told = style.provenances(populations, setting)
    return told if _TANH in populations else f"{told}\nf to j: no networks of the experiment {_TANH} here"


def _row(figure: Figure, name: str, tables: Tables, experiment: str) -> None:
    letters, top, colour = _ROWS[name]
    labels = networks(tables)
    what = {"reference": "Leaky RNN, softplus", _TANH: "Leaky GRU, tanh"}.get(experiment, experiment)
    spread = f"median of {number_of(len(labels), 'network')}, 10 to 90 %" if len(labels) > 1 else "one network"
    axes, height = [], 0.05
    for i, (a, b) in enumerate(ftv.PAIRS):
        left = _LEFT + _STEP * i
        letter(figure, letters[i], left - 0.36 if i == 0 else left - 0.14, top - 0.32)
        ax = place(figure, left, top, _WIDTH, _TALL)
        counts = ftv.counts_of(tables["ftv_histogram"], a, b, labels)
        height = max(height, ftv.band(ax, counts, colour, spread))
        own = counts[0] / max(counts[0].sum(), 1)
        ax.stairs(own, ftv.EDGES, color=style.EXAMPLE, lw=0.7, label=f"example ({example_name(labels)})")
        height = max(height, float(own.max()))
        ftv.axis(ax, a, b)
        ax.set_title(f"{TITLES[a]}, {TITLES[b]}\n{ftv.kind_of(tables['ftv_types'], a, b)}", linespacing=1.3)
        axes.append(ax)
    for ax in axes:
        ax.set_ylim(0, 1.06 * height)
        if ax is not axes[0]:
            ax.set_yticklabels([])
    axes[0].set_ylabel("Share of units")
    told = "Fractional task variance: from the task on the left alone to that on the right alone"
    axes[2].set_xlabel(told, labelpad=10)
    _key(figure, axes[0], f"{what}:", top - 0.66)


def _key(figure: Figure, ax: Axes, what: str, top: float) -> None:
    key = place(figure, _LEFT, top, 6.0, 0.12)
    key.axis("off")
    handles, names = ax.get_legend_handles_labels()
    key.text(0, 0.5, what, transform=key.transAxes, va="center", fontweight="bold")
    key.legend(handles, names, loc="center left", bbox_to_anchor=(0.22, 0.5), ncols=2, columnspacing=2.0)
