"""Write the lock files and environment.yml from what is installed in the running environment.

`make lock` calls this after it has brought .venv up to date with pyproject.toml. The locks hold name==version with the
SHA-256 of every file of that release, which uv looks up: requirements.lock what the workflow needs, the others what the
tests, the site, SLURM and descriptions of runs need besides. torch and what it alone brings (the nvidia packages) stay
out: its builds for CPU and for CUDA are other files, and machines may have one of their own.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = "3.11.0"  # Debian 12 has 3.11.2

HEADER = """\
# {what}
# Every version of the environment in which the tests last passed but torch's, which the Makefile installs after them.
# To regenerate, edit the bounds in pyproject.toml, then `make lock`.
"""

ENVIRONMENT = """\
# conda env create -f environment.yml && conda activate replicortex
# The versions are those of requirements.lock (a test holds them equal); written by `make lock`.
name: replicortex
channels:
  - conda-forge
dependencies:
  - python=3.11
  - pip
  - pip:
{pins}
      - -e .
"""


def closure(requirements: list[str], skip: frozenset[str] = frozenset()) -> dict[str, str]:
    """Version of everything the requirements pull in here, by canonical name; ``skip`` is not entered."""
    found: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()

    def visit(requirement: Requirement) -> None:
        name = canonicalize_name(requirement.name)
        extras = sorted(requirement.extras)
        if name in skip or all((name, extra) in seen for extra in ["", *extras]):
            return
        found[name] = metadata.version(name).split("+")[0]
        if not SpecifierSet(metadata.metadata(name)["Requires-Python"] or "").contains(OLDEST_PYTHON):
            raise SystemExit(f"{name} {found[name]} does not run on Python {OLDEST_PYTHON}; install an older one")
        for extra in ["", *extras]:
            seen.add((name, extra))
            for child in map(Requirement, metadata.requires(name) or []):
                if child.marker is None or child.marker.evaluate({"extra": extra}):
                    visit(child)

    for line in requirements:
        visit(Requirement(line))
    return found


def besides(pins: dict[str, str], run: dict[str, str]) -> dict[str, str]:
    """The pins that are not among those of the workflow."""
    return {name: version for name, version in pins.items() if name not in run}


def hashed(pins: dict[str, str]) -> str:
    """The pins with the hashes of all files of their releases, for every platform and Python."""
    uv = Path(sys.executable).parent / "uv"
    options = ["--no-deps", "--generate-hashes", "--universal", "--no-annotate", "--no-header", "--quiet"]
    lines = "".join(f"{package}=={version}\n" for package, version in sorted(pins.items()))
    command = [uv, "pip", "compile", *options, "--python-version", OLDEST_PYTHON.rpartition(".")[0], "-"]
    return subprocess.run(command, input=lines, check=True, capture_output=True, text=True).stdout


def torch_pin() -> str:
    """The torch requirement of the Makefile, the one place that names its version."""
    match = re.search(r"^TORCH_VERSION\s*:?=\s*(\S+)", (ROOT / "Makefile").read_text(), flags=re.M)
    if match is None:
        raise SystemExit("Makefile: no line TORCH_VERSION = ...")
    return f"torch=={match.group(1)}"


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    build = project["build-system"]["requires"]
    torch = {name: v for name, v in closure(["torch"]).items() if name.startswith(("nvidia-", "triton", "cuda-"))}
    skip = frozenset({"torch", *torch})
    extras = project["project"]["optional-dependencies"]
    needed = [*project["project"]["dependencies"], *extras["workflow"]]
    run = closure([*needed, *closure(["torch"], frozenset(torch)), *build], skip)
    dev, docs, slurm, crate = (closure(extras[name], skip) for name in ("dev", "docs", "slurm", "crate"))
    for name, what, pins in (
        ("requirements.lock", "What the workflow needs.", run),
        ("requirements-slurm.lock", "What submitting to SLURM needs besides.", besides(slurm, run)),
        ("requirements-crate.lock", "What describing a run as an RO-Crate needs besides.", besides(crate, run)),
        ("requirements-docs.lock", "What the site needs besides.", besides(docs, run)),
        ("requirements-dev.lock", "What the tests need besides.", besides(dev, run)),
    ):
        (ROOT / name).write_text(HEADER.format(what=what) + hashed(pins))
    pins = [torch_pin(), *(f"{package}=={version}" for package, version in sorted(run.items()))]
    (ROOT / "environment.yml").write_text(ENVIRONMENT.format(pins="\n".join(f"      - {pin}" for pin in pins)))


if __name__ == "__main__":
    main()
