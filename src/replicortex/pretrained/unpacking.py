"""From shipped files to networks and tables; nothing is used before its checksum has been compared."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from replicortex import checksums, extras
from replicortex.errors import choose
from replicortex.origin import Origin, merge
from replicortex.pretrained import kinds
from replicortex.pretrained.manifest import MANIFEST, VARIABLE, Shipped, check_size, home, read, sha256, source
from replicortex.readers.guard import one_line
from replicortex.readers.packed import unpack_xz
from replicortex.readers.tables import unpacked_columns

if TYPE_CHECKING:
    import pyarrow

    from replicortex.networks import Ensemble
    from replicortex.primer import Trained

_RESTORE = "restore it from the repository"


def weights(shipped: Shipped, label: str) -> bytes:
    """The weight file (safetensors) of a network, byte for byte as the training wrote it.

    Raises
    ------
    FileNotFoundError
        The file is missing.
    ValueError
        No such network, or only tables of it; the file is not the one that the manifest lists.
    """
    network = shipped.networks[choose(label, shipped.networks, f"shipped network of {shipped.experiment}")]
    path = shipped.network_path(label)
    if network.packed is None:
        raise ValueError(
            f"{path}: is not shipped, only the tables measured on this network are; set pretrained: false to train it"
        )
    content = unpack_xz(path, _checked(shipped, path, network.packed), _RESTORE)
    if sha256(content) != network.weights:
        raise ValueError(f"{path}: unpacks to other weights than {shipped.folder / MANIFEST} lists")
    return content


def marked_weights(shipped: Shipped, label: str) -> bytes:
    """The same as the workflow unpacks it: with a checksum in its header, and that it was shipped.

    Raises as `weights`.
    """
    content = weights(shipped, label)
    notes = checksums.safetensors_notes(content)
    told = json.loads(notes["metadata"]) | {
        "configuration": kinds.experiment_of(shipped.kind, shipped.networks[label]).fingerprint(),
        "source": source([shipped]),
    }
    return checksums.with_notes(content, notes | {"metadata": json.dumps(told, sort_keys=True)})


def table_origin(shipped: Shipped, name: str) -> Origin:
    """What a shipped table was made from: all networks, or the first alone."""
    return origin_of(shipped, list(shipped.networks)[:1] if name in shipped.of_first else None)


def origin_of(shipped: Shipped, labels: Iterable[str] | None = None) -> Origin:
    """What the tables of shipped networks, or of some of them, were made from."""
    chosen = shipped.networks if labels is None else labels
    each = [kinds.origin_of(shipped, label, source([shipped])) for label in chosen]
    (joined,) = merge(one for one in each if one is not None)
    return joined


def table(shipped: Shipped, name: str) -> pyarrow.Table:
    """A shipped table, with the column types that measuring gives (rounded columns as float64 again).

    Raises
    ------
    FileNotFoundError
        The file is missing.
    ValueError
        No such table; the file is not the one that the manifest lists.
    """
    with extras.named():
        import pyarrow  # weights are read without it

    checksum = shipped.tables[choose(name, shipped.tables, f"shipped table of {shipped.experiment}")]
    path = shipped.table_path(name)
    content = _checked(shipped, path, checksum)
    with one_line(path, "table", _RESTORE):
        found = unpacked_columns(content)
    wide = [pyarrow.float64() if field.type == pyarrow.float32() else field.type for field in found.schema]
    fields = [field.with_type(kind) for field, kind in zip(found.schema, wide, strict=True)]
    return found.cast(pyarrow.schema(fields, metadata=found.schema.metadata))


def history(shipped: Shipped, label: str) -> pyarrow.Table:
    """The learning history of one network; raises as `table`."""
    from pyarrow import compute

    everyone = table(shipped, "history")
    choose(label, shipped.networks, f"shipped network of {shipped.experiment}")
    return everyone.filter(compute.equal(everyone["network"], label))


def load(
    experiment: str, scale: str = "laptop", labels: Iterable[str] | None = None, root: str | Path | None = None
) -> Ensemble:
    """Shipped networks as one ensemble.

    Parameters
    ----------
    experiment, scale
        Which, e.g. "reference" at "laptop".
    labels
        Networks by label, in this order; all by default.
    root
        The folder ``pretrained`` of a checkout; by default that of the current folder, else the one that the
        environment variable ``REPLICORTEX_PRETRAINED`` names, else that of the package, or of the checkout that it was
        installed from (``pip install -e .``).

    Raises
    ------
    FileNotFoundError
        No networks are there at all, or a file is missing.
    ValueError
        An experiment of which none are shipped, a label that is not shipped, networks of which only tables are, or a
        file that is not the one that the manifest lists.
    """
    from replicortex import networks

    shipped = _of_kind("rate", experiment, scale, root)
    with tempfile.TemporaryDirectory() as folder:
        return networks.load(_unpacked(shipped, labels or shipped.networks, folder))


def load_small(
    experiment: str, scale: str = "laptop", labels: Iterable[str] | None = None, root: str | Path | None = None
) -> dict[str, Trained]:
    """Shipped networks on single tasks by label, as `primer.load` gives them, with the shipped history and curve.

    Parameters
    ----------
    experiment, scale, root
        As in `load`, e.g. "primer_context" at "laptop".
    labels
        Networks by label; by default all of which the weights are shipped.

    Raises
    ------
    FileNotFoundError, ValueError
        As `load`.
    """
    from replicortex import primer

    shipped = _of_kind("small", experiment, scale, root)
    chosen = [label for label, each in shipped.networks.items() if each.packed] if labels is None else labels
    with tempfile.TemporaryDirectory() as folder:
        files = _unpacked(shipped, chosen, folder)
        found = {path.stem: primer.load(path)[path.stem] for path in files}
    learnt = {name: table(shipped, name).to_pandas() for name in ("history", "curve") if name in shipped.tables}
    return {
        label: replace(each, **{n: rows[rows["network"] == label].reset_index(drop=True) for n, rows in learnt.items()})
        for label, each in found.items()
    }


def _of_kind(kind: str, experiment: str, scale: str, root: str | Path | None) -> Shipped:
    """What is shipped of an experiment, whose networks must be of a kind."""
    here = (home() if root is None else Path(root)) / scale
    there = sorted(path.parent.name for path in here.glob(f"*/{MANIFEST}"))
    if not there:
        raise FileNotFoundError(
            f"{here}: no shipped networks are there; they come with a checkout: name its folder pretrained by root=... "
            f"or {VARIABLE}=..."
        )
    shipped = read(here / choose(experiment, there, "shipped experiment"))
    if shipped.kind != kind:
        able = {"rate": "load", "small": "load_small"}.get(shipped.kind, "table and pretrained.weights")
        raise ValueError(f"{shipped.folder}: holds {shipped.kind} networks; read them with pretrained.{able}")
    return shipped


def _unpacked(shipped: Shipped, labels: Iterable[str], folder: str) -> list[Path]:
    """Weight files of networks, named after them, in a folder."""
    paths = [Path(folder, f"{label}.safetensors") for label in labels]
    for path in paths:
        path.write_bytes(weights(shipped, path.stem))
    return paths


def verify(root: str | Path | None = None) -> Iterator[str]:
    """Compare every shipped file with its checksum; yields one line per folder. ``root`` as in `load`.

    Raises
    ------
    FileNotFoundError
        A listed file is missing.
    ValueError
        A file is damaged, or not listed at all; all together are larger than the limit.
    """
    root = home() if root is None else Path(root)
    check_size(root, root.rglob("*"))
    for path in sorted(root.glob(f"*/*/{MANIFEST}")):
        shipped = read(path.parent)
        listed = {path}
        with_weights = [label for label, network in shipped.networks.items() if network.packed is not None]
        for label in with_weights:
            weights(shipped, label)
            listed.add(shipped.network_path(label))
        for name in shipped.tables:
            table(shipped, name)
            listed.add(shipped.table_path(name))
        foreign = [file for file in sorted(path.parent.rglob("*")) if file.is_file() and file not in listed]
        if foreign:
            raise ValueError(f"{foreign[0]}: is not listed in {path}")
        size = sum(file.stat().st_size for file in listed)
        networks = f"{len(shipped.networks)} networks"
        if len(with_weights) < len(shipped.networks):
            networks += f", {len(with_weights)} with their weights" if with_weights else " without their weights"
        yield f"{path.parent}: {networks}, {len(shipped.tables)} tables, {size:,} bytes: intact"


def _checked(shipped: Shipped, path: Path, expected: str) -> bytes:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(f"{path}: is missing, but {shipped.folder / MANIFEST} lists it") from None
    found = sha256(content)
    if found != expected:
        raise ValueError(
            f"{path}: is not the file that {shipped.folder / MANIFEST} lists (SHA-256 {found[:12]}..., expected "
            f"{expected[:12]}...); {_RESTORE}"
        )
    return content
