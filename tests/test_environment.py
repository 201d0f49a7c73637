"""Locks, environment.yml, pyproject.toml and Makefile agree with one another and with what is installed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
UV_INSTALL = "'/opt/my uv' pip install --quiet --python .venv/bin/python"
PIN = re.compile(r"([a-z0-9-]+)==([0-9][0-9a-z.]*)((?: --hash=sha256:[0-9a-f]{64})+)")


def pinned(name: str) -> list[str]:
    """The lines of a lock, each with its hashes."""
    text = (ROOT / name).read_text().replace(" \\\n    ", " ")
    return [line for line in text.splitlines() if not line.startswith("#")]


def lock(name: str) -> dict[str, str]:
    return {line.split("==")[0]: line.split(" ")[0].split("==")[1] for line in pinned(name)}


def torch_version() -> str:
    found = re.search(r"^TORCH_VERSION = (\S+)$", (ROOT / "Makefile").read_text(), flags=re.M)
    assert found is not None
    return found.group(1)


def conda_pins() -> list[str]:
    dependencies = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    (pip,) = [entry["pip"] for entry in dependencies if isinstance(entry, dict)]
    return pip


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_lock_holds_names_versions_and_hashes_only(name):
    assert list(lock(name)) == sorted(lock(name)) and len(lock(name)) == len(pinned(name)) > 15
    assert [line for line in pinned(name) if not PIN.fullmatch(line)] == []
    assert "torch" not in lock(name) and not any(package.startswith("nvidia") for package in lock(name))


@pytest.mark.parametrize("extra", ["slurm", "docs", "crate"])
def test_what_an_extra_needs_is_locked_too(extra):
    name = f"requirements-{extra}.lock"
    assert all(PIN.fullmatch(line) for line in pinned(name))
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"][extra]
    pins, dev = lock(name), lock("requirements-dev.lock")
    assert all(Requirement(each).specifier.contains(pins[Requirement(each).name]) for each in wanted)
    assert not set(pins) & set(lock("requirements.lock"))
    assert {each: dev[each] for each in set(pins) & set(dev)}.items() <= pins.items()  # they share an environment


@pytest.mark.parametrize("name", sorted(path.name for path in ROOT.glob("requirements*.lock")))
def test_what_is_locked_runs_on_the_oldest_python_that_the_package_accepts(name):
    """Debian 12 has Python 3.11.2, on which a release that asks for 3.11.5 cannot be installed."""
    oldest = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    oldest = oldest.removeprefix(">=").partition(",")[0] + ".0"
    here = {each.metadata["Name"].lower().replace("_", "-"): each for each in metadata.distributions()}
    for package, version in lock(name).items():
        if package in here and here[package].version.split("+")[0] == version:
            assert SpecifierSet(here[package].metadata["Requires-Python"] or "").contains(oldest), package


def test_the_slurm_profile_names_no_rule():
    """Memory and time stand where a step is declared, and nowhere else."""
    profile = yaml.safe_load((ROOT / "profiles/slurm/config.yaml").read_text())
    assert "set-resources" not in profile
    default = yaml.safe_load((ROOT / "profiles/default/config.yaml").read_text())
    for same in ("keep-going", "rerun-incomplete", "rerun-triggers", "max-checksum-file-size"):
        assert profile[same] == default[same]


@pytest.mark.parametrize("recipe", ["Dockerfile", "replicortex.def"])
def test_containers_hold_what_the_locks_say_and_nothing_else(recipe):
    """They are set up by the Makefile; a version in a recipe would be a second truth."""
    text = (ROOT / "container" / recipe).read_text()
    assert "python:3.11-slim-bookworm" in text and "make env slurm" in text
    assert not re.search(r"pip3? install|conda install|==", text)


def test_conda_environment_carries_the_versions_of_the_lock():
    *pins, last = conda_pins()
    assert last == "-e ."
    assert dict(pin.split("==") for pin in pins) == {"torch": torch_version(), **lock("requirements.lock")}


def test_conda_environment_names_a_python_that_the_package_accepts():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    assert environment["name"] == "replicortex"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (python,) = [line.split("=")[1] for line in environment["dependencies"] if str(line).startswith("python=")]
    assert Requirement(f"python{project['requires-python']}").specifier.contains(f"{python}.0")


def test_pins_satisfy_the_project_and_one_another():
    pins = {"torch": torch_version(), **lock("requirements.lock"), **lock("requirements-dev.lock")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [
        *(("pyproject.toml", line) for line in project["project"]["dependencies"]),
        *(("pyproject.toml", line) for line in project["project"]["optional-dependencies"]["workflow"]),
        *(("pyproject.toml", line) for line in project["project"]["optional-dependencies"]["dev"]),
        *(("pyproject.toml", line) for line in project["build-system"]["requires"]),
        *((name, line) for name in pins for line in metadata.requires(name) or []),
    ]
    problems = []
    for source, line in wanted:
        requirement = Requirement(line)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        name = canonicalize_name(requirement.name)
        from_torch = source == "torch" and name.startswith(("nvidia-", "triton", "cuda-"))
        if not from_torch and (name not in pins or not requirement.specifier.contains(pins[name], prereleases=True)):
            problems.append(f"{source} wants {line}, the locks have {pins.get(name)}")
    assert problems == []


@pytest.mark.long
def test_pip_resolves_the_conda_pins_to_what_is_installed(tmp_path):
    """The same resolution that conda asks of pip, against the installed packages instead of an index."""
    pins = tmp_path / "pins.txt"
    pins.write_text("".join(f"{pin}\n" for pin in conda_pins() if pin != "-e ."))
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--dry-run",
        "--no-index",
        "--quiet",
        "--report",
        "-",
        "-r",
        pins,
    ]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PIP_CONFIG_FILE": os.devnull})
    assert done.returncode == 0, done.stderr
    assert '"install": []' in done.stdout


def make(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "MFLAGS"}
    return subprocess.run(["make", *arguments], cwd=folder, env=quiet, capture_output=True, text=True)


def test_make_offers_only_known_torch_builds():
    done = make("env", "TORCH=gpu")
    assert done.returncode != 0 and "TORCH=gpu: cpu or cuda" in done.stderr


def test_make_says_which_python_is_missing(tmp_path):
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    done = make("env", "PYTHON=", folder=tmp_path)
    assert done.returncode != 0
    assert "3.11 to 3.14" in done.stderr and "python3-venv" in done.stderr
    assert not (tmp_path / ".venv").exists()


def ready(folder: Path) -> Path:
    """A folder with a Makefile and an environment that looks as if it had been made there."""
    (folder / ".venv/bin").mkdir(parents=True)
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    (folder / ".venv/pyvenv.cfg").write_text("")
    (folder / ".venv/bin/python").symlink_to(sys.executable)
    (folder / ".venv/bin/pip").write_text(f'#!/bin/sh\n\'\'\'exec\' "{folder}/.venv/bin/python" "$0" "$@"\n')
    (folder / ".venv/.ready-cpu").write_text("")
    return folder


@pytest.mark.long
def test_an_environment_that_was_moved_or_is_of_another_python_is_made_again(tmp_path):
    here = ready(tmp_path / "it's my checkout")
    assert "made again" not in make("-n", "env", folder=here).stdout
    assert "made again" not in make("-n", "env", f"PYTHON={sys.executable}", folder=here).stdout
    (here / ".venv/bin/python").unlink()
    assert "made again: its Python cannot be used any more" in make("-n", "env", folder=here).stdout
    (here / ".venv/bin/python").symlink_to(sys.executable)
    moved = here.rename(tmp_path / "renamed")
    dry = make("-n", "progress", folder=moved).stdout
    assert "made again: it was made in another folder" in dry and "rm -rf .venv" in dry and "-m venv .venv" in dry


@pytest.mark.long
def test_another_python_is_tried_before_anything_is_touched(tmp_path):
    here = ready(tmp_path / "a b")
    other = tmp_path / "my python3.15"
    other.write_text('#!/bin/sh\ncase "$2" in *print*) echo 3.15;; *) exit 1;; esac\n')
    other.chmod(0o755)
    for python in (other, tmp_path / "none"):
        done = make("env", f"PYTHON={python}", folder=here)
        assert done.returncode != 0 and f"PYTHON={python}: is not there, or is not Python 3.11 to 3.14" in done.stderr
        assert (here / ".venv/.ready-cpu").exists()


def test_make_takes_away_what_the_caller_says_of_python(tmp_path, monkeypatch):
    (tmp_path / "Makefile").write_text(f"include {ROOT / 'Makefile'}\nshow:\n\t@env\n")
    inherited = {"PYTHONPATH": "/cluster", "PYTHONSAFEPATH": "1", "MPLBACKEND": "x", "HOME": "/proc/none"}
    for name, value in inherited.items():
        monkeypatch.setenv(name, value)
    found = make("show", folder=tmp_path).stdout.splitlines()
    assert not [line for line in found if line.startswith(("PYTHONPATH", "PYTHONSAFEPATH"))]
    assert {"PYTHONNOUSERSITE=1", "MPLBACKEND=Agg", f"XDG_CACHE_HOME={tmp_path}/.snakemake/cache"} <= set(found)


@pytest.mark.long
def test_words_with_blanks_and_quotes_reach_the_commands():
    dry = make("-n", "explain", "FILE=it's my/fig 2.pdf").stdout
    assert r"replicortex.explain 'it'\''s my/fig 2.pdf'" in dry
    again = make("-n", "reproduce", "SECOND=a b", "CONFIG=my own.yaml").stdout
    assert "mkdir -p 'a b'" in again and "cp 'my own.yaml' 'a b/replicortex-own.yaml'" in again
    assert "--configfile replicortex-own.yaml --cores" in again and again.rstrip().endswith(
        "--configfile 'my own.yaml'"
    )
    done = make("settings", "CONFIG=it's not.yaml")
    assert done.returncode and "CONFIG=it's not.yaml: no such file; give one with settings" in done.stderr
    for target in ("progress", "crate"):
        assert f"replicortex.{target} --configfile 'my own.yaml'" in make("-n", target, "CONFIG=my own.yaml").stdout


@pytest.mark.long
@pytest.mark.parametrize(
    ("uv", "installer", "torch"),
    [
        ("", "-m pip --disable-pip-version-check --quiet install", "--quiet install"),
        ("/opt/my uv", f"{UV_INSTALL}", f"{UV_INSTALL} --torch-backend cpu"),
    ],
)
def test_make_figure_sets_up_and_asks_snakemake_for_that_figure(tmp_path, uv, installer, torch):
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    asked = ("-n", "figures/fig2.pdf", "CORES=3", "SCALE=smoke", f"PYTHON={sys.executable}", f"UV={uv}")
    dry = make(*asked, folder=tmp_path).stdout
    steps = [
        f"'{sys.executable}' -m venv .venv",
        f"{installer} --require-hashes -r requirements.lock",
        f"{torch} torch=={torch_version()}",
        f"{installer} --no-deps",
        "snakemake --cores 3 --config scale=smoke -- 'figures/fig2.pdf'",
    ]
    places = [dry.find(step) for step in steps]
    assert -1 not in places and places == sorted(places), dry


@pytest.mark.long
def test_make_gallery_asks_for_shipped_networks():
    dry = make("-n", "gallery", "CORES=3", "SCALE=smoke", f"PYTHON={sys.executable}").stdout
    assert "snakemake --cores 3 --config pretrained=true scale=smoke -- gallery" in dry
    one = make("-n", "gallery", "CORES=3", "TARGETS=figures/fig2.pdf", f"PYTHON={sys.executable}").stdout
    assert "snakemake --cores 3 --config pretrained=true  -- figures/fig2.pdf" in one


@pytest.mark.long
@pytest.mark.parametrize("target", ["figures/fig2.pdf", "plan", "report", "gallery", "all"])
def test_make_takes_settings_of_ones_own(target):
    dry = make("-n", target, "CONFIG=my own.yaml", f"PYTHON={sys.executable}").stdout
    calls = [line for line in dry.splitlines() if "bin/snakemake " in line]
    assert calls and all("snakemake --configfile 'my own.yaml' -" in line for line in calls)


def test_continuous_integration_runs_what_the_readme_says():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "\nmake test </dev/null" in script.read_text()
