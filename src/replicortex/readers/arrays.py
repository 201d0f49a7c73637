"""Arrays in NumPy's files (.npy, .npz): sizes are compared with what is there before anything is unpacked."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replicortex.errors import not_one_of
from replicortex.readers.content import MOST_NUMBERS, is_litter, look, refusal
from replicortex.readers.guard import one_line

Array = NDArray[Any]
_SAVE = "write it with numpy.savez"
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
_OTHERS = {  # zip archives that are something else
    "data.pkl": "a PyTorch file; it could run code and is never read, save its arrays with safetensors or numpy.savez",
    "[Content_Types].xml": "an Office document; save its table as CSV",
}


def read_npz(path: str | Path, most: int = MOST_NUMBERS, what: str = "archive of NumPy arrays") -> dict[str, Array]:
    """The arrays of an .npz by name; nothing in it is executed.

    What macOS adds to archives (``__MACOSX/``, ``._name``, ``.DS_Store``) is passed over.

    Parameters
    ----------
    path
        The file. Its ending does not matter.
    most
        Numbers that it may unpack to.
    what
        What it is meant to be, for the messages.

    Raises
    ------
    ValueError
        It is no such archive, or a damaged one; it holds something else than arrays, a name twice, Python objects;
        an array whose size is not what its header says; more than ``most`` numbers.
    """
    kind = look(path, what)
    if kind != "zip":
        raise refusal(path, what, kind, _SAVE)
    found: dict[str, Array] = {}
    with one_line(path, what, _SAVE), zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not is_litter(member.filename)]
        for member in members:
            other = _OTHERS.get(member.filename.rpartition("/")[2])
            if other or not member.filename.endswith(".npy"):
                raise ValueError(f"it is {other}" if other else f"{member.filename!r} in it is no array")
        left = most
        for member in members:
            name = member.filename.removesuffix(".npy")
            if name in found:
                raise ValueError(f"it holds {name!r} twice")
            with archive.open(member) as stream:
                left -= _checked_header(stream, member.file_size, f"{name!r}", left, most)
            with archive.open(member) as stream:
                found[name] = np.lib.format.read_array(stream, allow_pickle=False)
                if stream.read(1):
                    raise ValueError(f"{name!r} goes on behind its array")
    return found


def read_npy(path: str | Path, most: int = MOST_NUMBERS, what: str = "NumPy array") -> Array:
    """The array of an .npy file; parameters and errors are those of `read_npz`."""
    kind = look(path, what)
    if kind != "npy":
        raise refusal(path, what, kind, "write it with numpy.save")
    with one_line(path, what, "write it with numpy.save"), open(path, "rb") as stream:
        _checked_header(stream, Path(path).stat().st_size, "it", most, most)
        stream.seek(0)
        return np.asarray(np.lib.format.read_array(stream, allow_pickle=False))


def _checked_header(stream: Any, size: int, name: str, left: int, most: int) -> int:
    """How many numbers an array of NumPy's format has, if they are there and may be read."""
    version = np.lib.format.read_magic(stream)
    if version not in _HEADERS:
        raise ValueError(f"{name} has version {version} of NumPy's format")
    shape, _, dtype = _HEADERS[version](stream)
    if dtype.hasobject:
        raise ValueError(f"{name} holds Python objects, which could run code and are never read; plain arrays are")
    count = math.prod(shape)
    promised = stream.tell() + count * dtype.itemsize
    if min(shape, default=0) < 0 or promised != size:
        raise ValueError(f"{name} of shape {shape} takes {promised:,} bytes, but has {size:,}")
    # a text counts as the numbers that it has room for
    count *= max(1, dtype.itemsize // 8)
    if count > left:
        raise ValueError(f"it unpacks to more than {most:,} numbers; keep the part that is needed")
    return count


def write_npz(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write an .npz, compressed; the same arrays give the same bytes, and any name will do that `read_npz` gives back.

    Raises
    ------
    ValueError
        A name that is passed over when reading; an array of objects.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            if is_litter(name):
                raise ValueError(f"{path}: {name!r} is a name that computers give to files of their own")
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as stream:
                np.lib.format.write_array(stream, np.asanyarray(array), allow_pickle=False)


def only(path: str | Path, arrays: dict[str, Array], names: Iterable[str], optional: Iterable[str] = ()) -> None:
    """Make sure that an archive holds these arrays and no others, so that none is left out by a wrong letter.

    Raises
    ------
    ValueError
        One is missing, or there is another; the message lists the names.
    """
    names, optional = tuple(names), tuple(optional)
    for name in names:
        if name not in arrays:
            raise ValueError(f"{path}: lacks an array: {not_one_of(name, arrays)}")
    for name in arrays:
        if name not in (*names, *optional):
            raise ValueError(f"{path}: holds an array too many: {not_one_of(name, (*names, *optional))}")


def as_numbers(path: str | Path, name: str, array: Array) -> NDArray[np.float64]:
    """An array of real, finite numbers in double precision.

    Raises
    ------
    ValueError
        It holds something else (complex numbers, text, dates), is empty, or a number is not finite; its index is
        given.
    """
    if array.dtype.kind == "c":
        raise ValueError(f"{path}: {name} holds {array.dtype}, complex numbers; give their .real or their magnitude")
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{path}: {name} holds {array.dtype}, not numbers")
    if not array.size:
        raise ValueError(f"{path}: {name} of shape {array.shape} is empty")
    with np.errstate(over="ignore", invalid="ignore"):
        values = array.astype(np.float64)
    bad = ~np.isfinite(values)
    if bad.any():
        place = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(f"{path}: {name} at {place} is {array[place]}, not a finite number of double precision")
    return values


def one_number(path: str | Path, name: str, array: Array, unit: str) -> float:
    """The one positive number that an array holds, such as a duration.

    Raises
    ------
    ValueError
        As `as_numbers`; several numbers, or one that is not positive.
    """
    values = as_numbers(path, name, array)
    if values.size != 1 or array.dtype.kind == "b" or not values.item() > 0:
        raise ValueError(f"{path}: {name} is {array.ravel()[:3].tolist()}, not one positive number{unit}")
    return float(values.item())
