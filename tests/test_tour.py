"""The code of the guided tour runs as it stands, each page from the top."""

import importlib.util
from pathlib import Path

import pytest
from documents import blocks

PAGES = sorted((Path(__file__).resolve().parent.parent / "docs" / "tour").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_code_of_a_page_runs(page: Path) -> None:
    code = [block.text for block in blocks(page) if block.language == "python"]
    assert len(code) >= 3
    names: dict[str, object] = {}
    for number, block in enumerate(code, start=1):
        if "environment(" in block and importlib.util.find_spec("gymnasium") is None:
            continue  # optional
        exec(compile(block, f"{page.name}, block {number}", "exec"), names)


def test_there_are_three_pages_each_leading_to_the_next() -> None:
    assert [page.stem for page in PAGES] == ["1-task", "2-train", "3-inside"]
    for page, following in zip(PAGES, PAGES[1:], strict=False):
        assert f"({following.name})" in page.read_text(encoding="utf-8")
