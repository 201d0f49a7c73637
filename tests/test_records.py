"""Records beside files, what a figure says of itself, and the chain from a figure down to the seeds."""

from __future__ import annotations

import json
import shutil
import time
from contextlib import chdir
from pathlib import Path

import pytest
from fake_tables import make_tables
from shipped_networks import made_of, made_results
from workflow_checkout import run_script

import replicortex as rx
from replicortex import pretrained, records
from replicortex.explain import embedded, explain, main
from replicortex.tables import write_table

SCRIPTS = Path(__file__).resolve().parent.parent / "workflow_scripts"
STUDY = rx.load_config(
    {"schedules": {"paper": {}}, "experiments": {"reference": {"seeds": 2, "network": {"units": 8}}}}
)
SETTING = rx.figures.Setting(scale="laptop", experiment="reference", schedule="paper", units=8)


@pytest.fixture(scope="session")
def drawn(tmp_path_factory) -> Path:
    """Two networks, a table said to have been measured on them, and a figure drawn from it by its script."""
    with chdir(folder := tmp_path_factory.mktemp("drawn")):
        _draw()
    return folder


@pytest.fixture
def made(drawn, tmp_path, monkeypatch) -> Path:
    """The same in a folder that may be changed, and is the current one."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(drawn, tmp_path, dirs_exist_ok=True)
    return tmp_path


def _draw() -> None:
    results = made_results(STUDY, Path("results"))
    weights = sorted((results / "networks/reference").glob("*.safetensors"))
    (results / "tables/reference/history.parquet").unlink()
    tables = make_tables(("seed0", "seed1"), n_units=8)
    needed = rx.figures.FIGURES["figS4"].shows["reference"]
    paths = [results / "tables/reference" / f"{name}.parquet" for name in needed]
    for path in paths:
        write_table(tables[path.stem], path, made_of(results))
        records.write("measure_all.py", ["x"], {str(w): records.sha256(w) for w in weights}, [path], time.time())
    options = ("--output", "figures/figS4.pdf")
    assert run_script("figure.py", "figS4", "--population", "reference", *map(str, paths), *options) == ""


def test_the_chain_ends_at_the_seeds(made):
    lines = list(explain("figures/figS4.pdf"))
    assert lines[0].startswith("figures/figS4.pdf  sha256 ")
    assert "made by figure.py" in lines[1]
    text = "\n".join(lines)
    assert text.count("made by measure_all.py") == len(rx.figures.FIGURES["figS4"].shows["reference"])
    for seed in (0, 1):
        assert f"results/laptop/networks/reference/seed{seed}.safetensors  sha256" in text
        assert f"experiment reference, network seed{seed}, seed {seed}" in text
    assert "reference: 2 networks from the seeds 0, 1" in text and "units: 8" in text
    assert "!" not in text
    assert list(explain("figures/figS4.png"))[1] == lines[1]


def test_a_file_that_changed_is_marked(made):
    table = Path("results/laptop/tables/reference/silhouette.parquet")
    table.write_bytes(table.read_bytes() + b"x")
    Path("results/laptop/networks/reference/seed1.safetensors").unlink()
    marked = [line for line in explain("figures/figS4.pdf") if "!" in line]
    assert any("silhouette.parquet" in line and "changed since it was read" in line for line in marked)
    assert any("seed1.safetensors" in line and "no longer there" in line for line in marked)
    assert all("silhouette" in line or "seed1" in line for line in marked)


def test_a_figure_carries_its_origin_and_no_time(made):
    told = embedded("figures/figS4.pdf")
    assert told is not None
    assert told["scale"] == "laptop" and told["code"] == records.code_version()
    population = told["experiments"]["reference"]
    assert population["seeds"] == [0, 1] and population["settings"]["network"]["units"] == 8
    assert told["versions"]["numpy"] and "processor" in told["versions"]
    assert not {"wall_s", "began", "ended", "host"} & set(json.dumps(told).replace('"', " ").split())
    for path in sorted(Path("figures/.made").iterdir()):
        path.unlink()
    alone = "\n".join(explain("figures/figS4.pdf"))  # sent to somebody without its folder
    assert "the file itself says" in alone and "2 networks from the seeds 0, 1" in alone


def test_another_time_gives_the_same_bytes(made):
    folder = Path("results/laptop/tables/reference")
    tables = [path for path in sorted(folder.glob("*.parquet")) if records.of(path)]
    assert len(tables) > 3
    before = records.summary(tables, "laptop")
    for path in tables:
        records.write("again.py", [], records.of(path).inputs, [path], time.time() - 1e6)
    assert records.summary(tables, "laptop") == before
    figure = rx.figures.draw("figS4", make_tables(), SETTING)
    one, _ = rx.figures.save(figure, "one/a.pdf", before)
    other, _ = rx.figures.save(rx.figures.draw("figS4", make_tables(), SETTING), "other/a.pdf", before)
    assert one.read_bytes() == other.read_bytes()


def test_nothing_known_is_said(made, capsys):
    Path("foreign.pdf").write_bytes(b"%PDF-1.4 nothing")
    Path("results/laptop/tables/reference/.made/units.parquet.json").write_text("{")
    for path in ("foreign.pdf", "results/laptop/tables/reference/lesions.parquet", "nowhere.pdf"):
        assert main([path]) == 1
        assert path in capsys.readouterr().err


def test_a_damaged_record_is_none(made):
    path = Path("results/laptop/tables/reference/silhouette.parquet")
    record = path.parent / ".made" / f"{path.name}.json"
    for content in (b"", b"{", b"[]", b"{}", b"\xff", record.read_bytes()[:-20]):
        record.write_bytes(content)
        assert records.of(path) is None


def test_shipped_tables_lead_to_the_networks_of_their_manifest(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pretrained.pack(made_results(STUDY, Path("made")), "reference", Path("pretrained"))
    folder, table = "pretrained/laptop/reference", "tables/units.parquet"
    weights = "networks/reference/seed1.safetensors"
    for script, options in (
        ("unpack.py", ["--table", "units", "--output", table]),
        ("unpack.py", ["--network", "seed1", "--output", weights, "--history", "networks/reference/h.parquet"]),
    ):
        assert run_script(script, folder, *options) == ""
    for path in (table, weights):
        text = "\n".join(explain(path))
        assert f"{folder}/manifest.json" in text and "!" not in text
        assert "experiment reference, network seed1, seed 1" in text
        assert "networks from the seeds 0, 1" in text
    Path(folder, "manifest.json").write_text("{")
    assert "manifest.json" in "\n".join(line for line in explain(table) if "! has changed" in line)
