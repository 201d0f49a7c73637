"""Supplementary figure: networks analysed as recordings are, and recordings (Yang et al. 2019, Fig. 8e)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.papers.yang2019.figures.recording_panels import available, empty_panel, model_panel, recordings_panel
from replicortex.report import style
from replicortex.report.checks import Tables, networks, of
from replicortex.report.components import note
from replicortex.report.style import Setting, letter, place

_TOP, _SIDE, _STEP = 0.78, 1.3, 1.72
_HEIGHT = 2.75


@style.styled
def figs_recordings(tables: Tables, setting: Setting) -> Figure:
    """Draw FTV(Ctx DM 1, Ctx DM 2): a from test trials, b from the recordings' conditions, c both, d recordings."""
    labels = networks(tables)
    title = "Figure S  The two Ctx DM tasks in networks, analysed as recordings are, and in recordings"
    figure = style.page(title, _HEIGHT, setting, style.provenance(tables, setting))
    groups = tables["context_groups"]
    ordinary = groups.assign(ftv=2 * groups["fraction"] - 1)
    axes = [place(figure, 0.5 + i * _STEP, _TOP, _SIDE, _SIDE) for i in range(4)]
    captions = ("All test trials", "Recordings' conditions", "The same units", "Recorded units")
    for name, caption, i in zip("abcd", captions, range(4), strict=True):
        letter(figure, name, 0.08 + i * _STEP, _TOP - 0.16, caption)
    model_panel(axes[0], ordinary, labels)
    model_panel(axes[1], tables["condition_variance"], labels)
    _both(axes[2], ordinary, tables["condition_variance"], labels)
    recordings = tables["recordings_ftv"]
    recordings_panel(axes[3], recordings if available(recordings) else None)
    return figure


def _both(ax: Axes, ordinary: pd.DataFrame, conditions: pd.DataFrame, labels: tuple[str, ...]) -> None:
    """Panel c: each unit's FTV from either kind of trials; example black."""
    both = ordinary.merge(conditions, on=["network", "unit"], suffixes=("_x", "_y")).dropna(subset=["ftv_x", "ftv_y"])
    if both.empty:
        empty_panel(ax, "no unit is active\nin both")
        return
    ax.plot([-1, 1], [-1, 1], color="0.8", lw=0.6, zorder=0)
    correlations = []
    for i, network in reversed(list(enumerate(labels))):
        x, y = of(both, network=network)[["ftv_x", "ftv_y"]].to_numpy(dtype=float).T
        colour = style.OTHERS if i else style.EXAMPLE
        ax.plot(x, y, "o", color=colour, ms=1.8, mew=0, alpha=0.7, clip_on=False)
        if len(x) > 2 and x.std() > 0 and y.std() > 0:
            correlations.append(float(np.corrcoef(x, y)[0, 1]))
    ax.set_xlim(-1, 1)
    ax.set_ylim(-1, 1)
    ax.set_xticks([-1, 0, 1])
    ax.set_yticks([-1, 0, 1])
    ax.set_xlabel("FTV, all test trials")
    ax.set_ylabel("FTV, recordings' conditions", labelpad=0)
    if correlations:
        note(ax, 0.04, 0.84, f"r = {np.median(correlations):.2f}\n(median)")
