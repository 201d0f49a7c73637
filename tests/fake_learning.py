"""Plausible tables of networks that learnt tasks one after another, without a trained network.

Each function returns the tables of one experiment by name. Learning curves rise from a start to a ceiling with a time
constant that depends on the condition, so that a reader of the tables can be checked against the rule that made them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd
from fake_circuit import make_recordings
from fakes import YANG, frame

SETS = {"A": ("fdgo", "delaygo", "fdanti"), "B": ("contextdm1", "contextdm2", "contextdelaydm2")}
NEW = {"delayanti": ("delayanti",), "contextdelaydm1": ("contextdelaydm1",)}
RELATED = {("A", "delayanti"), ("B", "contextdelaydm1")}
BLOCKS = (("fdgo",), ("delaygo",), ("dm1", "dm2"), ("multidm",), ("contextdm1", "contextdm2"))
SEEDS = (0, 1, 2, 3)
SEQUENCE = tuple(task for block in BLOCKS for task in block)


def _rows(network: str, task: str, trials: np.ndarray, performance: np.ndarray) -> list[tuple]:
    clipped = np.clip(performance, 0, 1)
    return [
        (network, int(n) // 32, int(n), n / 3000, task, 0.3 * (1 - p), 0.0, float(p))
        for n, p in zip(trials, clipped, strict=True)
    ]


def _stopped(rows: list[tuple], target: float) -> list[tuple]:
    """Until the first evaluation in which every task exceeds the target."""
    table = frame(YANG["history"], rows)
    lowest = table.groupby("trials")["performance"].min()
    reached = lowest.index[lowest > target]
    return rows if reached.empty else [row for row in rows if row[2] <= reached[0]]


def pretraining(seeds: Sequence[int] = SEEDS, target: float = 0.97, seed: int = 0) -> dict[str, pd.DataFrame]:
    """Two sets of three tasks, to the target."""
    rng = np.random.default_rng(seed)
    rows, members = [], []
    trials = np.arange(0, 300_001, 12_000)
    for (name, tasks), i in product(SETS.items(), seeds):
        label, own = f"train={name},seed{i}", []
        members.append((label, i, name))
        for task in tasks:
            tau = rng.uniform(15_000, 40_000)
            own += _rows(label, task, trials, 0.995 - 0.9 * np.exp(-trials / tau) + rng.normal(0, 0.004, len(trials)))
        rows += _stopped(own, target)
    return {
        "history": frame(YANG["history"], rows),
        "members": pd.DataFrame(members, columns=["network", "seed", "tasks.train"]),
    }


def posttraining(
    seeds: Sequence[int] = SEEDS,
    trainable: tuple[str, ...] = ("all", "rule"),
    sets: tuple[str, ...] = tuple(SETS),
    seed: int = 1,
) -> dict[str, pd.DataFrame]:
    """One new task after either set: 3 and 15 thousand trials to 0.9, through rule weights 40 times as many."""
    rng = np.random.default_rng(seed)
    rows, members = [], []
    trials = np.concatenate([np.arange(0, 60_000, 3200), np.arange(60_000, 1_000_001, 20_000)])
    for before, new, how, i in product(sets, NEW, trainable, seeds):
        label = f"member={before},train={new},trainable={how},seed{i}"
        members.append((label, i, before, new, how))
        related = (before, new) in RELATED
        tau = (3_000 if related else 15_000) * (1 if how == "all" else 20) * rng.lognormal(0, 0.25)
        ceiling = 0.995 if how == "all" or related else 0.85
        for task in NEW[new]:
            curve = ceiling - (ceiling - 0.1) * np.exp(-trials / tau) + rng.normal(0, 0.01, len(trials))
            rows += _stopped(_rows(label, task, trials, curve), 0.97)
    columns = ["network", "seed", "pretrained.member", "tasks.train", "training.trainable"]
    return {"history": frame(YANG["history"], rows), "members": pd.DataFrame(members, columns=columns)}


def blocks(labels: list[str], per_task: int, evaluation_trials: int = 512) -> pd.DataFrame:
    """Table blocks of networks that learnt SEQUENCE."""
    rows, start = [], 0
    for number, tasks in enumerate(BLOCKS):
        stop = start + per_task * len(tasks)
        rows += [(number, task, start, stop, evaluation_trials) for task in tasks]
        start = stop
    return frame(YANG["blocks"], [(label, *row) for label in labels for row in rows])


def _course(task: str, trials: np.ndarray, per_task: int, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Performance in one task: near chance, sometimes better by transfer, learnt in its block, then kept or lost."""
    number = next(i for i, block in enumerate(BLOCKS) if task in block)
    starts = np.cumsum([0, *(per_task * len(block) for block in BLOCKS)])
    start, stop = starts[number], starts[number + 1]
    before = 0.75 if task in ("dm1", "dm2", "multidm") and strength else 0.3
    tau = per_task * (0.25 if number < 4 or not strength else 0.6)
    learnt = 0.98 - (0.98 - before) * np.exp(-np.clip(trials - start, 0, stop - start) / tau)
    loss = (0.05 if strength else 0.7 - 0.12 * number) * (1 - np.exp(-np.clip(trials - stop, 0, None) / per_task))
    early = np.where(trials < start, 0.1 + (before - 0.1) * np.clip(2 * trials / max(start, 1), 0, 1), learnt)
    return early - loss * (trials > stop) + rng.normal(0, 0.01, len(trials))


def _units(label: str, separate: float, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """FTV of the units of one network: a share at each end, the others around 0."""
    kind = rng.choice(3, n, p=[separate, 1 - 2 * separate, separate])
    values = np.choose(
        kind, [rng.uniform(-1, -0.85, n), np.clip(rng.normal(0, 0.18, n), -1, 1), rng.uniform(0.85, 1, n)]
    )
    columns = {"network": label, "task_a": "contextdm1", "task_b": "contextdm2", "unit": np.arange(n), "ftv": values}
    return pd.DataFrame(columns)


def sequential(
    strengths: tuple[float, ...] = (0, 1),
    seeds: Sequence[int] = SEEDS,
    failing: tuple[str, ...] = (),
    per_task: int = 400_000,
    seed: int = 2,
) -> dict[str, pd.DataFrame]:
    """Seven tasks in five blocks; networks named in `failing` never learn the last two tasks."""
    rng = np.random.default_rng(seed)
    trials = np.arange(0, 7 * per_task + 1, per_task // 8)
    rows, members, units = [], [], []
    for strength, i in product(strengths, seeds):
        label = f"strength={strength:g},seed{i}"
        members.append((label, i, strength))
        for task in SEQUENCE:
            curve = _course(task, trials, per_task, strength, rng)
            lost = label in failing and task.startswith("context")
            rows += _rows(label, task, trials, np.minimum(curve, 0.5) if lost else curve)
        units.append(_units(label, 0.05 if strength else 0.3, 120, rng))
    return {
        "history": frame(YANG["history"], rows),
        "members": pd.DataFrame(members, columns=["network", "seed", "sequential.strength"]),
        "blocks": blocks([member[0] for member in members], per_task),
        "ftv": pd.concat(units, ignore_index=True),
    }


def partly_plastic(
    fractions: tuple[float, ...] = (0.1, 1.0), seeds: Sequence[int] = SEEDS, seed: int = 3
) -> dict[str, pd.DataFrame]:
    """The two Ctx DM tasks with part of the weights free."""
    rng = np.random.default_rng(seed)
    trials = np.arange(0, 600_001, 50_000)
    rows, members, units = [], [], []
    for fraction, i in product(fractions, seeds):
        label = f"plastic_fraction={fraction:g},seed{i}"
        members.append((label, i, fraction))
        for task in ("contextdm1", "contextdm2"):
            curve = 0.96 - 0.8 * np.exp(-trials / 90_000) + rng.normal(0, 0.01, len(trials))
            rows += _rows(label, task, trials, curve)
        units.append(_units(label, 0.03 + 0.25 * fraction, 90, rng))
    return {
        "history": frame(YANG["history"], rows),
        "members": pd.DataFrame(members, columns=["network", "seed", "regularisers.plastic_fraction"]),
        "ftv": pd.concat(units, ignore_index=True),
    }


def training_length(
    lengths: tuple[float, ...] = (1e5, 2.5e5, 5e5, 1e6),
    seeds: Sequence[int] = SEEDS[:2],
    tasks: tuple[str, ...] = SEQUENCE,
    seed: int = 4,
) -> dict[str, pd.DataFrame]:
    """Networks trained for so many trials: more clusters and better performance the longer."""
    rng = np.random.default_rng(seed)
    rows, members, numbers = [], [], []
    for length, i in product(lengths, seeds):
        label = f"trials={length:g},seed{i}"
        members.append((label, i, length))
        for task in tasks:
            end = 0.99 - 0.5 * np.exp(-length / 2.5e5) * rng.uniform(0.2, 1)
            rows += _rows(label, task, np.array([0, int(length)]), np.array([0.15, end]))
        k = int(6 + 4 * np.log2(length / 1e5) + rng.integers(-2, 3))
        numbers += [
            (label, "task", k, 0.3, max(2, k - 3), k + 4, 220),
            (label, "rotated", 2, 0.22 - k / 400, 2, 3, 256),
        ]
    return {
        "history": frame(YANG["history"], rows),
        "members": pd.DataFrame(members, columns=["network", "seed", "training.trials"]),
        "cluster_number": frame(YANG["cluster_number"], numbers),
    }


EXPERIMENTS = {
    "pretraining": pretraining,
    "posttraining": posttraining,
    "sequential": sequential,
    "partly_plastic": partly_plastic,
    "training_length": training_length,
}


def make_tables(experiment: str, networks: tuple[str, ...] = ("seed0", "seed1", "seed2"), **_: object) -> dict:
    """Tables of an experiment of EXPERIMENTS, with networks of these seeds in every condition."""
    tables = EXPERIMENTS[experiment](seeds=[int(label.removeprefix("seed")) for label in networks])
    return tables | {"recordings_ftv": make_recordings(np.random.default_rng(5))}


def prefixed() -> dict[str, pd.DataFrame]:
    """Tables of all of EXPERIMENTS by "experiment/table", as the scorecard takes them."""
    return {f"{name}/{table}": frame for name, make in EXPERIMENTS.items() for table, frame in make().items()}
