"""Tasks in blocks, one after the other, and the importance of each weight for those already learnt.

Zenke, Poole & Ganguli (2017), "Continual learning through synaptic intelligence", in the form of Yang et al. (2019).
theta is every weight and bias that learns, g the gradient of the task loss alone, not clipped:

    omega  <- omega - g (theta_new - theta_old)               after every update; 0 when a block begins
    Omega  <- max(0, Omega + omega / (Delta^2 + xi))          when a block ends, Delta its change of theta
    penalty = c sum Omega (theta - anchor)^2                  anchor: theta when the present block began

There is no penalty in the first block.  Adam's moments run on from block to block.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from replicortex.config.experiment import Experiment

Named = dict[str, Tensor]


@dataclass(frozen=True)
class Block:
    """A stretch of a training.

    Attributes
    ----------
    start, end
        Its first update, and the first after it.
    tasks
        Tasks that are trained.
    probabilities
        Probability of each task, per update.
    """

    start: int
    end: int
    tasks: tuple[str, ...]
    probabilities: tuple[float, ...]


def blocks_of(experiment: "Experiment") -> tuple[Block, ...]:
    """The blocks of a training in order; a single one where all tasks are mixed."""
    tasks, sequential = experiment.tasks, experiment.sequential
    if sequential is None:
        return (Block(0, experiment.updates, tuple(tasks.train), tuple(tasks.probabilities.values())),)
    starts = experiment.block_starts
    edges = zip(starts, [*starts[1:], experiment.updates], sequential.blocks, strict=True)
    return tuple(Block(start, end, tuple(block), (1.0 / len(block),) * len(block)) for start, end, block in edges)


class Importance:
    """Account of what each weight has contributed to lowering the loss, and the penalty that follows from it.

    Parameters
    ----------
    strength
        c, the strength of the penalty.
    xi
        Damping, which keeps the importance of a weight that has hardly moved finite.
    weights
        Weights at the start, by name.
    trained
        Names of the weights that learn.
    """

    def __init__(self, strength: float, xi: float, weights: Mapping[str, Tensor], trained: Sequence[str]) -> None:
        self.strength, self.xi = strength, xi
        self.anchor = _copies({name: weights[name] for name in trained})
        self.contribution = {name: torch.zeros_like(weight) for name, weight in self.anchor.items()}  # omega
        self.importance: Named = {}  # Omega; empty in the first block
        self._gradient: Mapping[str, Tensor] = {}
        # Kept from update to update: memory of this size would be given back to the system and fetched again each time.
        self._before, self._change, self._pull = (
            {name: torch.empty_like(weight) for name, weight in self.anchor.items()} for _ in range(3)
        )

    @torch.no_grad()
    def begin_block(self, weights: Mapping[str, Tensor]) -> None:
        """Take what the block that ends has contributed into the importance, and hold to the present weights."""
        for name, anchor in self.anchor.items():
            change = weights[name] - anchor
            grown = self.contribution[name] / change.square_().add_(self.xi)
            if name in self.importance:
                grown += self.importance[name]
            self.importance[name] = grown.clamp_(min=0.0)
            self.contribution[name].zero_()
            anchor.copy_(weights[name])

    @torch.no_grad()
    def penalise(self, weights: Mapping[str, Tensor], gradients: Mapping[str, Tensor]) -> tuple[Named, float]:
        """Gradient of task loss and penalty from that of the task loss, and the penalty at these weights.

        Call before a step; until `follow` is called after it, ``gradients`` must stay as they are.

        Returns
        -------
        tuple[Named, float]
            Gradients that may be overwritten, until the next call; the penalty.
        """
        self._gradient, penalty = gradients, 0.0
        for name, gradient in gradients.items():
            self._before[name].copy_(weights[name])
            change, pull = self._change[name], self._pull[name]
            if name in self.importance:
                torch.sub(weights[name], self.anchor[name], out=change)
                torch.mul(self.importance[name], change, out=pull)
                penalty += self.strength * float(torch.dot(pull.view(-1), change.view(-1)))
                torch.add(gradient, pull, alpha=2.0 * self.strength, out=pull)
            else:
                pull.copy_(gradient)
        return self._pull, penalty

    @torch.no_grad()
    def follow(self, weights: Mapping[str, Tensor]) -> None:
        """Credit the step just taken; call after it."""
        for name, gradient in self._gradient.items():
            step = torch.sub(weights[name], self._before[name], out=self._before[name])
            self.contribution[name].addcmul_(gradient, step, value=-1.0)

    def state(self) -> dict[str, Named]:
        """All that the account consists of, by the names that `restore` takes."""
        return {"anchor": self.anchor, "contribution": self.contribution, "importance": self.importance}

    def restore(self, state: Mapping[str, Mapping[str, Tensor]]) -> None:
        """Go on from a state that `state` gave."""
        self.anchor, self.contribution = _copies(state["anchor"]), _copies(state["contribution"])
        self.importance = _copies(state.get("importance", {}))


def _copies(named: Mapping[str, Tensor]) -> Named:
    return {name: tensor.detach().clone() for name, tensor in named.items()}
