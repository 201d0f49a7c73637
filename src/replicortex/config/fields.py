"""Field types that forgive YAML's spelling of numbers and nothing else."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, BeforeValidator, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from replicortex.config.scalars import misread, number
from replicortex.errors import shorten

MAX_SEEDS = 100_000
_LABEL = re.compile(r"-?[A-Za-z0-9][A-Za-z0-9_.+-]{0,58}")


class Kind(NamedTuple):
    """What a field takes, in words, where its type does not say it well."""

    text: str


def problems(found: list[tuple[str, str]]) -> PydanticCustomError:
    """An error of several lines: (path below the field, what is wrong and what would be right)."""
    return PydanticCustomError("problems", "several problems", {"problems": found})


_alone: ContextVar[bool] = ContextVar("alone", default=False)


@contextmanager
def each_setting_alone() -> Iterator[None]:
    """Within, settings are checked one by one: whether they can go together is not asked."""
    token = _alone.set(True)
    try:
        yield
    finally:
        _alone.reset(token)


def together(found: list[tuple[str, str]]) -> None:
    """Raise what is wrong between settings, each fine by itself, unless these are checked one by one."""
    if found and not _alone.get():
        raise problems(found)


def as_number(value: Any) -> Any:
    """The number that a text spells, anything else unchanged.

    Other readers of YAML take ``1e7`` (no dot) for text, so the configuration would otherwise refuse a plain number.
    """
    found = number(value.strip()) if isinstance(value, str) else None
    return value if found is None else found


def _not_a_number(value: Any, kind: str, text: str) -> PydanticCustomError:
    """The error of a number that is none, with the right spelling where it is written in a way of its own."""
    right = misread(value.strip()) if isinstance(value, str) else None
    if right is None:
        return PydanticCustomError(kind, text)
    return PydanticCustomError("respelt", f"{text}; {{right}}", {"right": right})


def _as_float(value: Any) -> float:
    found = as_number(value)
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        raise _not_a_number(value, "number", "is not a number")
    try:
        return float(found)
    except OverflowError:
        return math.inf if found > 0 else -math.inf


def _as_int(value: Any) -> int:
    found = as_number(value)
    if isinstance(found, float) and found.is_integer():
        found = int(found)
    if isinstance(found, bool) or not isinstance(found, int):
        raise _not_a_number(value, "whole_number", "is not a whole number")
    return found


def _as_seeds(value: Any) -> Any:
    """``4`` means the seeds 0, 1, 2, 3; a list names them."""
    if isinstance(value, list):
        return value
    count = _as_int(value)
    if not 0 <= count <= MAX_SEEDS:
        raise PydanticCustomError("seeds", f"is out of range; a number of seeds is 0 to {MAX_SEEDS}")
    return list(range(count))


def _different(seeds: list[int]) -> list[int]:
    if len(set(seeds)) < len(seeds) or any(not 0 <= seed < 2**31 for seed in seeds):
        raise PydanticCustomError("seeds", "is not a list of different seeds between 0 and 2147483647")
    return seeds


def _grid_label(value: Any) -> str:
    """How a grid value is written in a network's label: numbers as short as possible, text as it is."""
    found = as_number(value)
    return f"{found:g}" if isinstance(found, float) else str(found)


def _is_plain(value: Any, depth: int = 1) -> bool:
    """A scalar, or a list of scalars, or names with a scalar each."""
    if isinstance(value, (list, dict)):
        items = [*value.values(), *value] if isinstance(value, dict) else value
        return depth > 0 and len(items) <= 1000 and all(_is_plain(item, depth - 1) for item in items)
    return value is None or isinstance(value, (bool, int, float, str))


def _grid_axis(path: str, values: Any) -> dict[str, Any]:
    """The values of one setting by label."""
    if isinstance(values, list):
        if any(isinstance(value, (list, dict)) for value in values):
            raise problems([(path, "values that are lists need names: {name: [value, ...]}")])
        labels = [_grid_label(value) for value in values]
        for label in labels:
            if labels.count(label) > 1:
                raise problems([(path, f"{shorten(label)} is listed twice; give each value of a grid once")])
        values = dict(zip(labels, values, strict=True))
    if not isinstance(values, dict) or not values:
        raise problems([(path, "needs a list of values, or names with a value each")])
    for label, value in values.items():
        if not isinstance(label, str) or not _LABEL.fullmatch(label):
            rule = "at most 60 letters, digits and _ . + -, as it becomes part of a file name"
            raise problems([(path, f"{shorten(label)} cannot label a network; use {rule}")])
        if not _is_plain(value):
            raise problems([(f"{path}.{label}", f"{shorten(value)} is not a number, text, or a list of these")])
    return {label: as_number(value) for label, value in values.items()}


def _as_grid(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {path: _grid_axis(str(path), values) for path, values in value.items()}


def _as_changes(value: Any) -> Any:
    """Settings to change, by dotted path; what they may be is checked where they are put in."""
    if not isinstance(value, dict):
        return value
    for path, one in value.items():
        if not _is_plain(one):
            raise problems([(str(path), f"{shorten(one)} is not a number, text, or a list of these")])
    return {path: as_number(one) for path, one in value.items()}


def _as_path(value: str) -> str:
    """A path that a shell, Snakemake (to which braces mean wildcards) and people read alike."""
    if not value.isprintable() or value != value.strip() or value[:1] in ("-", "~") or set("{}") & set(value):
        rule = "use printable characters other than { and }, no space at either end, and no - or ~ in front"
        raise PydanticCustomError("path", "is not the name of a folder or a file; {rule}", {"rule": rule})
    return value


Int = Annotated[int, BeforeValidator(_as_int)]
Float = Annotated[float, BeforeValidator(_as_float)]
Seeds = Annotated[
    list[Int],
    BeforeValidator(_as_seeds),
    AfterValidator(_different),
    Kind("a whole number n for the seeds 0 .. n-1, or a list of different whole numbers"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": MAX_SEEDS},
                {"type": "array", "items": {"type": "integer", "minimum": 0}, "uniqueItems": True},
            ]
        }
    ),
]
Grid = Annotated[
    dict[str, dict[str, Any]],
    BeforeValidator(_as_grid),
    Kind("dotted setting: [value, ...] or dotted setting: {name: value, ...}"),
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {
                "anyOf": [{"type": "array", "minItems": 1}, {"type": "object", "minProperties": 1}]
            },
        }
    ),
]
Changes = Annotated[dict[str, Any], BeforeValidator(_as_changes), Kind("dotted setting: value, ...")]
PathName = Annotated[str, StringConstraints(min_length=1, max_length=1000), AfterValidator(_as_path)]
Papers = Annotated[
    list[PathName],
    BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
    Kind("the name of a folder, or a list of names"),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
Name = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,59}$"),
    Kind("a name: a letter, then letters, digits, _ and -, 60 at most"),
]
