"""Units of the Anti tasks: which they are, how they reverse a direction, and what is lost without them.

Not among the figures of Yang et al. 2019; the authors' program holds the analysis.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from replicortex.analysis.common import FloatArray, IntArray, answers, coding_of, only_network, tasks_of
from replicortex.analysis.groups import INTACT, Groups, ring_inputs, ring_outputs, tuning_table, turned
from replicortex.analysis.variance import ACTIVE
from replicortex.analysis.weights import preferred_input
from replicortex.networks import Ensemble
from replicortex.tasks import TASKS, Coding, score, trial_rows

ANTI = tuple(name for name, task in TASKS.items() if task.family == "Anti")
SHARE = 0.5  # of a unit's variance summed over tasks: above it, an Anti unit
GROUPS = ("anti", "other")
DRAWS = 5


def anti_share(variance: xr.DataArray) -> FloatArray:
    """The part of each unit's variance, summed over all tasks, that is in the three Anti tasks.

    Parameters
    ----------
    variance : (network, unit, task)
        Task variance of one network.

    Returns
    -------
    ndarray
        (unit,) in [0, 1]; NaN for inactive units.
    """
    values = variance.values[0]
    total = values.sum(axis=-1)
    is_anti = np.isin(variance.coords["task"].values, ANTI)
    return np.asarray(values[:, is_anti].sum(axis=-1) / np.where(total > ACTIVE, total, np.nan))


def anti_groups(share: FloatArray) -> dict[str, IntArray]:
    """Active units with more than half of their variance in the Anti tasks ("anti"), and all others ("other").

    Examples
    --------
    >>> {name: units.tolist() for name, units in anti_groups(np.array([0.6, 0.5, np.nan])).items()}
    {'anti': [0], 'other': [1]}
    """
    return {"anti": np.flatnonzero(share > SHARE), "other": np.flatnonzero(share <= SHARE)}


def anti_table(variance: xr.DataArray) -> pd.DataFrame:
    """Columns network, unit, share (NaN: inactive), group ("anti", "other", "none": inactive)."""
    share = anti_share(variance)
    groups = np.where(np.isnan(share), "none", np.where(share > SHARE, *GROUPS))
    network = str(variance.coords["network"].values[0])
    return pd.DataFrame({"network": network, "unit": np.arange(len(share)), "share": share, "group": groups})


def anti_tuning(net: Ensemble, groups: Groups, *, coding: Coding | None = None) -> pd.DataFrame:
    """Input weights (mean of both rings) and output weights, both turned to each unit's preferred input.

    A unit that reverses directions has its output peak half a ring from its input peak.

    Returns
    -------
    DataFrame
        As `groups.tuning_table`, with weights "input" and "output".
    """
    preferred = preferred_input(net, coding=coding)[0]
    first, second = ring_inputs(net, coding)
    weights = {"input": (first + second) / 2, "output": ring_outputs(net)}
    return tuning_table(net.labels[0], {name: turned(w, preferred) for name, w in weights.items()}, groups)


def random_groups(candidates: IntArray, size: int, draws: int, rng: np.random.Generator) -> list[IntArray]:
    """Groups of ``size`` different units (all of them where there are fewer), one per draw."""
    return [np.sort(rng.choice(candidates, min(size, len(candidates)), replace=False)) for _ in range(draws)]


def anti_lesions(
    net: Ensemble,
    groups: Groups,
    rng: np.random.Generator,
    *,
    draws: int = DRAWS,
    coding: Coding | None = None,
) -> pd.DataFrame:
    """Performance in every task of one network intact, without its Anti units, and without random groups of others.

    A random group has as many units as there are Anti units, drawn among the active units that are not. All
    test-mode trials of every task, with input and recurrent noise; the same for all lesions.

    Returns
    -------
    DataFrame
        Columns network, lesion ("intact", "anti", "random"), draw (0 but for "random"), n_units, task, n_trials,
        performance.
    """
    only_network(net, "anti_lesions")
    coding = coding_of(net, coding)
    random = random_groups(groups["other"], len(groups["anti"]), draws, rng)
    silenced = [(INTACT, 0, np.array([], dtype=int)), ("anti", 0, groups["anti"])]
    silenced += [("random", draw, units) for draw, units in enumerate(random)]
    answering = [answers(net.lesioned(units), coding) for _, _, units in silenced]
    rows = []
    for task in tasks_of(net):
        trial = trial_rows(task, mode="test", rng=rng, coding=coding)
        seed = int(rng.integers(2**63))
        for (name, draw, units), answer in zip(silenced, answering, strict=True):
            outputs = answer(trial, np.random.default_rng(seed)).outputs
            right = float(score(outputs[None], trial.y_loc[1:]).mean())
            rows.append((net.labels[0], name, draw, len(units), task, len(outputs), right))
    columns = ["network", "lesion", "draw", "n_units", "task", "n_trials", "performance"]
    return pd.DataFrame(rows, columns=columns)
