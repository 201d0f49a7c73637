"""Where recordings lie: a folder per animal, in it a table of trials and an archive of activity."""

from __future__ import annotations

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
        No such folder, or no folder in it.
    """
    home = Path(path)
    if not home.is_dir():
        raise ValueError(f"{home}: {'not a folder' if home.exists() else 'no such folder'}; it holds one per animal")
    found = sorted(
        each for each in home.iterdir() if each.is_dir() and not each.name.startswith(".") and not is_litter(each.name)
    )
    if not found:
        raise ValueError(f"{home}: no folder in it; it holds one per animal")
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
