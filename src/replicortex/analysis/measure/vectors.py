"""Tables task_vectors, task_planes, rule_planes, parallelism, squares and task_distances."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

import numpy as np
import pandas as pd
import xarray as xr

from replicortex.analysis.common import Stream, Tables, networks_of
from replicortex.analysis.geometry import cosine, distances, oriented, principal_plane, square
from replicortex.analysis.measure.streams import joined, stream
from replicortex.analysis.vectors import REPETITIONS, SETS, TaskSet, rule_vectors, task_vectors
from replicortex.networks import Ensemble

ALL = "all"  # the plane of all tasks together (Supplementary Fig. 8)
ACTIVITY, RULES = "activity", "rules"  # what a vector is made of: rates, or weights of the rule input
_PAIR = "network space set kind from_1 to_1 from_2 to_2 cosine"
_SQUARE = "network space set extent_1 extent_2 extent_3 side_1 side_2 angle_deg"


def _frame(columns: str, rows: Iterable[tuple[object, ...]]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=columns.split())


def vectors_table(vectors: xr.DataArray, network: str) -> pd.DataFrame:
    """(repetition, task, unit) in long form: columns network, repetition, task, unit, rate (float32)."""
    repetition, task, unit = (index.ravel() for index in np.indices(vectors.shape))
    columns = {
        "network": network,
        "repetition": vectors.coords["repetition"].values[repetition],
        "task": vectors.coords["task"].values[task],
        "unit": unit,
        "rate": vectors.values.ravel().astype(np.float32),
    }
    return pd.DataFrame(columns)


def _sets(vectors: xr.DataArray) -> Iterator[TaskSet]:
    """The sets of which every task has a vector."""
    known = set(vectors.coords["task"].values)
    return (each for each in SETS if known.issuperset(each.tasks))


def planes_table(vectors: xr.DataArray, network: str) -> pd.DataFrame:
    """Columns network, set, task, x, y, explained: each set's plane, turned as in the paper, and that of all tasks.

    The plane of all tasks (set "all") keeps its principal components as axes. ``explained`` is the plane's share of
    the vectors' variance.

    Parameters
    ----------
    vectors : (task, unit)
    """
    rows = []
    names = [str(task) for task in vectors.coords["task"].values]
    for name, tasks in {**{each.name: each.tasks for each in _sets(vectors)}, ALL: tuple(names)}.items():
        plane = principal_plane(vectors.sel(task=list(tasks)).values)
        points = plane.points if name == ALL else oriented(plane.points)
        rows += [(network, name, task, *xy, plane.explained) for task, xy in zip(tasks, points, strict=True)]
    return _frame("network set task x y explained", rows)


def parallelism_table(vectors: xr.DataArray, network: str, space: str) -> pd.DataFrame:
    """Cosine between two changes of task, in the full space, for each set and each assignment of its four tasks.

    Returns
    -------
    DataFrame
        Columns network, space, set, kind ("paper", or "shuffled" for the other five assignments), from_1, to_1, from_2,
        to_2, cosine (NaN where a change has no length).
    """
    rows: list[tuple[object, ...]] = []
    for each in _sets(vectors):
        point = {task: vectors.sel(task=task).values for task in each.tasks}
        for (a, b), (c, d) in each.assignments():
            kind = "paper" if ((a, b), (c, d)) == each.arrows else "shuffled"
            value = cosine(point[b] - point[a], point[d] - point[c])
            rows.append((network, space, each.name, kind, a, b, c, d, value))
    return _frame(_PAIR, rows)


def squares_table(vectors: xr.DataArray, network: str, space: str) -> pd.DataFrame:
    """Columns network, space, set and the measures of `analysis.geometry.Square`, in the full space."""
    rows = []
    for each in _sets(vectors):
        corners = [vectors.sel(task=task).values for arrow in each.arrows for task in arrow]
        rows.append((network, space, each.name, *square(*corners)))
    return _frame(_SQUARE, rows)


def distances_table(vectors: xr.DataArray, network: str) -> pd.DataFrame:
    """Distance between every two tasks' vectors beside the distance of two measurements of one task.

    Parameters
    ----------
    vectors : (repetition, task, unit)

    Returns
    -------
    DataFrame
        Columns network, task_1, task_2, distance, within (mean of the two tasks); see `analysis.geometry.distances`.
    """
    tasks = [str(task) for task in vectors.coords["task"].values]
    between, within = distances(vectors.values)
    rows = [
        (network, tasks[i], tasks[j], between[i, j], (within[i] + within[j]) / 2)
        for i, j in combinations(range(len(tasks)), 2)
    ]
    return _frame("network task_1 task_2 distance within", rows)


def _vectors_of(net: Ensemble, streams: Stream, repetitions: int) -> Tables:
    label = net.labels[0]
    vectors = task_vectors(net, streams(net, "task vectors"), repetitions=repetitions)
    spaces = {ACTIVITY: vectors.mean("repetition"), RULES: rule_vectors(net)}
    pairs, squares = (
        pd.concat([make(points, label, space) for space, points in spaces.items()], ignore_index=True)
        for make in (parallelism_table, squares_table)
    )
    return {
        "task_vectors": vectors_table(vectors, label),
        "task_planes": planes_table(spaces[ACTIVITY], label),
        "rule_planes": planes_table(spaces[RULES], label),
        "parallelism": pairs,
        "squares": squares,
        "task_distances": distances_table(vectors, label),
    }


def measure_vectors(nets: Iterable[Ensemble], streams: Stream = stream, *, repetitions: int = REPETITIONS) -> Tables:
    """Tables task_vectors, task_planes, rule_planes, parallelism, squares and task_distances.

    All test trials are shown ``repetitions`` times with fresh noise; planes, cosines and squares are of the mean.

    Raises
    ------
    ValueError
        Fewer than two repetitions.
    """
    return joined(_vectors_of(net, streams, repetitions) for net in networks_of(nets))
