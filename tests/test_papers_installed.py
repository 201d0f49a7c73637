"""A paper in an installed package, found by its entry point: no folder beside the configuration names it."""

import shutil
import sys
from pathlib import Path

import pytest
from workflow_checkout import ROOT, checkout

from replicortex.config import load_config
from replicortex.pipeline import Reruns, own_papers, papers

FLIPFLOP = {"flipflop_networks": 1, "flipflop_trials": 1, "flipflop_points": 1, "primer_train": 1, "figure": 1}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of installed packages, as an installer leaves it."""
    folder = tmp_path_factory.mktemp("site")
    ignore = shutil.ignore_patterns("__pycache__", "tests")
    shutil.copytree(ROOT / "examples/flipflop", folder / "flipflop", ignore=ignore)
    about = folder / "flipflop-0.1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: flipflop\nVersion: 0.1\n")
    (about / "entry_points.txt").write_text("[replicortex.papers]\nflipflop = flipflop.paper:PAPER\n")
    return folder


@pytest.fixture
def installed(site: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    kept = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "flipflop"}
    for name in kept:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(site)
    yield site
    for name in [name for name in sys.modules if name.partition(".")[0] == "flipflop"]:
        del sys.modules[name]


def test_its_experiments_steps_figures_and_code_are_known(installed: Path) -> None:
    study = load_config(ROOT / "config.yaml", "smoke")
    assert study["flipflop"].paper == "flipflop"
    paper = papers([])["flipflop"]
    assert [figure.name for figure in paper.figures] == ["flipflop"]
    assert own_papers(study) == ((installed / "flipflop").resolve(),)
    reruns = Reruns(study, None, beside=own_papers(study))
    code = reruns.training("replicortex.primer:train", study["flipflop"])
    step = next(step for step in paper.steps if step.name == "flipflop_points")
    points = reruns.code(step.function, "flipflop")
    file = installed / "flipflop/fixed_points.py"
    text = file.read_text()
    try:
        file.write_text(
            text.replace("def measure_points(", "def measure_points(*more, ", 1).replace("concat(", "concat(1, ")
        )
        again = Reruns(study, None, beside=own_papers(study))
        assert again.training("replicortex.primer:train", study["flipflop"]) == code
        assert again.code(step.function, "flipflop") != points
    finally:
        file.write_text(text)


@pytest.mark.workflow
def test_its_figure_is_planned_from_seeds(site: Path, tmp_path: Path) -> None:
    copy = checkout(tmp_path / "checkout")
    done = copy.snakemake("-n", "figures/flipflop.pdf", PYTHONPATH=f"{copy.folder / 'src'}:{site}")
    assert done.status == 0 and done.jobs == FLIPFLOP, done.text
    assert copy.snakemake("-n", "figures/flipflop.pdf").status != 0  # where it is not installed
