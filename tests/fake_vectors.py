"""Plausible tables of task vectors and composite rules, made from factors that tasks share."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from replicortex.analysis.measure.vectors import (
    distances_table,
    parallelism_table,
    planes_table,
    squares_table,
)
from replicortex.analysis.vectors import SETS

VECTOR_TABLES = ("task_planes", "rule_planes", "parallelism", "squares", "task_distances")


def _points(
    rng: np.random.Generator, tasks: tuple[str, ...], n_units: int, private: float, stretch: float
) -> np.ndarray:
    """(task, unit): per set two shared changes of length 1, the second `stretch` times as long, and private parts."""
    base = {task: rng.normal(0, 1 / np.sqrt(n_units), n_units) for task in tasks}
    for each in SETS:
        centre, first, second = (rng.normal(0, 1 / np.sqrt(n_units), n_units) for _ in range(3))
        (a, b), (c, d) = each.arrows
        for task, x, y in ((a, -1, -1), (b, 1, -1), (c, -1, 1), (d, 1, 1)):
            base[task] = 2 * centre + x * first / 2 + y * stretch * second / 2 + private * base[task]
    return np.stack([base[task] for task in tasks])


def vector_tables(
    tasks: tuple[str, ...],
    networks: tuple[str, ...],
    *,
    n_units: int = 64,
    private: float = 0.25,
    stretch: float = 1.2,
    noise: float = 0.02,
    seed: int = 0,
) -> dict[str, pd.DataFrame]:
    """The tables of :func:`replicortex.analysis.measure_vectors` but task_vectors, which no reader needs."""
    rng = np.random.default_rng(seed)
    shown = tuple(task for task in tasks if not task.startswith("react"))
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in VECTOR_TABLES}
    for network in networks:
        points = _points(rng, shown, n_units, private, stretch)
        measured = points + rng.normal(0, noise, (2, *points.shape))
        both = xr.DataArray(measured, dims=("repetition", "task", "unit"), coords={"task": list(shown)})
        rules = xr.DataArray(
            _points(rng, tasks, n_units, 2 * private, stretch), dims=("task", "unit"), coords={"task": list(tasks)}
        )
        spaces = {"activity": both.mean("repetition"), "rules": rules}
        parts["task_planes"].append(planes_table(spaces["activity"], network))
        parts["rule_planes"].append(planes_table(rules, network))
        for space, vectors in spaces.items():
            parts["parallelism"].append(parallelism_table(vectors, network, space))
            parts["squares"].append(squares_table(vectors, network, space))
        parts["task_distances"].append(distances_table(both, network))
    return {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}
