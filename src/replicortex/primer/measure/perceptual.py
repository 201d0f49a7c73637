"""Perceptual decisions: accuracy beside the ideal observer's, state space, and whether its trajectories separate."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import torch

from replicortex.primer.job import Trained
from replicortex.primer.learning import network_of
from replicortex.primer.measure.common import (
    Tested,
    accuracy_rows,
    condition_means,
    decoded,
    right,
    sample_rows,
    state_space,
    tested,
    trajectory_rows,
)
from replicortex.primer.network import Run
from replicortex.primer.perceptual import PerceptualDecision
from replicortex.primer.trials import Floats, Steps, Trials

COMPONENTS = 3  # of the state space in which separation is measured
N_STATES = 600  # trials for it
CHANCE = 0.5  # fraction correct of who guesses between two choices


def tables(experiment: str, networks: Mapping[str, Trained]) -> dict[str, pd.DataFrame]:
    """Tables accuracy, ceiling, separation, baselines, state_space; sample_trials and weights of the first network."""
    first = next(iter(networks.values()))
    accuracy, separations, baselines = [], [], []
    for label, one in networks.items():
        found = tested(one, "test")
        accuracy.append(accuracy_rows(label, right(one, found), found.trials.conditions["coherence"]))
        states = tested(one, "states", N_STATES)
        separations.append(separation_row(one, states, accuracy[-1]))
        baselines += baseline_rows(one, states)
    separation = pd.DataFrame(separations)
    return {
        "accuracy": pd.concat(accuracy, ignore_index=True),
        "ceiling": ceiling_table(networks),
        "separation": separation,
        "baselines": pd.DataFrame(baselines),
        "state_space": pd.concat([state_rows(networks[label]) for label in shown(experiment, networks, separation)]),
        "sample_trials": sample_rows(first, tested(first, "sample", 1, coherence=25.6)),
        "weights": weight_rows(first),
    }


def shown(experiment: str, networks: Mapping[str, Trained], separation: pd.DataFrame) -> list[str]:
    """Networks whose state space is drawn: the first of each condition; in a grid of settings the one nearest to
    chance, the one nearest to halfway between chance and the best, and the most accurate.

    Not the median: where most networks of a grid never answer, its accuracy is 0.
    """
    if experiment not in ("primer_grid", "primer_grid_delay"):
        return [label for label in networks if label.endswith(f"seed{next(iter(networks)).rpartition('seed')[2]}")]
    accuracy = separation.set_index("network")["accuracy"]
    best = accuracy.max()
    found = [str((accuracy - level).abs().idxmin()) for level in (CHANCE, (CHANCE + best) / 2)]
    return list(dict.fromkeys([*found, str(accuracy.idxmax())]))


def ceiling_table(networks: Mapping[str, Trained]) -> pd.DataFrame:
    """sigma, coherence, performance: the ideal observer on the tasks of these networks; coherence nan is over all."""
    tasks = {one.task.sigma: one.task for one in networks.values() if isinstance(one.task, PerceptualDecision)}
    rows = [(sigma, c, task.ideal(c)) for sigma, task in tasks.items() for c in task.coherences]
    rows += [(sigma, float("nan"), task.ceiling) for sigma, task in tasks.items()]
    return pd.DataFrame(rows, columns=["sigma", "coherence", "performance"])


def separation_row(one: Trained, found: Tested, accuracy: pd.DataFrame) -> dict[str, object]:
    """How far the states of different coherences lie apart at the last step of the stimulus.

    In the first three principal components of single trials' states there: the share of variance that lies between
    conditions (signed coherence, nine of them), and what a linear decoder reads off, cross-validated: the sign (of
    coherences above 0) and the condition, by chance right in a fifth of the trials at best.
    """
    end = int(found.trials.periods["stimulus"][1][0]) - 1
    states = found.run.rates[end].astype(float)
    points = state_space(states).project(states)
    signed, level = found.trials.conditions["signed"], found.trials.conditions["coherence"]
    shown = level > 0
    return {
        "network": one.label,
        "accuracy": accuracy["n_correct"].sum() / accuracy["n_trials"].sum(),
        "separation": between(points, np.where(shown, signed, 0.0)),
        "sign_decoded": decoded(points[shown], signed[shown] > 0),
        "condition_decoded": decoded(points, np.where(shown, signed, 0.0).round(1).astype(str)),
    }


def baseline_rows(one: Trained, found: Tested) -> list[dict[str, object]]:
    """How far states lie apart at the end of the delay: trained, before training, and in a filter of the input.

    The columns are network, source ("trained"; "untrained": the same network at its start; "filter": the input lines
    through a leaky filter with the network's time constant), forced (fraction correct if one of the choices must be
    taken at the end: `PerceptualDecision` with two directions), separation and sign_decoded as in `separation_row`, and
    choice_decoded: the forced choice at the end of the trial, read off the first three principal components at the end
    of the delay, mean over both choices of the fraction read right; nan where all choices are alike.
    """
    trials = found.trials
    start = network_of(one.experiment, one.label, one.task)
    with_noise = torch.Generator().manual_seed(0)
    runs = {"trained": found.run, "untrained": start.run(trials.inputs, with_noise)}
    rates = {name: run.rates for name, run in runs.items()} | {"filter": filtered(one, trials)}
    end = trials.periods["delay"][1] - 1
    signed = np.where(trials.conditions["coherence"] > 0, trials.conditions["signed"], 0.0)
    shown, rows = signed != 0, []
    for source, values in rates.items():
        states = values[end, np.arange(trials.n_trials)].astype(float)
        points = state_space(states).project(states)
        row = {"network": one.label, "source": source, "forced": np.nan, "choice_decoded": np.nan}
        if source in runs:
            choice = forced_choice(runs[source], trials)
            row |= {"forced": (choice == trials.truth).mean(), "choice_decoded": decoded(points, choice, True)}
        row |= {"separation": between(points, signed), "sign_decoded": decoded(points[shown], signed[shown] > 0)}
        rows.append(row)
    return rows


def forced_choice(run: Run, trials: Trials) -> Steps:
    """(trial,) the alternative with the larger output at the last step of the decision, waiting left out."""
    last = run.outputs[trials.periods["decision"][1] - 1, np.arange(trials.n_trials)]
    return 1 + last[:, 1:].argmax(-1)


def filtered(one: Trained, trials: Trials) -> Floats:
    """(time, trial, line) inputs through h <- (1 - a) h + a x, a = dt / tau: what any leaky unit does by itself."""
    a, h = trials.dt / one.experiment.network.tau, np.zeros_like(trials.inputs[0])
    found = np.empty_like(trials.inputs)
    for t, x in enumerate(trials.inputs):
        h = (1 - a) * h + a * x
        found[t] = h
    return found


def between(points: np.ndarray, condition: np.ndarray) -> float:
    """Share of the variance of points (trial, component) that lies between conditions; 0 where nothing varies."""
    total = points.var(0).sum()
    if total == 0:
        return 0.0
    means = {c: points[condition == c].mean(0) for c in np.unique(condition)}
    return float(np.stack([means[c] for c in condition]).var(0).sum() / total)


def state_rows(one: Trained) -> pd.DataFrame:
    """Table state_space of one network: mean trajectories by choice and coherence."""
    found = tested(one, "trajectories", N_STATES)
    trials = found.trials
    choice = 1 + (found.run.outputs[-1, :, 2] > found.run.outputs[-1, :, 1])  # preferred, though it may wait
    groups = [(c, level) for c in (1, 2) for level in np.unique(trials.conditions["coherence"])]
    masks = [(choice == c) & (trials.conditions["coherence"] == level) for c, level in groups]
    rates = found.run.rates.astype(float)
    means = condition_means(rates, masks)
    space = state_space(means[~np.isnan(means).any((1, 2))])
    columns = {"choice": [c for c, _ in groups], "coherence": [level for _, level in groups]}
    times = np.arange(len(rates)) * trials.dt
    return trajectory_rows(one.label, space, means, times, columns)


def weight_rows(one: Trained) -> pd.DataFrame:
    """network, block, source, target, value: the recurrent matrix, units in the order of their output weights."""
    w = one.network.connections.detach().numpy()
    order = np.argsort((one.network.w_out[:, 1] - one.network.w_out[:, 2]).detach().numpy())
    w = w[np.ix_(order, order)]
    source, target = np.indices(w.shape)
    return pd.DataFrame(
        {
            "network": one.label,
            "block": "recurrent",
            "source": source.ravel(),
            "target": target.ravel(),
            "value": w.ravel(),
        }
    ).astype({"value": float})
