"""The penalties of the twenty tasks' networks: the one registry that configuration, training and methods read.

A new penalty is an entry here: its strength is then a setting of ``regularisers``. It trains no network anew that does
without it. PyTorch is imported where a penalty is computed, so that a configuration can name what there is without it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

Kernels = tuple[tuple[str, ...], ...]  # names of weight matrices; those named together count as one
Weights = Mapping[str, "Tensor"]


@dataclass(frozen=True)
class Penalty:
    """One term, which its strength times its factor multiplies.

    Attributes
    ----------
    about
        What the strength multiplies, for the description of the setting.
    sentence
        The same for the methods of a paper.
    of_rates
        (rates (time, trial, unit), counted (network, time) or None) -> its value, or one for each network; None for a
        penalty on weights.
    of_weights
        (weights, weights before training, matrices that count) -> the same; None for a penalty on rates.
    factor
        A number, such as a half.
    from_start
        Whether the weights before training matter.
    """

    about: str
    sentence: str
    of_rates: "Callable[[Tensor, Tensor | None], Tensor] | None" = None
    of_weights: "Callable[[Weights, Weights, Kernels], Tensor] | None" = None
    factor: float = 1.0
    from_start: bool = False


def summed(kernels: Kernels, value: "Callable[[str], Tensor]") -> "Tensor":
    """Sum over the elements of what ``value`` makes of each matrix by name; one for each network with their axis."""
    import torch

    return torch.stack([value(name).sum((-2, -1)) for kernel in kernels for name in kernel]).sum(0)


def _mean_size(weights: Weights, start: Weights, kernels: Kernels) -> "Tensor":
    """Sum over matrices of the mean absolute weight."""
    import torch

    means = []
    for kernel in kernels:
        size = sum(math.prod(weights[name].shape[-2:]) for name in kernel)
        means.append(torch.stack([weights[name].abs().sum((-2, -1)) for name in kernel]).sum(0) / size)
    return torch.stack(means).sum(0)


def _sum(values: "Tensor", counted: "Tensor | None") -> "Tensor":
    """Sum over (time, trial, unit) of the steps that count."""
    if counted is None:
        return values.sum((-3, -2, -1))
    return (values.sum((-2, -1)) * counted).sum(-1)


def _mean(values: "Tensor", counted: "Tensor | None") -> "Tensor":
    """Mean over (time, trial, unit) of the steps that count."""
    if counted is None:
        return values.mean((-3, -2, -1))
    return (values.mean((-2, -1)) * counted).sum(-1) / counted.sum(-1)


PENALTIES: dict[str, Penalty] = {
    "l1_rates": Penalty(
        about="times the mean of |h| over time, trial and unit",
        sentence="the mean absolute rate",
        of_rates=lambda h, counted: _mean(h.abs(), counted),
    ),
    "l2_rates": Penalty(
        about="times half the sum of h^2",
        sentence="half the sum of squared rates",
        of_rates=lambda h, counted: _sum(h.square(), counted),
        factor=0.5,
    ),
    "l1_weights": Penalty(
        about="times the sum over matrices of mean |W|",
        sentence="the mean absolute weight of each matrix",
        of_weights=_mean_size,
    ),
    "l2_weights": Penalty(
        about="times half the sum of W^2",
        sentence="half the sum of squared weights",
        of_weights=lambda now, start, kernels: summed(kernels, lambda name: now[name].square()),
        factor=0.5,
    ),
    "l2_weights_from_start": Penalty(
        about="times half the sum of (W - W at the start)^2",
        sentence="half the sum of squared distances of the weights from their start",
        of_weights=lambda now, start, kernels: summed(kernels, lambda name: (now[name] - start[name]).square()),
        factor=0.5,
        from_start=True,
    ),
}
