"""Figure S9: the same planes for the weights of the rule inputs (Yang et al. 2019, Supplementary Fig. 9)."""

from __future__ import annotations

from matplotlib.figure import Figure

from replicortex.papers.yang2019.figures.plane_panels import cosines, plane_pair
from replicortex.report import style
from replicortex.report.checks import Tables, networks, of
from replicortex.report.style import Setting, letter, place

SETS = ("anti", "context")
_HEIGHT, _SIDE, _SECOND = 5.45, 1.75, 3.05


@style.styled
def figs9(tables: Tables, setting: Setting) -> Figure:
    """Draw Figure S9: a-d rule weight vectors of two sets of tasks in their plane, e cosines."""
    labels = networks(tables)
    title = "Figure S9  Weights of the rule inputs as vectors"
    figure = style.page(title, _HEIGHT, setting, style.provenance(tables, setting))
    pairs = of(tables["parallelism"], space="rules")
    for name, letters, top in ((SETS[0], "ab", 0.64), (SETS[1], "cd", _SECOND + 0.12)):
        plane_pair(figure, tables["rule_planes"], pairs, name, labels, letters, (0.48, top, _SIDE))
    letter(figure, "e", 4.66, 0.52, "Are the changes parallel? (blue: the paper's)")
    cosines(place(figure, 5.98, 0.64, 1.02, 2.6), pairs, SETS)
    return figure
