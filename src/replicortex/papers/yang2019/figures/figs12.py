"""Figure S12: two tasks in partly plastic networks, and in recordings (Yang et al. 2019, Supplementary Fig. 12)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.analysis.learning import last_evaluation
from replicortex.papers.yang2019.figures.mixing_panels import Condition, mixing_panel
from replicortex.papers.yang2019.figures.recording_panels import panel_rows, row_height
from replicortex.papers.yang2019.shared import PLASTIC, SELECTED_ABOVE, SELECTED_BY, group_of
from replicortex.report import style
from replicortex.report.checks import Tables
from replicortex.report.components import few_ticks
from replicortex.report.learning import colours, levels
from replicortex.report.style import Setting, letter, place

_TOP, _BELOW = 0.75, 3.0
_ALL = 1.0  # every weight free to change
_PLASTIC = " of the weights plastic"


@style.styled
def figs12(tables: Tables, setting: Setting) -> Figure:
    """Draw Figure S12: a units of the two Ctx DM tasks where part of the weights is plastic, b to e recordings.

    With more animals than two, or fewer, there are more panels of recordings, or fewer.

    The table recordings_ftv has no rows where there are no recordings.
    """
    conditions = conditions_of(tables)
    recordings = tables["recordings_ftv"]
    title = "Figure S12  Two tasks in networks with part of their weights plastic, and two contexts in recordings"
    height = _BELOW + row_height(recordings) + 0.25
    figure = style.page(title, height, setting, style.provenance(tables, setting))
    letter(figure, "a", 0.08, _TOP - 0.2, "Units of Ctx DM 1 and Ctx DM 2: median over networks and 95 % band")
    mixing_panel(place(figure, 0.55, _TOP, 3.3, 1.6), tables["ftv"], conditions, "figS12")
    _performance(place(figure, 4.65, _TOP, 2.3, 1.6), tables["history"], conditions)
    panel_rows(figure, recordings, _BELOW)
    return figure


def conditions_of(tables: Tables) -> list[Condition]:
    """Networks by share of plastic weights, the fully plastic ones first."""
    shares = sorted(levels(tables["members"], PLASTIC, "figS12"), reverse=True)
    tint = colours(shares, plain=_ALL)
    return [Condition(_name(p), tint[p], group_of(tables, PLASTIC, p)) for p in shares]


def _name(share: float) -> str:
    return f"{'all' if share == _ALL else f'{share:.3g}'}{_PLASTIC}"


def _performance(ax: Axes, history: pd.DataFrame, conditions: list[Condition]) -> None:
    """Weaker of the two tasks at the end, a dot per network; those above the line are shown on the left."""
    weaker = last_evaluation(history)[list(SELECTED_BY)].min(axis=1)
    look: Any = {"ms": 3, "mew": 0.7, "clip_on": False, "alpha": 0.7, "ls": ""}
    for row, condition in enumerate(conditions):
        for chosen, face in ((condition.group.passed, condition.colour), (condition.group.failed, "none")):
            x = weaker[chosen].to_numpy(dtype=float)
            spread = (np.arange(len(x)) % 5 - 2) * 0.09  # so that equal ones can be told apart
            ax.plot(x, row + spread, marker="o", mfc=face, mec=condition.colour, **look)
    ax.axvline(SELECTED_ABOVE, color="0.6", lw=0.6, ls=(0, (2, 2)), zorder=0)
    ax.set_ylim(len(conditions) - 0.5, -0.5)
    ax.set_yticks(range(len(conditions)), [condition.name.removesuffix(_PLASTIC) for condition in conditions])
    ax.set_ylabel("Weights that are plastic")
    ax.set_xlim(min(0.5, float(weaker.min())) - 0.02, 1.0)
    few_ticks(ax, "x", 5)
    ax.set_xlabel("Final performance, weaker task")
    ax.set_title("filled: networks shown on the left")
