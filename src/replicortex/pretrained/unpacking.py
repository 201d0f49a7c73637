"""From shipped files to networks and tables; nothing is used before its checksum has been compared."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from replicortex import checksums
from replicortex.config.experiment import rebuild
from replicortex.errors import choose
from replicortex.origin import Origin, merge, of_network
from replicortex.pretrained.manifest import (
    MANIFEST,
    VARIABLE,
    NetworkFile,
    Shipped,
    check_size,
    home,
    read,
    sha256,
    source,
)
from replicortex.readers.guard import one_line
from replicortex.readers.packed import unpack_xz
from replicortex.readers.tables import unpacked_columns

if TYPE_CHECKING:
    import pyarrow

    from replicortex.networks import Ensemble

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
        "configuration": configuration(shipped.networks[label]),
        "source": source([shipped]),
    }
    return checksums.with_notes(content, notes | {"metadata": json.dumps(told, sort_keys=True)})


def configuration(network: NetworkFile) -> str:
    """Fingerprint of a network's settings; what a setting that is newer than the network was, is its default."""
    return rebuild({**network.provenance["settings"], "seeds": []}, "shipped network").fingerprint()


def origin_of(shipped: Shipped, labels: Iterable[str] | None = None) -> Origin:
    """What the tables of shipped networks, or of some of them, were made from."""
    chosen = shipped.networks if labels is None else labels
    each = [
        of_network(
            {
                **shipped.networks[label].provenance,
                "experiment": shipped.experiment,
                "label": label,
                "configuration": configuration(shipped.networks[label]),
                "source": source([shipped]),
            }
        )
        for label in chosen
    ]
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
        environment variable ``REPLICORTEX_PRETRAINED`` names, else that of the checkout that the package was installed
        from (``pip install -e .``).

    Raises
    ------
    FileNotFoundError
        No networks are there at all, as beside a package installed from a wheel, or a file is missing.
    ValueError
        An experiment of which none are shipped, a label that is not shipped, networks of which only tables are, or a
        file that is not the one that the manifest lists.
    """
    from replicortex import networks

    here = (home() if root is None else Path(root)) / scale
    there = sorted(path.parent.name for path in here.glob(f"*/{MANIFEST}"))
    if not there:
        raise FileNotFoundError(
            f"{here}: no shipped networks are there; they come with a checkout: name its folder pretrained by root=... "
            f"or {VARIABLE}=..."
        )
    shipped = read(here / choose(experiment, there, "shipped experiment"))
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{label}.safetensors") for label in (labels or shipped.networks)]
        for path in paths:
            path.write_bytes(weights(shipped, path.stem))
        return networks.load(paths)


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
        networks = f"{len(shipped.networks)} networks" + ("" if with_weights else " without their weights")
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
