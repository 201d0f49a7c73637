"""Copies of this checkout in which Snakemake can be run, and what it said."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import yaml
from whole_config import whole_config

from replicortex.pipeline import script

ROOT = Path(__file__).resolve().parent.parent
PARSED = ROOT / ".pytest_cache/parsed"  # what Snakemake's calls read from the sources, by content
PARTS = ("Snakefile", "config.yaml", ".ci", "rules", "workflow_scripts", "profiles", "src")


@dataclass(frozen=True)
class Answer:
    """How a call ended."""

    status: int
    text: str

    @property
    def jobs(self) -> dict[str, int]:
        """Number of jobs by rule, without the target that only collects files."""
        table = re.search(r"^Job stats:\n.*\n[- ]+\n((?:\w+ +\d+\n)+?)total", self.text, flags=re.M)
        counts = re.findall(r"^(\w+) +(\d+)$", table.group(1) if table else "", flags=re.M)
        return {rule: int(n) for rule, n in counts if rule not in ("all", "gallery")}

    @property
    def nothing_to_do(self) -> bool:
        return self.status == 0 and "Nothing to be done" in self.text


@dataclass(frozen=True)
class Checkout:
    """A copy of the working tree with products of its own."""

    folder: Path

    def call(self, *command: str, **environment: str) -> Answer:
        """Run a program of this environment in the folder, with the package of the folder."""
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        env = {**kept, "PYTHONPATH": str(self.folder / "src"), **environment}
        done = subprocess.run(
            [sys.executable, *command],
            cwd=self.folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return Answer(done.returncode, done.stdout)

    def snakemake(
        self, *arguments: str, cores: int = 2, scale: str = "smoke", on: tuple[str, ...] = (), **environment: str
    ) -> Answer:
        """Run Snakemake as its users do: without naming a profile; ``on`` names settings to switch on."""
        switches = (f"{name}=true" for name in on)
        options = ("--cores", str(cores), "--config", f"scale={scale}", *switches, "--")
        flags = [argument for argument in arguments if argument.startswith("-")]
        targets = [argument for argument in arguments if not argument.startswith("-")]
        answer = self.call("-m", "snakemake", *flags, *options, *targets, **environment)
        if answer.status == 0 and not _is_parsed():
            PARSED.mkdir(parents=True, exist_ok=True)
            for path in (self.folder / ".snakemake").glob("*.json"):
                shutil.copy(path, PARSED)
        return answer

    def plan(self, *targets: str, scale: str = "smoke", on: tuple[str, ...] = ()) -> Answer:
        """What would be run."""
        return self.snakemake("-n", *targets, scale=scale, on=on)

    def configure(self, change: Any) -> None:
        """Let ``change`` alter the whole configuration, and write it to config.yaml."""
        path = self.folder / "config.yaml"
        config = whole_config(self.folder)
        change(config)
        path.write_text(yaml.safe_dump(config, sort_keys=False))

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text in a file, where it stands first."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file}: holds no {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def append(self, file: str, text: str = "\n# a remark\n") -> None:
        """Edit a file at its end."""
        with open(self.folder / file, "a") as handle:
            handle.write(text)

    def copy(self, folder: Path) -> Checkout:
        """The same with all products and Snakemake's memory of them, times included."""
        shutil.copytree(self.folder, folder)
        return Checkout(folder)


@cache
def _changed() -> float:
    """When the sources were edited last, in s."""
    return max(path.stat().st_mtime for path in (ROOT / "src").rglob("*.py"))


def _is_parsed() -> bool:
    files = [*PARSED.glob("*.json")]
    return bool(files) and min(path.stat().st_mtime for path in files) > _changed()


def checkout(folder: Path) -> Checkout:
    """A fresh copy of what the workflow is made of, which need not parse sources that another has parsed."""
    folder.mkdir(parents=True, exist_ok=True)
    if _is_parsed():
        shutil.copytree(PARSED, folder / ".snakemake")
    for name in PARTS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("*.egg-info"))
        else:
            shutil.copy2(source, folder / name)
    return Checkout(folder)


def reference_at_smoke(**settings: Any) -> Any:
    """A change of the configuration: settings of the reference networks at scale smoke."""

    def change(config: dict[str, Any]) -> None:
        config["experiments"]["reference"].setdefault("scales", {}).setdefault("smoke", {}).update(settings)

    return change


def run_script(name: str, *arguments: str) -> str:
    """Run a script of the workflow in this process and folder; what it says when it ends, "" if all went well."""
    path = str(ROOT / "workflow_scripts" / name)
    before = signal.getsignal(signal.SIGTERM)
    for kept in (script._used, script._written, script._origins):
        kept.clear()
    try:
        with mock.patch.object(sys, "argv", [path, *arguments]):
            runpy.run_path(path, run_name="__main__")
    except SystemExit as error:
        return str(error.code or "")
    finally:
        signal.signal(signal.SIGTERM, before)
        script._wanted.clear()
    return ""
