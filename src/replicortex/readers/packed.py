"""Files compressed by xz, unpacked within bounds."""

from __future__ import annotations

import lzma
from pathlib import Path

from replicortex.readers.guard import one_line

MOST = 2**26  # bytes that one may unpack to
_MEMORY = 2**28  # bytes that the unpacking itself may take


def unpack_xz(path: str | Path, content: bytes, remedy: str, most: int = MOST) -> bytes:
    """What the content of an xz file unpacks to.

    Parameters
    ----------
    path
        The file it is from, for the message.
    content
        All of it.
    remedy
        What helps against a damaged one.
    most
        Bytes that it may unpack to; no more are unpacked.

    Raises
    ------
    ValueError
        It is no xz file, is damaged or cut off, or unpacks to more.
    """
    with one_line(path, "xz file", remedy):
        unpacker = lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=_MEMORY)
        found = unpacker.decompress(content, max_length=most + 1)
        if len(found) > most:
            raise ValueError(f"it unpacks to more than {most:,} bytes")
        if not unpacker.eof:
            raise ValueError("it is cut off")
        if unpacker.unused_data:
            raise ValueError("it goes on behind its end")
        return found
