"""Sigmoid readout and masked squared error of a whole sequence, as one differentiable operation.

    y_hat = sigmoid(h W_out + b_out),   L = mean over (time, trial, output) of (mask (y_hat - y))^2

    dz = 2/n mask^2 (y_hat - y) y_hat (1 - y_hat),   dL/dh = dz W_out^T,   dW_out = h^T dz,   db_out = sum dz

Like the recurrence it works in the trainer's buffers, for the same reason; dL/dh is left where the backward pass of the
recurrence needs it.
"""

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
        """Loss (scalar) and outputs.

        Args:
            rates: (time, trial, unit).
            w_out: (unit, output); b_out: (output,).
            target: (time, trial, output).
            mask: broadcasts to (time, trial, output); stands inside the square.
            workspace: buffers of this trainer.

        Returns:
            The loss and the outputs (time, trial, output), a view of the workspace.
        """
        units, n_output = w_out.shape
        outputs = workspace.take("outputs", (*rates.shape[:-1], n_output), like=w_out)
        torch.addmm(b_out, rates.reshape(-1, units), w_out, out=outputs.view(-1, n_output))
        outputs.sigmoid_()
        error = workspace.take("error", outputs.shape, like=w_out)
        torch.sub(outputs, target, out=error).mul_(mask)
        loss = torch.dot(error.view(-1), error.view(-1)) / error.numel()
        ctx.save_for_backward(rates, w_out, mask)
        ctx.buffers = (outputs, error, workspace)
        ctx.mark_non_differentiable(outputs)
        return loss, outputs

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of rates, w_out and b_out."""
        rates, w_out, mask = ctx.saved_tensors
        outputs, error, workspace = ctx.buffers
        units, n_output = w_out.shape
        # error holds mask (y_hat - y); times mask y_hat (1 - y_hat) it becomes dz, up to the factor.
        slope = workspace.take("slope", outputs.shape, like=w_out)
        torch.addcmul(outputs, outputs, outputs, value=-1.0, out=slope)
        delta = error.mul_(mask).mul_(slope).mul_(grad_outputs[0] * (2.0 / error.numel())).view(-1, n_output)
        grad_rates = workspace.take("grad", tuple(rates.shape), like=w_out)
        torch.mm(delta, w_out.t(), out=grad_rates.view(-1, units))
        grad_out = rates.reshape(-1, units).t().mm(delta)
        return grad_rates, grad_out, delta.sum(0), None, None, None
