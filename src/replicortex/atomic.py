"""Files that take the place of their predecessors as a whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """A file beside ``path``, to be written, that takes its place at the end: readers meet the old file or the new one.

    The folder is made where there is none. What has been written is on the disk before the name is given to it. After
    an error, a full disk for instance, nothing is left beside ``path``.

    Raises
    ------
    OSError
        The folder cannot be written, or the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")  # no suffix by which it would be taken for a result
    try:
        yield part
        with open(part, "rb+") as handle:
            os.fsync(handle.fileno())
        os.replace(part, path)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()
