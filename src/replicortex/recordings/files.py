"""Recordings on disk: a folder per animal with a table of trials and an archive of activity (docs/recordings.md).

recordings/
  ar/
    trials.csv        (or trials.parquet) a row per unit and trial
    counts.npz        (or rates.npz) time_ms, and under each unit's name an array (trial, time)
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from replicortex import readers
from replicortex.errors import choose, not_one_of, shorten
from replicortex.readers.arrays import write_npz
from replicortex.readers.content import check_name
from replicortex.recordings.animal import COLUMNS, Animal, Array, Unit
from replicortex.recordings.folders import ARCHIVES, QUANTITIES, TRIALS, animal_folders, one_of

TIME = "time_ms"
SPAN = (20.0, 60_000.0)  # ms, of the analysed time
MOST = 2**27  # numbers of one animal
MOST_SPIKES = 5000.0  # per second, on average over a trial: no neuron, nor a few together, have more
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
    arrays = readers.read_npz(archive, MOST, "archive of arrays")
    time = _time(arrays.pop(TIME, None), archive)
    by_unit = dict(list(trials.groupby("unit", sort=False)))
    for name, where, elsewhere, there in ((archive, arrays, table, by_unit), (table, by_unit, archive, arrays)):
        for unit in where:
            if unit not in there:
                raise ValueError(f"{name}: unit {unit!r} is not in {elsewhere.name}")
    units = tuple(_unit(str(unit), rows, arrays[str(unit)], time, archive, table) for unit, rows in by_unit.items())
    return Animal(folder.name, archive.stem, time, units)


def _trials(path: Path) -> pd.DataFrame:
    """The checked table of trials, sorted by unit (as they come) and trial."""
    table = readers.read_table(path, text=("unit",))  # a unit may be called 007
    for column in (*_KEYS, *COLUMNS):
        if column not in table.columns:
            raise ValueError(f"{path}: lacks a column: {not_one_of(column, table.columns)}")
    if table.empty:
        raise ValueError(f"{path}: has no rows; one per unit and trial")
    nameless = table["unit"].isna().to_numpy()
    if nameless.any():
        raise ValueError(f"{path}: row {int(nameless.argmax())}, column 'unit': is missing")
    for column in ("trial", *COLUMNS):
        _check_column(table, column, path)
    table = table.assign(unit=table["unit"].astype(str), trial=table["trial"].astype(int))
    return table.sort_values("trial", kind="stable")


def _check_column(table: pd.DataFrame, column: str, path: Path) -> None:
    """Raise a ValueError that names the first value that a column may not have."""
    dates = table[column].dtype.kind in "mM"  # would be counted in nanoseconds
    values = pd.to_numeric(table[column].astype(str) if dates else table[column], errors="coerce")
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


def _time(values: Array | None, path: Path) -> Array:
    if values is None:
        raise ValueError(f"{path}: lacks {TIME!r}, the middle of each bin in ms from the onset of the stimulus")
    time = _numbers(values, path, repr(TIME))
    steps = np.diff(time)
    if time.ndim != 1 or len(time) < 2 or not (steps > 0).all() or not np.allclose(steps, steps[0]):
        raise ValueError(f"{path}: {TIME!r} of shape {values.shape} is not two or more equally spaced, rising times")
    span = float(time[-1] - time[0])
    if not SPAN[0] <= span <= SPAN[1]:
        seconds = ", as times in seconds do; multiply them by 1000" if span < SPAN[0] else ""
        raise ValueError(
            f"{path}: {TIME!r} spans {span:g} ms from {time[0]:g} to {time[-1]:g}, not {SPAN[0]:g} to {SPAN[1]:g}"
            f"{seconds}"
        )
    return time


def _numbers(values: Array, path: Path, what: str) -> Array:
    if values.dtype.kind not in "biuf":
        kind = f"complex numbers ({values.dtype})" if values.dtype.kind == "c" else str(values.dtype)
        raise ValueError(f"{path}: {what}: an array of {kind} is not one of numbers")
    return values.astype(np.float64)


def _unit(name: str, rows: pd.DataFrame, values: Array, time: Array, archive: Path, table: Path) -> Unit:
    """A unit whose trials and activity agree."""
    activity = _numbers(values, archive, f"unit {name!r}")
    if activity.shape != (len(rows), len(time)):
        expected = f"(trial, time) = ({len(rows)}, {len(time)}), as {table.name} and {TIME!r} say"
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
    bin_s = (time[1] - time[0]) / 1000
    rates = activity.mean(axis=1) / (bin_s if counts else 1.0)
    if rates.max() > MOST_SPIKES:
        trial, unit_of = int(rates.argmax()), "spikes per bin" if counts else "spikes per second"
        raise ValueError(
            f"{archive}: unit {name!r}, trial {trial}: {rates.max():.3g} spikes per second on average, not up to "
            f"{MOST_SPIKES:g}; {archive.stem} are {unit_of}"
        )
    return Unit(name, activity, rows[list(COLUMNS)].astype(float).reset_index(drop=True))


def write(animals: Iterable[Animal], path: str | Path) -> list[Path]:
    """Write recordings in the form that `read` reads; returns the folders of the animals.

    Counts are kept as whole numbers of one byte where they fit, rates as single precision. Each animal is read again
    before its folder takes its name.

    Raises
    ------
    FileExistsError
        A folder of that name is there already: nothing is written over.
    ValueError
        What `read` would refuse, or give back as something else; the message names unit and trial.
    """
    return [_write_animal(animal, Path(path)) for animal in animals]


def _write_animal(animal: Animal, home: Path) -> Path:
    check_name(animal.name, f"{home}: animal")
    choose(animal.quantity, QUANTITIES, f"{home / animal.name}: quantity")
    folder = home / animal.name
    if folder.exists():
        raise FileExistsError(f"{folder}: is there already; write to another folder, or remove it")
    part = home / f".{animal.name}.{os.getpid()}.part"
    try:
        part.mkdir(parents=True)
        tables = [_table_of(unit) for unit in animal.units]
        pd.concat(tables, ignore_index=True).to_csv(part / "trials.csv", index=False)
        names = [TIME, *(unit.name for unit in animal.units)]
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise ValueError(f"{twice[0]!r} is the name of two arrays; give each unit its own")
        activity = {unit.name: _compact(unit.activity, animal.quantity) for unit in animal.units}
        write_npz(part / f"{animal.quantity}.npz", {TIME: animal.time_ms, **activity})
        _check_same(animal, read_animal(part))
        part.rename(folder)
    except ValueError as error:
        told = str(error).replace(f"{part}{os.sep}", "")
        raise ValueError(f"{folder}: not written, since it could not be read again: {told}") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def _check_same(animal: Animal, found: Animal) -> None:
    """Make sure that what was read is what was written."""
    if [unit.name for unit in found.units] != [unit.name for unit in animal.units]:
        raise ValueError(f"units {', '.join(unit.name for unit in animal.units)} would have other names")
    if not np.array_equal(found.time_ms, animal.time_ms):
        raise ValueError(f"{TIME!r} would be read as other numbers")
    for unit, read_again in zip(animal.units, found.units, strict=True):
        stored = unit.activity.astype(np.float32) if animal.quantity == "rates" else unit.activity
        if not np.array_equal(read_again.activity, stored):
            raise ValueError(f"unit {unit.name!r}: its activity would be read as other numbers")
        if not read_again.trials.equals(unit.trials[list(COLUMNS)].astype(float).reset_index(drop=True)):
            raise ValueError(f"unit {unit.name!r}: its trials would be read as others")


def _table_of(unit: Unit) -> pd.DataFrame:
    odd = [str(name) for name in unit.trials.columns if name not in COLUMNS]
    if odd:
        raise ValueError(f"unit {unit.name!r}: trials have a column too many: {not_one_of(odd[0], COLUMNS)}")
    keys = pd.DataFrame({"unit": unit.name, "trial": np.arange(len(unit.trials))})
    whole = {name: int for name, allowed in COLUMNS.items() if allowed}
    return pd.concat([keys, unit.trials[list(COLUMNS)].reset_index(drop=True).astype(whole)], axis=1)


def _compact(activity: Array, quantity: str) -> Array:
    if quantity == "rates":
        return activity.astype(np.float32)
    if not (activity % 1 == 0).all():  # which reading will name
        return activity
    return activity.astype(np.uint8 if 0 <= activity.min(initial=0) and activity.max(initial=0) < 256 else np.int64)
