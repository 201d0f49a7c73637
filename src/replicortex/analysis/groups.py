"""Groups of units: how they are tuned, how they are connected, and which rules reach them.

The measures behind Yang et al. 2019, Fig. 5c-f; any division of the units into named groups will do.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from replicortex.analysis.common import BoolArray, FloatArray, IntArray, coding_of, only_network, tasks_of
from replicortex.analysis.weights import preferred_input
from replicortex.tasks import Coding, circular_distance, preferred_directions

if TYPE_CHECKING:
    from replicortex.networks import Ensemble

Groups = Mapping[str, IntArray]  # name -> indices of units

INTACT = "intact"
LIKE_PREFERENCE = math.pi / 6  # rad; connections are averaged over pairs whose preferences are closer than this


def group_names(groups: Groups, n_units: int, rest: str = "none") -> list[str]:
    """The name of each unit's group; `rest` for units in none."""
    names = np.full(n_units, rest, dtype=object)
    for name, units in groups.items():
        names[units] = name
    return [str(name) for name in names]


def groups_of(table: pd.DataFrame, names: Iterable[str]) -> dict[str, IntArray]:
    """Units of the named groups, from a table of one network with columns unit and group."""
    return {name: table.loc[table["group"] == name, "unit"].to_numpy(dtype=int) for name in names}


def with_lesions(net: Ensemble, lesions: Groups) -> Ensemble:
    """One network intact and with each group of units silenced, as one ensemble labelled by "intact" and the names.

    Raises
    ------
    ValueError
        More than one network, or a unit out of range.
    """
    only_network(net, "with_lesions")
    from replicortex.networks import Ensemble, stack

    whole = stack([net, *(net.lesioned(units) for units in lesions.values())])
    return Ensemble(whole.architecture, whole.parameters, (INTACT, *lesions), whole.metadata)


def turned(weights: FloatArray, peak: IntArray) -> FloatArray:
    """Tuning curves of units, each turned so that a channel of its own comes to stand in the middle.

    Parameters
    ----------
    weights : (ring, unit)
    peak : (unit,) int
        The channel of each unit that comes to stand at row ring / 2.

    Returns
    -------
    ndarray
        (ring, unit); row r holds the channel at distance r - ring / 2 from the peak.

    Examples
    --------
    >>> turned(np.array([[1.0], [2.0], [9.0], [3.0]]), np.array([2])).ravel().tolist()
    [1.0, 2.0, 9.0, 3.0]
    >>> turned(np.array([[9.0], [1.0], [2.0], [3.0]]), np.array([0])).ravel().tolist()
    [2.0, 3.0, 9.0, 1.0]
    """
    ring = len(weights)
    channel = (np.arange(ring)[:, None] - ring // 2 + np.asarray(peak)) % ring
    return np.take_along_axis(weights, channel, axis=0)


def _curve(curves: FloatArray, units: IntArray) -> dict[str, Any]:
    """Mean and standard error over units at each offset; NaN where there are too few units."""
    chosen, n = curves[:, units], len(units)
    missing = np.full(len(curves), np.nan)
    return {
        "offset": np.arange(len(curves)) - len(curves) // 2,
        "n_units": n,
        "mean": chosen.mean(axis=1) if n else missing,
        "sem": chosen.std(axis=1, ddof=1) / math.sqrt(n) if n > 1 else missing,
    }


def tuning_table(network: str, curves: Mapping[str, FloatArray], groups: Groups) -> pd.DataFrame:
    """Tuning curves averaged over the units of each group.

    Parameters
    ----------
    network
        Its label.
    curves
        Name of a set of weights -> (ring, unit) curves as `turned` returns them.
    groups
        Name -> units. A group without units has NaN.

    Returns
    -------
    DataFrame
        Columns network, group, weights, offset (channels from the peak), n_units, mean, sem (units of weight).
    """
    frames = [
        pd.DataFrame({"network": network, "group": group, "weights": name, **_curve(curve, units)})
        for group, units in groups.items()
        for name, curve in curves.items()
    ]
    return pd.concat(frames, ignore_index=True)


def ring_inputs(net: Ensemble, coding: Coding | None = None) -> tuple[FloatArray, FloatArray]:
    """Weights of one network from the rings of modality 1 and 2: two arrays (ring, unit)."""
    coding = coding_of(net, coding)
    weights = only_network(net, "ring_inputs").input_weights()[0]
    return weights[coding.ring_slice(1)], weights[coding.ring_slice(2)]


def ring_outputs(net: Ensemble) -> FloatArray:
    """Weights of one network onto the response ring: (ring, unit)."""
    return only_network(net, "ring_outputs").one(0)["w_out"].numpy()[:, 1:].T


def like_preference(preferred: IntArray, ring: int) -> BoolArray:
    """Pairs of different units whose preferred directions are closer than pi / 6: (unit, unit).

    Parameters
    ----------
    preferred : (unit,) int
        Channel of the ring that each unit prefers.
    """
    direction = preferred_directions(ring)[preferred]
    close = circular_distance(direction[:, None], direction[None]) < LIKE_PREFERENCE
    return np.asarray(close & ~np.eye(len(preferred), dtype=bool))


def connections_table(net: Ensemble, groups: Groups, coding: Coding | None = None) -> pd.DataFrame:
    """Mean recurrent weight from each group onto each, over pairs of like input preference.

    Self-connections are left out. A unit's preference is where its weights from both rings together are largest.

    Returns
    -------
    DataFrame
        Columns network, source, target, n_pairs, mean (NaN where there is no pair).
    """
    coding = coding_of(net, coding)
    weights = only_network(net, "connections_table").recurrent_weights()[0]
    pairs = like_preference(preferred_input(net, coding=coding)[0], coding.ring)
    rows = []
    for source, out_of in groups.items():
        for target, into in groups.items():
            block = np.ix_(out_of, into)
            chosen = weights[block][pairs[block]]
            mean = float(chosen.mean(dtype=np.float64)) if len(chosen) else math.nan
            rows.append((net.labels[0], source, target, len(chosen), mean))
    return pd.DataFrame(rows, columns=["network", "source", "target", "n_pairs", "mean"])


def rules_table(
    net: Ensemble, groups: Groups, tasks: Iterable[str] | None = None, coding: Coding | None = None
) -> pd.DataFrame:
    """Weights from rule inputs onto every unit.

    Returns
    -------
    DataFrame
        Columns network, unit, group ("none" for units in no group), task, weight.

    Raises
    ------
    ValueError
        More than one network, or a task that is not in its rule set.
    """
    coding = coding_of(net, coding)
    names = tasks_of(net, tasks)
    weights = only_network(net, "rules_table").input_weights()[0]
    group = group_names(groups, net.architecture.units)
    frames = [
        pd.DataFrame(
            {
                "network": net.labels[0],
                "unit": np.arange(len(group)),
                "group": group,
                "task": task,
                "weight": weights[coding.rule_channel(task)],
            }
        )
        for task in names
    ]
    return pd.concat(frames, ignore_index=True)
