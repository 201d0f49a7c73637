"""Several networks measured by one process, each by itself: one that fails takes no other's result with it."""

from __future__ import annotations

import hashlib
import shutil
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from replicortex.origin import of_weights
from replicortex.pipeline.script import read_tables, write_tables

if TYPE_CHECKING:
    from replicortex.analysis.common import Tables

Measure = Callable[[Path], "Tables"]


def measure_each(networks: Sequence[Path], home: Path, basis: str, measure: Measure) -> Tables:
    """Measure networks one after the other: the tables of all of them below one another.

    Parameters
    ----------
    networks
        Weight files.
    home
        Folder in which each network's tables are kept as soon as they are finished, where there are several: a call
        after a failure or an interruption goes on from there.
    basis
        What a result depends on beside its network; the tables of another are not taken.
    measure
        From a weight file to the tables of its network.

    Raises
    ------
    RuntimeError
        Networks that could not be measured, by name; the others have been.
    """
    from replicortex.analysis.measure.streams import joined

    if len(networks) == 1:
        return joined([measure(networks[0])])
    finished: list[Tables] = []
    failed: dict[str, Exception] = {}
    for path in networks:
        try:
            finished.append(_kept(path, home / _digest(path, basis), measure))
        except Exception as error:
            traceback.print_exc()
            failed[path.stem] = error
    if failed:
        reasons = "; ".join(f"{label}: {error}" for label, error in failed.items())
        raise RuntimeError(f"{len(failed)} of {len(networks)} networks failed and the others are kept: {reasons}")
    return joined(finished)


def _kept(path: Path, folder: Path, measure: Measure) -> Tables:
    """The tables of one network, from its folder or measured and put there as a whole."""
    if not folder.is_dir():
        part = folder.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        write_tables(measure(path), part, of_weights(path))
        part.rename(folder)
    return read_tables(sorted(folder.glob("*.parquet")))


def _digest(path: Path, basis: str) -> str:
    return hashlib.sha256(basis.encode() + path.name.encode() + path.read_bytes()).hexdigest()
