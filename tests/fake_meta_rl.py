"""Tables of agents and of slow points without a trained network: baselines play in place of networks, and a linear
system integrates."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import torch
from fakes import PRIMER, frame

from replicortex.analysis.integration import Held, line_tables
from replicortex.primer import meta_rl_baselines as bl
from replicortex.primer.measure.effects import NETWORK
from replicortex.primer.measure.meta_rl import learning_table, regret_table, stay_regression, stay_table
from replicortex.primer.meta_rl_tasks import Bandit, EpisodicTask, TwoStep, play

EPISODES = 120


def _played(task: EpisodicTask, instead: str, label: str) -> dict[str, pd.DataFrame]:
    """A network's tables; the learner ``instead`` plays for it."""
    seed = sum(map(ord, label))
    frames: dict[str, list[pd.DataFrame]] = {}
    for learner in (NETWORK, *bl.baselines(task)):
        drawn = task.draw(np.random.default_rng(0), EPISODES)
        rng = np.random.default_rng(seed if learner == NETWORK else 1)
        found = play(drawn, task.trials, bl.baseline(instead if learner == NETWORK else learner, task, EPISODES, rng))
        tables = {"regret": regret_table(found), "within": learning_table(found)}
        if task.seen:
            tables |= {"stay": stay_table(found), "stay_regression": stay_regression(found)}
        for name, table in tables.items():
            for column, value in (("learner", learner), ("task", task.name), ("network", label)):
                table.insert(0, column, value)
            frames.setdefault(name, []).append(table)
    return {name: pd.concat(each, ignore_index=True) for name, each in frames.items()}


def _trained(labels: dict[str, int], task: str, trials: int) -> dict[str, pd.DataFrame]:
    """Learning history and table of members of networks with these seeds."""
    members = pd.DataFrame({"network": list(labels), "seed": list(labels.values())})
    if all("," in label for label in labels):
        members["condition"] = [label.split(",")[0] for label in labels]
    rows = [
        (label, k, trials * k // 5, task, 0.1, 0.0, 0.5 + (0.13 + 0.01 * (seed % 5)) * k / 5)
        for label, seed in labels.items()
        for k in range(6)
    ]
    return {"history": frame(PRIMER["history"], rows), "members": members}


@cache
def _agents(experiment: str, seeds: tuple[int, ...]) -> dict[str, pd.DataFrame]:
    bandits = {"independent": (Bandit("independent", 30), bl.INDEX), "correlated": (Bandit("correlated", 30), bl.BEST)}
    tasks = bandits if experiment == "primer_bandits" else {"": (TwoStep(60), bl.MODEL_BASED)}
    parts: dict[str, list[pd.DataFrame]] = {}
    for condition, (task, instead) in tasks.items():
        labels = {f"{condition},seed{seed}" if condition else f"seed{seed}": seed for seed in seeds}
        played = [_played(task, instead, label) for label in labels]
        for tables in (_trained(labels, task.name, 96_000), *played):
            for name, table in tables.items():
                parts.setdefault(name, []).append(table)
    return {name: pd.concat(each, ignore_index=True) for name, each in parts.items()}


def _seeds(networks: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(int(label.rpartition("seed")[2]) for label in networks)


def agent_tables(experiment: str, networks: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """Tables of primer_bandits or primer_two_step; fresh copies."""
    return {name: table.copy() for name, table in _agents(experiment, _seeds(networks)).items()}


@cache
def _line(seed: int) -> dict[str, pd.DataFrame]:
    """Of what integrates along its first direction with a small leak, and forgets the other three."""
    matrix = torch.diag(torch.tensor([0.996 - 0.001 * seed, 0.8, 0.7, 0.5], dtype=torch.float64))
    inputs = torch.tensor([[0.05, 0.01], [0.1, 0.2], [0.3, 0.1], [0.0, 0.1]], dtype=torch.float64)
    moves = SimpleNamespace(
        step=lambda h: h @ matrix, jacobian=lambda h: matrix.expand(len(h), 4, 4),
        inputs=lambda h: inputs.expand(len(h), 4, 2),
    )  # fmt: skip
    rng = np.random.default_rng(seed)
    coherences, time = np.linspace(-0.16, 0.16, 11), np.arange(1, 41)[:, None]
    line = time * coherences / 2
    visited = np.stack([line, 0.3 * np.cos(line), 0.8**time + 0 * line, 0.02 * rng.normal(size=line.shape)], axis=2)
    names = {"network": "", "task": "", "direction": 0.0}
    return line_tables([Held(names, moves, 20.0, visited, coherences, lambda h: np.tanh(h[:, 0]), np.eye(2))])


def line_population(
    networks: tuple[str, ...], tasks: tuple[str, ...], directions: tuple[float, ...] = (0.0,)
) -> dict[str, pd.DataFrame]:
    """The tables of slow points; three systems take turns, alike in all tasks and directions."""
    named = [
        (_line(number % 3), {"network": network, "task": task, "direction": direction})
        for number, network in enumerate(networks)
        for task in tasks
        for direction in directions
    ]
    return {
        table: pd.concat([found[table].assign(**names) for found, names in named], ignore_index=True)
        for table in _line(0)
    }
