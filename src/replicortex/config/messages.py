"""Pydantic's errors as lines for people: path, value, what is allowed, nearest spelling."""

from __future__ import annotations

import re
import types
from typing import Annotated, Any, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from replicortex.errors import nearest, not_one_of, shorten

_KINDS = {
    "number": "is not a number, e.g. 0.5",
    "whole_number": "is not a whole number, e.g. 40",
    "bool_type": "is not true or false",
    "string_type": "is not text",
    "list_type": "is not a list, e.g. [a, b]",
    "dict_type": "is not a mapping of names to settings",
    "model_type": "is not a mapping of settings",
    "finite_number": "is not a finite number",
    "invalid_key": "is not text; the keys of the file are names",
    "too_short": "is empty; it needs at least one entry",
    "string_too_short": "is empty; it needs some text",
}
_LIMITS = ((Gt, "gt", "more than"), (Ge, "ge", "at least"), (Lt, "lt", "less than"), (Le, "le", "at most"))
_RANGES = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")


def peel(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """The type inside ``Annotated[...]`` and ``... | None``, and the constraints found on the way."""
    found: tuple[Any, ...] = ()
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *metadata = get_args(annotation)
            for item in metadata:  # Field(ge=0) in an annotation keeps its constraints one level deeper
                found += tuple(getattr(item, "metadata", None) or (item,))
        elif get_origin(annotation) in (Union, types.UnionType):
            annotation = next(arg for arg in get_args(annotation) if arg is not type(None))
        else:
            return annotation, found


def bare(annotation: Any) -> Any:
    """The type inside ``Annotated[...]`` and ``... | None``."""
    return peel(annotation)[0]


def short(number: float) -> str:
    """A number as short as every YAML parser reads it: 65536, 1.0e+9, 1.0e-08 (1e9 is text to some)."""
    for exponent in range(6, 16):
        if number == 10**exponent:
            return f"1.0e+{exponent}"
    text = shorten(number).removesuffix(".0")
    return text.replace("e", ".0e") if "e" in text and "." not in text else text


def bounds(metadata: list[Any] | tuple[Any, ...]) -> str:
    """The range that a field's constraints allow: "at least 1 and at most 65536"; "" where there is none."""
    words = []
    for item in metadata:
        for kind, attribute, text in _LIMITS:
            if isinstance(item, kind):
                words.append(f"{text} {short(getattr(item, attribute))}")
    return " and ".join(words)


def at(model: type[BaseModel], location: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """Type and constraints of what stands at ``location`` below ``model``; (None, ()) where nothing does."""
    annotation: Any = model
    metadata: tuple[Any, ...] = ()
    for key in location:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            field: FieldInfo | None = annotation.model_fields.get(str(key))
            if field is None:
                return None, ()
            annotation, metadata = peel(field.annotation)
            metadata += tuple(field.metadata)
        elif get_origin(annotation) in (dict, list):
            annotation, metadata = peel(get_args(annotation)[-1])
        else:
            return None, ()
    return annotation, metadata


def dotted(location: tuple[Any, ...]) -> str:
    """``("experiments", "reference", "seeds", 0)`` as ``experiments.reference.seeds[0]``."""
    text = ""
    for key in location:
        part = str(key) if len(str(key)) <= 80 else f"{str(key)[:60]}..."
        part = part if part.isprintable() else ascii(part)
        text += f"[{key}]" if isinstance(key, int) else f".{part}" if text else part
    return text


def _unknown_key(error: ErrorDetails, model: type[BaseModel]) -> str:
    parent, _ = at(model, error["loc"][:-1])
    allowed = list(parent.model_fields)
    guess = nearest(error["loc"][-1], allowed)
    hint = f"; did you mean {guess!r}?" if guess else ""
    return f"unknown key; allowed: {', '.join(allowed)}{hint}"


def _sentence(error: ErrorDetails, model: type[BaseModel]) -> str:
    kind, value = error["type"], error["input"]
    if kind == "extra_forbidden":
        return _unknown_key(error, model)
    if kind == "missing":
        return "is missing"
    if kind == "literal_error":
        return not_one_of(value, re.findall(r"'([^']*)'", error["ctx"]["expected"]))
    if kind in _RANGES:
        _, metadata = at(model, error["loc"])
        return f"{short(value)} is out of range; allowed: {bounds(metadata) or error['msg']}"
    if kind == "string_pattern_mismatch":
        return f"{shorten(value)} is not a name; use a letter, then letters, digits, _ and - (60 at most)"
    if kind in _KINDS:
        return f"{shorten(value)} {_KINDS[kind]}"
    if kind in ("seeds", "path", "respelt"):
        return f"{shorten(value)} {error['msg']}"
    return f"{shorten(value)}: {error['msg'][0].lower()}{error['msg'][1:]}"


def _location(error: ErrorDetails) -> tuple[Any, ...]:
    return tuple(key for key in error["loc"] if key != "[key]")


def located(error: ValidationError, model: type[BaseModel]) -> list[tuple[tuple[Any, ...], str]]:
    """(location, sentence) of every problem in a pydantic error; a literal key is reported once."""
    found: list[tuple[tuple[Any, ...], str]] = []
    for detail in error.errors(include_url=False):
        location = _location(detail)
        if detail["type"] == "problems":
            found += [((*location, *path.split(".")), text) for path, text in detail["ctx"]["problems"]]
        else:
            found.append((location, _sentence({**detail, "loc": location}, model)))
    return list(dict.fromkeys(found))


def lines(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """Every problem in a pydantic error as ``path: what is wrong``."""
    return [f"{dotted(location)}: {text}" if location else text for location, text in located(error, model)]
