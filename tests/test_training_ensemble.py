"""Many networks at once on torch's CPU device: the same as one trainer each, whatever the padding and the company."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import replicortex as rx
from replicortex.networks.activations import ACTIVATIONS
from replicortex.networks.sequence import leaky_sequence
from replicortex.training import ensemble, job
from replicortex.training.draws import BUCKET, Request, Sampler, requests
from replicortex.training.ensemble import EnsembleTrainer
from replicortex.training.job import history_path, network_path, status_path
from replicortex.training.source import Source
from replicortex.training.trainer import Trainer, TrainingDiverged

torch.set_num_threads(1)
CPU = torch.device("cpu")
LABELS = ["seed0", "seed1", "seed2"]


def _experiment(device: str = "cuda", **changes: Any) -> Any:
    """A tiny experiment; ``changes`` go to its sections."""
    settings: dict[str, Any] = {
        "seeds": [0, 1, 2],
        "network": {"units": 16, "init": "diag"},
        "tasks": {"train": ["fdgo", "dm1", "delaydm2", "dmsgo"]},
        "training": {
            "schedule": "quick",
            "trials": 320,
            "evaluate_every": 20,
            "evaluation_trials": {"repetitions": 2, "batch": 6},
            "device": device,
        },
    }
    for section, fields in changes.items():
        settings[section] = {**settings.get(section, {}), **fields}
    schedules = {
        "quick": {"batch": 8, "rate": 3e-3, "warmup": 5, "decay": "cosine"},
        "absurd": {"batch": 8, "rate": 1.0, "clip": None},
    }
    return rx.load_config({"scale": "laptop", "schedules": schedules, "experiments": {"tiny": settings}})["tiny"]


@pytest.fixture
def on_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ``device: cuda`` compute on the CPU."""
    monkeypatch.setattr(job, "device_of", lambda experiment: CPU)


def _quiet(_: str) -> None:
    pass


def _trainers(experiment: Any, dtype: torch.dtype = torch.float32) -> list[Trainer]:
    found = [Trainer(experiment, label) for label in LABELS]
    for trainer in found:
        trainer.weights = {name: weight.to(dtype) for name, weight in trainer.weights.items()}
    return found


def _learn_together(members: list[Trainer], updates: int) -> EnsembleTrainer:
    trainer = EnsembleTrainer(members, CPU)
    trainer.networks.moving.fill_(True)
    sequence = (Request(update) for update in range(updates))
    with Source(trainer.sampler, lambda: sequence, CPU, workers=0) as source:
        for update in range(updates):
            trainer.networks.advance(source.take(Request(update)), update)
    return trainer


def _difference(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a - b).detach().norm() / b.detach().norm().clamp(min=1e-12))


VARIANTS: list[dict[str, Any]] = [
    {},
    {"network": {"sigma_rec": 0.0, "activation": "tanh"}, "tasks": {"sigma_x": 0.0, "loss": "cross_entropy"}},
    {"network": {"input": "separate", "mix_rule": True, "activation": "relu"}, "training": {"trainable": "input"}},
    {
        "tasks": {"cost_mask": "paper"},
        "network": {"activation": "retanh"},
        "regularisers": {
            "l1_rates": 1e-3,
            "l2_rates": 1e-5,
            "l1_weights": 1e-3,
            "l2_weights": 1e-3,
            "l2_weights_from_start": 1e-2,
            "plastic_fraction": 0.5,
        },
    },
    {"network": {"activation": "power"}},
]


@pytest.mark.parametrize("changes", VARIANTS, ids=["fused", "entropy", "separate", "regularised", "power"])
def test_networks_learn_together_what_each_learns_alone(changes: dict[str, Any]) -> None:
    """In double precision, with the noise of the CPU's trainer; trials of unequal length are padded."""
    experiment = _experiment(**changes)
    together = _learn_together(_trainers(experiment, torch.float64), 12)
    for m, alone in enumerate(_trainers(experiment, torch.float64)):
        start = {name: weight.clone() for name, weight in alone.weights.items()}
        for _ in range(12):
            alone.advance()
        for name in alone.trained:
            moved = alone.weights[name] - start[name]
            assert float(moved.detach().norm()) > 0
            assert _difference(together.networks.weights[name][m] - start[name], moved) < 1e-7, name
        frozen = set(alone.weights) - set(alone.trained)
        assert all(torch.equal(together.networks.weights[name][m], start[name]) for name in frozen)
        assert float(together.networks.penalty[m]) == pytest.approx(alone._last_penalty, rel=1e-6)
