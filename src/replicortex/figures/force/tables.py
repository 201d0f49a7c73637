"""What the figures of spiking networks read: columns per table, and the checks made before anything is drawn."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from replicortex.errors import not_one_of
from replicortex.figures.force.registry import TEACHING, ForceEntry

Tables = Mapping[str, pd.DataFrame]

COLUMNS: dict[str, tuple[str, ...]] = {
    name: tuple(columns.split())
    for name, columns in {
        # one row per network; status is "ok", or why the run was stopped
        "summary": "network seed neuron cells outputs status stopped_s duration_s train_start_s train_stop_s "
        "target_std rmse nrmse aligned_nrmse aligned_chance drift_ms_per_s correlation rate_before_hz rate_after_hz "
        "isi_cv_before isi_cv_after",
        "members": "network seed",
        # windows: before, start, end, after (of learning); the example network alone. aligned: the target, in the last
        # window shifted to where it is nearest to the output
        "traces": "network window time_s output value target aligned",
        "raster": "network window cell time_s",
        "voltages": "network window cell time_s v",
        "decoders": "network time_s output cell weight",
        "eigenvalues": "network phase real imag",
        # of every network
        "course": "network time_s nrmse",
        "maxima": "network source current next",
        "dwell": "network source duration_s",
        "replay": "network mode speed correlation demeaned rmse lag_ms chance chance_demeaned",
        "frames": "network mode speed frame source channel value",
        "lesions": "network kind level draw correlation demeaned nrmse rate_hz",
        "points": "network point x y label score",
    }.items()
}
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
            if experiment == TEACHING:
                continue
            missing = [column for column in COLUMNS[name] if column not in tables[name].columns]
            if missing:
                raise ValueError(
                    f"{where}: table {name!r} lacks a column: {not_one_of(missing[0], tables[name].columns)}"
                )
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
