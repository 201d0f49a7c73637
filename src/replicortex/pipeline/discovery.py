"""Which papers there are: those of this package, of installed packages, and of folders beside the configuration."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

import replicortex
from replicortex.config.papers import GROUP, installed
from replicortex.errors import ConfigError
from replicortex.pipeline.paper import Paper

if TYPE_CHECKING:
    from replicortex.config import Study

FOLDERS = "REPLICORTEX_PAPERS"  # environment variable by which jobs know the folders, separated as in PATH
FILE = "paper.py"  # of a paper's folder; it defines PAPER


def paper_folders() -> tuple[Path, ...]:
    """Folders of papers that the environment names."""
    return tuple(Path(each) for each in os.environ.get(FOLDERS, "").split(os.pathsep) if each)


def own_papers(study: Study) -> tuple[Path, ...]:
    """The folders of the papers that are not built in: of those that a study names, and of installed packages."""
    named = (file.parent for folder in study.papers for file in sorted(folder.resolve().glob(f"*/{FILE}")))
    return (*named, *(folder.resolve() for _, folder in installed()))


def papers(folders: Iterable[str | Path] | None = None) -> dict[str, Paper]:
    """Every paper by name, in their order: built in, installed, and in folders.

    Parameters
    ----------
    folders
        Folders whose folders with a ``paper.py`` are papers; each becomes importable as a package of its own name. By
        default those of `paper_folders`.

    Raises
    ------
    ConfigError
        A name is taken twice, or a folder defines no PAPER or cannot be imported under its name.
    """
    given = paper_folders() if folders is None else [Path(each) for each in folders]
    found: dict[str, tuple[Paper, str]] = {}
    for paper, source in (*_built_in(), *_installed(), *_in_folders(given)):
        if not isinstance(paper, Paper):
            raise ConfigError(f"{source}: PAPER is of type {type(paper).__name__}, not a replicortex.pipeline.Paper")
        if paper.name in found:
            raise ConfigError(
                f"{source}: there is a paper {paper.name!r} already, in {found[paper.name][1]}; rename one"
            )
        found[paper.name] = paper, source
    return {paper.name: paper for paper in sorted((each for each, _ in found.values()), key=lambda each: each.order)}


def _built_in() -> Iterator[tuple[Paper, str]]:
    home = Path(replicortex.__file__).parent / "papers"
    for file in sorted(home.glob(f"*/{FILE}")):
        yield import_module(f"replicortex.papers.{file.parent.name}.paper").PAPER, str(file)


def _installed() -> Iterator[tuple[Paper, str]]:
    for entry in entry_points(group=GROUP):
        try:
            yield entry.load(), f"entry point {entry.value}"
        except Exception as error:
            raise ConfigError(f"entry point {GROUP}: {entry.value} cannot be loaded: {error}") from error


def _in_folders(folders: Iterable[Path]) -> Iterator[tuple[Paper, str]]:
    for file in (file for folder in folders for file in sorted(folder.resolve().glob(f"*/{FILE}"))):
        name, home = file.parent.name, str(file.parent.parent)
        if home not in sys.path:
            sys.path.append(home)
        try:
            module = import_module(f"{name}.paper")
        except Exception as error:
            raise ConfigError(f"{file}: cannot be imported as {name}.paper: {error}") from error
        if Path(module.__file__ or "").resolve() != file:
            raise ConfigError(f"{file}: the name {name!r} is taken by {module.__file__}; rename the folder")
        if not hasattr(module, "PAPER"):
            raise ConfigError(f"{file}: defines no PAPER")
        yield module.PAPER, str(file)
