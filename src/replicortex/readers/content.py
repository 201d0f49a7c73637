"""What a file is by its first bytes, and its content within bounds."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from pathlib import Path

from replicortex.errors import shorten

MOST_BYTES = 2**28  # of a file that is read as a whole
MOST_NUMBERS = 2**25  # that a file may unpack to: 256 MiB in double precision
_HEAD = 1024  # bytes that are looked at

# kind -> (its first bytes, what it is, what helps where it is not wanted)
_KINDS: dict[str, tuple[bytes, str, str]] = {
    # first, as the length with which they begin may look like anything
    "safetensors": (rb"[\s\S]{4}\x00{4}\{[\s\"}]", "a safetensors file", ""),
    "lfs": (
        rb"version https://git-lfs\.github\.com/spec/",
        "a Git LFS pointer in place of the file",
        "fetch the file itself: git lfs pull",
    ),
    "npy": (rb"\x93NUMPY", "a NumPy array (.npy)", ""),
    "zip": (rb"PK(\x03\x04|\x05\x06|\x07\x08)", "a zip archive, as .npz files are", ""),
    "wav": (rb"(RIFF|RIFX|RF64)[\s\S]{4}WAVE", "a sound (.wav)", ""),
    "parquet": (rb"PAR1[\x00-\x08\x0e-\x1f]", "a parquet table", ""),
    "hdf5": (
        rb"\x89HDF\r\n\x1a\n",
        "an HDF5 file, as NWB files are",
        "docs/recordings.md shows how NWB and MATLAB files are read",
    ),
    "mat73": (
        rb"MATLAB 7\.3 MAT-file",
        "a MATLAB file of version 7.3",
        "save it in MATLAB as version 7: save(file, '-v7')",
    ),
    "mat": (
        rb"MATLAB [45]\.0 MAT-file",
        "a MATLAB file (.mat)",
        "docs/recordings.md shows how NWB and MATLAB files are read; elsewhere: numpy.savez(path, "
        "**{name: scipy.io.loadmat(file)[name] for name in names})",
    ),
    "png": (rb"\x89PNG\r\n\x1a\n", "a PNG image", ""),
    "jpeg": (rb"\xff\xd8\xff", "a JPEG image", ""),
    "gif": (rb"GIF8[79]a", "a GIF image", ""),
    "tiff": (rb"(II[*+]\x00|MM\x00[*+])", "a TIFF image", ""),
    "webp": (rb"RIFF[\s\S]{4}WEBP", "a WebP image", ""),
    "gzip": (rb"\x1f\x8b", "compressed by gzip", "unpack it first: gunzip"),
    "xz": (rb"\xfd7zXZ\x00", "compressed by xz", "unpack it first: xz -d"),
    "pickle": (rb"\x80[\x02-\x05]", "a Python pickle", "it could run code and is never read; save plain arrays"),
    "sound": (
        rb"(ID3[\x02-\x04]|fLaC\x00|OggS\x00|\xff[\xfb\xf3\xf2]|FORM[\s\S]{4}AIF)",
        "a sound of another format",
        "convert it: ffmpeg -i FILE -c:a pcm_s16le song.wav",
    ),
    "film": (
        rb"([\s\S]{4}ftyp|\x1aE\xdf\xa3|RIFF[\s\S]{4}AVI )",
        "a film",
        "take images from it: ffmpeg -i FILE -r 20 frames/%05d.png",
    ),
    "web": (rb"\s*<(!DOCTYPE|html|\?xml)", "a web page or XML", "download the file itself"),
    "pdf": (rb"%PDF", "a PDF", ""),
    "utf16": (rb"(\xff\xfe|\xfe\xff)", "text in UTF-16", "save it as UTF-8"),
}
# kinds that no first bytes tell
_OTHERS = {
    "empty": ("empty", ""),
    "text": ("text", ""),
    "encoded": ("text in another encoding than UTF-8", "save it as UTF-8"),
    "unknown": ("of an unknown kind", ""),
}
_PATTERNS = {kind: re.compile(pattern, re.IGNORECASE if kind == "web" else 0) for kind, (pattern, *_) in _KINDS.items()}


def kind_of(head: bytes) -> str:
    """What a file is by its first bytes: a key of the two lists above.

    Examples
    --------
    >>> kind_of(b"RIFF$...WAVEfmt "), kind_of(b"time,x"), kind_of(b"")
    ('wav', 'text', 'empty')
    """
    for kind, pattern in _PATTERNS.items():
        if pattern.match(head):
            return kind
    if not head:
        return "empty"
    if any(byte < 32 and byte not in b"\t\r\n\f" for byte in head):
        return "unknown"
    try:  # a character may be cut in two at the end
        codecs.getincrementaldecoder("utf-8")().decode(head, final=len(head) < _HEAD)
    except UnicodeDecodeError:
        return "encoded"
    return "text"


def is_litter(name: str) -> bool:
    """Whether a file or a member of an archive is one that macOS or Windows adds.

    Examples
    --------
    >>> is_litter("__MACOSX/a.npy"), is_litter("frames/._1.png"), is_litter("1.png")
    (True, True, False)
    """
    parts = name.rstrip("/").split("/")
    return "__MACOSX" in parts or parts[-1].startswith("._") or parts[-1] in (".DS_Store", "Thumbs.db", "desktop.ini")


def check_name(name: str, what: str) -> None:
    """Make sure that a name is one that a file in a folder can have.

    Raises
    ------
    ValueError
        It is a path, hidden, too long, or cannot be printed; the message begins with ``what``.
    """
    good = name.isprintable() and 0 < len(name) <= 200 and "\\" not in name
    if not good or name.startswith(".") or Path(name).name != name:
        raise ValueError(f"{what} {shorten(name)} is not the name of a file in a folder")


def look(path: str | Path, what: str) -> str:
    """What a file is.

    Parameters
    ----------
    path
        The file.
    what
        What it is meant to be, for the message: "wav file".

    Raises
    ------
    ValueError
        No such file, a folder, a device, or one that may not be read.
    """
    try:
        if Path(path).exists() and not Path(path).is_file():
            kind = "a folder" if Path(path).is_dir() else "no plain file"
            raise ValueError(f"{path}: not a readable {what} (it is {kind})")
        with open(path, "rb") as file:
            return kind_of(file.read(_HEAD))
    except OSError as error:
        raise ValueError(f"{path}: not a readable {what} ({error.strerror})") from None


def refusal(path: str | Path, what: str, kind: str, wanted: str = "") -> ValueError:
    """The error about a file that is of another kind than it should be.

    Parameters
    ----------
    wanted
        What would be right, where the kind itself suggests nothing: "save it with numpy.savez".
    """
    told, advice = _OTHERS[kind] if kind in _OTHERS else _KINDS[kind][1:]
    remedy = advice or wanted
    return ValueError(f"{path}: not a readable {what} (it is {told}){f'; {remedy}' if remedy else ''}")


def whole_content(path: str | Path, what: str, kinds: Sequence[str], wanted: str = "", most: int = MOST_BYTES) -> bytes:
    """All bytes of a file of one of these kinds.

    Raises
    ------
    ValueError
        As `look`; it is of another kind; it has more than ``most`` bytes.
    """
    kind = look(path, what)
    if kind not in kinds:
        raise refusal(path, what, kind, wanted)
    size = Path(path).stat().st_size
    if size > most:
        raise ValueError(f"{path}: {size:,} bytes; a {what} may have {most:,} at most, keep the part that is needed")
    return Path(path).read_bytes()
