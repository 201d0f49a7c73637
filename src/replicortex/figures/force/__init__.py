"""Figures of the spiking networks trained by FORCE (Nicola & Clopath 2017): tables in, matplotlib Figure out.

`FIGURES` says which tables each figure reads. Nothing heavy is imported before a figure is drawn.
"""

from replicortex.figures.force.registry import FIGURES, draw

__all__ = ["FIGURES", "draw"]
