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

    Attributes:
        schedule: rates and constants.
        first, second: moments by weight name, same shapes as the weights.
        count: updates done.
    """

    schedule: "Schedule"
    first: dict[str, Tensor] = field(default_factory=dict)
    second: dict[str, Tensor] = field(default_factory=dict)
    count: int = 0

    def step(self, weights: Mapping[str, Tensor], grads: Mapping[str, Tensor], rate: float) -> None:
        """One update, in place, of the weights that have a gradient; the gradients are clipped in place."""
        s = self.schedule
        self.count += 1
        folded = rate * math.sqrt(1.0 - s.beta2**self.count) / (1.0 - s.beta1**self.count)
        with torch.no_grad():
            for name, grad in grads.items():
                weight = weights[name]
                first = self.first.setdefault(name, torch.zeros_like(weight))
                second = self.second.setdefault(name, torch.zeros_like(weight))
                if s.clip is not None:
                    grad.clamp_(-s.clip, s.clip)
                first.lerp_(grad, 1.0 - s.beta1)
                second.mul_(s.beta2).addcmul_(grad, grad, value=1.0 - s.beta2)
                weight.addcdiv_(first, second.sqrt().add_(s.epsilon), value=-folded)
