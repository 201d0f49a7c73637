"""One step of any recurrent module of PyTorch with its input held, in float64, as `analysis.fixed_points` takes it."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from replicortex.analysis.fixed_points import Step

_CELLS = (nn.RNNCell, nn.GRUCell, nn.LSTMCell)
_LAYERS = (nn.RNN, nn.GRU, nn.LSTM)


def held_step(module: nn.Module, held: ArrayLike | Tensor) -> Step:
    """From states (point, state) to states one step later, while the input stays as it is.

    The module is copied and cast to float64; its own weights stay as they are. It is called without dropout, as
    ``module(inputs, states)`` with inputs (point, line), and may give the states or a tuple that ends with them.
    PyTorch's own cells (`RNNCell`, `GRUCell`, `LSTMCell`) and layers of one level (`RNN`, `GRU`, `LSTM`) are called as
    they need it. The state of an LSTM is (h, c), one after the other: twice as many numbers as it has units.

    Parameters
    ----------
    module
        What moves the state.
    held : (line,)
        The input.

    Raises
    ------
    ValueError
        A layer of several levels or directions, or an input of another size than the module takes.
    TypeError
        The module does not give states for ``module(inputs, states)``.

    Examples
    --------
    >>> step = held_step(torch.nn.GRUCell(3, 8), [1.0, 0.0, 0.0])
    >>> step(torch.zeros(5, 8, dtype=torch.float64)).shape
    torch.Size([5, 8])
    """
    x = torch.as_tensor(np.asarray(held, dtype=float))
    name = type(module).__name__
    if x.ndim != 1:
        raise ValueError(f"held: shape {tuple(x.shape)}; give one value for each input line, (line,)")
    lines = getattr(module, "input_size", None)
    if isinstance(lines, int) and len(x) != lines:
        raise ValueError(f"held: {len(x)} values; {name} has {lines} input lines")
    if isinstance(module, _LAYERS) and (module.num_layers > 1 or module.bidirectional or module.proj_size):
        raise ValueError(f"{name}: has several levels, directions or a projection; take a layer of one level, one way")
    moved = deepcopy(module).double().eval().requires_grad_(False)
    if isinstance(moved, _LAYERS):
        moved.batch_first = False  # it is called with (time, point, line), whatever it was trained with

    def step(h: Tensor) -> Tensor:
        inputs = x.expand(len(h), -1)
        if isinstance(moved, (nn.LSTMCell, nn.LSTM)):
            return _lstm(moved, inputs, h)
        if isinstance(moved, _LAYERS):
            return moved(inputs[None], h[None])[1][0]
        found = moved(inputs, h)
        found = found[-1] if isinstance(found, tuple) else found
        if not isinstance(found, Tensor) or found.shape != h.shape:
            told = tuple(found.shape) if isinstance(found, Tensor) else type(found).__name__
            raise TypeError(f"{name}: module(inputs, states) gives {told} for states of shape {tuple(h.shape)}")
        return found

    return step


def _lstm(module: nn.Module, inputs: Tensor, state: Tensor) -> Tensor:
    h, c = state.chunk(2, dim=1)
    if isinstance(module, nn.LSTM):
        later = tuple(each[0] for each in module(inputs[None], (h[None].contiguous(), c[None].contiguous()))[1])
    else:
        later = module(inputs, (h, c))
    return torch.cat(later, dim=1)
