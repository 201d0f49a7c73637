"""Recordings made up from a trained network: its units fire at random, and an analysis must find what they do.

With these the path of recordings can be tried from end to end, and its error is known: spikes are all that the analysis
sees, and the network tells what it should find.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from replicortex.analysis.circuit import PAIR
from replicortex.analysis.common import FloatArray, IntArray, coding_of, only_network
from replicortex.analysis.conditions import (
    DIRECTIONS,
    averaging,
    context_trials,
    fraction,
    stimulus_rates,
    variance_over_conditions,
)
from replicortex.analysis.variance import ACTIVE
from replicortex.networks import Ensemble
from replicortex.recordings.animal import COLOUR, MOTION, Animal, Unit
from replicortex.tasks import Coding, circular_distance, decode_direction

REPETITIONS = 10  # trials of each combination of coherences in each context
GAIN = 20.0  # spikes per second of a unit with rate 1
_DIRECTION = np.arange(DIRECTIONS) * (2 * math.pi / DIRECTIONS)


class Simulated(NamedTuple):
    """Simulated recordings and what they were made from.

    animal : Animal
        Spike counts in bins of the network's time step, over the 800 ms of the stimulus.
    truth : DataFrame
        Columns unit, direction (rad, of choice 1), ftv: that of the unit's noise-free rates in the same conditions.
    """

    animal: Animal
    truth: pd.DataFrame


def _noise_free(net: Ensemble, coding: Coding) -> FloatArray:
    """Variance over conditions without any noise: (context, direction, unit)."""
    quiet = Coding(**{**coding.__dict__, "sigma_x": 0.0})
    rng = np.random.default_rng(0)  # asked for, but multiplied by 0
    variances = np.empty((2, DIRECTIONS, net.architecture.units))
    for row, task in enumerate(PAIR):
        for column, direction in enumerate(_DIRECTION):
            trial, (_, first, second) = context_trials(task, np.array([direction]), rng, quiet)
            means = np.einsum("cj,tji->ict", averaging(first, second), stimulus_rates(net, trial))
            variances[row, column] = variance_over_conditions(means)
    return variances


def _choices(outputs: FloatArray, direction: float) -> FloatArray:
    """1 where the last step's output points nearer to a direction than to its opposite, else -1: (trial,)."""
    decoded = decode_direction(outputs[:, 1:], ring=outputs.shape[1] - 1)
    return np.where(circular_distance(decoded, direction) < math.pi / 2, 1.0, -1.0)


def _session(
    net: Ensemble,
    direction: float,
    units: IntArray,
    rng: np.random.Generator,
    repetitions: int,
    gain: float,
    coding: Coding,
) -> dict[int, Unit]:
    """Units recorded together, with choice 1 in their preferred direction."""
    counts, frames = [], []
    for task, context in zip(PAIR, (MOTION, COLOUR), strict=True):
        trial, (_, first, second) = context_trials(task, np.array([direction]), rng, coding, repetitions)
        run = net.run(trial.x, noise=True, rng=rng)
        rates = run.rates[0, slice(*trial.epochs["stim1"])][..., units]
        _check_rates(rates, net)
        counts.append(rng.poisson(gain * coding.dt / 1000 * rates.transpose(2, 1, 0)))
        choice = _choices(run.outputs[0, -1], direction)
        right = choice == np.sign(first if context == MOTION else second)
        shown = {"motion_coherence": first, "colour_coherence": second, "context": context}
        frames.append(pd.DataFrame({**shown, "choice": choice, "correct": right.astype(float)}))
    spikes, trials = np.concatenate(counts, axis=1), pd.concat(frames, ignore_index=True)
    return {int(unit): Unit(f"unit{unit:03d}", each, trials) for unit, each in zip(units, spikes, strict=True)}


def _check_rates(rates: FloatArray, net: Ensemble) -> None:
    if rates.min(initial=0) < 0:
        name = net.architecture.activation
        raise ValueError(f"simulate_recordings: activation {name!r} gives negative rates, which no neuron fires at")


def simulate_recordings(
    net: Ensemble,
    rng: np.random.Generator,
    *,
    name: str | None = None,
    repetitions: int = REPETITIONS,
    gain: float = GAIN,
    coding: Coding | None = None,
) -> Simulated:
    """Recordings as an experimenter would make them in one network.

    The opposite targets of a unit's session are put where it varies most, one in its response field as it were. Every
    combination of six coherences of motion (modality 1) and six of colour (modality 2) is shown in both contexts, with
    input and recurrent noise; spikes are Poisson, given the rates.

    Parameters
    ----------
    net
        One network with both Ctx DM tasks and rates that are not negative.
    rng
        Source of noise and spikes.
    name
        Of the animal; by default the network's label.
    repetitions
        Trials of each of the 36 combinations in each context.
    gain
        Spikes per second of a unit with rate 1.

    Returns
    -------
    Simulated
        Units whose noise-free variances over conditions sum to more than 1e-3.

    Raises
    ------
    ValueError
        More than one network, one without the tasks, negative rates, or no unit that varies.
    """
    only_network(net, "simulate_recordings")
    coding = coding_of(net, coding)
    variances = _noise_free(net, coding)
    best = variances.sum(axis=0).argmax(axis=0)
    first, second = np.take_along_axis(variances, best[None, None], axis=1)[:, 0]
    chosen = np.flatnonzero(first + second > ACTIVE)
    if not len(chosen):
        raise ValueError(f"simulate_recordings: no unit of {net.labels[0]} varies with the stimuli of the Ctx DM tasks")
    units: dict[int, Unit] = {}
    for index in np.unique(best[chosen]):
        together = chosen[best[chosen] == index]
        units |= _session(net, float(_DIRECTION[index]), together, rng, repetitions, gain, coding)
    recorded = tuple(units[unit] for unit in sorted(units))
    time = (np.arange(recorded[0].activity.shape[1]) + 0.5) * coding.dt
    ftv = fraction(first, second)[chosen]
    names = [unit.name for unit in recorded]
    truth = pd.DataFrame({"unit": names, "direction": _DIRECTION[best[chosen]], "ftv": ftv})
    return Simulated(Animal(name or net.labels[0], "counts", time, recorded), truth)
