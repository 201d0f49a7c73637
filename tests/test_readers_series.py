"""Time series that users bring: what is read, and the one line about what is not."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import savemat, wavfile

from replicortex.readers import read_series
from replicortex.readers.content import kind_of

Make = Callable[[Path], Any]
RATE = 8000
TONE = np.stack([np.sin(np.arange(4000) / 9), np.cos(np.arange(4000) / 9)], axis=1).astype(np.float32)
VALUES = np.random.default_rng(0).standard_normal((6, 2))


def text(content: str, encoding: str = "utf-8") -> Make:
    return lambda path: path.write_bytes(content.encode(encoding))


def raw(content: bytes) -> Make:
    return lambda path: path.write_bytes(content)


def npz(**arrays: Any) -> Make:
    def write(path: Path) -> None:
        with path.open("wb") as file:
            np.savez_compressed(file, **arrays)

    return write


def npy(array: Any) -> Make:
    def write(path: Path) -> None:
        with path.open("wb") as file:
            np.save(file, array)

    return write


def wav(samples: Any = TONE, keep: int | None = None, change: Callable[[bytes], bytes] = bytes) -> Make:
    def write(path: Path) -> None:
        wavfile.write(path, RATE, samples)
        path.write_bytes(change(path.read_bytes())[:keep])

    return write


def unknown_length(content: bytes) -> bytes:
    """As programs write a header that cannot go back to it."""
    at = content.index(b"data")
    return content[:4] + b"\xff" * 4 + content[8 : at + 4] + b"\xff" * 4 + content[at + 8 :]


def zipped(**members: bytes) -> Make:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name.replace("__", "/"), content)

    return write


def riff(*parts: bytes) -> bytes:
    content = b"WAVE" + b"".join(parts)
    return b"RIFF" + len(content).to_bytes(4, "little") + content


def parts(*parts: bytes) -> Make:
    return raw(riff(*parts))


def data(size: int = 100) -> bytes:
    return b"data" + size.to_bytes(4, "little") + bytes(size)


def rf64(size: int) -> bytes:
    """A sound of more than 4 GB, or one that says so, of 100 bytes of samples."""
    sizes = b"".join(each.to_bytes(8, "little") for each in (176, size, 50)) + bytes(4)
    samples = bytes(range(1, 101))
    return b"RF64\xff\xff\xff\xffWAVEds64\x1c\0\0\0" + sizes + FORMAT + b"data\xff\xff\xff\xff" + samples


FORMAT = b"fmt \x10\0\0\0\x01\0\x01\0" + (8000).to_bytes(4, "little") + (16_000).to_bytes(4, "little") + b"\x02\0\x10\0"
CLOCK = "".join(f"{i / 10},{i * i}\n" for i in range(6))


def promise(shape: str) -> bytes:
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}"
    return b"\x93NUMPY\x01\x00v\x00" + text.ljust(117).encode() + b"\n"


GOOD: dict[str, tuple[Make, Any, float | None, tuple[str, ...]]] = {
    "time in ms": (text("time_ms,x,y\n0,1,2\n10,3,4\n20,5,6\n"), [[1, 2], [3, 4], [5, 6]], 0.01, ("x", "y")),
    "time in s": (text("x,time_s\n1,0.5\n2,0.75\n"), [[1], [2]], 0.25, ("x",)),
    "rounded times": (text("time_ms,x\n0,1\n33,1\n67,1\n100,1\n"), [[1]] * 4, 0.1 / 3, ("x",)),
    "no names": (text("1,2\n3,4\n5,6e-1\n"), [[1, 2], [3, 4], [5, 0.6]], None, ("channel1", "channel2")),
    "mark of the byte order": (text("x\n1\n2\n", "utf-8-sig"), [[1], [2]], None, ("x",)),
    "last bit": (text("x\n0.1\n0.30000000000000004\n"), [[0.1], [0.1 + 0.2]], None, ("x",)),
    "npy": (npy(VALUES), VALUES, None, ("channel1", "channel2")),
    "one channel": (npy(np.arange(4, dtype=">i2")), [[0], [1], [2], [3]], None, ("channel1",)),
    "Fortran order": (npy(np.asfortranarray(VALUES)), VALUES, None, ("channel1", "channel2")),
    "npz": (npz(values=VALUES, dt=0.001, names=["a", "b"]), VALUES, 0.001, ("a", "b")),
    "npz with times": (npz(values=VALUES, time_ms=np.arange(6) * 5.0), VALUES, 0.005, ("channel1", "channel2")),
    "wav": (wav(), TONE, 1 / RATE, ("channel1", "channel2")),
    "wav of unknown length": (wav(change=unknown_length), TONE, 1 / RATE, ("channel1", "channel2")),
    "wav with the name of the song behind": (
        wav(change=lambda w: w + b"TAG" + bytes(125)),
        TONE,
        1 / RATE,
        ("channel1", "channel2"),
    ),
    "old line ends": (text("time_s,x\r0,1\r1,3\r"), [[1], [3]], 1.0, ("x",)),
    "wav of more than 4 GB": (
        raw(rf64(100)),
        np.frombuffer(bytes(range(1, 101)), "<i2")[:, None] / 2**15,
        1 / 8000,
        ("channel1",),
    ),
    "a height": (text("h,x\n0,1\n1,3\n"), [[0, 1], [1, 3]], None, ("h", "x")),
    "wav, one channel": (wav(TONE[:, 0]), TONE[:, :1], 1 / RATE, ("channel1",)),
}


@pytest.mark.parametrize("case", GOOD)
def test_series_are_what_the_files_say_whatever_their_names(case: str, tmp_path: Path) -> None:
    make, values, dt, names = GOOD[case]
    path = tmp_path / "series.data"
    make(path)
    found = read_series(path)
    assert found.values.dtype == np.float64
    np.testing.assert_array_equal(found.values, values)
    assert found.names == names and (found.dt is None) == (dt is None)
    assert dt is None or found.dt == pytest.approx(dt, rel=1e-12)


def mat(path: Path) -> None:
    with path.open("wb") as file:
        savemat(file, {"x": VALUES})


BAD: dict[str, tuple[Make, str]] = {
    "not there": (lambda path: None, "No such file"),
    "folder": (lambda path: path.mkdir(), "it is a folder"),
    "empty": (text(""), r"it is empty\); a time series is a .csv, .npy, .npz or .wav"),
    "Git LFS": (text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), "LFS pointer.*git lfs pull"),
    "MATLAB": (mat, r"a MATLAB file \(.mat\)\).*scipy.io.loadmat"),
    "MATLAB 7.3": (raw(b"MATLAB 7.3 MAT-file, Platform" + bytes(600)), "a MATLAB file of version 7.3.*-v7"),
    "NWB": (raw(b"\x89HDF\r\n\x1a\n" + bytes(600)), "HDF5 file, as NWB files are.*docs/recordings.md"),
    "pickle": (raw(b"\x80\x05K\x05."), "a Python pickle.*never read"),
    "PyTorch": (zipped(archive__data_pkl=b"x"), "no array"),
    "mp3": (raw(b"ID3\x03" + bytes(50)), "sound of another format.*ffmpeg"),
    "web page": (text("<!DOCTYPE html><html>"), "web page.*download the file itself"),
    "semicolons": (text("x;y\n1,5;2\n"), r"separated by semicolons.*decimal points.*decimal=','"),
    "semicolons, no names": (text("1,5;2\n1,5;3\n"), "separated by semicolons"),
    "tabs": (text("x\ty\n1\t2\n"), "separated by tabs"),
    "UTF-16": (text("x,y\n1,2\n", "utf-16"), "text in UTF-16.*UTF-8"),
    "Latin-1": (text("größe\n1\n2\n", "latin-1"), "another encoding than UTF-8"),
    "decimal comma": (text('x,y\n"1,5",2\n'), "row 0, column 'x': '1,5' is not a finite number; decimals .* point"),
    "row of commas": (text("x,y\n1,2\n3,4\n,\n"), "row 2 after the header holds nothing but commas"),
    "long row": (text("x,y\n1,2\n1,2,3\n"), "Expected 2 fields in line 3, saw 3"),
    "long rows": (text("x,y\n1,2,3\n1,2,3\n"), "not a readable table"),
    "short row": (text("x,y\n1,2\n1\n"), "row 1, column 'y': is missing"),
    "NaN in a CSV": (text("x,y\n1,2\n1,nan\n"), "row 1, column 'y'"),
    "NA in a CSV": (text("x,y\n1,2\nNA,2\n"), "row 1, column 'x': 'NA' is not a finite number"),
    "twice": (text("x,x\n1,2\n1,2\n"), "two columns are called 'x'"),
    "no name": (text(",x\n0,2\n1,3\n"), "a column has no name"),
    "no unit": (text("time,x\n0,2\n1,3\n"), "column 'time' looks like the time; call it time_s or time_ms"),
    "another name": (text("Time [ms],x\n0,2\n1,3\n"), "column 'Time .ms.' looks like the time; call it time_s or"),
    "hours": (text("time (h),x\n0,2\n1,3\n"), "column 'time .h.' looks like the time"),
    "elapsed": (text("elapsed_s,x\n0,2\n1,3\n"), "column 'elapsed_s' looks like the time"),
    "upper case": (text("TIME_S,x\n0,2\n1,3\n"), "column 'TIME_S' looks like the time"),
    "two columns of np.savetxt": (text(CLOCK), "first column rises in equal steps from 0 to 0.5, as a time"),
    "a counter": (text("index,x\n" + CLOCK), "first column rises in equal steps from 0 to 0.5"),
    "a time in an array": (npy(np.stack([np.arange(9) / 9, TONE[:9, 1]], axis=1)), "first channel rises .* dt"),
    "a comment": (text("# time_s,x\n0,1\n1,1\n"), "its first line begins with '#'; delete it, or the '#'"),
    "blanks": (text("0.0 1.0\n0.1 2.0\n0.2 2.5\n"), r"separated by blanks.*sep=r'.s.'"),
    "bars": (text("x|y\n0|1\n1|1\n"), "separated by vertical bars"),
    "infinite in a CSV": (text("x\ninf\n1\n"), "row 0, column 'x': inf is not"),
    "both units": (text("time_s,time_ms,x\n0,0,1\n1,1000,2\n"), "both time_s and time_ms"),
    "only time": (text("time_s\n0\n1\n"), "no column besides the time"),
    "one row": (text("x\n1\n"), "has 1 sample; a time series has two or more"),
    "no rows": (text("x,y\n"), "has no rows"),
    "a time lost": (text("time_s,x\n" + "".join(f"{i},1\n" for i in (0, 1, 2, 4, 5, 6))), "column 'time_s': .* row"),
    "time goes back": (text("time_s,x\n2,1\n1,1\n0,1\n"), "rise in equal steps"),
    "time stands": (text("time_s,x\n1,1\n1,1\n"), "rise in equal steps"),
    "long": (text("time_s,x\n0,1\n9e9,1\n"), "lasts 9e.09 s, not 1e-6 to 1e.06 s; see the unit"),
    "NaN": (npy(np.where(np.arange(12).reshape(6, 2) == 7, np.nan, 1)), r"the array at \(3, 1\) is nan, not a finite"),
    "infinite": (npz(values=np.array([1, 2, -np.inf])), r"'values' at \(2,\) is -inf, not a finite number"),
    "turned": (npy(VALUES.T), r"shape \(2, 6\) has more channels than samples.*transpose"),
    "three axes": (npz(values=np.ones((2, 2, 2))), r"'values' of shape \(2, 2, 2\) is not \(time, channel\)"),
    "complex": (npz(values=VALUES * 1j), "'values' holds complex128, complex numbers; give their .real"),
    "texts": (npz(values=["a", "b"]), "'values' holds <U1, not numbers"),
    "no numbers": (npy(np.zeros((0, 2))), r"of shape \(0, 2\) is empty"),
    "objects": (npy(np.array([{}], dtype=object)), "Python objects, which could run code and are never read"),
    "other names": (npz(x=VALUES), "lacks an array: 'values' is not one of x"),
    "a name misspelt": (npz(values=VALUES, nmaes=["a", "b"]), "an array too many: 'nmaes' is not .*; did you mean 'na"),
    "two clocks": (npz(values=VALUES, dt=1.0, time_s=np.arange(6)), "both dt and time_s"),
    "dt": (npz(values=VALUES, dt=-1.0), r"'dt' is \[-1.0\], not one positive number of seconds"),
    "dt that is true": (npz(values=VALUES, dt=True), r"'dt' is \[True\], not one positive number of seconds"),
    "too large": (npy(np.full(9, np.finfo(np.longdouble).max)), "not a finite number of double precision"),
    "short dt": (npz(values=VALUES, dt=1e-12), "'dt' says that it lasts 5e-12 s"),
    "times": (npz(values=VALUES, time_s=np.arange(5)), r"'time_s' of shape \(5,\) does not fit values of \(6, 2\)"),
    "names": (npz(values=VALUES, names=["a"]), r"'names' of shape \(1,\) and <U1 are not 2 different texts"),
    "8 TB": (raw(promise("(1000000, 1000000)")), r"takes 8,000,000,000,128 bytes, but has 128"),
    "8 TB in an archive": (zipped(**{"values.npy": promise("(1000000, 1000000)")}), "'values' of shape .* takes 8,000"),
    "negative shape": (raw(promise("(-1, -1)")), "not a readable NumPy array"),
    "bomb": (zipped(**{"values.npy": promise("(40000000,)") + bytes(1000)}), "'values' of shape"),
    "zeros": (npz(values=np.zeros(2**25 + 1, np.uint8)), "unpacks to more than 33,554,432 numbers"),
    "a text in an archive": (zipped(**{"read.me": b"hello"}), "'read.me' in it is no array"),
    "half a wav": (wav(keep=16_029), r"is cut off, 16,029 bytes are present and its header says 32,0\d\d"),
    "50 bytes of a wav": (wav(keep=64), r"is cut off, 64 bytes are present and its header says 32,0\d\d"),
    "header of a wav": (wav(keep=20), "not a readable wav file"),
    "a wav without samples": (wav(TONE[:0]), "has no samples"),
    "NaN in a wav": (wav(np.where(np.arange(8000).reshape(4000, 2) == 5, np.nan, TONE)), "sample 2 of channel 2 is no"),
    "loud wav": (wav(np.array([0.0, 1e300, 0.0])), "sample 1 is not a finite number up to 2.14748e.09"),
    "two parts with samples": (parts(FORMAT, data(), data(8)), "two parts called 'data', and one of them"),
    "samples behind the samples": (parts(FORMAT, data(), b"\1\2\3\4" * 9), "36 bytes follow its samples"),
    "a long wav that says less": (raw(rf64(50)), r"follow its samples|are present"),
    "a long wav cut off": (raw(rf64(100)[:-20]), "cut off|are present"),
    "two headers": (parts(FORMAT, FORMAT, data()), "two parts called 'fmt'"),
    "no channels": (parts(FORMAT.replace(b"\x01\0\x01\0", b"\x01\0\0\0"), data()), "says channels: 0, bits: 16"),
    "bytes of other bits": (parts(FORMAT.replace(b"\x02\0\x10", b"\x04\0\x10"), data()), "bits: 16, but 4 bytes"),
    "unfinished": (parts(FORMAT, b"data" + bytes(4) + bytes(90)), "says 0 bytes of samples, and 90 bytes follow"),
    "unfinished from the start": (raw(b"RIFF" + bytes(4) + b"WAVE" + FORMAT + data()), "header says 8 bytes, and 1"),
    "two sounds in one": (raw(2 * riff(FORMAT, data())), "its header says 144 bytes, and 288 are present"),
    "compressed wav": (wav(change=lambda w: w.replace(b"fmt \x12\0\0\0\x03", b"fmt \x12\0\0\0\x55")), "MPEGL"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_said_in_one_line(case: str, tmp_path: Path) -> None:
    make, message = BAD[case]
    path = tmp_path / "series.npz"  # a name decides nothing
    make(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match=message) as error:
            read_series(path)
    told = str(error.value)
    assert told.startswith(str(path)) and "\n" not in told and "allow_pickle" not in told and len(told) < 800


def test_a_wav_whose_chunk_is_longer_than_the_file_though_the_header_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    wavfile.write(path, RATE, TONE)
    content = path.read_bytes()[:16_028]
    path.write_bytes(content[:4] + (len(content) - 8).to_bytes(4, "little") + content[8:])
    with pytest.raises(ValueError, match=r"is cut off, 16,028 bytes are present and its header says 32,0\d\d"):
        read_series(path)


def test_what_macos_adds_to_an_archive_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, values=VALUES)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("__MACOSX/._values.npy", b"\x00\x05\x16\x07")
        archive.writestr(".DS_Store", b"x")
    np.testing.assert_array_equal(read_series(path).values, VALUES)


def test_a_character_cut_in_two_at_the_end_of_what_is_looked_at_is_text() -> None:
    assert kind_of(b"x" * 1023 + "ö".encode()[:1]) == "text" and kind_of(b"x\xff") == "encoded"


def test_kinds_are_not_mistaken_for_each_other() -> None:
    header = b'{"__metadata__":{}}'
    for length in (0x0280, 0x8B1F, 0x5A37FD, 0xFFFE):  # as pickles, gzip, xz and UTF-16 begin
        assert kind_of(length.to_bytes(8, "little") + header) == "safetensors"
    assert [kind_of(text) for text in (b"PAR1,PAR2\n1,2", b"ID3,ID4\n1,2", b"GIF8,x")] == ["text"] * 3
