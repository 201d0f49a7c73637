"""The whole Ode to Joy in a network that makes its own HDTS (Nicola & Clopath 2017, Suppl. Fig. 17)."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.papers.nicola2017.figures import notes, panels
from replicortex.report import style
from replicortex.report.checks import Tables
from replicortex.report.components import colour_bar
from replicortex.report.style import Setting, letter, place

_HEIGHT = 7.0
_NOTES = len(notes.PITCHES)


@style.styled
def figure(tables: Tables, setting: Setting) -> Figure:
    """Draw the long version of Figure 3: a notes, b pulses made inside, c spikes, d decoders, e error."""
    title = "Figure 3, long version  The whole melody, with a HDTS that the network makes itself"
    page = style.page(title, _HEIGHT, setting, style.provenance(tables, setting))
    words = "Notes of one period after learning: output, and target at its best lag (sound beside this figure)"
    letter(page, "a", 0.08, 0.5, words)
    notes.roll(place(page, 0.55, 0.68, 6.35, 1.2), tables, notes.PITCHES)
    letter(page, "b", 0.08, 2.35, "The HDTS among the outputs: target and output")
    for i, (source, words) in enumerate((("target", "Target"), ("value", "Output"))):
        _pulses(page, 0.55 + 3.2 * i, tables, source, words)
    letter(page, "c", 0.08, 4.95, "Spikes after learning")
    notes.raster(place(page, 0.55, 5.1, 1.9, 1.2), tables)
    letter(page, "d", 2.65, 4.95, "Decoders of 8 neurons")
    notes.decoders(place(page, 3.1, 5.1, 1.55, 1.2), tables)
    letter(page, "e", 4.95, 4.95, "Error over the run")
    notes.error_course(place(page, 5.45, 5.1, 1.45, 1.2), tables)
    return page


def _pulses(page: Figure, left: float, tables: Tables, source: str, words: str) -> None:
    ax: Axes = place(page, left, 2.65, 2.85, 1.75)
    values = panels.wide(panels.window(tables, "after"), source)
    pulses = values.drop(columns=range(_NOTES))
    if not pulses.shape[1]:
        panels.absent(ax, "This network was given no HDTS")
        return
    ends = (float(values.index.min()), float(values.index.max()), 0.5, pulses.shape[1] + 0.5)
    image = ax.imshow(
        pulses.to_numpy().T, aspect="auto", origin="lower", extent=ends, cmap=style.ACTIVITY, vmin=0, vmax=1
    )
    ax.set(title=words, xlabel="Time (s)", ylabel="Component" if source == "target" else "")
    if source == "value":
        colour_bar(page, image, (6.82, 2.95, 0.07, 1.1), "", (0, 0.5, 1))
        ax.set_yticks([])
