"""Adam as the authors' program ran it, and the two shapes of the learning rate.

TensorFlow's form of Adam (Kingma & Ba 2015, the note before section 2.1): bias corrections are folded into the
rate and epsilon stands outside them,

    m <- b1 m + (1 - b1) g,   v <- b2 v + (1 - b2) g^2
    theta <- theta - rate sqrt(1 - b2^n) / (1 - b1^n) * m / (sqrt(v) + epsilon)

with g clipped element by element to [-clip, clip] and n the number of the update, from 1.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from replicortex.config.schema import Schedule

Memory = dict[str, dict[str, Tensor]]  # by group, then by weight name
EVERY = "*"  # in place of a weight's name: what is of all weights together


def learning_rate(schedule: "Schedule", update: int, n_updates: int) -> float:
    """Rate of update number ``update`` (from 0) of ``n_updates``.

    A linear rise over ``warmup`` updates; then constant (decay "none"), or half a cosine from the peak to 0
    at the end (decay "cosine").
    """
    if update < schedule.warmup:
        return schedule.rate * (update + 1) / schedule.warmup
    if schedule.decay == "none":
        return schedule.rate
    progress = (update - schedule.warmup) / max(1, n_updates - schedule.warmup)
    return schedule.rate * 0.5 * (1.0 + math.cos(math.pi * progress))


@dataclass
class Adam:
    """Moments of the trainable weights of one network.

    Attributes
    ----------
    schedule
        Rates and constants.
    memory
        Groups "first" and "second", moments by weight name, same shapes as the weights.
    count
        Number of updates done.
    """

    schedule: "Schedule"
    memory: Memory = field(default_factory=dict)
    count: int = 0

    def step(self, weights: Mapping[str, Tensor], grads: Mapping[str, Tensor], rate: float) -> None:
        """One update, in place, of the weights that have a gradient; the gradients are clipped in place."""
        s = self.schedule
        self.count += 1
        folded = folded_rate(s, rate, self.count)
        with torch.no_grad():
            for name, grad in grads.items():
                weight = weights[name]
                first, second = self.moments(name, weight)
                update_moments(first, second, clipped(s, grad), s)
                weight.addcdiv_(first, second.sqrt().add_(s.epsilon), value=-folded)

    def group(self, name: str) -> dict[str, Tensor]:
        """One group of the memory, by weight name; empty until something is put there."""
        return self.memory.setdefault(name, {})

    def moments(self, name: str, weight: Tensor) -> tuple[Tensor, Tensor]:
        """First and second moment of a weight, zeros before its first update."""
        groups = self.group("first"), self.group("second")
        for group in groups:
            if name not in group:
                group[name] = torch.zeros_like(weight)
        return groups[0][name], groups[1][name]


def folded_rate(schedule: "Schedule", rate: float, count: int) -> float:
    """The rate of update number ``count`` (from 1) with both bias corrections folded into it."""
    return rate * math.sqrt(1.0 - schedule.beta2**count) / (1.0 - schedule.beta1**count)


def clipped(schedule: "Schedule", grad: Tensor) -> Tensor:
    """A gradient with each element clipped, in place."""
    return grad if schedule.clip is None else grad.clamp_(-schedule.clip, schedule.clip)


def update_moments(first: Tensor, second: Tensor, grad: Tensor, schedule: "Schedule") -> None:
    """Take one gradient into the moments, in place."""
    first.lerp_(grad, 1.0 - schedule.beta1)
    second.mul_(schedule.beta2).addcmul_(grad, grad, value=1.0 - schedule.beta2)


def step_many(
    schedule: "Schedule",
    weight: Tensor,
    first: Tensor,
    second: Tensor,
    grad: Tensor,
    rate: Tensor,
    moving: Tensor,
) -> None:
    """One update of one weight of many networks, in place; networks that do not move keep every bit.

    Parameters
    ----------
    schedule
        Constants of the optimiser.
    weight, first, second, grad
        (network, ...); the gradient is clipped in place.
    rate
        (network,) tensor of `folded_rate`, so that a recorded update can be run again with another rate.
    moving
        (network,) bool, whether a network moves.
    """
    moving, rate = (each.view(-1, *[1] * (weight.ndim - 1)) for each in (moving, rate))
    before = first.clone(), second.clone()
    update_moments(first, second, clipped(schedule, grad), schedule)
    # Chosen and not multiplied by 0: the gradient of a network that has diverged is not a number.
    torch.where(moving, first, before[0], out=first)
    torch.where(moving, second, before[1], out=second)
    step = (first / second.sqrt().add_(schedule.epsilon)).mul_(rate)
    weight.sub_(step.masked_fill_(moving.logical_not(), 0.0))
