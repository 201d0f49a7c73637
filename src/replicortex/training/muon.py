"""Muon: momentum made orthogonal, for matrices (Jordan et al. 2024, "Muon: an optimizer for hidden layers").

    M <- momentum M + G,   U = G + momentum M
    W <- W - rate 0.2 sqrt(max(n, m)) O,   O close to the orthogonal factor of U

for a matrix W (n, m) with clipped gradient G. The factor is that of Liu et al. 2025 (arXiv:2502.16982, section 2.2),
by which the step is about as large as Adam's, so that one rate serves both: biases are Adam's. O comes from five
Newton-Schulz steps from X = U / |U|,

    X <- a X + (b A + c A A) X,   A = X X^T,   (a, b, c) = (3.4445, -4.7750, 2.0315)

which bring every singular value of U that is not tiny to about 1 (0.7 to 1.2) and leave its vectors as they are. So its
steps do not depend on the coordinates of the units, but for the clipping.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from replicortex.networks.products import choose_product_route
from replicortex.training.optimiser import Adam, clipped

A, B, C = 3.4445, -4.7750, 2.0315
STEPS = 5
LIKE_ADAM = 0.2  # root mean square of an update of Adam at a rate of 1


def orthogonalised(matrix: Tensor) -> Tensor:
    """About the orthogonal factor of a matrix (n, m): its singular values become about 1, zeros stay zero."""
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x = wide / (wide.norm() + 1e-30)
    for _ in range(STEPS):
        a = x @ x.T
        x = torch.addmm(x, torch.addmm(a, a, a, beta=B, alpha=C), x, beta=A)
    return x if wide is matrix else x.T


@dataclass
class Muon(Adam):
    """Momentum of matrices, the group "first" of the memory, and Adam's moments of biases."""

    def __post_init__(self) -> None:
        choose_product_route()

    def step(self, weights: Mapping[str, Tensor], grads: Mapping[str, Tensor], rate: float) -> None:
        """One update, in place, of the weights that have a gradient; the gradients are clipped in place."""
        super().step(weights, {name: grad for name, grad in grads.items() if grad.ndim < 2}, rate)
        s, momenta = self.schedule, self.group("first")
        with torch.no_grad():
            for name, grad in grads.items():
                if grad.ndim == 2:
                    momentum = momenta.setdefault(name, torch.zeros_like(weights[name]))
                    grad = clipped(s, grad)
                    momentum.mul_(s.momentum).add_(grad)
                    scale = LIKE_ADAM * math.sqrt(max(grad.shape))
                    weights[name].sub_(orthogonalised(grad.add(momentum, alpha=s.momentum)), alpha=rate * scale)
