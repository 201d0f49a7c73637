"""The leaky RNN over a whole sequence, with a backward pass written by hand.

Forward, for t = 1..T (Yang et al. 2019, Methods; noise inside the nonlinearity, h_0 = 0):

    p_t = x_t W_in + h_{t-1} W_rec + b + noise_t
    h_t = (1 - alpha) h_{t-1} + alpha f(p_t)

Backward, with g_t = dL/dh_t including everything later, and d_t = dL/dp_t:

    d_t = alpha f'(p_t) g_t
    g_{t-1} = dL/dh_{t-1} (direct) + (1 - alpha) g_t + d_t W_rec^T
    dW_in = sum_t x_t^T d_t,   dW_rec = sum_t h_{t-1}^T d_t,   db = sum_t d_t

The input products of all steps are one matrix product, and so is each weight gradient; only the recurrent
product stays in the loop.  The loop writes into buffers that live as long as the trainer, because fresh memory of
this size (6 MB per array at 100 steps, 64 trials, 256 units) costs as much as the arithmetic on it.

All of it also runs with an axis of networks in front, every network on trials of its own.  Where these differ in
length, the networks come in the order of falling length and the time is cut into spans, in each of which only the
first so many networks run; the others' rates are 0.  Within a span alpha is 0 from the end of a trial on: the state
stands still.  Nothing after the end enters a gradient as long as the loss does not count it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from replicortex.networks.activations import Activation


class Workspace:
    """Buffers for one sequence at a time: pre-activations, rates and their gradient.

    The arrays grow to the longest sequence seen and are then reused; a forward pass overwrites what the last
    one left, so its backward pass must have run (or not be wanted).
    """

    def __init__(self) -> None:
        self._memory: dict[str, Tensor] = {}

    def take(self, name: str, shape: Sequence[int], like: Tensor) -> Tensor:
        """A contiguous array of that shape, with undefined contents, in the dtype and on the device of ``like``."""
        size = math.prod(shape)
        memory = self._memory.get(name)
        if memory is None or memory.numel() < size or memory.dtype != like.dtype or memory.device != like.device:
            memory = torch.empty(size, dtype=like.dtype, device=like.device)
            self._memory[name] = memory
        return memory[:size].view(*shape)


Span = tuple[int, int, int]  # first step, end, and how many of the networks run


@dataclass(frozen=True)
class Lengths:
    """When the trials of each network end.

    Attributes
    ----------
    leak
        (network, time, 1, 1), alpha until the end of a network's trials and 0 from there on.
    spans
        Spans in order of time, gapless, with falling numbers of networks; none ends before a trial in it does.
    """

    leak: Tensor
    spans: tuple[Span, ...]


class LeakySequence(torch.autograd.Function):
    """Rates of one leaky RNN for a whole batch of trials, as one differentiable operation."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        w_in: Tensor,
        w_rec: Tensor,
        bias: Tensor,
        noise: Tensor | None,
        alpha: float,
        activation: Activation,
        workspace: Workspace,
        lengths: Lengths | None,
    ) -> Tensor:
        """Rates h_1..h_T; with an axis of networks in front of every array, or without.

        Parameters
        ----------
        x
            Input (time, trial, channel); not differentiated.
        w_in
            (channel, unit).
        w_rec
            (unit, unit) from i to j.
        bias
            (unit,).
        noise
            Term added inside the nonlinearity (time, trial, unit). If it is the buffer "pre" of the workspace, it is
            overwritten.
        alpha
            dt / tau.
        activation
            The nonlinearity f.
        workspace
            Buffers of this trainer.
        lengths
            Lengths of the trials of each network; all end with the arrays if None.

        Returns
        -------
        Tensor
            (time, trial, unit), a view of the workspace: valid until the next forward pass.
        """
        *networks, n_time, n_trial, _ = x.shape
        units = w_rec.shape[-1]
        pre = workspace.take("pre", (*networks, n_time, n_trial, units), like=w_rec)
        if noise is not None and noise.data_ptr() != pre.data_ptr():
            pre.copy_(noise)
        rates = workspace.take("rates", (*networks, n_time + 1, n_trial, units), like=w_rec)
        rates.select(-3, 0).zero_()
        spans = ((0, n_time, len(w_rec)),) if lengths is None else lengths.spans
        for start, end, running in spans:
            leak = alpha if lengths is None else _part(lengths.leak, start, end, running)
            drive, states = _part(pre, start, end, running), _part(rates, start, end + 1, running)
            if not networks:
                _drive(drive, x, w_in, bias, noise is not None)
                _advance(drive, states, w_rec, leak, activation)
                continue
            _drive(drive, _part(x, start, end, running), w_in[:running], bias[:running, None], noise is not None)
            _advance(drive, states, w_rec[:running], leak, activation)
            rates[running:, start + 1 : end + 1].zero_()
        ctx.save_for_backward(x, w_rec)
        ctx.sequence = (pre, rates, alpha, activation, workspace, spans)
        return rates.narrow(-3, 1, n_time)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of w_in, w_rec and bias."""
        x, w_rec = ctx.saved_tensors
        pre, rates, alpha, activation, workspace, spans = ctx.sequence
        grad = workspace.take("grad", pre.shape, like=w_rec)
        if grad_outputs[0].data_ptr() != grad.data_ptr():  # the readout may have left it there
            grad.copy_(grad_outputs[0])
        transposed = w_rec.mT.contiguous()
        if w_rec.ndim == 2:
            delta = activation.differentiate(pre).mul_(alpha)
            _retreat(grad, delta, transposed, alpha)
            delta = delta.flatten(-3, -2)
            _, onto_in, onto_rec, *_ = ctx.needs_input_grad  # the rule weights may be all that learns
            grad_in = x.flatten(-3, -2).mT @ delta if onto_in else None
            grad_rec = rates[:-1].flatten(-3, -2).mT @ delta if onto_rec else None
            return None, grad_in, grad_rec, delta.sum(-2), None, None, None, None, None
        grads = _retreat_in_spans(x, pre, rates, grad, transposed, alpha, activation, spans)
        return None, *grads, None, None, None, None, None


def _part(array: Tensor, start: int, end: int, running: int) -> Tensor:
    """Some steps of an array (time, trial, unit), or of the first networks of one with their axis in front."""
    return array[start:end] if array.ndim == 3 else array[:running, start:end]


def _drive(pre: Tensor, x: Tensor, w_in: Tensor, bias: Tensor, noisy: bool) -> None:
    """x_t W_in + b of all steps, added to the noise that ``pre`` holds or in place of what it holds."""
    flat, add = pre.flatten(-3, -2), _sum_and_product(w_in)
    if noisy:
        bias = flat.add_(bias)
    add(bias, x.flatten(-3, -2), w_in, out=flat)


def _retreat_in_spans(
    x: Tensor,
    pre: Tensor,
    rates: Tensor,
    grad: Tensor,
    transposed: Tensor,
    alpha: float,
    activation: Activation,
    spans: tuple[Span, ...],
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of w_in, w_rec and bias of many networks, span by span from the last."""
    assert activation.differentiate is not None
    n, units = transposed.shape[:2]
    grad_in, grad_rec = x.new_zeros(n, x.shape[-1], units), torch.zeros_like(transposed)
    grad_bias = x.new_zeros(n, units)
    later = 0  # networks that run in the span after this one
    for start, end, running in reversed(spans):
        if later:
            _step_back(grad[:later], pre[:later], end - 1, transposed[:later], alpha)
        delta = activation.differentiate(pre[:running, start:end]).mul_(alpha)
        _retreat(grad[:running, start:end], delta, transposed[:running], alpha)
        flat = delta.flatten(1, 2)
        grad_in[:running].baddbmm_(x[:running, start:end].flatten(1, 2).mT, flat)
        grad_rec[:running].baddbmm_(rates[:running, start:end].flatten(1, 2).mT, flat)
        grad_bias[:running].add_(flat.sum(1))
        later = running
    return grad_in, grad_rec, grad_bias


def _step_back(grad: Tensor, delta: Tensor, t: int, transposed: Tensor, alpha: float) -> None:
    """Add to g_t what comes from the step after it, whose d is known."""
    g = grad[:, t]
    g.add_(grad[:, t + 1], alpha=1.0 - alpha)
    torch.baddbmm(g, delta[:, t + 1], transposed, out=g)


def _sum_and_product(weight: Tensor) -> Callable[..., Tensor]:
    """(a, b, w) -> a + b w for one network, or for a stack of them if ``weight`` has their axis."""
    return torch.addmm if weight.ndim == 2 else torch.baddbmm


def _advance(pre: Tensor, rates: Tensor, w_rec: Tensor, leak: float | Tensor, activation: Activation) -> None:
    """Run the recurrence: ``pre`` holds the drive and becomes p_t, ``rates`` receives h_t from index 1 on."""
    evaluate, add = activation.evaluate, _sum_and_product(w_rec)
    assert evaluate is not None, "an Architecture never pairs the leaky RNN with a gated-only activation"
    steps, states = pre.unbind(-3), rates.unbind(-3)
    leaks = leak.unbind(-3) if isinstance(leak, Tensor) else [leak] * len(steps)
    target = torch.empty_like(steps[0], memory_format=torch.contiguous_format)
    for t, p in enumerate(steps):
        add(p, states[t], w_rec, out=p)
        torch.lerp(states[t], evaluate(p, target), leaks[t], out=states[t + 1])


def _retreat(grad: Tensor, delta: Tensor, transposed: Tensor, alpha: float) -> None:
    """Run the recurrence backwards: ``delta`` holds alpha f'(p_t) and becomes d_t, ``grad`` becomes g_t.

    Past the end of a trial alpha is 0; as g_t is 0 there as well, the same alpha serves everywhere.
    """
    add = _sum_and_product(transposed)
    grads, deltas = grad.unbind(-3), delta.unbind(-3)
    last = len(grads) - 1
    deltas[last].mul_(grads[last])
    for t in range(last - 1, -1, -1):
        g = grads[t]
        g.add_(grads[t + 1], alpha=1.0 - alpha)
        add(g, deltas[t + 1], transposed, out=g)
        deltas[t].mul_(g)


def leaky_sequence(
    x: Tensor,
    w_in: Tensor,
    w_rec: Tensor,
    bias: Tensor,
    *,
    alpha: float,
    activation: Activation,
    noise: Tensor | None = None,
    workspace: Workspace | None = None,
    lengths: Lengths | None = None,
) -> Tensor:
    """Rates (time, trial, unit) of one leaky RNN; see `LeakySequence` for shapes and equations."""
    buffers = Workspace() if workspace is None else workspace
    return LeakySequence.apply(x, w_in, w_rec, bias, noise, alpha, activation, buffers, lengths)
