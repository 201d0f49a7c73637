"""Recordings on disk: a folder per animal with a table of trials and an archive of activity (docs/recordings.md).

recordings/
  ar/
    trials.csv        (or trials.parquet) a row per unit and trial
    counts.npz        (or rates.npz) time_ms, and under each unit's name an array (trial, time)
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pyarrow import ArrowInvalid

from replicortex.errors import not_one_of, shorten
from replicortex.recordings.animal import COLUMNS, Animal, Array, Unit
from replicortex.recordings.folders import ARCHIVES, TRIALS, animal_folders, one_of

TIME = "time_ms"
_KEYS = ("unit", "trial")


def read(path: str | Path) -> tuple[Animal, ...]:
    """The recordings in a folder, animals in alphabetical order.

    Raises
    ------
    ValueError
        No such folder, no animal in it, or what `read_animal` finds wrong: one problem, with file, unit, column and
        value.
    """
    return tuple(map(read_animal, animal_folders(path)))


def read_animal(folder: Path) -> Animal:
    """One animal.

    Raises
    ------
    ValueError
        A file is missing, there twice or unreadable; a column, unit or trial is missing; a value is not allowed.
        The message names file, unit, column (or trial) and value.
    """
    table, archive = one_of(folder, TRIALS), one_of(folder, ARCHIVES)
    trials = _trials(table)
    arrays = _arrays(archive)
    time = _time(arrays.pop(TIME, None), archive)
    by_unit = dict(list(trials.groupby("unit", sort=False)))
    for name, where, elsewhere, there in ((archive, arrays, table, by_unit), (table, by_unit, archive, arrays)):
        for unit in where:
            if unit not in there:
                raise ValueError(f"{name}: unit {unit!r} is not in {elsewhere.name}")
    units = tuple(
        _unit(str(unit), rows, arrays[str(unit)], len(time), archive, table) for unit, rows in by_unit.items()
    )
    return Animal(folder.name, archive.stem, time, units)


def _trials(path: Path) -> pd.DataFrame:
    """The checked table of trials, sorted by unit (as they come) and trial."""
    try:
        # a unit may be called 007
        table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, dtype={"unit": str})
    except (ValueError, ArrowInvalid, OSError) as error:
        raise ValueError(f"{path}: not a readable table ({error})") from None
    for column in (*_KEYS, *COLUMNS):
        if column not in table.columns:
            raise ValueError(f"{path}: lacks a column: {not_one_of(column, table.columns)}")
    if table.empty:
        raise ValueError(f"{path}: has no rows; one per unit and trial")
    for column in ("trial", *COLUMNS):
        _check_column(table, column, path)
    table = table.assign(unit=table["unit"].astype(str), trial=table["trial"].astype(int))
    return table.sort_values("trial", kind="stable")


def _check_column(table: pd.DataFrame, column: str, path: Path) -> None:
    """Raise a ValueError that names the first value that a column may not have."""
    values = pd.to_numeric(table[column], errors="coerce")
    allowed = COLUMNS.get(column)
    if column == "trial":
        good, wanted = (values >= 0) & (values % 1 == 0), "a whole number from 0 on"
    elif allowed is None:
        good, wanted = np.isfinite(values) & (values != 0), "a number other than 0, positive towards choice 1"
    else:
        good, wanted = values.isin(allowed), " or ".join(f"{value:g}" for value in allowed)
    if good.all():
        return
    row = table[~good].iloc[0]
    trial = "" if column == "trial" else f"trial {row['trial']}, "
    value = row[column].item() if isinstance(row[column], np.generic) else row[column]
    unit = str(row["unit"])
    raise ValueError(f"{path}: unit {unit!r}, {trial}column {column!r}: {shorten(value)} is not {wanted}")


def _arrays(path: Path) -> dict[str, Array]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: not a readable archive of arrays ({error})") from None


def _time(values: Array | None, path: Path) -> Array:
    if values is None:
        raise ValueError(f"{path}: lacks {TIME!r}, the middle of each bin in ms from the onset of the stimulus")
    time = _numbers(values, path, repr(TIME))
    steps = np.diff(time)
    if time.ndim != 1 or len(time) < 2 or not (steps > 0).all() or not np.allclose(steps, steps[0]):
        raise ValueError(f"{path}: {TIME!r} of shape {values.shape} is not two or more equally spaced, rising times")
    return time


def _numbers(values: Array, path: Path, what: str) -> Array:
    try:
        return values.astype(np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{path}: {what}: an array of {values.dtype} is not one of numbers") from None


def _unit(name: str, rows: pd.DataFrame, values: Array, n_time: int, archive: Path, table: Path) -> Unit:
    """A unit whose trials and activity agree."""
    activity = _numbers(values, archive, f"unit {name!r}")
    if activity.shape != (len(rows), n_time):
        expected = f"(trial, time) = ({len(rows)}, {n_time}), as {table.name} and {TIME!r} say"
        raise ValueError(f"{archive}: unit {name!r}: shape {activity.shape}, expected {expected}")
    numbers = rows["trial"].to_numpy()
    wrong = np.flatnonzero(numbers != np.arange(len(rows)))
    if len(wrong):
        first = wrong[0]
        raise ValueError(
            f"{table}: unit {name!r}, column 'trial': found {numbers[first]} where {first} was expected; "
            "trials of a unit are numbered 0, 1, ... in the order of its array"
        )
    counts = archive.stem == "counts"
    bad = ~np.isfinite(activity) | (activity < 0) | (counts & (activity % 1 != 0))
    if bad.any():
        trial, step = np.argwhere(bad)[0]
        wanted = "a whole number of spikes" if counts else "a rate in spikes per second"
        raise ValueError(
            f"{archive}: unit {name!r}, trial {trial}, time {step}: {activity[trial, step]:g} is not {wanted}"
        )
    return Unit(name, activity, rows[list(COLUMNS)].astype(float).reset_index(drop=True))


def write(animals: Iterable[Animal], path: str | Path) -> list[Path]:
    """Write recordings in the form that `read` reads; returns the folders of the animals.

    Counts are kept as whole numbers of one byte where they fit, rates as single precision.

    Raises
    ------
    FileExistsError
        A folder of that name is there already: nothing is written over.
    """
    folders = []
    for animal in animals:
        folder = Path(path) / animal.name
        folder.mkdir(parents=True)
        frames = [_table_of(unit) for unit in animal.units]
        pd.concat(frames, ignore_index=True).to_csv(folder / "trials.csv", index=False)
        stored: Any = {TIME: animal.time_ms} | {
            unit.name: _compact(unit.activity, animal.quantity) for unit in animal.units
        }
        np.savez_compressed(folder / f"{animal.quantity}.npz", **stored)
        folders.append(folder)
    return folders


def _table_of(unit: Unit) -> pd.DataFrame:
    keys = pd.DataFrame({"unit": unit.name, "trial": np.arange(len(unit.trials))})
    whole = {name: int for name, allowed in COLUMNS.items() if allowed}
    return pd.concat([keys, unit.trials[list(COLUMNS)].reset_index(drop=True).astype(whole)], axis=1)


def _compact(activity: Array, quantity: str) -> Array:
    if quantity == "rates":
        return activity.astype(np.float32)
    return activity.astype(np.uint8 if activity.max(initial=0) < 256 else np.int64)
