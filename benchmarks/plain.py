"""The training step as most people would write it: nn.Linear in a loop over time, autograd, torch.optim."""

import torch
from torch import Tensor, nn

from replicortex.networks import Architecture
from replicortex.networks.cells import Parameters


class PlainNetwork(nn.Module):
    """A leaky softplus RNN with a sigmoid readout; input and output (time, trial, channel)."""

    def __init__(self, arch: Architecture, weights: Parameters) -> None:
        super().__init__()
        self.arch = arch
        self.input = nn.Linear(arch.n_input, arch.units)
        self.recurrent = nn.Linear(arch.units, arch.units, bias=False)
        self.readout = nn.Linear(arch.units, arch.n_output)
        with torch.no_grad():
            self.input.weight.copy_(weights["w_in"].t())
            self.input.bias.copy_(weights["b_rec"])
            self.recurrent.weight.copy_(weights["w_rec"].t())
            self.readout.weight.copy_(weights["w_out"].t())
            self.readout.bias.copy_(weights["b_out"])

    def forward(self, x: Tensor) -> Tensor:
        """Outputs for every step."""
        h = x.new_zeros(x.shape[1], self.arch.units)
        rates = []
        for x_t in x:
            noise = self.arch.noise_sd * torch.randn_like(h)
            target = nn.functional.softplus(self.input(x_t) + self.recurrent(h) + noise)
            h = (1 - self.arch.alpha) * h + self.arch.alpha * target
            rates.append(h)
        return torch.sigmoid(self.readout(torch.stack(rates)))
