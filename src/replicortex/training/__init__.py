"""How it learns: one trainer, its optimiser and schedules, evaluation, checkpoints."""

from replicortex.training.evaluation import Performance, evaluate
from replicortex.training.imported import check_imported
from replicortex.training.job import train
from replicortex.training.trainer import Trainer, TrainingDiverged

__all__ = ["Performance", "Trainer", "TrainingDiverged", "check_imported", "evaluate", "train"]
