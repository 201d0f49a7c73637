"""Sounds in files: samples as they are stored, in [-1, 1], and their rate."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.io import wavfile

from replicortex.readers.content import MOST_NUMBERS, whole_content
from replicortex.readers.guard import one_line
from replicortex.shown import short_repr

Floats = NDArray[np.float64]
RATES = (1, 10_000_000)  # samples per second
LOUDEST = 2.0**31  # of floating-point samples, which should not pass 1, but may be integers that were converted
_WHAT = "wav file"
_REMEDY = "convert it: ffmpeg -i FILE -c:a pcm_s16le song.wav"
_HEADER = 12  # bytes before the first part of a file
_UNKNOWN = 0xFFFFFFFF  # the length that a program writes which cannot go back to its header


@short_repr
@dataclass(frozen=True)
class Sound:
    """What a wav file holds.

    Attributes
    ----------
    samples : (sample, channel) float64
        Integers divided by their full scale, so in [-1, 1]; floating-point samples as they are.
    rate : int
        Samples per second.
    """

    samples: Floats
    rate: int


class _Content(io.BytesIO):
    """Bytes that remember by how much a reader asked for more than there are."""

    expected = 0

    def read(self, size: int | None = -1, /) -> bytes:
        at = self.tell()
        found = super().read(size)
        # less than five bytes are the name of a next chunk, or one that fills up an odd length
        if size is not None and size > max(4, len(found)) and size < _UNKNOWN - 8:
            self.expected = max(self.expected, at + size)
        return found


def read_wav(path: str | Path) -> Sound:
    """The sound in a wav file; integer PCM of 8 to 64 bits or floating point, of any rate and number of channels.

    Parameters
    ----------
    path
        The file. Its ending does not matter.

    Returns
    -------
    Sound

    Raises
    ------
    ValueError
        It is no wav file, or compressed; it is shorter than its header says (the bytes present and expected are
        given; a header of unknown length, 0xFFFFFFFF, is accepted), or goes on behind it; it has two parts with
        samples; its header contradicts itself; no samples; an impossible rate; a sample is not finite, or beyond
        ``LOUDEST`` (it is named).
    """
    content = whole_content(path, _WHAT, ("wav",), _REMEDY)
    _check_parts(path, content)
    file = _Content(content)
    try:
        with one_line(path, _WHAT, _REMEDY, harmless=("Chunk (non-data) not understood", "Reached EOF prematurely")):
            rate, samples = wavfile.read(file)
    finally:  # what is missing explains any other error
        _check_length(path, content, file.expected)
    if not samples.size:
        raise ValueError(f"{path}: has no samples")
    if not RATES[0] <= rate <= RATES[1]:
        raise ValueError(f"{path}: {rate} samples per second are not from {RATES[0]} to {RATES[1]:,}")
    if samples.size > MOST_NUMBERS:
        raise ValueError(f"{path}: {samples.size:,} samples; {MOST_NUMBERS:,} at most, keep the part that is needed")
    sound = _as_float(samples.reshape(len(samples), -1))
    bad = np.argwhere(~(np.abs(sound) <= LOUDEST))
    if len(bad):
        channel = f" of channel {bad[0][1] + 1}" if sound.shape[1] > 1 else ""
        raise ValueError(f"{path}: sample {bad[0][0]}{channel} is not a finite number up to {LOUDEST:g}")
    return Sound(sound, int(rate))


def _check_parts(path: str | Path, content: bytes) -> None:
    """Raise a ValueError where SciPy would leave out some of the samples, or take them for others.

    It keeps the last of several parts called "data", and goes by the bytes per sample whatever the bits are.
    """
    order: Literal["big", "little"] = "big" if content[:4] == b"RIFX" else "little"
    long = content[:4] == b"RF64"
    riff, data = _long_sizes(content) if long else (int.from_bytes(content[4:8], order), 0)
    whole = min(len(content), 8 + riff)
    at, found = _HEADER, set[bytes]()

    def refused(why: str) -> ValueError:
        return ValueError(f"{path}: not a readable {_WHAT} ({why}); {_REMEDY}")

    if whole <= _HEADER:
        raise refused(f"its header says {whole} bytes, and {len(content):,} are present")
    while at + 8 <= whole and (name := content[at : at + 4]).isalnum() | name.endswith(b" "):
        size = int.from_bytes(content[at + 4 : at + 8], order)
        size = data if long and name == b"data" and size == _UNKNOWN else size
        if name in found & {b"fmt ", b"data"}:
            raise refused(f"it has two parts called {name.decode().strip()!r}, and one of them would be left out")
        if name == b"fmt " and at + 24 <= whole:
            channels, width, bits = (int.from_bytes(content[at + i : at + i + 2], order) for i in (10, 20, 22))
            if not channels or width != channels * -(-bits // 8):
                told = f"channels: {channels}, bits: {bits}, but {width} bytes for a sample of all channels"
                raise refused(f"its header says {told}")
        if name == b"data" and not size and at + 8 < len(content):
            raise refused(f"its header says 0 bytes of samples, and {len(content) - at - 8:,} bytes follow")
        if b"data" in found and at + 8 + size > whole:
            raise refused(f"{whole - at:,} bytes follow its samples, and are no whole part")
        found.add(name)
        at += 8 + size + size % 2
    if b"data" in found and at < whole and content[at:whole].strip(b"\0"):
        raise refused(f"{len(content) - at:,} bytes follow its samples, and are no whole part")
    rest = content[whole:].strip(b"\0")
    if b"data" in found and rest and not rest.startswith((b"ID3", b"TAG")):  # which name the song
        raise refused(f"its header says {whole:,} bytes, and {len(content):,} are present")


def _long_sizes(content: bytes) -> tuple[int, int]:
    """Bytes of an RF64 file behind its first eight, and of its samples, from its part "ds64", which comes first."""
    at = _HEADER + 8
    return int.from_bytes(content[at : at + 8], "little"), int.from_bytes(content[at + 8 : at + 16], "little")


def _check_length(path: str | Path, content: bytes, expected: int) -> None:
    """Raise a ValueError where a header, or a part that was asked for, says more bytes than there are."""
    if content[:4] != b"RF64":  # whose header has the length elsewhere
        told = 8 + int.from_bytes(content[4:8], "big" if content[:4] == b"RIFX" else "little")
        expected = max(expected, told if told < _UNKNOWN else 0)
    if len(content) < expected:
        raise ValueError(
            f"{path}: not a readable {_WHAT} (it is cut off, {len(content):,} bytes are present and its header says "
            f"{expected:,}); copy it again"
        ) from None


def _as_float(samples: NDArray[np.generic]) -> Floats:
    if samples.dtype == np.uint8:
        return (samples.astype(np.float64) - 128) / 128
    if np.issubdtype(samples.dtype, np.integer):
        return samples.astype(np.float64) / 2.0 ** (8 * samples.dtype.itemsize - 1)
    with np.errstate(invalid="ignore"):  # of numbers that are none, which are named later
        return samples.astype(np.float64)
