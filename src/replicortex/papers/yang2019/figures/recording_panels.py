"""Panels about recordings from animals that do the Ctx DM task: Figure 8e and S12b-e (Yang et al. 2019)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from replicortex.report import style
from replicortex.report.checks import of
from replicortex.report.components import few_ticks, note, number_of

Array = NDArray[np.float64]

NOT_AVAILABLE = "recordings not available"
BINS = np.linspace(-1.0, 1.0, 21)
RECORDED, SHUFFLED = "recorded", "shuffled"
_ACROSS, _ROW = 4, 1.85  # panels in a row, and inches from row to row


class Panel(NamedTuple):
    """One panel of Figure S12b-e: an animal (None where there are no recordings) and what of it is shown."""

    animal: str | None
    kind: str

    @property
    def title(self) -> str:
        """For the top of the panel."""
        name = "" if self.animal is None else f"{self.animal}, "
        what = "trials shuffled" if self.kind == SHUFFLED else "recorded"
        return name + what if name else what.capitalize()


def panels(table: pd.DataFrame | None) -> tuple[Panel, ...]:
    """Panels of Figure S12 from b on: each animal as recorded and with shuffled trials.

    Parameters
    ----------
    table
        Table recordings_ftv as `recordings_panel` takes it. Without recordings there are four panels that say so.
    """
    animals: Sequence[str | None] = (None, None)
    if available(table):
        assert table is not None  # said by `available`
        animals = list(table["animal"].unique())
    return tuple(Panel(animal, kind) for animal in animals for kind in (RECORDED, SHUFFLED))


def available(table: pd.DataFrame | None) -> bool:
    """Whether there are recordings: a table with rows."""
    return table is not None and not table.empty


def recordings_panel(ax: Axes, table: pd.DataFrame | None, panel: Panel | None = None) -> None:
    """Histogram of the fractional task variance of recorded units, FTV(motion context, colour context).

    Parameters
    ----------
    ax
        Axes to draw into; labels and limits are set, a title is not.
    table
        Table recordings_ftv: columns animal, unit (names), kind ("recorded", or "shuffled" for the control), shuffle
        (number of the shuffle, 0 for "recorded") and ftv (-1..1; NaN for a unit that has none). None, or a table
        without rows: the panel says "recordings not available".
    panel
        The animal and kind to show (`panels`); by default all animals pooled as recorded, with the range of the
        shuffles as an outline (Figure 8e).
    """
    if not available(table):
        empty_panel(ax, NOT_AVAILABLE)
        return
    assert table is not None  # said by `available`
    if panel is None:
        _steps(ax, _shares(of(table, kind=SHUFFLED)), style.CONTROL, filled=False)
        shown = of(table, kind=RECORDED)
    else:
        shown = of(table, kind=panel.kind, animal=panel.animal)
    _steps(ax, _shares(shown), style.CONTROL if panel and panel.kind == SHUFFLED else style.ACCENT, filled=True)
    _axes(ax, room=0.35 if panel else 0.5)
    text = _numbers(shown, panel is None)
    note(ax, 0.03, 0.81 if panel else 0.73, text if panel else f"orange: trials shuffled\n{text}")


def row_height(table: pd.DataFrame | None) -> float:
    """Inches that `panel_rows` takes below its ``top``."""
    return _ROW * -(-len(panels(table)) // _ACROSS)


def panel_rows(figure: Figure, table: pd.DataFrame | None, top: float, first: str = "b") -> None:
    """All `panels` (Figure S12b-e), four in a row, with letters and titles.

    Parameters
    ----------
    figure
        A page of the standard width.
    table
        As `recordings_panel` takes it.
    top
        Where the letters of the first row stand, inches from the top of the page; `row_height` is what is needed below.
    first
        Letter of the first panel.
    """
    for i, panel in enumerate(panels(table)):
        row, column = divmod(i, _ACROSS)
        left, upper = 0.5 + 1.72 * column, top + _ROW * row
        style.letter(figure, chr(ord(first) + i), left - 0.42, upper, panel.title)
        recordings_panel(style.place(figure, left, upper + 0.14, 1.25, 1.2), table, panel)


def model_panel(ax: Axes, table: pd.DataFrame, labels: Sequence[str]) -> None:
    """The same histogram of networks, their variance taken as the recordings' is: median over networks and range.

    Parameters
    ----------
    ax
        Axes to draw into; labels and limits are set, a title is not.
    table
        Table condition_variance: columns network, unit, ftv (-1..1; NaN for units inactive in both contexts).
    labels
        The networks.
    """
    shares = _shares(table.rename(columns={"network": "shuffle"}))
    silent = len(labels) - len(shares)
    if not len(shares):
        empty_panel(ax, "no unit is active\nin either context")
        return
    _steps(ax, shares, style.EXAMPLE, filled=True)
    _axes(ax, room=0.35)
    text = number_of(len(labels), "network") + (f",\n{silent} without active units" if silent else "")
    note(ax, 0.03, 0.81, text)


def empty_panel(ax: Axes, reason: str) -> None:
    """Axes of the histogram without one, and the reason in their middle."""
    _axes(ax)
    ax.set_yticks([])
    ax.set_ylim(0, 1)
    ax.text(0.5, 0.5, reason, transform=ax.transAxes, ha="center", va="center", color="0.35")


def _shares(table: pd.DataFrame) -> Array:
    """(histogram, bin): share of units per bin, one histogram for each value of `shuffle` that has units."""
    units = table.dropna(subset=["ftv"])
    counts = [np.histogram(part["ftv"], BINS)[0] for _, part in units.groupby("shuffle", sort=False)]
    return np.array([c / c.sum() for c in counts]).reshape(-1, len(BINS) - 1)


def _steps(ax: Axes, shares: Array, colour: str, filled: bool) -> None:
    """Median of several histograms, with their range where there are more than one."""
    if not len(shares):
        return
    if len(shares) > 1:
        range_ = {"baseline": shares.min(axis=0), "fill": True, "color": colour, "alpha": 0.25, "lw": 0}
        ax.stairs(shares.max(axis=0), BINS, **range_)
    elif filled:
        ax.stairs(shares[0], BINS, fill=True, color=colour, alpha=0.25, lw=0)
    ax.stairs(np.median(shares, axis=0), BINS, color=colour, lw=1.0)


def _axes(ax: Axes, room: float = 0.0) -> None:
    """Limits and labels; ``room`` for text above the histogram, as a part of its height."""
    ax.set_xlim(-1, 1)
    ax.set_xticks([-1, 0, 1])
    ax.set_ylim(0, ax.get_ylim()[1] * (1 + room))
    few_ticks(ax, "y", 4)
    ax.set_xlabel("FTV")
    ax.set_ylabel("Share of units")


def _numbers(shown: pd.DataFrame, pooled: bool) -> str:
    units = shown.drop_duplicates(["animal", "unit"])
    undefined = int(units["ftv"].isna().sum())
    parts = [number_of(len(units), "unit")]
    if pooled:
        parts[0] += f", {number_of(units['animal'].nunique(), 'animal')}"
    if undefined:
        parts.append(f"{undefined} without an FTV")
    return "\n".join(parts)
