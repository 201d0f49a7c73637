"""Figures of all papers: tables in, matplotlib Figure out.

    from replicortex.figures import FIGURES, Setting, draw, save
    setting = Setting(scale="laptop", experiment="reference", schedule="fast", units=256)
    save(draw("fig2", tables, setting), "figures/fig2.pdf")

`FIGURES` says which tables each figure needs. Nothing heavy is imported before a figure is drawn.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from replicortex import extras
from replicortex.report.drawing import draw, figures

if TYPE_CHECKING:
    from replicortex.report.style import Setting, save

__all__ = ["FIGURES", "Setting", "draw", "save"]

FIGURES = figures()
"""The figures of all papers, by name."""


def __getattr__(name: str) -> Any:
    if name in ("Setting", "save"):
        with extras.named():
            return getattr(import_module("replicortex.report.style"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
