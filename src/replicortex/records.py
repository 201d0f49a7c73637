"""How files were made: a record beside each, and the chain from a figure down to the seeds.

Every script of the workflow leaves a record for each call in the folder ``.made`` beside what it wrote: which files,
with their SHA-256, from which others, by which command, code and versions, on which machine, from when to when. Times
stand there and not in tables and figures, which have the same bits whenever they are made. Networks carry the rest in
their weight files: settings, seed, code, processor, and whether the compiled kernel or PyTorch trained them.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import socket
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import replicortex
from replicortex.atomic import atomic_write
from replicortex.provenance import environment, fingerprint
from replicortex.shared_settings import merged

FOLDER = ".made"
MANIFEST = "manifest.json"  # of shipped networks; read here, since an edit of `pretrained` must retrain nothing
_LENGTH = 8  # bytes at the start of a safetensors file that hold the length of its JSON header
# Of a weight file's metadata, what a figure says of its networks; times are left to the records.
_OF_NETWORKS = ("configuration", "code", "device", "path", "compiler", "gpu", "versions")


@dataclass(frozen=True)
class Record:
    """One call of a script.

    Attributes
    ----------
    by : str
        The script, or the module that was called.
    arguments : list[str]
        Its command line.
    began, ended : str
        ISO 8601, UTC.
    host : str
    replicortex, code : str
        Version, and SHA-256 of all source files of the package.
    versions : dict[str, str]
        Of Python and libraries; platform and processor.
    inputs, outputs : dict[str, str]
        SHA-256 by path, of outputs by name.
    """

    by: str
    arguments: list[str]
    began: str
    ended: str
    host: str
    replicortex: str
    code: str
    versions: dict[str, str]
    inputs: dict[str, str]
    outputs: dict[str, str]


def sha256(path: str | Path) -> str:
    """SHA-256 of a file, in hex."""
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def code_version() -> str:
    """SHA-256, in hex, of every source file of the package: whether two results are of the same code."""
    home = Path(replicortex.__file__).parent
    files = [path for path in home.rglob("*") if path.suffix in (".py", ".cpp", ".h")]
    return fingerprint({path.relative_to(home).as_posix(): sha256(path) for path in files})


def write(by: str, arguments: Sequence[str], inputs: Mapping[str, str], outputs: Iterable[Path], began: float) -> None:
    """Leave a record beside the files that a call has written; of files in several folders, one in each.

    Parameters
    ----------
    by, arguments
        The script and its command line.
    inputs
        SHA-256 of what it read, by path.
    outputs
        What it wrote.
    began
        Seconds since 1970.
    """
    folders: dict[Path, dict[str, str]] = {}
    for path in outputs:
        if path.is_file():
            folders.setdefault(path.parent, {})[path.name] = sha256(path)
    record = Record(
        by=Path(by).name,
        arguments=list(arguments),
        began=_clock(began),
        ended=_clock(time.time()),
        host=socket.gethostname(),
        replicortex=replicortex.__version__,
        code=code_version(),
        versions=environment(),
        inputs=dict(inputs),
        outputs={},
    )
    for folder, files in folders.items():
        record = replace(record, outputs=files)
        path = folder / FOLDER / f"{next(iter(files))}.json"
        with atomic_write(path) as part:
            part.write_text(json.dumps(vars(record), indent=1) + "\n", encoding="utf-8")


def _clock(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat(timespec="seconds")


def of(path: str | Path) -> Record | None:
    """The record of how a file was made, or None if there is none."""
    path = Path(path)
    first = path.parent / FOLDER / f"{path.name}.json"
    found = [_read(first), *map(_read, sorted(first.parent.glob("*.json")))] if first.parent.is_dir() else []
    # a file may have been written by other calls before, under records of other names: the last one counts
    return max(
        (each for each in found if each and path.name in each.outputs), key=lambda each: each.ended, default=None
    )


def _read(path: Path) -> Record | None:
    return _parsed(path, path.stat().st_mtime_ns) if path.is_file() else None


@lru_cache(maxsize=4096)
def _parsed(path: Path, _: int) -> Record | None:
    try:
        record = Record(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        return None
    return record if isinstance(record.inputs, dict) and isinstance(record.outputs, dict) else None


def network(path: str | Path) -> dict[str, Any] | None:
    """What a weight file says of its network (settings, seed, code, versions, ...); None if it says nothing."""
    try:
        with open(path, "rb") as handle:
            length = int.from_bytes(handle.read(_LENGTH), "little")
            header = json.loads(handle.read(min(length, 100_000_000)))
        told = header["__metadata__"]
        metadata = json.loads(told["metadata"]) if "metadata" in told else {"settings": json.loads(told["settings"])}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    named = {"experiment": Path(path).parent.name, "label": Path(path).stem}
    return {**named, **metadata} if isinstance(metadata, dict) else None


def networks(paths: Iterable[str | Path]) -> dict[Path, dict[str, Any]]:
    """The networks that files come from, each once, with what their weight files say: by path, in the order met."""
    found: dict[Path, dict[str, Any]] = {}
    for path in ancestors(paths):
        metadata = network(path) if path.suffix == ".safetensors" else None
        if metadata is not None:
            found[path] = metadata
        elif path.name == MANIFEST and path.is_file():
            found |= shipped(path)
    return found


def shipped(path: Path) -> dict[Path, dict[str, Any]]:
    """The same of the networks that a manifest of shipped ones lists; none if it is damaged."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        found = {}
        for label, entry in told["networks"].items():
            named = {"experiment": told["experiment"], "label": label}
            found[path.parent / f"{label}.safetensors"] = named | merged(entry["provenance"], told["provenance_of_all"])
        return found
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def ancestors(paths: Iterable[str | Path]) -> Iterator[Path]:
    """Files, all that they were made from, and the weights written together with what they were made from."""
    seen: set[Path] = set()
    waiting = [Path(path) for path in paths]
    while waiting:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        yield path
        record = of(path)
        if record is not None:
            waiting += [Path(source) for source in record.inputs]
            waiting += [path.parent / name for name in record.outputs if name.endswith(".safetensors")]


def summary(tables: Iterable[str | Path], scale: str) -> dict[str, Any]:
    """What a figure carries of its origin: the same whenever it is drawn of networks of the same settings and seeds.

    Returns
    -------
    dict
        ``scale``, ``replicortex``, ``code``, ``versions`` of what draws; and of each experiment ``seeds``, a
        fingerprint of all ``configurations``, the ``settings`` of the first network, and what trained its networks.
    """
    experiments: dict[str, list[dict[str, Any]]] = {}
    for metadata in networks(tables).values():
        experiments.setdefault(str(metadata["experiment"]), []).append(metadata)
    told = {name: _population(each) for name, each in sorted(experiments.items())}
    drawn = {"replicortex": replicortex.__version__, "code": code_version(), "versions": environment()}
    return {"scale": scale, **drawn, "experiments": told}


def _population(each: list[dict[str, Any]]) -> dict[str, Any]:
    each = sorted(each, key=lambda metadata: str(metadata.get("label")))
    shared = {key: _values(metadata.get(key) for metadata in each) for key in _OF_NETWORKS if key != "configuration"}
    configurations = sorted({str(metadata.get("configuration")) for metadata in each})
    return {
        "networks": len(each),
        "seeds": sorted({metadata["seed"] for metadata in each if isinstance(metadata.get("seed"), int)}),
        "configurations": configurations[0] if len(configurations) == 1 else fingerprint(configurations),
        "settings": each[0].get("settings"),
        **shared,
    }


def _values(values: Iterable[Any]) -> Any:
    """The one value that all have, or the list of those that occur."""
    different = {json.dumps(value, sort_keys=True): value for value in values}
    found = [different[key] for key in sorted(different)]
    return found[0] if len(found) == 1 else found
