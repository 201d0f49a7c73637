"""Sigmoid readout and masked squared error of a whole sequence, as one differentiable operation.

    y_hat = sigmoid(h W_out + b_out),   L = mean over (time, trial, output) of (mask (y_hat - y))^2

    dz = 2/n mask^2 (y_hat - y) y_hat (1 - y_hat),   dL/dh = dz W_out^T,   dW_out = h^T dz,   db_out = sum dz

With an axis of networks in front of every array there is one loss for each, the mean over its own entries.
Like the recurrence it works in the trainer's buffers, for the same reason; dL/dh is left where the backward pass of the
recurrence needs it.
"""

import math
from typing import Any

import torch
from torch import Tensor

from replicortex.networks.sequence import Workspace


class SquaredErrorReadout(torch.autograd.Function):
    """Loss of the squared-error readout; also gives the outputs, which are not differentiated."""

    @staticmethod
    def forward(
        ctx: Any,
        rates: Tensor,
        w_out: Tensor,
        b_out: Tensor,
        target: Tensor,
        mask: Tensor,
        workspace: Workspace,
    ) -> tuple[Tensor, Tensor]:
        """Loss (a scalar per network) and outputs.

        Parameters
        ----------
        rates
            (time, trial, unit).
        w_out
            (unit, output).
        b_out
            (output,).
        target
            (time, trial, output).
        mask
            Broadcasts to (time, trial, output); it is inside the square.
        workspace
            Buffers of this trainer.

        Returns
        -------
        tuple[Tensor, Tensor]
            The loss (of each network) and the outputs (time, trial, output), a view of the workspace.
        """
        outputs = workspace.take("outputs", (*rates.shape[:-1], w_out.shape[-1]), like=w_out)
        flat, into = rates.flatten(-3, -2), outputs.flatten(-3, -2)
        if w_out.ndim == 2:
            torch.addmm(b_out, flat, w_out, out=into)
        else:
            torch.baddbmm(b_out.unsqueeze(-2), flat, w_out, out=into)
        outputs.sigmoid_()
        error = workspace.take("error", outputs.shape, like=w_out)
        torch.sub(outputs, target, out=error).mul_(mask)
        entries = error.flatten(-3)
        loss = torch.dot(entries, entries) if w_out.ndim == 2 else entries.square().sum(-1)
        loss = loss / entries.shape[-1]
        ctx.save_for_backward(rates, w_out, mask)
        ctx.buffers = (outputs, error, workspace)
        ctx.mark_non_differentiable(outputs)
        return loss, outputs

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of rates, w_out and b_out."""
        rates, w_out, mask = ctx.saved_tensors
        outputs, error, workspace = ctx.buffers
        # error holds mask (y_hat - y); times mask y_hat (1 - y_hat) it becomes dz, up to the factor.
        slope = workspace.take("slope", outputs.shape, like=w_out)
        torch.addcmul(outputs, outputs, outputs, value=-1.0, out=slope)
        factor = grad_outputs[0] * (2.0 / math.prod(error.shape[-3:]))
        delta = error.mul_(mask).mul_(slope).mul_(factor[..., None, None, None]).flatten(-3, -2)
        grad_rates = workspace.take("grad", tuple(rates.shape), like=w_out)
        product = torch.mm if w_out.ndim == 2 else torch.bmm
        product(delta, w_out.mT, out=grad_rates.flatten(-3, -2))
        grad_out = rates.flatten(-3, -2).mT @ delta
        return grad_rates, grad_out, delta.sum(-2), None, None, None
