"""From a results folder to what is shipped."""

from __future__ import annotations

import io
import json
import lzma
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
from pyarrow import parquet

from replicortex import __version__, analysis, checksums, provenance
from replicortex.origin import Origin, check, merge, of_weights
from replicortex.pretrained.manifest import FOLDER, MANIFEST, TABLES, NetworkFile, Shipped, sha256
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
    )
)
BITS = 10
COARSE = {"epoch_variance": 8, "anti_rules": 8}
# xz told that the numbers are four bytes wide: as small as sorting the bytes by place first, and a plain .xz file
_XZ = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 2, "lp": 2, "pb": 2}]


def pack(results: str | Path, experiment: str, root: str | Path = FOLDER, *, weights: bool = True) -> Shipped:
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

    Raises
    ------
    FileNotFoundError
        No networks, or no learning history.
    ValueError
        A weight file that this pipeline did not write for this experiment and scale; a network that has not been
        measured, or a table of other networks.
    """
    scale = Path(results).resolve().name
    found = {path.stem: path for path in Path(results, "networks", experiment).glob("*.safetensors")}
    if not found:
        raise FileNotFoundError(f"{Path(results, 'networks', experiment)}: no networks there; train them first")
    folder = Path(results, "tables", experiment)
    tables, origins = _tables(folder)
    labels = _labels(tables["history"], found)
    for label in labels:
        check_name(label, "pack: network")
    for name, content in tables.items():
        check_networks(content.to_pandas(), f"{experiment}/{name}", labels, "pack: ")
    target = Path(root, scale, experiment)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        shipped = Shipped(part, experiment, scale, __version__, {}, {}, _measured())
        (part / "tables").mkdir(parents=True)
        for label in labels:
            shipped.networks[label] = _pack_network(found[label], shipped, weights)
        wanted = {each.mark for each in merge(one for label in labels for one in of_weights(found[label]))}
        for name, content in tables.items():
            check(folder / f"{name}.parquet", origins[name], wanted)
            packed = packed_table(name, content)
            shipped.table_path(name).write_bytes(packed)
            shipped.tables[name] = sha256(packed)
        (part / MANIFEST).write_text(shipped.to_json(), encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Shipped(target, experiment, scale, shipped.version, shipped.networks, shipped.tables, shipped.measured)


def _tables(folder: Path) -> tuple[dict[str, pyarrow.Table], dict[str, tuple[Origin, ...]]]:
    """The tables to ship that have been measured, and what each was made from."""
    if not (folder / "history.parquet").is_file():
        raise FileNotFoundError(f"{folder / 'history.parquet'}: no learning history; measure the networks first")
    present = [path for path in (folder / f"{name}.parquet" for name in TABLES) if path.is_file()]
    found = {path.stem: read_marked(path, required=True) for path in present}
    return {name: table for name, (table, _) in found.items()}, {name: origins for name, (_, origins) in found.items()}


def _labels(history: pyarrow.Table, found: dict[str, Path]) -> list[str]:
    """Networks in the order of the learning history, which must be those of the weight files."""
    labels: list[str] = history["network"].unique().to_pylist()
    odd = sorted(set(labels).symmetric_difference(found))
    if odd:
        raise ValueError(f"pack: {', '.join(odd)}: in the tables or among the weight files, not in both; measure them")
    return labels


def _measured() -> dict[str, Any]:
    """What the tables were measured with: the code as it is now, since the workflow keeps results in step with it."""
    measures = [f"replicortex.analysis:{name}" for name in analysis.__all__ if name.startswith("measure_")]
    return {
        "code": provenance.code_hash("replicortex.networks:load", *measures),
        "versions": provenance.environment(),
        "rounded": {"columns": sorted(ROUNDED), "significant_bits": BITS, "but": COARSE},
    }


def _pack_network(path: Path, shipped: Shipped, weights: bool) -> NetworkFile:
    metadata = _metadata(path)
    told = (metadata.get("experiment"), metadata.get("label"), metadata.get("settings", {}).get("scale"))
    expected = (shipped.experiment, path.stem, shipped.scale)
    if told != expected:
        raise ValueError(f"{path}: holds experiment, network and scale {told}, not {expected}")
    content = path.read_bytes()
    packed = None
    if weights and len(content) > MOST:
        raise ValueError(f"{path}: {len(content):,} bytes; {MOST:,} at most are unpacked again")
    if weights:
        compressed = lzma.compress(content, format=lzma.FORMAT_XZ, check=lzma.CHECK_CRC64, filters=_XZ)
        shipped.network_path(path.stem).write_bytes(compressed)
        packed = sha256(compressed)
    # the name of the machine stays in the weight file and helps nobody else
    told_to_all = {key: value for key, value in metadata.items() if key not in ("host", "experiment", "label")}
    return NetworkFile(packed, sha256(content), told_to_all)


def _metadata(path: Path) -> dict[str, Any]:
    """The metadata that the training wrote into a weight file's header."""
    try:
        metadata: dict[str, Any] = json.loads(checksums.safetensors_notes(checksums.read_sealed(path))["metadata"])
    except (KeyError, ValueError) as error:
        raise ValueError(f"{path}: is no weight file of this pipeline ({error!r})") from None
    return metadata


def packed_table(name: str, content: pyarrow.Table) -> bytes:
    """A table as a small parquet file; exact but for the columns in ``ROUNDED``."""
    for place, field in enumerate(content.schema):
        if field.name in ROUNDED and pyarrow.types.is_floating(field.type):
            values = pyarrow.array(rounded(content.column(place).to_numpy(), COARSE.get(name, BITS)))
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
