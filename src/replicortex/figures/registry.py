"""Which figures there are and which tables each is drawn from.

This module imports no plotting library, so that a workflow can plan with it; the drawing modules are loaded
when a figure is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from replicortex.errors import choose

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from replicortex.figures.style import Setting


@dataclass(frozen=True)
class Entry:
    """One figure.

    Attributes
    ----------
    name
        File name without suffix.
    module, function
        Where it is drawn, inside this package.
    tables
        Names of the tables it reads, the learning history first.
    compares
        True if it sets populations side by side: its function takes {label of population: {table name:
        table}} in place of {table name: table}.
    """

    name: str
    module: str
    function: str
    tables: tuple[str, ...]
    compares: bool = False

    @property
    def source(self) -> Path:
        """File of the module that draws the figure: what the figure's rule depends on beside its tables."""
        return Path(__file__).with_name(f"{self.module}.py")

    def draw(self, tables: Mapping[str, pd.DataFrame], setting: Setting) -> Figure:
        """Draw the figure; see `draw`."""
        function = getattr(import_module(f"replicortex.figures.{self.module}"), self.function)
        figure: Figure = function(tables, setting)
        return figure


def _entry(name: str, tables: str, compares: bool = False) -> tuple[str, Entry]:
    module = name.lower()
    return name, Entry(name, module, module, ("history", *tables.split()), compares)


FIGURES: dict[str, Entry] = dict(
    (
        _entry("fig1", "ideal_observer fine_trial psychometric psychometric_fit"),
        _entry("fig2", "unit_trace task_variance units silhouette cluster_number lesions"),
        _entry("figS1", "sample_trials"),
        _entry("figS2", "chronometric threshold memory psychometric psychometric_fit"),
        _entry("figS3", "epoch_variance units"),
        _entry("figS4", "silhouette agreement cluster_number"),
        _entry("figS5", "weights units"),
        _entry("figS_schedules", "cluster_number ftv composite", compares=True),
    )
)


def draw(name: str, tables: Mapping[str, pd.DataFrame], setting: Setting) -> Figure:
    """Draw one figure from its tables.

    Parameters
    ----------
    name
        A key of `FIGURES`.
    tables
        Table name -> tidy DataFrame; for a figure that compares populations, label of the population -> such
        a mapping.
    setting
        Scale, experiment, schedule and units, printed in the footer.

    Raises
    ------
    ValueError
        No such figure; a table, a column or a network is missing.
    """
    return FIGURES[choose(name, FIGURES, "figure")].draw(tables, setting)
