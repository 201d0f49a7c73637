"""Tasks of the user's own, which a configuration names as "module:Class": looked up in files that nothing runs."""

from __future__ import annotations

import ast
from importlib.machinery import PathFinder
from pathlib import Path

from replicortex.errors import not_one_of


def class_problem(named: str) -> str:
    """What is wrong with "module:Class", and which there are; "" if the class is there.

    Parameters
    ----------
    named
        The module as it is imported, from the folder of papers or an installed package, and the name of a class in it.
    """
    module, _, name = named.partition(":")
    folders: list[str] | None = None
    file = Path()
    for depth, part in enumerate(module.split(".")):
        above = ".".join(module.split(".")[:depth])
        spec = PathFinder.find_spec(f"{above}.{part}" if above else part, folders)
        if spec is None and not above:
            return f"{named!r}: there is no module {part!r}; a task of your own is papers/NAME/task.py, NAME.task:Class"
        if spec is None:
            files = (each for folder in folders or () for each in Path(folder).glob("[!_]*.py"))
            there = sorted({f"{above}.{each.stem}" for each in files})
            return f"{named!r}: module {not_one_of(f'{above}.{part}', there)}"
        folders, file = list(spec.submodule_search_locations or ()), Path(spec.origin or "")
    try:
        body = ast.parse(file.read_bytes()).body
    except (OSError, SyntaxError, ValueError) as error:
        return f"{named!r}: {file} cannot be read: {error}"
    classes = [each.name for each in body if isinstance(each, ast.ClassDef)]
    return "" if name in classes else f"{named!r}: {file} has no such class; {not_one_of(name, classes)}"
