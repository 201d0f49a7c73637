"""Do two networks represent the same trials alike, whichever way their state spaces are turned?

Each network runs the same noise-free trials. Its states at the same moments of these trials are a cloud of points, one
row per trial and moment. Two clouds are compared after the best rotation of one onto the other, so that neither the
order of the units nor the axes along which they code count (Williams, Kunz, Kornblith & Linderman 2021, "Generalized
shape metrics on neural representations").
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from replicortex.analysis.common import FloatArray, coding_of, only_network, tasks_of
from replicortex.networks import Ensemble
from replicortex.tasks import Coding, generate

TRIALS = 8  # of each task, evenly spaced over its test trials
MOMENTS = 5  # of each trial, evenly spaced from the end of the first fixation to the end
COMPONENTS = 15  # principal components kept


class Scores(NamedTuple):
    """States of one network on the shared trials, along its principal components.

    rows : list of (task, trial, time in ms)
        What each point is.
    points : (point, component)
        Centred, and divided by the norm of the whole cloud: the squares sum to the share of the variance kept, 0..1.
    """

    rows: list[tuple[str, int, float]]
    points: FloatArray


def condition_scores(net: Ensemble, *, coding: Coding | None = None) -> Scores:
    """States on the same noise-free trials of every task, along the principal components of all of them.

    Parameters
    ----------
    net
        One network.
    coding
        Trial coding; the network's own rule set, dt and tau by default.

    Raises
    ------
    ValueError
        More than one network.
    """
    only_network(net, "condition_scores")
    coding = coding_of(net, coding)
    index, states = [], []
    for task in tasks_of(net):
        trial = generate(task, mode="test", noise=False, coding=coding)
        chosen = np.linspace(0, trial.x.shape[1] - 1, TRIALS).round().astype(int)
        onset, stop = trial.epochs["fix1"][1], len(trial.x)
        steps = (onset + (np.arange(MOMENTS) + 0.5) * (stop - onset) / MOMENTS).astype(int)
        rates = net.run(trial.x[:, chosen]).rates[0][steps]
        states.append(rates.reshape(-1, rates.shape[-1]))
        index += [(task, int(number), float(step * coding.dt)) for step in steps for number in chosen]
    cloud = np.concatenate(states).astype(float)
    cloud -= cloud.mean(axis=0)
    left, sizes, _ = np.linalg.svd(cloud, full_matrices=False)
    norm = np.sqrt((sizes**2).sum())
    return Scores(index, left[:, :COMPONENTS] * (sizes[:COMPONENTS] / norm if norm > 0 else 0.0))


def procrustes_angle(one: FloatArray, other: FloatArray) -> float:
    """Angle between two clouds of points after the best rotation of one onto the other, radians.

    With X and Y centred and of norm 1, theta = arccos(sum of the singular values of X^T Y): 0 if the clouds are equal
    up to a rotation or reflection, pi/2 if no direction of one goes with any of the other.

    Parameters
    ----------
    one, other : (point, component)
        Rows mean the same in both; the numbers of components may differ.

    Raises
    ------
    ValueError
        Different numbers of points, or a cloud without extent.
    """
    if len(one) != len(other):
        raise ValueError(f"procrustes_angle: {len(one)} points and {len(other)}; both need the same trials and moments")
    x, y = (cloud - cloud.mean(axis=0) for cloud in (np.asarray(one, float), np.asarray(other, float)))
    norms = np.linalg.norm(x) * np.linalg.norm(y)
    if not norms > 0:
        raise ValueError("procrustes_angle: all points of a cloud are the same")
    overlap = np.linalg.svd(x.T @ y, compute_uv=False).sum() / norms
    return float(np.arccos(np.clip(overlap, -1.0, 1.0)))


def clouds(table: pd.DataFrame) -> dict[str, FloatArray]:
    """Network -> (point, component) of its table condition_scores, the points of all in one order."""
    components = [name for name in table.columns if name.startswith("component_")]
    ordered = table.sort_values(["task", "trial", "time_ms"], kind="stable")
    return {str(label): own[components].to_numpy(dtype=float) for label, own in ordered.groupby("network", sort=False)}


def median_angles(own: pd.DataFrame, reference: pd.DataFrame) -> pd.Series:
    """Of each network the median of its angles to the networks of a reference population, but for itself: radians.

    Both are the table condition_scores of a population; `procrustes_angle` says what the angle is.
    """
    known = clouds(reference)
    ones = known if own is reference else clouds(own)
    angles = {
        one: [procrustes_angle(cloud, other) for other in known.values() if other is not cloud]
        for one, cloud in ones.items()
    }
    return pd.Series({one: pd.Series(each, dtype=float).median() for one, each in angles.items()}, dtype=float)
