"""Any figure of any paper: which there are, and drawing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from replicortex.errors import choose
from replicortex.pipeline.discovery import papers
from replicortex.pipeline.paper import Figure, Paper, function_named

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Page

    from replicortex.report.style import Setting

    Tables = Mapping[str, pd.DataFrame]


@cache
def figures() -> dict[str, Figure]:
    """The figures of all papers by name: built in, installed, and of folders that the environment names."""
    return {figure.name: figure for paper in papers().values() for figure in paper.figures}


def draw(figure: str | Figure, tables: Tables | Mapping[str, Tables], setting: Setting) -> Page:
    """Draw one figure from its tables.

    Parameters
    ----------
    figure
        A key of `FIGURES`, or an entry; ``FIGURES["fig2"].showing("mine")`` for another population than the paper's.
    tables
        Table name -> tidy DataFrame; for a figure of several experiments, experiment -> such a mapping.
    setting
        Scale, experiment, schedule and units, printed in the footer.

    Raises
    ------
    ValueError
        No such figure; an experiment, a table, a column or a network is missing, and nothing is drawn without it.
    """
    from replicortex.report.checks import check

    entry = _entry(figure)
    populations: Any = tables if entry.several else {next(iter(entry.shows)): tables}
    check(entry, populations, _paper(entry))
    if entry.role:  # its function knows the population by the name of the one that it stands for
        first = next(iter(entry.shows))
        populations = {entry.role if name == first else name: each for name, each in populations.items()}
        each = {entry.role if name == first else name: one for name, one in setting.each.items()}
        setting = replace(setting, each=each)
    page: Page = function_named(entry.function)(
        populations if entry.several else next(iter(populations.values())), setting
    )
    return page


def _entry(figure: str | Figure) -> Figure:
    return figure if isinstance(figure, Figure) else figures()[choose(figure, figures(), "figure")]


def _paper(figure: Figure) -> Paper | None:
    """The paper that declares the tables of a figure; None if it is in a folder that nobody has named here."""
    found = (paper for paper in papers().values() if figure.name in {each.name for each in paper.figures})
    return next(found, None)
