"""The checks of tables that are made before anything is drawn from them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import pandas as pd

from replicortex.errors import nearest
from replicortex.pipeline.tables import check_read
from replicortex.tables import check_networks, networks

__all__ = ["Tables", "check", "check_populations", "networks", "of", "seeds"]

Tables = Mapping[str, pd.DataFrame]

MAY_BE_EMPTY = frozenset({"recordings_ftv"})  # where nothing was recorded; its panels say so


def seeds(labels: Iterable[str]) -> list[str]:
    """Short names of networks: "3" for "seed3", the label itself where it is not a plain seed."""
    found = [(label, re.fullmatch(r"seed(\d+)", label)) for label in labels]
    return [match.group(1) if match else label for label, match in found]


def check(tables: Tables, names: Iterable[str], figure: str) -> None:
    """Make sure that a figure can be drawn from `tables` without leaving anything out.

    Parameters
    ----------
    tables
        Table name -> tidy DataFrame.
    names
        Tables the figure reads; the learning history is always among them.
    figure
        Name of the figure, for the message.

    Raises
    ------
    ValueError
        A table or a column is missing, a network of the learning history has no rows in a table, or a table
        holds a network that the learning history does not know. The message names figure, table and column.
    """
    needed = dict.fromkeys(["history", *names])
    paper = "primer" if figure.startswith("primer_") else "yang2019"
    for name in needed:
        if name not in tables:
            raise ValueError(f"{figure}: table {name!r} is missing; it got {_list(tables)}{_nearest(name, tables)}")
        check_read(tables[name], name, paper, f"{figure}: ")
    known = networks(tables)
    if not known:
        raise ValueError(f"{figure}: table 'history' has no rows; it must list every trained network")
    for name in needed:
        if "network" not in tables[name].columns and tables[name].empty and name not in MAY_BE_EMPTY:
            raise ValueError(f"{figure}: table {name!r} has no rows")
        check_networks(tables[name], name, known, f"{figure}: ")


def check_populations(populations: Mapping[str, Tables], needed: Mapping[str, Iterable[str]], figure: str) -> None:
    """The same for a figure of several experiments.

    Parameters
    ----------
    populations
        Experiment -> its tables.
    needed
        Experiment -> names of the tables that the figure reads.
    figure
        Name of the figure, for the message.

    Raises
    ------
    ValueError
        An experiment is missing, or as `check`; the message names it.
    """
    for experiment, names in needed.items():
        if experiment not in populations:
            hint = _nearest(experiment, populations)
            raise ValueError(f"{figure}: experiment {experiment!r} is missing; it got {_list(populations)}{hint}")
        check(populations[experiment], names, f"{figure}, {experiment}")


def _list(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names)) or "nothing"


def _nearest(name: str, names: Iterable[str]) -> str:
    close = nearest(name, names)
    return f"; did you mean {close!r}?" if close else ""


def of(table: pd.DataFrame, **conditions: object) -> pd.DataFrame:
    """Rows of a table where every named column has the given value."""
    keep = pd.Series(True, index=table.index)
    for column, value in conditions.items():
        keep &= table[column] == value
    return table[keep]
