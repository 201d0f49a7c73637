"""Files of tensors (safetensors): arrays by name, and notes beside them; the same content gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from replicortex import sealed
from replicortex.readers.guard import one_line
from replicortex.whole import whole

T = TypeVar("T")
_WHAT = "safetensors file"
_NOTES = "__metadata__"


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
        Whether one without a checksum is refused, see :func:`replicortex.sealed.read_sealed`.
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
    content = sealed.read_sealed(path, required)
    with one_line(path, _WHAT, remedy):
        # the order in which the library hands them out is by chance
        return dict(sorted(parse(content).items())), sealed.safetensors_notes(content)


def write_safetensors(path: Path, content: bytes) -> None:
    """Write what ``save`` of safetensors made, with its checksum, so that readers meet all of it or the old file.

    Parameters
    ----------
    content
        Its notes hold :data:`replicortex.sealed.BLANK` under :data:`replicortex.sealed.KEY`.
    """
    with whole(path) as part:
        part.write_bytes(sealed.seal(in_order(content)))


def in_order(content: bytes) -> bytes:
    """The same file with its notes in the order of their names; safetensors writes them in an order by chance."""
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    notes = dict(sorted(header.pop(_NOTES, {}).items()))
    text = json.dumps({_NOTES: notes, **header}, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)  # tensors begin at multiples of eight bytes
    return len(text).to_bytes(8, "little") + text + content[end:]
