"""From a results folder to what is shipped."""

from __future__ import annotations

import io
import json
import lzma
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow
from pyarrow import parquet

from replicortex import __version__, analysis, checksums, origin, provenance, records
from replicortex.origin import Origin, check, merge, of_weights
from replicortex.pretrained.kinds import KINDS
from replicortex.pretrained.manifest import FOLDER, MANIFEST, TABLES, NetworkFile, Shipped, check_size, sha256
from replicortex.readers.content import check_name
from replicortex.readers.packed import MOST
from replicortex.tables import check_networks, read_marked

# Columns of measured numbers with as many significant bits as they keep (relative error at most 2^-10 = 0.001): forty
# networks' tables would take more than twice the space otherwise. The two largest tables, half of all numbers, keep
# fewer (0.004). Performances, trials, conditions and counts stay as they are, and what was found in the numbers
# (clusters, groups, histograms) was found before.
ROUNDED = frozenset(
    (
        *("variance", "variance_1", "variance_2", "ftv", "fraction", "share", "silhouette", "tsne_1", "tsne_2"),
        *("loss", "regulariser", "wall_s", "loss_intact", "loss_lesioned"),
        *("weight", "mean", "sem", "distance", "within"),
        *(f"component_{number}" for number in range(1, 16)),
    )
)
BITS = 10
COARSE = {"epoch_variance": 8, "anti_rules": 8}
_EXACT = frozenset({"time_ms", "time_s", "coherence"})
# and tables that no figure and no claim reads
_LEFT = {
    f"primer_{name}": ("curve",)
    for name in ("grid", "grid_delay", "connectivity", "identity", "silent_memory", "classics")
}
# xz told that the numbers are four bytes wide: as small as sorting the bytes by place first, and a plain .xz file
_XZ = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 2, "lp": 2, "pb": 2}]


@dataclass(frozen=True)
class Found:
    """A trained network that is to be shipped.

    Attributes
    ----------
    path
        The file that its training wrote.
    content
        Its weight file: that file, or of a file with many networks this one by itself.
    metadata
        What that says of it: experiment, label, settings, seed, ...
    """

    path: Path
    content: bytes
    metadata: dict[str, Any]

    @property
    def trained(self) -> str:
        """When its training had ended, UTC: the time of the training's file."""
        return datetime.fromtimestamp(self.path.stat().st_mtime, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def pack(
    results: str | Path, experiment: str, root: str | Path = FOLDER, *, weights: bool = True, weights_of: str = "*"
) -> Shipped:
    """Pack all networks of an experiment, with the tables measured on them, in place of those shipped before.

    Parameters
    ----------
    results
        Folder ``results/<scale>`` in which they have been trained and measured.
    experiment
        Name of the experiment, e.g. "reference".
    root
        Folder that receives ``<scale>/<experiment>/``.
    weights
        False for the tables alone, where the networks are too many to ship: their settings, seeds and the SHA-256 of
        their weight files stand in the manifest all the same.
    weights_of
        Pattern of the labels whose weights are shipped, such as ``"*seed0"``; of the others the tables alone.

    Raises
    ------
    FileNotFoundError
        No networks, or no table that lists them.
    ValueError
        A weight file that this pipeline did not write for this experiment and scale; a network that has not been
        measured, or a table of other networks.
    """
    scale = Path(results).resolve().name
    found, tables, origins = collected(results, experiment, "pack")
    kind = _kind(results, experiment)
    target = Path(root, scale, experiment)
    with replaced(target, Path(root)) as part:
        shipped = Shipped(part, experiment, scale, __version__, {}, {}, measured(kind), kind, of_first(found, origins))
        for label, each in found.items():
            shipped.networks[label] = pack_network(each, label, shipped, weights and fnmatchcase(label, weights_of))
        check_origins(results, experiment, found, origins)
        for name, content in tables.items():
            write_packed(shipped, name, content)
        (part / MANIFEST).write_text(shipped.to_json(), encoding="utf-8")
    return replace(shipped, folder=target)


def _kind(results: str | Path, experiment: str) -> str:
    """Of an experiment's networks, from where they lie."""
    places = (name for name, kind in KINDS.items() if Path(results, kind.weights, experiment).is_dir())
    return next(places, "rate")


def collected(
    results: str | Path, experiment: str, where: str
) -> tuple[dict[str, Found], dict[str, pyarrow.Table], dict[str, tuple[Origin, ...]]]:
    """Networks by label, in the order of the table that lists them, tables to ship, and what each was made from.

    Raises as `pack`; messages about tables begin with ``where``.
    """
    kind = _kind(results, experiment)
    place = KINDS[kind]
    folder, weights = Path(results, place.tables, experiment), Path(results, place.weights, experiment)
    paths = sorted(weights.glob("*.safetensors"))
    if not paths:
        raise FileNotFoundError(f"{weights}: no networks there; train them first")
    found = {label: each for path in paths for label, each in (split(path) if kind == "small" else _whole(path))}
    tables, origins = _tables(folder, kind)
    labels = _labels(tables[place.listing], found, where)
    for label in labels:
        check_name(label, f"{where}: network")
    for name, content in tables.items():
        # tables on networks of the other kinds may be of one network, or of some
        per = "network" if kind == "rate" else "experiment"
        check_networks(content.to_pandas(), f"{experiment}/{name}", labels, f"{where}: ", per=per)
    return {label: found[label] for label in labels}, tables, origins


def _whole(path: Path) -> Iterator[tuple[str, Found]]:
    """The network in a weight file that holds one, and how long it was trained, from its history."""
    told, history = _metadata(path), path.with_suffix(".history.parquet")
    if history.is_file():
        seconds = read_marked(history, required=True)[0]["wall_s"].to_numpy()
        told.setdefault("wall_s", round(float(seconds.max()), 1))
    yield path.stem, Found(path, path.read_bytes(), told)


def split(path: Path) -> Iterator[tuple[str, Found]]:
    """The networks on single tasks that one training wrote into a file, each as a file by itself.

    Raises
    ------
    ValueError
        The workflow did not write the file.
    """
    from replicortex.networks.files import read_tensors, write_tensors

    tensors, header = read_tensors(path, required=True)
    record = records.of(path)
    if record is None:
        raise ValueError(f"{path}: has no record of its training next to it; train it with the workflow")
    began = datetime.fromisoformat(record.began).timestamp()
    (whole,) = origin.loads(header.get(origin.KEY))
    for label, settings in json.loads(header["settings"]).items():
        alone = replace(whole, networks={label: whole.networks[label]})
        notes = {**header, "settings": json.dumps({label: settings}), origin.KEY: origin.dumps([alone])}
        notes.pop(checksums.KEY, None)
        own = {name: tensor for name, tensor in tensors.items() if name.startswith(f"{label}/")}
        with TemporaryDirectory() as folder:
            write_tensors(Path(folder, "alone"), own, notes)
            content = Path(folder, "alone").read_bytes()
        told = {
            "experiment": settings["name"],
            "label": label,
            "seed": int(label.rpartition("seed")[2]),
            "settings": settings,
            "versions": json.loads(header["versions"]),
            # of all that are in the file, so that no network began before its end minus this
            "wall_s": round(path.stat().st_mtime - began, 1),
        }
        yield label, Found(path, content, told)


def check_origins(
    results: str | Path, experiment: str, found: Mapping[str, Found], origins: Mapping[str, tuple[Origin, ...]]
) -> None:
    """Make sure that tables were made from the weight files beside them; raises ValueError.

    Of networks that are not on the twenty tasks, a table may be made from the first alone.
    """
    paths = dict.fromkeys(each.path for each in found.values())
    kind = _kind(results, experiment)
    wanted = {each.mark for each in merge(one for path in paths for one in of_weights(path))}
    if kind in ("spiking", "taught"):
        wanted |= {each.mark for each in of_weights(next(iter(paths)))}
    for name, each in origins.items():
        check(Path(results, KINDS[kind].tables, experiment, f"{name}.parquet"), each, wanted)


def of_first(found: Mapping[str, Found], origins: Mapping[str, tuple[Origin, ...]]) -> tuple[str, ...]:
    """Names of the tables that were made from the first network alone, where there are others."""
    first = [next(iter(found))]
    alone = [name for name, each in origins.items() if [label for one in each for label in one.networks] == first]
    return tuple(alone) if len(found) > 1 else ()


@contextmanager
def replaced(target: Path, root: Path) -> Iterator[Path]:
    """A new folder, which takes the place of ``target`` if all goes well; otherwise all stays as it was.

    Raises
    ------
    ValueError
        Everything below ``root`` would be larger than the limit.
    """
    part, old = (target.with_name(f".{target.name}.{os.getpid()}.{name}") for name in ("part", "old"))
    try:
        (part / "tables").mkdir(parents=True)
        yield part
        check_size(root, (path for path in root.rglob("*") if target not in path.parents))
        if target.exists():
            target.rename(old)
        part.rename(target)
    finally:
        if old.exists() and not target.exists():
            old.rename(target)
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _tables(folder: Path, kind: str) -> tuple[dict[str, pyarrow.Table], dict[str, tuple[Origin, ...]]]:
    """The tables to ship that have been measured, and what each was made from."""
    listing = folder / f"{KINDS[kind].listing}.parquet"
    if not listing.is_file():
        what = "learning history" if kind in ("rate", "small") else "measures"
        raise FileNotFoundError(f"{listing}: no {what}; measure the networks first")
    if kind != "rate":
        present = [path for path in sorted(folder.glob("*.parquet")) if path.stem not in _LEFT.get(folder.name, ())]
    else:
        present = [path for path in (folder / f"{name}.parquet" for name in TABLES) if path.is_file()]
    found = {path.stem: read_marked(path, required=True) for path in present}
    return {name: table for name, (table, _) in found.items()}, {name: origins for name, (_, origins) in found.items()}


def _labels(listing: pyarrow.Table, found: Mapping[str, Found], where: str) -> list[str]:
    """Networks in the order of the table that lists them, which must be those of the weight files."""
    labels: list[str] = listing["network"].unique().to_pylist()
    odd = sorted(set(labels).symmetric_difference(found))
    if odd:
        raise ValueError(
            f"{where}: {', '.join(odd)}: in the tables or among the weight files, not in both; measure them"
        )
    return labels


def measured(kind: str) -> dict[str, Any]:
    """What the tables were measured with: the code as it is now, since the workflow keeps results in step with it."""
    measures = [f"replicortex.analysis:{name}" for name in analysis.__all__ if name.startswith("measure_")]
    rounded = {"columns": sorted(ROUNDED), "significant_bits": BITS, "but": COARSE}
    return {
        "code": provenance.code_hash(*KINDS[kind].measure, *(measures if kind == "rate" else ())),
        "versions": provenance.environment(),
        "rounded": {"tables": by_table} if (by_table := KINDS[kind].rounded) is not None else rounded,
    }


def pack_network(network: Found, label: str, shipped: Shipped, weights: bool) -> NetworkFile:
    """Write a weight file, compressed, into the folder; what the manifest says about it.

    Raises
    ------
    ValueError
        This pipeline did not write it for this experiment and scale.
    """
    path, content, metadata = network.path, network.content, network.metadata
    told = (metadata.get("experiment"), metadata.get("label"), metadata.get("settings", {}).get("scale"))
    expected = (shipped.experiment, label, shipped.scale)
    if told != expected:
        raise ValueError(f"{path}: holds experiment, network and scale {told}, not {expected}")
    packed = None
    if weights and len(content) > MOST:
        raise ValueError(f"{path}: {len(content):,} bytes; {MOST:,} at most are unpacked again")
    if weights:
        compressed = lzma.compress(content, format=lzma.FORMAT_XZ, check=lzma.CHECK_CRC64, filters=_XZ)
        shipped.network_path(label).write_bytes(compressed)
        packed = sha256(compressed)
    # the name of the machine stays in the weight file and helps nobody else
    told_to_all = {key: value for key, value in metadata.items() if key not in ("host", "experiment", "label")}
    return NetworkFile(packed, sha256(content), network.trained, told_to_all)


def _metadata(path: Path) -> dict[str, Any]:
    """The metadata that the training wrote into a weight file's header."""
    try:
        metadata: dict[str, Any] = json.loads(checksums.safetensors_notes(checksums.read_sealed(path))["metadata"])
    except (KeyError, ValueError) as error:
        raise ValueError(f"{path}: is no weight file of this pipeline ({error!r})") from None
    return metadata


def write_packed(shipped: Shipped, name: str, content: pyarrow.Table) -> None:
    """Write a table, rounded, into the folder, and its checksum into ``shipped``."""
    packed = packed_table(name, content, shipped.kind)
    shipped.table_path(name).write_bytes(packed)
    shipped.tables[name] = sha256(packed)


def packed_table(name: str, content: pyarrow.Table, kind: str = "rate") -> bytes:
    """A table as a small parquet file; exact but for the columns in ``ROUNDED``, or the tables that its kind rounds."""
    by_table = KINDS[kind].rounded
    for place, field in enumerate(content.schema):
        bits = COARSE.get(name, BITS) if field.name in ROUNDED else None
        if by_table is not None:
            bits = by_table.get(name) if field.name not in _EXACT else None
        if bits and pyarrow.types.is_floating(field.type):
            values = pyarrow.array(rounded(content.column(place).to_numpy(), bits))
            content = content.set_column(place, field.with_type(values.type), values)
    floats = [field.name for field in content.schema if pyarrow.types.is_floating(field.type)]
    others: Sequence[str] = [field for field in content.column_names if field not in floats]
    sink = io.BytesIO()  # without what pandas and Arrow say about the columns, a quarter of a small file
    parquet.write_table(content.replace_schema_metadata(None), sink, compression="brotli", compression_level=11,
                        use_dictionary=others, use_byte_stream_split=floats, write_statistics=False,
                        store_schema=False)  # fmt: skip
    return sink.getvalue()


def rounded(values: np.ndarray, bits: int) -> np.ndarray:
    """Float32 with ``bits`` significant bits; NaN stays.

    Examples
    --------
    >>> rounded(np.array([0.1, 3.0]), bits=3)
    array([0.09375, 3.     ], dtype=float32)
    """
    fraction, exponent = np.frexp(values)
    return np.ldexp(np.round(fraction * 2**bits) / 2**bits, exponent).astype(np.float32)
