"""Write the notebooks of the tour and of the exercises from their pages: `python notebooks/make.py`."""

from __future__ import annotations

import json
import posixpath
import re
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PAGES = ("1-task", "2-train", "3-inside", "exercises")
_CODE = re.compile(r"^```python\n(.*?)^```\n", flags=re.M | re.S)
_LINK = re.compile(r"\]\((?![a-z]+:|#)([^)#]+)")


def notebook(page: Path) -> dict[str, Any]:
    """The page as a notebook: each block of Python a cell, the text between them in others."""
    cells: list[dict[str, Any]] = []
    for place, text in enumerate(_CODE.split(page.read_text(encoding="utf-8"))):
        kind = "code" if place % 2 else "markdown"
        text = text.strip("\n") if kind == "code" else _LINK.sub(_moved, text).strip("\n")
        if text:
            more: dict[str, Any] = {"execution_count": None, "outputs": []} if kind == "code" else {}
            lines = text.splitlines(keepends=True)
            cells.append({"cell_type": kind, "id": f"cell-{len(cells)}", "metadata": {}, **more, "source": lines})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def _moved(link: re.Match[str]) -> str:
    """A link of a page in docs/tour, as a notebook in this folder needs it; to another page, to its notebook."""
    name = link[1].removesuffix(".md")
    return f"]({name}.ipynb" if name in PAGES else f"]({posixpath.normpath(f'../docs/tour/{link[1]}')}"


def text_of(page: Path) -> str:
    """What the notebook's file holds."""
    return json.dumps(notebook(page), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for each in PAGES:
        (HERE / f"{each}.ipynb").write_text(text_of(HERE.parent / f"docs/tour/{each}.md"), encoding="utf-8")
