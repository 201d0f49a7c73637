"""What is left of song and movie when parts of the network, or of its drive, are taken away."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.papers.nicola2017.figures import panels
from replicortex.report import style
from replicortex.report.checks import Tables, of
from replicortex.report.style import Setting, letter, place

HDTS = "hdts"
KINDS = {"neurons": "Share of neurons silenced", HDTS: "Share of the HDTS ablated",
         "excitation": "Excitatory weights times", "inhibition": "Inhibitory weights times"}  # fmt: skip
_SHOWN = {"fig4_song": "Song", "fig5_movie": "Movie"}
_HEIGHT = 4.3


@style.styled
def figure(populations: Mapping[str, Tables], setting: Setting) -> Figure:
    """Draw the lesions: columns are what is changed after learning, rows song and movie.

    Each thin line is a network, the thick one the median over networks; grey is the mean rate, on the right axis.
    """
    title = "Lesions after learning: correlation of output and target"
    page = style.page(title, _HEIGHT, setting, style.provenances(populations, setting))
    for j, (name, words) in enumerate(_SHOWN.items()):
        letter(page, "ab"[j], 0.08, 0.5 + 1.85 * j, f"{words} (red: so many networks ran away)")
        for i, kind in enumerate(KINDS):
            ax = place(page, 0.5 + 1.68 * i, 0.65 + 1.85 * j, 1.15, 1.2)
            loss(ax, populations.get(name), kind, first=i == 0, last=i == len(KINDS) - 1)
            if j == 0:
                ax.set_xlabel("")
    return page


def loss(ax: Axes, tables: Tables | None, kind: str, first: bool = True, last: bool = True) -> None:
    """Correlation against the size of one kind of lesion, with the channels' means removed in dashes, and the rate.

    The first of a row names the axis on the left, the last that on the right.
    """
    if tables is None:
        panels.absent(ax)
        return
    table = of(tables["lesions"], kind=kind)
    if table.empty:
        panels.absent(ax, "Not measured")
        return
    for column, colour, dashes in (("correlation", "#0072B2", "-"), ("demeaned", "#D55E00", (0, (3, 1.2)))):
        each = table.pivot_table(index="level", columns="network", values=column)
        ax.plot(each.index, each, color=colour, lw=0.4, alpha=0.5, ls=dashes)
        words = "all" if column == "correlation" else "channel means\nremoved"
        ax.plot(each.index, each.median(axis=1), "o", color=colour, lw=1.4, ls=dashes, ms=2, label=words)
    for level, lost in table["correlation"].isna().groupby(table["level"]):
        if lost.any():
            ax.text(level, 1.04, f"{lost.sum()}/{len(lost)}", ha="center", va="bottom", color="#B00020",
                    fontsize=style.SMALL)  # fmt: skip
    ax.axhline(0, color="0.85", lw=0.6, zorder=0)
    ax.set_ylim(min(-0.1, table["demeaned"].min()), 1.03)
    ax.set_xlabel(KINDS[kind])
    rates = ax.twinx()
    rates.plot(*table.groupby("level")["rate_hz"].median().reset_index().to_numpy().T, color="0.6", lw=0.8, zorder=0)
    rates.set_ylim(bottom=0)
    rates.spines["right"].set_visible(True)
    rates.spines["right"].set_color("0.6")
    rates.tick_params(axis="y", colors="0.5")
    if last:
        rates.set_ylabel("Rate (Hz, grey)", color="0.5")
    if first:
        ax.set_ylabel("Correlation")
        ax.legend(loc="lower left", handlelength=1.6)
