"""Figures of the primer; which there are stands in :mod:`replicortex.figures.registry`."""
