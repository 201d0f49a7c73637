"""Figure S10: the same with rule inputs that no channel carries alone (Yang et al. 2019, Supplementary Fig. 10)."""

from __future__ import annotations

from matplotlib.figure import Figure

from replicortex.papers.yang2019.figures.composite_panels import composite_boxes, composite_table
from replicortex.papers.yang2019.figures.plane_panels import cosines, plane_pair
from replicortex.report import style
from replicortex.report.checks import Tables, networks, of
from replicortex.report.style import TITLES, Setting, letter, place

SETS = ("anti", "context")
_HEIGHT, _SIDE, _SECOND, _THIRD = 8.25, 1.75, 3.05, 5.6


@style.styled
def figs10(tables: Tables, setting: Setting) -> Figure:
    """Draw Figure S10: a-d two sets of tasks in their plane, e cosines, f and g composite rules.

    The networks are those whose rule input passes a random rotation.
    """
    labels = networks(tables)
    title = "Figure S10  Networks with distributed rule inputs"
    figure = style.page(title, _HEIGHT, setting, style.provenance(tables, setting))
    pairs = of(tables["parallelism"], space="activity")
    for name, letters, top in ((SETS[0], "ab", 0.64), (SETS[1], "cd", _SECOND + 0.12)):
        plane_pair(figure, tables["task_planes"], pairs, name, labels, letters, (0.48, top, _SIDE))
    letter(figure, "e", 4.66, 0.52, "Are the changes parallel? (blue: the paper's)")
    cosines(place(figure, 5.98, 0.64, 1.02, 2.6), pairs, SETS)
    for name, task, left, width in (("f", "delayanti", 0.48, 2.6), ("g", "contextdelaydm1", 3.75, 3.25)):
        wide = composite_table(tables["composite"], task, labels)
        letter(figure, name, left - 0.4, _THIRD, f"Task: {TITLES[task]}")
        composite_boxes(place(figure, left, _THIRD + 0.14, width, 1.6), wide, left=name == "f")
    return figure
