"""Sessions in NWB files (Neurodata Without Borders), read by pynwb."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from replicortex.errors import choose
from replicortex.readers.guard import one_line
from replicortex.recordings.animal import Array
from replicortex.recordings.files import MOST
from replicortex.recordings.session import Session, SpikingUnit, plain

_WHAT = "NWB file"
# of versions of the format's own description, and of clocks without a time zone: no number depends on them
_HARMLESS = ("namespace", "time zone", "timezone")


def read_nwb(path: Path, trials: Sequence[str], facts: Sequence[str]) -> Session:
    """The trials and units of an NWB file.

    Parameters
    ----------
    path
        The file.
    trials
        Columns of its table of trials that are wanted, a number or text per trial.
    facts
        Columns of its table of units that are wanted.

    Raises
    ------
    ModuleNotFoundError
        pynwb is missing.
    ValueError
        Not such a file, or a damaged one; it has no trials or units, or lacks a column; more than ``MOST`` spikes.
    """
    try:
        from pynwb import NWBHDF5IO
    except ImportError:
        raise ModuleNotFoundError(f'{path}: NWB files need pynwb; pip install "replicortex[nwb]"') from None
    with one_line(path, _WHAT, "check it with: pynwb-validate FILE", _HARMLESS):
        io = NWBHDF5IO(path, "r", load_namespaces=True)
        file = io.read()
    with io:
        if file.trials is None or file.units is None:
            raise ValueError(f"{path}: has no table of {'trials' if file.trials is None else 'units'}")
        for column in trials:
            choose(column, file.trials.colnames, f"{path}: column of the trials")
        for column in facts:
            choose(column, file.units.colnames, f"{path}: column of the units")
        choose("spike_times", file.units.colnames, f"{path}: column of the units")
        spikes = len(file.units["spike_times"].target.data)
        if spikes > MOST:
            raise ValueError(f"{path}: {spikes:,} spikes; {MOST:,} at most, split the file")
        with one_line(path, _WHAT, "check it with: pynwb-validate FILE", _HARMLESS):
            columns = {column: _one_per_row(file.trials, column) for column in trials}
            units = tuple(_unit(file.units, row, facts) for row in range(len(file.units)))
    return Session(path, columns, units)


def _one_per_row(table: Any, column: str) -> Array:
    if hasattr(table[column], "target"):
        raise ValueError(f"column {column!r} holds lists, not one value per trial")
    values = np.asarray(table[column][:])
    if values.shape != (len(table),):
        raise ValueError(f"column {column!r} of shape {values.shape} holds not one value per trial")
    return values


def _unit(table: Any, row: int, facts: Sequence[str]) -> SpikingUnit:
    observed = np.asarray(table["obs_intervals"][row]) if "obs_intervals" in table.colnames else None
    return SpikingUnit(
        str(table.id[row]),
        np.asarray(table["spike_times"][row], dtype=np.float64),
        {column: plain(table[column][row]) for column in facts},
        observed,
    )
