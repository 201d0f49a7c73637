"""Papers declare their experiments in files of their own, those of the user as those of the package."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from whole_config import ROOT, whole_config

from replicortex.config import SCALES, ConfigError, load_config
from replicortex.config.overlay import as_options, from_options, of_module

FLIPFLOP = {"primer": {"flipflop": {"task": {"name": "match"}, "seeds": 3, "scales": {"smoke": {"seeds": 1}}}}}
RATES = {
    "schedules": {"slow": {"rate": 1e-4}},
    "scales": {"laptop": {"seeds": 7, "trials": 1000, "schedule": "slow"}},
    "experiments": {"mine": {"network": {"units": 16}}},
}


def write(path: Path, data) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(data))
    return path


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder with a configuration and a paper of the user's own, in which the test works."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    write(tmp_path / "config.yaml", {"papers": "papers"})
    write(tmp_path / "papers/flipflop/experiments.yaml", FLIPFLOP)
    return tmp_path


@pytest.mark.parametrize("scale", SCALES)
def test_a_file_with_all_sections_in_it_is_the_same_study(scale):
    files, alone = load_config(ROOT / "config.yaml", scale), load_config(whole_config(), scale)
    assert dict(files) == dict(alone) and list(files) == list(alone)
    assert (files.shard, files.schedules) == (alone.shard, alone.schedules)
    both = load_config({**whole_config(), "papers": []}, scale)
    assert dict(both) == dict(files)


def test_a_paper_of_the_users_own_is_found_beside_the_configuration(home):
    study = load_config()
    assert study["flipflop"].paper == "flipflop" and study["reference"].paper == "yang2019"
    assert study.papers == (Path("papers"),) and str(home / "papers") in sys.path
    assert len(study["flipflop"].seeds) == 3 and len(load_config(scale="smoke")["flipflop"].seeds) == 1
    over = load_config(overlays=[{"primer": {"flipflop": {"seeds": 2, "paper": "primer"}}}])["flipflop"]
    assert (len(over.seeds), over.paper, over.fingerprint()) == (2, "primer", study["flipflop"].fingerprint())
    assert set(load_config({"primer": {"one": {}}})) == {"one"}


def test_what_a_paper_says_of_scales_holds_for_its_own_experiments(home):
    write(home / "papers/rates/experiments.yaml", RATES)
    study = load_config()
    mine, reference = study["mine"], study["reference"]
    assert (len(mine.seeds), mine.training.trials, mine.schedule.rate) == (7, 1000, 1e-4)
    assert (len(reference.seeds), reference.training.trials, reference.schedule.name) == (4, 1_500_000, "fast")
    over = load_config(overlays=[{"scales": {"laptop": {"trials": 100_000}}}])
    assert over["mine"].training.trials == over["reference"].training.trials == 100_000


def test_folders_of_papers_are_found_from_the_file_that_names_them(home):
    write(home / "elsewhere/more/rates/experiments.yaml", RATES)
    overlay = write(home / "elsewhere/mine.yaml", {"papers": ["more", "../papers"]})
    study = load_config(overlays=[overlay])
    assert {"mine", "flipflop"} < set(study) and len(study.papers) == 2
    assert "flipflop" not in load_config(overlays=[overlay], settings={"papers": "elsewhere/more"})
    given = of_module({"papers": ["elsewhere/more"]}, Path(), home / "kept")
    assert "mine" in load_config(**given)
    options = as_options(**of_module({"papers": "elsewhere/more"}, Path(), home / "kept"))
    assert "mine" in load_config(settings=from_options(options[options.index("--set") + 1 :]))


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"flipflop": {"primer": {"flipflop": {"seeds": -1}}}}, "papers/flipflop/{}: primer.flipflop.seeds: -1 is"),
        ({"flipflop": {"primer": {"flipflop": {"sedes": 1}}}}, "papers/flipflop/{}: primer.flipflop.sedes: unknown"),
        ({"a": FLIPFLOP}, "papers/flipflop/{}: primer.flipflop: is declared in papers/a/{} too; rename one"),
        ({"a": {"experiments": {"reference": {}}}}, "papers/a/{}: experiments.reference: is declared in .*yang2019/{}"),
        ({"a": {"schedules": {"fast": {}}}}, "papers/a/{}: schedules.fast: is declared in .*yang2019/{} too"),
        ({"yang2019": {}}, "papers/yang2019/{}: there is a paper 'yang2019' already, .*; rename the folder"),
        ({"a": {"results": "x"}}, "papers/a/{}: results: is no setting of a paper; 'results' is not"),
        ({"a": {"scales": {"smoke": {"seeds": "x"}}}}, "papers/a/{}: scales.smoke.seeds: 'x' is not a whole number"),
        ({"a": {"primer": 3}}, "papers/a/{}: primer: 3 is not a mapping"),
        ({"a": {"experiments": {"gq_lif": {}}}}, ".*: force.experiments.gq_lif: is also a name in `experiments`"),
    ],
)
def test_what_is_wrong_in_a_paper_is_told_with_its_file(home, files, said):
    for paper, data in files.items():
        write(home / f"papers/{paper}/experiments.yaml", data)
    with pytest.raises(ConfigError) as caught:
        load_config()
    expected = "^" + said.replace("{}", r"experiments\.yaml")
    assert any(re.match(expected, line) for line in caught.value.problems), caught.value.problems


@pytest.mark.parametrize("folder", ["/", ".", "empty", "papers/flipflop"])
def test_a_folder_without_papers_is_refused(home, folder):
    (home / "empty").mkdir()
    with pytest.raises(ConfigError, match=f"^--config papers: '{folder}': no paper is in this folder; ") as caught:
        load_config(settings={"papers": folder})
    assert "\n" not in str(caught.value) and ("name the folder that it is in" in str(caught.value)) == (
        "flip" in folder
    )


def test_papers_replace_no_module_of_a_library(home):
    """Their folder is searched last, and one that is named twice once."""
    load_config({"papers": ["papers", f"{home}/papers"]})
    assert sys.path[-1] == str(home / "papers") and sys.path.count(str(home / "papers")) == 1


def test_a_value_on_top_is_told_with_the_file_on_top(home):
    with pytest.raises(ConfigError, match=r"^overlay 1: primer\.flipflop\.seeds: -1 is out of range"):
        load_config(overlays=[{"primer": {"flipflop": {"seeds": -1}}}])
    with pytest.raises(ConfigError, match=r"^config\.yaml: papers: 'nowhere': there is no folder nowhere"):
        write(home / "config.yaml", {"papers": "nowhere"})
        load_config()
    with pytest.raises(ConfigError, match=r"^--config papers: 'nowhere': there is no folder nowhere"):
        load_config(settings={"papers": "nowhere"})
    with pytest.raises(ConfigError, match=r"^config\.yaml: papers: 3 is not a list"):
        load_config({"papers": 3})


def test_planning_reads_the_papers_without_heavy_libraries():
    code = "import sys, replicortex.config as c; c.load_config('config.yaml'); print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert not {"torch", "pandas", "matplotlib", "scipy", "seaborn"} & set(told.split())
