"""Plausible tables of networks that are taught, which nobody trained, for tests of what reads tables only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from fakes import TAUGHT, fake, frame

import replicortex as rx

STUDY = rx.load_config(Path(__file__).parents[1] / "config.yaml", scale="laptop").of_kind("taught")
_ERRORS = {"full_force": 1e-3, "force": 1.0, "spiking": 1e-2}


def summary(members, rng) -> pd.DataFrame:
    rows = []
    for m in members:
        e = m.experiment
        error = _ERRORS[e.method] * np.exp(rng.normal(0, 0.2)) * (1 + e.noise) ** 2
        error *= 1 if e.method == "force" else (200 / e.units) ** 2
        error *= 0.02 if e.name == "ff_noise" and e.method == "force" else 1
        spiking, interval = e.method == "spiking", e.task.name == "ready_set_go"
        rows.append((m.label, m.seed, "ok", e.task.name, e.method, e.units, e.noise, e.task.hint, 20.0, 220.0, error,
                     0.9 * error, np.nan if spiking else 1.5 * error, 12.0 if spiking else np.nan,
                     (0.2 if e.task.hint else 0.8) * rng.uniform(0.8, 1.2) if interval else np.nan,
                     3.0 if interval else np.nan, 30 if spiking else 0))  # fmt: skip
    return frame(TAUGHT["summary"], rows)


def make_taught(experiment: str, networks: int | None = None) -> dict[str, pd.DataFrame]:
    """All tables of an experiment of the paper; with `networks`, of the first so many of its networks."""
    rng = np.random.default_rng(5)
    e = STUDY[experiment]
    members = e.members()[:networks]
    labels = [m.label for m in members]
    first = [m.label for m in members if m.seed == 0]
    time = np.arange(0, 2, 0.01)
    times = {"time_s": time}
    target = np.sin(2 * np.pi * 3 * time)
    return {
        "summary": summary(members, rng),
        "members": pd.DataFrame(e.member_table()).iloc[: len(labels)],
        "course": fake(TAUGHT["course"], labels, trial=range(5)),
        "responses": fake(TAUGHT["responses"], labels, n=10),
        "traces": pd.concat(
            [fake(TAUGHT["traces"], [each], **times).assign(value=0.9 * target, target=target) for each in first]
        ),
        "units": fake(TAUGHT["units"], first, unit=range(5), **times),
        "eigenvalues": fake(TAUGHT["eigenvalues"], first, n=50, phase=("before", "after")),
    }
