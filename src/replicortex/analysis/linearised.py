"""One step of an ensemble's networks with the input held, and its Jacobian by hand.

The cells are those of `networks.cells`, without noise, in float64. The Jacobian's element [i, j] is d F_i / d h_j, so
that it acts on columns; weights act on rows, from i to j, hence the transposed matrices.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from replicortex.analysis.common import FloatArray, only_network
from replicortex.analysis.fixed_points import Jacobian, Step, automatic
from replicortex.networks import Architecture, Ensemble, leaky
from replicortex.networks.activations import activation
from replicortex.networks.cells import cell


class Dynamics(NamedTuple):
    """A network under a held input.

    step : (point, state) -> (point, state)
        One step dt; the state of an LSTM is its rates and then its cell values.
    jacobian : (point, state) -> (point, state, state)
    inputs : (point, state) -> (point, state, channel)
        Derivative of the step by the input.
    """

    step: Step
    jacobian: Jacobian
    inputs: Jacobian


def dynamics(net: Ensemble, x: FloatArray) -> Dynamics:
    """One network's step with the input x (channel,) held.

    Raises
    ------
    ValueError
        More than one network, an input of another size, or a cell that gives no single step.
    """
    only_network(net, "dynamics")
    arch = net.architecture
    if x.shape != (arch.n_input,):
        raise ValueError(f"x: shape {x.shape} is not ({arch.n_input},), the input channels")
    weights = {name: weight.detach().double() for name, weight in net.one(0).items()}
    held = torch.as_tensor(x, dtype=torch.float64)
    return _BY_HAND.get(arch.cell, _automatic)(weights, arch, held)


def _slope(name: str, pre: Tensor) -> Tensor:
    """f'(pre), of the activations that only gated cells have by automatic differentiation."""
    f = activation(name)
    if f.differentiate is not None:
        return f.differentiate(pre.clone())
    with torch.enable_grad():
        at = pre.detach().requires_grad_()
        (slope,) = torch.autograd.grad(f.apply(at).sum(), at)
    return slope


def _leaky_rnn(p: Mapping[str, Tensor], arch: Architecture, x: Tensor) -> Dynamics:
    """F(h) = (1 - a) h + a f(h W + x W_in + b);  J = (1 - a) I + a diag(f') W^T."""
    w_in = leaky.input_weights(p, arch)
    drive, w, a = x @ w_in + leaky.bias_of(p, arch), p["w_rec"], arch.alpha
    f = activation(arch.activation).apply

    def step(h: Tensor) -> Tensor:
        return (1 - a) * h + a * f(h @ w + drive)

    def gain(h: Tensor) -> Tensor:
        return a * _slope(arch.activation, h @ w + drive)[..., None]

    def jacobian(h: Tensor) -> Tensor:
        return (1 - a) * torch.eye(len(w), dtype=h.dtype) + gain(h) * w.T

    return Dynamics(step, jacobian, lambda h: gain(h) * w_in.T)


def _gru(p: Mapping[str, Tensor], arch: Architecture, x: Tensor) -> Dynamics:
    """F(h) = (1 - k u) h + k u c of the leaky GRU, u h + (1 - u) c of the stock one; see `networks.cells`.

    With z the weight of c in F (k u, or 1 - u):  J = diag(1 - z) + diag(c - h) dz/dh + diag(z) dc/dh, where
    dc/dh = diag(f') W^T (diag(r) + diag(h) dr/dh), and dr/dh, du/dh = diag(s (1 - s)) G^T of the gates' matrix.
    """
    n, n_in = arch.units, arch.n_input
    f = activation(arch.activation).apply
    leak = arch.alpha if arch.cell == "leaky_gru" else None
    gates, kernel = p["w_gates"], p["w_candidate"]
    gate_drive, drive = x @ gates[:n_in] + p["b_gates"], x @ kernel[:n_in] + p["b_candidate"]
    scale = leak if leak is not None else -1.0  # of du in dz

    def parts(h: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """r, u, what goes into f, and the weight z of the candidate."""
        r, u = torch.sigmoid(gate_drive + h @ gates[n_in:]).chunk(2, dim=-1)
        return r, u, drive + (r * h) @ kernel[n_in:], (1 - u if leak is None else leak * u)

    def step(h: Tensor) -> Tensor:
        _, _, pre, z = parts(h)
        return h + z * (f(pre) - h)

    def derivative(h: Tensor, reset: Tensor, update: Tensor, direct: Tensor) -> Tensor:
        """z dc + (c - h) dz, from the gates' derivatives (.., state, channel) and that of f's argument besides them."""
        _, _, pre, z = parts(h)
        candidate = _slope(arch.activation, pre)[..., None] * (direct + kernel[n_in:].T @ (h[..., None] * reset))
        return z[..., None] * candidate + (f(pre) - h)[..., None] * (scale * update)

    def gate_slopes(h: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        r, u, _, _ = parts(h)
        return (r * (1 - r))[..., None] * rows[:, :n].T, (u * (1 - u))[..., None] * rows[:, n:].T

    def jacobian(h: Tensor) -> Tensor:
        r, _, _, z = parts(h)
        reset, update = gate_slopes(h, gates[n_in:])
        return torch.diag_embed(1 - z) + derivative(h, reset, update, kernel[n_in:].T * r[..., None, :])

    def inputs(h: Tensor) -> Tensor:
        return derivative(h, *gate_slopes(h, gates[:n_in]), kernel[:n_in].T)

    return Dynamics(step, jacobian, inputs)


def _automatic(p: Mapping[str, Tensor], arch: Architecture, x: Tensor) -> Dynamics:
    """The cell's own step; derivatives by automatic differentiation."""
    advance = cell(arch).equations().advance
    if advance is None:
        raise ValueError(f"dynamics: cell {arch.cell!r} gives no single step; add `advance` to its equations")
    advanced = advance(p, arch)

    def step(state: Tensor) -> Tensor:
        return advanced(state, x)

    def inputs(state: Tensor) -> Tensor:
        return automatic(lambda held: advanced(state, held))(x.expand(len(state), -1))

    return Dynamics(step, automatic(step), inputs)


_BY_HAND = {"leaky_rnn": _leaky_rnn, "leaky_gru": _gru, "gru": _gru}  # faster than automatic differentiation
