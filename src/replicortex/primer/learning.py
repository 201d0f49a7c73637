"""How a network of the primer learns: a loss, an optimiser, a loop. Everything in one sitting."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from replicortex import random_streams
from replicortex.errors import choose
from replicortex.primer.context import ContextDecision
from replicortex.primer.network import Network
from replicortex.primer.tasks import task_of
from replicortex.primer.trials import Task, Trials
from replicortex.shown import short_repr

if TYPE_CHECKING:
    from replicortex.config.primer import PrimerExperiment
    from replicortex.config.primer_schema import PrimerTraining

OPTIMISERS: dict[str, type[torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "rmsprop": torch.optim.RMSprop,
    "sgd": torch.optim.SGD,
}
LOSSES = ("cross_entropy", "l1", "l2")
CURVE = ("update", "task_loss", "rate_cost", "weight_cost", "wiring_cost", "accuracy")
HISTORY = ("updates", "trials", "task", "loss", "regulariser", "performance")


class Diverged(RuntimeError):
    """The loss is no longer a finite number."""


def task_loss(name: str, outputs: Tensor, targets: Tensor, mask: Tensor | None = None) -> Tensor:
    """Mean over all steps and trials: cross-entropy of the softmax, or absolute (l1) or squared (l2) error.

    Parameters
    ----------
    name
        "cross_entropy", "l1" or "l2"; the errors are means over outputs as well.
    outputs : (time, trial, output)
    targets : (time, trial, output), or (time, trial) integers
        For the cross-entropy probabilities, here 0 or 1, or the number of the output that should be the largest.
    mask : (time, trial), optional
        Weight of each step; the mean is over all of them.

    Raises
    ------
    ValueError
        An unknown name, or targets or a mask of another shape than the outputs ask for.
    """
    choose(name, LOSSES, "loss")
    integers = targets.ndim == 2 and not targets.is_floating_point()
    if integers and name == "cross_entropy" and targets.shape == outputs.shape[:2]:
        targets = nn.functional.one_hot(targets, outputs.shape[-1]).to(outputs)
    elif targets.shape != outputs.shape:
        told = f"targets: shape {tuple(targets.shape)} does not go with outputs of shape {tuple(outputs.shape)}"
        able = " or, for cross_entropy, integers (time, trial)" if name == "cross_entropy" else ""
        raise ValueError(f"{told}; give (time, trial, output){able}")
    if mask is not None and mask.shape != outputs.shape[:2]:
        raise ValueError(f"mask: shape {tuple(mask.shape)} is not (time, trial), {tuple(outputs.shape[:2])}")
    if name == "cross_entropy":
        each = -(targets * outputs.log_softmax(-1)).sum(-1)
    else:
        error = outputs - targets
        each = error.abs() if name == "l1" else error.square()
    if mask is None:
        return each.mean()
    return ((each if name == "cross_entropy" else each.mean(-1)) * mask).sum() / mask.sum()


def mask_of(trials: Trials, training: "PrimerTraining") -> Tensor | None:
    """(time, trial) weight of each step in the loss: the trials' own, times those of the periods; None: all alike."""
    if not training.period_weights:
        return None if trials.mask is None else torch.from_numpy(trials.mask)
    weights = np.ones(trials.inputs.shape[:2], np.float32) if trials.mask is None else trials.mask.copy()
    for period, weight in training.period_weights.items():
        weights[trials.during(period)] *= weight
    return torch.from_numpy(weights)


def costs(network: Network, rates: Tensor, training: "PrimerTraining") -> dict[str, Tensor]:
    """What is added to the task loss, by name; 0 where its strength is 0.

    rate_cost    l1_rates sum over trials, time and units of |r|, and l2_rates mean of r^2
    weight_cost  l1_parameters sum of |p| over all parameters, biases and read-out included (the text's version)
    wiring_cost  wiring sum of |w_ij| times the distance between units i and j
    """
    zero = rates.new_zeros(())
    size = torch.stack([p.abs().sum() for p in network.parameters()]).sum() if training.l1_parameters else zero
    wire = (network.w_rec.abs() * network.distances).sum() if training.wiring else zero
    rate = training.l1_rates * rates.abs().sum() if training.l1_rates else zero
    return {
        "rate_cost": rate + training.l2_rates * rates.square().mean() if training.l2_rates else rate,
        "weight_cost": training.l1_parameters * size,
        "wiring_cost": training.wiring * wire,
    }


def soft_threshold(optimiser: torch.optim.Optimizer, strength: float, rate: float) -> None:
    """The proximal step of an L1 cost after a step of Adam: p <- sign(p) max(|p| - t, 0), which leaves exact zeros.

    Adam divides the gradient of each parameter by the root of its second moment v; so that the cost weighs against the
    task as it does in the gradient, the threshold is divided likewise: t = rate strength / (sqrt(v) + epsilon)
    (the proximal operator in Adam's own metric; Yun, Lozano & Yang 2021).
    """
    with torch.no_grad():
        for group in optimiser.param_groups:
            for p in group["params"]:
                state = optimiser.state[p]
                v = state["exp_avg_sq"] / (1 - group["betas"][1] ** float(state["step"]))
                threshold = rate * strength / (v.sqrt() + group["eps"])
                p.copy_(p.sign() * (p.abs() - threshold).clamp_(min=0))


@short_repr
@dataclass
class Learner:
    """One network that learns; can stop after any update and go on from there to the same bits.

    Every update draws trials and noise from a stream of its own number.

    Parameters
    ----------
    experiment
        Settings of one condition.
    label
        The network's name; names its random streams.
    stages
        Tasks to be learnt one after the other, as a curriculum; by default those of the settings.
    """

    experiment: "PrimerExperiment"
    label: str
    curve: list[list[float]] = field(default_factory=list)
    history: list[list[Any]] = field(default_factory=list)
    update: int = 0
    stages: Sequence[Task] = ()

    def __post_init__(self) -> None:
        self.stages = self.stages or stages_of(self.experiment)
        self.task = self.stages[-1]
        self.network = network_of(self.experiment, self.label, self.task)
        training = self.experiment.training
        frozen = ("w_in", "w_rec", "b_rec") if training.trainable == "output" else training.frozen
        still = {id(p) for kind in frozen for p in self.network.matrices()[kind]}
        learnt = [p for p in self.network.parameters() if id(p) not in still]
        self.optimiser = OPTIMISERS[training.optimiser](learnt, lr=training.rate)  # type: ignore[call-arg]

    @property
    def stage(self) -> int:
        """Which of the stages is being learnt: each ends at an evaluation in which enough is right."""
        stage, limit = 0, self.experiment.training.curriculum_at
        for row in self.history:
            if stage < len(self.stages) - 1 and row[2] == f"stage {stage + 1}" and row[-1] >= limit:
                stage += 1
        return stage

    def task_at(self, update: int) -> Task:
        """The task of an update: that of the stage; where there are second contexts, theirs in the second half."""
        if len(self.stages) > 1:
            return self.stages[self.stage]
        second = self.experiment.training.second_contexts
        if second is None or update < self.experiment.training.updates // 2:
            return self.task
        assert isinstance(self.task, ContextDecision)
        return replace(self.task, contexts=tuple(second))

    def tasks(self) -> dict[str, Task]:
        """Name -> task at each evaluation: one, all stages, or both contexts where they are learnt one by one."""
        if len(self.stages) > 1:
            easier = {f"stage {i}": task for i, task in enumerate(self.stages[:-1], start=1)}
            return easier | {self.experiment.task.name: self.task}
        if self.experiment.training.second_contexts is None:
            return {self.experiment.task.name: self.task}
        last = self.experiment.training.updates
        return {"first context": self.task, "second context": self.task_at(last)}

    def trials(self, task: Task, n: int, *purpose: str | int) -> tuple[Trials, torch.Generator]:
        """Trials and the source of recurrent noise, of a stream named by its purpose."""
        rng = random_streams.generator(self.experiment.name, self.label, *purpose)
        return task.draw(n, rng), torch.Generator().manual_seed(int(rng.integers(2**63)))

    def advance(self) -> None:
        """One update: draw, run, compare, step.

        Raises
        ------
        Diverged
            The loss is not finite; the weights are those of the update before.
        """
        training = self.experiment.training
        trials, noise = self.trials(self.task_at(self.update), training.batch, "update", self.update)
        outputs, rates = self.network(torch.from_numpy(trials.inputs), noise)
        targets, mask = torch.from_numpy(trials.targets), mask_of(trials, training)
        loss = task_loss(training.loss, outputs, targets, mask)
        extra = costs(self.network, rates, training)
        proximal = training.l1_by == "proximal"
        total = loss + sum(cost for name, cost in extra.items() if not (proximal and name == "weight_cost"))
        if not torch.isfinite(total):
            where = f"{self.experiment.name}, {self.label}: loss {total.item()} at update {self.update}"
            raise Diverged(f"{where}; lower training.rate ({training.rate:g}) or the costs")
        self.optimiser.zero_grad()
        total.backward()
        self.optimiser.step()
        if proximal and training.l1_parameters:
            soft_threshold(self.optimiser, training.l1_parameters, training.rate)
        right = self.task.choices(outputs.detach().numpy(), trials) == trials.truth
        parts = [loss.item(), *(cost.item() for cost in extra.values())]
        self.curve.append([self.update, *parts, float(right.mean())])
        self.update += 1

    def evaluate(self) -> float:
        """Performance on fresh noisy trials of each task; adds rows to the history, returns the smallest."""
        training = self.experiment.training
        found = []
        for name, task in self.tasks().items():
            trials, noise = self.trials(task, training.evaluation_trials, "evaluation", self.update, name)
            run = self.network.run(trials.inputs, noise)
            outputs, targets = torch.from_numpy(run.outputs), torch.from_numpy(trials.targets)
            loss = float(task_loss(training.loss, outputs, targets, mask_of(trials, training)))
            found.append(float((task.choices(run.outputs, trials) == trials.truth).mean()))
            regulariser = sum(self.curve[-1][2:5]) if self.curve else 0.0
            trained = self.update * training.batch
            self.history.append([self.update, trained, name, loss, regulariser, found[-1]])
        return min(found)

    def run(self, at_evaluation: Callable[["Learner", float], None] = lambda learner, performance: None) -> Network:
        """Train to the end, evaluating every so many updates and at the end."""
        training = self.experiment.training
        while True:
            done = self.update == training.updates
            evaluated = bool(self.history) and self.history[-1][0] == self.update
            if (done or self.update % training.evaluate_every == 0) and not evaluated:
                at_evaluation(self, self.evaluate())
            if done:
                return self.network
            self.advance()


def stages_of(experiment: "PrimerExperiment") -> tuple[Task, ...]:
    """The tasks of an experiment's curriculum, the last one its own; where there is no curriculum that one alone."""
    settings = experiment.task.model_dump()
    easier = [type(experiment.task).model_validate(settings | stage) for stage in experiment.training.curriculum]
    return (*(task_of(stage) for stage in easier), task_of(experiment.task))


def network_of(experiment: "PrimerExperiment", label: str, task: Task | None = None) -> Network:
    """The network before training."""
    task = task_of(experiment.task) if task is None else task
    generator = torch.Generator().manual_seed(random_streams.torch_seed(experiment.name, label, "weights"))
    lines, outputs = len(task.input_lines), len(task.output_lines)
    return Network(experiment.network, lines, outputs, task.dt, generator)


def performance(network: Network, task: Task, n_trials: int, rng: np.random.Generator, noise: bool = True) -> float:
    """Fraction correct on fresh trials, with recurrent noise or without."""
    trials = task.draw(n_trials, rng)
    source = torch.Generator().manual_seed(int(rng.integers(2**63))) if noise else None
    return float((task.choices(network.run(trials.inputs, source).outputs, trials) == trials.truth).mean())
