"""Plausible tables of spiking networks beside rate networks, which nobody trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from fakes import NEWTON, complete, fake

import replicortex as rx

STUDY = {
    name: experiment
    for name, experiment in rx.load_config(Path(__file__).parents[1] / "config.yaml", scale="laptop").items()
    if experiment.paper == "newton2025"
}


def summary(members, rng) -> pd.DataFrame:
    """All claims hold: slow learning gives like decoders, fast learning helps rate networks."""
    rows = []
    for m in members:
        e = m.experiment
        fast = np.log10(e.inverse / e.time_step) / 3 + 1  # 0 to 1
        errors = {"lif": 0.12, "rate": 0.08 * 10**-fast}
        errors |= {"lif_swapped": 1.3 * errors["lif"] * 3**fast, "rate_swapped": 1.2 * errors["rate"] * 3**fast}
        row = {"network": m.label, "seed": m.seed, "cells": e.cells, "gain": e.gain, "feedback": e.feedback,
               "inverse": e.inverse, "per_step": e.inverse / e.time_step, "status": "ok", "rate_bounded": True,
               "train_start_s": e.train[0], "train_stop_s": e.train[1], "repetitions": 20,
               "correlation": 0.9 - 0.6 * fast + rng.normal(0, 0.02)}  # fmt: skip
        for test, error in errors.items():
            found = error * np.exp(rng.normal(0, 0.1)) * np.sqrt(1000 / e.cells)
            bias = 0.1 if test.startswith("lif") else 0.9
            row |= {f"{test}_nrmse": 2 * found, f"{test}_aligned": found, f"{test}_bias_2": bias * found**2,
                    f"{test}_variance": (1 - bias) * found**2, f"{test}_ran": True}  # fmt: skip
        rows.append(row)
    return complete(NEWTON["summary"], pd.DataFrame(rows))


def make_newton(experiment: str, networks: int | None = None) -> dict[str, pd.DataFrame]:
    """All tables of an experiment of the paper; with `networks`, of the first so many of its networks."""
    e = STUDY[experiment]
    members = e.members()[:networks]
    shown = [m.label for m in members if m.seed == 0 and (m.experiment.feedback, m.experiment.gain) == (20, 0.125)]
    time, models = np.arange(0, 0.2, 0.001), ("lif", "rate")
    wave = np.cos(10 * np.pi * time)
    cycles = fake(NEWTON["cycles"], shown, model=models, output=0, time_s=time)
    repetitions = fake(NEWTON["repetitions"], shown, model=models, output=0, repetition=range(3), time_s=time)
    return {
        "summary": summary(members, np.random.default_rng(7)),
        "members": pd.DataFrame(e.member_table()).iloc[: len(members)],
        "cycles": cycles.assign(target=np.tile(wave, len(cycles) // 200), mean=np.tile(wave, len(cycles) // 200)),
        "repetitions": repetitions.assign(value=np.tile(wave, len(repetitions) // 200)),
        "decoders": fake(NEWTON["decoders"], shown, cell=range(50), output=0),
    }
