"""Figure 7: tasks from the rule inputs of others (Yang et al. 2019, Fig. 7)."""

from __future__ import annotations

from matplotlib.figure import Figure

from replicortex.figures import style
from replicortex.figures.composite_panels import composite_boxes, composite_table, rule_schematic
from replicortex.figures.registry import FIGURES
from replicortex.figures.style import TITLES, Setting, letter, place
from replicortex.figures.tables import Tables, check, networks

(TABLES,) = FIGURES["fig7"].tables.values()
_HEIGHT, _TOP = 3.1, 0.66
# Panel a shows the sums of rules of panel b.
_SHOWN = ({"delayanti": 1}, {"fdanti": 1}, {"fdanti": 1, "delaygo": 1}, {"fdanti": 1, "delaygo": 1, "fdgo": -1})


@style.styled
def fig7(tables: Tables, setting: Setting) -> Figure:
    """Draw Figure 7: a rule inputs added up, b Dly Anti and c Ctx Dly DM 1 with the rule inputs of other tasks.

    Parameters
    ----------
    tables
        The tables of `TABLES`; performance as a fraction.
    setting
        Printed in the footer.

    Raises
    ------
    ValueError
        A table, column, network, task or combination of rules is missing.
    """
    check(tables, TABLES, "fig7")
    labels = networks(tables)
    title = "Figure 7  Tasks done with the rule inputs of other tasks"
    figure = style.page(title, _HEIGHT, setting, style.provenance(tables, setting))
    letter(figure, "a", 0.08, 0.52, "Rule inputs are added up")
    rule_schematic(place(figure, 0.0, _TOP + 0.05, 2.2, 1.75), _SHOWN)
    for name, task, left, width in (("b", "delayanti", 2.58, 1.85), ("c", "contextdelaydm1", 4.72, 2.28)):
        wide = composite_table(tables["composite"], task, labels)
        letter(figure, name, left - 0.35, 0.52, f"Task: {TITLES[task]}")
        composite_boxes(place(figure, left, _TOP, width, 1.6), wide, left=name == "b")
    return figure
