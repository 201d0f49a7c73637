"""The tasks as a data set for a torch DataLoader: seeded, the same whatever the number of workers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from replicortex.errors import choose
from replicortex.random_streams import generator
from replicortex.shown import short_repr
from replicortex.tasks.catalogue import RULE_SETS
from replicortex.tasks.coding import make_coding
from replicortex.tasks.trials import generate


@short_repr
class Batch(NamedTuple):
    """Trials of one task as tensors; see `Trial`.

    x: (time, trial, n_input); y: (time, trial, n_output); y_loc: (time, trial), rad, -1 for fixation;
    mask: (time, trial, n_output), or (time, trial) for cross-entropy. All float32. task: its name.
    """

    x: Tensor
    y: Tensor
    y_loc: Tensor
    mask: Tensor
    task: str


class Dataset(torch.utils.data.Dataset[Batch]):
    """Batches of random trials by number: batch i depends on the seed and i alone.

    An item is a whole batch of trials of one task, since the trials of a batch share their timing and so their length.
    Give a DataLoader ``batch_size=None``; any number of workers gives the same batches in the same order.

    Parameters
    ----------
    tasks
        Names of tasks of the rule set, each as often as it should come up; all of the rule set by default.
    batches
        Number of batches, the length of the data set.
    batch
        Trials in a batch.
    seed
        Names the stream of trials.
    noise
        Whether input noise is added.
    options
        Fields of `Coding`, such as ``rule_set="mante"``, ``dt=10`` or ``loss="cross_entropy"``.

    Raises
    ------
    ValueError
        A task or an option that is not there, with the nearest name; a number below one.

    Examples
    --------
    >>> data = Dataset(["dm1", "dm2"], batches=100, seed=0)
    >>> x, y, y_loc, mask, task = data[0]
    >>> loader = torch.utils.data.DataLoader(data, batch_size=None, num_workers=2)
    """

    def __init__(
        self,
        tasks: str | Sequence[str] | None = None,
        *,
        batches: int = 1000,
        batch: int = 64,
        seed: int = 0,
        noise: bool = True,
        **options: Any,
    ) -> None:
        self.coding = make_coding(None, options)
        known = RULE_SETS[self.coding.rule_set].tasks
        asked = known if tasks is None else (tasks,) if isinstance(tasks, str) else tuple(tasks)
        self.tasks = tuple(choose(task, known, "task") for task in asked)
        if not self.tasks:
            raise ValueError("tasks: none are given; leave it out for all of the rule set")
        for name, value in (("batches", batches), ("batch", batch)):
            if value < 1:
                raise ValueError(f"{name}: {value} must be 1 or more")
        self.batches, self.batch, self.seed, self.noise = batches, batch, seed, noise

    def __repr__(self) -> str:
        return f"<Dataset of {self.batches} batches of {self.batch} trials, {len(self.tasks)} tasks, seed {self.seed}>"

    def __len__(self) -> int:
        return self.batches

    def __iter__(self) -> Iterator[Batch]:
        return (self[number] for number in range(len(self)))

    def __getitem__(self, number: int) -> Batch:
        """Batch of that number, counted from 0; raises IndexError past the end."""
        place = range(self.batches)[number]
        rng = generator("tasks.Dataset", self.seed, place)
        task = self.tasks[rng.integers(len(self.tasks))]
        trial = generate(task, batch=self.batch, rng=rng, noise=self.noise, coding=self.coding)
        arrays = (trial.x, trial.y, trial.y_loc, trial.mask)
        x, y, y_loc, mask = (torch.from_numpy(np.array(each, np.float32)) for each in arrays)
        return Batch(x, y, y_loc, mask, task)
