"""The notebooks of the guided tour and of the exercises run, each from the top, and are what their pages say."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from replicortex import primer
from replicortex.config import load_config
from replicortex.pipeline import Plan, papers
from replicortex.pipeline.paper import function_named
from replicortex.report.style import Setting

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
TOUR = ("1-task", "2-train", "3-inside")


def module(name: str) -> ModuleType:
    """A file of the notebooks' folder, which is no package."""
    spec = importlib.util.spec_from_file_location(f"notebooks_{name}", NOTEBOOKS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = found
    spec.loader.exec_module(found)
    return found


MAKE, SOLUTIONS = module("make"), module("solutions")


def code(name: str) -> list[str]:
    """The code cells of a notebook."""
    cells = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.parametrize("name", MAKE.PAGES)
def test_a_notebook_is_its_page(name: str) -> None:
    page = ROOT / "docs/tour" / f"{name}.md"
    text = (NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8")
    assert text == MAKE.text_of(page), "the page was edited: python notebooks/make.py"
    for link in re.findall(r"\]\((?!http)([^)#]+)", "".join(json.loads(text)["cells"][0]["source"])):
        assert (NOTEBOOKS / link).exists(), link


@pytest.mark.long
@pytest.mark.parametrize("name", TOUR)
def test_the_cells_of_the_tour_run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(NOTEBOOKS)  # where a notebook runs
    names: dict[str, Any] = {}
    assert len(code(name)) >= 3
    for number, cell in enumerate(code(name), start=1):
        if "environment(" in cell and importlib.util.find_spec("gymnasium") is None:
            continue  # optional
        exec(compile(cell, f"{name}.ipynb, cell {number}", "exec"), names)


def test_there_are_three_pages_each_leading_to_the_next() -> None:
    pages = sorted((ROOT / "docs/tour").glob("[0-9]*.md"))
    assert tuple(page.stem for page in pages) == TOUR
    for page, following in zip(pages, [*pages[1:], ROOT / "exercises.md"], strict=True):
        assert f"({following.name})" in page.read_text(encoding="utf-8")


def definition(text: str) -> str:
    """The class TwoPulses in a page's block or a file, without comments."""
    (found,) = (node for node in ast.parse(text).body if isinstance(node, ast.ClassDef) and node.name == "TwoPulses")
    return ast.unparse(found)


def test_the_own_task_is_the_same_in_notebooks_and_in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the workflow finds it below papers/, plans its figure, and draws it from what its step measures."""
    shown = [cell for name in TOUR for cell in code(name) if "class TwoPulses" in cell]
    folder = ROOT / "examples/two_pulses"
    assert [definition(cell) for cell in shown] == [definition((folder / "task.py").read_text(encoding="utf-8"))] * 2
    monkeypatch.chdir(tmp_path)
    # another test may have imported the folder where it lies
    monkeypatch.setattr(sys, "path", [each for each in sys.path if each != str(ROOT / "examples")])
    for name in [name for name in sys.modules if name.split(".")[0] == "two_pulses"]:
        monkeypatch.delitem(sys.modules, name)
    shutil.copytree(folder, "papers/two_pulses")
    Path("config.yaml").write_text("papers: papers\n", encoding="utf-8")
    plan = Plan(load_config(scale="smoke"), papers(["papers"]), {}, {})
    experiment, step = plan.study["two_pulses"], plan.steps["two_pulses"]["history"]
    assert plan.shown("two_pulses") == {"two_pulses": step.makes} and "two_pulses" in plan.drawn
    assert (step.experiments, plan.experiments_of(plan.papers["two_pulses"], step)) == ((), ["two_pulses"])
    tables = function_named(step.function)(primer.train(experiment, log=lambda line: None), experiment)
    assert set(tables) == set(step.makes)
    drawn = function_named(plan.figures["two_pulses"].function)(tables, Setting("smoke", "two_pulses", "adam", 32))
    assert drawn.axes[0].get_ylabel() == "Fraction correct"


class Exercises:
    """The sheet's cells by what they are."""

    def __init__(self) -> None:
        self.starts: dict[int, str] = {}  # exercise -> name that its check takes
        self.names: dict[str, Any] = {}
        self.check: Callable[..., str] = lambda number, answer: ""
        for cell in code("exercises"):
            if found := re.search(r"check_exercise\((\d), (\w+)\)", cell):
                self.starts[int(found[1])] = found[2]
            elif "print(" not in cell:  # measuring is for the reader
                exec(compile(cell, "exercises.ipynb", "exec"), self.names)
        self.check = self.names["primer"].check_exercise


SHEET = Exercises()


@pytest.mark.parametrize("number", range(1, 10))
def test_an_exercise_is_passed_by_its_solution_and_not_by_its_start(number: int) -> None:
    name = SHEET.starts[number]
    with pytest.raises(AssertionError, match=rf"^Exercise {number}: [^\n]+$"):
        SHEET.check(number, SHEET.names[name])
    assert SHEET.check(number, getattr(SOLUTIONS, name)) == f"Exercise {number}: right"


def test_the_sheet_has_nine_exercises_with_levels_and_refuses_a_tenth() -> None:
    text = (ROOT / "docs/tour/exercises.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (\d)\. .* \((?:one star|two stars|three stars)\)$", text, flags=re.M) == list("123456789")
    with pytest.raises(ValueError, match="exercise: 10 is not one of 1, 2"):
        SHEET.check(10, print)


def test_both_contexts_are_learnt_in_turn() -> None:
    """The long cell of exercise 5, with fewer updates: what it measures is a loss of performance."""
    (cell,) = (cell for cell in code("exercises") if "primer.ContextDecision" in cell)
    names = {**SHEET.names, "forgetting": SOLUTIONS.forgetting}
    exec(compile(cell.replace("updates=60", "updates=2"), "exercises.ipynb", "exec"), names)
    assert 0 <= names["test"](names["motion"]) <= 1
