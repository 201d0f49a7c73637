"""The learning history of a network: one row per evaluation and task."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from replicortex.training.evaluation import Performance

if TYPE_CHECKING:
    import pandas as pd

# Kept as plain numbers while training (the task by its index); becomes a table with names at the end.
NUMBERS = ("updates", "trials", "wall_s", "task", "loss", "regulariser", "performance")
COLUMNS = ("network", *NUMBERS)


def rows(
    updates: int,
    trials: int,
    wall_s: float,
    regulariser: float,
    found: Mapping[str, Performance],
    tasks: Sequence[str],
) -> list[list[float]]:
    """History rows of one evaluation, in the order of `NUMBERS`."""
    return [
        [updates, trials, wall_s, tasks.index(task), p.loss, regulariser, p.performance] for task, p in found.items()
    ]


def history_table(label: str, numbers: Sequence[Sequence[float]], tasks: Sequence[str]) -> "pd.DataFrame":
    """The history as a tidy table: network, updates, trials, wall_s (s), task, loss, regulariser, performance."""
    import pandas as pd

    table = pd.DataFrame([list(row) for row in numbers], columns=list(NUMBERS))
    table = table.astype({"updates": "int64", "trials": "int64", "task": "int64"})
    table["task"] = [tasks[index] for index in table["task"]]
    table.insert(0, "network", label)
    return table
