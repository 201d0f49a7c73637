"""Four classic tasks: one trial of each, and what networks answer to signals, frequencies and intervals."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replicortex.primer.classics import DelayedComparison, GoNoGo, IntervalDiscrimination, ReadySetGo
from replicortex.primer.job import Trained
from replicortex.primer.measure.common import Tested, sample_rows, tested

N_TRIALS = 2000
DELAYS = (100.0, 300.0, 600.0, 1200.0)  # of go or no go, ms; networks learn with one of them
BASE, APART = 22.0, (1.0, 2.0, 4.0, 8.0)  # Hz: frequencies that are as far apart, half above and half below
INTERVALS = tuple(np.arange(300.0, 501.0, 20.0))  # to be told apart, ms; networks learn with 200 to 600 by 100
SHOWN: Mapping[type, dict[str, float]] = {GoNoGo: {"go": 1}, ReadySetGo: {"interval": 600}}  # in the example trial


def tables(experiment: str, networks: Mapping[str, Trained]) -> dict[str, pd.DataFrame]:
    """Tables example_trials (of the first network of each task) and answers (of all)."""
    examples: dict[str, pd.DataFrame] = {}
    for one in networks.values():
        if one.experiment.task.name not in examples:
            fixed = SHOWN.get(type(one.task), {"choice": 1})
            examples[one.experiment.task.name] = sample_rows(one, tested(one, "sample", 1, **fixed))
    return {
        "example_trials": pd.concat(examples.values(), ignore_index=True),
        "answers": pd.concat([answer_rows(one) for one in networks.values()], ignore_index=True),
    }


def answer_rows(one: Trained) -> pd.DataFrame:
    """network, task, signal, at, mean, sd, n_trials: what a network answers, by what is shown.

    ======================  ==========================  ===================================================
    task                    at                          mean and sd (over trials) of
    ======================  ==========================  ===================================================
    go or no go             delay, ms; signal: go, no   going (0, 1); networks learnt with one delay
    delayed comparison      first minus second, Hz      saying that the first was faster (0, 1)
    interval discrimination first minus second, ms      saying that the first was longer (0, 1)
    ready, set, go          interval from ready to      interval from set to go, ms, where it went at all
                            set, ms
    ======================  ==========================  ===================================================

    Raises
    ------
    ValueError
        Another task.
    """
    task = one.task
    if isinstance(task, GoNoGo):
        parts = []
        for delay in DELAYS:
            found = tested(replace(one, task=replace(task, delay=delay)), f"delay {delay:g}", N_TRIALS)
            signal = np.where(found.trials.conditions["go"] > 0, "go", "no go")
            parts.append((np.full(N_TRIALS, delay), task.choices(found.run.outputs, found.trials) == 1, signal))
        at, value, signal = (np.concatenate(each) for each in zip(*parts, strict=True))
        return _by(one, at, value, signal)
    if isinstance(task, ReadySetGo):
        found = tested(one, "answers", N_TRIALS)
        return _by(one, found.trials.conditions["interval"], produced(found))
    finer: DelayedComparison | IntervalDiscrimination
    if isinstance(task, DelayedComparison):
        finer = replace(task, pairs=tuple((BASE + apart / 2, BASE - apart / 2) for apart in APART))
    elif isinstance(task, IntervalDiscrimination):
        finer = replace(task, intervals=INTERVALS)
    else:
        raise ValueError(f"{one.label}: learnt {type(task).__name__}, which is none of the four classics")
    found = tested(replace(one, task=finer), "answers", N_TRIALS)
    apart = found.trials.conditions["first"] - found.trials.conditions["second"]
    return _by(one, apart.round(6), task.choices(found.run.outputs, found.trials) == 1)


def produced(found: Tested) -> NDArray[np.float64]:
    """(trial,) ms from set to the first step after it at which "go" is the larger output; nan where there is none."""
    outputs, begin = found.run.outputs, found.trials.periods["set"][0]
    went = (outputs[..., 1] > outputs[..., 0]) & (np.arange(len(outputs))[:, None] > begin)
    return np.where(went.any(0), (went.argmax(0) - begin) * found.trials.dt, np.nan)


def _by(
    one: Trained, at: NDArray[np.float64], value: NDArray[np.generic], signal: NDArray[np.str_] | str = ""
) -> pd.DataFrame:
    """Mean, sd and number of trials that have a value, by condition; nan and 0 where none has one."""
    trials = pd.DataFrame({"signal": signal, "at": at, "value": value.astype(float)})
    rows = trials.groupby(["signal", "at"])["value"].agg(["mean", "std", "count"]).reset_index()
    rows = rows.set_axis(["signal", "at", "mean", "sd", "n_trials"], axis=1)
    rows["sd"] = rows["sd"].where(rows["n_trials"] != 1, 0.0)
    rows.insert(0, "network", one.label)
    rows.insert(1, "task", one.experiment.task.name)
    return rows
