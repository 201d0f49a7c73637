"""Nine exercises: what changes with the time constant, the start, modules, a second task, frozen or wired weights,
images, plastic synapses?"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replicortex.primer.cells import Plastic
from replicortex.primer.images import DigitParity
from replicortex.primer.job import Trained
from replicortex.primer.measure.common import (
    Tested,
    accuracy_rows,
    condition_means,
    decoded,
    right,
    state_space,
    tested,
    trajectory_rows,
)
from replicortex.primer.memory import DelayedMatch
from replicortex.primer.perceptual import PerceptualDecision

N_TRIALS = 1000
N_DECODED = 400
EVERY_MS = 60.0  # between the steps at which something is decoded
DISTANCES = np.linspace(0, 1.2, 13)
SILENT = 0.1  # a connection exists above this share of the largest weight


def tables(experiment: str, networks: Mapping[str, Trained]) -> dict[str, pd.DataFrame]:
    """Tables of `registry.MEASURES`; each exercise has rows in those that concern it."""
    parts: dict[str, list[pd.DataFrame]] = {}

    def add(name: str, table: pd.DataFrame) -> None:
        parts.setdefault(name, []).append(table)

    for one in networks.values():
        one = unseen(one)
        found = tested(one, "test", N_TRIALS)
        strength = found.trials.conditions.get("coherence", np.zeros(N_TRIALS))
        add("accuracy", accuracy_rows(one.label, right(one, found), strength))
        if isinstance(one.task, PerceptualDecision):
            add("evidence", evidence_rows(one, found))
            if one.experiment.network.cell == "modules":
                add("module_decoding", module_rows(one, found))
            if one.experiment.training.wiring or one.experiment.training.l1_parameters or _is_base(one):
                add("wiring", wiring_rows(one))
        if isinstance(one.task, DelayedMatch):
            add("memory_decoding", memory_rows(one, found))
            add("state_space", memory_states(one, found))
    return {name: pd.concat(each, ignore_index=True) for name, each in parts.items()}


def _is_base(one: Trained) -> bool:
    return one.label.startswith("base,")


def unseen(one: Trained) -> Trained:
    """With images that training never showed, where the task has some."""
    return replace(one, task=replace(one.task, held_out=True)) if isinstance(one.task, DigitParity) else one


def evidence_rows(one: Trained, found: Tested) -> pd.DataFrame:
    """network, coherence, time_ms, value: output of the right choice minus that of the wrong one, mean over trials."""
    trials, outputs = found.trials, found.run.outputs.astype(float)
    sign = np.where(trials.truth == 1, 1.0, -1.0)
    value = (outputs[..., 1] - outputs[..., 2]) * sign
    parts = [
        pd.DataFrame({
            "network": one.label, "coherence": level, "time_ms": np.arange(len(value)) * trials.dt,
            "value": value[:, trials.conditions["coherence"] == level].mean(1),
        })
        for level in np.unique(trials.conditions["coherence"])
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _steps(trials_dt: float, n: int) -> NDArray[np.int64]:
    return np.arange(0, n, max(1, round(EVERY_MS / trials_dt)))


def module_rows(one: Trained, found: Tested) -> pd.DataFrame:
    """network, module (1: next to the input), time_ms, decoded: the direction of the stimulus, read off its rates."""
    trials, rates = found.trials, found.run.rates[:, :N_DECODED]
    shown, truth = trials.conditions["coherence"][:N_DECODED] > 0, trials.truth[:N_DECODED]
    blocks = np.split(np.arange(rates.shape[-1]), 3)
    rows = [
        (one.label, module, t * trials.dt, decoded(rates[t][shown][:, units], truth[shown]))
        for module, units in enumerate(blocks, start=1)
        for t in _steps(trials.dt, len(rates))
    ]
    return pd.DataFrame(rows, columns=["network", "module", "time_ms", "decoded"])


def wiring_rows(one: Trained) -> pd.DataFrame:
    """network, distance (middle of a bin, square of side 1), n_pairs, weight (mean |w|), connected (share), length."""
    w = one.network.connections.detach().abs().numpy()
    apart = one.network.distances.numpy()
    pairs = ~np.eye(len(w), dtype=bool)
    bins = np.digitize(apart[pairs], DISTANCES) - 1
    connected = w[pairs] > SILENT * w[pairs].max()
    table = pd.DataFrame({"bin": bins, "weight": w[pairs], "connected": connected, "length": w[pairs] * apart[pairs]})
    rows = table.groupby("bin").agg(
        n_pairs=("weight", "size"), weight=("weight", "mean"), connected=("connected", "mean"), length=("length", "sum")
    )
    rows = rows.reset_index()
    middle = DISTANCES + (DISTANCES[1] - DISTANCES[0]) / 2
    rows.insert(0, "network", one.label)
    rows.insert(1, "distance", middle[rows.pop("bin").to_numpy()])
    return rows


def memory_rows(one: Trained, found: Tested) -> pd.DataFrame:
    """network, source (rate or synapse), time_ms, decoded: the sample's direction, read off rates or efficacies.

    Of synapses that are not plastic the efficacy never changes, and there are no rows.
    """
    trials = found.trials
    sources = {"rate": found.run.rates}
    if isinstance(one.network.cell, Plastic):
        sources["synapse"] = one.network.cell.efficacy.numpy()  # of the run that made these rates
    sample = trials.conditions["sample"].astype(int)[:N_DECODED]
    rows = [
        (one.label, source, t * trials.dt, decoded(values[t, :N_DECODED], sample))
        for source, values in sources.items()
        for t in _steps(trials.dt, len(values))
    ]
    return pd.DataFrame(rows, columns=["network", "source", "time_ms", "decoded"])


def memory_states(one: Trained, found: Tested) -> pd.DataFrame:
    """Mean trajectories of rates by the sample's direction, up to the test."""
    trials = found.trials
    end = int(trials.periods["test"][0][0])
    rates = found.run.rates[:end].astype(float)
    samples = np.unique(trials.conditions["sample"])
    means = condition_means(rates, [trials.conditions["sample"] == s for s in samples])
    times = np.arange(end) * trials.dt
    return trajectory_rows(one.label, state_space(means), means, times, {"sample": list(samples)})
