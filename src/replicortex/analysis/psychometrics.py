"""Choices of a network between two stimuli, as functions of coherence, duration and delay.

Yang et al. 2019, Fig. 1d,e and Supplementary Fig. 2. Every experiment is a `Protocol`, data that
`run_protocol` carries out: trials in psychometric mode with two opposite stimuli, input and recurrent
noise on, choices read from the direction decoded at the last step.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from replicortex.analysis.common import FloatArray, IntArray, answers, coding_of, only_network
from replicortex.analysis.fits import choice_fraction, fit_fractions, fit_threshold
from replicortex.tasks import TASKS, Coding, circular_distance, decode_direction, trial_rows

if TYPE_CHECKING:
    from replicortex.networks import Ensemble

CHOICE_LIMIT = 0.3 * math.pi  # rad; a choice lies this close to its stimulus
_TRIALS_AT_ONCE = 256  # bounds the memory of the rates

Pair = tuple[float, float]


@dataclass(frozen=True)
class Curve:
    """One curve of an experiment.

    Attributes
    ----------
    label : str
        Name of the curve in the tables.
    duration : float
        The time that the tables call ``duration_ms`` or ``delay_ms``; before it is floored to steps.
    pairs : tuple of (c1, c2)
        Coherence in modality 1 and 2 of each condition: stimulus 1 has strength g (1 + c), stimulus 2 g (1 -
        c).
    times : mapping
        Times of the psychometric mode, ms.
    gains : (g1, g2)
        Factor on all strengths of modality 1 and 2; 0 shows the stimuli in the other modality alone.
    """

    label: str
    duration: float
    pairs: tuple[Pair, ...]
    times: Mapping[str, float] = field(hash=False)
    gains: Pair = (1.0, 1.0)


@dataclass(frozen=True)
class Protocol:
    """A task, its curves, and the number of equally spaced directions of stimulus 1 per condition.

    ``attended`` is the modality (1 or 2) that a grid of coherences is split into for fitting, None otherwise.
    """

    task: str
    directions: int
    curves: tuple[Curve, ...]
    attended: int | None = None

    def with_directions(self, share: float) -> Protocol:
        """The same experiment with a share of its directions, at least four."""
        return Protocol(self.task, max(4, round(self.directions * share)), self.curves, self.attended)


def _first(coherences: Iterable[float]) -> tuple[Pair, ...]:
    return tuple((c, 0.0) for c in coherences)


def _second(coherences: Iterable[float]) -> tuple[Pair, ...]:
    return tuple((0.0, c) for c in coherences)


def _both(coherences: Iterable[float]) -> tuple[Pair, ...]:
    return tuple((c, c) for c in coherences)


def _interval(stimulus: float, delay: float) -> dict[str, float]:
    """Two stimuli one after the other: the first from 200 ms for ``stimulus`` ms, the second for 200 ms."""
    first_off = 200.0 + stimulus
    second_on = first_off + delay
    return {"stim1_on": 200.0, "stim1_off": first_off, "stim2_on": second_on, "stim2_off": second_on + 200.0}


_SCALE = (-0.5, -0.15, -0.05, 0.0, 0.05, 0.15, 0.5)
_FINE = tuple(0.05 * s for s in _SCALE)
_COARSE = tuple(0.5 * s for s in _SCALE)
_SMALL = (0.005, 0.01, 0.02, 0.04)
# eight durations, equally spaced in their logarithm, as whole ms
DURATIONS = (200, 266, 355, 474, 632, 843, 1124, 1500)

_GRID = (Curve("grid", 800, tuple(product(_FINE, _FINE)), {"stim_time": 800}),)

PSYCHOMETRIC = (
    Protocol("dm1", 300, tuple(Curve(f"{t} ms", t, _first(_FINE), {"stim_time": t}) for t in (200, 400, 800))),
    Protocol("contextdm1", 100, _GRID, attended=1),
    Protocol("contextdm2", 100, _GRID, attended=2),
    Protocol(
        "multidm",
        500,
        (
            Curve("modality 1", 400, _first(_FINE), {"stim_time": 400}, gains=(1.0, 0.0)),
            Curve("modality 2", 400, _second(_FINE), {"stim_time": 400}, gains=(0.0, 1.0)),
            Curve("both", 400, _both(_FINE), {"stim_time": 400}),
        ),
    ),
    Protocol(
        "delaydm1",
        12,
        tuple(Curve(f"delay {t} ms", t, _first(_COARSE), _interval(200, t)) for t in (200, 800, 3200)),
    ),
)

CHRONOMETRIC = (
    Protocol("dm1", 3000, tuple(Curve(f"{t} ms", t, _first(_SMALL), {"stim_time": t}) for t in DURATIONS)),
    Protocol("contextdm1", 3000, tuple(Curve(f"{t} ms", t, _first(_SMALL), {"stim_time": t}) for t in DURATIONS)),
    Protocol("multidm", 3000, tuple(Curve(f"{t} ms", t, _both(_SMALL), {"stim_time": t}) for t in DURATIONS)),
)

# the first stimulus lasts 300 ms here, 200 ms in the psychometric curves
MEMORY = (
    Protocol(
        "delaydm1",
        100,
        tuple(
            Curve(f"delay {t} ms", t, _first((0.05, 0.1, 0.2)), _interval(300, t)) for t in (100, 265, 707, 1880, 4999)
        ),
    ),
)


def choices(outputs: FloatArray, direction_1: FloatArray, direction_2: FloatArray) -> IntArray:
    """Which stimulus the last step points to: 1, 2, or 0 (undecided); the fixation output is not looked at.

    Parameters
    ----------
    outputs : (trial, output)
        Output of the last step: fixation, then the ring.
    direction_1, direction_2 : (trial,)
        Directions of the stimuli, rad. A choice lies less than 0.3 pi from its stimulus.

    Returns
    -------
    ndarray
        (trial,) int.
    """
    decoded = decode_direction(outputs[:, 1:], ring=outputs.shape[1] - 1)
    chose_1 = circular_distance(decoded, direction_1) < CHOICE_LIMIT
    chose_2 = circular_distance(decoded, direction_2) < CHOICE_LIMIT
    return np.where(chose_1, 1, np.where(chose_2, 2, 0))


def _strengths(task: str, pairs: FloatArray, gains: Pair) -> dict[str, FloatArray]:
    """Strengths of both stimuli by the names of the task's psychometric mode."""
    by_modality = {}
    for column, gain in enumerate(gains):
        for stimulus, sign in ((1, 1.0), (2, -1.0)):
            by_modality[stimulus, column + 1] = gain * (1.0 + sign * pairs[:, column])
    if "strength_1" in TASKS[task].parameters:  # the task shows one modality
        return {f"strength_{stimulus}": by_modality[stimulus, 1] for stimulus in (1, 2)}
    return {f"strength_{s}_mod{m}": value for (s, m), value in by_modality.items()}


def run_curve(
    net: Ensemble, task: str, curve: Curve, directions: int, rng: np.random.Generator, coding: Coding
) -> IntArray:
    """Counts (network, condition, 3) of choice 1, choice 2 and undecided for each coherence pair of a curve.

    The networks of an ensemble see the same trials with the same noise.
    """
    condition, step = (index.ravel() for index in np.indices((len(curve.pairs), directions)))
    direction = step * (2 * math.pi / directions)
    params: dict[str, FloatArray] = {
        "direction_1": direction,
        "direction_2": (direction + math.pi) % (2 * math.pi),
        **_strengths(task, np.array(curve.pairs)[condition], curve.gains),
    }
    answering = [answers(net.select(index), coding) for index in range(net.n_networks)]
    counts = np.zeros((net.n_networks, len(curve.pairs), 3), dtype=int)
    for start in range(0, len(direction), _TRIALS_AT_ONCE):
        part = slice(start, start + _TRIALS_AT_ONCE)
        chunk = {name: value[part] for name, value in params.items()}
        trial = trial_rows(task, mode="psychometric", params={**chunk, **curve.times}, rng=rng, coding=coding)
        # every network draws the same noise; the last draw moves the stream on
        streams = [*(deepcopy(rng) for _ in answering[1:]), rng]
        for index, (answer, stream) in enumerate(zip(answering, streams, strict=True)):
            choice = choices(answer(trial, stream).outputs, chunk["direction_1"], chunk["direction_2"])
            # columns in the order choice 1, choice 2, undecided (0)
            np.add.at(counts[index], (condition[part], (choice - 1) % 3), 1)
    return counts


def run_protocol(
    net: Ensemble, protocol: Protocol, rng: np.random.Generator, *, coding: Coding | None = None
) -> pd.DataFrame:
    """Carry out an experiment on one network.

    Returns
    -------
    DataFrame
        Columns network, task, curve, duration_ms (floored to whole steps, as shown), coherence_1, coherence_2 (0 where
        a modality carries none), n_choice1, n_choice2, n_undecided.

    Raises
    ------
    ValueError
        More than one network, or a rule set without the task.
    """
    only_network(net, "run_protocol")
    coding = coding_of(net, coding)
    frames = []
    for curve in protocol.curves:
        counts = run_curve(net, protocol.task, curve, protocol.directions, rng, coding)[0]
        pairs = np.array(curve.pairs)
        columns = {
            "network": net.labels[0],
            "task": protocol.task,
            "curve": curve.label,
            "duration_ms": math.floor(curve.duration / coding.dt + 1e-9) * coding.dt,
            "coherence_1": pairs[:, 0],
            "coherence_2": pairs[:, 1],
            "n_choice1": counts[:, 0],
            "n_choice2": counts[:, 1],
            "n_undecided": counts[:, 2],
        }
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def _coherence(counts: pd.DataFrame) -> pd.Series:
    """The coherence of conditions that have one: that of the modality that carries it."""
    return counts["coherence_1"].where(counts["coherence_1"] != 0, counts["coherence_2"])


def _fit_rows(counts: pd.DataFrame, curve: str, coherence: pd.Series) -> tuple[object, ...]:
    choices = counts[["n_choice1", "n_choice2"]].to_numpy()
    share = pd.Series(choice_fraction(*choices.T), index=counts.index)
    averaged = share.groupby(coherence.to_numpy()).mean()  # leaves out cells without a decided trial
    fit = fit_fractions(2 * averaged.index.to_numpy(), averaged.to_numpy(), int(choices.sum()))
    first = counts.iloc[0]
    return (first["network"], first["task"], curve, first["duration_ms"], *fit)


def psychometric_fits(counts: pd.DataFrame, protocols: Iterable[Protocol] = PSYCHOMETRIC) -> pd.DataFrame:
    """Gaussian distribution functions fitted to every curve; x = strength 1 - strength 2 = 2 c.

    A grid of coherences in both modalities gives two: "attended" averages P(choice 1) over the coherences of
    the ignored modality, "ignored" over those of the attended one. Each coherence pair weighs the same, however
    many of its trials were decided.

    Parameters
    ----------
    counts
        As `run_protocol` returns it, of one or more networks and protocols.

    Returns
    -------
    DataFrame
        Columns network, task, curve, duration_ms, mu, sigma (both in units of strength), n_trials (decided ones).
    """
    attended = {protocol.task: protocol.attended for protocol in protocols}
    rows = []
    for (_, task, curve), group in counts.groupby(["network", "task", "curve"], sort=False):
        modality = attended.get(str(task))
        if modality is None:
            rows.append(_fit_rows(group, str(curve), _coherence(group)))
        else:
            rows.append(_fit_rows(group, "attended", group[f"coherence_{modality}"]))
            rows.append(_fit_rows(group, "ignored", group[f"coherence_{3 - modality}"]))
    return pd.DataFrame(rows, columns=["network", "task", "curve", "duration_ms", "mu", "sigma", "n_trials"])


def chronometric_table(counts: pd.DataFrame) -> pd.DataFrame:
    """Chronometric runs: columns network, task, duration_ms, coherence and the three counts."""
    chosen = counts.assign(coherence=_coherence(counts))
    return chosen[["network", "task", "duration_ms", "coherence", "n_choice1", "n_choice2", "n_undecided"]]


def memory_table(counts: pd.DataFrame) -> pd.DataFrame:
    """Memory runs: columns network, delay_ms, coherence and the three counts."""
    chosen = counts.assign(coherence=_coherence(counts)).rename(columns={"duration_ms": "delay_ms"})
    return chosen[["network", "delay_ms", "coherence", "n_choice1", "n_choice2", "n_undecided"]]


def threshold_table(chronometric: pd.DataFrame) -> pd.DataFrame:
    """Columns network, task, duration_ms, threshold, exponent: `fits.fit_threshold` at each duration.

    Perfect integration predicts log10 threshold = -0.5 log10 duration + constant (Supplementary Fig. 2).
    """
    keys = ["network", "task", "duration_ms"]
    rows = []
    for key, group in chronometric.groupby(keys, sort=False):
        columns = [group[name].to_numpy() for name in ("coherence", "n_choice1", "n_choice2")]
        rows.append((*key, *fit_threshold(*columns)))
    return pd.DataFrame(rows, columns=[*keys, "threshold", "exponent"])
