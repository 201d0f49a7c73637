"""All networks of an experiment in one process.

What a network learns follows from its label and seed as with a trainer of its own: the same initial weights, tasks,
timing and conditions, the same loss and optimiser.  The noise is drawn on the device from the seed that the CPU would
use: on the CPU it is the same noise, on a GPU another of the same distribution.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from replicortex.errors import ConfigError
from replicortex.training.batched import BatchedNetworks
from replicortex.training.checkpoint import Checkpoint
from replicortex.training.draws import Request, Sampler, requests
from replicortex.training.evaluation import Performance
from replicortex.training.source import Source
from replicortex.training.trainer import Progress, Trainer, TrainingDiverged

if TYPE_CHECKING:
    from replicortex.config.experiment import Experiment

MOST_WORKERS = 12  # processes that draw trials; more are never needed for as many networks as a GPU holds


def device_of(experiment: "Experiment") -> torch.device:
    """The device that an experiment asks for.

    Raises
    ------
    ConfigError
        A GPU is asked for and torch sees none.
    """
    name = experiment.training.device
    if name == "cuda" and not torch.cuda.is_available():
        why = "this torch is built without CUDA" if torch.version.cuda is None else "torch sees no GPU on this machine"
        raise ConfigError(f"experiments.{experiment.name}.training.device: 'cuda', but {why}; choose 'cpu'")
    return torch.device(name)


@dataclass(frozen=True)
class Listener:
    """Callbacks of a training of many networks; networks by their index, their members up to date.

    Attributes
    ----------
    at_evaluation
        A network has been evaluated.
    at_finish
        A network has reached the limit or the target.
    at_failure
        A network has diverged. Its member holds the last good state; if the divergence was found at an evaluation, the
        state at that time.
    at_update
        All networks have done an update.
    """

    at_evaluation: Callable[[int, Progress], None]
    at_finish: Callable[[int], None]
    at_failure: Callable[[int, TrainingDiverged], None]
    at_update: Callable[[], None]


class EnsembleTrainer:
    """Trains networks of one experiment together.

    Each network has a clock of its own, its number of updates.  The ensemble starts at the earliest; a network that is
    further ahead (after an interruption) waits until the others have come up.  A network that reaches the target, or
    diverges, keeps its weights from then on while the others learn.

    Parameters
    ----------
    members
        The trainers of the single networks, in the state from which to go on; they hold histories and, from evaluation
        to evaluation, weights and moments.
    device
        Where to compute.
    workers
        Number of processes that draw trials ahead. By default one per core with a GPU, else none.

    Raises
    ------
    ConfigError
        The cell is not one that a GPU trains.
    """

    def __init__(self, members: Sequence[Trainer], device: torch.device, workers: int | None = None) -> None:
        first = members[0]
        if not first.cell.on_gpu:
            raise ConfigError(f"network.cell: {first.arch.cell!r} is trained on the CPU only; training.device: 'cpu'")
        self.members = list(members)
        self.device = device
        self.experiment = first.experiment
        self.sampler = Sampler(self.experiment, [member.label for member in members])
        self.workers = _cores(device) if workers is None else workers
        self.networks = BatchedNetworks(self.members, self.sampler, device)
        self._running = [True] * len(self.members)  # neither finished nor failed
        self._begun = 0.0

    def run(self, listener: Listener) -> None:
        """Train until every network has reached the limit or the target, or has diverged."""
        self._begun = time.perf_counter() - max(member.wall_s for member in self.members)
        while any(self._running):
            updates = [m.update for m, running in zip(self.members, self._running, strict=True) if running]
            self._stretch(min(updates), listener)

    def _stretch(self, start: int, listener: Listener) -> None:
        """Train from an update on until nobody who takes part is left."""
        experiment, networks = self.experiment, self.networks
        taking_part: set[int] = set()
        # A resumed training has evaluated its checkpoints already.
        evaluate_first = not all(self.members[m].is_evaluated() for m in self._entering(start, taking_part))
        sequence = partial(requests, experiment, start, evaluate_first)
        with Source(self.sampler, sequence, self.device, self.workers) as source:
            for update in range(start, experiment.updates + 1):
                entering = self._entering(update, taking_part)
                for m in entering:
                    networks.moving[m] = True
                taking_part.update(entering)
                if update == experiment.updates or update % experiment.training.evaluate_every == 0:
                    anew = evaluate_first or update > start
                    found = networks.evaluate(update, source.take) if anew else None
                    taking_part -= self._report(sorted(taking_part), found, listener)
                    if not taking_part:
                        return
                networks.advance(source.take(Request(update)), update)
                listener.at_update()

    def _entering(self, update: int, taking_part: set[int]) -> list[int]:
        """Networks whose turn it is, now that the ensemble has come to this update."""
        waiting = [m for m, running in enumerate(self._running) if running and m not in taking_part]
        return [m for m in waiting if self.members[m].update == update]

    def _report(
        self,
        taking_part: Sequence[int],
        found: Sequence[Mapping[str, Performance]] | None,
        listener: Listener,
    ) -> set[int]:
        """Bring the members up to date and tell how they are; returns those that have stopped."""
        moving = self.networks.moving.tolist()
        self._collect(taking_part)
        stopped = set()
        for m in taking_part:
            member = self.members[m]
            try:
                if not moving[m]:
                    raise member.divergence("loss or its gradient is not finite")
                progress = self._progress(m, found, listener)
            except TrainingDiverged as error:
                listener.at_failure(m, error)
                stopped.add(m)
                continue
            if member.update == member.n_updates or member.reached_target(progress):
                listener.at_finish(m)
                stopped.add(m)
        for m in stopped:
            self._running[m] = False
            self.networks.moving[m] = False
        return stopped

    def _progress(self, m: int, found: Sequence[Mapping[str, Performance]] | None, listener: Listener) -> Progress:
        """Where a network stands, and news of it where it has been evaluated anew."""
        member = self.members[m]
        if found is None or member.is_evaluated():
            return member.progress(member.last_evaluation())
        member.record(found[m])
        progress = member.progress(found[m])
        listener.at_evaluation(m, progress)
        return progress

    def _collect(self, taking_part: Sequence[int]) -> None:
        """Hand the present state to the members."""

        def host(named: Mapping[str, Tensor]) -> dict[str, Tensor]:
            return {name: tensor.detach().to("cpu", copy=True) for name, tensor in named.items()}

        networks, wall_s = self.networks, time.perf_counter() - self._begun
        weights, first, second = host(networks.weights), host(networks.first), host(networks.second)
        count, penalty = networks.count.tolist(), networks.penalty.tolist()
        for m in taking_part:
            state = Checkpoint(
                weights={name: tensor[m] for name, tensor in weights.items()},
                memory={
                    "first": {name: tensor[m] for name, tensor in first.items()},
                    "second": {name: tensor[m] for name, tensor in second.items()},
                },
                update=count[m],
                wall_s=wall_s,
                history=[],
            )
            self.members[m].adopt(state, penalty[m])


def _cores(device: torch.device) -> int:
    """How many processes draw trials: beside a GPU all cores but one, on the CPU the one that computes as well."""
    return 0 if device.type != "cuda" else max(1, min(MOST_WORKERS, len(os.sched_getaffinity(0)) - 1))
