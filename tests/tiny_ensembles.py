"""Tiny experiments whose networks train together, for the tests of that."""

from typing import Any

import torch

import replicortex as rx

CPU = torch.device("cpu")
LABELS = ["seed0", "seed1", "seed2"]
LONG: dict[str, Any] = {"training": {"trials": 1600, "evaluate_every": 30, "timing": "shared"}}


def experiment_of(device: str = "cuda", **changes: Any) -> Any:
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
            "path": "torch",
        },
    }
    for section, fields in changes.items():
        settings[section] = {**settings.get(section, {}), **fields}
    schedules = {
        "quick": {"batch": 8, "rate": 3e-3, "warmup": 5, "decay": "cosine"},
        "absurd": {"batch": 8, "rate": 1.0, "clip": None},
    }
    return rx.load_config({"scale": "laptop", "schedules": schedules, "experiments": {"tiny": settings}})["tiny"]


def difference(a: torch.Tensor, b: torch.Tensor) -> float:
    """Relative, of the whole array."""
    return float((a - b).detach().norm() / b.detach().norm().clamp(min=1e-12))
