"""The host's part of training many networks on a device: which trials each of them gets next.

A network's task, timing and conditions come from the streams that `replicortex.training.trainer.Trainer` uses,
so that it is asked the same on either device.  What is drawn here is compact, one row per period; the device repeats
the rows over time and draws the noise, from the seed that comes with them.

Under shared timing, task and timing of an update come from a stream of the experiment and the conditions from each
network's own; nothing has to be padded then.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from replicortex import random_streams
from replicortex.networks.sequence import Span
from replicortex.tasks import Coding
from replicortex.tasks.catalogue import TASKS
from replicortex.tasks.trials import TrialRows, longest_trial, random_edges, random_rows

if TYPE_CHECKING:
    from replicortex.config.experiment import Experiment

# Padded lengths are multiples of so many steps, and the networks that run at a time of a share of all of them: few
# patterns occur then, each a recorded graph, and the work is a fifth more than without padding.
BUCKET = 30
SHARES = 8
_ALIGNMENT = 64  # bytes

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Request:
    """One batch for every network: that of an update, or one repetition of a task at an evaluation."""

    update: int
    task: str | None = None
    repetition: int = 0


def requests(experiment: "Experiment", start: int, evaluate_first: bool) -> Iterator[Request]:
    """Every batch from update ``start`` to the end, in order.

    Parameters
    ----------
    experiment
        Experiment that sets the number of updates and when to evaluate.
    start
        The first update.
    evaluate_first
        Whether there is an evaluation before it (an evaluation later on is never left out).
    """
    training = experiment.training
    for update in range(start, experiment.updates + 1):
        due = update % training.evaluate_every == 0 or update == experiment.updates
        if due and (evaluate_first or update > start):
            for repetition in range(training.evaluation_trials.repetitions):
                yield from (Request(update, task, repetition) for task in experiment.tasks.train)
        if update < experiment.updates:
            yield Request(update)


def spans(lengths: Sequence[int], n_time: int) -> tuple[Span, ...]:
    """Which of the networks run when, given their trials' lengths in falling order; see ``networks.sequence``."""
    step = -(-len(lengths) // SHARES)
    found: list[Span] = []
    for start in range(0, n_time, BUCKET):
        longer = sum(length > start for length in lengths)
        running = min(len(lengths), -(-longer // step) * step)
        end = min(start + BUCKET, n_time)
        if found and found[-1][2] == running:
            found[-1] = (found[-1][0], end, running)
        else:
            found.append((start, end, running))
    return tuple(found)


class Layout:
    """Arrays by name in one flat piece of memory, so that one copy moves them all."""

    def __init__(self, fields: Mapping[str, tuple[Any, tuple[int, ...]]]) -> None:
        """Places of fields in one block of memory.

        Parameters
        ----------
        fields
            NumPy type and shape by name.
        """
        self._places: dict[str, tuple[int, np.dtype[Any], tuple[int, ...]]] = {}
        self.size = 0
        for name, (kind, shape) in fields.items():
            dtype = np.dtype(kind)
            self._places[name] = (self.size, dtype, shape)
            self.size += -(-dtype.itemsize * math.prod(shape) // _ALIGNMENT) * _ALIGNMENT

    def arrays(self, memory: np.ndarray) -> dict[str, np.ndarray]:
        """Views of flat bytes (size,) uint8."""
        return {
            name: memory[start : start + dtype.itemsize * math.prod(shape)].view(dtype).reshape(shape)
            for name, (start, dtype, shape) in self._places.items()
        }

    def tensors(self, memory: Tensor) -> dict[str, Tensor]:
        """The same as tensors, on any device."""
        kinds = {np.dtype(np.float32): torch.float32, np.dtype(np.int64): torch.int64}
        return {
            name: memory[start : start + dtype.itemsize * math.prod(shape)].view(kinds[dtype]).view(shape)
            for name, (start, dtype, shape) in self._places.items()
        }


class Sampler:
    """Draws the batches of all networks of an ensemble.

    Parameters
    ----------
    experiment
        A validated experiment of one condition (a member of its grid).
    labels
        Names of the networks within the experiment.
    """

    def __init__(self, experiment: "Experiment", labels: Sequence[str]) -> None:
        self.experiment = experiment
        self.labels = tuple(labels)
        self.coding = Coding(**experiment.tasks.coding)
        self.tasks: list[str] = list(experiment.tasks.train)
        self._probabilities = [experiment.tasks.probabilities[task] for task in self.tasks]
        self._shared = experiment.training.timing == "shared"
        longest = max(longest_trial(task, self.coding) for task in self.tasks)
        self.longest = -(-longest // BUCKET) * BUCKET
        self.n_periods = max(len(TASKS[task].timing.periods) for task in self.tasks)
        self._training = self._layout(experiment.schedule.batch)
        self._evaluation = self._layout(experiment.training.evaluation_trials.batch)
        self._streams: dict[tuple[str, str], np.random.Generator] = {}
        self._evaluated = -1

    @property
    def size(self) -> int:
        """Bytes of the largest batch."""
        return max(self._training.size, self._evaluation.size)

    def layout(self, request: Request) -> Layout:
        """How the batch that is asked for lies in memory.

        The networks come in the order of falling length, which ``order`` (network,) gives, but for ``y_loc``.

        Arrays: ``x`` (network, period + 1, trial, n_input), the last row empty; ``y`` (network, 2, trial, n_output);
        ``mask`` (network, time, n_output or 1), 0 past a network's length; ``period``, ``phase`` (network, time), the
        row of ``x`` and of ``y`` at each step, counted over all networks; ``y_loc`` (network, trial) at the end;
        ``length``, ``seed`` (network,) steps and seed of the noise; ``n_time`` (1,) steps of the padded batch;
        ``asked`` (3,) the request as `number` has it.
        """
        return self._training if request.task is None else self._evaluation

    def _layout(self, batch: int) -> Layout:
        n, coding, time = len(self.labels), self.coding, self.longest
        channels = 1 if coding.loss == "cross_entropy" else coding.n_output
        return Layout(
            {
                "x": (np.float32, (n, self.n_periods + 1, batch, coding.n_input)),
                "y": (np.float32, (n, 2, batch, coding.n_output)),
                "mask": (np.float32, (n, time, channels)),
                "period": (np.int64, (n, time)),
                "phase": (np.int64, (n, time)),
                "y_loc": (np.float32, (n, batch)),
                "order": (np.int64, (n,)),
                "length": (np.int64, (n,)),
                "seed": (np.int64, (n,)),
                "n_time": (np.int64, (1,)),
                "asked": (np.int64, (3,)),
            }
        )

    def fill(self, request: Request, arrays: Arrays) -> None:
        """Draw a batch into the arrays of its layout; the requests of one evaluation and task come in order."""
        drawn = [self._draw(request, label) for label in self.labels]
        lengths = [rows.edges[-1] for rows, _ in drawn]
        width = 1 if self._shared and request.task is None else BUCKET
        n_time = min(-(-max(lengths) // width) * width, self.longest)
        arrays["n_time"][0] = n_time
        arrays["asked"][:] = self.number(request)
        order = sorted(range(len(drawn)), key=lambda m: -lengths[m])
        arrays["order"][:] = order
        for place, m in enumerate(order):
            rows, seed = drawn[m]
            self._put(arrays, place, rows, n_time)
            arrays["seed"][place] = seed
            arrays["y_loc"][m] = rows.y_loc[1]

    def number(self, request: Request) -> tuple[int, int, int]:
        """A request as numbers: update, place of the task (-1 for an update's own) and repetition."""
        task = -1 if request.task is None else self.tasks.index(request.task)
        return request.update, task, request.repetition

    def _draw(self, request: Request, label: str) -> tuple[TrialRows, int]:
        """Rows of one network, and the seed of its noise: the next draw after them, as the CPU's trainer has it."""
        if request.task is None:
            rng = self._stream(label, "update", request.update)
            rows = self._random(request.update, rng)
        else:
            rng = self._evaluation_stream(request, label)
            batch = self.experiment.training.evaluation_trials.batch
            rows = random_rows(request.task, batch, rng, self.coding)
        return rows, int(rng.integers(2**63))

    def _random(self, update: int, rng: np.random.Generator) -> TrialRows:
        batch = self.experiment.schedule.batch
        if not self._shared:
            return random_rows(self._task(rng), batch, rng, self.coding)
        shared = self._stream("shared", "update", update)
        task = self._task(shared)
        return random_rows(task, batch, rng, self.coding, random_edges(task, shared, self.coding))

    def _task(self, rng: np.random.Generator) -> str:
        return self.tasks[int(rng.choice(len(self.tasks), p=self._probabilities))]

    def _stream(self, *purpose: str | int) -> np.random.Generator:
        return random_streams.generator(self.experiment.name, *purpose)

    def _evaluation_stream(self, request: Request, label: str) -> np.random.Generator:
        """The stream of one network and task, which goes on from repetition to repetition."""
        assert request.task is not None
        if request.update != self._evaluated:
            self._streams, self._evaluated = {}, request.update
        key = (label, request.task)
        if key not in self._streams:
            self._streams[key] = self._stream(label, "evaluation", request.update, request.task)
        return self._streams[key]

    def _put(self, arrays: Arrays, m: int, rows: TrialRows, n_time: int) -> None:
        """Write one network's rows; the mask is scaled so that a mean over ``n_time`` steps is one over its own."""
        periods, length = len(rows.x), rows.edges[-1]
        arrays["x"][m, :periods] = rows.x
        arrays["x"][m, periods:] = 0.0
        arrays["y"][m] = rows.y
        arrays["length"][m] = length
        mask = rows.mask.reshape(length, -1)
        scale = n_time / length
        # The mask of the squared error stands inside the square.
        factor = scale if self.coding.loss == "cross_entropy" else math.sqrt(scale)
        arrays["mask"][m, :length] = mask * np.float32(factor)
        arrays["mask"][m, length:] = 0.0
        first = m * (self.n_periods + 1)
        arrays["period"][m, :length] = first + np.repeat(np.arange(periods), np.diff(rows.edges))
        arrays["period"][m, length:] = first + self.n_periods
        arrays["phase"][m] = 2 * m
        arrays["phase"][m, rows.edges[-2] :] = 2 * m + 1
