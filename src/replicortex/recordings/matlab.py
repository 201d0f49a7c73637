"""Sessions in MATLAB files of version 7 or older, read by SciPy.

They hold a struct ``trials`` of equally long columns, a cell array ``spike_times`` with a vector of times (s) per unit
and, if wanted, a struct ``units`` with a column of facts per unit, ``name`` being what they are called.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.io import loadmat

from replicortex.errors import choose
from replicortex.readers.content import whole_content
from replicortex.readers.guard import one_line
from replicortex.recordings.animal import Array
from replicortex.recordings.files import MOST
from replicortex.recordings.session import Session, SpikingUnit, plain

_WHAT = "MATLAB file"
_SAVE = "save it in MATLAB: save(file, 'trials', 'spike_times', '-v7')"
_HEADER, _COMPRESSED = 128, 15  # bytes of a file's header; the type of a compressed part


def read_mat(path: Path, trials: Sequence[str], facts: Sequence[str]) -> Session:
    """The trials and units of a MATLAB file; parameters are those of `replicortex.recordings.nwb.read_nwb`.

    Raises
    ------
    ValueError
        Not such a file, or a damaged one; it lacks a variable or a column, or columns differ in length; it unpacks to
        more than ``MOST`` numbers.
    """
    content = whole_content(path, _WHAT, ("mat",), _SAVE)
    with one_line(path, _WHAT, _SAVE):
        _check_size(content)
        found = loadmat(path, squeeze_me=True, variable_names=("trials", "units"))
        # squeezed, a cell array of one unit would be that unit's times, and each of them a unit
        found |= loadmat(path, variable_names=("spike_times",))
    for name in ("trials", "spike_times"):
        if name not in found:
            raise ValueError(f"{path}: lacks the variable {name!r}; {_SAVE}")
    columns = _columns(path, "trials", found["trials"], trials, None)
    if found["spike_times"].dtype != object:
        raise ValueError(f"{path}: spike_times is not a cell array with a vector of times in s for each unit")
    spikes = [np.atleast_1d(np.squeeze(times)) for times in found["spike_times"].ravel()]
    spikes = [times if times.size else np.zeros(0) for times in spikes]
    for number, times in enumerate(spikes):
        if times.dtype.kind not in "iuf" or times.ndim != 1 or not np.isfinite(times).all():
            raise ValueError(f"{path}: spike_times{{{number + 1}}} is not a vector of finite times in s")
    wanted = [*facts, *(["name"] if "name" in _fields(found.get("units")) and "name" not in facts else [])]
    told = _columns(path, "units", found.get("units"), wanted, len(spikes)) if wanted else {}
    units = [
        SpikingUnit(
            str(plain(told["name"][i])) if "name" in told else f"u{i + 1}",
            times.astype(np.float64),
            {column: plain(told[column][i]) for column in facts},
        )
        for i, times in enumerate(spikes)
    ]
    return Session(path, columns, tuple(units))


def _check_size(content: bytes) -> None:
    """Raise a ValueError if the parts of a file unpack to more than ``MOST`` numbers, without unpacking them whole."""
    order = "<" if content[126:128] == b"IM" else ">"
    at, left = _HEADER, 8 * MOST
    while at + 8 <= len(content):
        kind, size = (int(each) for each in np.frombuffer(content, f"{order}u4", 2, at))
        if kind == _COMPRESSED:
            unpacker, rest = zlib.decompressobj(), content[at + 8 : at + 8 + size]
            while rest and left >= 0:
                left -= len(unpacker.decompress(rest, 2**20))
                rest = unpacker.unconsumed_tail
            if left < 0:
                raise ValueError(f"it unpacks to more than {MOST:,} numbers")
        at += 8 + size


def _fields(struct: Any) -> tuple[str, ...]:
    return getattr(getattr(struct, "dtype", None), "names", None) or ()


def _columns(path: Path, name: str, struct: Any, wanted: Sequence[str], count: int | None) -> dict[str, Array]:
    """Columns of a struct, all of one length."""
    found: dict[str, Array] = {}
    for column in wanted:
        choose(column, _fields(struct), f"{path}: field of {name!r}")
        values = struct[column]
        found[column] = np.atleast_1d(values.item() if values.ndim == 0 else values)
        count = len(found[column]) if count is None else count
        if found[column].shape != (count,):
            raise ValueError(
                f"{path}: {name}.{column} of shape {found[column].shape} has not one value for each of {count}"
            )
    return found
