"""Whether results can be written where they are to be, and clocks that were wrong when they were."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

_SLACK = 5.0  # seconds by which clocks of machines that share a disk may differ


def check_writable(folders: Iterable[str | Path]) -> None:
    """Make sure that files can be written below folders, before anything is computed.

    Raises
    ------
    OSError
        A folder cannot be made or written: a file system that is read-only or full, or another's folder.
    """
    for folder in map(Path, folders):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for place in (folder, *(entry for entry in folder.iterdir() if entry.is_dir())):
                with tempfile.TemporaryFile(dir=place):
                    pass
        except OSError as error:
            why = f"results cannot be written there ({error.strerror}); nothing was started"
            raise OSError(f"{folder}: {why}") from None


def settle_times(folders: Iterable[str | Path]) -> int:
    """Set files that are dated in the future to now, and return how many there were.

    A clock that was ahead leaves them, and Snakemake would refuse everything made from them until that day. What is
    made again is decided by content, so that the new time makes nothing old.
    """
    now, found = time.time(), 0
    for folder in folders:
        for place, _, names in os.walk(folder):
            for path in (os.path.join(place, name) for name in names):
                try:
                    if os.stat(path).st_mtime > now + _SLACK:
                        os.utime(path, (now, now))
                        found += 1
                except OSError:
                    continue  # it is gone meanwhile, or another's
    return found
