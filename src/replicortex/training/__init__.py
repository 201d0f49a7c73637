"""How it learns: one trainer, its optimiser and schedules, evaluation, checkpoints."""

from replicortex.training.evaluation import Performance, evaluate
from replicortex.training.job import train
from replicortex.training.trainer import Trainer, TrainingDiverged

__all__ = ["Performance", "Trainer", "TrainingDiverged", "evaluate", "train"]
