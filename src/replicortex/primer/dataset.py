"""A task as a data set of PyTorch, for training loops that take one."""

import torch
from torch.utils.data import Dataset

from replicortex.primer.tasks import check_task
from replicortex.primer.trials import Task, target_kind
from replicortex.random_streams import generator


class TrialDataset(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """So many trials of a task; trial i is the same whenever, and by whichever worker, it is asked for.

    Parameters
    ----------
    task
        Any task of the primer, or one of your own.
    n_trials
        Number of trials.
    seed
        Names the stream of trials.
    targets
        "onehot" or "integers", as in `batches`.

    Raises
    ------
    ValueError
        No trials, an unknown kind of targets, or a task that lacks something.

    Examples
    --------
    >>> from replicortex import primer
    >>> loader = torch.utils.data.DataLoader(primer.TrialDataset(primer.GoNoGo(), 64), batch_size=16, shuffle=True)
    >>> inputs, targets = next(iter(loader))
    >>> inputs.shape, targets.shape
    (torch.Size([16, 50, 3]), torch.Size([16, 50, 2]))

    A trial is (time, line); a loader puts trials in front, so recurrent layers need ``batch_first=True``.
    """

    def __init__(self, task: Task, n_trials: int, *, seed: int = 0, targets: str = "onehot") -> None:
        if n_trials < 1:
            raise ValueError(f"n_trials: {n_trials!r} must be at least 1")
        target_kind(task, targets)
        self.task, self.n_trials, self.seed, self.targets = check_task(task), n_trials, seed, targets

    def __len__(self) -> int:
        return self.n_trials

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        """(inputs, targets) of a trial."""
        if not 0 <= index < self.n_trials:
            raise IndexError(f"trial {index} of {self.n_trials}")
        trial = self.task.draw(1, generator("dataset", type(self.task).__name__, self.seed, int(index)))
        targets = target_kind(self.task, self.targets)(trial)
        return torch.from_numpy(trial.inputs[:, 0]), torch.from_numpy(targets[:, 0])
