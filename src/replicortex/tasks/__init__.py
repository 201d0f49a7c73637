"""What is asked of the networks: the tasks, their trials, and how a response is scored.

Examples
--------
>>> trial = generate("dm1", mode="test", noise=False)
>>> score(trial.y, trial.y_loc).mean()
np.float64(1.0)
"""

from importlib import import_module
from typing import Any

from replicortex.tasks.catalogue import RULE_SETS, TASKS, RuleSet, Stimulus, Task
from replicortex.tasks.coding import Coding
from replicortex.tasks.ring import circular_distance, preferred_directions
from replicortex.tasks.scoring import decode_direction, score
from replicortex.tasks.trials import MODES, Trial, TrialRows, generate, random_rows, trial_rows

_DATASET = ("Batch", "Dataset")
_OBSERVERS = ("ideal_observer", "ideal_observer_table", "summing_observer", "summing_observer_table")

__all__ = [
    "MODES",
    "RULE_SETS",
    "TASKS",
    "Coding",
    "RuleSet",
    "Stimulus",
    "Task",
    "Trial",
    "TrialRows",
    "circular_distance",
    "decode_direction",
    "generate",
    "preferred_directions",
    "random_rows",
    "score",
    "trial_rows",
    *_DATASET,
    *_OBSERVERS,
]


def __getattr__(name: str) -> Any:
    # by name, so that importing the tasks loads neither pandas nor torch, and depends on neither module
    if name in _OBSERVERS:
        return getattr(import_module("replicortex.tasks.observers"), name)
    if name in _DATASET:
        return getattr(import_module("replicortex.tasks.dataset"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
