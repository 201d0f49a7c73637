"""The experiments that papers declare: ``experiments.yaml`` in a paper's folder, beside its ``paper.py``.

Papers are those of this package, of installed packages, and in the folders that the setting ``papers`` names.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.machinery import PathFinder
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from replicortex.config.messages import dotted
from replicortex.config.overlay import OPTION, Source, joined
from replicortex.config.reading import read_yaml
from replicortex.errors import ConfigError, not_one_of, shorten

FILE = "experiments.yaml"
_FILES = (FILE, "paper.py")  # one of which a paper's folder has
DEFAULT = "papers"  # the folder that need not be there
GROUP = "replicortex.papers"  # of the entry points of installed packages
SECTIONS = (("experiments",), ("force", "experiments"), ("primer",), ("taught",))  # of experiments, each with a name
_BUILT_IN = Path(__file__).parents[1] / "papers"
_TAKEN = ("schedules", "scales", "experiments", "force", "primer", "taught")


def folders_of(sources: Sequence[Source]) -> tuple[Path, ...] | None:
    """The folders of papers that a configuration names; None if it is to hold all of its experiments itself.

    Parameters
    ----------
    sources
        From the first to the last, which goes before the others. A path is relative to the file that says it.

    Raises
    ------
    ConfigError
        Not the name of a folder, no such folder, or one without papers.
    """
    said = next((each for each in reversed(sources) if "papers" in each.data), None)
    if said is None or said.data["papers"] is None:
        return None
    named = said.data["papers"]
    named = [named] if isinstance(named, str) else named
    if not isinstance(named, list) or not all(isinstance(each, str) for each in named):
        return ()  # the check of the whole says what is wrong
    home = Path(said.name).parent if said.file else Path()
    folders = [home / each for each in named]
    for name, folder in zip(named, folders, strict=True):
        if not folder.is_dir() and name != DEFAULT:
            place = OPTION if said.name == OPTION else f"{said.name}:"
            raise ConfigError(f"{place} papers: {name!r}: there is no folder {folder}")
        if name != DEFAULT and not _has_papers(folder):
            place = OPTION if said.name == OPTION else f"{said.name}:"
            itself = f"; it is one itself, name the folder that it is in: {folder.resolve().parent}"
            hint = (
                itself
                if any((folder / each).is_file() for each in _FILES)
                else f"; a paper is a folder in it with {' or '.join(_FILES)}"
            )
            raise ConfigError(f"{place} papers: {name!r}: no paper is in this folder{hint}")
    there = list({folder.resolve(): folder for folder in folders if folder.is_dir()}.values())
    for folder in (str(each.resolve()) for each in there):
        if folder not in sys.path:
            # behind everything else: no module of Python or of a library is replaced by one of the same name
            sys.path.append(folder)  # tasks and steps of a paper are modules of it: "flipflop.task"
    return tuple(there)


def _has_papers(folder: Path) -> bool:
    return any(True for name in _FILES for _ in folder.glob(f"*/{name}"))


def declared(folders: Iterable[Path]) -> dict[str, Source]:
    """What each paper declares, by its name, each experiment with the name of its paper.

    Raises
    ------
    ConfigError
        A file is wrong, holds a setting of the whole study, or declares a name that another paper has.
    """
    found: dict[str, Source] = {}
    taken: dict[tuple[str, ...], str] = {}
    problems: list[str] = []
    for paper, file in experiment_files(folders):
        data = read_yaml(file)
        if paper in found:
            problems.append(f"{file}: there is a paper {paper!r} already, {found[paper].name}; rename the folder")
            continue
        problems += [
            f"{file}: {key}: is no setting of a paper; {not_one_of(key, _TAKEN)}" for key in data if key not in _TAKEN
        ]
        problems += [
            f"{file}: {key}: {shorten(value)} is not a mapping of names to settings"
            for key, value in data.items()
            if key in _TAKEN and not isinstance(value, Mapping)
        ]
        for path in _names(data):
            if path in taken:
                problems.append(f"{file}: {dotted(path)}: is declared in {taken[path]} too; rename one")
            taken[path] = str(file)
        found[paper] = Source(str(file), _with_paper(data, paper), file=True)
    if problems:
        raise ConfigError(problems)
    return found


def experiment_files(folders: Iterable[Path]) -> Iterator[tuple[str, Path]]:
    """Name and ``experiments.yaml`` of each paper: built in, in these folders, and installed."""
    for folder in (_BUILT_IN, *folders):
        for file in sorted(folder.glob(f"*/{FILE}")):
            near = file.resolve().is_relative_to(Path.cwd())
            yield file.parent.name, Path(os.path.relpath(file)) if near else file
    for name, folder in installed():
        if (file := folder / FILE).is_file():
            yield name, file


def installed() -> Iterator[tuple[str, Path]]:
    """Name and folder of each paper that an installed package offers; nothing is imported."""
    for entry in entry_points(group=GROUP):
        top, _, _ = entry.module.rpartition(".")
        spec = PathFinder.find_spec(top) if top and "." not in top else None
        yield from ((entry.name, Path(place)) for place in (spec.submodule_search_locations or () if spec else ()))


def _section(data: Mapping[str, Any], path: Sequence[str]) -> Mapping[str, Any]:
    """A section of a file, empty if it is not there or no mapping, which the check of the whole tells."""
    found: Any = data
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _names(data: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Paths of the schedules and experiments that a file gives a name."""
    for section in (("schedules",), *SECTIONS):
        yield from ((*section, str(name)) for name in _section(data, section))


def _with_paper(data: Mapping[str, Any], paper: str) -> dict[str, Any]:
    """The same with the paper's name in each experiment that says nothing else."""
    named: dict[str, Any] = {}
    for section in SECTIONS:
        given = _section(data, section).items()  # in this order experiments are listed everywhere
        names: dict[str, Any] = {name: {"paper": paper} for name, settings in given if isinstance(settings, Mapping)}
        for key in reversed(section):
            names = {key: names}
        named = joined(named, names)
    return joined(named, data)
