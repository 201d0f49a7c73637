"""Adam in a fixed random rotation of the units: a control for steps along the axes.

Adam (Kingma & Ba 2015) scales each weight's step by that weight's own gradients, so that its steps depend on the
coordinates in which the units are written. Here those are the coordinates of units turned by a random orthogonal
matrix R (Haar measure; Mezzadri 2007), which a network draws once. With rates h' = h R the weights of the leaky RNN are

    W_rec' = R^T W_rec R,   W_in' = W_in R,   b' = b R,   W_out' = R^T W_out

and gradients turn in the same way. Adam's moments, its clipping and its steps are those of the turned gradients; the
step is turned back. With R = I it is Adam; for any R it takes the steps that Adam would take on the turned weights.
Of a gated cell every block of columns that belongs to the units is turned alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from replicortex.networks.initial import random_orthogonal
from replicortex.networks.products import choose_product_route
from replicortex.training.layout import Layout
from replicortex.training.optimiser import EVERY, Adam, clipped, folded_rate, update_moments

READOUT = ("w_out", "b_out")  # their columns are outputs and no units


@dataclass
class RotatedAdam(Adam):
    """Moments of the trainable weights of one network, in turned coordinates.

    Attributes
    ----------
    schedule
        Rates and constants.
    memory
        Adam's moments of the turned weights; "rotation" has R (unit, unit), which stays with them.
    count
        Number of updates done.
    layout
        Which rows and columns are units, and the stream that R is drawn from.
    """

    layout: Layout = field(default_factory=Layout)

    def __post_init__(self) -> None:
        choose_product_route()

    def step(self, weights: Mapping[str, Tensor], grads: Mapping[str, Tensor], rate: float) -> None:
        """One update, in place, of the weights that have a gradient."""
        s = self.schedule
        self.count += 1
        folded = folded_rate(s, rate, self.count)
        with torch.no_grad():
            for name, grad in grads.items():
                weight = weights[name]
                rotation = self._rotation(weight)
                first, second = self.moments(name, weight)
                update_moments(first, second, clipped(s, self._turned(name, grad, rotation)), s)
                step = first / second.sqrt().add_(s.epsilon)
                weight.sub_(self._turned(name, step, rotation.T), alpha=folded)

    def _rotation(self, like: Tensor) -> Tensor:
        """R, drawn before the first update."""
        group = self.group("rotation")
        if EVERY not in group:
            assert self.layout.stream is not None, "a rotation is drawn from a network's stream"
            drawn = random_orthogonal(self.layout.stream(), self.layout.units)
            group[EVERY] = torch.from_numpy(drawn).to(like.dtype)
        return group[EVERY]

    def _turned(self, name: str, values: Tensor, rotation: Tensor) -> Tensor:
        """A weight's gradient, or step, in coordinates turned by a rotation; the values themselves are left alone."""
        n = self.layout.units
        if name in self.layout.outgoing:
            above, own = values.split([len(values) - n, n])
            own = rotation.T @ own
            values = torch.cat([above, own]) if len(above) else own
        if name in READOUT:
            return values.clone() if values.ndim == 1 else values
        return (values.reshape(-1, n) @ rotation).reshape(values.shape)
