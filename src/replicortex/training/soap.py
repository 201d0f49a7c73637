"""SOAP: Adam in the eigenbasis of the gradients (Vyas et al. 2024, arXiv:2409.11321, algorithm 3).

For a weight matrix W with clipped gradient G the averages

    L <- c L + (1 - c) G G^T,   R <- c R + (1 - c) G^T G

have the eigenvectors P and Q. Adam runs on the gradient in their coordinates, and its step is turned back:

    G' = P^T G Q,   m <- b1 m + (1 - b1) G',   v <- b2 v + (1 - b2) G'^2
    W <- W - rate sqrt(1 - b2^n) / (1 - b1^n) * P (m / (sqrt(v) + epsilon)) Q^T

Every ``precondition_every`` updates the bases follow the averages, by one step of orthogonal iteration, and m is turned
with them. Before the first such turn P and Q are the identity: those updates are Adam's, as are all of the biases.

Two things differ from the paper: m is kept in the coordinates of the bases, which comes to the same and saves two
products, and Adam's corrections for its start are those of the program of the twenty tasks (``training.optimiser``).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from replicortex.networks.products import choose_product_route
from replicortex.training.optimiser import Adam, clipped, folded_rate, update_moments

# What is remembered of the rows, and of the columns, of a matrix: the average L or R, and its eigenvectors P or Q.
SIDES = (("left", "left_basis"), ("right", "right_basis"))


@dataclass
class Soap(Adam):
    """What SOAP remembers of the trainable weights of one network.

    Attributes:
        schedule: rates and constants.
        memory: Adam's moments, those of a matrix (n, m) in the coordinates of its bases; of matrices also "left" and
            "left_basis" (n, n), "right" and "right_basis" (m, m).
        count: updates done.
    """

    def __post_init__(self) -> None:
        choose_product_route()

    def step(self, weights: Mapping[str, Tensor], grads: Mapping[str, Tensor], rate: float) -> None:
        """One update, in place, of the weights that have a gradient; the gradients are clipped in place."""
        super().step(weights, {name: grad for name, grad in grads.items() if grad.ndim < 2}, rate)
        folded = folded_rate(self.schedule, rate, self.count)
        with torch.no_grad():
            for name, grad in grads.items():
                if grad.ndim == 2:
                    self._step_matrix(name, weights[name], clipped(self.schedule, grad), folded)

    def _step_matrix(self, name: str, weight: Tensor, grad: Tensor, folded: float) -> None:
        s = self.schedule
        first, second = self.moments(name, weight)
        for (average, _), g in zip(SIDES, (grad, grad.T), strict=True):
            mean = self.group(average).setdefault(name, weight.new_zeros(len(g), len(g)))
            mean.addmm_(g, g.T, beta=s.precondition_decay, alpha=1.0 - s.precondition_decay)
        if self.count % s.precondition_every == 0:
            first.copy_(self._turn(name, first))
        if name not in self.group("left_basis"):
            update_moments(first, second, grad, s)
            weight.addcdiv_(first, second.sqrt().add_(s.epsilon), value=-folded)
            return
        p, q = self.group("left_basis")[name], self.group("right_basis")[name]
        update_moments(first, second, p.T @ grad @ q, s)
        weight.addmm_(p @ (first / second.sqrt().add_(s.epsilon)), q.T, alpha=-folded)

    def _turn(self, name: str, first: Tensor) -> Tensor:
        """Bring the bases up to date; returns the first moment in their coordinates."""
        turns = []
        for average, basis in SIDES:
            mean, before = self.group(average)[name], self.group(basis).get(name)
            if before is None:  # all at once, the largest first: the order that the iteration keeps
                after = turn = torch.linalg.eigh(mean)[1].flip(1)
            else:
                after = torch.linalg.qr(mean @ before)[0]
                turn = before.T @ after
            self.group(basis)[name] = after
            turns.append(turn)
        return turns[0].T @ first @ turns[1]


OPTIMISERS = {"adam": Adam, "soap": Soap}
MEMORY = ("first", "second", *(name for side in SIDES for name in side))  # every group that an optimiser may have
