"""Settings on top of others: files and options that say only what differs, and which of them a problem stands in.

    load_config("config.yaml", overlays=["mine.yaml"], settings={"results": "mine"})

Mappings are joined, setting by setting; everything else replaces what was there. ``null`` takes away an entry that has
a name of the user's choice: ``experiments: {tanh_gru: null}``, ``grid: {network.units: null}``.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from replicortex.atomic import atomic_write
from replicortex.config.messages import bare
from replicortex.config.schema import Configuration, ExperimentBase
from replicortex.errors import ConfigError, nearest, shorten

OPTION = "--config"  # where settings of the command line come from, in messages
# to jobs, beside the scale
_PASSED = ("schedule", "results", "figures", "recordings", "papers", "pretrained", "remeasure")
_WORDS = {"true": True, "false": False, "null": None}  # text to Snakemake, which knows True and False alone
_NAMED = frozenset(("experiments", "schedules", "primer", "conditions", "grid", "weights", "scales"))


def of_snakemake(settings: Any, base: Path) -> dict[str, Any]:
    """The configuration of a call of Snakemake, as `replicortex.load_config` takes it.

    Parameters
    ----------
    settings
        Its ``workflow.config_settings``: the files of --configfile, and what --config says.
    base
        The folder of the Snakefile, whose config.yaml is the first of the files.
    """
    files = [
        os.path.relpath(path) if Path(path).is_relative_to(Path.cwd()) else str(path) for path in settings.configfiles
    ]
    single = {name: _worded(value) for name, value in settings.config.items()}
    return {"source": str(base / "config.yaml"), "overlays": files, "settings": single}


def _worded(value: Any) -> Any:
    return _WORDS.get(value, value) if isinstance(value, str) else value


def of_module(given: Mapping[str, Any], base: Path, folder: Path) -> dict[str, Any]:
    """The same of a module of another workflow, from what its ``config:`` says, whose command line is its own.

    Parameters
    ----------
    given
        Settings of the whole file, and sections of it.
    base
        As above.
    folder
        Where a file is written with the sections, for the jobs to read.
    """
    sections = {name: value for name, value in given.items() if isinstance(value, (Mapping, list))}
    settings = {name: value for name, value in given.items() if name not in sections}
    if "papers" in sections:  # from the folder of the workflow, not from that of the file
        sections["papers"] = [os.path.abspath(each) for each in sections["papers"]]
    overlays = []
    if sections:
        text = yaml.safe_dump(sections, sort_keys=False, allow_unicode=True)
        path = folder / f"config-{hashlib.sha256(text.encode()).hexdigest()[:12]}.yaml"
        with atomic_write(path) as part:
            part.write_text(text, encoding="utf-8")
        overlays.append(str(path))
    return {"source": str(base / "config.yaml"), "overlays": overlays, "settings": settings}


def as_options(source: str, overlays: Sequence[str], settings: Mapping[str, Any]) -> list[str]:
    """The same as options of the workflow's scripts, but for the scale, which has an option of its own.

    A switch that is off is passed too, and what is null: the files that a job reads may say something else.
    """
    words = {value: word for word, value in _WORDS.items()}
    single = [f"{name}={words.get(value, value)}" for name, value in settings.items() if name in _PASSED]
    files = ("--configfile", *overlays) if overlays else ()
    return ["--config", source, *files, *(("--set", *single) if single else ())]


def add_configfile(parser: argparse.ArgumentParser) -> None:
    """Give a command the option ``--configfile``: files on top of config.yaml, each with an option of its own."""
    about = "file with settings that differ from config.yaml, as for snakemake --configfile; may be given several times"
    parser.add_argument("--configfile", action="append", default=[], type=Path, metavar="FILE", help=about)


def from_options(given: Iterable[str]) -> dict[str, Any]:
    """Settings from options ``name=value``, all of which are text but for switches and null."""
    return {name: _worded(value) for name, value in (each.split("=", 1) for each in given)}


def simple_settings() -> list[str]:
    """Settings of the whole file that are one value, which the command line may give."""
    return [name for name, field in Configuration.model_fields.items() if not _is_section(field.annotation)]


def _is_section(annotation: Any) -> bool:
    inner = bare(annotation)
    return isinstance(inner, type) and issubclass(inner, BaseModel) or getattr(inner, "__origin__", None) is dict


def check_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings given as ``--config name=value``.

    Raises
    ------
    ConfigError
        One that is no setting of the whole file, or more than one value; the message says where it belongs.
    """
    wrong = [
        f"{OPTION} {_written(name, value)}: {_why(name, value)}"
        for name, value in settings.items()
        if name not in simple_settings() or isinstance(value, (Mapping, list))
    ]
    if wrong:
        raise ConfigError(wrong)
    return dict(settings)


def _written(name: str, value: Any) -> str:
    return f"{name}={value}" if isinstance(value, (str, int, float)) and len(f"{value}") < 60 else f"{name}=..."


def _why(name: str, value: Any) -> str:
    file = "write it into a file, say mine.yaml, and add --configfile mine.yaml"
    simple = simple_settings()
    if name in simple:
        return f"{name} is one value, not a list or a mapping"
    if name in Configuration.model_fields:
        return f"{name} is a section, not one value; {file}"
    if (guess := nearest(name, simple)) is not None:
        return f"no such setting; did you mean {guess}={value}?"
    of_experiments = ExperimentBase.model_fields
    if name in of_experiments or name in ("trials", "units"):
        path = {"trials": "training: {trials: ", "units": "network: {units: "}.get(name, f"{name}: ")
        written = f"experiments: {{reference: {{{path}{shorten(value)}{'}' * path.count('{')}}}}}"
        return f"{name} is a setting of each experiment, not of the whole file; write {written} " + file[9:]
    return f"no setting of the whole file; those are {', '.join(simple)}; for any other, {file}"


def joined(base: Mapping[str, Any], over: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """``base`` with what ``over`` says; neither is changed.

    Parameters
    ----------
    base, over
        Mappings as YAML files hold them.
    above
        Name of the setting that they are the values of.
    """
    result = dict(base)
    for name, value in over.items():
        if value is None and above in _NAMED:
            result.pop(name, None)
        elif isinstance(value, Mapping):
            there = result.get(name)
            result[name] = joined(there if isinstance(there, Mapping) else {}, value, str(name))
        else:
            result[name] = value
    return result


@dataclass(frozen=True)
class Source:
    """A mapping of settings, the name by which messages call it, and whether that is the path of a file."""

    name: str
    data: Mapping[str, Any]
    file: bool = False


def blamed(lines: Iterable[str], sources: Sequence[Source], papers: Sequence[Source] = ()) -> list[str]:
    """Problems, ``path: what is wrong``, each with the name of the source in front that it stands in.

    Of the sources on top of the first, and then of the first and the papers, it is the one which says most of its
    path, if it says anything of that experiment; else the first, unless only others have the section.
    """
    origins = [(line, _origin(re.split(r"[.\[]", line.split(": ", 1)[0]), sources, papers)) for line in lines]
    return [f"{origin} {line}" if origin == OPTION else f"{origin}: {line}" for line, origin in origins]


def _origin(path: Sequence[str], sources: Sequence[Source], papers: Sequence[Source]) -> str:
    enough = min(len(path), 3 if path[0] == "force" else 2)
    for group in (sources[1:], [*papers, sources[0]]):
        depth, number = max((_depth(path, each.data), number) for number, each in enumerate(group))
        if depth >= enough:  # of equals the last, which goes before the others
            return group[number].name
    # nobody has it whole: an odd name, or an entry of a list, which is rather on top than in the first
    begun = [each.name for each in sources[1:] if path[0] in each.data]
    return sources[0].name if _depth(path, sources[0].data) >= enough or not begun else begun[-1]


def _depth(path: Sequence[str], data: Any) -> int:
    for depth, key in enumerate(path):
        if not isinstance(data, Mapping) or key not in data:
            return depth
        data = data[key]
    return len(path)
