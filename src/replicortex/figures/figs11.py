"""Figure S11: Matching tasks, where composition fails (Yang et al. 2019, Supplementary Fig. 11)."""

from __future__ import annotations

from matplotlib.figure import Figure

from replicortex.figures import style
from replicortex.figures.composite_panels import composite_boxes, composite_table
from replicortex.figures.plane_panels import cosines, plane_pair
from replicortex.figures.registry import FIGURES
from replicortex.figures.style import TITLES, Setting, letter, place
from replicortex.figures.tables import Tables, check, networks, of

(TABLES,) = FIGURES["figS11"].tables.values()
SET, TASK = "matching", "dmsgo"
_HEIGHT, _SIDE, _SECOND = 5.55, 1.75, 3.05


@style.styled
def figs11(tables: Tables, setting: Setting) -> Figure:
    """Draw Figure S11: a and b the Matching tasks in their plane, c cosines, d DMS with composite rules.

    Parameters
    ----------
    tables
        The tables of `TABLES`.
    setting
        Printed in the footer.

    Raises
    ------
    ValueError
        A table, column or network is missing, or the set, the task or a combination of rules.
    """
    check(tables, TABLES, "figS11")
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
