"""Files of tensors (safetensors): arrays by name, and notes beside them; the same content gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from replicortex import checksums
from replicortex.atomic import atomic_write
from replicortex.readers.guard import one_line

T = TypeVar("T")
_WHAT = "safetensors file"


def read_safetensors(
    path: Path, parse: Callable[[bytes], dict[str, T]], remedy: str, *, required: bool = False, most: int | None = None
) -> tuple[dict[str, T], dict[str, str]]:
    """Tensors, in the order of their names, and notes of a safetensors file, once its checksum is found to be right.

    Parameters
    ----------
    path
        The file.
    parse
        ``load`` of ``safetensors.numpy`` or ``safetensors.torch``.
    remedy
        What helps against a damaged one.
    required
        Whether one without a checksum is refused, see `replicortex.checksums.read_sealed`.
    most
        Bytes that it may have; None: any number.

    Raises
    ------
    FileNotFoundError
        No such file.
    ValueError
        Not such a file, a damaged one, or one of more than ``most`` bytes.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    if most is not None and path.stat().st_size > most:
        raise ValueError(f"{path}: {path.stat().st_size:,} bytes; {most:,} at most")
    content = checksums.read_sealed(path, required)
    with one_line(path, _WHAT, remedy):
        # the order in which the library hands them out is by chance
        return dict(sorted(parse(content).items())), checksums.safetensors_notes(content)


def write_safetensors(path: Path, content: bytes, notes: Mapping[str, str]) -> None:
    """Write a safetensors file so that a reader meets the whole new file or the old one, never half of it.

    Parameters
    ----------
    path
        The file.
    content
        What ``save`` of safetensors made of the tensors.
    notes
        What its header tells beside them. They are put in here, with the checksum of the file (see
        `replicortex.checksums`): safetensors writes them in an order by chance.

    Raises
    ------
    ValueError
        A note that would not come back.
    """
    for name, text in notes.items():
        if not isinstance(text, str) or name == checksums.KEY or checksums.BLANK[:-64] in text:
            raise ValueError(f"{path}: not written, note {name!r} is no text, or looks like the checksum")
    with atomic_write(path) as part:
        part.write_bytes(checksums.with_notes(content, notes))
