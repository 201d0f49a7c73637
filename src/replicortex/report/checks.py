"""The checks made before anything is drawn, and how tables are read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import pandas as pd

from replicortex.errors import nearest, not_one_of
from replicortex.pipeline.paper import ROSTERS, Figure, Paper
from replicortex.pipeline.tables import check_read, per_of
from replicortex.tables import check_networks, networks, stopped

__all__ = ["Tables", "check", "networks", "of", "seeds", "stopped"]

Tables = Mapping[str, pd.DataFrame]


def seeds(labels: Iterable[str]) -> list[str]:
    """Short names of networks: "3" for "seed3", the label itself where it is not a plain seed."""
    found = [(label, re.fullmatch(r"seed(\d+)", label)) for label in labels]
    return [match.group(1) if match else label for label, match in found]


def check(figure: Figure, populations: Mapping[str, Tables], paper: Paper | None) -> None:
    """Make sure that a figure can be drawn without leaving anything out.

    Parameters
    ----------
    figure
        The figure.
    populations
        Experiment -> table name -> tidy DataFrame.
    paper
        Whose tables they are; None looks at no columns.

    Raises
    ------
    ValueError
        An experiment, a table or a column is missing; there is an experiment that the figure does not show; a network
        that an experiment lists has no rows in a table, or a table holds one that it does not list. The message names
        figure, experiment and table.
    """
    if not populations:
        raise ValueError(f"{figure.name}: no tables; it shows {', '.join(figure.every)}")
    for experiment in figure.shows:
        if experiment not in populations:
            hint = _nearest(experiment, populations)
            raise ValueError(f"{figure.name}: experiment {experiment!r} is missing; it got {_list(populations)}{hint}")
    for experiment, tables in populations.items():
        if experiment not in figure.every:
            raise ValueError(f"{figure.name}: experiment: {not_one_of(experiment, figure.every)}")
        where = f"{figure.name}, {experiment}" if figure.several else figure.name
        _check_tables(tables, figure.every[experiment], where, paper)


def _check_tables(tables: Tables, names: Iterable[str], where: str, paper: Paper | None) -> None:
    for name in names:
        if name not in tables:
            raise ValueError(f"{where}: table {name!r} is missing; it got {_list(tables)}{_nearest(name, tables)}")
        if paper is not None:
            check_read(tables[name], name, paper.name, f"{where}: ")
    roster = next((name for name in ROSTERS if name in names), None)
    if roster is None:
        return
    known, lost = networks(tables), stopped(tables)
    if not known:
        raise ValueError(f"{where}: table {roster!r} has no rows; it must list every network")
    for name in names:
        per = "network" if paper is None else per_of(name, paper.name)
        if "network" not in tables[name].columns and tables[name].empty and per != "study":
            raise ValueError(f"{where}: table {name!r} has no rows")
        check_networks(tables[name], name, known, f"{where}: ", excused=lost, listing=roster, per=per)


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
