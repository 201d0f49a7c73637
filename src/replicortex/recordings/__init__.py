"""Recordings of single units from animals that do the Ctx DM task: what they hold, their files, and checks.

animals = rx.recordings.read("recordings")          # a folder with one folder per animal; see docs/recordings.md
rx.analysis.recordings_table(animals, rng)          # fractional task variance of every unit, and shuffled controls
rx.recordings.write(animals, "elsewhere")
"""

from importlib import import_module
from typing import Any

_HOME = {
    "Animal": "animal",
    "Unit": "animal",
    "animal_folders": "folders",
    "data_files": "folders",
    "read": "files",
    "read_animal": "files",
    "read_sessions": "sessions",
    "write": "files",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
