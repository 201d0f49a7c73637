"""Plausible tables of the primer's experiments, made by simple rules instead of trained networks."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import pandas as pd
from fakes import PRIMER, complete, fake, frame

EXPERIMENTS = (
    *("primer_checkerboard", "primer_perceptual", "primer_grid", "primer_exercises", "primer_context"),
    *("primer_grid_delay", "primer_connectivity", "primer_identity", "primer_silent_memory"),
    "primer_classics",
)
STRENGTHS = (0.0, 3e-6, 1e-5, 1e-4)
CONDITIONS = {
    "primer_checkerboard": ("both", "no_rate_cost", "no_weight_cost", "neither", "proximal", "lstm"),
    "primer_perceptual": (
        *("leaky", "leaky_128", "outside", "outside_128", "vanilla", "gru", "lstm"),
        *("leaky_low_noise", "outside_low_noise", "tutorial"),
    ),
    "primer_exercises": (
        *("base", "tau_40", "dt_10", "tau_40_dt_10", "identity", "modules", "two_tasks", "output_only", "spatial"),
        *("no_place", "digits", "memory_static", "memory_plastic"),
    ),
    "primer_identity": ("uniform", "identity"),
    "primer_silent_memory": ("static", "plastic"),
    "primer_classics": ("go_no_go", "comparison", "interval", "ready_set_go"),
}
COHERENCES = (0.0, 6.4, 12.8, 25.6, 51.2)
SEEDS = range(3)


def make_tables(experiment: str, networks: tuple[str, ...] | None = None) -> dict[str, pd.DataFrame]:
    """The tables of an experiment, three seeds of each condition or those of some networks ("seed7")."""
    seeds = tuple(SEEDS) if networks is None else tuple(int(label.removeprefix("seed")) for label in networks)
    return {name: table.copy() for name, table in _made(experiment, seeds).items()}


@cache
def _made(experiment: str, seeds: tuple[int, ...]) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(0)
    members = _members(experiment, seeds)
    tables = {"members": members, "history": _history(members, experiment), "curve": _curve(members)}
    tables |= MAKERS[experiment](members, rng)
    return {name: complete(PRIMER[name], table) for name, table in tables.items()}


def _members(experiment: str, seeds: tuple[int, ...]) -> pd.DataFrame:
    if experiment == "primer_context":
        return pd.DataFrame({"network": [f"seed{s}" for s in seeds], "seed": list(seeds)})
    if experiment == "primer_connectivity":
        rows = [(f"l1_parameters={c:g},seed{s}", s, c) for c in STRENGTHS for s in seeds]
        return pd.DataFrame(rows, columns=["network", "seed", "training.l1_parameters"])
    if experiment.startswith("primer_grid"):
        axes = {
            "network.activation": ("relu", "sigmoid", "softplus"),
            "training.optimiser": ("adam", "rmsprop", "sgd"),
            "training.loss": ("cross_entropy", "l1", "l2"),
        }
        short = [path.rpartition(".")[2] for path in axes]
        rows = [
            (",".join(f"{k}={v}" for k, v in zip(short, chosen, strict=True)) + f",seed{s}", s, *chosen)
            for chosen in product(*axes.values())
            for s in seeds
        ]
        return pd.DataFrame(rows, columns=["network", "seed", *axes])
    rows = [(f"{c},seed{s}", s, c) for c in CONDITIONS[experiment] for s in seeds]
    return pd.DataFrame(rows, columns=["network", "seed", "condition"])


def _skill(network: str) -> float:
    """Fraction correct at the end of the training, by a rule of the network's name."""
    poor = any(word in network for word in ("sgd", "vanilla", "output_only"))
    return (0.55 if poor else 0.86) + 0.01 * int(network[-1])


def _history(members: pd.DataFrame, experiment: str) -> pd.DataFrame:
    rows = []
    for network in members["network"]:
        tasks = ["first context", "second context"] if "two_tasks" in network else ["perceptual"]
        for task, update in product(tasks, range(0, 1001, 50)):
            speed = 100 if "identity" in network else 250
            p = 0.5 + (_skill(network) - 0.5) * (1 - np.exp(-update / speed))
            if task == "first context" and update > 500:
                p -= 0.2 * (update - 500) / 500
            rows.append((network, update, update * 16, task, 1 - p, 0.01, p))
    return frame(PRIMER["history"], rows)


def _curve(members: pd.DataFrame) -> pd.DataFrame:
    return fake(PRIMER["curve"], list(members["network"]), update=range(0, 1000, 10), rate_cost=1e-3, wiring_cost=0.0)


def _trajectories(label: str, level: str, levels: tuple[float, ...]) -> pd.DataFrame:
    time = np.arange(0, 1000, 50.0)
    parts = []
    for choice, value in product((1, 2), levels):
        out = (time / 1000) * (0.2 + value / max(levels)) * (3 - 2 * choice)
        parts.append(
            pd.DataFrame(
                {"choice": choice, level: value, "time_ms": time, "pc1": time / 500, "pc2": out, "pc3": out**2}
            )
        )
    return pd.concat(parts, ignore_index=True).assign(network=label, explained_1=0.7, explained_2=0.2, explained_3=0.05)


def _sample(
    label: str, inputs: tuple[str, ...], outputs: tuple[str, ...], dt: float, n: int, asked: int
) -> pd.DataFrame:
    time = np.arange(n) * dt
    kinds = {"input": inputs, "target": outputs, "output": outputs, "probability": outputs, "decision": ("decision",)}
    parts = []
    for kind, names in kinds.items():
        for i, name in enumerate(names):
            late = (np.arange(n) >= asked).astype(float)
            value = late if kind == "decision" or i == 1 else 1 - late
            parts.append(pd.DataFrame({"time_ms": time, "kind": kind, "channel": name, "value": value}))
    return pd.concat(parts, ignore_index=True).assign(network=label, task="x", dt_ms=dt)


def _accuracy(members: pd.DataFrame, coherences: tuple[float, ...] = COHERENCES) -> pd.DataFrame:
    rows = []
    for network in members["network"]:
        for i, c in enumerate(coherences):
            p = 0.5 + (_skill(network) - 0.5) * 1.1 * min(1, i / 2) if len(coherences) > 1 else _skill(network)
            rows.append((network, c, round(400 * min(1.0, p)), 400))
    return frame(PRIMER["accuracy"], rows)


def _ceiling(sigmas: dict[float, float]) -> pd.DataFrame:
    rows = [(s, c, p) for s in sigmas for c, p in zip(COHERENCES, (0.5, 0.92, 0.99, 1, 1), strict=True)]
    rows += [(s, np.nan, top) for s, top in sigmas.items()]
    return frame(PRIMER["ceiling"], rows)


def _separation(members: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    accuracy = np.array([_skill(network) for network in members["network"]])
    apart = np.clip(2 * (accuracy - 0.5) + rng.normal(0, 0.05, len(accuracy)), 0, 1)
    table = pd.DataFrame({"network": members["network"], "accuracy": accuracy, "separation": apart})
    return table.assign(sign_decoded=0.5 + apart / 2, condition_decoded=0.2 + apart / 2)


def _baselines(members: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    forced = np.array([_skill(network) for network in members["network"]])
    apart = np.clip(2 * (forced - 0.5) + rng.normal(0, 0.05, len(forced)), 0, 1)
    start = rng.uniform(0.1, 0.3, len(forced))
    sources = {
        "trained": (forced, apart, 0.95), "untrained": (rng.uniform(0.4, 0.6, len(forced)), start, 0.6),
        "filter": (np.nan, 0.4, np.nan),
    }  # fmt: skip
    parts = [
        pd.DataFrame({"network": members["network"], "source": source, "forced": right, "separation": share,
                      "sign_decoded": 0.7, "choice_decoded": read})
        for source, (right, share, read) in sources.items()
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _checkerboard(members: pd.DataFrame, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    parts: dict[str, list[pd.DataFrame]] = {}
    size = np.r_[0.0125, 0.0375, 0.075, 0.125, 0.175, np.arange(0.25, 1, 0.1)]
    signed = np.round(np.r_[-size[::-1], size], 4)
    edges = np.r_[0.0, np.logspace(-5, 1, 49)]
    for network in members["network"]:
        shift = 1 + 0.05 * int(network[-1])
        right = np.round(100 / (1 + np.exp(-signed * 8 * shift))).astype(int)
        choices = pd.DataFrame({"signed": signed, "n_right": right, "n_trials": 100})
        choices["n_correct"] = np.where(signed > 0, right, 100 - right)
        fit = pd.DataFrame([{"mu": 0.0, "sigma": 0.2 / shift, "mu_error": 0.01, "sigma_error": 0.01, "n_trials": 2000,
                             "accuracy": 0.9, "sigma_ideal": 0.06, "accuracy_ideal": 0.98}])  # fmt: skip
        times = pd.DataFrame([
            (c, outcome, n, 300 * shift - 200 * c, 10.0)
            for c in np.round(np.arange(0.05, 1, 0.1), 2)
            for outcome, n in (("correct", 90), ("error", 8), ("undecided", 2))
        ], columns=["coherence", "outcome", "n_trials", "mean_ms", "sem_ms"])  # fmt: skip
        scale = {"no_rate_cost": 2.0, "neither": 2.0}.get(network.split(",")[0], 1.0) * shift
        wide = 1.0 if "no_weight" in network or "neither" in network else 0.2
        shapes = []
        for what, size in (("rate", scale), ("weight", wide)):
            count = np.histogram(np.abs(rng.normal(0, 0.1 * size, 500)), edges)[0]
            shapes.append(pd.DataFrame({"what": what, "low": edges[:-1], "high": edges[1:], "count": count}).assign(
                mean=0.1 * size, smallest=0.0))  # fmt: skip
        thresholds = np.logspace(-5, 0, 41)
        share = np.exp(-thresholds / (0.02 * wide * shift))
        accuracy = 0.5 + 0.4 / (1 + thresholds / 0.2)
        lines = pd.DataFrame({"threshold": thresholds, "connectivity": share, "accuracy": accuracy})
        zeros = 0.8 + 0.01 * shift if "proximal" in network else 0.0
        pruned = pd.DataFrame([{"threshold": 0.04 * wide, "connectivity": 0.12, "zeros": zeros, "accuracy_intact": 0.9,
                                "accuracy_pruned": 0.89 + 0.01 * shift, "n_trials": 500}])  # fmt: skip
        made = {"choices": choices, "choice_fit": fit, "decision_times": times, "distributions": pd.concat(shapes),
                "connectivity": lines, "pruning": pruned,
                "trajectories": _trajectories(network, "quartile", (1, 2, 3, 4))}  # fmt: skip
        for name, table in made.items():
            parts.setdefault(name, []).append(table.assign(network=network))
    inputs = ("layout red-green", "layout green-red", *(f"colour {i + 1}" for i in range(10)))
    samples = [
        _sample(n, inputs, ("left", "right"), 20.0, 100, 65)
        for n in members["network"]
        if n.endswith(members["network"].iloc[0][-5:])
    ]
    return {**{k: pd.concat(v, ignore_index=True) for k, v in parts.items()}, "example_trials": pd.concat(samples)}


def _perceptual(members: pd.DataFrame, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    first = members["network"].iloc[0]
    actions = ("fixate", "choice 1", "choice 2")
    shown = [n for n in members["network"] if n.endswith(members["network"].iloc[0][-5:])]
    return {
        "accuracy": _accuracy(members),
        "ceiling": _ceiling({1.0: 0.884, 0.3: 0.9}),
        "separation": _separation(members, rng),
        "state_space": pd.concat([_trajectories(n, "coherence", COHERENCES) for n in shown], ignore_index=True),
        "sample_trials": _sample(first, ("fixation", "stimulus 1", "stimulus 2"), actions, 20.0, 60, 55),
        "weights": fake(PRIMER["weights"], [first], block="recurrent", source=range(12), target=range(12)),
    }


def _grid(members: pd.DataFrame, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    separation = _separation(members, rng)
    ordered = separation.sort_values("accuracy", kind="stable")["network"].tolist()
    shown = dict.fromkeys([ordered[0], ordered[len(ordered) // 2], ordered[-1]])
    return {
        "accuracy": _accuracy(members),
        "ceiling": _ceiling({1.0: 0.884}),
        "separation": separation,
        "baselines": _baselines(members, rng),
        "state_space": pd.concat([_trajectories(n, "coherence", COHERENCES) for n in shown], ignore_index=True),
    }


def _exercises(members: pd.DataFrame, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    time = np.arange(0, 1200, 20.0)
    evidence, modules, wiring, memory, states = [], [], [], [], []
    for network in members["network"]:
        condition = network.split(",")[0]
        tau = 60 if "tau_40" in network else 150
        for c in COHERENCES:
            evidence.append(pd.DataFrame({"network": network, "coherence": c, "time_ms": time,
                                          "value": c * (1 - np.exp(-time / tau))}))  # fmt: skip
        if condition == "modules":
            for module in (1, 2, 3):
                value = 0.5 + 0.4 * (1 - np.exp(-time / (100 * module)))
                modules.append(pd.DataFrame({"network": network, "module": module, "time_ms": time, "decoded": value}))
        if condition in ("base", "spatial", "no_place"):
            distance = np.arange(0.05, 1.2, 0.1)
            weight = 0.05 * (np.exp(-3 * distance) if condition == "spatial" else np.ones(12)) + 1e-3
            table = pd.DataFrame({"network": network, "distance": distance, "n_pairs": 300, "weight": weight})
            wiring.append(table.assign(connected=0.2, length=300 * weight * distance))
        if condition.startswith("memory"):
            late = np.arange(0, 1200, 60.0)
            keeps = {"rate": 0.3 if "plastic" in condition else 0.9}
            keeps |= {"synapse": 0.85 + 0.01 * int(network[-1])} if "plastic" in condition else {}
            for source, value in keeps.items():
                memory.append(pd.DataFrame({"network": network, "source": source, "time_ms": late, "decoded": value}))
            states.append(_trajectories(network, "sample", (0.0, 1.0, 2.0)).drop(columns="choice"))
    tables = {"evidence": evidence, "module_decoding": modules, "wiring": wiring, "memory_decoding": memory}
    found = {name: pd.concat(parts, ignore_index=True) for name, parts in {**tables, "state_space": states}.items()}
    return {**found, "accuracy": _accuracy(members, (0.0,))}


def _context(members: pd.DataFrame, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    names, levels = ("motion", "colour"), (-0.5, -0.15, -0.05, 0.05, 0.15, 0.5)
    choices, weights, states = [], [], []
    time = np.arange(0, 760, 40.0)
    for network, context, modality in product(members["network"], names, names):
        judged, wobble = context == modality, 0.01 * int(network[-1])
        weights.append((network, context, modality, 20.0 if judged else 0.5 + wobble))
        for c in levels:
            p = 1 / (1 + np.exp(-(20 if judged else 0.5) * c))
            choices.append((network, context, modality, c, round(200 * p), 200))
            out = time / 760 * c * (1 if judged else 0.6 + wobble)
            part = pd.DataFrame({"time_ms": time, "choice": time / 760 * np.sign(c), "motion": out, "colour": out})
            states.append(part.assign(network=network, context=context, modality=modality, coherence=c))
    return {
        "context_choices": frame(PRIMER["context_choices"], choices),
        "context_weights": frame(PRIMER["context_weights"], weights),
        "trajectories": pd.concat(states, ignore_index=True),
        "accuracy": _accuracy(members),
    }


def _connectivity(members: pd.DataFrame, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    thresholds, lines, fits = np.logspace(-5, 0, 41), [], []
    for network, seed, strength in members.itertuples(index=False):
        share = 1 / (1 + strength / 1.5e-6) * (1 + 0.01 * seed) * np.exp(-thresholds)
        table = pd.DataFrame({"threshold": thresholds, "connectivity": share, "accuracy": 0.9})
        lines.append(table.assign(network=network))
        accuracy = 0.95 - 100 * strength + 0.001 * seed
        fits.append({"network": network, "mu": 0.0, "sigma": 0.1, "sigma_error": 0.01, "accuracy": accuracy,
                     "sigma_ideal": 0.06, "accuracy_ideal": 0.98})  # fmt: skip
    pruned = pd.DataFrame({"network": members["network"], "threshold": 0.02, "connectivity": 0.12, "zeros": 0.0})
    pruned = pruned.assign(accuracy_intact=0.9, accuracy_pruned=0.88, n_trials=500)
    return {"connectivity": pd.concat(lines, ignore_index=True), "choice_fit": pd.DataFrame(fits), "pruning": pruned}


def _identity(members: pd.DataFrame, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    return {"accuracy": _accuracy(members)}


def _silent_memory(members: pd.DataFrame, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    late, memory = np.arange(0, 1200, 60.0), []
    for network in members["network"]:
        for source in ("rate", "synapse") if "plastic" in network else ("rate",):
            value = {"rate": 0.3 if "plastic" in network else 0.9, "synapse": 0.95}[source] + 0.01 * int(network[-1])
            memory.append(pd.DataFrame({"network": network, "source": source, "time_ms": late, "decoded": value}))
    return {"accuracy": _accuracy(members, (0.0,)), "memory_decoding": pd.concat(memory, ignore_index=True)}


def _classics(members: pd.DataFrame, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    apart = {"comparison": (-8, -4, -2, -1, 1, 2, 4, 8), "interval": (-200, -100, -20, 20, 100, 200)}
    lines, answers = {"go_no_go": ("go", "no go"), "comparison": ("frequency",)}, []
    for network in members["network"]:
        task, seed = network.split(",")[0], int(network[-1])
        for at in apart.get(task, (400, 600, 800) if task == "ready_set_go" else ()):
            value = at * 0.97 + seed if task == "ready_set_go" else 1 / (1 + np.exp(-at * (6 + seed) / 200))
            answers.append((network, task, "", float(at), value, 40.0, 200))
        for at, signal in product((100, 300, 1200), ("go", "no go")) if task == "go_no_go" else ():
            answers.append((network, task, signal, float(at), float(signal == "go"), 0.1, 200))
    first = [n for n in members["network"] if n.endswith(members["network"].iloc[0][-5:])]
    samples = [
        _sample(n, ("fixation", *lines.get(task, ("first", "second"))), ("wait", "go", "other")[: 3 - (task in single)],
                20.0, 60, 50).assign(task=task)
        for n in first
        for task, single in [(n.split(",")[0], ("go_no_go", "ready_set_go"))]
    ]  # fmt: skip
    return {"answers": frame(PRIMER["answers"], answers), "example_trials": pd.concat(samples, ignore_index=True)}


MAKERS = {
    "primer_classics": _classics,
    "primer_grid_delay": _grid,
    "primer_connectivity": _connectivity,
    "primer_identity": _identity,
    "primer_silent_memory": _silent_memory,
    "primer_checkerboard": _checkerboard,
    "primer_perceptual": _perceptual,
    "primer_grid": _grid,
    "primer_exercises": _exercises,
    "primer_context": _context,
}
