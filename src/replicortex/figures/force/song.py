"""A bird's song from a spiking network driven by a HDTS (Nicola & Clopath 2017, Fig. 4)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.figures import style
from replicortex.figures.components import colour_bar
from replicortex.figures.force import notes, panels
from replicortex.figures.force.lesions import HDTS, loss
from replicortex.figures.force.panels import COLOUR, Populations
from replicortex.figures.force.tables import Tables
from replicortex.figures.style import letter, place

_HEIGHT = 7.6


@style.styled
def figure(populations: Populations, scale: str) -> Figure:
    """Draw Figure 4: a spectrograms, b spikes in order of their peaks, c error, d networks, e ablation of the HDTS.

    Raises
    ------
    ValueError
        A table, column or network is missing.
    """
    title = "Figure 4  A spiking network driven by a HDTS sings"
    page = panels.page("force_fig4", title, _HEIGHT, populations, scale)
    song = populations.get("fig4_song")
    letter(page, "a", 0.08, 0.5, "Spectrogram of one period after learning (sound beside this figure)")
    for i, (source, words) in enumerate((("target", "Target"), ("value", "Output"))):
        _spectrogram(page, 0.7 + 1.25 * i, song, source, words)
    letter(page, "b", 0.08, 3.45, "Spikes of 100 neurons in the same period, ordered by the time of their highest rate")
    _ordered(place(page, 0.55, 3.6, 6.0, 1.4), song)
    letter(page, "c", 0.08, 5.6, "Error over the run")
    notes.error_course(place(page, 0.55, 5.78, 1.75, 1.2), song)
    letter(page, "d", 2.65, 5.6, "Correlation, song and output")
    ax = place(page, 3.2, 5.78, 0.9, 1.2)
    if song is None:
        panels.absent(ax)
    else:
        panels.spread(ax, 0, panels.good(song, "correlation"), COLOUR["iz_hdts"])
        ax.set(xlim=(-0.6, 0.6), xticks=[], ylim=(min(0, *panels.good(song, "correlation"), 0), 1.02))
        ax.set_ylabel("Correlation")
    letter(page, "e", 4.55, 5.6, "HDTS taken away, in part")
    loss(place(page, 5.15, 5.78, 1.45, 1.2), song, HDTS)
    return page


def _spectrogram(page: Figure, top: float, tables: Tables | None, source: str, words: str) -> None:
    ax = place(page, 0.55, top, 6.0, 1.1)
    if tables is None:
        panels.absent(ax)
        return
    values = panels.wide(panels.window(tables, "after"), source)
    first = tables["summary"].iloc[0]
    low, high = (float(first.get(name, np.nan)) / 1e3 for name in ("lowest_hz", "highest_hz"))
    heard = np.isfinite([low, high]).all()
    bottom, top_band = (low, high) if heard else (0.5, values.shape[1] + 0.5)
    ends = (float(values.index.min()), float(values.index.max()), bottom, top_band)
    image = ax.imshow(
        values.to_numpy().T, aspect="auto", origin="lower", extent=ends, cmap=style.ACTIVITY, vmin=0, vmax=1
    )
    ax.set_ylabel(f"{words}\n{'kHz' if heard else 'Band'}")
    if source == "value":
        ax.set_xlabel("Time (s)")
        colour_bar(page, image, (6.63, top, 0.07, 1.1), "", (0, 0.5, 1))
    else:
        ax.set_xticklabels([])


def _ordered(ax: Axes, tables: Tables | None) -> None:
    if tables is None:
        panels.absent(ax)
        return
    table = panels.window(tables, "after", "raster")
    seconds = float(tables["traces"].query("window == 'after'")["time_s"].agg(np.ptp)) or 1.0
    panels.spikes(ax, table, seconds, peak_order(table[table["time_s"] > table["time_s"].max() - seconds]))
    ax.set_xlabel("Time (s)")


def peak_order(table: pd.DataFrame, bins: int = 100) -> list[int]:
    """Cells by the time at which they fire most; cells without a spike last."""
    if not len(table):
        return []
    edges = np.linspace(table["time_s"].min(), table["time_s"].max() + 1e-9, bins + 1)
    cells = sorted(table["cell"].unique())
    counts = np.stack([np.histogram(table.loc[table["cell"] == cell, "time_s"], edges)[0] for cell in cells])
    smooth = np.apply_along_axis(lambda row: np.convolve(row, np.ones(5), mode="same"), 1, counts)
    return [int(cells[i]) for i in np.argsort(smooth.argmax(axis=1), kind="stable")]
