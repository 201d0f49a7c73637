"""The squared-error readout against autograd, in float64."""

import torch

from replicortex.networks.readout import SquaredErrorReadout
from replicortex.networks.sequence import Workspace


def test_loss_and_gradients_agree_with_autograd() -> None:
    generator = torch.Generator().manual_seed(0)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    rates, w_out, b_out = normal(9, 5, 7), normal(7, 4), normal(4)
    target, mask = torch.sigmoid(normal(9, 5, 4)), normal(9, 1, 4).abs()
    trained = [rates.requires_grad_(), w_out.requires_grad_(), b_out.requires_grad_()]
    loss, outputs = SquaredErrorReadout.apply(rates, w_out, b_out, target, mask, Workspace())
    plain_outputs = torch.sigmoid(rates @ w_out + b_out)
    plain = (mask * (target - plain_outputs)).square().mean()
    assert torch.allclose(loss, plain, rtol=1e-13)
    assert torch.allclose(outputs, plain_outputs, rtol=1e-13)
    # A factor on the loss must reach the gradients.
    found = torch.autograd.grad(3.0 * loss, trained)
    expected = torch.autograd.grad(3.0 * plain, trained)
    for ours, theirs in zip(found, expected, strict=True):
        assert float((ours - theirs).norm() / theirs.norm()) < 1e-9
