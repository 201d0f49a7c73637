"""Run the code cells of a notebook in this process, and write what they show into it.

    python tests/notebook_cells.py notebooks/figure_from_shipped.ipynb      # run it, and keep its outputs in the file

A test runs the same cells without writing. Cells are plain Python: no magics, no shell. Neither Jupyter nor a kernel is
needed.
"""

from __future__ import annotations

import ast
import base64
import io
import json
import linecache
import os
import sys
from contextlib import chdir, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FORMAT = {"nbformat": 4, "nbformat_minor": 5}
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


@dataclass(frozen=True)
class Ran:
    """What running a notebook gave: its variables, and each code cell's outputs in the notebook's own form."""

    names: dict[str, Any]
    outputs: list[list[dict[str, Any]]]

    def text(self) -> str:
        """All printed and shown text, in order."""
        shown = [each for cell in self.outputs for each in cell]
        return "\n".join("".join(each.get("text", each.get("data", {}).get("text/plain", []))) for each in shown)


def run(notebook: Path, folder: Path) -> Ran:
    """Run every code cell of a notebook in order, with `folder` as the current folder.

    The last expression of a cell is shown, as Jupyter does, so that a repr that fails or is long is noticed.
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    outputs = []
    with chdir(folder):
        for number, source in enumerate(code_cells(notebook), start=1):
            outputs.append(run_cell(source, names, f"{notebook.name}, code cell {number}", number))
    return Ran(names, outputs)


def run_cell(source: str, names: dict[str, Any], where: str, number: int) -> list[dict[str, Any]]:
    """Outputs of one cell: what it printed, the value of its last expression, the figures that it left open."""
    linecache.cache[where] = (len(source), None, source.splitlines(keepends=True), where)  # tracebacks show the lines
    tree = ast.parse(source, where)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    value, printed = None, io.StringIO()
    with redirect_stdout(printed):
        exec(compile(tree, where, "exec"), names)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), where, "eval"), names)
    found: list[dict[str, Any]] = []
    if printed.getvalue():
        found.append({"output_type": "stream", "name": "stdout", "text": lines(printed.getvalue())})
    if value is not None and not source.rstrip().endswith(";"):
        found.append({"output_type": "execute_result", "execution_count": number, "metadata": {}, "data": shown(value)})
    return found + [{"output_type": "display_data", "metadata": {}, "data": data} for data in figures()]


def shown(value: Any) -> dict[str, Any]:
    """A value as Jupyter would show it: text, and HTML where the object offers it."""
    data: dict[str, Any] = {"text/plain": lines(repr(value))}
    html = getattr(value, "_repr_html_", None)
    if callable(html) and (text := html()):
        data["text/html"] = lines(text)
    if hasattr(value, "savefig") and "matplotlib.pyplot" in sys.modules:  # which tells Jupyter how to show figures
        data["image/png"] = picture(value)
    return data


def picture(figure: Any) -> str:
    """A figure as PNG in base64."""
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=80, bbox_inches="tight", metadata={"Software": None})
    return base64.b64encode(png.getvalue()).decode()


def figures() -> list[dict[str, Any]]:
    """The open figures as PNG, which are closed."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return []
    found = []
    for number in pyplot.get_fignums():
        found.append({"image/png": picture(pyplot.figure(number)), "text/plain": ["<Figure>"]})
    pyplot.close("all")
    return found


def code_cells(notebook: Path) -> list[str]:
    """Sources of the code cells."""
    return ["".join(cell["source"]) for cell in read(notebook)["cells"] if cell["cell_type"] == "code"]


def read(notebook: Path) -> dict[str, Any]:
    """The notebook's JSON."""
    content: dict[str, Any] = json.loads(notebook.read_text(encoding="utf-8"))
    return content


def lines(text: str) -> list[str]:
    """A text as notebooks store it."""
    return text.splitlines(keepends=True)


def lacking_outputs(notebook: Path) -> list[int]:
    """Numbers of the code cells that the file holds without having been run."""
    cells = [cell for cell in read(notebook)["cells"] if cell["cell_type"] == "code"]
    return [number for number, cell in enumerate(cells, start=1) if cell["execution_count"] != number]


def write(notebook: Path, folder: Path) -> None:
    """Run a notebook and keep its outputs in the file, with the same layout whatever editor wrote it."""
    content, ran = read(notebook), run(notebook, folder)
    code = 0
    for place, cell in enumerate(content["cells"]):
        cell = {"id": f"cell-{place}", "metadata": {}, **cell, "source": lines("".join(cell["source"]))}
        if cell["cell_type"] == "code":
            cell |= {"outputs": ran.outputs[code], "execution_count": (code := code + 1)}
        content["cells"][place] = cell
    text = json.dumps({**content, "metadata": METADATA, **FORMAT}, indent=1, ensure_ascii=False)
    notebook.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    os.environ.setdefault("MPLBACKEND", "Agg")
    for name in sys.argv[1:]:
        write(Path(name).resolve(), Path(name).resolve().parent)
