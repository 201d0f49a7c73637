"""From trained spiking networks to tables: each beside its rate network, which is trained here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from replicortex.papers.newton2025 import cycles, twin
from replicortex.spiking import measures
from replicortex.spiking.job import members
from replicortex.spiking.network import TrainedNetwork
from replicortex.spiking.perturbations import Subject
from replicortex.spiking.protocols import Floats
from replicortex.spiking.recorder import Recording
from replicortex.spiking.rls import RlsSettings
from replicortex.spiking.schedule import Schedule
from replicortex.spiking.simulate import replay

Tables = dict[str, pd.DataFrame]
MARKED = {"feedback": 20.0, "gain": 0.125}  # the (Q, G) of the paper's sizes
SETTLE = 0.5  # s of a test before anything is measured
INTERVAL = 1e-3  # s
SHOWN = 8  # repetitions
_TESTS = ("lif", "rate", "lif_swapped", "rate_swapped")
_NUMBERS = ("nrmse", "aligned", "bias_2", "variance")


def tables(subjects: Iterable[Subject], repetitions: int) -> Tables:
    """All tables of an experiment: summary, members, cycles, repetitions, decoders.

    Parameters
    ----------
    subjects
        Trained LIF networks.
    repetitions
        Of the target in each test.
    """
    rows, subjects = [], list(subjects)
    first = min(subject.seed for subject in subjects)
    inside: dict[str, list[pd.DataFrame]] = {"cycles": [], "repetitions": [], "decoders": []}
    for subject in subjects:
        e = subject.experiment
        row, runs, decoders = _compared(subject, repetitions)
        rows.append(row)
        if subject.seed == first and all(getattr(e, name) == value for name, value in MARKED.items()):
            inside["decoders"].append(_decoders(subject.label, decoders))
            for model in ("lif", "rate"):
                if model in runs:
                    inside["cycles"].append(_cycles(subject.label, model, runs[model]))
                    inside["repetitions"].append(_repetitions(subject.label, model, runs[model]))
    made = {name: pd.concat(parts, ignore_index=True) if parts else _EMPTY[name] for name, parts in inside.items()}
    return {"summary": pd.DataFrame(rows), "members": members(subjects), **made}  # type: ignore[arg-type]


_EMPTY = {
    "cycles": pd.DataFrame(columns="network model output time_s target mean spread".split()),
    "repetitions": pd.DataFrame(columns="network model output repetition time_s value".split()),
    "decoders": pd.DataFrame(columns="network cell output lif rate".split()),
}


def train_twin(subject: Subject) -> twin.TwinRun:
    """The rate network of a spiking one, trained as that was."""
    e, network = subject.experiment, subject.network
    schedule = Schedule(network.dt, e.duration, e.train[0], e.train[1], e.step)
    # a rate network has no spikes to follow the inverse correlation by
    rls = RlsSettings(e.inverse, e.rls, e.precision, "delayed")
    return twin.run(twin.Twin(network.reservoir, network.dt), schedule, subject.target, rls)


def _compared(subject: Subject, repetitions: int) -> tuple[dict[str, Any], dict[str, cycles.Cycles], list[Floats]]:
    """The row of a network, its repetitions by model, and the decoders of both."""
    e, network = subject.experiment, subject.network
    period = e.period
    if period is None:
        raise ValueError(f"{e.name}: target {e.target.kind!r} has no period, so that it has no repetitions")
    taught = train_twin(subject)
    seconds = SETTLE + period * (repetitions + 2)
    problem = network.metadata.get("problem")
    status = str(problem) if problem else "ok"
    own, other = network.decoders.astype(np.float64), taught.decoders
    row: dict[str, Any] = {
        "network": subject.label,
        "seed": subject.seed,
        "cells": e.cells,
        "gain": e.gain,
        "feedback": e.feedback,
        "inverse": e.inverse,
        "per_step": round(e.inverse / e.time_step, 9),
        "status": status,
        "rate_bounded": taught.bounded,
        "train_start_s": e.train[0],
        "train_stop_s": e.train[1],
        "repetitions": repetitions,
        "correlation": _correlation(own, other) if status == "ok" and taught.bounded else np.nan,
    }
    runs: dict[str, cycles.Cycles] = {}
    for name in _TESTS:
        if (problem and name != "rate") or (not taught.bounded and name != "lif"):
            outputs = None
        elif name.startswith("lif"):
            outputs = _test_lif(subject, own if name == "lif" else other, seconds)
        else:
            outputs = _test_rate(subject, taught.state, other if name == "rate" else own, seconds)
        found = None if outputs is None else _measured(*outputs, period, repetitions)
        row |= {f"{name}_{each}": np.nan if found is None else found[0][each] for each in _NUMBERS}
        row[f"{name}_ran"] = found is not None
        if found is not None:
            runs[name] = found[1]
    return row, runs, [own, other]


def _correlation(one: Floats, other: Floats) -> float:
    """Pearson's correlation of two networks' decoders; NaN where one of them is constant."""
    a, b = one.ravel(), other.ravel()
    return float(np.corrcoef(a, b)[0, 1]) if a.std() > 0 and b.std() > 0 else float("nan")


def swapped(network: TrainedNetwork, decoders: Floats) -> TrainedNetwork:
    """A spiking network with other decoders and the outputs that belong to them."""
    phi = np.ascontiguousarray(decoders, network.decoders.dtype)
    z, y = (network.state[name] @ phi for name in ("r", "rate_h"))
    return replace(network, decoders=phi, state={**network.state, "z": z, "y": y, "fed_back": z.copy()})


def _test_lif(subject: Subject, decoders: Floats, seconds: float) -> tuple[Floats, Floats] | None:
    quiet = Recording(
        trace_every=round(INTERVAL / subject.network.dt), raster_cells=0, voltage_cells=0, decoder_cells=0
    )
    network = swapped(subject.network, decoders)
    run = replay(network, seconds, quiet, supervisor=subject.target)
    return (run.traces.z.astype(np.float64), run.traces.x.astype(np.float64)) if run.complete else None


def _test_rate(subject: Subject, state: Floats, decoders: Floats, seconds: float) -> tuple[Floats, Floats] | None:
    network = subject.network
    one = twin.Twin(network.reservoir, network.dt, decoders, state)
    run = twin.run(one, Schedule(network.dt, seconds), subject.target, interval=INTERVAL)
    return (run.z, run.x) if run.bounded else None


def _measured(z: Floats, x: Floats, period: float, repetitions: int) -> tuple[dict[str, float], cycles.Cycles]:
    """Errors over s.d. of the target, bias and variance over its variance."""
    later = round(SETTLE / INTERVAL)
    z, x = z[later:], x[later:]
    spread, rows = float(x.std()), round(period / INTERVAL)
    found = cycles.cut(z, x, rows)
    whole = slice(0, repetitions * rows)
    return {
        "nrmse": float(np.sqrt(np.mean((z[whole] - x[whole]) ** 2))) / spread,
        "aligned": measures.aligned_error(z, x, INTERVAL, cycle=period).rmse / spread,
        "bias_2": found.bias_2 / spread**2,
        "variance": found.variance / spread**2,
    }, found


def _decoders(label: str, decoders: list[Floats]) -> pd.DataFrame:
    cells, k = decoders[0].shape
    lif, rate = (each.ravel() for each in decoders)
    return pd.DataFrame({"network": label, "cell": np.repeat(np.arange(cells), k),
                         "output": np.tile(np.arange(k), cells), "lif": lif, "rate": rate})  # fmt: skip


def _cycles(label: str, model: str, found: cycles.Cycles) -> pd.DataFrame:
    rows, k = found.target.shape
    return pd.DataFrame({"network": label, "model": model, "output": np.tile(np.arange(k), rows),
                         "time_s": np.repeat(INTERVAL * np.arange(rows), k), "target": found.target.ravel(),
                         "mean": found.values.mean(axis=0).ravel(),
                         "spread": found.values.std(axis=0, ddof=1).ravel()})  # fmt: skip


def _repetitions(label: str, model: str, found: cycles.Cycles) -> pd.DataFrame:
    """The first few of them, evenly spaced over the test."""
    chosen = np.unique(np.linspace(0, len(found.values) - 1, SHOWN).round().astype(int))
    rows, k = found.target.shape
    return pd.concat(
        [
            pd.DataFrame({"network": label, "model": model, "output": np.tile(np.arange(k), rows), "repetition": number,
                          "time_s": np.repeat(INTERVAL * np.arange(rows), k), "value": found.values[number].ravel()})
            for number in map(int, chosen)
        ],
        ignore_index=True,
    )  # fmt: skip
