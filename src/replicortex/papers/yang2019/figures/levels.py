"""Settings of a grid as figures show them: names, colours and order of their values, whatever they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from replicortex.report import style
from replicortex.report.style import Colour
from replicortex.tables import axes

# Okabe & Ito without black; more values than these take evenly spaced hues
_CATEGORIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#999933")
_NAMES = {
    "network.activation": "Activation",
    "network.cell": "Network type",
    "network.init": "Initial weights",
    "network.units": "Units",
    "regularisers.l1_rates": "L1 on rates",
    "regularisers.l1_weights": "L1 on weights",
}
_LEVELS = {"leaky_rnn": "leaky RNN", "leaky_gru": "leaky GRU"}


@dataclass(frozen=True)
class Factor:
    """One setting of a grid.

    Attributes
    ----------
    path
        Its dotted name, a column of the table of members.
    name
        What it is called in a figure.
    levels
        Its values, numbers ascending, others in the order of the table.
    names
        What they are called.
    colours
        One for each.
    """

    path: str
    name: str
    levels: tuple[Any, ...]
    names: tuple[str, ...]
    colours: tuple[Colour, ...]


def factor(members: pd.DataFrame, path: str, taken: int = 0) -> Factor:
    """How to show one setting; `taken` colours are those of other settings in the same figure."""
    column = members[path]
    numbers = bool(is_numeric_dtype(column)) and not is_bool_dtype(column)
    levels = tuple(sorted(column.unique())) if numbers else tuple(column.unique())
    names = tuple(f"{level:g}" if numbers else _LEVELS.get(str(level), str(level)) for level in levels)
    title = _NAMES.get(path, path.rpartition(".")[2].replace("_", " ").capitalize())
    return Factor(path, title, levels, names, _colours(len(levels), numbers, taken))


def factors(members: pd.DataFrame) -> list[Factor]:
    """All settings of the grid, in its order; neighbours have colours of their own as far as there are enough."""
    found: list[Factor] = []
    for path in axes(members):
        found.append(factor(members, path, sum(len(each.levels) for each in found)))
    return found


def _colours(n: int, ordered: bool, taken: int) -> tuple[Colour, ...]:
    if ordered:
        return tuple(style.shades(n))
    if n <= len(_CATEGORIES):
        return tuple(_CATEGORIES[(taken + i) % len(_CATEGORIES)] for i in range(n))
    return style.hues(n)
