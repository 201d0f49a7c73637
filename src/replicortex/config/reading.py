"""Reading YAML without its traps: no objects, no silent duplicates, errors with a line number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from replicortex.errors import ConfigError

MAX_BYTES = 2_000_000
MAX_DEPTH = 100

# the C parser is ten times faster; PyYAML is sometimes built without it
_Loader: type[Any] = type("_Loader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {})
for _tag in ("binary", "omap", "pairs", "set"):  # kinds of value that no setting has
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", yaml.SafeLoader.construct_undefined)


def _duplicates(node: yaml.Node, name: str, seen: set[int]) -> list[str]:
    """Keys written twice in one mapping, anywhere below ``node``. Aliases are visited once."""
    if id(node) in seen:
        return []
    seen.add(id(node))
    found: list[str] = []
    if isinstance(node, yaml.MappingNode):
        first: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if key.value in first:
                    found.append(
                        f"{name}: line {line}: {key.value!r} already stands in line {first[key.value]}"
                    )
                first.setdefault(key.value, line)
            found += _duplicates(value, name, seen)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            found += _duplicates(item, name, seen)
    return found


def _check_depth(text: str, name: str) -> None:
    """Refuse deep nesting while it is still a flat list of events: building nodes from it recurses in C."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            depth += 1
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            depth -= 1
        if depth > MAX_DEPTH:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise ConfigError(
                f"{name}: line {line}: nested too deeply for a configuration; {MAX_DEPTH} levels at most"
            )


def _parse(text: str, name: str) -> Any:
    _check_depth(text, name)
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        twice = _duplicates(node, name, set())
        if twice:
            raise ConfigError(twice)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def read_yaml(path: str | Path) -> dict[str, Any]:
    """The mapping in a YAML file.

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
        raise ConfigError(
            f"{name}: no such file; give the path of a configuration such as config.yaml"
        ) from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{name}: cannot be read: {error}") from None
    if len(raw) > MAX_BYTES:
        raise ConfigError(f"{name}: {len(raw)} bytes is too long for a configuration; {MAX_BYTES} at most")
    try:
        data = _parse(raw.decode("utf-8-sig"), name)
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
    except (
        ValueError,
        TypeError,
        OverflowError,
    ) as error:  # a date such as 2020-13-45, an integer of 5000 digits
        raise ConfigError(f"{name}: not valid YAML: {error}") from None
    if not isinstance(data, dict):
        raise ConfigError(
            f"{name}: holds {type(data).__name__}, not a mapping of settings such as 'scale: laptop'"
        )
    return data
