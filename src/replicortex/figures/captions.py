"""One line about every figure: what its module says that it draws."""

from __future__ import annotations

import ast
from pathlib import Path

from replicortex.figures.force import FIGURES as SPIKING
from replicortex.figures.registry import FIGURES

_HERE = Path(__file__).parent


def captions() -> dict[str, str]:
    """Name of a figure -> its caption, the first paragraph of the module that draws it; drawing itself is not loaded.

    Returns
    -------
    dict[str, str]
        One line each, beginning with "Figure" and its name, of the figures of every wing and those of claims.
    """
    sources = {
        **{name: _HERE / f"{name.lower()}.py" for name in ("scorecard", "figS_samples")},
        **{name: entry.source for name, entry in FIGURES.items()},
        **{name: entry.source for name, entry in SPIKING.items()},
    }
    told = {name: ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) for name, source in sources.items()}
    return {name: _titled(name, (text or "").split("\n\n")[0].replace("\n", " ")) for name, text in told.items()}


def _titled(name: str, text: str) -> str:
    named = text.removeprefix("Supplementary figure: ")
    if named.startswith("Figure"):
        return named
    return f"Figure {name.removeprefix('fig')}. {named[:1].upper()}{named[1:]}".strip()
