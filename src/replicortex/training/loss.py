"""What training minimises: the task loss and the regularisers (Yang et al. 2019, Methods)."""

from collections.abc import Callable, Mapping
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

    Args:
        weights: of one network (the readout is used).
        rates: (time, trial, unit).
        trial: the batch; its mask does not vary over trials.
        workspace: buffers to work in.

    Returns:
        The scalar loss and the outputs (time, trial, output), which may be a view of the workspace.
    """
    target = torch.from_numpy(trial.y).to(rates.dtype)
    # The mask is the same for every trial, and often a read-only view: one trial's is all that is needed.
    mask = torch.from_numpy(trial.mask[:, :1].copy()).to(rates.dtype)
    if trial.coding.loss == "cross_entropy":
        log_p = torch.log_softmax(logits(weights, rates), dim=-1)
        return -(mask * (target * log_p).sum(-1)).mean(), log_p.exp()
    buffers = workspace if workspace is not None else Workspace()
    return SquaredErrorReadout.apply(rates, weights["w_out"], weights["b_out"], target, mask, buffers)


class Regulariser:
    """Penalty on rates and weights of one network.

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
        """
        Args:
            strengths: configured strengths.
            cell: tells which matrices count.
            start: weights before training.
            tied: 0/1 arrays of the entries tied to their start value; empty if all are plastic.
        """
        self._strengths = strengths
        self._kernels = cell.kernels
        self._start = start
        self._tied = tied

    def __call__(self, weights: Parameters, rates: Tensor) -> Tensor | None:
        """The penalty, or None where every strength is 0."""
        s = self._strengths
        terms: list[Tensor] = []
        if s.l1_rates:
            terms.append(s.l1_rates * rates.abs().mean())
        if s.l2_rates:
            terms.append(s.l2_rates * 0.5 * rates.square().sum())
        of_weights = self.of_weights(weights)
        if of_weights is not None:
            terms.append(of_weights)
        return torch.stack(terms).sum() if terms else None

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
        return torch.stack(terms).sum() if terms else None

    def _names(self) -> list[str]:
        return [name for kernel in self._kernels for name in kernel]

    def _over_matrices(self, square: Callable[[str], Tensor]) -> Tensor:
        return torch.stack([square(name).sum() for name in self._names()]).sum()

    def _mean_size(self, weights: Parameters) -> Tensor:
        means = []
        for kernel in self._kernels:
            size = sum(weights[name].numel() for name in kernel)
            means.append(torch.stack([weights[name].abs().sum() for name in kernel]).sum() / size)
        return torch.stack(means).sum()

    def _tension(self, weights: Parameters) -> Tensor:
        return self._over_matrices(
            lambda name: self._tied[name] * (weights[name] - self._start[name]).square()
        )
