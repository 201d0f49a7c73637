"""Figure 7: tasks from the rule inputs of others (Yang et al. 2019, Fig. 7)."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure

from replicortex.papers.yang2019.figures.composite_panels import composite_boxes, composite_table, rule_schematic
from replicortex.papers.yang2019.figures.transfer_panels import AFTER, transfer_height, transfer_panels
from replicortex.report import style
from replicortex.report.checks import Tables, networks
from replicortex.report.style import TITLES, Setting, letter, place

_HEIGHT, _TOP = 3.1, 0.66
_WITHOUT = "Figure 7  Tasks done with the rule inputs of other tasks"
_BELOW = 2.98  # where the panels of later tasks begin
# Panel a shows the sums of rules of panel b.
_SHOWN = ({"delayanti": 1}, {"fdanti": 1}, {"fdanti": 1, "delaygo": 1}, {"fdanti": 1, "delaygo": 1, "fdgo": -1})


@style.styled
def fig7(populations: Mapping[str, Tables], setting: Setting) -> Figure:
    """Draw Figure 7: a rule inputs added up, b Dly Anti and c Ctx Dly DM 1 with the rule inputs of other tasks.

    Below, where there are networks that learn a new task after others: its performance over trials, d through all
    weights and e through those of the rule input alone.
    """
    learnt = AFTER in populations
    tables = populations["reference"]
    labels = networks(tables)
    title = "Figure 7  Rule inputs of other tasks, and new tasks after others"
    height = _BELOW + transfer_height(populations) + 0.3 if learnt else _HEIGHT
    figure = style.page(title if learnt else _WITHOUT, height, setting, _footer(populations, setting))
    if learnt:
        transfer_panels(figure, populations, _BELOW)
    letter(figure, "a", 0.08, 0.52, "Rule inputs are added up")
    rule_schematic(place(figure, 0.0, _TOP + 0.05, 2.2, 1.75), _SHOWN)
    for name, task, left, width in (("b", "delayanti", 2.58, 1.85), ("c", "contextdelaydm1", 4.72, 2.28)):
        wide = composite_table(tables["composite"], task, labels)
        letter(figure, name, left - 0.35, 0.52, f"Task: {TITLES[task]}")
        composite_boxes(place(figure, left, _TOP, width, 1.6), wide, left=name == "b")
    return figure


def _footer(populations: Mapping[str, Tables], setting: Setting) -> str:
    """The footer, which says so where there are no networks for panels d and e."""
    told = style.provenances(populations, setting)
    return told if AFTER in populations else f"{told}\nd and e: no networks of the experiment {AFTER} here"
