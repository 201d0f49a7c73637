"""The circuit of the two Ctx DM tasks: groups of units, and choices without them (Yang et al. 2019, Fig. 5, S7)."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from replicortex.analysis.common import FloatArray, IntArray, coding_of, only_network
from replicortex.analysis.groups import (
    Groups,
    group_names,
    ring_inputs,
    ring_outputs,
    tuning_table,
    turned,
    with_lesions,
)
from replicortex.analysis.psychometrics import Curve, run_curve
from replicortex.analysis.variance import fractional_variance
from replicortex.tasks import Coding

if TYPE_CHECKING:
    import xarray as xr

    from replicortex.networks import Ensemble

PAIR = ("contextdm1", "contextdm2")
GROUPS = ("1", "2", "12")
ONE_TASK = 0.9  # of a unit's variance in the pair: above, it belongs to group 1; below one minus this, to group 2
BOTH_TASKS = (0.4, 0.6)
TASKS = (*PAIR, "dm1", "dm2", "multidm")

_SIZES = {"tasks": 4, "map": 8}  # coherences per modality
_DIRECTIONS = {"tasks": 10, "map": 20}
_LARGEST = 0.1  # coherence
_STIMULUS = {"stim_time": 800.0}  # ms


def context_fraction(variance: xr.DataArray) -> FloatArray:
    """The part of each unit's variance in the two Ctx DM tasks that is in Ctx DM 1.

    p = TV(Ctx DM 1) / (TV(Ctx DM 1) + TV(Ctx DM 2))

    Parameters
    ----------
    variance : (network, unit, task)
        Task variance of one network.

    Returns
    -------
    ndarray
        (unit,) in [0, 1]; NaN for units that are not active in the pair.
    """
    return np.asarray((1 + fractional_variance(variance, *PAIR).values[0]) / 2)


def context_groups(fraction: FloatArray) -> dict[str, IntArray]:
    """Units of group 1 (p > 0.9), 2 (p < 0.1) and 12 (0.4 < p < 0.6), by the fraction p of `context_fraction`.

    The paper states these limits as if they were those of the fractional task variance; its program applies them to p.

    Examples
    --------
    >>> {name: units.tolist() for name, units in context_groups(np.array([0.95, 0.9, np.nan, 0.05, 0.5])).items()}
    {'1': [0], '2': [3], '12': [4]}
    """
    low, high = BOTH_TASKS
    chosen = (fraction > ONE_TASK, fraction < 1 - ONE_TASK, (fraction > low) & (fraction < high))
    return {name: np.flatnonzero(units) for name, units in zip(GROUPS, chosen, strict=True)}


def groups_table(variance: xr.DataArray) -> pd.DataFrame:
    """Columns network, unit, variance_1, variance_2 (in Ctx DM 1 and 2), fraction (NaN: inactive), group."""
    fraction = context_fraction(variance)
    first, second = (variance.sel(task=task).values[0] for task in PAIR)
    columns = {
        "network": str(variance.coords["network"].values[0]),
        "unit": np.arange(len(fraction)),
        "variance_1": first,
        "variance_2": second,
        "fraction": fraction,
        "group": group_names(context_groups(fraction), len(fraction)),
    }
    return pd.DataFrame(columns)


def group_lesions(groups: Groups) -> dict[str, IntArray]:
    """What is silenced: each group, and groups 1 and 2 together."""
    return {**groups, "1+2": np.union1d(groups["1"], groups["2"])}


def _grid(use: str, task: str = "") -> Curve:
    """Every combination of coherences in both modalities; MultSen DM has that of modality 1 in both."""
    levels = np.linspace(-_LARGEST, _LARGEST, _SIZES[use]).tolist()
    pairs = tuple((c1, c1) if task == "multidm" else (c1, c2) for c1, c2 in product(levels, levels))
    return Curve("grid", _STIMULUS["stim_time"], pairs, _STIMULUS)


def _attended(task: str, pairs: FloatArray) -> FloatArray:
    """The coherence that decides what is correct; DM 1, DM 2 and MultSen DM show that of modality 1."""
    return pairs[:, 1] if task == "contextdm2" else pairs[:, 0]


def lesion_performance(
    net: Ensemble, groups: Groups, rng: np.random.Generator, *, coding: Coding | None = None
) -> pd.DataFrame:
    """`performance_with` each group silenced, and groups 1 and 2 together (Fig. 5b)."""
    return performance_with(net, group_lesions(groups), rng, coding=coding)


def performance_with(
    net: Ensemble, lesions: Groups, rng: np.random.Generator, *, coding: Coding | None = None
) -> pd.DataFrame:
    """Performance in five DM tasks of one network, intact and with sets of units silenced.

    Psychometric trials: coherences from -0.1 to 0.1 in 4 steps in each modality, 10 directions, opposite stimuli shown
    for 800 ms; input and recurrent noise on. All lesions see the same trials.

    Returns
    -------
    DataFrame
        Columns network, lesion, n_units, task, n_correct, n_opposite, n_undecided, performance: correct / (correct +
        opposite), NaN where no trial was decided.
    """
    only_network(net, "performance_with")
    coding = coding_of(net, coding)
    variants = with_lesions(net, lesions)
    rows = []
    for task in TASKS:
        curve = _grid("tasks", task)
        counts = run_curve(variants, task, curve, _DIRECTIONS["tasks"], rng, coding)
        first_is_correct = _attended(task, np.array(curve.pairs)) > 0
        correct = np.where(first_is_correct, counts[..., 0], counts[..., 1]).sum(axis=1)
        opposite = np.where(first_is_correct, counts[..., 1], counts[..., 0]).sum(axis=1)
        undecided = counts[..., 2].sum(axis=1)
        for name, *numbers in zip(variants.labels, correct, opposite, undecided, strict=True):
            size = len(lesions.get(name, ()))
            rows.append((net.labels[0], name, size, task, *map(int, numbers)))
    columns = ["network", "lesion", "n_units", "task", "n_correct", "n_opposite", "n_undecided"]
    table = pd.DataFrame(rows, columns=columns)
    decided = table["n_correct"] + table["n_opposite"]
    return table.assign(performance=table["n_correct"] / decided.where(decided > 0))


def choice_maps(
    net: Ensemble, groups: Groups, rng: np.random.Generator, *, coding: Coding | None = None
) -> pd.DataFrame:
    """Choices in Ctx DM 1 over the coherences of both modalities, intact and with groups silenced (Suppl. Fig. 7).

    As `lesion_performance` with 8 coherences from -0.1 to 0.1 in each modality and 20 directions.

    Returns
    -------
    DataFrame
        Columns network, lesion, coherence_1, coherence_2, n_choice1, n_choice2, n_undecided.
    """
    only_network(net, "choice_maps")
    variants = with_lesions(net, group_lesions(groups))
    curve = _grid("map")
    counts = run_curve(variants, PAIR[0], curve, _DIRECTIONS["map"], rng, coding_of(net, coding))
    pairs = np.array(curve.pairs)
    frames = []
    for name, each in zip(variants.labels, counts, strict=True):
        columns = {
            "network": net.labels[0],
            "lesion": name,
            "coherence_1": pairs[:, 0],
            "coherence_2": pairs[:, 1],
            "n_choice1": each[:, 0],
            "n_choice2": each[:, 1],
            "n_undecided": each[:, 2],
        }
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def group_tuning(net: Ensemble, groups: Groups, *, coding: Coding | None = None) -> pd.DataFrame:
    """Weights from either ring and onto the response ring, each unit's turned to its largest (Fig. 5c,d).

    Returns
    -------
    DataFrame
        As `groups.tuning_table`, with weights "modality 1", "modality 2" and "output".
    """
    first, second = ring_inputs(net, coding)
    weights = {"modality 1": first, "modality 2": second, "output": ring_outputs(net)}
    curves = {name: turned(value, value.argmax(axis=0)) for name, value in weights.items()}
    return tuning_table(net.labels[0], curves, groups)
