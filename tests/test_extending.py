"""The example of docs/extending.md: its files and changes fit this repository, its code runs, its figure is drawn."""

import shutil
from pathlib import Path

import pytest
from documents import Block, blocks
from workflow_checkout import ROOT, Checkout, checkout

PAGE = ROOT / "docs/extending.md"
FIGURE = "figures/figS_choices.pdf"


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A copy of this checkout with everything that the page adds."""
    copy = checkout(tmp_path_factory.mktemp("extended"))
    for name in ("docs", "tests"):
        left_out = shutil.ignore_patterns("gallery", "data", "__pycache__")
        shutil.copytree(ROOT / name, copy.folder / name, ignore=left_out)
    for block in blocks(PAGE):
        if block.file:
            block.put(copy.folder)
    return copy


def test_its_code_runs_from_top_to_bottom(extended: Checkout) -> None:
    code = [block.text for block in blocks(PAGE) if block.language == "python" and not block.file]
    assert len(code) >= 5
    (extended.folder / "page.py").write_text("".join(code), encoding="utf-8")
    done = extended.call("page.py")
    assert done.status == 0, done.text


def test_documents_of_the_configuration_are_written_anew(extended: Checkout) -> None:
    assert extended.call("-m", "replicortex.config", "--check").status == 1
    assert extended.call("-m", "replicortex.config").status == 0
    assert "choices" in (extended.folder / "docs/config.example.yaml").read_text(encoding="utf-8")


def test_the_workflow_plans_its_figure(extended: Checkout) -> None:
    planned = extended.plan(FIGURE)
    assert planned.jobs == {"train": 2, "dimension": 2, "gather": 2, "members": 1, "figure": 1}, planned.text


@pytest.mark.workflow
def test_the_workflow_draws_its_figure_and_judges_its_claim(extended: Checkout) -> None:
    done = extended.snakemake(FIGURE)
    assert done.status == 0 and (extended.folder / FIGURE).stat().st_size > 10_000, done.text
    assert extended.snakemake("-n", FIGURE).nothing_to_do


def test_lines_that_are_not_there_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("one\ntwo\ntwo\n")
    Block("a.py", "diff", " one\n+more\n").put(tmp_path)
    assert (tmp_path / "a.py").read_text() == "one\nmore\ntwo\ntwo\n"
    Block("a.py", "diff", "-one\n+1\n more\n").put(tmp_path)
    assert (tmp_path / "a.py").read_text() == "1\nmore\ntwo\ntwo\n"
    for wrong in (" two\n+more\n", " three\n"):
        with pytest.raises(ValueError, match="a.py: these lines are there [02] times"):
            Block("a.py", "diff", wrong).put(tmp_path)
    with pytest.raises(ValueError, match="there already"):
        Block("a.py", "python", "one\n").put(tmp_path)
