"""Plausible tables of the Ctx DM circuit, the Anti units and recordings; see fake_tables."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
from fakes import YANG, frame

DM = ("contextdm1", "contextdm2", "dm1", "dm2", "multidm")
LESIONS = ("intact", "1", "2", "12", "1+2")
GROUPS = ("1", "2", "12")
# performance of each task without each group
PERFORMANCE = {
    "intact": (0.99, 0.99, 0.99, 0.99, 0.99),
    "1": (0.55, 0.98, 0.97, 0.98, 0.98),
    "2": (0.98, 0.56, 0.98, 0.96, 0.97),
    "12": (0.62, 0.63, 0.7, 0.72, 0.66),
    "1+2": (0.55, 0.56, 0.9, 0.91, 0.95),
}
# height of the tuning curve of each group's weights
HEIGHT = {
    "modality 1": {"1": 2.0, "2": 0.1, "12": 1.2},
    "modality 2": {"1": 0.1, "2": 2.0, "12": 1.2},
    "output": {"1": 0.6, "2": 0.7, "12": 0.5},
}
WEIGHT = {("1", "1"): 0.3, ("2", "2"): 0.3, ("1", "2"): -0.3, ("2", "1"): -0.3, ("1", "12"): 0.1, ("2", "12"): 0.1}
RULE = {("1", "contextdm2"): -2.0, ("2", "contextdm1"): -2.0, ("1", "contextdm1"): 0.5, ("2", "contextdm2"): 0.5}


def _groups(rng: np.random.Generator, networks: tuple[str, ...], n_units: int) -> pd.DataFrame:
    """Every third of the units is in a group; the rest lie between, or are inactive."""
    ranges = {"1": (0.92, 1.0), "2": (0.0, 0.08), "12": (0.42, 0.58), "none": (0.62, 0.88), "inactive": (0, 1)}
    rows = []
    for network, unit in product(networks, range(n_units)):
        name = ("12", "1", "12", "2", "none", "12", "inactive", "2")[unit % 8]
        fraction = float(rng.uniform(*ranges[name])) if name != "inactive" else np.nan
        total = float(rng.lognormal(-2, 0.5)) if name != "inactive" else 1e-5
        first = total * (0.5 if np.isnan(fraction) else fraction)
        rows.append((network, unit, first, total - first, fraction, "none" if name == "inactive" else name))
    return frame(YANG["context_groups"], rows)


def _lesions(rng: np.random.Generator, sizes: pd.Series) -> pd.DataFrame:
    rows = []
    for network, lesion in product(sizes.index.unique(0), LESIONS):
        n_units = sum(int(sizes[network].get(name, 0)) for name in lesion.split("+"))
        for task, level in zip(DM, PERFORMANCE[lesion], strict=True):
            undecided = int(rng.binomial(160, 0.02))
            right = int(rng.binomial(160 - undecided, level))
            wrong = 160 - undecided - right
            rows.append((network, lesion, n_units, task, right, wrong, undecided, right / (right + wrong)))
    return frame(YANG["group_lesions"], rows)


def _maps(rng: np.random.Generator, networks: tuple[str, ...]) -> pd.DataFrame:
    levels, rows = np.linspace(-0.1, 0.1, 8), []
    weights = {"intact": (80, 0), "1": (5, 20), "2": (80, 0), "12": (5, 5), "1+2": (10, 10)}
    for network, lesion, c1, c2 in product(networks, LESIONS, levels, levels):
        w1, w2 = weights[lesion]
        undecided = int(rng.binomial(20, 0.1))
        first = int(rng.binomial(20 - undecided, 1 / (1 + np.exp(-w1 * c1 - w2 * c2))))
        rows.append((network, lesion, c1, c2, first, 20 - undecided - first, undecided))
    return frame(YANG["group_maps"], rows)


def _tuning(rng: np.random.Generator, networks: tuple[str, ...], heights: dict, places: dict) -> pd.DataFrame:
    """Bumps of known height around offset 0, or around the place that is given."""
    frames = []
    offset = np.arange(-16, 16)
    for network, (weights, by_group) in product(networks, heights.items()):
        for group, height in by_group.items():
            away = np.abs(offset - places.get((weights, group), 0))
            bump = height * np.exp(-0.5 * (np.minimum(away, 32 - away) / 3) ** 2) - 0.3
            noisy = bump + rng.normal(0, 0.01, len(offset))
            noisy[16] += 0.2  # the peak that turning makes
            columns = {"network": network, "group": group, "weights": weights, "offset": offset, "n_units": 12}
            frames.append(pd.DataFrame({**columns, "mean": noisy, "sem": 0.05}))
    return pd.concat(frames, ignore_index=True)


def _connections(
    rng: np.random.Generator, networks: tuple[str, ...], names: tuple[str, ...], mean: dict
) -> pd.DataFrame:
    rows = [
        (network, a, b, 40, mean.get((a, b), -0.1) + rng.normal(0, 0.01))
        for network, a, b in product(networks, names, names)
    ]
    return frame(YANG["group_connections"], rows)


def _rules(rng: np.random.Generator, units: pd.DataFrame, tasks: tuple[str, ...], mean: dict) -> pd.DataFrame:
    frames = []
    for task in tasks:
        centre = np.array([mean.get((group, task), 0.0) for group in units["group"]])
        table = units[["network", "unit", "group"]].assign(task=task, weight=centre + rng.normal(0, 0.3, len(units)))
        frames.append(table)
    return pd.concat(frames, ignore_index=True)


def _anti_units(rng: np.random.Generator, networks: tuple[str, ...], n_units: int) -> pd.DataFrame:
    rows = []
    for network, unit in product(networks, range(n_units)):
        name = ("anti", "other", "other", "other", "none")[unit % 5]
        share = {"anti": rng.uniform(0.55, 1), "other": rng.uniform(0, 0.2), "none": np.nan}[name]
        rows.append((network, unit, float(share), name))
    return frame(YANG["anti_units"], rows)


def _anti_lesions(rng: np.random.Generator, networks: tuple[str, ...], tasks: tuple[str, ...]) -> pd.DataFrame:
    rows = []
    for network, task in product(networks, tasks):
        levels = {"intact": 0.99, "anti": 0.1 if task.endswith("anti") else 0.96, "random": 0.85}
        for lesion, draws in (("intact", 1), ("anti", 1), ("random", 5)):
            for draw in range(draws):
                score = float(np.clip(levels[lesion] + rng.normal(0, 0.02), 0, 1))
                rows.append((network, lesion, draw, 0 if lesion == "intact" else 12, task, 100, score))
    return frame(YANG["anti_lesions"], rows)


def make_circuit(
    rng: np.random.Generator, networks: tuple[str, ...], n_units: int, tasks: tuple[str, ...]
) -> dict[str, pd.DataFrame]:
    """The tables of Figures 5 and S7, of the Anti units, of the recordings' conditions, and recordings."""
    groups, anti = _groups(rng, networks, n_units), _anti_units(rng, networks, n_units)
    turned = {"input": {"anti": 1.0, "other": 0.9}, "output": {"anti": 0.7, "other": 0.1}}
    ftv = groups["fraction"] * 2 - 1
    return {
        "context_groups": groups,
        "group_lesions": _lesions(rng, groups.groupby(["network", "group"]).size()),
        "group_maps": _maps(rng, networks),
        "group_tuning": _tuning(rng, networks, HEIGHT, {}),
        "group_connections": _connections(rng, networks, GROUPS, WEIGHT),
        "group_rules": _rules(rng, groups, DM, RULE),
        "anti_units": anti,
        "anti_lesions": _anti_lesions(rng, networks, tasks),
        "anti_tuning": _tuning(rng, networks, turned, {("output", "anti"): -16}),
        "anti_connections": _connections(rng, networks, ("anti", "other"), {}),
        "anti_rules": _rules(rng, anti, tasks, {("anti", "fdanti"): 1.0}),
        "condition_variance": groups[["network", "unit", "variance_1", "variance_2"]].assign(ftv=ftv),
        "recordings_ftv": make_recordings(rng),
    }


def make_recordings(
    rng: np.random.Generator, animals: tuple[str, ...] = ("ar", "fe"), spread: float = 0.4, n_units: int = 60
) -> pd.DataFrame:
    """Units with an FTV of given standard deviation around 0, and ten narrow shuffles."""
    columns = {"animal": str, "unit": str, "kind": str, "shuffle": int, "ftv": float}
    frames = [pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})]
    for animal, number in product(animals, range(-1, 10)):
        kind, sd = ("recorded", spread) if number < 0 else ("shuffled", 0.2)
        ftv = np.clip(rng.normal(0, sd, n_units), -1, 1)
        units = [f"u{unit:03d}" for unit in range(n_units)]
        frames.append(
            pd.DataFrame({"animal": animal, "unit": units, "kind": kind, "shuffle": max(number, 0), "ftv": ftv})
        )
    return pd.concat(frames[1:] or frames, ignore_index=True)
