"""The constrained network on the checkerboard: choices, their times, rates and weights, connectivity, trajectories."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from replicortex.analysis.fits import fit_choices
from replicortex.primer.cells import BuiltIn
from replicortex.primer.checkerboard import Checkerboard, decisions
from replicortex.primer.job import Trained
from replicortex.primer.measure.common import (
    Tested,
    condition_means,
    right,
    sample_rows,
    state_space,
    tested,
    trajectory_rows,
)

BOARD_MS = 1300.0  # onset where trials are aligned on it: leaves 700 ms
BEFORE_MS, AFTER_MS = 300.0, 680.0  # of the trajectories, around the onset
THRESHOLD = 0.6  # of an output: a choice. The target is 1, and the other output's 0
EDGES = np.linspace(0, 1, 11)  # of |coherence|, in the table of times
FINE = np.r_[0, 0.025, 0.05, 0.1, 0.15, EDGES[2:]]  # in that of choices: half a standard deviation apart near 0
CORTEX = 0.12  # share of connections that cortical neurons make (PLoS Biol., 10.1371/journal.pbio.0030068)
THRESHOLDS = np.logspace(-5, 0, 41)
PRUNED_TRIALS = 500
N_CHOICES = 3000


def tables(experiment: str, networks: Mapping[str, Trained]) -> dict[str, pd.DataFrame]:
    """Tables of `replicortex.primer.measure.registry.MEASURES`, below one another for all networks."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for one in networks.values():
        aligned = tested(one, "aligned", 800, board_onset=BOARD_MS)
        made = choice_tables(one, tested(one, "choices", N_CHOICES))
        made["distributions"] = distribution_rows(one, aligned)
        made |= connectivity_tables(one)
        made["trajectories"] = state_rows(one, aligned)
        for name, table in made.items():
            parts.setdefault(name, []).append(table)
    found = {name: pd.concat(each, ignore_index=True) for name, each in parts.items()}
    seed = next(iter(networks)).rpartition("seed")[2]
    examples = [one for label, one in networks.items() if label.endswith(f"seed{seed}")]
    samples = [sample_rows(one, tested(one, "sample", 1, coherence=0.3, board_onset=BOARD_MS)) for one in examples]
    return found | {"example_trials": pd.concat(samples, ignore_index=True)}


def choice_tables(one: Trained, found: Tested) -> dict[str, pd.DataFrame]:
    """choices by signed coherence, their cumulative Gaussian, and decision times, right and wrong apart.

    The Gaussian is fitted to single trials as they were shown, by maximum likelihood; beside it stands that of the
    ideal observer on the same trials.
    """
    trials, run = found
    signed, correct = trials.conditions["signed"], right(one, found)
    chose_right = one.task.choices(run.outputs, trials) == 2
    edges = np.r_[-FINE[:0:-1], FINE]
    bins = np.clip(np.digitize(signed, edges) - 1, 0, len(edges) - 2)
    middle = (edges[:-1] + edges[1:]) / 2
    counts = pd.DataFrame({"bin": bins, "right": chose_right, "correct": correct}).groupby("bin")
    choices = counts.agg(
        n_right=("right", "sum"), n_correct=("correct", "sum"), n_trials=("right", "size")
    ).reset_index()
    choices.insert(0, "network", one.label)
    choices["signed"] = middle[choices.pop("bin")]
    assert isinstance(one.task, Checkerboard)
    ideal = one.task.observed(trials)
    fit = fit_choices(signed, chose_right)
    row = {
        "network": one.label, **fit._asdict(), "accuracy": correct.mean(),
        "sigma_ideal": fit_choices(signed, ideal == 2).sigma, "accuracy_ideal": (ideal == trials.truth).mean(),
    }  # fmt: skip
    return {
        "choices": choices.astype({"n_right": int, "n_correct": int, "n_trials": int}),
        "choice_fit": pd.DataFrame([row]),
        "decision_times": time_rows(one, found),
    }


def time_rows(one: Trained, found: Tested) -> pd.DataFrame:
    """network, coherence (middle of a bin), outcome (correct, error, undecided), n_trials, mean_ms, sem_ms."""
    trials, run = found
    choice, time = decisions(run.outputs, trials, THRESHOLD)
    outcome = np.where(choice == 0, "undecided", np.where(choice == trials.truth, "correct", "error"))
    bins = np.clip(np.digitize(trials.conditions["coherence"], EDGES) - 1, 0, len(EDGES) - 2)
    middle = ((EDGES[:-1] + EDGES[1:]) / 2)[bins]
    table = pd.DataFrame({"coherence": middle, "outcome": outcome, "time": time.astype(float)})
    grouped = table.groupby(["coherence", "outcome"])["time"]
    rows = grouped.agg(n_trials="size", mean_ms="mean", sem_ms="sem").reset_index()
    rows.insert(0, "network", one.label)
    return rows


def distribution_rows(one: Trained, found: Tested) -> pd.DataFrame:
    """network, what (rate: mean of a unit after the onset; weight: recurrent), low, high, count: logarithmic bins.

    The first bin begins at 0; ``negative`` and ``largest`` tell the smallest single rate and the largest value.
    """
    rates = found.run.rates[found.trials.during("decision")]
    values = {"rate": np.abs(rates.mean(0)), "weight": acting(one).abs().flatten().numpy()}
    edges = np.r_[0.0, np.logspace(-5, 1, 49)]
    parts = []
    for what, value in values.items():
        count = np.histogram(np.clip(value, 0, edges[-1] * 0.999), edges)[0]
        part = pd.DataFrame({"what": what, "low": edges[:-1], "high": edges[1:], "count": count})
        parts.append(
            part.assign(mean=float(value.mean()), smallest=float(rates.min() if what == "rate" else value.min()))
        )
    table = pd.concat(parts, ignore_index=True)
    table.insert(0, "network", one.label)
    return table


def recurrent(one: Trained) -> Tensor:
    """All recurrent weights: of a leaky network (unit, unit), of PyTorch's cells (gates * unit, unit)."""
    cell = one.network.cell
    return cell.cell.weight_hh_l0 if isinstance(cell, BuiltIn) else one.network.w_rec


def acting(one: Trained) -> Tensor:
    """The same as they act, detached: under Dale's law or a mask some of those that are learnt are no connections."""
    w = recurrent(one) if isinstance(one.network.cell, BuiltIn) else one.network.connections
    return w.detach()


def connectivity_tables(one: Trained) -> dict[str, pd.DataFrame]:
    """connectivity: share of recurrent weights above each threshold, and accuracy without those below it;
    pruning: the same at the threshold that leaves a cortical share of 12 %, beside the whole network."""
    w = recurrent(one)
    intact = w.detach().clone()
    size = acting(one).abs()
    cut = float(np.quantile(size.numpy(), 1 - CORTEX))
    found = tested(one, "pruning", PRUNED_TRIALS)

    def accuracy(threshold: float) -> float:
        with torch.no_grad():
            w.copy_(torch.where(size > threshold, intact, 0.0))
            run = one.network.run(found.trials.inputs)
            w.copy_(intact)
        return float((one.task.choices(run.outputs, found.trials) == found.trials.truth).mean())

    rows = [(one.label, t, float((size > t).float().mean()), accuracy(t)) for t in THRESHOLDS]
    zeros = float((size == 0).float().mean())
    pruned = {
        "network": one.label, "threshold": cut, "connectivity": float((size > cut).float().mean()), "zeros": zeros,
        "accuracy_intact": accuracy(-1.0), "accuracy_pruned": accuracy(cut), "n_trials": PRUNED_TRIALS,
    }  # fmt: skip
    return {
        "connectivity": pd.DataFrame(rows, columns=["network", "threshold", "connectivity", "accuracy"]),
        "pruning": pd.DataFrame([pruned]),
    }


def state_rows(one: Trained, found: Tested) -> pd.DataFrame:
    """Mean trajectories around the onset of the checkerboard (0 ms), by choice and quartile of coherence (1: weak)."""
    trials, run = found
    choice = one.task.choices(run.outputs, trials)
    coherence = trials.conditions["coherence"]
    quartile = 1 + np.searchsorted(np.quantile(coherence, [0.25, 0.5, 0.75]), coherence)
    groups = [(c, q) for c in (1, 2) for q in (1, 2, 3, 4)]
    onset = int(trials.periods["decision"][0][0])
    window = slice(max(0, onset - round(BEFORE_MS / trials.dt)), onset + round(AFTER_MS / trials.dt))
    rates = run.rates[window].astype(float)
    means = condition_means(rates, [(choice == c) & (quartile == q) for c, q in groups])
    space = state_space(means[~np.isnan(means).any((1, 2))])
    times = (np.arange(window.start, window.start + len(rates)) - onset) * trials.dt
    columns = {"choice": [c for c, _ in groups], "quartile": [q for _, q in groups]}
    return trajectory_rows(one.label, space, means, times, columns)
