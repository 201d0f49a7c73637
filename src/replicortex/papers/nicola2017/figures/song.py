"""A bird's song from a spiking network driven by a HDTS (Nicola & Clopath 2017, Fig. 4)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.papers.nicola2017.figures import notes, panels
from replicortex.papers.nicola2017.figures.lesions import HDTS, loss
from replicortex.papers.nicola2017.figures.panels import COLOUR
from replicortex.report import style
from replicortex.report.checks import Tables
from replicortex.report.components import colour_bar
from replicortex.report.style import Setting, letter, place

_HEIGHT = 7.6


@style.styled
def figure(tables: Tables, setting: Setting) -> Figure:
    """Draw Figure 4: a spectrograms, b spikes in order of their peaks, c error, d networks, e ablation of the HDTS."""
    title = "Figure 4  A spiking network driven by a HDTS sings"
    page = style.page(title, _HEIGHT, setting, style.provenance(tables, setting))
    letter(page, "a", 0.08, 0.5, "Spectrogram of one period after learning (sound beside this figure)")
    for i, (source, words) in enumerate((("target", "Target"), ("value", "Output"))):
        _spectrogram(page, 0.7 + 1.25 * i, tables, source, words)
    letter(page, "b", 0.08, 3.45, "Spikes of 100 neurons in the same period, ordered by the time of their highest rate")
    _ordered(place(page, 0.55, 3.6, 6.0, 1.4), tables)
    letter(page, "c", 0.08, 5.6, "Error over the run")
    notes.error_course(place(page, 0.55, 5.78, 1.75, 1.2), tables)
    letter(page, "d", 2.65, 5.6, "Correlation, song and output")
    ax = place(page, 3.2, 5.78, 0.9, 1.2)
    panels.spread(ax, 0, panels.good(tables, "correlation"), COLOUR["iz_hdts"])
    ax.set(xlim=(-0.6, 0.6), xticks=[], ylim=(min(0, *panels.good(tables, "correlation"), 0), 1.02))
    ax.set_ylabel("Correlation")
    letter(page, "e", 4.55, 5.6, "HDTS taken away, in part")
    loss(place(page, 5.15, 5.78, 1.45, 1.2), tables, HDTS)
    return page


def _spectrogram(page: Figure, top: float, tables: Tables, source: str, words: str) -> None:
    ax = place(page, 0.55, top, 6.0, 1.1)
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


def _ordered(ax: Axes, tables: Tables) -> None:
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
