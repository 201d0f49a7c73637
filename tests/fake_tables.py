"""Plausible tables without a trained network, for tests of everything that reads tables only.

`make_tables()` returns one DataFrame per table name with the columns of the measuring step. The numbers are
drawn from simple rules (units fall into known clusters, choices follow known psychometric functions), so that
a reader of the tables can be checked against the rule that made them.
"""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import pandas as pd
from fake_circuit import make_circuit
from fake_controls import control_tables
from fake_meta_rl import line_population
from fake_vectors import vector_tables
from fakes import YANG, fake, frame
from scipy.stats import norm, ortho_group

import replicortex as rx

TASKS = (
    "fdgo", "reactgo", "delaygo", "fdanti", "reactanti", "delayanti", "dm1", "dm2", "contextdm1",
    "contextdm2", "multidm", "delaydm1", "delaydm2", "contextdelaydm1", "contextdelaydm2", "multidelaydm",
    "dmsgo", "dmsnogo", "dmcgo", "dmcnogo",
)  # fmt: skip
NETWORKS = ("seed0", "seed1", "seed2")
# What each cluster of units responds to: task index -> relative variance.
PROFILES: tuple[dict[int, float], ...] = (
    {0: 1.0, 1: 0.9, 2: 0.9, 16: 0.4},
    {3: 1.0, 4: 0.9, 5: 0.95},
    {6: 1.0, 8: 0.9, 11: 0.8, 13: 0.7, 10: 0.3},
    {7: 1.0, 9: 0.9, 12: 0.8, 14: 0.7, 10: 0.3},
    {10: 1.0, 15: 0.9, 6: 0.3, 7: 0.3, 8: 0.2, 9: 0.2},
    {11: 1.0, 12: 1.0, 13: 0.9, 14: 0.9, 15: 0.9, 6: 0.5, 7: 0.5},
    {16: 1.0, 18: 0.9, 17: 0.3},
    {17: 1.0, 19: 0.95, 18: 0.3},
    {i: 0.8 for i in range(20)},
)
COHERENCES = (-0.5, -0.15, -0.05, 0.0, 0.05, 0.15, 0.5)
DURATIONS = (200, 260, 340, 460, 620, 840, 1120, 1500)


def _epochs(task: str) -> tuple[str, ...]:
    i = TASKS.index(task)
    if task.startswith("react"):
        return ("go1",)
    if i in (2, 5):
        return ("delay1", "go1", "stim1")
    if 11 <= i <= 15:
        return ("delay1", "delay2", "go1", "stim1", "stim2")
    return ("delay1", "go1", "stim1") if i >= 16 else ("go1", "stim1")


EPOCH_COLUMNS = tuple(sorted(((e, t) for t in TASKS for e in _epochs(t)), key=lambda c: (c[0], TASKS.index(c[1]))))


def _choices(rng: np.random.Generator, p: float, n: int) -> tuple[int, int, int]:
    undecided = int(rng.binomial(n, 0.02))
    first = int(rng.binomial(n - undecided, p))
    return first, n - undecided - first, undecided


def _history(rng: np.random.Generator, networks: tuple[str, ...], trials_total: int, points: int) -> pd.DataFrame:
    rows = []
    difficulty = np.array([0.03] * 6 + [0.12, 0.12, 0.4, 0.42, 0.2, 0.15, 0.15, 0.5, 0.48, 0.2, 0.3, 0.34, 0.3, 0.36])
    for network in networks:
        shift = rng.normal(1.0, 0.1, 20)
        for trials in np.linspace(0, trials_total, points).astype(int):
            x = (trials / trials_total - difficulty * shift) / 0.06
            performance = np.clip(0.985 / (1 + np.exp(-x)) + rng.normal(0, 0.01, 20), 0, 1)
            for task, value in zip(TASKS, performance, strict=True):
                loss = 0.3 * (1 - value) + 0.01
                rows.append((network, trials // 32, trials, trials / 3000.0, task, loss, 0.0, float(value)))
    return frame(YANG["history"], rows)


def _units(rng: np.random.Generator, networks: tuple[str, ...], n_units: int) -> pd.DataFrame:
    rows = []
    for network in networks:
        active = rng.random(n_units) < 0.85
        cluster = np.where(active, np.arange(n_units) % len(PROFILES), -1)
        by_epoch = np.where(active, np.arange(n_units) % 10, -1)
        preferred = rng.integers(0, 32, n_units)
        position = np.full(n_units, -1)
        order = [i for i in np.lexsort((preferred, cluster)) if active[i]]
        position[order] = np.arange(len(order))
        centres = 30 * np.exp(2j * np.pi * np.arange(len(PROFILES)) / len(PROFILES))
        spread = rng.normal(0, 4, (n_units, 2))
        for i in range(n_units):
            xy = (centres[cluster[i]].real, centres[cluster[i]].imag) if active[i] else (np.nan, np.nan)
            rows.append((network, i, bool(active[i]), int(cluster[i]), int(by_epoch[i]), xy[0] + spread[i, 0],
                         xy[1] + spread[i, 1], int(preferred[i]), int(position[i])))  # fmt: skip
    return frame(YANG["units"], rows)


def _variances(rng: np.random.Generator, units: pd.DataFrame) -> dict[str, pd.DataFrame]:
    task, rotated, epoch = [], [], []
    for unit in units.itertuples():
        amplitude = rng.lognormal(-2, 0.4) if unit.active else 1e-6
        profile = PROFILES[unit.cluster] if unit.active else {}
        tv = [amplitude * profile.get(i, 0.02) * rng.lognormal(0, 0.15) for i in range(20)]
        task += [(unit.network, unit.unit, t, v) for t, v in zip(TASKS, tv, strict=True)]
        rotated += [(unit.network, unit.unit, t, 0.05 * rng.lognormal(0, 0.3)) for t in TASKS]
        for name, t in EPOCH_COLUMNS:
            gain = 1.5 if name.startswith("go") == (unit.cluster_epoch % 2 == 0) else 0.2
            epoch.append((unit.network, unit.unit, name, t, tv[TASKS.index(t)] * gain * rng.lognormal(0, 0.1)))
    return {
        "task_variance": frame(YANG["task_variance"], task),
        "rotated_variance": frame(YANG["rotated_variance"], rotated),
        "epoch_variance": frame(YANG["epoch_variance"], epoch),
    }


def _clustering(rng: np.random.Generator, networks: tuple[str, ...], units: pd.DataFrame) -> dict[str, pd.DataFrame]:
    silhouette, agreement, number = [], [], []
    ks = np.arange(2, 30)
    for j, (network, kind) in enumerate(product(networks, ("task", "rotated"))):
        best = len(PROFILES) + j // 2
        curve = 0.45 - 0.012 * np.abs(ks - best) if kind == "task" else 0.12 - 0.001 * ks
        for restart in range(5):
            noisy = curve + rng.normal(0, 0.004, len(ks))
            silhouette += [(network, kind, int(k), restart, s) for k, s in zip(ks, noisy, strict=True)]
            if restart == 0:
                top = int(np.argmax(noisy))
                active = int(units.query("network == @network").active.sum())
                k = int(ks[top])
                number.append((network, kind, k, noisy[top], max(2, k - 2), min(29, k + 3), active))
        level = 0.9 if kind == "task" else 0.4
        agreement += [(network, kind, int(k), level - 0.01 * abs(int(k) - best) + rng.normal(0, 0.01), 10) for k in ks]
    return {
        "silhouette": frame(YANG["silhouette"], silhouette),
        "agreement": frame(YANG["agreement"], agreement),
        "cluster_number": frame(YANG["cluster_number"], number),
    }


def _lesions(rng: np.random.Generator, units: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (network, cluster), group in units.query("active").groupby(["network", "cluster"], sort=False):
        for i, task in enumerate(TASKS):
            intact = float(np.clip(0.98 + rng.normal(0, 0.01), 0, 1))
            drop = 0.6 * PROFILES[cluster].get(i, 0.0) if cluster < 8 else 0.1
            lesioned = float(np.clip(intact - drop + rng.normal(0, 0.01), 0, 1))
            rows.append((network, cluster, len(group), task, 256, intact, lesioned, 0.01, 0.01 + 0.3 * drop))
    return frame(YANG["lesions"], rows)


def _curves() -> list[tuple[str, str, int, float, int]]:
    """task, curve, duration, sigma, number of directions of every plain psychometric curve."""
    dm1 = [("dm1", f"{d} ms", d, 0.03 * (200 / d) ** 0.5, 300) for d in (200, 400, 800)]
    multi = [("multidm", c, 400, s, 500) for c, s in (("modality 1", 0.03), ("modality 2", 0.031), ("both", 0.02))]
    return dm1 + multi + [("delaydm1", f"delay {d} ms", d, 0.1 + d * 1e-5, 12) for d in (200, 800, 3200)]


def _psychometric(rng: np.random.Generator, networks: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    counts, fits = [], []
    for network, (task, curve, duration, sigma, n) in product(networks, _curves()):
        scale = 0.5 if task == "delaydm1" else 0.05
        for c in (scale * c for c in COHERENCES):
            pair = (0.0 if curve == "modality 2" else c, c if curve in ("modality 2", "both") else 0.0)
            counts.append((network, task, curve, duration, *pair, *_choices(rng, norm.cdf(2 * c / sigma), n)))
        fits.append((network, task, curve, duration, 0.001, sigma * rng.lognormal(0, 0.05), 7 * n))
    for network, (axis, task) in product(networks, enumerate(("contextdm1", "contextdm2"))):
        for pair in product(*[[0.05 * c for c in COHERENCES]] * 2):
            p = norm.cdf(2 * pair[axis] / 0.03 + 0.1 * pair[1 - axis] / 0.03)
            counts.append((network, task, "grid", 800, *pair, *_choices(rng, p, 100)))
        fits.append((network, task, "attended", 800, 0.0, 0.03 * rng.lognormal(0, 0.05), 4900))
        fits.append((network, task, "ignored", 800, 0.0, 0.6 * rng.lognormal(0, 0.05), 4900))
    return {
        "psychometric": frame(YANG["psychometric"], counts),
        "psychometric_fit": frame(YANG["psychometric_fit"], fits),
    }


def _chronometric(rng: np.random.Generator, networks: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    counts, thresholds, memory = [], [], []
    for network, task, duration in product(networks, ("dm1", "contextdm1", "multidm"), DURATIONS):
        alpha = 0.02 * (duration / 200) ** -0.4 * rng.lognormal(0, 0.05)
        for c in (0.005, 0.01, 0.02, 0.04):
            p = 1 - 0.5 * np.exp(-((c / alpha) ** 1.3))
            counts.append((network, task, duration, c, *_choices(rng, p, 3000)))
        thresholds.append((network, task, duration, alpha, 1.3))
    for network, delay, c in product(networks, (100, 260, 700, 1880, 4980), (0.05, 0.1, 0.2)):
        p = 0.5 + 0.48 * (1 - np.exp(-c / 0.08)) * np.exp(-delay / 12000)
        memory.append((network, delay, c, *_choices(rng, p, 100)))
    return {
        "chronometric": frame(YANG["chronometric"], counts),
        "threshold": frame(YANG["threshold"], thresholds),
        "memory": frame(YANG["memory"], memory),
    }


def _bump(direction: float) -> np.ndarray:
    distance = np.abs(2 * np.pi * np.arange(32) / 32 - direction)
    return 0.8 * np.exp(-0.5 * (np.minimum(distance, 2 * np.pi - distance) / (np.pi / 8)) ** 2)


def _trial(task: str, dt: float) -> tuple[np.ndarray, np.ndarray]:
    """Input (time, 85) and target (time, 33) of a trial that looks like the task's test trial."""
    i = TASKS.index(task)
    first, go, end = (500, 2000, 2500) if i < 11 else (500, 2700, 3200)
    x = np.zeros((int(end / dt), 85))
    y = np.full((int(end / dt), 33), 0.05)
    stop = len(x) if i in (0, 3) else int(1500 / dt)
    x[: len(x) if i in (1, 4) or i >= 16 else int(go / dt), 0] = 1
    x[:, 65 + i] = 1
    modality = 32 * (task[-1] == "2")
    x[int(first / dt) : stop, 1 + modality : 33 + modality] += _bump(np.pi / 2)
    if 6 <= i <= 10:
        x[int(first / dt) : stop, 1 + modality : 33 + modality] += 0.8 * _bump(1.5 * np.pi)
    elif i > 10:
        x[int(2200 / dt) : int(go / dt), 1 + modality : 33 + modality] += 0.8 * _bump(1.5 * np.pi)
    y[: int(go / dt), 0] = 0.8
    y[int(go / dt) :, 1:] += _bump(1.5 * np.pi if 3 <= i <= 5 else np.pi / 2)
    return x, y


def _long(network: str, task: str, dt: float, kind: str, values: np.ndarray) -> pd.DataFrame:
    time, channel = np.indices(values.shape)
    columns = {"network": network, "task": task, "dt_ms": dt, "time_ms": time.ravel() * dt, "kind": kind}
    return pd.DataFrame({**columns, "channel": channel.ravel(), "value": values.ravel().astype(np.float32)})


def _trials(rng: np.random.Generator, network: str, tasks: tuple[str, ...], dt: float) -> pd.DataFrame:
    frames = []
    for task in tasks:
        x, y = _trial(task, dt)
        output = y.copy()
        lag = int(100 / dt)
        output[lag:] = y[:-lag]
        output = np.clip(output + rng.normal(0, 0.01, y.shape), 0, 1)
        frames += [_long(network, task, dt, k, v) for k, v in (("input", x), ("output", output), ("target", y))]
    return pd.concat(frames, ignore_index=True)


def _unit_trace(rng: np.random.Generator, network: str, unit: int) -> pd.DataFrame:
    rows = []
    time = np.arange(500, 2000, 20)
    for trial, (direction, modality) in enumerate(product(2 * np.pi * np.arange(20) / 20, (1, 2))):
        gain = np.exp(2 * (np.cos(direction - 2) - 1)) * (1 if modality == 1 else 0.8)
        rate = 0.1 + gain * (0.5 * (time > 500) + 0.6 * (time > 1500)) + rng.normal(0, 0.01)
        rows += [
            (network, unit, trial, direction, modality, float(t), float(r)) for t, r in zip(time, rate, strict=True)
        ]
    return frame(YANG["unit_trace"], rows)


def _weights(network: str, n_units: int) -> pd.DataFrame:
    shapes = {"input": (85, n_units), "recurrent": (n_units, n_units), "output": (n_units, 33)}
    return pd.concat(
        [fake(YANG["weights"], [network], block=b, source=range(m), target=range(n)) for b, (m, n) in shapes.items()],
        ignore_index=True,
    )


def _ftv(variance: pd.DataFrame) -> pd.DataFrame:
    frames = []
    wide = variance.pivot(index=["network", "unit"], columns="task", values="variance")
    pairs = (
        ("dm1", "fdanti"),
        ("delaydm1", "dm1"),
        ("dm1", "contextdm1"),
        ("contextdm1", "contextdm2"),
        ("dmcgo", "dmcnogo"),
    )
    for a, b in pairs:
        total = wide[a] + wide[b]
        value = ((wide[a] - wide[b]) / total)[total > 1e-3]
        frames.append(value.rename("ftv").reset_index().assign(task_a=a, task_b=b))
    return pd.concat(frames, ignore_index=True)[["network", "task_a", "task_b", "unit", "ftv"]]


def _composite(rng: np.random.Generator, networks: tuple[str, ...]) -> pd.DataFrame:
    combinations = {
        "delayanti": {"delayanti": 0.97, "fdanti": 0.5, "fdanti + delaygo": 0.45,
                      "fdanti + delaygo - fdgo": 0.93},
        "contextdelaydm1": {
            "contextdelaydm1": 0.96, "contextdelaydm2": 0.5, "contextdelaydm2 + contextdm1": 0.6,
            "contextdm1": 0.3, "contextdelaydm2 + contextdm1 - contextdm2": 0.85,
        },
        "dmsgo": {"dmsgo": 0.97, "dmcgo": 0.7, "dmcgo + dmsnogo": 0.6, "dmcgo + dmsnogo - dmcnogo": 0.62},
    }  # fmt: skip
    rows = [
        (network, task, name, float(np.clip(level + rng.normal(0, 0.03), 0, 1)), 1000)
        for network, (task, members) in product(networks, combinations.items())
        for name, level in members.items()
    ]
    return frame(YANG["composite"], rows)


def condition_scores(networks: tuple[str, ...], seed: int, noise: float = 0.3) -> pd.DataFrame:
    """A cloud of points that goes with the seed, in each network turned by itself and blurred."""
    cloud = np.random.default_rng(seed).normal(size=(len(TASKS) * 40, 15))
    rng, parts = np.random.default_rng(seed + 2), []
    for network in networks:
        turned = (cloud + noise * rng.normal(size=cloud.shape)) @ ortho_group.rvs(15, random_state=rng)
        index = pd.MultiIndex.from_product([[network], TASKS, range(8), np.arange(5) * 400.0])
        own = pd.DataFrame(turned / np.linalg.norm(turned), index=index)
        parts.append(own.reset_index().set_axis(list(YANG["condition_scores"].columns), axis="columns"))
    return pd.concat(parts, ignore_index=True)


@cache
def _tables(networks: tuple[str, ...], n_units: int, seed: int, trials_total: int) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    units = _units(rng, networks, n_units)
    example = networks[0]
    first = int(units.query("network == @example and cluster == 0").unit.iloc[0])
    tables = {"history": _history(rng, networks, trials_total, 25), "units": units}
    tables["members"] = frame(YANG["members"], [(name, int(name.rpartition("seed")[2])) for name in networks])
    tables |= _variances(rng, units) | _clustering(rng, networks, units)
    tables |= _psychometric(rng, networks) | _chronometric(rng, networks)
    tables["lesions"] = _lesions(rng, units)
    ideal = [(t, 1.0 if i < 6 else 0.985 - 0.001 * i, 20000) for i, t in enumerate(TASKS)]
    tables["ideal_observer"] = frame(YANG["ideal_observer"], ideal)
    tables["summing_observer"] = frame(YANG["summing_observer"], [(t, 0.751, 20000) for t in TASKS[8:10]])
    tables["sample_trials"] = _trials(rng, example, TASKS, 20.0)
    tables["fine_trial"] = _trials(rng, example, ("dm1",), 1.0)
    tables["unit_trace"] = _unit_trace(rng, example, first)
    tables["weights"] = _weights(example, n_units)
    built = [(network, "leaky_rnn", "softplus", 85, 33, n_units) for network in networks]
    tables["architecture"] = frame(YANG["architecture"], built)
    tables["composite"] = _composite(rng, networks)
    tables["ftv"] = _ftv(tables["task_variance"])
    tables |= vector_tables(TASKS, networks, seed=seed)
    # a stream of their own, so that the tables above do not depend on them
    tables |= make_circuit(np.random.default_rng(seed + 1), networks, n_units, TASKS)
    tables |= control_tables(networks, TASKS)
    tables |= rx.analysis.measure_ftv_histogram(tables["task_variance"], tables["rotated_variance"])
    tables |= rx.analysis.measure_ftv_types(tables["ftv_histogram"])
    tables |= line_population(networks, ("contextdm1", "contextdm2"), (0.0, float(np.pi / 2)))
    tables["condition_scores"] = condition_scores(networks, seed)
    numbers = tables["cluster_number"].query("kind == 'task'")
    tables["best_k"] = numbers[["network", "k", "silhouette", "n_active"]].reset_index(drop=True)
    return tables


def prefixed(experiment: str) -> dict[str, pd.DataFrame]:
    """The tables as those of another experiment with twenty tasks, "experiment/table"."""
    return {f"{experiment}/{name}": table for name, table in make_tables(seed=1).items()}


def make_tables(
    networks: tuple[str, ...] = NETWORKS, n_units: int = 64, seed: int = 0, trials_total: int = 1_250_000
) -> dict[str, pd.DataFrame]:
    """Fresh copies of all tables; the first network is the example."""
    return {name: table.copy() for name, table in _tables(tuple(networks), n_units, seed, trials_total).items()}
