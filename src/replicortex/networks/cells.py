"""The four recurrent cells, each as data: its weights, its sequence, and what its weights mean.

Weights act on row vectors (x @ w), ``w_rec[i, j]`` leads from unit i to unit j, and every state starts at 0.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from replicortex.networks import initial
from replicortex.networks.activations import activation
from replicortex.networks.architecture import Architecture
from replicortex.networks.sequence import Lengths, Workspace, leaky_sequence

Parameters = Mapping[str, Tensor]  # of one network: no ensemble axis
Sequence = Callable[[Parameters, Architecture, Tensor, Tensor | None, Workspace], Tensor]


@dataclass(frozen=True)
class Cell:
    """What the rest of the library has to know about a recurrent cell.

    Attributes
    ----------
    sequence
        (parameters, architecture, x, noise, workspace) -> rates (time, trial, unit).
    draw
        (rng, architecture, init) -> initial weights, without the readout.
    kernels
        Weight matrices as the regularisers count them; matrices named together count as one.
    outgoing
        Matrices whose last N rows are the outgoing weights of the recurrent units.
    noisy
        Whether the recurrent noise enters.
    """

    sequence: Sequence
    draw: Callable[[np.random.Generator, Architecture, str], initial.Weights]
    kernels: tuple[tuple[str, ...], ...]
    outgoing: tuple[str, ...]
    noisy: bool = True


def input_weights(parameters: Parameters, arch: Architecture) -> Tensor:
    """Weights (channel, unit) from every input channel onto the units' (candidate) activation."""
    if arch.cell == "lstm":
        return parameters["w_gates"][: arch.n_input, arch.units : 2 * arch.units]
    if arch.cell != "leaky_rnn":
        return parameters["w_candidate"][: arch.n_input]
    if not arch.separate_input:
        return parameters["w_in"]
    rule = parameters["w_rule"]
    mixed = parameters["mix_rule"] @ rule if arch.mix_rule else rule
    return torch.cat([parameters["w_sensory"], mixed], dim=-2)


def recurrent_weights(parameters: Parameters, arch: Architecture) -> Tensor:
    """Weights (unit, unit), from row to column, from the units onto the units' (candidate) activation."""
    if arch.cell == "leaky_rnn":
        return parameters["w_rec"]
    if arch.cell == "lstm":
        return parameters["w_gates"][arch.n_input :, arch.units : 2 * arch.units]
    return parameters["w_candidate"][arch.n_input :]


def leaky_rnn(
    p: Parameters,
    arch: Architecture,
    x: Tensor,
    noise: Tensor | None,
    work: Workspace,
    lengths: Lengths | None = None,
) -> Tensor:
    """Rates of one leaky RNN, or of many with their axis in front; see ``networks.sequence`` for ``lengths``."""
    bias = p["b_rec"] + p["b_sensory"] if arch.separate_input else p["b_rec"]
    f = activation(arch.activation)
    w_in = input_weights(p, arch)
    return leaky_sequence(
        x, w_in, p["w_rec"], bias, alpha=arch.alpha, activation=f, noise=noise, workspace=work, lengths=lengths
    )


def _gru(p: Parameters, arch: Architecture, x: Tensor, noise: Tensor | None, alpha: float | None) -> Tensor:
    """Leaky GRU for a number alpha, the stock GRU for None.

    r, u = sigmoid([x, h] W_g + b_g);  c = f([x, r h] W_c + b_c + noise)
    leaky:  h <- (1 - alpha u) h + alpha u c   (u large = update)
    stock:  h <- u h + (1 - u) c               (u large = keep)
    """
    f = activation(arch.activation).apply
    n_in = arch.n_input
    gate_drive = x @ p["w_gates"][:n_in] + p["b_gates"]
    drive = x @ p["w_candidate"][:n_in] + p["b_candidate"]
    drive = drive if noise is None else drive + noise
    gate_rec, rec = p["w_gates"][n_in:], p["w_candidate"][n_in:]
    h = x.new_zeros(x.shape[1], arch.units)
    rates = []
    for gates_t, drive_t in zip(gate_drive.unbind(0), drive.unbind(0), strict=True):
        r, u = torch.sigmoid(gates_t + h @ gate_rec).chunk(2, dim=1)
        c = f(drive_t + (r * h) @ rec)
        h = torch.lerp(c, h, u) if alpha is None else torch.lerp(h, c, alpha * u)
        rates.append(h)
    return torch.stack(rates)


def _lstm(p: Parameters, arch: Architecture, x: Tensor, noise: Tensor | None, work: Workspace) -> Tensor:
    """Stock LSTM, gates in the order input, candidate, forget, output; the forget gate's bias is raised by 1."""
    f = activation(arch.activation).apply
    drive = x @ p["w_gates"][: arch.n_input] + p["b_gates"]
    rec = p["w_gates"][arch.n_input :]
    h = c = x.new_zeros(x.shape[1], arch.units)
    rates = []
    for drive_t in drive.unbind(0):
        i, candidate, forget, o = (drive_t + h @ rec).chunk(4, dim=1)
        c = torch.sigmoid(forget + 1.0) * c + torch.sigmoid(i) * f(candidate)
        h = torch.sigmoid(o) * f(c)
        rates.append(h)
    return torch.stack(rates)


_FUSED = Cell(leaky_rnn, initial.leaky_rnn, (("w_in", "w_rec"), ("w_out",)), ("w_rec", "w_out"))
_SEPARATE = Cell(
    leaky_rnn,
    initial.leaky_rnn,
    (("w_sensory",), ("w_rule",), ("w_rec",), ("w_out",)),
    ("w_rec", "w_out"),
)
_GATED_KERNELS = (("w_gates",), ("w_candidate",), ("w_out",))
_GATED_ROWS = ("w_gates", "w_candidate", "w_out")

CELLS: dict[str, Cell] = {
    "leaky_rnn": _FUSED,
    "leaky_gru": Cell(
        lambda p, arch, x, noise, work: _gru(p, arch, x, noise, arch.alpha),
        initial.gated,
        _GATED_KERNELS,
        _GATED_ROWS,
    ),
    "gru": Cell(
        lambda p, arch, x, noise, work: _gru(p, arch, x, None, None),
        initial.gated,
        _GATED_KERNELS,
        _GATED_ROWS,
        noisy=False,
    ),
    "lstm": Cell(_lstm, initial.gated, (("w_gates",), ("w_out",)), ("w_gates", "w_out"), noisy=False),
}


def cell(arch: Architecture) -> Cell:
    """The cell of an architecture."""
    return _SEPARATE if arch.separate_input else CELLS[arch.cell]


def logits(parameters: Parameters, rates: Tensor) -> Tensor:
    """h W_out + b_out, (time, trial, output), from the rates after the update of each step; one network or many."""
    flat, weight, bias = rates.flatten(-3, -2), parameters["w_out"], parameters["b_out"]
    if weight.ndim == 2:
        z = torch.addmm(bias, flat, weight)
    else:
        z = torch.baddbmm(bias.unsqueeze(-2), flat, weight)
    return z.view(*rates.shape[:-1], -1)


def outputs(parameters: Parameters, arch: Architecture, rates: Tensor) -> Tensor:
    """sigmoid (or softmax over channels) of `logits`."""
    z = logits(parameters, rates)
    return torch.softmax(z, dim=-1) if arch.softmax_output else torch.sigmoid(z)
