"""Files of this library: the same content gives the same bytes, and what is unpacked stays within bounds."""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow
import pytest
import torch
from analysis_networks import random_network
from pyarrow import parquet
from safetensors.numpy import load

import replicortex as rx
from replicortex import checksums, tables
from replicortex.networks.files import read_tensors, write_tensors
from replicortex.pretrained.packing import packed_table
from replicortex.readers import read_parquet, read_series
from replicortex.readers.packed import unpack_xz
from replicortex.readers.tables import unpacked_columns
from replicortex.recordings import Animal, Unit
from replicortex.spiking.files import read_arrays, write_arrays
from replicortex.spiking.music import write_wav

NOTES = {name: str(number) for number, name in enumerate("zyxwvutsrqponm")}
ARRAYS = {
    "b": np.arange(5, dtype=np.float32),
    "one": np.array(3.5),
    "none": np.zeros((0, 3)),
    "a": np.ones((2, 3)),
    "ö": np.array([True, False]),
}
TABLE = pd.DataFrame({"x": [1.5, 2.5], "name": ["a", "b"]})


def _animal() -> Animal:
    trials = pd.DataFrame({"motion_coherence": [0.1, -0.1], "colour_coherence": [0.3, 0.1], "context": [1, -1],
                           "choice": [1, -1], "correct": [1, 0]}).astype(float)  # fmt: skip
    units = tuple(Unit(name, np.arange(6.0).reshape(2, 3), trials) for name in ("u2", "u1"))
    return Animal("ar", "counts", np.array([10.0, 30.0, 50.0]), units)


def _write_recordings(path: Path) -> None:
    (folder,) = rx.recordings.write([_animal()], path.with_suffix(".folder"))
    path.write_bytes(b"".join(file.read_bytes() for file in sorted(folder.iterdir())))


WRITERS: dict[str, Callable[[Path], Any]] = {
    "arrays": lambda path: write_arrays(path, ARRAYS, NOTES),
    "tensors": lambda path: write_tensors(path, {k: torch.from_numpy(v) for k, v in ARRAYS.items()}, NOTES),
    "network": lambda path: rx.networks.save_ensemble(path, random_network(5, 0)),
    "table": lambda path: tables.write_table(TABLE, path),
    "shipped table": lambda path: path.write_bytes(packed_table("units", pyarrow.Table.from_pandas(TABLE))),
    "sound": lambda path: write_wav(path, np.sin(np.arange(99.0))),
    "recordings": _write_recordings,
}


@pytest.mark.parametrize("kind", WRITERS)
def test_the_same_content_gives_the_same_bytes(kind: str, tmp_path: Path) -> None:
    found = []
    for number in range(4):  # notes in an order by chance would agree once in 10**11
        WRITERS[kind](tmp_path / f"{number}")
        found.append((tmp_path / f"{number}").read_bytes())
    assert len(set(found)) == 1 and found[0]


def test_tensors_and_notes_come_back_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    write_arrays(path, ARRAYS, NOTES)
    arrays, notes = read_arrays(path)
    assert notes == NOTES and list(arrays) == sorted(ARRAYS) and load(path.read_bytes()).keys() == arrays.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array)
        assert arrays[name].dtype == array.dtype
    assert read_tensors(path)[1] == NOTES
    assert list(_notes_as_written(path)) == [*sorted(NOTES), checksums.KEY]


@pytest.mark.parametrize("note", [{"k": 5}, {"k": None}, {checksums.KEY: "x"}, {"k": checksums.BLANK}])
def test_notes_that_would_not_come_back_are_not_written(note: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a: not written, note '.*' is no text, or looks like the checksum"):
        write_arrays(tmp_path / "a", ARRAYS, note)
    assert not (tmp_path / "a").exists()


def test_a_sound_comes_back_as_it_was_written(tmp_path: Path) -> None:
    sound = np.sin(np.arange(500) / 7)
    write_wav(tmp_path / "a.wav", sound, 8192)
    found = read_series(tmp_path / "a.wav")
    np.testing.assert_allclose(found.values[:, 0], sound, atol=1 / 16_384)
    assert found.dt == 1 / 8192
    for rate in (0, -1, 8192.5, True, 10**8):
        with pytest.raises(ValueError, match="b.wav: rate: .* is not 1 to 10,000,000 whole samples per second"):
            write_wav(tmp_path / "b.wav", sound, rate)  # type: ignore[arg-type]


def _notes_as_written(path: Path) -> dict[str, str]:
    content = path.read_bytes()
    return json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])["__metadata__"]


def test_weights_that_could_not_be_read_are_not_written(tmp_path: Path) -> None:
    net, path = random_network(5, 0), tmp_path / "a.safetensors"
    net.parameters["b_rec"][0, 2] = float("nan")
    with pytest.raises(ValueError, match=r"a.safetensors: not written, b_rec: holds numbers that are not finite"):
        rx.networks.save_ensemble(path, net)
    assert not path.exists()


XZ: dict[str, tuple[bytes, str]] = {
    "other": (b"x" * 50, "not a readable xz file .*format"),
    "cut": (lzma.compress(b"x" * 5000)[:-20], "it is cut off"),
    "longer": (lzma.compress(b"x") + b"more", "it goes on behind its end"),
    "damaged": (lzma.compress(bytes(range(256)) * 9)[:40] + bytes(60), "not a readable xz file"),
    "bomb": (lzma.compress(bytes(2**20 + 1), preset=0), "it unpacks to more than 1,048,576 bytes"),
}


@pytest.mark.parametrize("case", XZ)
def test_xz_files_are_unpacked_within_bounds(case: str) -> None:
    assert unpack_xz("a.xz", lzma.compress(bytes(2**20)), "", 2**20) == bytes(2**20)
    content, message = XZ[case]
    with pytest.raises(ValueError, match=rf"^a\.xz: .*{message}.*; copy it again$"):
        unpack_xz("a.xz", content, "copy it again", 2**20)


def test_tables_are_unpacked_within_bounds(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"  # a name decides nothing
    column = pyarrow.array(np.zeros(2**20))
    parquet.write_table(pyarrow.table({"x": column}), path, compression="brotli")
    assert path.stat().st_size < 10_000 and len(read_parquet(path)) == 2**20
    with pytest.raises(ValueError, match="it unpacks to 1,048,576 numbers"):
        unpacked_columns(path.read_bytes(), 2**19)
    lists = pyarrow.array([[0.0] * 2**20])
    parquet.write_table(pyarrow.table({"x": lists}), path)
    with pytest.raises(ValueError, match="it unpacks to 1,048,576 numbers"):
        unpacked_columns(path.read_bytes(), 2**19)
    parquet.write_table(pyarrow.table({"x": ["long" * 1000] * 3000 + [None, "ö"]}), path)
    assert path.stat().st_size < 10_000 and len(unpacked_columns(path.read_bytes(), 2**21)) == 3002
    with pytest.raises(ValueError, match="it unpacks to 3,002 numbers and 12,000,002 bytes"):
        unpacked_columns(path.read_bytes(), 2**20)
    parquet.write_table(pyarrow.table([column[:3], column[:3]], names=["x", "x"]), path)
    with pytest.raises(ValueError, match="a.csv: two columns are called 'x'"):
        read_parquet(path)
    path.write_bytes(b"PAR1\x15" + bytes(90))
    with pytest.raises(ValueError, match="a.csv: not a readable table .*"):
        read_parquet(path)


def test_an_index_of_pandas_is_a_column(tmp_path: Path) -> None:
    TABLE.set_index("name").to_parquet(tmp_path / "a.parquet")
    assert read_parquet(tmp_path / "a.parquet")[["x", "name"]].equals(TABLE)
