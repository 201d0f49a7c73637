"""The leaky RNN: h <- (1 - a) h + a f(h W_rec + x W_in + b + noise), a = dt / tau; see `networks.sequence`."""

import torch
from torch import Tensor

from replicortex.networks import initial
from replicortex.networks.activations import activation
from replicortex.networks.architecture import Architecture
from replicortex.networks.cells import Equations, Parameters
from replicortex.networks.sequence import Lengths, Workspace, leaky_sequence


def input_weights(parameters: Parameters, arch: Architecture) -> Tensor:
    """Weights (channel, unit) from every input channel, fused if stimuli and rules have matrices of their own."""
    if not arch.separate_input:
        return parameters["w_in"]
    rule = parameters["w_rule"]
    mixed = parameters["mix_rule"] @ rule if arch.mix_rule else rule
    return torch.cat([parameters["w_sensory"], mixed], dim=-2)


def bias_of(parameters: Parameters, arch: Architecture) -> Tensor:
    """Bias (unit,) of the units, that of the stimuli's layer included."""
    return parameters["b_rec"] + parameters["b_sensory"] if arch.separate_input else parameters["b_rec"]


def sequence(
    p: Parameters,
    arch: Architecture,
    x: Tensor,
    noise: Tensor | None,
    work: Workspace,
    lengths: Lengths | None = None,
) -> Tensor:
    """Rates of one leaky RNN, or of many with their axis in front; see ``networks.sequence`` for ``lengths``."""
    f = activation(arch.activation)
    w_in, bias = input_weights(p, arch), bias_of(p, arch)
    return leaky_sequence(
        x, w_in, p["w_rec"], bias, alpha=arch.alpha, activation=f, noise=noise, workspace=work, lengths=lengths
    )


LEAKY_RNN = Equations(sequence, initial.leaky_rnn, input_weights, lambda p, arch: p["w_rec"])
