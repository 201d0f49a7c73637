"""Several networks measured by one process, each by itself: one that fails takes no other's result with it."""

from __future__ import annotations

import hashlib
import shutil
import sys
import traceback
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from support import network, read_tables, write_tables

import replicortex as rx
from replicortex.origin import of_weights

if TYPE_CHECKING:
    from replicortex.analysis.common import Tables
    from replicortex.networks import Ensemble


def measure_each(args: Namespace, measure: Callable[[Ensemble], Tables]) -> None:
    """Measure networks one after the other, and write the tables of all of them below one another.

    Where there are several, each one's tables are kept beside the output as soon as they are finished; a call after a
    failure or an interruption goes on from there, unless code, weights or another argument have changed since.

    Raises
    ------
    RuntimeError
        Networks that could not be measured, by name; the others have been.
    """
    from replicortex.analysis.measure.streams import joined

    home, several = args.output / f".{Path(sys.argv[0]).stem}", len(args.networks) > 1
    basis = _basis(args) if several else ""
    finished: list[Tables] = []
    failed: dict[str, Exception] = {}
    for path in args.networks:
        try:
            if several:
                finished.append(_kept(path, home / _digest(path, basis), measure))
            else:
                finished.append(measure(network(path)))
        except Exception as error:
            if not several:
                raise
            traceback.print_exc()
            failed[path.stem] = error
    if failed:
        reasons = "; ".join(f"{label}: {error}" for label, error in failed.items())
        raise RuntimeError(f"{len(failed)} of {len(args.networks)} networks failed and the others are kept: {reasons}")
    write_tables(joined(finished), args.output)
    shutil.rmtree(home, ignore_errors=True)


def _kept(path: Path, folder: Path, measure: Callable[[Ensemble], Tables]) -> Tables:
    """The tables of one network, from its folder or measured and put there as a whole."""
    if not folder.is_dir():
        part = folder.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        write_tables(measure(network(path)), part, of_weights(path))
        part.rename(folder)
    return read_tables(sorted(folder.glob("*.parquet")))


def _basis(args: Namespace) -> str:
    """What a result depends on beside its network: the code and every other argument, files by their content."""
    others = {name: value for name, value in vars(args).items() if name not in ("networks", "output")}
    told = {name: _told(value) for name, value in others.items()}
    return rx.provenance.fingerprint({"code": rx.provenance.code_hash(sys.argv[0]), **told})


def _told(value: object) -> object:
    if isinstance(value, list):
        return [_told(each) for each in value]
    return hashlib.sha256(value.read_bytes()).hexdigest() if isinstance(value, Path) else value


def _digest(path: Path, basis: str) -> str:
    return hashlib.sha256(basis.encode() + path.name.encode() + path.read_bytes()).hexdigest()
