"""Errors that name the field, the value, and what would be right."""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

_LISTED = 40  # names printed in full; a longer list would bury the message
_REPR = reprlib.Repr()
_REPR.maxlevel, _REPR.maxdict, _REPR.maxlist, _REPR.maxstring, _REPR.maxlong, _REPR.maxother = (
    2,
    3,
    4,
    80,
    40,
    80,
)


class ConfigError(ValueError):
    """A configuration that cannot be used.

    Attributes
    ----------
    problems : tuple[str, ...]
        Every problem found, one line each, in the order of the file.
    """

    def __init__(self, problems: Iterable[str] | str) -> None:
        self.problems: tuple[str, ...] = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))

    def __reduce__(self) -> tuple[type[ConfigError], tuple[tuple[str, ...]]]:
        # worker processes hand the error back by pickle: keep the list, not only the joined text
        return type(self), (self.problems,)


class Interrupted(KeyboardInterrupt):
    """Ctrl-C or the like in the midst of a training; the message says what of it is kept."""


def rebuild_hint(path: object) -> str:
    """What helps against a damaged file that the workflow made.

    That it is deleted would not do: Snakemake makes no file again for a figure that is still there.
    """
    return f"to have it made again: snakemake --cores 1 --force {path}"


def check_place(path: Path, experiment: object, label: object) -> None:
    """Make sure that a network's file lies where its own notes say: ``<experiment>/<label>.safetensors``.

    Raises
    ------
    ValueError
        It is another network's.
    """
    if (experiment, label) != (path.parent.name, path.stem):
        raise ValueError(
            f"{path}: holds network {label!r} of {experiment!r}; it was copied or renamed; {rebuild_hint(path)}"
        )


def nearest(value: object, allowed: Iterable[object]) -> str | None:
    """The allowed name closest in spelling to ``value``, ignoring case, or None if none is close."""
    by_folded: dict[str, str] = {}
    for name in allowed:
        by_folded.setdefault(str(name).casefold(), str(name))
    match = difflib.get_close_matches(str(value).casefold(), list(by_folded), n=1, cutoff=0.6)
    return by_folded[match[0]] if match else None


def shorten(value: object) -> str:
    """``repr(value)`` on about a line; nested values are cut first, as they may refer to themselves."""
    try:
        return _REPR.repr(value)
    except ValueError:  # Python writes out no whole number of more than 4300 digits
        return "a whole number of thousands of digits"


def not_one_of(value: object, allowed: Iterable[object]) -> str:
    """The sentence "'sofplus' is not one of softplus, relu; did you mean 'softplus'?"."""
    names = [str(name) for name in allowed]
    listed = ", ".join(names[:_LISTED]) + (f", ... ({len(names)} in all)" if len(names) > _LISTED else "")
    guess = nearest(value, names) if isinstance(value, str) else None
    hint = f"; did you mean {guess!r}?" if guess is not None else ""
    return f"{shorten(value)} is not one of {listed or '(nothing)'}{hint}"


def choose(value: T, allowed: Iterable[object], what: str) -> T:
    """Return ``value`` if it is among ``allowed``.

    Parameters
    ----------
    value
        The name to check.
    allowed
        Accepted values, in the order in which the message lists them.
    what
        What the value is, e.g. ``"activation"`` or ``"config.yaml: experiments.reference.tasks.train"``.

    Raises
    ------
    ValueError
        ``"{what}: {value!r} is not one of ...; did you mean ...?"``

    Examples
    --------
    >>> choose("relu", ["softplus", "relu"], "activation")
    'relu'
    >>> choose("rleu", ["softplus", "relu"], "activation")
    Traceback (most recent call last):
    ...
    ValueError: activation: 'rleu' is not one of softplus, relu; did you mean 'relu'?
    """
    options = list(allowed)
    # `True == 1`: the type has to agree as well
    if any(type(value) is type(option) and value == option for option in options):
        return value
    raise ValueError(f"{what}: {not_one_of(value, options)}")
