"""Fractional task variance of the two Ctx DM contexts from four conditions, for animals and for networks.

Yang et al. 2019, Fig. 8e and Supplementary Fig. 12b-e. Trials of one context are averaged into four conditions, the
signs of motion and colour coherence. With r_c(t) the mean rate in condition c, a unit's variance in a context is

    V = < Var_c[ r_c(t) ] >_t ,

the population variance over the four conditions, averaged over time, and

    FTV = (V(motion context) - V(colour context)) / (V(motion context) + V(colour context)).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from replicortex.analysis.circuit import PAIR
from replicortex.analysis.common import BoolArray, FloatArray, coding_of, only_network
from replicortex.analysis.variance import ACTIVE
from replicortex.recordings.animal import COLOUR, MOTION, Animal, Unit
from replicortex.tasks import Coding, Trial, generate

if TYPE_CHECKING:
    from replicortex.networks import Ensemble

SHUFFLES = 10
SMOOTHING = 40.0  # ms, standard deviation
SIGNS = tuple(product((1, -1), repeat=2))  # of motion and colour coherence: the four conditions
RECORDED, SHUFFLED = "recorded", "shuffled"

# Trials of the model (Yang et al. 2019, the authors' program)
DIRECTIONS = 12
COHERENCES = tuple(0.5 * c for c in (-0.5, -0.15, -0.05, 0.05, 0.15, 0.5))
STIMULUS = 800.0  # ms
SAMPLED = slice(1, None, 2)  # steps of the stimulus epoch


def averaging(motion: FloatArray, colour: FloatArray, among: BoolArray | bool = True) -> FloatArray:
    """Weights (condition, trial) that average trials into the four conditions; NaN for a condition without trials.

    Parameters
    ----------
    motion, colour : (..., trial)
        Signed coherences, none of them 0; leading axes are carried over.
    among : (..., trial) bool, optional
        The trials to average; all by default.

    Examples
    --------
    >>> averaging(np.array([0.5, 0.1, -0.5]), np.array([0.2, 0.1, 0.2]))[0].tolist()
    [0.5, 0.5, 0.0]
    """
    members = [(np.sign(motion) == m) & (np.sign(colour) == c) & among for m, c in SIGNS]
    chosen = np.stack(members, axis=-2).astype(float)
    n = chosen.sum(axis=-1, keepdims=True)
    return np.asarray(chosen / np.where(n > 0, n, np.nan))


def variance_over_conditions(means: FloatArray) -> FloatArray:
    """Population variance over the conditions at each time, averaged over time: (..., condition, time) -> (...)."""
    return np.asarray(means.var(axis=-2).mean(axis=-1))


def fraction(first: FloatArray, second: FloatArray, active: float = 0.0) -> FloatArray:
    """(V1 - V2) / (V1 + V2); NaN where V1 + V2 is not above ``active``, or is NaN."""
    total = first + second
    return np.asarray((first - second) / np.where(total > active, total, np.nan))


def unit_ftv(
    unit: Unit, smoothing: float | None, rng: np.random.Generator, shuffles: int, correct_only: bool = False
) -> FloatArray:
    """FTV of one unit: (1 + shuffles,), as recorded and with its trials shuffled.

    A shuffle deals the trials anew to contexts and conditions, so that what differs between the contexts is left to
    chance. (The paper does not say what it shuffled. Dealt within each context they would keep what the rates vary by
    in it, and a unit of one context its FTV.)

    Parameters
    ----------
    unit
        Activity may be counts or rates: their ratio does not enter.
    smoothing
        Standard deviation of a Gaussian over time, in bins; None: none.
    rng
        Deals the trials.
    shuffles
        Number of shuffles.
    correct_only
        Leave out the trials with a wrong choice.

    Returns
    -------
    ndarray
        NaN where a condition has no trial, or nothing varies.
    """
    from scipy.ndimage import gaussian_filter1d

    trials = unit.trials[unit.trials["correct"] == 1] if correct_only else unit.trials
    activity = unit.activity[trials.index]
    order = np.stack([np.arange(len(trials)), *(rng.permutation(len(trials)) for _ in range(shuffles))])
    columns = ("motion_coherence", "colour_coherence", "context")
    motion, colour, context = (trials[name].to_numpy()[order] for name in columns)
    values = []
    for which in (MOTION, COLOUR):
        means = averaging(motion, colour, context == which) @ activity
        # smoothing is linear: four averages cost less than every trial
        smooth = means if smoothing is None else gaussian_filter1d(means, smoothing, axis=-1, mode="nearest")
        values.append(variance_over_conditions(smooth))
    first, second = values
    return fraction(first, second)


def recordings_table(
    animals: Iterable[Animal],
    rng: np.random.Generator,
    *,
    shuffles: int = SHUFFLES,
    smoothing_ms: float | None = SMOOTHING,
    correct_only: bool = False,
) -> pd.DataFrame:
    """Fractional task variance of every recorded unit, and of every shuffle of its trials.

    Parameters
    ----------
    animals
        As ``rx.recordings.read`` gives them; none gives a table without rows.
    rng
        Deals the trials of the shuffles.
    shuffles
        Number of shuffles (10 in the paper).
    smoothing_ms
        Standard deviation of the Gaussian by which spike counts are smoothed (40 ms in the paper); None: not at all.
        Rates are taken as they are.
    correct_only
        Leave out the trials with a wrong choice.

    Returns
    -------
    DataFrame
        Columns animal, unit, kind ("recorded" or "shuffled"), shuffle (0 for "recorded", else from 0 on), ftv (NaN for
        a unit without a trial in some condition, or one that never varies).
    """
    kinds, numbers = [RECORDED] + [SHUFFLED] * shuffles, [0, *range(shuffles)]
    columns = {"animal": str, "unit": str, "kind": str, "shuffle": int, "ftv": float}
    frames = [pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})]
    for animal in animals:
        bins = smoothing_ms / animal.bin_ms if smoothing_ms and animal.quantity == "counts" else None
        for unit in animal.units:
            ftv = unit_ftv(unit, bins, rng, shuffles, correct_only)
            table = {"animal": animal.name, "unit": unit.name, "kind": kinds, "shuffle": numbers, "ftv": ftv}
            frames.append(pd.DataFrame(table))
    return pd.concat(frames[1:] or frames, ignore_index=True)


def context_trials(
    task: str, directions: FloatArray, rng: np.random.Generator, coding: Coding, repetitions: int = 1
) -> tuple[Trial, FloatArray]:
    """Every combination of direction and coherences of both modalities, in one of the contexts, with input noise.

    Returns
    -------
    tuple[Trial, ndarray]
        The trials, and (3, trial) what they show: direction of stimulus 1 (rad), coherence in modality 1 and in 2.
    """
    shown = np.array(list(product(directions, COHERENCES, COHERENCES, range(repetitions)))).T[:3]
    direction, first, second = shown
    params = {
        "direction_1": direction,
        "direction_2": (direction + math.pi) % (2 * math.pi),
        "strength_1_mod1": 1 + first,
        "strength_2_mod1": 1 - first,
        "strength_1_mod2": 1 + second,
        "strength_2_mod2": 1 - second,
        "stim_time": STIMULUS,
    }
    return generate(task, mode="psychometric", params=params, rng=rng, coding=coding), shown


def condition_variance(net: Ensemble, rng: np.random.Generator, *, coding: Coding | None = None) -> pd.DataFrame:
    """What the recordings' analysis makes of one network: the model's side of Fig. 8e.

    12 directions, six coherences in each modality, both contexts, stimuli of 800 ms; input noise on, recurrent noise
    off; every second step of the stimulus. A direction is one pair of opposite targets, as an animal has in a session:
    the four conditions are formed for each, and variances averaged over directions. (Averaged into one, the directions
    would cancel every signal: stimulus 1 is as often here as there.)

    Returns
    -------
    DataFrame
        Columns network, unit, variance_1, variance_2 (in Ctx DM 1 and 2, squared rate units), ftv (NaN for units whose
        variances sum to no more than 1e-3).
    """
    only_network(net, "condition_variance")
    coding = coding_of(net, coding)
    variances = []
    for task in PAIR:
        each = []
        for direction in np.arange(DIRECTIONS) * (2 * math.pi / DIRECTIONS):
            trial, (_, first, second) = context_trials(task, np.array([direction]), rng, coding)
            rates = stimulus_rates(net, trial)[SAMPLED]
            means = np.einsum("cj,tji->ict", averaging(first, second), rates)
            each.append(variance_over_conditions(means))
        variances.append(np.mean(each, axis=0))
    first, second = variances
    columns = {"variance_1": first, "variance_2": second, "ftv": fraction(first, second, ACTIVE)}
    return pd.DataFrame({"network": net.labels[0], "unit": np.arange(len(first)), **columns})


def stimulus_rates(net: Ensemble, trial: Trial) -> FloatArray:
    """Rates of one network while the stimulus is on, without recurrent noise: (time, trial, unit)."""
    return net.run(trial.x).rates[0, slice(*trial.epochs["stim1"])]
