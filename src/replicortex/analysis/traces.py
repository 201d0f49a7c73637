"""Single trials and a single unit of a network (Yang et al. 2019, Figs. 1b, 2a, S1)."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd

from replicortex.analysis.common import FloatArray, coding_of, only_network, tasks_of
from replicortex.analysis.variance import trial_variance
from replicortex.networks import Ensemble
from replicortex.tasks import Coding, Trial, circular_distance, generate

SHOWN_DIRECTION = math.pi / 2  # rad; a bump there is not cut by the ends of the ring
FINE_DT = 1.0


def shown_trial(trial: Trial) -> int:
    """Index of the trial to show: the first of those whose stimulus 1 lies nearest to pi/2."""
    return int(circular_distance(trial.conditions["direction_1"], SHOWN_DIRECTION).round(9).argmin())


def _long(values: FloatArray, network: str, task: str, dt: float, kind: str) -> pd.DataFrame:
    """(time, channel) in long form."""
    time, channel = (index.ravel() for index in np.indices(values.shape))
    columns = {
        "network": network,
        "task": task,
        "dt_ms": dt,
        "time_ms": time * dt,
        "kind": kind,
        "channel": channel,
        "value": values.ravel(),
    }
    return pd.DataFrame(columns)


def trial_table(net: Ensemble, task: str, rng: np.random.Generator, *, coding: Coding | None = None) -> pd.DataFrame:
    """One test trial of a task with input, output and target; input and recurrent noise on.

    Returns
    -------
    DataFrame
        Columns network, task, dt_ms, time_ms, kind (input, output, target), channel, value.
    """
    only_network(net, "trial_table")
    coding = coding_of(net, coding)
    trial = generate(task, mode="test", rng=rng, coding=coding)
    # one trial alone: at dt = 1 ms all of them would take gigabytes
    index = shown_trial(trial)
    x = trial.x[:, index : index + 1]
    outputs = net.run(x, noise=True, rng=rng).outputs[0]
    kinds = {"input": x[:, 0], "output": outputs[:, 0], "target": trial.y[:, index]}
    frames = [_long(value, net.labels[0], task, coding.dt, kind) for kind, value in kinds.items()]
    return pd.concat(frames, ignore_index=True)


def sample_trials(
    net: Ensemble,
    rng: np.random.Generator,
    *,
    tasks: Iterable[str] | None = None,
    coding: Coding | None = None,
) -> pd.DataFrame:
    """`trial_table` of each task (Supplementary Fig. 1)."""
    return pd.concat([trial_table(net, task, rng, coding=coding) for task in tasks_of(net, tasks)], ignore_index=True)


def fine_trial(net: Ensemble, rng: np.random.Generator, *, task: str = "dm1", dt: float = FINE_DT) -> pd.DataFrame:
    """`trial_table` of a network re-run at a finer step (ms); both noises are rescaled (Fig. 1b)."""
    return trial_table(net.with_dt(dt), task, rng)


def unit_trace(
    net: Ensemble, *, task: str = "fdgo", unit: int | None = None, coding: Coding | None = None
) -> pd.DataFrame:
    """Rate of one unit in every test trial of a task, from the onset of the stimulus; no noise (Fig. 2a).

    If ``unit`` is not given it is the one with the largest task variance in this task.

    Returns
    -------
    DataFrame
        Columns network, unit, trial, direction (rad), modality, time_ms, rate.

    Raises
    ------
    ValueError
        More than one network, or a unit that the network does not have.
    """
    only_network(net, "unit_trace")
    coding = coding_of(net, coding)
    trial = generate(task, mode="test", noise=False, coding=coding)
    onset = trial.epochs["fix1"][1]
    rates = net.run(trial.x).rates[0, onset:]
    if unit is None:
        unit = int(trial_variance(rates).mean(axis=0).argmax())
    if not 0 <= unit < rates.shape[2]:
        raise ValueError(f"unit: {unit} reaches outside 0..{rates.shape[2] - 1}")
    index, step = (axis.ravel() for axis in np.indices(rates.shape[1::-1]))
    columns = {
        "network": net.labels[0],
        "unit": unit,
        "trial": index,
        "direction": trial.conditions["direction_1"][index],
        "modality": trial.conditions["modality"][index],
        "time_ms": (onset + step) * coding.dt,
        "rate": rates[step, index, unit],
    }
    return pd.DataFrame(columns)
