"""One network from its seed to its weights (Yang et al. 2019, Methods, "Training")."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from replicortex import random_streams
from replicortex.networks import cells
from replicortex.networks.architecture import Architecture, for_rule_set
from replicortex.networks.ensemble import FIXED_WEIGHTS, Ensemble, create
from replicortex.tasks import Coding, TrialRows, random_rows
from replicortex.training import history
from replicortex.training.checkpoint import Checkpoint
from replicortex.training.continual import Block, Importance, blocks_of
from replicortex.training.evaluation import Performance, evaluate_task
from replicortex.training.layout import Layout
from replicortex.training.loss import Regulariser
from replicortex.training.moments import Moments
from replicortex.training.optimiser import Adam, Memory, learning_rate
from replicortex.training.optimisers import create_optimiser
from replicortex.training.paths import Gradient, path_of

if TYPE_CHECKING:
    from replicortex.config.experiment import Experiment

# Weights that learn under each setting of `trainable`; None: every weight of the network.
TRAINABLE: dict[str, tuple[str, ...] | None] = {
    "all": None,
    "input": ("w_sensory", "b_sensory", "w_rule"),
    "rule": ("w_rule",),
    "diagonal": None,  # of the recurrent weights those of a unit onto itself alone
}


class TrainingDiverged(RuntimeError):
    """Loss or gradient is no longer a finite number."""


@dataclass(frozen=True)
class Progress:
    """State of a training at an evaluation, for logs and status files; performance is a fraction 0..1."""

    updates: int
    n_updates: int
    trials: int
    trials_total: int
    wall_s: float
    mean_performance: float
    min_performance: float
    worst_task: str


def architecture_of(experiment: "Experiment") -> Architecture:
    """The architecture an experiment's configuration describes."""
    n, t = experiment.network, experiment.tasks
    return for_rule_set(
        t.rule_set,
        cell=n.cell,
        activation=n.activation,
        units=n.units,
        separate_input=n.input == "separate",
        mix_rule=n.mix_rule,
        dt=t.dt,
        tau=t.tau,
        sigma_rec=n.sigma_rec,
        softmax_output=t.loss == "cross_entropy",
        linear_output=experiment.imported is not None and experiment.imported.readout == "linear",
    )


class Trainer:
    """Trains one network; can stop after any update and go on from a checkpoint to the same bits.

    Every update draws its task, trials and noise from a stream of its own number, so nothing but weights, moments and
    the number of updates has to be remembered, and evaluating more or less often changes no weight.

    Parameters
    ----------
    experiment
        A validated experiment of one condition (a member of its grid).
    label
        The network's name within the experiment, e.g. "seed0"; names its random streams.
    start
        Trained network to start from; from initial weights if None.
    moments
        Memory of that network's optimiser, which goes on; empty if None.

    Attributes
    ----------
    path
        Path through which the network is run: the compiled kernel or PyTorch.
    optimiser
        Optimiser; its count includes the updates that led to the start.
    earlier
        Number of those updates.

    Raises
    ------
    ConfigError
        The experiment asks for a kernel or a precision that this machine does not have.
    ValueError
        The weights to train do not exist in this architecture.
    """

    def __init__(
        self, experiment: "Experiment", label: str, start: Ensemble | None = None, moments: Moments | None = None
    ) -> None:
        self.experiment = experiment
        self.label = label
        self.arch = architecture_of(experiment)
        self.coding = Coding(**experiment.tasks.coding)
        self.path = path_of(experiment, self.arch, self.coding)
        self.cell = cells.cell(self.arch)
        self._tasks: list[str] = list(experiment.tasks.train)
        self._blocks = blocks_of(experiment)
        self._start = (start if start is not None else self._initial()).one(0)
        self.weights = {name: weight.clone() for name, weight in self._start.items()}
        self._trained = self._names_to_train()
        self._regulariser = Regulariser(experiment.regularisers, self.cell, self._start, self._tied())
        self._importance = self._importance_at_start()
        before = Moments() if moments is None else moments.of(self._trained)
        self.earlier = before.count
        self.optimiser = self._optimiser(before.memory, before.count)
        self.rows: list[list[float]] = []
        self.wall_s = 0.0
        self._last_penalty = float("nan")  # of the last batch trained on; none yet

    @property
    def n_updates(self) -> int:
        """Number of updates up to the limit of trials."""
        return self.experiment.updates

    @property
    def update(self) -> int:
        """Updates done."""
        return self.optimiser.count - self.earlier

    @property
    def moments(self) -> Moments:
        """What the optimiser remembers at the present weights."""
        return Moments(self.optimiser.memory, self.optimiser.count, self.experiment.schedule.optimiser)

    @property
    def trained(self) -> list[str]:
        """Names of the weights that learn."""
        return self._trained

    @property
    def regulariser(self) -> Regulariser:
        """The penalty on this network's rates and weights."""
        return self._regulariser

    def stream(self, *purpose: str | int) -> np.random.Generator:
        """The random stream of this network for one purpose."""
        return random_streams.generator(self.experiment.name, self.label, *purpose)

    def _optimiser(self, memory: Memory, count: int) -> Adam:
        layout = Layout(self.cell.kernels, self.cell.outgoing, self.arch.units, partial(self.stream, "rotation"))
        return create_optimiser(self.experiment.schedule, layout, memory, count)

    def _initial(self) -> Ensemble:
        network = self.experiment.network
        rng = self.stream("weights")
        return create(self.arch, [rng], [self.label], init=network.init, output_init=network.output_init)

    def _names_to_train(self) -> list[str]:
        setting = self.experiment.training.trainable
        chosen = TRAINABLE[setting]
        names = [name for name in self.weights if name not in FIXED_WEIGHTS]
        if chosen is None:
            return names
        missing = [name for name in chosen if name not in names]
        if missing:
            raise ValueError(f"training.trainable: {setting!r} needs network.input 'separate' (no {missing[0]} here)")
        return list(chosen)

    def _tied(self) -> dict[str, Tensor]:
        """A random fraction 1 - p of the entries of every weight matrix, tied to their start value."""
        p = self.experiment.regularisers.plastic_fraction
        if p is None or p == 1:
            return {}
        rng = self.stream("tied")
        names = [name for kernel in self.cell.kernels for name in kernel]
        shapes = {name: tuple(self.weights[name].shape) for name in names}
        return {name: torch.from_numpy(rng.random(shape) >= p).to(torch.float32) for name, shape in shapes.items()}

    def _importance_at_start(self) -> Importance | None:
        """Account of each weight's importance; None where nothing depends on it."""
        sequential = self.experiment.sequential
        if sequential is None or sequential.strength == 0:
            return None
        return Importance(sequential.strength, sequential.xi, self.weights, self._trained)

    def block(self, update: int) -> Block:
        """The block of tasks that an update belongs to."""
        return next((block for block in self._blocks if update < block.end), self._blocks[-1])

    def draw(self, update: int) -> tuple[TrialRows, np.random.Generator]:
        """Trials (of one task, without noise) of an update, and the stream its noise is drawn from next."""
        rng = self.stream("update", update)
        block = self.block(update)
        task = block.tasks[int(rng.choice(len(block.tasks), p=block.probabilities))]
        trial = random_rows(task, self.experiment.schedule.batch, rng, self.coding)
        return trial, rng

    def gradient(self, update: int) -> Gradient:
        """Gradient, task loss and penalty of one batch, at the present weights.

        Parameters
        ----------
        update
            Number of the update whose task, trials and noise are drawn.
        """
        trial, rng = self.draw(update)
        return self.path.gradient(self.weights, self._trained, trial, rng, self._regulariser)

    def advance(self) -> None:
        """One update.

        Raises
        ------
        TrainingDiverged
            Loss or gradient is not finite; the weights are those of the update before.
        """
        block, importance = self.block(self.update), self._importance
        if importance is not None and 0 < self.update == block.start:
            importance.begin_block(self.weights)
        grads, loss, self._last_penalty = self.gradient(self.update)
        # A sum is finite only if every element is; the clip would hide an infinity but not a NaN.
        if not math.isfinite(loss + sum(float(grad.sum()) for grad in grads.values())):
            raise self.divergence(f"loss {loss} or its gradient is not finite")
        if self.experiment.training.trainable == "diagonal":
            grads["w_rec"].mul_(torch.eye(self.arch.units))  # zeros stay zero: Adam's step there is 0 / epsilon
        if importance is not None:
            grads, self._last_penalty = importance.penalise(self.weights, grads)
        # Every block gets the whole course of the rate: one over all of them would leave nothing to the last.
        rate = learning_rate(self.experiment.schedule, self.update - block.start, block.end - block.start)
        self.optimiser.step(self.weights, grads, rate)
        if importance is not None:
            importance.follow(self.weights)

    def divergence(self, what: str) -> TrainingDiverged:
        """The error that says what is no longer finite, and where."""
        schedule = self.experiment.schedule
        return TrainingDiverged(
            f"{self.experiment.name}, {self.label}: {what} at update {self.update} "
            f"({self.update * schedule.batch} trials); lower the learning rate (peak {schedule.rate}) "
            "or check the regularisers"
        )

    def _is_finite(self, found: Mapping[str, Performance]) -> bool:
        weights = all(bool(torch.isfinite(weight).all()) for weight in self.weights.values())
        return weights and math.isfinite(sum(p.loss for p in found.values()))

    def evaluate(self) -> dict[str, Performance]:
        """Performance and loss per trained task; adds rows to the history.

        Raises
        ------
        TrainingDiverged
            A loss or a weight is not finite; the history stays as it was.
        """
        size = self.experiment.training.evaluation_trials
        weights = {name: weight.detach() for name, weight in self.weights.items()}
        found: dict[str, Performance] = {}
        for task in self._tasks:
            rng = self.stream("evaluation", self.update, task)
            found[task] = evaluate_task(self.path, weights, task, rng, self.coding, size.repetitions, size.batch)
        self.record(found)
        return found

    def record(self, found: Mapping[str, Performance]) -> None:
        """Add an evaluation at the present weights to the history.

        Raises
        ------
        TrainingDiverged
            A loss or a weight is not finite; the history stays as it was.
        """
        if not self._is_finite(found):
            raise self.divergence("a loss or a weight is not finite at the evaluation")
        trials = self.update * self.experiment.schedule.batch
        self.rows += history.rows(self.update, trials, self.wall_s, self._last_penalty, found, self._tasks)

    def progress(self, found: Mapping[str, Performance]) -> Progress:
        """Where the training stands, given the last evaluation."""
        batch = self.experiment.schedule.batch
        scores = {task: p.performance for task, p in found.items()}
        worst = min(scores, key=lambda task: scores[task])
        return Progress(
            updates=self.update,
            n_updates=self.n_updates,
            trials=self.update * batch,
            trials_total=self.n_updates * batch,
            wall_s=self.wall_s,
            mean_performance=float(np.mean(list(scores.values()))),
            min_performance=scores[worst],
            worst_task=worst,
        )

    def reached_target(self, progress: Progress) -> bool:
        """Whether the minimum (or mean) performance exceeds the target."""
        training = self.experiment.training
        reached = progress.min_performance if training.target_statistic == "min" else progress.mean_performance
        return reached > training.target

    def run(self, at_evaluation: Callable[[Progress], None], at_update: Callable[[], None] | None = None) -> Progress:
        """Train to the limit or the target, evaluating as each block begins, every ``evaluate_every`` and at the end.

        Parameters
        ----------
        at_evaluation
            Called after each evaluation, for log, status and checkpoint.
        at_update
            Called after each update, as a sign of life.
        """
        every = self.experiment.training.evaluate_every
        begun = time.perf_counter() - self.wall_s
        report = None
        while True:
            done = self.update == self.n_updates
            if done or self.update % every == 0 or self.update == self.block(self.update).start:
                self.wall_s = time.perf_counter() - begun
                # A resumed training has evaluated its checkpoint already.
                if not self.is_evaluated():
                    report = self.progress(self.evaluate())
                    at_evaluation(report)
                else:
                    report = self.progress(self.last_evaluation())
                if done or self.reached_target(report):
                    return report
            self.advance()
            if at_update is not None:
                at_update()

    def is_evaluated(self) -> bool:
        """Whether the last evaluation was at the present weights."""
        return bool(self.rows) and self.rows[-1][0] == self.update

    def last_evaluation(self) -> dict[str, Performance]:
        """Performance and loss per task at the last evaluation."""
        rows = [dict(zip(history.NUMBERS, row, strict=True)) for row in self.rows if row[0] == self.rows[-1][0]]
        return {self._tasks[int(row["task"])]: Performance(row["performance"], row["loss"]) for row in rows}

    def checkpoint(self) -> Checkpoint:
        """The present state."""
        account = {} if self._importance is None else self._importance.state()
        memory = self.optimiser.memory
        return Checkpoint(dict(self.weights), memory, self.update, self.wall_s, self.rows, account)

    def restore(self, state: Checkpoint) -> None:
        """Go on from a checkpoint of the same experiment and label."""
        self.weights = {name: state.weights[name].clone() for name in self.weights}
        self.optimiser = self._optimiser(state.memory, self.earlier + state.update)
        self.wall_s = state.wall_s
        self.rows = [list(row) for row in state.history]
        if self._importance is not None:
            self._importance.restore(state.importance)

    def adopt(self, state: Checkpoint, penalty: float) -> None:
        """Take over what another trainer computed for this network; its tensors are not copied.

        Parameters
        ----------
        state
            Weights, moments, number of updates and seconds; the history is this trainer's own.
        penalty
            Penalty of the last batch trained on.
        """
        self.weights = state.weights
        self.optimiser = self._optimiser(state.memory, self.earlier + state.update)
        self.wall_s = state.wall_s
        self._last_penalty = penalty

    def ensemble(self, metadata: dict[str, Any]) -> Ensemble:
        """The network in its present state, as an ensemble of one."""
        weights = {name: weight.detach().clone()[None] for name, weight in self.weights.items()}
        return replace(Ensemble(self.arch, weights, (self.label,)), metadata=metadata)
