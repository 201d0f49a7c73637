"""The notebooks run from top to bottom, hold their outputs, and load nothing but this library."""

from __future__ import annotations

from pathlib import Path

import pytest
from notebook_cells import lacking_outputs, read, run

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
COURSE = {"1-task", "2-train", "3-inside", "exercises"}  # made from the tour, and run by its test
NOTEBOOKS = sorted(path for path in FOLDER.glob("*.ipynb") if path.stem not in COURSE)


@pytest.mark.long
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_short_outputs(notebook, tmp_path):
    ran = run(notebook, tmp_path)  # from any folder
    assert ran.outputs and max(map(len, ran.text().splitlines())) < 400


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_was_run_before_it_was_kept(notebook):
    assert lacking_outputs(notebook) == []
    kept = [each for cell in read(notebook)["cells"] for each in cell.get("outputs", [])]
    assert kept and not [each for each in kept if each["output_type"] == "error"]
    assert notebook.stat().st_size < 300_000
