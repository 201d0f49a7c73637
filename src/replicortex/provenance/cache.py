"""Parsed source files, kept by content."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from replicortex.provenance import definitions, syntax
from replicortex.provenance.definitions import Chain, Definition, Module, Part, parse
from replicortex.provenance.syntax import file_meaning

_PARSERS = (definitions.__file__, syntax.__file__)


def digest(told: Any) -> str:
    """SHA-256, in hex, of numbers and texts."""
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


class SourceCache:
    """Parsed files by content, in memory and in a file of JSON; what it holds is compared with today's parser."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.parser = digest([hashlib.sha256(Path(each).read_bytes()).hexdigest() for each in _PARSERS])
        self._known = self._read()
        self._used: dict[str, Any] = {}

    def _read(self) -> dict[str, Any]:
        try:
            told = json.loads(self.path.read_text(encoding="utf-8")) if self.path is not None else {}
            known = told["parsed"] if told.get("parser") == self.parser else {}
            return known if isinstance(known, dict) else {}
        except (OSError, ValueError, AttributeError, KeyError):
            return {}

    def module(self, path: Path, chain: Chain, is_script: bool) -> Module:
        """A parsed source file."""
        content = _read(path)
        is_package = path.name == "__init__.py"
        key = digest([".".join(chain), is_package, is_script, hashlib.sha256(content).hexdigest()])
        if key not in self._used:
            told = self._known.get(key)
            self._used[key] = told or _encoded(parse(content, str(path), chain, is_package, is_script))
        found = _decoded(self._used[key])
        return _beside_script(found, path.parent) if is_script else found

    def file(self, path: Path) -> str:
        """The meaning of a file that is no Python."""
        return _file_meaning(path, path.stat().st_mtime_ns, path.stat().st_size)

    def save(self) -> None:
        """Write the file, if anything was parsed; that it cannot be written costs time alone."""
        if self.path is None or self._used.keys() <= self._known.keys():
            return
        part = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(
                json.dumps({"parser": self.parser, "parsed": {**self._known, **self._used}}), encoding="utf-8"
            )
            part.replace(self.path)
        except OSError:
            part.unlink(missing_ok=True)


def _encoded(module: Module) -> list[Any]:
    parts = {
        name: [
            _told(each.whole),
            _told(each.rest),
            {key: _told(part) for key, part in each.entries.items()},
            each.is_value,
        ]
        for name, each in module.definitions.items()
    }
    names = {name: sorted(chains) for name, chains in module.names.items()}
    homes = None if module.homes is None else {name: sorted(texts) for name, texts in module.homes.items()}
    return [parts, _told(module.effects), names, homes]


def _told(part: Part) -> list[Any]:
    return [part.meaning, sorted(part.uses), sorted(part.files)]


def _decoded(told: list[Any]) -> Module:
    parts, effects, names, homes = told
    return Module(
        {
            name: Definition(_part(whole), _part(rest), {key: _part(each) for key, each in entries.items()}, is_value)
            for name, (whole, rest, entries, is_value) in parts.items()
        },
        _part(effects),
        {name: frozenset(map(tuple, chains)) for name, chains in names.items()},
        None if homes is None else {name: frozenset(texts) for name, texts in homes.items()},
    )


def _part(told: list[Any]) -> Part:
    meaning, uses, files = told
    return Part(meaning, frozenset(map(tuple, uses)), frozenset(files))


def _beside_script(module: Module, folder: Path) -> Module:
    """The same with the paths of scripts in place of the names by which a script beside them imports them."""

    def placed(chains: Iterable[Chain]) -> frozenset[Chain]:
        return frozenset(
            (str(file), *chain[1:]) if (file := folder / f"{chain[0]}.py").is_file() else chain for chain in chains
        )

    def part(each: Part) -> Part:
        return Part(each.meaning, placed(each.uses), each.files)

    return Module(
        {
            name: Definition(
                part(each.whole), part(each.rest), {k: part(v) for k, v in each.entries.items()}, each.is_value
            )
            for name, each in module.definitions.items()
        },
        part(module.effects),
        {name: placed(chains) for name, chains in module.names.items()},
        module.homes,
    )


@lru_cache(maxsize=4096)
def _file_meaning(path: Path, _time: int, _size: int) -> str:
    return file_meaning(path.name, _read(path))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ValueError(f"code_hash: {path}: cannot be read: {error.strerror}") from None
