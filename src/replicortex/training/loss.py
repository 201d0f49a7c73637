"""What training minimises: the task loss and the regularisers (Yang et al. 2019, Methods)."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from replicortex.networks.cells import Cell, Parameters, logits
from replicortex.networks.readout import SquaredErrorReadout
from replicortex.networks.sequence import Workspace
from replicortex.tasks import Trial

if TYPE_CHECKING:
    from replicortex.config.schema import Regularisers

TIE_STRENGTH = 0.5 * 0.1**2  # of a tied weight to its start value, per squared difference


def task_loss(
    weights: Parameters, rates: Tensor, trial: Trial, workspace: Workspace | None = None
) -> tuple[Tensor, Tensor]:
    """Loss on one batch, and the outputs it was computed from.

    Squared error: mean over (time, trial, output) of (mask (target - sigmoid(z)))^2, the mask inside the square.
    Cross-entropy: mean over (time, trial) of mask * cross-entropy of softmax(z).

    Parameters
    ----------
    weights
        Weights of one network (the readout is used).
    rates
        (time, trial, unit).
    trial
        The batch; its mask does not vary over trials.
    workspace
        Buffers to work in.

    Returns
    -------
    tuple[Tensor, Tensor]
        The scalar loss and the outputs (time, trial, output), which may be a view of the workspace.
    """
    target = torch.from_numpy(trial.y).to(rates.dtype)
    # The mask is the same for every trial, and often a read-only view: one trial's is all that is needed.
    mask = torch.from_numpy(trial.mask[:, :1].copy()).to(rates.dtype)
    return masked_loss(weights, rates, target, mask, trial.coding.loss, workspace)


def masked_loss(
    weights: Parameters,
    rates: Tensor,
    target: Tensor,
    mask: Tensor,
    loss: str,
    workspace: Workspace | None = None,
) -> tuple[Tensor, Tensor]:
    """Loss and outputs of `task_loss`; with an axis of networks in front of every array, or without.

    Parameters
    ----------
    weights
        Weights, of which the readout is used.
    rates
        (time, trial, unit).
    target
        (time, trial, output).
    mask
        Squared error: broadcasts to the target; cross-entropy: to (time, trial).
    loss
        "squared" or "cross_entropy".
    workspace
        Buffers to work in.
    """
    if loss == "cross_entropy":
        log_p = torch.log_softmax(logits(weights, rates), dim=-1)
        return -(mask * (target * log_p).sum(-1)).mean((-2, -1)), log_p.exp()
    buffers = workspace if workspace is not None else Workspace()
    return SquaredErrorReadout.apply(rates, weights["w_out"], weights["b_out"], target, mask, buffers)


class Regulariser:
    """Penalty on rates and weights of one network, or of each of many with their axis in front.

    l1_rates mean|h| + l2_rates sum(h^2)/2 + l1_weights sum_M mean|M| + l2_weights sum_M sum(M^2)/2
    + l2_weights_from_start sum_M sum((M - M_0)^2)/2 + 0.005 sum over tied entries of (w - w_0)^2,

    M running over the weight matrices (not the biases); the fused input and recurrent matrix counts as one.
    """

    def __init__(
        self,
        strengths: "Regularisers",
        cell: Cell,
        start: Mapping[str, Tensor],
        tied: Mapping[str, Tensor],
    ) -> None:
        """Penalty on the weights of a cell.

        Parameters
        ----------
        strengths
            Configured strengths.
        cell
            Cell, which says which matrices count.
        start
            Weights before training.
        tied
            0/1 arrays of the entries tied to their start value; empty if all are plastic.
        """
        self._strengths = strengths
        self._cell = cell
        self._kernels = cell.kernels
        self._start = start
        self._tied = tied

    @classmethod
    def stacked(cls, regularisers: Sequence["Regulariser"], device: torch.device) -> "Regulariser":
        """One for many networks, from those of each: same strengths, starting points of their own."""
        first = regularisers[0]
        names = first._names()
        start = {name: torch.stack([each._start[name] for each in regularisers]).to(device) for name in names}
        tied = {name: torch.stack([each._tied[name] for each in regularisers]).to(device) for name in first._tied}
        return cls(first._strengths, first._cell, start, tied)

    def in_order(self, order: Tensor) -> "Regulariser":
        """The same for many networks in another order, (network,) indices."""
        used = self._start if self._tied or self._strengths.l2_weights_from_start else {}
        start, tied = ({name: array[order] for name, array in group.items()} for group in (used, self._tied))
        return Regulariser(self._strengths, self._cell, start, tied)

    def __call__(self, weights: Parameters, rates: Tensor, counted: Tensor | None = None) -> Tensor | None:
        """The penalty (a scalar per network), or None where every strength is 0.

        Parameters
        ----------
        weights
            Present weights.
        rates
            (time, trial, unit).
        counted
            (network, time), 1 while a network's trials go on and 0 past their end; all steps count if None.
        """
        s = self._strengths
        terms: list[Tensor] = []
        if s.l1_rates:
            terms.append(s.l1_rates * _mean(rates.abs(), counted))
        if s.l2_rates:
            terms.append(s.l2_rates * 0.5 * _sum(rates.square(), counted))
        of_weights = self.of_weights(weights)
        if of_weights is not None:
            terms.append(of_weights)
        return torch.stack(terms).sum(0) if terms else None

    def of_weights(self, weights: Parameters) -> Tensor | None:
        """The part of the penalty that does not depend on rates, or None where its strengths are 0."""
        s = self._strengths
        terms: list[Tensor] = []
        if s.l1_weights:
            terms.append(s.l1_weights * self._mean_size(weights))
        if s.l2_weights:
            terms.append(s.l2_weights * 0.5 * self._over_matrices(lambda name: weights[name].square()))
        if s.l2_weights_from_start:
            moved = self._over_matrices(lambda name: (weights[name] - self._start[name]).square())
            terms.append(s.l2_weights_from_start * 0.5 * moved)
        if self._tied:
            terms.append(TIE_STRENGTH * self._tension(weights))
        return torch.stack(terms).sum(0) if terms else None

    def _names(self) -> list[str]:
        return [name for kernel in self._kernels for name in kernel]

    def _over_matrices(self, square: Callable[[str], Tensor]) -> Tensor:
        return torch.stack([square(name).sum((-2, -1)) for name in self._names()]).sum(0)

    def _mean_size(self, weights: Parameters) -> Tensor:
        means = []
        for kernel in self._kernels:
            size = sum(math.prod(weights[name].shape[-2:]) for name in kernel)
            means.append(torch.stack([weights[name].abs().sum((-2, -1)) for name in kernel]).sum(0) / size)
        return torch.stack(means).sum(0)

    def _tension(self, weights: Parameters) -> Tensor:
        return self._over_matrices(lambda name: self._tied[name] * (weights[name] - self._start[name]).square())


def _sum(values: Tensor, counted: Tensor | None) -> Tensor:
    """Sum over (time, trial, unit) of the steps that count."""
    if counted is None:
        return values.sum((-3, -2, -1))
    return (values.sum((-2, -1)) * counted).sum(-1)


def _mean(values: Tensor, counted: Tensor | None) -> Tensor:
    """Mean over (time, trial, unit) of the steps that count."""
    if counted is None:
        return values.mean((-3, -2, -1))
    return (values.mean((-2, -1)) * counted).sum(-1) / counted.sum(-1)
