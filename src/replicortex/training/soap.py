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

from collections.abc import Iterator, Mapping, Sequence
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

    Attributes
    ----------
    schedule
        Rates and constants.
    memory
        Adam's moments, those of a matrix (n, m) in the coordinates of its bases; of matrices also "left" and
        "left_basis" (n, n), "right" and "right_basis" (m, m). A matrix of several weights goes by their names with a +
        between them.
    count
        Number of updates done.
    matrices
        Names of weights that share their columns and are taken as one matrix, one below the other, such as those from
        the inputs and from the units onto the units; any other weight is a matrix by itself.
    """

    matrices: Sequence[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        choose_product_route()

    def step(self, weights: Mapping[str, Tensor], grads: Mapping[str, Tensor], rate: float) -> None:
        """One update, in place, of the weights that have a gradient; the gradients may be clipped in place."""
        super().step(weights, {name: grad for name, grad in grads.items() if grad.ndim < 2}, rate)
        folded = folded_rate(self.schedule, rate, self.count)
        with torch.no_grad():
            for names in self._joined([name for name, grad in grads.items() if grad.ndim == 2]):
                grad = clipped(self.schedule, torch.cat([grads[name] for name in names]))
                change = self._change("+".join(names), grad)
                for name, part in zip(names, change.split([len(grads[name]) for name in names]), strict=True):
                    weights[name].sub_(part, alpha=folded)

    def _joined(self, present: Sequence[str]) -> Iterator[tuple[str, ...]]:
        """The matrices that the weights present make up, in the order of those weights."""
        done: set[str] = set()
        for name in present:
            if name not in done:
                whole = next((names for names in self.matrices if name in names), (name,))
                joined = tuple(each for each in whole if each in present)
                done.update(joined)
                yield joined

    def _change(self, key: str, grad: Tensor) -> Tensor:
        """By what a matrix falls at a folded rate of 1."""
        s = self.schedule
        first, second = self.moments(key, grad)
        for (average, _), g in zip(SIDES, (grad, grad.T), strict=True):
            mean = self.group(average).setdefault(key, grad.new_zeros(len(g), len(g)))
            mean.addmm_(g, g.T, beta=s.precondition_decay, alpha=1.0 - s.precondition_decay)
        if self.count % s.precondition_every == 0:
            first.copy_(self._turn(key, first))
        p, q = self.group("left_basis").get(key), self.group("right_basis").get(key)
        if p is None or q is None:
            update_moments(first, second, grad, s)
            return first / second.sqrt().add_(s.epsilon)
        update_moments(first, second, p.T @ grad @ q, s)
        return p @ (first / second.sqrt().add_(s.epsilon)) @ q.T

    def _turn(self, key: str, first: Tensor) -> Tensor:
        """Bring the bases up to date; returns the first moment in their coordinates."""
        turns = []
        for average, basis in SIDES:
            mean, before = self.group(average)[key], self.group(basis).get(key)
            if before is None:  # all at once, the largest first: the order that the iteration keeps
                after = turn = torch.linalg.eigh(mean)[1].flip(1)
            else:
                after = torch.linalg.qr(mean @ before)[0]
                turn = before.T @ after
            self.group(basis)[key] = after
            turns.append(turn)
        return turns[0].T @ first @ turns[1]
