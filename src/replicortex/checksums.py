"""Checksums inside of files: weights and tables are compared with them before anything is read.

A file that is to be sealed holds one mark, ``replicortex.sha256:`` and 64 digits, somewhere in its header or footer.
The digits are the SHA-256 of the whole file in which they stand as zeros, so that no bit of the file is left out and
equal contents give equal files.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

from replicortex.errors import rebuild_hint

KEY = "replicortex.checksum"  # under which the formats' own metadata hold the mark
_PREFIX = b"replicortex.sha256:"
_MARK = re.compile(re.escape(_PREFIX) + rb"[0-9a-f]{64}")
# One of which is left of a key and a mark that are damaged both.
_SHREDS = (b"replicortex.c", b".checksum", b"replicortex.s", b".sha256:")
BLANK = (_PREFIX + b"0" * 64).decode()


def seal(content: bytes) -> bytes:
    """A file's content with the digits put in for its one ``BLANK``.

    Raises
    ------
    ValueError
        There is none, or there are several.
    """
    if len(_MARK.findall(content)) != 1:
        raise ValueError("seal: the content must hold one blank mark")
    return content.replace(BLANK.encode(), _PREFIX + hashlib.sha256(content).hexdigest().encode())


def read_sealed(path: str | Path, required: bool = False) -> bytes:
    """The content of a file, once its checksum has been found to be right.

    Files that carry none pass: those written before there were checksums, and those of other programs.

    Parameters
    ----------
    path
        The file.
    required
        Whether a file that carries none is refused: of its kind all have one.

    Raises
    ------
    FileNotFoundError
        No such file.
    ValueError
        The file is not the one that was written.
    """
    content = Path(path).read_bytes()
    marks = _MARK.findall(content)
    if not marks and not any(shred in content for shred in _SHREDS):
        if required:
            raise ValueError(
                f"{path}: carries no checksum, so another program wrote it, or an edit; delete it, and run again"
            )
        return content
    if len(marks) != 1 or seal(content.replace(marks[0], BLANK.encode())) != content:
        raise ValueError(f"{path}: is damaged, its content does not have the checksum it carries; {rebuild_hint(path)}")
    return content


def with_notes(content: bytes, notes: Mapping[str, str]) -> bytes:
    """A safetensors file with other notes in its header and a checksum; its tensors keep their bytes."""
    length = int.from_bytes(content[:8], "little")
    tensors = {key: told for key, told in json.loads(content[8 : 8 + length]).items() if key != "__metadata__"}
    header = json.dumps({"__metadata__": {**dict(sorted(notes.items())), KEY: BLANK}, **tensors}).encode()
    header += b" " * (-len(header) % 8)  # tensors begin at a multiple of 8 bytes
    return seal(len(header).to_bytes(8, "little") + header + content[8 + length :])


def safetensors_notes(content: bytes) -> dict[str, str]:
    """What the writer of a safetensors file put into its header beside the tensors, without the mark.

    Raises
    ------
    ValueError
        The header is none.
    """
    length = int.from_bytes(content[:8], "little")
    try:
        notes = json.loads(content[8 : 8 + length])["__metadata__"]
    except KeyError:
        return {}
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise ValueError(f"no header of a safetensors file: {error}") from None
    return {key: text for key, text in notes.items() if key != KEY}
