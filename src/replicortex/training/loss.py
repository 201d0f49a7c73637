"""What training minimises: the task loss and the regularisers (Yang et al. 2019, Methods)."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from replicortex.networks.cells import Cell, Parameters, logits
from replicortex.networks.readout import SquaredErrorReadout
from replicortex.networks.sequence import Workspace
from replicortex.tasks import Trial
from replicortex.training.penalties import PENALTIES, summed

if TYPE_CHECKING:
    from replicortex.config.schema import Regularisers

TIE_STRENGTH = 0.5 * 0.1**2  # of a tied weight to its start value, per squared difference


def task_loss(
    weights: Parameters, rates: Tensor, trial: Trial, workspace: Workspace | None = None, linear: bool = False
) -> tuple[Tensor, Tensor]:
    """Loss on one batch, and the outputs it was computed from.

    Squared error: mean over (time, trial, output) of (mask (target - sigmoid(z)))^2, the mask inside the square.
    Cross-entropy: mean over (time, trial) of mask * cross-entropy of softmax(z).
    A linear read-out: squared error, with z in place of sigmoid(z).

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
    linear
        Whether the read-out is linear.

    Returns
    -------
    tuple[Tensor, Tensor]
        The scalar loss and the outputs (time, trial, output), which may be a view of the workspace.
    """
    target = torch.from_numpy(trial.y).to(rates.dtype)
    # The mask is the same for every trial, and often a read-only view: one trial's is all that is needed.
    mask = torch.from_numpy(trial.mask[:, :1].copy()).to(rates.dtype)
    if linear:
        z = logits(weights, rates)
        return (mask * (target - z)).square().mean(), z
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

    The sum over `training.penalties` of strength times factor times value, plus 0.005 times the sum over tied entries
    of (w - w_0)^2. Weight matrices count (not the biases); the fused input and recurrent matrix counts as one.
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
        self._start = start
        self._tied = tied
        found = ((each, getattr(strengths, name)) for name, each in PENALTIES.items())
        self._terms = [(each, strength) for each, strength in found if strength]

    @classmethod
    def stacked(cls, regularisers: Sequence["Regulariser"], device: torch.device) -> "Regulariser":
        """One for many networks, from those of each: same strengths, starting points of their own."""
        first = regularisers[0]
        names = [name for kernel in first._cell.kernels for name in kernel]
        start = {name: torch.stack([each._start[name] for each in regularisers]).to(device) for name in names}
        tied = {name: torch.stack([each._tied[name] for each in regularisers]).to(device) for name in first._tied}
        return cls(first._strengths, first._cell, start, tied)

    def in_order(self, order: Tensor) -> "Regulariser":
        """The same for many networks in another order, (network,) indices."""
        used = self._start if self._tied or any(each.from_start for each, _ in self._terms) else {}
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
        terms = [
            strength * each.factor * each.of_rates(rates, counted)
            for each, strength in self._terms
            if each.of_rates is not None
        ]
        of_weights = self.of_weights(weights)
        if of_weights is not None:
            terms.append(of_weights)
        return torch.stack(terms).sum(0) if terms else None

    def of_weights(self, weights: Parameters) -> Tensor | None:
        """The part of the penalty that does not depend on rates, or None where its strengths are 0."""
        kernels = self._cell.kernels
        terms = [
            strength * each.factor * each.of_weights(weights, self._start, kernels)
            for each, strength in self._terms
            if each.of_weights is not None
        ]
        if self._tied:
            terms.append(TIE_STRENGTH * summed(kernels, lambda name: self._tied[name] * self._moved(weights, name)))
        return torch.stack(terms).sum(0) if terms else None

    def _moved(self, weights: Parameters, name: str) -> Tensor:
        return (weights[name] - self._start[name]).square()
