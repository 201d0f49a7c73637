"""Files that users bring: one reader per kind, which decides by content, checks before it converts, and bounds memory.

series = rx.readers.read_series("reach.csv")        # values (time, channel), dt in s or None, names
"""

from importlib import import_module
from typing import Any

from replicortex import extras

_HOME = {
    "Picture": "images",
    "Sound": "wav",
    "TimeSeries": "series",
    "read_csv": "tables",
    "read_frames": "images",
    "read_images": "images",
    "read_npy": "arrays",
    "read_npz": "arrays",
    "read_parquet": "tables",
    "read_series": "series",
    "read_table": "tables",
    "read_wav": "wav",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        with extras.named():
            return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
