"""Figure 8: tasks learnt one after the other, with and without protection of important weights (Yang et al. 2019)."""

from __future__ import annotations

from matplotlib.figure import Figure

from replicortex.papers.yang2019.figures import continual_panels
from replicortex.papers.yang2019.figures.mixing_panels import Condition, mixing_panel
from replicortex.papers.yang2019.figures.recording_panels import recordings_panel
from replicortex.papers.yang2019.shared import SELECTED_ABOVE, STRENGTH, TRADITIONAL, group_of
from replicortex.report import style
from replicortex.report.checks import Tables
from replicortex.report.learning import colours, levels
from replicortex.report.style import Setting, letter, place

_HEIGHT = 7.35
_TOP, _BELOW = 0.72, 3.42


@style.styled
def fig8(tables: Tables, setting: Setting) -> Figure:
    """Draw Figure 8: a method, b final performance, c learning curves, d shared units, e recordings.

    The table recordings_ftv has no rows where there are no recordings.
    """
    conditions = conditions_of(tables)
    title = "Figure 8  Tasks learnt one after the other"
    figure = style.page(title, _HEIGHT, setting, style.provenance(tables, setting))
    letter(figure, "a", 0.08, _TOP - 0.2, "Important weights are held")
    continual_panels.method(place(figure, 0.22, _TOP, 3.3, 1.75))
    letter(figure, "b", 3.75, _TOP - 0.2, f"At the end, networks above {SELECTED_ABOVE} on Ctx DM 1 and 2")
    tasks = list(dict.fromkeys(tables["blocks"].sort_values("block", kind="stable")["task"]))
    continual_panels.final_performance(figure, (4.2, _TOP, 2.75), tables["history"], tasks, conditions)
    _key(figure, conditions)
    letter(figure, "c", 0.08, _BELOW - 0.14, "One network of each kind; box: the block of the task")
    history, blocks = tables["history"], tables["blocks"]
    continual_panels.curves(figure, (0.72, _BELOW, 2.75, 3.2), history, blocks, conditions)
    letter(figure, "d", 3.75, _BELOW - 0.14, "Units of Ctx DM 1 and 2: median and 95 % band")
    mixing_panel(place(figure, 4.2, _BELOW, 2.75, 1.3), tables["ftv"], conditions, "fig8")
    letter(figure, "e", 3.75, _BELOW + 1.84, "Units recorded in prefrontal cortex")
    recordings_panel(place(figure, 4.2, _BELOW + 1.98, 2.75, 1.22), tables["recordings_ftv"])
    return figure


def conditions_of(tables: Tables) -> list[Condition]:
    """Networks by strength of the penalty, those without penalty first."""
    strengths = sorted(levels(tables["members"], STRENGTH, "fig8"))
    tint = colours(strengths, plain=TRADITIONAL)
    return [Condition(_name(c), tint[c], group_of(tables, STRENGTH, c)) for c in strengths]


def _name(strength: float) -> str:
    return "traditional" if strength == TRADITIONAL else f"continual, c = {strength:g}"


def _key(figure: Figure, conditions: list[Condition]) -> None:
    """Colours, how many networks passed, and which one panel c shows."""
    ax = place(figure, 0.5, _BELOW - 0.6, 6.4, 0.26)
    ax.axis("off")
    for each in conditions:
        shown = each.example.rpartition(",")[2].replace("seed", "seed ")
        text = f"{each.name}: {each.group.told} networks pass, c shows {shown}"
        ax.plot([], [], color=each.colour, lw=1.5, label=text)
    ax.legend(loc="center", ncols=min(len(conditions), 2 if len(conditions) < 5 else 3), columnspacing=2)
