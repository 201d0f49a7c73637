"""Small experiments from teaching texts: one task, one network, one training loop, each readable in one sitting.

``docs/tour`` leads through it in three pages. The names below are imported on first use, so that a task can be had
without PyTorch.

Examples
--------
>>> from replicortex import primer
>>> task = primer.PerceptualDecision(sigma=0.3)
>>> inputs, targets = next(primer.batches(task, batch=16, seed=0))
"""

from importlib import import_module
from typing import Any

from replicortex import extras

_HOME = {
    "Bandit": "meta_rl_tasks",
    "Checkerboard": "checkerboard",
    "ContextDecision": "context",
    "DelayedComparison": "classics",
    "DelayedMatch": "memory",
    "DigitParity": "images",
    "Diverged": "learning",
    "GoNoGo": "classics",
    "IntervalDiscrimination": "classics",
    "Learner": "learning",
    "Network": "network",
    "PerceptualDecision": "perceptual",
    "ReadySetGo": "classics",
    "TASKS": "tasks",
    "Trained": "job",
    "TrialDataset": "dataset",
    "Trials": "trials",
    "TwoStep": "meta_rl_tasks",
    "answered": "trials",
    "batches": "trials",
    "check_draw": "trials",
    "check_exercise": "exercises",
    "check_task": "tasks",
    "decisions": "checkerboard",
    "environment": "gym",
    "given": "trials",
    "in_sequence": "trials",
    "last_choice": "trials",
    "load": "job",
    "measured": "measure.registry",
    "network_of": "learning",
    "onehot": "trials",
    "plot_connections": "plots",
    "plot_learning": "plots",
    "plot_psychometric": "plots",
    "plot_state_space": "plots",
    "plot_trial": "plots",
    "prediction_errors": "measure.meta_rl",
    "slow_points": "dynamics",
    "span": "trials",
    "step_of": "dynamics",
    "tables_of": "measure.registry",
    "task": "tasks",
    "task_of": "tasks",
    "task_loss": "learning",
    "train": "job",
    "truncated_exponential": "trials",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        with extras.named():
            return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
