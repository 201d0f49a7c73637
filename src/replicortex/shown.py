"""How objects that hold arrays print: shapes and names in place of numbers, on a few lines at most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

C = TypeVar("C", bound=type)
MOST = 390  # characters of an object
_FEW, _SHORT = 4, 60  # entries that are listed, characters of one


def short_repr(kind: C) -> C:
    """A class decorator: objects of a dataclass or a named tuple print shapes in place of arrays.

    It changes no result, so that code is the same with and without it (see `replicortex.provenance`).
    """
    type.__setattr__(kind, "__repr__", shown)
    return kind


def shown(value: Any) -> str:
    """A dataclass or a named tuple on a few lines.

    Examples
    --------
    >>> shown(Trial(x=np.zeros((125, 100, 85)), task="dm1", ...))
    "Trial(x=float64 (125, 100, 85), ..., task='dm1', ...)"
    """
    names = [field.name for field in fields(value) if field.repr] if is_dataclass(value) else value._fields
    text = f"{type(value).__name__}({', '.join(f'{name}={_entry(getattr(value, name))}' for name in names)})"
    return text if len(text) <= MOST else f"{text[: MOST - 5]} ...)"


def _entry(value: Any) -> str:
    """One field: an array by its shape, a container by its first entries."""
    if hasattr(value, "shape") and hasattr(value, "dtype") and value.shape != ():
        return f"{str(value.dtype).removeprefix('torch.')} {tuple(value.shape)}"
    if hasattr(value, "columns") and hasattr(value, "shape"):
        return f"table {value.shape}"
    if isinstance(value, Mapping):
        return "{" + _listed([str(name) for name in value]) + "}"
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return f"[{_listed([_entry(each) for each in value[:_FEW]], len(value))}]"
    if isinstance(value, str):
        return repr(value if len(value) <= _SHORT else f"{value[: _SHORT - 3]}...")
    text = repr(value)
    return text if len(text) <= _SHORT else f"<{type(value).__name__}>"


def _listed(entries: list[str], number: int | None = None) -> str:
    number = len(entries) if number is None else number
    return ", ".join(entries[:_FEW]) + (f", ... {number} in all" if number > _FEW else "")
