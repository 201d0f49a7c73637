"""Each task as one vector of rates, and as one vector of rule weights (Yang et al. 2019, Figs. 6, S8, S9, S11).

A task vector is the activity of all units at the end of the first stimulus, averaged over the test trials. What
follows from these vectors (planes, angles, distances) is in ``analysis.geometry``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

from replicortex.analysis.common import FloatArray, coding_of, only_network, tasks_of
from replicortex.networks import Ensemble
from replicortex.tasks import TASKS, Coding, generate

REPETITIONS = 2  # of all test trials with fresh noise: what two measurements of one task differ by
READ_EPOCH = "stim1"
_TRIALS_AT_ONCE = 128  # bounds the memory of a run

Arrow = tuple[str, str]


@dataclass(frozen=True)
class TaskSet:
    """Four tasks that should lie at the corners of a parallelogram.

    Attributes
    ----------
    name
        Of the set, in tables.
    tasks
        In the order of the plane: it is turned until the first lies on the positive x axis, and reflected if the
        second has y < 0.
    arrows
        Two changes, (from, to) each, that the paper calls parallel.
    """

    name: str
    tasks: tuple[str, str, str, str]
    arrows: tuple[Arrow, Arrow]

    def assignments(self) -> Iterator[tuple[Arrow, Arrow]]:
        """The six pairs of changes that the 24 orders of the four tasks give, up to equal cosines; the paper's first.

        Three ways to pair four tasks, and for each the second change forwards or backwards.
        """
        (a, b), (c, d) = self.arrows
        for first, second in (((a, b), (c, d)), ((a, c), (b, d)), ((a, d), (b, c))):
            yield first, second
            yield first, second[::-1]


SETS = (
    TaskSet(
        "anti",
        ("fdgo", "fdanti", "delaygo", "delayanti"),
        (("fdgo", "delaygo"), ("fdanti", "delayanti")),
    ),
    TaskSet(
        "context",
        ("contextdelaydm1", "contextdelaydm2", "contextdm1", "contextdm2"),
        (("contextdm1", "contextdm2"), ("contextdelaydm1", "contextdelaydm2")),
    ),
    TaskSet(
        "matching",
        ("dmsgo", "dmcgo", "dmsnogo", "dmcnogo"),
        (("dmsgo", "dmcgo"), ("dmsnogo", "dmcnogo")),
    ),
)


def _final_rates(net: Ensemble, task: str, rng: np.random.Generator, coding: Coding) -> FloatArray:
    """Mean over test trials of the rates (unit,) at the last step of the first stimulus; all noise on."""
    trial = generate(task, mode="test", rng=rng, coding=coding)
    stop, n_trials = trial.epochs[READ_EPOCH][1], trial.x.shape[1]
    total = np.zeros(net.architecture.units)
    for start in range(0, n_trials, _TRIALS_AT_ONCE):
        part = trial.x[:stop, start : start + _TRIALS_AT_ONCE]
        total += net.run(part, noise=True, rng=rng).rates[0, -1].sum(axis=0, dtype=np.float64)
    return total / n_trials


def task_vectors(
    net: Ensemble,
    rng: np.random.Generator,
    *,
    tasks: Iterable[str] | None = None,
    repetitions: int = REPETITIONS,
    coding: Coding | None = None,
) -> xr.DataArray:
    """Rates at the end of the first stimulus, averaged over noisy test trials, one vector per task.

    Yang et al. 2019, Methods: v_i(A) = < h_i(j, t_end) >_j over the trials j of task A's
    test grid, with t_end the last step of epoch stim1; input and recurrent noise are on.

    Parameters
    ----------
    net
        One network.
    rng
        Source of both noises.
    tasks
        All of the network's rule set by default. Tasks whose stimulus is the go signal (RT Go, RT Anti) have no
        such epoch, and no vector.
    repetitions
        How often all test trials are shown, each time with fresh noise.

    Returns
    -------
    DataArray
        (repetition, task, unit), rates in arbitrary units; tasks in rule order.

    Raises
    ------
    ValueError
        More than one network, an unknown task, or no task with the epoch.
    """
    only_network(net, "task_vectors")
    coding = coding_of(net, coding)
    read = [task for task in tasks_of(net, tasks) if READ_EPOCH in TASKS[task].timing.periods]
    if not read:
        raise ValueError(f"task_vectors: none of the tasks has the epoch {READ_EPOCH!r}")
    values = np.stack([[_final_rates(net, task, rng, coding) for _ in range(repetitions)] for task in read], axis=1)
    coords = {"repetition": np.arange(repetitions), "task": read, "unit": np.arange(values.shape[2])}
    return xr.DataArray(values, dims=("repetition", "task", "unit"), coords=coords, name="rate")


def rule_vectors(net: Ensemble, *, coding: Coding | None = None) -> xr.DataArray:
    """Weights from each task's rule channel onto the units, (task, unit); a mixed rule input is resolved.

    Gated cells: the weights onto the candidate activation.

    Raises
    ------
    ValueError
        More than one network.
    """
    only_network(net, "rule_vectors")
    coding = coding_of(net, coding)
    tasks = tasks_of(net)
    values = net.input_weights()[0, [coding.rule_channel(task) for task in tasks]]
    coords = {"task": list(tasks), "unit": np.arange(values.shape[1])}
    return xr.DataArray(values.astype(float), dims=("task", "unit"), coords=coords, name="weight")
