"""The combinations of a grid, alike for networks of every kind: labels, order, and how many there may be."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import Any

Axes = Mapping[str, Mapping[str, Any]]  # dotted setting -> its values by label
MAX_NETWORKS = 100_000


def combinations(grid: Axes, fraction: int = 1) -> Iterator[tuple[str, dict[str, str]]]:
    """(label of the networks without their seed, label of the value by setting), the last setting varying fastest.

    Parameters
    ----------
    grid
        Settings and their values.
    fraction
        One combination in so many is chosen: q keeps those whose level numbers add up to a multiple of q. With
        4 x 2 x 2 x 4 x 4 levels and q = 4 every pair of levels of two settings still meets equally often.
    """
    last = {path: path.rsplit(".", 1)[-1] for path in grid}
    # the last part of a setting's name, or all of it where two settings end alike
    shown = {path: name if list(last.values()).count(name) == 1 else path for path, name in last.items()}
    axes = [[(level, path, text) for level, text in enumerate(axis)] for path, axis in grid.items()]
    for chosen in itertools.product(*axes):
        if sum(level for level, _, _ in chosen) % fraction == 0:
            labels = {path: text for _, path, text in chosen}
            yield ",".join(f"{shown[path]}={text}" for path, text in labels.items()), labels


def labelled(label: str, seed: int) -> str:
    """Label of a network: that of its combination, if there is a grid, and its seed."""
    return f"{label},seed{seed}" if label else f"seed{seed}"


def too_many(grid: Axes, seeds: int, conditions: int = 1) -> list[str]:
    """A line if a grid has more networks than anybody trains."""
    networks = math.prod(len(axis) for axis in grid.values()) * max(1, seeds) * max(1, conditions)
    return [f"grid: {networks} networks; {MAX_NETWORKS} at most"] if networks > MAX_NETWORKS else []
