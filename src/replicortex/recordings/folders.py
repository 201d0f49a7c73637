"""Where recordings lie: a folder per animal, in it a table of trials and an archive of activity."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from replicortex.readers.content import is_litter

TRIALS = ("trials.csv", "trials.parquet")
QUANTITIES = ("counts", "rates")
ARCHIVES = tuple(f"{quantity}.npz" for quantity in QUANTITIES)


def animal_folders(path: str | Path) -> list[Path]:
    """The folders of a data set that hold an animal each; hidden ones, plain files and `__MACOSX` are passed over.

    Raises
    ------
    ValueError
        No such folder, no folder in it, or a link in it that leads nowhere.
    """
    home = Path(path)
    if not home.is_dir():
        raise ValueError(f"{home}: {'not a folder' if home.exists() else 'no such folder'}; it holds one per animal")
    there = [each for each in home.iterdir() if not each.name.startswith(".") and not is_litter(each.name)]
    for each in there:
        if each.is_symlink() and not each.exists():
            raise ValueError(f"{each}: a link to {os.readlink(each)}, which is not there; fetch it, or remove the link")
    found = sorted(each for each in there if each.is_dir())
    if not found:
        own = any((home / name).exists() for name in (*TRIALS, *ARCHIVES))
        hint = f"; these are the files of one: name the folder above, {home.resolve().parent}" if own else ""
        raise ValueError(f"{home}: no folder in it; it holds one per animal{hint}")
    return found


def one_of(folder: Path, names: Iterable[str]) -> Path:
    """The one file of some names that an animal's folder holds.

    Raises
    ------
    ValueError
        None of them, or more than one.
    """
    found = [folder / name for name in names if (folder / name).is_file()]
    if len(found) != 1:
        wanted = " or ".join(names)
        convert = any(each.suffix.lower() in (".nwb", ".mat") for each in folder.iterdir())
        remedy = "; NWB and MATLAB files become such by: python -m replicortex.recordings convert" if convert else ""
        told = "more than one of" if found else "no"
        raise ValueError(f"{folder}: {told} {wanted}; an animal has one of them{remedy}")
    return found[0]


def data_files(path: str | Path) -> list[Path]:
    """Every file of a data set that is read; raises as `animal_folders` and `one_of`."""
    return [one_of(folder, names) for folder in animal_folders(path) for names in (TRIALS, ARCHIVES)]
