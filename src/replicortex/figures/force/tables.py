"""The checks of tables of spiking networks that are made before anything is drawn from them."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from replicortex.errors import not_one_of
from replicortex.figures.force.registry import TEACHING, ForceEntry
from replicortex.pipeline.tables import check_read

Tables = Mapping[str, pd.DataFrame]

EXAMPLE_ONLY = ("traces", "raster", "voltages", "decoders", "eigenvalues", "frames")


def check(entry: ForceEntry, populations: Mapping[str, Tables]) -> None:
    """Make sure that a figure can be drawn without leaving anything out.

    Raises
    ------
    ValueError
        Nothing at all to show; an experiment that the figure does not know; a table or column is missing, or a table
        lacks a network of the experiment's summary. The message names figure, experiment and table.
    """
    if not populations:
        raise ValueError(f"{entry.name}: no tables; it shows {', '.join(entry.tables)}")
    for experiment, tables in populations.items():
        if experiment not in entry.tables:
            raise ValueError(f"{entry.name}: experiment: {not_one_of(experiment, entry.tables)}")
        where = f"{entry.name}, {experiment}"
        for name in entry.tables[experiment]:
            if name not in tables:
                raise ValueError(f"{where}: table {name!r} is missing")
            check_read(tables[name], name, "nicola2017", f"{where}: ")
        if experiment != TEACHING:
            _check_networks(entry, tables, where, experiment)


def _check_networks(entry: ForceEntry, tables: Tables, where: str, experiment: str) -> None:
    known = networks(tables)
    if not known:
        raise ValueError(f"{where}: table 'summary' has no rows; it must list every network")
    lost = set(tables["summary"].loc[tables["summary"]["status"] != "ok", "network"])
    for name in entry.tables[experiment]:
        present = set(tables[name]["network"])
        wanted = set() if name in EXAMPLE_ONLY or name in ("maxima", "dwell") else set(known) - lost
        if wanted - present:
            listed = ", ".join(sorted(wanted - present))
            raise ValueError(f"{where}: table {name!r} has no rows for {listed}, which the summary lists")
        if present - set(known):
            listed = ", ".join(sorted(present - set(known)))
            raise ValueError(f"{where}: table {name!r} holds {listed}, unknown to the summary")


def networks(tables: Tables) -> list[str]:
    """Labels of the networks of an experiment, in the order of its summary."""
    return [str(label) for label in tables["summary"]["network"]]


def example(tables: Tables) -> str:
    """The network whose traces are shown: the first that was not stopped, else the first."""
    summary = tables["summary"]
    good = summary[summary["status"] == "ok"]
    return str((good if len(good) else summary)["network"].iloc[0])


def of(table: pd.DataFrame, **conditions: object) -> pd.DataFrame:
    """Rows of a table where every named column has the given value."""
    keep = pd.Series(True, index=table.index)
    for column, value in conditions.items():
        keep &= table[column] == value
    return table[keep]
