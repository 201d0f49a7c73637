"""A plain installation is light and typed, and what it lacks is told with the extra that brings it."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from packaging.requirements import Requirement

import replicortex as rx
from replicortex.extras import EXTRA_OF, explained, named
from replicortex.tables import write_table

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = {
    extra: {Requirement(line).name for line in lines} for extra, lines in PROJECT["optional-dependencies"].items()
}
BROUGHT_ALONG = {"psutil": "snakemake"}


def test_every_optional_module_is_in_the_extra_that_is_named():
    for module, extra in EXTRA_OF.items():
        package = BROUGHT_ALONG.get(module, module)
        assert package in EXTRAS[extra], module
    core = {Requirement(line).name for line in PROJECT["dependencies"]}
    assert not core & set.union(*EXTRAS.values())
    assert EXTRAS["figures"] <= EXTRAS["workflow"]


@pytest.mark.parametrize(
    ("missing", "use"),
    [
        ("matplotlib", lambda: rx.figures.draw("fig2", {}, rx.figures.Setting)),
        ("gymnasium", lambda: rx.primer.environment(rx.primer.PerceptualDecision())),
        ("pyarrow", lambda: rx.pretrained.add),
    ],
)
def test_what_is_missing_is_told_with_its_extra(monkeypatch, missing, use):
    kept = ("replicortex.primer.environments", "replicortex.pretrained.adding", "replicortex.pretrained.packing")
    for name in [*sys.modules]:
        if name.partition(".")[0] == missing or name.startswith(("replicortex.report.style", *kept)):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    extra = EXTRA_OF[missing]
    with pytest.raises(ModuleNotFoundError) as caught:
        use()
    line = f"{missing} is not installed; it comes with the extra {extra!r}: pip install 'replicortex[{extra}]'"
    assert str(caught.value) == line


def test_another_missing_module_is_told_as_python_does():
    error = ModuleNotFoundError("No module named 'mine'", name="mine")
    assert explained(error) is error
    with pytest.raises(ModuleNotFoundError, match="^No module named 'no_such_module'$"), named():
        import no_such_module  # noqa: F401


@pytest.mark.long
def test_a_plain_installation_suffices_for_tasks_networks_training_and_analyses():
    """In a process that refuses every optional module, as after `pip install .`."""
    program = f"""
import sys
sys.modules |= dict.fromkeys({sorted(EXTRA_OF)})
import replicortex as rx
for part in rx.__all__:
    try:
        getattr(rx, part)
    except ModuleNotFoundError as error:
        print(part, "*", error.name)
        continue
    for name in getattr(getattr(rx, part), "__all__", []):
        try:
            getattr(getattr(rx, part), name)
        except ModuleNotFoundError as error:
            print(part, name, error.name)
net = rx.pretrained.load("reference", labels=["seed0"])
trial = rx.tasks.generate("dm1", mode="test", noise=False)
assert rx.tasks.score(net.run(trial.x).outputs[0], trial.y_loc).mean() > 0.9
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    lacking = {tuple(line.split()) for line in done.stdout.splitlines()}
    assert {part for part, *_ in lacking} <= {"figures", "pretrained", "primer", "progress", "readers", "scorecard"}
    assert ("primer", "train") not in {each[:2] for each in lacking}


def test_files_of_an_extra_name_it_and_are_not_blamed(tmp_path, monkeypatch):
    write_table(pd.DataFrame({"a": [1.0]}), tmp_path / "a.parquet")
    for name in ("pyarrow", "pyarrow.parquet"):
        monkeypatch.setitem(sys.modules, name, None)
    shipped = rx.pretrained.read(ROOT / "pretrained/laptop/primer_identity")
    for read in (
        lambda: rx.readers.read_parquet(tmp_path / "a.parquet"),
        lambda: rx.pretrained.table(shipped, "history"),
    ):
        with pytest.raises(ModuleNotFoundError, match=r"^pyarrow is not installed; .*'replicortex\[figures\]'$"):
            read()


def test_a_wheel_says_that_it_is_typed_and_holds_every_file_that_is_read():
    program = """
from setuptools import Distribution
project = Distribution({"script_name": "setup.py", "src_root": "."})
project.parse_config_files()
build = project.get_command_obj("build_py")
build.ensure_finalized()
for package, source, target, names in build.data_files:
    print(*(f"{source}/{name}" for name in names), sep="\\n")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    packed = {str(Path(line)) for line in done.stdout.splitlines() if line}
    source = ROOT / "src/replicortex"
    read = [path for end in ("*.yaml", "*.json", "templates/*") for path in source.rglob(end) if path.is_file()]
    assert len(read) > 3
    wanted = {str(path.relative_to(ROOT)) for path in read} | {"src/replicortex/py.typed"}
    assert wanted <= packed


def test_a_wheel_holds_the_shipped_networks(tmp_path):
    program = f"""
from distutils.core import run_setup
build = run_setup("setup.py", stop_after="config").get_command_obj("build_py")
build.build_lib, build.egg_base = {str(tmp_path)!r}, {str(tmp_path)!r}
build.ensure_finalized()
build.run()
"""
    done = subprocess.run(
        [sys.executable, "-c", f"import setuptools{program}"], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    there = tmp_path / "replicortex/pretrained/shipped"
    listed = [path.relative_to(ROOT / "pretrained") for path in (ROOT / "pretrained").rglob("*") if path.is_file()]
    assert len(listed) > 20 and all((there / path).is_file() for path in listed)
    program = "from replicortex import pretrained as p; print(p.home()); p.read(p.home() / 'laptop/reference')"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path,
                           env={**os.environ, "PYTHONPATH": str(tmp_path)})  # fmt: skip
    assert Path(found.stdout.strip()).resolve() == there.resolve(), found.stderr
