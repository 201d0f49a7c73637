"""A run as an RO-Crate: read back by the library's own reader, every file, call and seed is in it."""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path

import pytest
from rocrate.rocrate import ROCrate
from test_records import SCRIPTS, drawn, made  # noqa: F401 (fixtures)

import replicortex as rx
from replicortex import records
from replicortex.crate import _declared, main

ROOT = SCRIPTS.parent
BUILT_IN = "src/replicortex/papers/yang2019/experiments.yaml"
RUN_PROFILES = ("process", "workflow", "provenance")


@pytest.fixture
def run(made) -> Path:  # noqa: F811
    """The checkout of a figure that was drawn, with what a crate takes from a checkout."""
    for name in ("Snakefile", "CITATION.cff", "README.md", "config.yaml"):
        (made / name).write_bytes((ROOT / name).read_bytes())
    for folder in ("rules", "workflow_scripts"):
        (made / folder).symlink_to(ROOT / folder)
    return made


@pytest.fixture
def crate(run, tmp_path_factory) -> ROCrate:
    assert main(["--output", "all.crate.zip"]) == 0
    folder = tmp_path_factory.mktemp("crate")
    with zipfile.ZipFile(run / "all.crate.zip") as archive:
        archive.extractall(folder)
    return ROCrate(folder)


def test_every_file_is_in_it_with_its_bytes(crate, run):
    files = {entity.id: entity for entity in crate.data_entities}
    weights = [f"results/laptop/networks/reference/seed{seed}.safetensors" for seed in (0, 1)]
    tables = [
        f"results/laptop/tables/reference/{name}.parquet" for name in rx.figures.FIGURES["figS4"].shows["reference"]
    ]
    assert files.keys() >= {"figures/figS4.pdf", "figures/figS4.png", "config.yaml", "Snakefile", *weights, *tables}
    for place, entity in files.items():
        path = crate.source / place
        assert path.read_bytes() == (ROOT if place.startswith("src/") else run).joinpath(place).read_bytes()
        if place != "Snakefile":
            assert entity["sha256"] == records.sha256(path) and entity["contentSize"] == str(path.stat().st_size)


def test_experiments_of_the_users_own_papers_that_took_part_are_in_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    Path("config.yaml").write_text("papers: [papers, other]\n")
    for paper in ("papers/one", "papers/two", "other/three"):
        Path(paper).mkdir(parents=True)
        Path(paper, "experiments.yaml").write_text(f"experiments: {{of_{Path(paper).name}: {{}}}}\n")
    files = [Path("results/laptop/tables", name, "history.parquet") for name in ("of_one", "of_three", "elsewhere")]
    declared = _declared(ROCrate(), Path(), rx.load_config("config.yaml"), files)
    assert [each.id for each in declared] == ["papers/one/experiments.yaml", "other/three/experiments.yaml"]


def test_calls_lead_from_the_figure_to_the_seeds(crate):
    whole, *calls = crate.root_dataset["mentions"]
    assert {entity.id for entity in whole["result"]} == {"figures/figS4.pdf", "figures/figS4.png"}
    assert whole["instrument"].id == "Snakefile"
    assert [each.id for each in whole["object"]] == ["config.yaml", BUILT_IN]
    makers = {result.id: call for call in calls for result in call["result"]}
    waiting, seeds = ["figures/figS4.pdf"], set()
    while waiting:
        place = waiting.pop()
        told = {each["name"]: each["value"] for each in crate.get(place).get("additionalProperty", [])}
        seeds |= {told["seed"]} if "seed" in told else set()
        waiting += [source.id for source in makers[place]["object"]] if place in makers else []
    assert seeds == {"0", "1"}
    drawing = makers["figures/figS4.pdf"]
    assert drawing["startTime"] <= drawing["endTime"] and "figS4 --population reference" in drawing["description"]
    script, environment = drawing["instrument"]
    assert script.id == "workflow_scripts/figure.py" and environment["softwareVersion"] == rx.__version__
    assert any(each.startswith("torch ") for each in environment["softwareRequirements"])


def test_everything_that_is_named_is_described(crate):
    graph = json.loads((crate.source / "ro-crate-metadata.json").read_text())["@graph"]
    described = {entity["@id"] for entity in graph}
    named = {
        value["@id"]
        for entity in graph
        for values in entity.values()
        for value in (values if isinstance(values, list) else [values])
        if isinstance(value, dict)
    }
    assert {each for each in named if not each.startswith("https://")} <= described  # the library's own point outwards


def test_what_its_profiles_demand_is_there(crate):
    document = json.loads((crate.source / "ro-crate-metadata.json").read_text())
    assert document["@context"] == [
        "https://w3id.org/ro/crate/1.1/context",
        "https://w3id.org/ro/terms/workflow-run/context",
    ]
    descriptor = next(entity for entity in document["@graph"] if entity["@id"] == "ro-crate-metadata.json")
    workflow_crate = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
    assert descriptor["conformsTo"] == [{"@id": "https://w3id.org/ro/crate/1.1"}, {"@id": workflow_crate}]
    profiles = {entity.id for entity in crate.root_dataset["conformsTo"]}
    assert profiles == {*(f"https://w3id.org/ro/wfrun/{name}/0.5" for name in RUN_PROFILES), workflow_crate}
    parts = {entity.id for entity in crate.mainEntity["hasPart"]}
    instruments = {each.id for call in crate.root_dataset["mentions"][1:] for each in call["instrument"]}
    assert instruments == parts  # nothing else is a tool
    for action in crate.root_dataset["mentions"]:
        assert action["description"] and action["actionStatus"] == "http://schema.org/CompletedActionStatus"
        assert "agent" not in action.properties()


def test_who_ran_it_is_told_where_it_is_given(run, tmp_path_factory):
    assert main(["--agent", "Ada Lovelace", "--orcid", "0000-0002-1825-0097"]) == 0
    folder = tmp_path_factory.mktemp("signed")
    with zipfile.ZipFile(run / "run.crate.zip") as archive:
        archive.extractall(folder)
    actions = ROCrate(folder).root_dataset["mentions"]
    assert {action["agent"].id for action in actions} == {"https://orcid.org/0000-0002-1825-0097"}
    assert {(action["agent"]["name"], action["agent"].type) for action in actions} == {("Ada Lovelace", "Person")}


@pytest.mark.parametrize(
    ("break_it", "arguments", "told"),
    [
        (lambda: Path("figures/figS4.png").write_bytes(b""), [], "figures/figS4.png: has changed since it was made"),
        (lambda: Path("results/laptop/networks/reference/seed0.safetensors").unlink(), [], "is no longer there"),
        (lambda: None, ["config.yaml"], "config.yaml: nothing is recorded of how it was made"),
        (lambda: None, ["--orcid", "0000-0002-1825-0097"], "give the name too, with --agent"),
        (lambda: None, ["--agent", "Ada", "--orcid", "1825"], "--orcid 1825: an ORCID has four groups of four digits"),
        (lambda: None, ["--output", "folder"], "give a name that ends in .zip"),
        (lambda: [path.unlink() for path in Path("figures").glob("f*")], [], "nothing has been made yet"),
        (lambda: Path("config.yaml").write_text("]"), [], "config.yaml: line 1"),
    ],
)
def test_what_cannot_be_described_is_told_in_a_line(run, capsys, break_it, arguments, told):
    break_it()
    assert main(arguments) == 1
    assert told in (line := capsys.readouterr().err) and line.count("\n") == 1
    assert not list(run.glob("*.zip")) and not list(run.glob(".*.part"))


def test_another_archive_is_replaced_as_a_whole(run):
    assert main(["--output", "a.zip"]) == 0
    first = (run / "a.zip").stat().st_ino
    assert main(["--output", "a.zip", "figures/figS4.pdf"]) == 0
    assert (run / "a.zip").stat().st_ino != first and zipfile.ZipFile(run / "a.zip").testzip() is None
