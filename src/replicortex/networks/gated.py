"""Cells with gates: the leaky GRU, the stock GRU and the stock LSTM. Kernels act on [x, h]."""

from collections.abc import Callable

import torch
from torch import Tensor

from replicortex.networks import initial
from replicortex.networks.activations import activation
from replicortex.networks.architecture import Architecture
from replicortex.networks.cells import Equations, Parameters
from replicortex.networks.sequence import Workspace


def _gru_sequence(p: Parameters, arch: Architecture, x: Tensor, noise: Tensor | None, alpha: float | None) -> Tensor:
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


def _leaky_gru(p: Parameters, arch: Architecture, x: Tensor, noise: Tensor | None, work: Workspace) -> Tensor:
    return _gru_sequence(p, arch, x, noise, arch.alpha)


def _gru(p: Parameters, arch: Architecture, x: Tensor, noise: Tensor | None, work: Workspace) -> Tensor:
    return _gru_sequence(p, arch, x, None, None)


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


def _lstm_advance(p: Parameters, arch: Architecture) -> Callable[[Tensor, Tensor], Tensor]:
    """State (h, c): c' = s(f + 1) c + s(i) f(g), h' = s(o) f(c')."""
    f = activation(arch.activation).apply
    n_in = arch.n_input

    def advance(state: Tensor, held: Tensor) -> Tensor:
        h, c = state.chunk(2, dim=-1)
        gates = held @ p["w_gates"][:n_in] + p["b_gates"] + h @ p["w_gates"][n_in:]
        i, candidate, forget, o = gates.chunk(4, dim=-1)
        c = torch.sigmoid(forget + 1.0) * c + torch.sigmoid(i) * f(candidate)
        return torch.cat([torch.sigmoid(o) * f(c), c], dim=-1)

    return advance


def _candidate_input(p: Parameters, arch: Architecture) -> Tensor:
    return p["w_candidate"][: arch.n_input]


def _candidate_recurrent(p: Parameters, arch: Architecture) -> Tensor:
    return p["w_candidate"][arch.n_input :]


LEAKY_GRU = Equations(_leaky_gru, initial.gru, _candidate_input, _candidate_recurrent)
GRU = Equations(_gru, initial.gru, _candidate_input, _candidate_recurrent)
LSTM = Equations(
    _lstm,
    initial.lstm,
    lambda p, arch: p["w_gates"][: arch.n_input, arch.units : 2 * arch.units],
    lambda p, arch: p["w_gates"][arch.n_input :, arch.units : 2 * arch.units],
    _lstm_advance,
)
