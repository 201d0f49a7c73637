"""Panels d and e of Figure 7: a new task after others were learnt (Yang et al. 2019, Fig. 7d, e)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.analysis.learning import learning_curves, trials_to_level
from replicortex.papers.yang2019.shared import LEVEL
from replicortex.random_streams import generator
from replicortex.report.checks import Tables, of
from replicortex.report.components import note, number_of, row_label
from replicortex.report.intervals import ratio_of_groups
from replicortex.report.learning import (
    colours,
    levels,
    network_curves,
    networks_with,
    performance_axis,
    titles,
    trials_axis,
)
from replicortex.report.style import Colour, letter, place

BEFORE, AFTER = "pretraining", "posttraining"  # experiments
SETS, NEW, TRAINABLE = "pretrained.member", "tasks.train", "training.trainable"
_CAPTIONS = {
    "all": "A new task through all weights",
    "rule": "A new task through rule weights",
    "input": "A new task through input weights",
}
_ROW = 2.6  # inches: caption, curves, times, key
_ACROSS, _LEFT, _GAP, _RIGHT = 4, 0.5, 0.3, 7.0


class _Panel(NamedTuple):
    """One axes: a new task learnt through some weights, with a curve for each set learnt before."""

    task: str
    trainable: str
    times: dict[str, pd.DataFrame]  # by set, as `trials_to_level` gives them
    curves: dict[str, pd.DataFrame]  # by set, (trials, network)

    @property
    def end(self) -> float:
        """Where the x axis ends: a little after all that happens, or with the trials if a network never got there."""
        last = max(float(wide.index.max()) for wide in self.curves.values())
        times = pd.concat(self.times.values())
        return min(last, 1.6 * float(times["trials"].max())) if times["reached"].all() and last else max(last, 1.0)


def transfer_height(populations: Mapping[str, Tables]) -> float:
    """Inches that `transfer_panels` takes: 2.6 for up to four combinations of new task and weights that learn."""
    members = populations[AFTER]["members"]
    n = len(levels(members, NEW, f"fig7, {AFTER}")) * len(levels(members, TRAINABLE, f"fig7, {AFTER}"))
    return _ROW * int(np.ceil(n / _ACROSS))


def transfer_panels(figure: Figure, populations: Mapping[str, Tables], top: float, first: str = "d") -> None:
    """Draw learning curves of new tasks, one panel letter for each set of weights that learn.

    One axes for each new task: a light line per network, the mean over networks in bold, in which a network that has
    reached its target keeps its last value. Below it the trials after which each network exceeded 0.9; an open triangle
    at its last trial where it never did.

    Parameters
    ----------
    figure
        The page; the panels are 7 inches wide and `transfer_height` inches high.
    populations
        Tables history and members of the experiments "pretraining" and "posttraining".
    top
        Inches from the page's upper edge.
    first
        Letter of the first panel.

    Raises
    ------
    ValueError
        A table members lacks one of the settings that tell its networks apart.
    """
    members = populations[AFTER]["members"]
    sets = levels(members, SETS, f"fig7, {AFTER}")
    colour = colours(sets)
    panels = _panels(populations[AFTER])
    width = (_RIGHT - _LEFT - (_ACROSS - 1) * _GAP) / _ACROSS
    shown: list[str] = []
    for i, panel in enumerate(panels):
        row, column = divmod(i, _ACROSS)
        left, y = _LEFT + column * (width + _GAP), top + row * _ROW
        if panel.trainable not in shown:
            shown.append(panel.trainable)
            name = chr(ord(first) + len(shown) - 1)
            letter(figure, name, left - 0.42 if column == 0 else left - 0.2, y + 0.12, _CAPTIONS[panel.trainable])
        _draw(figure, panel, (left, y + 0.36, width), colour, column == 0)
    _key(figure, populations, colour, top + transfer_height(populations) - 0.22)


def _panels(tables: Tables) -> list[_Panel]:
    members, history = tables["members"], tables["history"]
    panels = []
    for trainable in levels(members, TRAINABLE, f"fig7, {AFTER}"):
        for task in levels(members, NEW, f"fig7, {AFTER}"):
            times, curves = {}, {}
            for before in levels(members, SETS, f"fig7, {AFTER}"):
                labels = networks_with(members, member=before, train=task, trainable=trainable)
                own = history[history["network"].isin(labels)]
                if labels:
                    times[before], curves[before] = trials_to_level(own, LEVEL), learning_curves(own)
            if times:
                panels.append(_Panel(str(task), str(trainable), times, curves))
    return panels


def _draw(
    figure: Figure, panel: _Panel, box: tuple[float, float, float], colour: Mapping[Any, Colour], labelled: bool
) -> None:
    left, top, width = box
    ax = place(figure, left, top, width, 1.25)
    ax.axhline(LEVEL, color="0.75", lw=0.6, ls=(0, (2, 2)), zorder=0)
    for before, wide in panel.curves.items():
        network_curves(ax, wide, colour[before])
    performance_axis(ax, labelled)
    trials_axis(ax, panel.end, label=False)
    ax.tick_params(labelbottom=False)
    ax.set_title(titles([panel.task]), pad=4)
    below = place(figure, left, top + 1.29, width, 0.11 * len(colour) + 0.06)
    _times(below, panel, colour)
    trials_axis(below, panel.end)
    if labelled:
        row_label(below, f"Above\n{LEVEL}", 0.05)
    text = _ratio(panel)
    if text:
        note(ax, 0.98, 0.04, text, "right", back="white")


def _times(ax: Axes, panel: _Panel, colour: Mapping[Any, Colour]) -> None:
    """Trials to 0.9: dots, their median as a bar, open triangles for networks that never got there."""
    for row, before in enumerate(colour):
        if before not in panel.times:
            continue
        times, tint = panel.times[before], colour[before]
        for reached, marker, face in ((True, "o", tint), (False, ">", "none")):
            x = of(times, reached=reached)["trials"].clip(upper=panel.end)
            look: Any = {"mfc": face, "mec": tint, "mew": 0.6, "ms": 2.8, "clip_on": False, "alpha": 0.8}
            ax.plot(x, np.full(len(x), row), marker, **look)
        ax.plot([times["trials"].median()] * 2, [row - 0.4, row + 0.4], color=tint, lw=1.4, solid_capstyle="butt")
    ax.set_ylim(len(colour) - 0.4, -0.6)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)


def _ratio(panel: _Panel) -> str:
    """With two sets: how many times more trials to 0.9 the slower one took, with its 95 % interval."""
    if len(panel.times) != 2 or not any(times["reached"].any() for times in panel.times.values()):
        return "" if any(times["reached"].any() for times in panel.times.values()) else f"none above {LEVEL}"
    (slow, late), (fast, early) = sorted(panel.times.items(), key=lambda item: -item[1]["trials"].median())
    histories = [
        frame.assign(trials=np.maximum(frame["trials"], frame["resolution"].fillna(1))) for frame in (late, early)
    ]
    found = ratio_of_groups(histories[0]["trials"], histories[1]["trials"], generator("transfer", panel.task))
    least = "≥ " if late["reached"].mean() <= 0.5 else ""
    value, low, high = (f"{float(f'{x:.2g}'):g}" for x in (found.value, found.low, found.high))  # 320, not 3.2e+02
    ends = f"\n[{low}, {high}]" if np.isfinite(found.low) else ""
    return f"trials {slow} / {fast}: {least}{value}{ends}"


def _key(figure: Figure, populations: Mapping[str, Tables], colour: Mapping[Any, Colour], top: float) -> None:
    ax = place(figure, _LEFT, top, _RIGHT - _LEFT, 0.16)
    ax.axis("off")
    members = populations[AFTER]["members"]
    per_set = members.groupby([NEW, TRAINABLE, SETS], sort=False)["network"].count().groupby(SETS).max()
    for before, tint in colour.items():
        tasks = _learnt(populations.get(BEFORE), before)
        text = (
            f"after {before}{f' ({titles(tasks)})' if tasks else ''}, {number_of(int(per_set[before]), 'network')} each"
        )
        ax.plot([], [], color=tint, lw=1.6, label=text)
    ax.plot([], [], ">", mfc="none", mec="0.3", mew=0.6, ms=2.8, label=f"never above {LEVEL}")
    ax.legend(loc="center left", ncols=len(colour) + 1, columnspacing=1.5, borderaxespad=0)


def _learnt(tables: Tables | None, before: object) -> list[str]:
    """Tasks of a set, from the learning history of a network that learnt it."""
    if tables is None:
        return []
    levels(tables["members"], NEW, f"fig7, {BEFORE}")
    labels = networks_with(tables["members"], train=before)
    return list(of(tables["history"], network=labels[0])["task"].unique()) if labels else []
