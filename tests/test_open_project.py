"""Files for the project's host agree with the project: versions of Python, targets of make, references."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import yaml
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parent.parent
JOBS = yaml.safe_load((ROOT / ".github/workflows/tests.yml").read_text())["jobs"]


def test_jobs_run_pythons_that_the_package_accepts_and_targets_that_exist():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    accepted = SpecifierSet(project["requires-python"])
    pythons = JOBS["check"]["strategy"]["matrix"]["python"]
    assert len(pythons) >= 3 and all(f"{python}.1" in accepted for python in pythons)
    rules = re.findall(r"^([a-z -]+):", (ROOT / "Makefile").read_text(), flags=re.M)
    known = " ".join(rules).split()
    commands = [step["run"] for job in JOBS.values() for step in job["steps"] if "run" in step]
    asked = {word for line in commands if line.startswith("make ") for word in line.split()[1:] if "=" not in word}
    assert {"lint", "types", "unit", "workflow", "site"} <= asked <= set(known)


def test_forms_are_complete():
    forms = [path for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml"]
    assert len(forms) == 3
    for path in forms:
        form = yaml.safe_load(path.read_text())
        assert {"name", "description", "body"} <= set(form), path
        ids = [entry["id"] for entry in form["body"]]
        assert len(set(ids)) == len(ids) and any(entry.get("validations", {}).get("required") for entry in form["body"])


def test_the_archive_and_the_citation_name_the_same_papers():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    archive = json.loads((ROOT / ".zenodo.json").read_text())
    cited = {reference["doi"] for reference in citation["references"]}
    assert {each["identifier"] for each in archive["related_identifiers"]} == cited
    assert archive["title"] == citation["title"] and archive["license"] == citation["license"]


def test_hooks_call_what_the_checks_call():
    (local,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    checks = (ROOT / "Makefile").read_text()
    for hook in local["hooks"]:
        program = hook["entry"].split()[0].removeprefix(".venv/bin/")
        assert f"$(BIN)/{program}" in checks
