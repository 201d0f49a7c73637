"""Gradient descent with momentum (Polyak 1964; in the form of Sutskever et al. 2013 that PyTorch has).

    m <- momentum m + g,   theta <- theta - rate m

with g clipped element by element. Unlike Adam's, its steps do not depend on the coordinates of the units, but for the
clipping.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from replicortex.training.optimiser import Adam, clipped


@dataclass
class Sgd(Adam):
    """Momentum of the trainable weights of one network, the group "first" of the memory."""

    def step(self, weights: Mapping[str, Tensor], grads: Mapping[str, Tensor], rate: float) -> None:
        """One update, in place, of the weights that have a gradient; the gradients are clipped in place."""
        s, momenta = self.schedule, self.group("first")
        self.count += 1
        with torch.no_grad():
            for name, grad in grads.items():
                momentum = momenta.setdefault(name, torch.zeros_like(weights[name]))
                momentum.mul_(s.momentum).add_(clipped(s, grad))
                weights[name].sub_(momentum, alpha=rate)
