"""``python -m replicortex.explain FILE``: how a file was made, and what that was made from, down to the seeds.

A file that is not the one that was recorded, or not the one that was read, is marked with an exclamation mark.
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from replicortex import records

_SHORT = 12  # digits of a checksum that are shown
_MACHINE = ("platform", "processor")


def explain(path: str | Path) -> Iterator[str]:
    """The lines of the chain of a file.

    Raises
    ------
    FileNotFoundError
        No such file.
    ValueError
        Nothing is known of how it was made.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; draw or measure it first")
    if records.of(path) is None and records.network(path) is None:
        inside = embedded(path)
        if inside is None:
            where = f"records lie in {records.FOLDER}/ next to the files of the workflow"
            raise ValueError(f"{path}: nothing is recorded of how it was made; {where}")
        yield f"{path}: has no record next to it; what the file itself says:"
        yield from _populations(inside)
        return
    yield from _chain(path, None, 0, {})
    yield ""
    yield from _origin(path)


def _chain(path: Path, expected: str | None, depth: int, seen: dict[Path, str]) -> Iterator[str]:
    """A file and what it was made from, indented; each file is explained once."""
    margin = "  " * depth
    found = records.sha256(path) if path.is_file() else ""
    record = records.of(path)
    changed = [
        "! is no longer there" if not found else "",
        "! has changed since it was read" if expected and found and found != expected else "",
        "! has changed since it was made" if record and found and found != record.outputs[path.name] else "",
    ]
    marks = "".join(f"  {text}" for text in changed if text)
    if path in seen:
        yield f"{margin}{path}  (above){marks}"
        return
    seen[path] = found
    yield f"{margin}{path}  sha256 {found[:_SHORT]}{marks}"
    metadata = records.network(path) if path.suffix == ".safetensors" else None
    if metadata is not None:
        yield f"{margin}  {_trained(metadata)}"
    if path.name == records.MANIFEST:
        yield from (f"{margin}  {source.name}: {_trained(told)}" for source, told in records.shipped(path).items())
        return
    if record is None:
        if metadata is None:
            yield f"{margin}  (comes from outside of the workflow, or was made before there were records)"
        return
    yield f"{margin}  made by {record.by}, {_when(record)}"
    beside = [path.parent / name for name in record.outputs if name.endswith(".safetensors") and name != path.name]
    for source in beside if metadata is None else []:
        yield from _chain(source, None, depth + 1, seen)
    for name, digest in record.inputs.items():
        yield from _chain(Path(name), digest, depth + 1, seen)


def _trained(metadata: dict[str, Any]) -> str:
    settings = metadata.get("settings") or {}
    schedule = (settings.get("schedule") or {}).get("name", "") if isinstance(settings, dict) else ""
    return ", ".join(
        text
        for text in (
            f"experiment {metadata['experiment']}, network {metadata['label']}",
            f"seed {metadata['seed']}" if "seed" in metadata else "",
            f"settings {str(metadata['configuration'])[:_SHORT]}" if "configuration" in metadata else "",
            f"schedule {schedule}" if schedule else "",
            f"{metadata['updates']:,} updates" if "updates" in metadata else "",
            f"{metadata['wall_s']} s" if "wall_s" in metadata else "",
            f"path {metadata['path']} on {metadata.get('device', 'cpu')}" if "path" in metadata else "",
            f"code {str(metadata['code'])[:_SHORT]}" if "code" in metadata else "",
            (metadata.get("versions") or {}).get("processor", ""),
        )
        if text
    )


def _when(record: records.Record) -> str:
    began, ended = (datetime.datetime.fromisoformat(text) for text in (record.began, record.ended))
    seconds = f"{(ended - began).total_seconds():.0f} s"
    return f"{record.ended}, {seconds} on {record.host}, replicortex {record.replicortex} (code {record.code[:_SHORT]})"


def _origin(path: Path) -> Iterator[str]:
    """The last thing: settings and seeds of the networks, and the versions that computed."""
    yield from _populations(records.summary([path], scale=""))


def _populations(told: dict[str, Any]) -> Iterator[str]:
    if not told.get("experiments"):
        yield "It depends on no trained network."
    for name, population in told.get("experiments", {}).items():
        seeds = ", ".join(map(str, population.get("seeds", []))) or "in the settings"
        yield f"{name}: {population.get('networks')} networks from the seeds {seeds}; settings of the first:"
        text = yaml.safe_dump(population.get("settings"), default_flow_style=None, width=110, sort_keys=False)
        yield from (f"  {line}" for line in text.splitlines())
        for versions in _each(population.get("versions")):
            libraries = [f"{key} {value}" for key, value in versions.items() if key not in _MACHINE]
            yield f"  trained with {', '.join(libraries)}"
            yield "  on " + ", ".join(str(versions[key]) for key in _MACHINE if key in versions)


def _each(value: Any) -> list[dict[str, Any]]:
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict)]


def embedded(path: str | Path) -> dict[str, Any] | None:
    """What a PDF says in its own keywords of how it was made; None if it says nothing."""
    from PIL import PdfParser

    try:
        with PdfParser.PdfParser(filename=str(path)) as parser:
            told = json.loads(str(parser.info.Keywords))
    except Exception:  # whatever the parser makes of a file that is no PDF, or of one without keywords
        return None
    return told if isinstance(told, dict) else None


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns 1 where nothing is known of a file."""
    parser = argparse.ArgumentParser(prog="replicortex explain", description=__doc__)
    parser.add_argument("file", type=Path, help="a figure, a table, a network or the scorecard of this checkout")
    options = parser.parse_args(arguments)
    try:
        for line in explain(options.file):
            print(line)
    except (ValueError, OSError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
