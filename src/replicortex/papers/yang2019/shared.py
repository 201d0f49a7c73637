"""Limits, groups of networks and tests that claims judge by and figures draw."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from replicortex.analysis.learning import passing
from replicortex.papers.yang2019.families import ANTI, TASKS
from replicortex.report.claims import NotTestable, Tables
from replicortex.report.tables import labels_where, of_networks, require

DISTINCT = 2.0  # distance of two tasks in distances of two measurements of one task
LEVEL = 0.9  # a task counts as learnt above this, as in Figure 3
# A cluster is special for Anti if its lesion meets all four limits (see `anti_margin`).
ANTI_MEAN_DROP = 0.2
ANTI_LEAST_DROP = 0.1
OTHER_MEAN_DROP = 0.1
STRENGTH = "sequential.strength"
PLASTIC = "regularisers.plastic_fraction"
TRADITIONAL, CONTINUAL = 0, 1  # strength of the penalty on changing important weights
SELECTED_BY = ("contextdm1", "contextdm2")
SELECTED_ABOVE = 0.8  # last evaluation, each of the two; the networks of Figure 8


class Group(NamedTuple):
    """The networks of one condition: all, those that learnt the last two tasks, and what to tell of them."""

    labels: list[str]
    passed: list[str]

    @property
    def failed(self) -> list[str]:
        """Those that did not."""
        return [label for label in self.labels if label not in self.passed]

    @property
    def told(self) -> str:
        """ "4 of 5"."""
        return f"{len(self.passed)} of {len(self.labels)}"


def group_of(tables: Tables, path: str, value: float) -> Group:
    """Networks with one value of a setting, and those of them that Figure 8 is drawn from.

    Raises
    ------
    NotTestable
        No network has the value, or the two tasks that decide were not evaluated.
    """
    labels = labels_where(tables["members"], {path: value})
    history = of_networks(tables["history"], labels)
    require(history["task"], SELECTED_BY, "the learning history")
    passed = passing(history, SELECTED_BY, SELECTED_ABOVE)
    return Group(labels, [label for label in labels if passed[label]])


def lesion_drops(lesions: pd.DataFrame) -> pd.DataFrame:
    """Loss of performance by each lesion, intact minus lesioned: (network, cluster) x task.

    Raises
    ------
    NotTestable
        Lesions were not tested on all twenty tasks.
    """
    require(lesions["task"], TASKS, "lesions")
    drop = lesions["performance_intact"] - lesions["performance_lesioned"]
    wide = lesions.assign(drop=drop).pivot(index=["network", "cluster"], columns="task", values="drop")
    if wide[list(TASKS)].isna().to_numpy().any():
        raise NotTestable("a lesion has no finite performance on some task")
    return wide[list(TASKS)]


def anti_margin(drops: np.ndarray) -> np.ndarray:
    """Distance of the tightest of four conditions from its limit; above 0, the cluster is special for Anti.

    The three Anti tasks lose more than 0.2 on average, each of them more than 0.1; the other 17 lose less
    than 0.1 on average, and none of them as much as the Anti task that suffers least.

    Parameters
    ----------
    drops : (..., 20)
        Loss of performance per task, in the order of `families.TASKS`.

    Returns
    -------
    ndarray
        (...) float.
    """
    is_anti = np.isin(TASKS, ANTI)
    anti, other = drops[..., is_anti], drops[..., ~is_anti]
    least = anti.min(axis=-1)
    conditions = (
        anti.mean(axis=-1) - ANTI_MEAN_DROP,
        least - ANTI_LEAST_DROP,
        OTHER_MEAN_DROP - other.mean(axis=-1),
        least - other.max(axis=-1),
    )
    return np.asarray(np.min(conditions, axis=0))


def anti_margins(lesions: pd.DataFrame) -> pd.Series:
    """`anti_margin` of every lesion, indexed by (network, cluster)."""
    drops = lesion_drops(lesions)
    return pd.Series(anti_margin(drops.to_numpy()), index=drops.index)


def u_tests(wide: pd.DataFrame) -> dict[str, float]:
    """Two-sided p of Mann-Whitney's U: the last combination against each of the two before it.

    Parameters
    ----------
    wide : (network, combination)
    """
    *others, last = wide.columns
    return {
        name: float(stats.mannwhitneyu(wide[last], wide[name], alternative="two-sided").pvalue) for name in others[-2:]
    }
