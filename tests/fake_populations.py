"""Plausible tables of every experiment, for tests of what reads several of them.

`make_population(experiment)` returns the tables of one; populations without a grid are those of `fake_tables`.
"""

from __future__ import annotations

from functools import cache
from itertools import product

import fake_force
import fake_learning
import fake_meta_rl
import fake_newton
import fake_primer
import fake_taught
import numpy as np
import pandas as pd
from fake_tables import NETWORKS, TASKS, make_tables
from fakes import YANG, complete, frame

import replicortex as rx
from replicortex.analysis.factors import factor_table, outcomes

GRID = {
    "network.activation": ("softplus", "relu", "tanh", "retanh"),
    "network.cell": ("leaky_rnn", "leaky_gru"),
    "network.init": ("diag", "randortho"),
    "regularisers.l1_rates": (0.0, 1e-5, 1e-4, 1e-3),
    "regularisers.l1_weights": (0.0, 1e-5, 1e-4, 1e-3),
}
SIZES = (128, 512)


def _members(grid: dict[str, tuple], seeds: range, fraction: int = 1) -> pd.DataFrame:
    rows = []
    for places in product(*(range(len(levels)) for levels in grid.values())):
        if sum(places) % fraction == 0:
            values = [levels[i] for levels, i in zip(grid.values(), places, strict=True)]
            name = ",".join(f"{path.rpartition('.')[2]}={value}" for path, value in zip(grid, values, strict=True))
            rows += [(f"{name},seed{seed}", seed, *values) for seed in seeds]
    return pd.DataFrame(rows, columns=["network", "seed", *grid])


def _history(labels: list[str], weakest: np.ndarray) -> pd.DataFrame:
    """Two evaluations; in the last one every task is at 0.97 but Ctx DM 1."""
    rows = [
        (label, updates, 32 * updates, task, 0.1 if not updates else least if task == "contextdm1" else 0.97)
        for label, least in zip(labels, weakest, strict=True)
        for updates in (0, 20_000)
        for task in TASKS
    ]
    return frame(YANG["history"], rows, "network updates trials task performance")


def grid_tables(history: pd.DataFrame, members: pd.DataFrame, best_k: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """What `rx.analysis.measure_grid` gives, from fewer resamples."""
    outcome = outcomes(history, best_k)
    return {"outcome": outcome, "factor_shares": factor_table(members, outcome, np.random.default_rng(0), 200)}


@cache
def _hyperparameters(n: int | None, seed: int) -> dict[str, pd.DataFrame]:
    members = _members(GRID, range(seed, seed + 1), 1 if n == 256 else 4)
    rng = np.random.default_rng(3)
    members = members if n is None else members.sample(n, random_state=7).reset_index(drop=True)
    saturating = members["network.activation"].isin(["tanh", "retanh"])
    leaky = members["network.cell"] == "leaky_rnn"
    weakest = np.where(saturating & leaky, rng.uniform(0.3, 0.7, len(members)), rng.uniform(0.88, 0.95, len(members)))
    weakest -= 0.12 * (members["regularisers.l1_rates"] == 1e-3)
    many = 20 - 2 * np.log10(1 + 1e5 * members["regularisers.l1_rates"]) + rng.normal(0, 4, len(members))
    few = 2 + (rng.random(len(members)) > 0.8) * rng.integers(1, 9, len(members))
    k = np.clip(np.where(saturating, few, many).round(), 2, 29)
    best_k = pd.DataFrame({"network": members["network"], "k": k, "silhouette": 0.3, "n_active": 200})
    history = _history(members["network"].tolist(), weakest)
    grid = grid_tables(history, members, best_k)
    whole = best_k.assign(k=k.astype(int), k_low=k.astype(int), k_high=k.astype(int) + 2)
    numbers = [whole.assign(kind=kind) for kind in ("task", "rotated")]
    tables = {"history": history, "members": members, "best_k": best_k, **grid}
    return {**tables, "cluster_number": complete(YANG["cluster_number"], pd.concat(numbers, ignore_index=True))}


def _sizes(n: int | None, n_units: int) -> dict[str, pd.DataFrame]:
    members = _members({"network.units": SIZES}, range(3 if n is None else max(1, n // 2)))
    members = members.iloc[:n]
    tables = make_tables(tuple(members["network"]), n_units)
    built = tables["architecture"].drop(columns="units")
    units = members[["network", "network.units"]].rename(columns={"network.units": "units"})
    return {**tables, "members": members, "architecture": built.merge(units, on="network")}


def make_population(
    experiment: str, networks: tuple[str, ...] | None = None, n_units: int = 64
) -> dict[str, pd.DataFrame]:
    """Tables of an experiment; of one with a grid `networks` says how many, not which."""
    n = None if networks is None else len(networks)
    if experiment == "hyperparameters":
        seed = 0 if networks is None else int(networks[0].rpartition("seed")[2] or 0)
        return {name: table.copy() for name, table in _hyperparameters(n, seed).items()}
    if experiment in fake_primer.EXPERIMENTS:
        tables = fake_primer.make_tables(experiment, networks)
        tasks = {"primer_context": ("motion", "colour"), "primer_perceptual": ("perceptual",)}.get(experiment)
        return tables | (fake_meta_rl.line_population(tuple(tables["members"]["network"]), tasks) if tasks else {})
    if experiment in fake_learning.EXPERIMENTS:
        return fake_learning.make_tables(experiment, networks or NETWORKS)
    if experiment in ("primer_bandits", "primer_two_step"):
        return fake_meta_rl.agent_tables(experiment, networks or NETWORKS)
    if experiment == "sizes":
        return _sizes(n, n_units)
    if experiment == "teaching":
        return fake_force.make_teaching()
    if experiment in fake_newton.STUDY:
        return fake_newton.make_newton(experiment, n)
    if experiment in fake_force.STUDY.of_kind("spiking"):
        return fake_force.make_force(experiment)
    if experiment in fake_taught.STUDY:
        return fake_taught.make_taught(experiment, n)
    return make_tables(networks or NETWORKS, n_units, seed=0 if experiment == "reference" else 1)


@cache
def all_tables() -> dict[str, pd.DataFrame]:
    """What the scorecard reads, by "experiment/table"; shared by all tests, so not to be changed."""
    return {
        f"{experiment}/{name}": made[name]
        for experiment, names in rx.scorecard.tables_read().items()
        for made in [make_population(experiment)]
        for name in names
        if name in made
    }


@cache
def whole_scorecard() -> pd.DataFrame:
    """Every claim judged on these tables; shared by all tests, so not to be changed."""
    return rx.scorecard.evaluate(all_tables(), scale="laptop", expected={"reference": NETWORKS})
