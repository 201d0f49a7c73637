"""Whatever a file of weights or a table holds: our error that names the file, at once; or exactly what was written."""

from __future__ import annotations

import lzma
import zipfile
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from analysis_networks import random_network
from fake_tables import make_tables
from fuzzing import COUNT, in_time, mutated_file
from safetensors.numpy import save_file
from shipped_networks import made_results

import replicortex as rx
from replicortex import checksums, pretrained, tables
from replicortex.networks.files import FORMAT
from replicortex.spiking.files import read_arrays, write_arrays
from replicortex.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from replicortex.training.moments import Moments, load_moments, save_moments

pytestmark = pytest.mark.long

UNITS = 6
ARRAYS = {name: weight.numpy() for name, weight in random_network(UNITS, 0).one(0).items()}
FILES = COUNT // 2  # mutations of each kind of file


def _weights(net: rx.networks.Ensemble) -> dict[str, Any]:
    return {"labels": net.labels, "architecture": net.architecture, "metadata": net.metadata, **net.parameters}


def _network(path: Path, write: bool) -> Any:
    if write:
        return rx.networks.save_ensemble(path, random_network(UNITS, 0))
    return _weights(rx.networks.load(path))


def _checkpoint(path: Path, write: bool) -> Any:
    if write:
        weights = random_network(UNITS, 1).one(0)
        groups = [{name: weight + i for name, weight in weights.items()} for i in range(3)]
        memory = {"first": groups[0], "left_basis": groups[1]}
        state = Checkpoint(weights, memory, 20, 1.5, [[0.0, 1.0], [2.0, 3.0]], {"omega": groups[2]})
        return save_checkpoint(path, state, "f" * 64)
    state = load_checkpoint(path, "f" * 64)
    return None if state is None else vars(state)


def _moments(path: Path, write: bool) -> Any:
    weights = random_network(UNITS, 0).one(0)
    if write:
        second = {name: weight + 1 for name, weight in weights.items()}
        return save_moments(path, Moments({"first": weights, "second": second}, 7), weights)
    return vars(load_moments(path, weights))


def _table(path: Path, write: bool, name: str = "units") -> Any:
    table = make_tables(n_units=UNITS)[name]
    return tables.write_table(table, path) if write else {"table": tables.read_table(path)}


def _imported(path: Path, write: bool) -> Any:
    arch = random_network(UNITS, 0).architecture
    if write:
        return np.savez(path, **ARRAYS) if path.suffix == ".npz" else save_file(ARRAYS, path)
    return _weights(rx.networks.read_imported(path, arch, "one"))


def _spiking(path: Path, write: bool) -> Any:
    if write:
        return write_arrays(path, ARRAYS, {"format": "of the spiking networks", "fingerprint": "f" * 64})
    arrays, header = read_arrays(path)
    return {"header": header, **arrays}


KINDS: dict[str, tuple[str, Callable[[Path, bool], Any]]] = {
    "network": (".safetensors", _network),
    "checkpoint": (".safetensors", _checkpoint),
    "moments": (".safetensors", _moments),
    "spiking": (".safetensors", _spiking),
    "table": (".parquet", _table),
    "history": (".parquet", partial(_table, name="history")),
    "imported": (".npz", _imported),
}


def equal(one: Any, other: Any) -> bool:
    """Whether two results are the same, down to the bits of arrays and tables."""
    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and one.dtype == other.dtype and np.array_equal(one, other)
    if isinstance(one, pd.DataFrame):
        return one.equals(other) and list(one.dtypes) == list(other.dtypes)
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(equal(one[k], other[k]) for k in one)
    return bool(one == other)


def attempt(read: Callable[[], Any], path: Path, what: str) -> Any:
    """What is read, or None if it was refused as it should be."""
    with in_time(what):
        try:
            return read()
        except (ValueError, FileNotFoundError) as error:
            assert str(path) in str(error) and len(str(error)) < 3000, (what, str(error)[:300])
            return None


@pytest.mark.parametrize("kind", KINDS)
def test_mutated_files(kind: str, tmp_path: Path) -> None:
    contents = {}
    for name, (suffix, handle) in KINDS.items():
        whole = tmp_path / f"whole_{name}{suffix}"
        handle(whole, True)
        contents[name] = whole.read_bytes()
    suffix, handle = KINDS[kind]
    original = handle(tmp_path / f"whole_{kind}{suffix}", False)
    assert original is not None
    others = [content for name, content in contents.items() if name != kind]
    path, outcomes = tmp_path / f"mutated{suffix}", Counter[str]()
    for number in range(FILES):
        content, how = mutated_file(contents[kind], others, number)
        path.write_bytes(content)
        found = attempt(lambda: handle(path, False), path, f"mutation {number} of {kind}: {how}")
        if content == contents[kind]:
            continue
        # a table of another kind is whole; who reads it looks at what it holds
        assert found is None or equal(found, original) or content in others, f"mutation {number} of {kind}: {how}"
        outcomes["refused" if found is None else "read as it was written"] += 1
    assert outcomes["refused"] > 0.5 * FILES, outcomes
    print(f"{FILES} mutated files of kind {kind}: {dict(outcomes)}")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "imported"])
def test_no_single_bit_can_change_unnoticed(kind: str, tmp_path: Path) -> None:
    """Every bit of a part of the file in turn: at least every seventh byte."""
    suffix, handle = KINDS[kind]
    path = tmp_path / f"a{suffix}"
    handle(path, True)
    content = path.read_bytes()
    step = max(1, 7 * 8 * 150 // (COUNT * 8))
    for place in range(COUNT % 7, len(content), step * max(1, len(content) // 2000)):
        damaged = bytearray(content)
        damaged[place] ^= 1 << (place // 7 % 8)
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match="damaged|not a readable"):
            sealed_or_read(handle, path)


def sealed_or_read(handle: Callable[[Path, bool], Any], path: Path) -> None:
    """Read a file whose mark itself may be what is damaged: then everything else has to be as it was."""
    checksums.read_sealed(path)
    found = handle(path, False)
    raise AssertionError(f"accepted: {found}")


def test_plain_arrays_of_another_program_have_at_least_their_shapes(tmp_path: Path) -> None:
    """A file without a checksum cannot show that a number changed, but what is read is what the settings ask for."""
    arch, path = random_network(UNITS, 0).architecture, tmp_path / "a.safetensors"
    save_file(ARRAYS, path)
    content = path.read_bytes()
    for number in range(FILES):
        path.write_bytes(mutated_file(content, [b"x" * 50], number)[0])
        net = attempt(lambda: rx.networks.read_imported(path, arch, "one"), path, f"mutation {number}")
        if net is not None:
            assert all(net.parameters[name].shape == (1, *ARRAYS[name].shape) for name in ARRAYS)
            assert all(bool(torch.isfinite(weight).all()) for weight in net.parameters.values())


def test_nothing_in_an_archive_is_executed(tmp_path: Path) -> None:
    """NumPy's format can hold pickled objects, which run code when they are read."""

    class Trap:
        def __reduce__(self) -> tuple[Any, tuple[str]]:
            return (open, (str(tmp_path / "canary"), "w"))  # type: ignore[return-value]

    path = tmp_path / "trap.npz"
    np.savez(path, **{**ARRAYS, "b_out": np.array([Trap()], dtype=object)})
    with pytest.raises(ValueError, match=r"trap\.npz"):
        rx.networks.read_imported(path, random_network(UNITS, 0).architecture, "one")
    assert not (tmp_path / "canary").exists()


def test_an_archive_that_unpacks_to_more_than_there_is_memory(tmp_path: Path) -> None:
    """A few kilobytes that promise terabytes, and as many that unpack to hundreds of megabytes of zeros."""
    path = tmp_path / "bomb.npz"
    header = (
        b"\x93NUMPY\x01\x00v\x00"
        + b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000), }".ljust(117)
        + b"\n"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ARRAYS:
            archive.writestr(f"{name}.npy", header)
    arch = random_network(UNITS, 0).architecture
    assert attempt(lambda: rx.networks.read_imported(path, arch, "one"), path, "promise") is None
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ARRAYS:
            with archive.open(f"{name}.npy", "w") as member:
                member.write(header.replace(b"(1000000, 1000000), }", b"(8388608,), }        "))
                member.write(bytes(1 << 26))
    assert attempt(lambda: rx.networks.read_imported(path, arch, "one"), path, "zeros") is None


SCALED = rx.load_config({"schedules": {"paper": {}}, "experiments": {"reference": {"network": {"units": UNITS}}}})


@pytest.mark.parametrize("which", ["manifest.json", "seed0.safetensors.xz", "tables/units.parquet"])
def test_mutated_shipped_files(which: str, tmp_path: Path) -> None:
    """What the manifest says of a file holds to the bit; a manifest cannot vouch for another file."""
    results = made_results(SCALED, tmp_path / "made")
    folder = pretrained.pack(results, "reference", tmp_path / "pretrained").folder
    original = (folder / which).read_bytes()

    def read() -> Any:
        shipped = pretrained.read(folder)
        return {"w": pretrained.weights(shipped, "seed0"), "t": pretrained.table(shipped, "units").to_pandas()}

    intact = read()
    for number in range(FILES // 3):
        content, how = mutated_file(original, [b"{}", b'{"format": 1}', lzma.compress(b"x")], number)
        (folder / which).write_bytes(content)
        found = attempt(read, folder, f"mutation {number} of {which}: {how}")
        assert found is None or equal(found, intact), f"mutation {number} of {which}: {how}"


@pytest.mark.parametrize(
    "change",
    [
        {"architecture": "{}"},
        {"architecture": '{"units": 1000000000}'},
        {"architecture": '{"strange": 1}'},
        {"architecture": "[1, 2]"},
        {"architecture": "not JSON"},
        {"architecture": "[" * 100_000},
        {"labels": '"seed0"'},
        {"labels": "5"},
        {"labels": '["a", "b"]'},
        {"metadata": "[]"},
        {"metadata": "{"},
    ],
)
def test_a_header_that_does_not_fit_its_weights(change: dict[str, str], tmp_path: Path) -> None:
    """Written by somebody who leaves out the checksum."""
    path = tmp_path / "odd.safetensors"
    header = {"format": FORMAT, "architecture": "{}", "labels": '["seed0"]', "metadata": "{}", **change}
    save_file({name: weight[None] for name, weight in ARRAYS.items()}, path, header)
    assert attempt(lambda: rx.networks.load(path), path, str(change)[:80]) is None


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "imported"])
def test_damage_to_the_mark_and_its_key_does_not_make_a_file_without_a_checksum(kind: str, tmp_path: Path) -> None:
    suffix, handle = KINDS[kind]
    path = tmp_path / f"a{suffix}"
    handle(path, True)
    damaged = path.read_bytes().replace(b"replicortex.checksum", b"replicortexvchecksum")
    damaged = damaged.replace(b"x.sha256", b"G.sha256")
    path.write_bytes(damaged[:9] + bytes([damaged[9] ^ 1]) + damaged[10:])
    with pytest.raises(ValueError, match="is damaged"):
        handle(path, False)
