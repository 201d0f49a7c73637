"""How it learns: one trainer, its optimiser and schedules, evaluation, checkpoints.

The names below are imported on first use, so that a configuration can name what there is without PyTorch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from replicortex.training.evaluation import Performance, evaluate
    from replicortex.training.imported import check_imported
    from replicortex.training.job import train
    from replicortex.training.trainer import Trainer, TrainingDiverged

_HOME = {
    "Performance": "evaluation",
    "Trainer": "trainer",
    "TrainingDiverged": "trainer",
    "check_imported": "imported",
    "evaluate": "evaluation",
    "train": "job",
}

__all__ = ["Performance", "Trainer", "TrainingDiverged", "check_imported", "evaluate", "train"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
