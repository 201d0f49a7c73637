"""Reading YAML without its traps: no objects, no silent duplicates, errors with a line number.

The text is parsed once, from the parser's events straight to values, and nothing recurses: nesting, the number of
values and what merge keys (``<<``) copy are limited while the file is read.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from replicortex.config.scalars import plain_value
from replicortex.errors import ConfigError, shorten

MAX_BYTES = 2_000_000
MAX_DEPTH = 100
MAX_VALUES = 100_000  # config.yaml has 5000
MAX_MERGED = 100_000  # settings that merge keys copy, all together

# the C parser is ten times faster; PyYAML is sometimes built without it
_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STRING = "tag:yaml.org,2002:str"
_NAMES: dict[type, str] = {list: "list", str: "text", bool: "truth value"}
_OPEN = object()  # what an anchor stands for until its value is complete
_NO_KEY = object()


@dataclass
class _Merge:
    """The key ``<<`` without quotes."""


@dataclass
class _Level:
    """A list or a mapping that is being read."""

    value: Any
    line: int
    anchor: str | None
    key: Any = _NO_KEY
    key_line: int = 0
    lines: dict[Hashable, int] = field(default_factory=dict)
    merged: list[dict[Any, Any]] = field(default_factory=list)


class _Reader:
    """Builds the value of a document from its events."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.levels: list[_Level] = []
        self.anchors: dict[str, Any] = {}
        self.twice: list[str] = []
        self.values = self.copied = 0
        self.result: Any = None

    def error(self, line: int, text: str) -> ConfigError:
        return ConfigError(f"{self.name}: line {line}: {text}")

    def read(self, text: str) -> Any:
        documents = 0
        for event in yaml.parse(text, Loader=_Loader):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.NodeEvent):
                self.values += 1
                if self.values > MAX_VALUES:
                    raise self.error(line, f"too long for a configuration; {MAX_VALUES} values at most")
            if isinstance(event, yaml.ScalarEvent):
                self.put(self.scalar(event, line), event.anchor, line)
            elif isinstance(event, yaml.AliasEvent):
                value = self.anchors.get(event.anchor or "", _OPEN)
                if value is _OPEN:
                    raise self.error(line, f"not valid YAML: found undefined alias *{event.anchor}")
                self.put(value, None, line)
            elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                self.begin(event, line)
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                self.end()
            elif isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self.error(line, "not valid YAML: a second document begins here; a file holds one")
        if self.twice:
            raise ConfigError(self.twice)
        return self.result

    def scalar(self, event: Any, line: int) -> Any:
        if event.tag not in (None, "!", _STRING):
            raise self.error(line, self.tagged(event.tag))
        if event.tag is not None or not event.implicit[0]:
            return event.value
        if event.value == "<<" and self.expects_key():
            return _Merge()
        try:
            value = plain_value(event.value)
        except ValueError as error:
            raise self.error(line, str(error)) from None
        if self.expects_key() and not isinstance(value, str):
            raise self.error(line, f"{shorten(event.value)} is no name; put it in quotes, if it is one")
        return value

    @staticmethod
    def tagged(tag: str) -> str:
        return f"not valid YAML: could not determine a constructor for the tag {tag!r}; leave it out"

    def expects_key(self) -> bool:
        return bool(self.levels) and isinstance(self.levels[-1].value, dict) and self.levels[-1].key is _NO_KEY

    def begin(self, event: Any, line: int) -> None:
        kind = "map" if isinstance(event, yaml.MappingStartEvent) else "seq"
        if event.tag not in (None, "!", f"tag:yaml.org,2002:{kind}"):
            raise self.error(line, self.tagged(event.tag))
        if len(self.levels) >= MAX_DEPTH:
            raise self.error(line, f"nested too deeply for a configuration; {MAX_DEPTH} levels at most")
        if self.expects_key():
            raise self.error(line, "not valid YAML: a list or a mapping is no name of a setting")
        if event.anchor is not None:
            self.anchors[event.anchor] = _OPEN
        self.levels.append(_Level({} if kind == "map" else [], line, event.anchor))

    def end(self) -> None:
        level = self.levels.pop()
        value = level.value
        if level.merged:  # what is written in the mapping itself goes before what is merged, the first of a list next
            copied: dict[Any, Any] = {}
            for each in reversed(level.merged):
                self.copied += len(each)
                if self.copied > MAX_MERGED:
                    raise self.error(level.line, f"merge keys (<<) copy more than {MAX_MERGED} settings")
                copied |= each
            value = copied | value
        self.put(value, level.anchor, level.line)

    def put(self, value: Any, anchor: str | None, line: int) -> None:
        """Give a complete value its place: as the document, an item, a key, or the value of a key."""
        if anchor is not None:
            self.anchors[anchor] = value
        if not self.levels:
            self.result = value
            return
        level = self.levels[-1]
        if isinstance(level.value, list):
            level.value.append(value)
        elif level.key is _NO_KEY:
            self.put_key(level, value, line)
        elif isinstance(level.key, _Merge):
            level.merged += self.sources(value, level.key_line)
            level.key = _NO_KEY
        else:
            level.value[level.key] = value
            level.key = _NO_KEY

    def put_key(self, level: _Level, key: Any, line: int) -> None:
        if not isinstance(key, (str, _Merge)):
            raise self.error(line, "not valid YAML: an alias of something else than text is no name of a setting")
        name = "<<" if isinstance(key, _Merge) else key
        if name in level.lines:
            where = f"{self.name}: line {line}: {shorten(name)} is already in line {level.lines[name]}"
            self.twice.append(where if name != "<<" else f"{where}; merge several with <<: [*a, *b]")
        level.lines.setdefault(name, line)
        level.key, level.key_line = key, line

    def sources(self, value: Any, line: int) -> list[dict[Any, Any]]:
        """The mappings that a merge key names."""
        given = value if isinstance(value, list) else [value]
        if not all(isinstance(each, dict) for each in given):
            raise self.error(line, "not valid YAML: << takes an alias of a mapping, or a list of these")
        return given


def read_yaml(path: str | Path) -> dict[str, Any]:
    """The mapping in a YAML file.

    Numbers are what a scientist reads: ``0256``, ``1:30``, ``0x10``, ``1_000`` and digits other than 0 to 9, which YAML
    reads in ways of its own, are refused, and so are dates and ``yes`` or ``no`` without quotes.

    Raises
    ------
    ConfigError
        No such file, not readable, not UTF-8, larger than 2 MB, not YAML (with the line), a key that stands
        twice in one mapping, a tag that would make an object, or something other than a mapping at the top.
    """
    name = str(path)
    try:
        raw = Path(path).read_bytes()
    except FileNotFoundError:
        raise ConfigError(f"{name}: no such file; give the path of a configuration such as config.yaml") from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{name}: cannot be read: {error}") from None
    if len(raw) > MAX_BYTES:
        raise ConfigError(f"{name}: {len(raw)} bytes is too long for a configuration; {MAX_BYTES} at most")
    try:
        data = _Reader(name).read(raw.decode("utf-8-sig"))
    except ConfigError:
        raise
    except UnicodeDecodeError as error:
        raise ConfigError(f"{name}: byte {error.start} is not UTF-8 text; save the file as UTF-8") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"line {mark.line + 1}: " if mark else ""
        raise ConfigError(f"{name}: {line}not valid YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{name}: not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(data, dict):
        what = "is empty" if data is None else f"holds a {_NAMES.get(type(data), 'number')}"
        raise ConfigError(f"{name}: {what}, not a mapping of settings such as 'scale: laptop'")
    return data
