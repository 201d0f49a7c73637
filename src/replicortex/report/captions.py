"""One line about every figure: what its module says that it draws."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from replicortex.pipeline.paper import Figure


def captions(figures: Iterable[Figure]) -> dict[str, str]:
    """Name of a figure -> its caption, the first paragraph of the module that draws it; drawing itself is not loaded.

    Returns
    -------
    dict[str, str]
        One line each, beginning with "Figure" and its name.
    """
    modules = {figure.name: figure.function.partition(":")[0] for figure in figures}
    return {name: _titled(name, _first_paragraph(module)) for name, module in modules.items()}


def _first_paragraph(module: str) -> str:
    found = find_spec(module)
    source = Path(found.origin).read_text(encoding="utf-8") if found is not None and found.origin else ""
    return (ast.get_docstring(ast.parse(source)) or "").split("\n\n")[0].replace("\n", " ")


def _titled(name: str, text: str) -> str:
    named = text.removeprefix("Supplementary figure: ")
    if named.startswith("Figure"):
        return named
    return f"Figure {name.removeprefix('fig')}. {named[:1].upper()}{named[1:]}".strip()
