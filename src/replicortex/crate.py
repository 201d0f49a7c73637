"""``python -m replicortex.crate``: figures and all that they were made from as a Workflow Run RO-Crate.

An RO-Crate is a folder or an archive with a description in JSON-LD beside its files, which repositories such as Zenodo
and WorkflowHub can read. Nothing is measured for it: each record that a script left beside its files becomes an action
with its inputs, its results, its times and the environment that it ran in. Profiles: Process, Workflow and Provenance
Run Crate 0.5 (https://www.researchobject.org/workflow-run-crate), Workflow RO-Crate 1.0, RO-Crate 1.1.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

import replicortex
from replicortex import extras, records
from replicortex.atomic import atomic_write
from replicortex.config import Study, load_config
from replicortex.config.overlay import add_configfile
from replicortex.config.papers import experiment_files
from replicortex.errors import ConfigError

if TYPE_CHECKING:
    from rocrate.rocrate import ROCrate

METADATA = "ro-crate-metadata.json"
WORKFLOW_CRATE = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/ro/wfrun/provenance/0.5": "Provenance Run Crate",
    WORKFLOW_CRATE: "Workflow RO-Crate",
}
TERMS = "https://w3id.org/ro/terms/workflow-run/context"  # where sha256 is defined
SHOWN = (".pdf", ".png", ".html", ".wav")  # of the figures' folder
_MACHINE = ("platform", "processor")
_TYPES = {
    ".pdf": "application/pdf", ".png": "image/png", ".html": "text/html", ".wav": "audio/wav", ".csv": "text/csv",
    ".md": "text/markdown", ".yaml": "application/yaml", ".parquet": "application/vnd.apache.parquet",
    ".safetensors": "application/octet-stream", ".py": "text/x-python",
}  # fmt: skip


def described(
    targets: Sequence[Path], study: Study, root: Path = Path("."), agent: str | None = None, orcid: str | None = None
) -> ROCrate:
    """The crate of some files: them, all files that they were made from, and an action for each call that made any.

    Parameters
    ----------
    targets
        Files that the workflow made, relative to the root.
    study
        The experiments: the files that declare those that took part are settings of the run, as config.yaml is.
    root
        The checkout, with Snakefile, config.yaml, README.md and CITATION.cff.
    agent, orcid
        Name of the person who ran it all and their ORCID (sixteen digits in fours); left out where None.

    Raises
    ------
    ImportError
        ro-crate-py is not installed.
    FileNotFoundError
        One of the files is not there.
    ValueError
        A file is not the one that was recorded or lies outside of the checkout; nothing is recorded of a target; no
        ORCID has this form.
    """
    with extras.named():
        from rocrate.rocrate import ROCrate

    crate = ROCrate(version="1.1")
    crate.metadata.extra_contexts.append(TERMS)
    crate.metadata["conformsTo"] = [{"@id": crate.metadata.profile}, {"@id": WORKFLOW_CRATE}]
    _about(crate, root)
    who = _person(crate, agent, orcid)
    if who is not None:
        crate.root_dataset["author"] = who
    files: dict[Path, Any] = {}
    made: dict[tuple[str, ...], records.Record] = {}
    for path in records.ancestors(targets):
        record = records.of(path)
        if path in set(targets) and record is None:
            raise ValueError(f"{path}: nothing is recorded of how it was made; draw or measure it with this version")
        files[path] = _file(crate, root, path, record)
        if record is not None:
            made.setdefault((record.by, record.began, *sorted(record.outputs), str(path.parent)), record)
            for name in record.outputs:
                beside = path.parent / name
                if beside not in files and beside.is_file():
                    files[beside] = _file(crate, root, beside, record)
    actions = [_action(crate, root, number, key, record, files) for number, (key, record) in enumerate(made.items())]
    run = crate.add(_entity(crate, "#run", "CreateAction", name="Run of the workflow"))
    run["description"] = f"snakemake {' '.join(path.as_posix() for path in targets)}"
    run["instrument"] = crate.mainEntity
    run["object"] = [crate.get("config.yaml"), *_declared(crate, root, study, files)]
    run["result"] = [files[path] for path in targets]
    if made:
        run["startTime"] = min(record.began for record in made.values())
        run["endTime"] = max(record.ended for record in made.values())
    for action in (run, *actions):
        action["actionStatus"] = "http://schema.org/CompletedActionStatus"
        if who is not None:
            action["agent"] = who
    crate.root_dataset["mentions"] = [run, *actions]
    return crate


def _about(crate: ROCrate, root: Path) -> None:
    """What the whole is, who made the workflow, and the workflow itself."""
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    crate.name = f"Run of {citation['title']} {replicortex.__version__}"
    crate.description = citation["abstract"]
    crate.root_dataset["license"] = crate.add(
        _entity(crate, f"https://spdx.org/licenses/{citation['license']}", "CreativeWork", name=citation["license"])
    )
    crate.root_dataset["conformsTo"] = [
        crate.add(_entity(crate, url, "CreativeWork", name=name, version=url.split("/")[-1]))
        for url, name in PROFILES.items()
    ]
    crate.add_workflow(root / "Snakefile", "Snakefile", main=True, lang="snakemake", gen_cwl=False)
    crate.mainEntity["name"] = citation["title"]
    crate.mainEntity["version"] = replicortex.__version__
    crate.mainEntity["encodingFormat"] = "text/plain"
    crate.mainEntity["creator"] = [
        crate.add(_entity(crate, f"#{author['name']}", "Organization", name=author["name"]))
        for author in citation["authors"]
    ]
    for path in sorted((root / "rules").glob("*.smk")):
        place = path.relative_to(root).as_posix()
        told = _told(path, path.name) | {"description": "Rules that Snakefile includes"}
        crate.add_file(path, place, properties=told)
    crate.add_file(root / "config.yaml", "config.yaml", properties=_told(root / "config.yaml", "Settings of all runs"))
    readme = crate.add_file(root / "README.md", "README.md", properties=_told(root / "README.md", "How to run it"))
    readme["about"] = crate.root_dataset


def _declared(crate: ROCrate, root: Path, study: Study, files: Iterable[Path]) -> list[Any]:
    """The entities of the files in which papers declare the experiments that any of these files is about."""
    named = {folder.name for path in files for folder in path.parents}
    papers = {study[name].paper for name in named.intersection(study)}
    built_in, found = Path(replicortex.__file__).resolve().parent, []
    for paper, path in experiment_files(study.papers):
        if paper not in papers:
            continue
        file, home = path.resolve(), root.resolve()
        if file.is_relative_to(built_in):  # where it lies in a checkout, wherever it is installed
            place = Path("src", built_in.name, file.relative_to(built_in))
        else:
            place = file.relative_to(home) if file.is_relative_to(home) else Path("papers", paper, file.name)
        told = _told(file, f"Experiments of the paper {paper}")
        found.append(crate.add_file(file, place.as_posix(), properties=told))
    return found


def _person(crate: ROCrate, agent: str | None, orcid: str | None) -> Any:
    """The entity of who ran it all, or None."""
    if orcid is not None and not re.fullmatch(r"(\d{4}-){3}\d{3}[\dX]", orcid):
        raise ValueError(f"--orcid {orcid}: an ORCID has four groups of four digits, as in 0000-0002-1825-0097")
    if orcid is not None and agent is None:
        raise ValueError(f"--orcid {orcid}: give the name too, with --agent")
    if agent is None:
        return None
    return crate.add(_entity(crate, f"https://orcid.org/{orcid}" if orcid else "#agent", "Person", name=agent))


def _entity(crate: ROCrate, place: str, kind: str, **properties: Any) -> Any:
    from rocrate.model.contextentity import ContextEntity

    return ContextEntity(crate, place, properties={"@type": kind, **properties})


def _told(path: Path, name: str) -> dict[str, Any]:
    kind = _TYPES.get(path.suffix, "application/octet-stream")
    size = str(path.stat().st_size)
    return {"name": name, "encodingFormat": kind, "contentSize": size, "sha256": records.sha256(path)}


def _file(crate: ROCrate, root: Path, path: Path, record: records.Record | None) -> Any:
    """The entity of a file; of weights with seed and settings."""
    where = root / path
    if not where.is_file():
        raise FileNotFoundError(f"{path}: is no longer there; `snakemake --cores 1 --force {path}` makes it again")
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"{path}: lies outside of this checkout; a crate holds files below it alone")
    told = _told(where, path.name)
    if record is not None and told["sha256"] != record.outputs[path.name]:
        raise ValueError(f"{path}: has changed since it was made; `snakemake --cores 1 --force {path}` makes it again")
    entity = crate.add_file(where, path.as_posix(), properties=told)
    network = records.network(where) if path.suffix == ".safetensors" else None
    if network is not None:
        settings = {key: network[key] for key in ("experiment", "seed", "configuration", "code") if key in network}
        entity["additionalProperty"] = [
            crate.add(_entity(crate, f"#{path.as_posix()}-{key}", "PropertyValue", name=key, value=str(value)))
            for key, value in settings.items()
        ]
    return entity


def _action(
    crate: ROCrate, root: Path, number: int, key: tuple[str, ...], record: records.Record, files: Mapping[Path, Any]
) -> Any:
    """A call of a script."""
    folder = Path(key[-1])
    action = crate.add(_entity(crate, f"#call-{number}", "CreateAction", name=f"{record.by} {folder.as_posix()}"))
    action["instrument"] = [_script(crate, root, record.by), _environment(crate, record)]
    action["object"] = [files[Path(name)] for name in record.inputs if Path(name) in files]
    action["result"] = [files[folder / name] for name in record.outputs if folder / name in files]
    action["startTime"], action["endTime"] = record.began, record.ended
    action["description"] = " ".join([record.by, *record.arguments])
    return action


def _script(crate: ROCrate, root: Path, name: str) -> Any:
    """The program that was called: a script of the workflow, or a module of the package."""
    place = f"workflow_scripts/{name}"
    program = crate.get(place) or crate.get(f"#{name}")
    if program is not None:
        return program
    if (root / place).is_file():
        told = _told(root / place, name) | {"version": replicortex.__version__}
        program = crate.add_file(root / place, place, properties=told | {"@type": ["File", "SoftwareSourceCode"]})
    else:
        program = crate.add(_entity(crate, f"#{name}", "SoftwareApplication", name=name))
    crate.mainEntity.append_to("hasPart", program)
    return program


def _environment(crate: ROCrate, record: records.Record) -> Any:
    """The package at its version, with the libraries and the machine; calls in the same environment share it."""
    libraries = [f"{name} {version}" for name, version in record.versions.items() if name not in _MACHINE]
    told = {
        "name": "replicortex", "softwareVersion": record.replicortex, "identifier": f"sha256:{record.code}",
        "softwareRequirements": libraries, "operatingSystem": record.versions.get("platform", ""),
        "processorRequirements": record.versions.get("processor", ""),
    }  # fmt: skip
    name = f"#replicortex-{replicortex.provenance.fingerprint(told)[:12]}"
    environment = crate.get(name)
    if environment is None:
        environment = crate.add(_entity(crate, name, "SoftwareApplication", **told))
        crate.mainEntity.append_to("hasPart", environment)
    return environment


def made_files(folders: Iterable[Path]) -> list[Path]:
    """What the workflow has made for people to look at: figures, pages, sounds, scorecards."""
    return sorted(
        path
        for folder in folders
        for path in folder.glob("*")
        if path.suffix in (*SHOWN, ".csv", ".md") and records.of(path) is not None
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns 1 where there is nothing to describe, or something is wrong with it."""
    parser = argparse.ArgumentParser(prog="replicortex crate", description=__doc__)
    parser.add_argument("files", type=Path, nargs="*", help="what to describe (default: all figures and scorecards)")
    parser.add_argument("--scale", help="smoke, laptop or paper (default: as the configuration says)")
    parser.add_argument("--agent", help="name of the person who ran it all (default: left out)")
    parser.add_argument("--orcid", help="their ORCID, as in 0000-0002-1825-0097")
    parser.add_argument("--output", type=Path, default=Path("run.crate.zip"), help="archive (default: %(default)s)")
    add_configfile(parser)
    options = parser.parse_args(arguments)
    try:
        study = load_config("config.yaml", scale=options.scale, overlays=options.configfile)
        targets = options.files or made_files([study.figures, study.folder / "scorecard"])
        if not targets:
            raise FileNotFoundError(f"{study.figures}: nothing has been made yet; try `make figures/fig2.pdf`")
        if options.output.suffix != ".zip":
            raise ValueError(f"--output {options.output}: the crate is an archive; give a name that ends in .zip")
        crate = described(targets, study, agent=options.agent, orcid=options.orcid)
        with atomic_write(options.output) as part:
            crate.write_zip(part)
    except ImportError as error:
        print(f"{parser.prog}: {error}; `make crate` installs ro-crate-py and calls this", file=sys.stderr)
        return 1
    except (ConfigError, ValueError, OSError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    actions = len(crate.root_dataset["mentions"]) - 1
    size = options.output.stat().st_size / 2**20
    print(f"{options.output}: {len(targets)} files, made in {actions} calls, {size:.1f} MiB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
