"""Activation functions of the recurrent units and their initial weight scales.

Every entry gives f as a function that writes into a buffer, and f' as a function that overwrites the
pre-activations: the hand-written backward pass needs the derivative of a whole sequence at once, after the
pre-activations have served their purpose.  Scales: Yang et al. 2019, Methods and the authors' program.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from replicortex.errors import choose


@dataclass(frozen=True)
class Activation:
    """One nonlinearity f with its derivative and its scale of initial recurrent weights.

    ``evaluate``, ``differentiate`` and ``recurrent_scale`` are None where the leaky RNN does not accept the activation.

    Attributes
    ----------
    name
        The name used in configuration files.
    apply
        f on a tensor, differentiable by autograd (used by the gated cells).
    evaluate
        (pre, out) -> out, writes f(pre) into ``out``; both (trial, unit).
    differentiate
        pre -> f'(pre), in place; any shape.
    recurrent_scale
        g, the scale of the initial recurrent matrix of the leaky RNN.
    """

    name: str
    apply: Callable[[Tensor], Tensor]
    evaluate: Callable[[Tensor, Tensor], Tensor] | None = None
    differentiate: Callable[[Tensor], Tensor] | None = None
    recurrent_scale: float | None = None


# The threshold above which softplus(x) is x to float64 precision; torch's default of 20 costs 2e-9.
_SOFTPLUS_THRESHOLD = 40.0
_softplus: Any = functional.softplus  # takes `out`, which its type information lacks


def _softplus_into(pre: Tensor, out: Tensor) -> Tensor:
    return _softplus(pre, 1.0, _SOFTPLUS_THRESHOLD, out=out)


def _tanh_slope(pre: Tensor) -> Tensor:
    return pre.tanh_().square_().neg_().add_(1.0)


def _retanh_slope(pre: Tensor) -> Tensor:
    # At pre = 0 the slope of max(pre, 0) is taken as 0; clamping gives 1 - tanh(0)^2 = 1 there, hence the mask.
    positive = pre > 0
    return _tanh_slope(pre).mul_(positive)


_ACTIVATIONS = (
    Activation(
        "softplus",
        evaluate=_softplus_into,
        differentiate=lambda pre: pre.sigmoid_(),
        apply=lambda pre: _softplus(pre, 1.0, _SOFTPLUS_THRESHOLD),
        recurrent_scale=0.5,
    ),
    Activation(
        "relu",
        evaluate=lambda pre, out: torch.clamp(pre, min=0.0, out=out),
        differentiate=lambda pre: pre.gt_(0.0),
        apply=torch.relu,
        recurrent_scale=0.5,
    ),
    Activation(
        "tanh",
        evaluate=lambda pre, out: torch.tanh(pre, out=out),
        differentiate=_tanh_slope,
        apply=torch.tanh,
        recurrent_scale=1.0,
    ),
    Activation(
        "retanh",
        evaluate=lambda pre, out: torch.clamp(pre, min=0.0, out=out).tanh_(),
        differentiate=_retanh_slope,
        apply=lambda pre: torch.tanh(torch.relu(pre)),
        recurrent_scale=0.5,
    ),
    Activation(
        "power",
        evaluate=lambda pre, out: torch.clamp(pre, min=0.0, out=out).square_(),
        differentiate=lambda pre: pre.clamp_(min=0.0).mul_(2.0),
        apply=lambda pre: torch.relu(pre).square(),
        recurrent_scale=0.01,
    ),
    Activation("elu", apply=functional.elu),
    Activation("relu_plus", apply=lambda pre: torch.relu(pre + 1.0)),
)

ACTIVATIONS: dict[str, Activation] = {activation.name: activation for activation in _ACTIVATIONS}


def activation(name: str) -> Activation:
    """The activation of that name.

    Raises
    ------
    ValueError
        The name is unknown; the message gives the nearest one.
    """
    return ACTIVATIONS[choose(name, ACTIVATIONS, "activation")]
