"""Activation functions of the recurrent units: the one registry that networks, configuration and messages read.

PyTorch is imported where a function is applied, so that a configuration can name what there is without it. Every entry
gives f as a function that writes into a buffer, and f' as a function that overwrites the pre-activations: the
hand-written backward pass needs the derivative of a whole sequence at once, after the pre-activations have served their
purpose. Scales: Yang et al. 2019, Methods and the authors' program.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from replicortex.errors import choose

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Activation:
    """One nonlinearity f with its derivative and its scale of initial recurrent weights.

    ``evaluate``, ``differentiate`` and ``recurrent_scale`` are None where the leaky RNN does not accept the activation.

    Attributes
    ----------
    apply
        f on a tensor, differentiable by autograd (used by the gated cells).
    evaluate
        (pre, out) -> out, writes f(pre) into ``out``; both (trial, unit).
    differentiate
        pre -> f'(pre), in place; any shape.
    recurrent_scale
        g, the scale of the initial recurrent matrix of the leaky RNN.
    separable
        Whether networks whose stimuli and rules have weights of their own accept it.
    """

    apply: "Callable[[Tensor], Tensor]"
    evaluate: "Callable[[Tensor, Tensor], Tensor] | None" = None
    differentiate: "Callable[[Tensor], Tensor] | None" = None
    recurrent_scale: float | None = None
    separable: bool = False


# The threshold above which softplus(x) is x to float64 precision; torch's default of 20 costs 2e-9.
_SOFTPLUS_THRESHOLD = 40.0


def _softplus(pre: "Tensor", **out: "Tensor") -> "Tensor":
    from torch.nn import functional

    softplus: Any = functional.softplus  # takes `out`, which its type information lacks
    return softplus(pre, 1.0, _SOFTPLUS_THRESHOLD, **out)


def _rectified(pre: "Tensor", out: "Tensor") -> "Tensor":
    import torch

    return torch.clamp(pre, min=0.0, out=out)


def _tanh(pre: "Tensor", out: "Tensor") -> "Tensor":
    import torch

    return torch.tanh(pre, out=out)


def _elu(pre: "Tensor") -> "Tensor":
    from torch.nn import functional

    return functional.elu(pre)


def _tanh_slope(pre: "Tensor") -> "Tensor":
    return pre.tanh_().square_().neg_().add_(1.0)


def _retanh_slope(pre: "Tensor") -> "Tensor":
    # At pre = 0 the slope of max(pre, 0) is taken as 0; clamping gives 1 - tanh(0)^2 = 1 there, hence the mask.
    positive = pre > 0
    return _tanh_slope(pre).mul_(positive)


ACTIVATIONS: dict[str, Activation] = {
    "softplus": Activation(
        apply=_softplus,
        evaluate=lambda pre, out: _softplus(pre, out=out),
        differentiate=lambda pre: pre.sigmoid_(),
        recurrent_scale=0.5,
        separable=True,
    ),
    "relu": Activation(
        apply=lambda pre: pre.relu(),
        evaluate=_rectified,
        differentiate=lambda pre: pre.gt_(0.0),
        recurrent_scale=0.5,
        separable=True,
    ),
    "tanh": Activation(
        apply=lambda pre: pre.tanh(),
        evaluate=_tanh,
        differentiate=_tanh_slope,
        recurrent_scale=1.0,
    ),
    "retanh": Activation(
        apply=lambda pre: pre.relu().tanh(),
        evaluate=lambda pre, out: _rectified(pre, out).tanh_(),
        differentiate=_retanh_slope,
        recurrent_scale=0.5,
    ),
    "power": Activation(
        apply=lambda pre: pre.relu().square(),
        evaluate=lambda pre, out: _rectified(pre, out).square_(),
        differentiate=lambda pre: pre.clamp_(min=0.0).mul_(2.0),
        recurrent_scale=0.01,
    ),
    "elu": Activation(apply=_elu),
    "relu_plus": Activation(apply=lambda pre: (pre + 1.0).relu()),
}


def activation(name: str) -> Activation:
    """The activation of that name.

    Raises
    ------
    ValueError
        The name is unknown; the message gives the nearest one.
    """
    return ACTIVATIONS[choose(name, ACTIVATIONS, "activation")]
