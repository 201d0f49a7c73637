"""Figure S11: Matching tasks, where composition fails (Yang et al. 2019, Supplementary Fig. 11)."""

from __future__ import annotations

from matplotlib.figure import Figure

from replicortex.papers.yang2019.figures.composite_panels import composite_boxes, composite_table
from replicortex.papers.yang2019.figures.plane_panels import cosines, plane_pair
from replicortex.report import style
from replicortex.report.checks import Tables, networks, of
from replicortex.report.style import TITLES, Setting, letter, place

SET, TASK = "matching", "dmsgo"
_HEIGHT, _SIDE, _SECOND = 5.55, 1.75, 3.05


@style.styled
def figs11(tables: Tables, setting: Setting) -> Figure:
    """Draw Figure S11: a and b the Matching tasks in their plane, c cosines, d DMS with composite rules."""
    labels = networks(tables)
    title = "Figure S11  Matching tasks"
    figure = style.page(title, _HEIGHT, setting, style.provenance(tables, setting))
    pairs = of(tables["parallelism"], space="activity")
    plane_pair(figure, tables["task_planes"], pairs, SET, labels, "ab", (0.48, 0.64, _SIDE))
    letter(figure, "c", 4.9, 0.52, "Are the changes parallel?")
    cosines(place(figure, 5.85, 0.64, 1.15, 1.2), pairs, (SET,))
    letter(figure, "d", 0.08, _SECOND, f"Task: {TITLES[TASK]}")
    composite_boxes(place(figure, 0.48, _SECOND + 0.14, 3.0, 1.6), composite_table(tables["composite"], TASK, labels))
    return figure
