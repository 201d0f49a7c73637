"""The figure: how the networks learn."""

from matplotlib.figure import Figure

from replicortex.report import style
from replicortex.report.checks import Tables
from replicortex.report.style import Setting, place


@style.styled
def draw(tables: Tables, setting: Setting) -> Figure:
    """Fraction correct against updates, a line per network."""
    figure = style.page("The sum of two pulses", 3.2, setting, style.provenance(tables, setting))
    ax = place(figure, 0.7, 0.6, 4.0, 1.9)
    for network, rows in tables["history"].groupby("network"):
        ax.plot(rows["updates"], rows["performance"], label=network)
    ax.axhline(0.5, color="0.7", lw=0.6)
    ax.set_xlabel("Update")
    ax.set_ylabel("Fraction correct")
    ax.legend(loc="lower right")
    return figure
