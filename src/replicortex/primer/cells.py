"""The recurrent networks of the primer, each a page of PyTorch: inputs in, rates out.

All act on row vectors, x @ w, and take (time, trial, line) to (time, trial, unit). Weights are those of the rest of the
project by name and shape: ``w_in`` (line, unit), ``w_rec`` (unit, unit) from row to column, ``b_rec`` (unit,).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from replicortex.errors import choose


class Activation(NamedTuple):
    """A nonlinearity y = f(p), and its slope df/dp as a function of y."""

    f: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor], Tensor]


ACTIVATIONS: dict[str, Activation] = {
    "relu": Activation(torch.relu, torch.sign),
    "sigmoid": Activation(torch.sigmoid, lambda y: y * (1 - y)),
    "softplus": Activation(nn.functional.softplus, lambda y: -torch.expm1(-y)),
    "tanh": Activation(torch.tanh, lambda y: 1 - y * y),
}


def uniform(shape: tuple[int, ...], fan_in: int, generator: torch.Generator) -> nn.Parameter:
    """Initial weights U(-1/sqrt(fan_in), 1/sqrt(fan_in)), PyTorch's own choice for its linear layers."""
    return nn.Parameter((2 * torch.rand(shape, generator=generator) - 1) / fan_in**0.5)


class Euler(torch.autograd.Function):
    """All steps of `Leaky` with their gradient written out, in half the time that PyTorch takes by itself.

    Backwards in time, with g the gradient of the rates after a step and f' the slope there,

        ``leaky``           d = alpha g f',    g <- (gradient of the rates before) + (1 - alpha) g + d W_rec^T
        ``leaky_outside``   d = alpha g f',    g <- (gradient of the rates before) + d ((1 - alpha) / alpha + W_rec^T)

    d is the gradient of a step's drive; that of W_rec is the sum over steps of (rates before)^T d. Where the leak is
    inside f, it and the synapses are one matrix here, (1 - alpha) + alpha W_rec.
    """

    @staticmethod
    def forward(
        ctx: Any, drives: Tensor, w_rec: Tensor, shocks: Tensor | None, activation: str, alpha: float, outside: bool
    ) -> Tensor:
        """Rates (time, trial, unit) from drives x W_in + b and noise, both of that shape, or no noise."""
        f, h = ACTIVATIONS[activation].f, torch.zeros_like(drives[0])
        rates, values = torch.empty_like(drives), torch.empty_like(drives)  # values: of f
        if outside:
            drives, w_rec = alpha * drives, (1 - alpha) * torch.eye(len(w_rec)).to(w_rec) + alpha * w_rec
        noise = torch.zeros(()).expand(len(drives)) if shocks is None else shocks
        for drive, value, rate, shock in zip(*(each.unbind() for each in (drives, values, rates, noise)), strict=True):
            value.copy_(f(torch.addmm(drive, h, w_rec)))
            h = torch.add(value if outside else torch.lerp(h, value, alpha), shock, out=rate)
        ctx.save_for_backward(rates, values, w_rec)
        ctx.activation, ctx.alpha, ctx.outside = activation, alpha, outside
        return rates

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of drives and W_rec."""
        rates, values, w_rec = ctx.saved_tensors
        back, slopes, g = w_rec.T.contiguous(), ACTIVATIONS[ctx.activation].slope(values), torch.zeros_like(rates[0])
        d = torch.empty_like(rates)
        slopes = slopes if ctx.outside else slopes.mul_(ctx.alpha)
        for gradient, slope, step in list(zip(gradients[0].unbind(), slopes.unbind(), d.unbind(), strict=True))[::-1]:
            g = gradient + g
            torch.mul(g, slope, out=step)
            g = torch.mm(step, back) if ctx.outside else torch.addmm(g, step, back, beta=1 - ctx.alpha)
        d = ctx.alpha * d if ctx.outside else d
        w = rates[:-1].flatten(0, 1).T @ d[1:].flatten(0, 1)
        return d, w, None, None, None, None


class Leaky(nn.Module):
    """A continuous-time network under Euler's method, h(0) = 0, alpha = dt / tau. Two variants, never merged:

    ``leaky``            h <- (1 - alpha) h + alpha f(x W_in + h W_rec + b) + noise
    ``leaky_outside``    h <- f((1 - alpha) h + alpha (x W_in + h W_rec + b)) + noise

    The noise, sigma sqrt(2 alpha) N(0, 1), is added after f, so that a rate may become negative; there is none with
    sigma = 0, and with relu the rates of ``leaky`` then are never negative.

    With Dale's law (Song, Yang & Wang 2016) the first units are excitatory and the others inhibitory: every weight that
    leaves a unit has its sign, W_rec = [W]_+ D, where D is 1 or -1 for each unit. At the start the inhibitory weights
    are larger, so that both kinds balance. A sparse network has connections only where a mask, drawn once, has them.

    Parameters
    ----------
    n_input, units
        Sizes.
    generator
        Of the initial weights.
    activation
        f, a key of `ACTIVATIONS`.
    alpha
        dt / tau.
    sigma
        Noise as above.
    outside
        The second variant.
    identity
        W_rec starts as this times the identity; None: uniform.
    excitatory
        Part of the units that is excitatory; None: no Dale's law.
    density
        Part of the recurrent connections that exists.

    Raises
    ------
    ValueError
        Unknown activation.
    """

    signs: Tensor
    mask: Tensor

    def __init__(
        self,
        n_input: int,
        units: int,
        generator: torch.Generator,
        *,
        activation: str = "relu",
        alpha: float = 0.2,
        sigma: float = 0.0,
        outside: bool = False,
        identity: float | None = None,
        excitatory: float | None = None,
        density: float = 1.0,
    ) -> None:
        super().__init__()
        self.w_in = uniform((n_input, units), n_input, generator)
        self.w_rec = uniform((units, units), units, generator)
        self.b_rec = uniform((units,), units, generator)
        if identity is not None:
            self.w_rec.data = identity * torch.eye(units)
        if excitatory is not None:
            first = round(excitatory * units)
            self.register_buffer("signs", torch.where(torch.arange(units) < first, 1.0, -1.0))
            self.w_rec.data = self.w_rec.data.abs()
            self.w_rec.data[first:] *= first / max(1, units - first)
        if density < 1:
            self.register_buffer("mask", (torch.rand((units, units), generator=generator) < density).float())
        self.activation = choose(activation, ACTIVATIONS, "activation")
        self.alpha, self.outside = alpha, outside
        self.noise_sd = sigma * (2 * alpha) ** 0.5

    @property
    def connections(self) -> Tensor:
        """(unit, unit) recurrent weights as they act: W_rec, under Dale's law and the mask where there are some."""
        w: Tensor = self.w_rec
        if hasattr(self, "signs"):
            w = torch.relu(w) * self.signs[:, None]
        return w * self.mask if hasattr(self, "mask") else w

    def driven(self, x: Tensor, noise: torch.Generator | None) -> tuple[Tensor, Tensor | None]:
        """x W_in + b of all steps in one product, and the noise of all; None without a generator for it."""
        drives = x @ self.w_in + self.b_rec
        if not noise or not self.noise_sd:
            return drives, None
        return drives, self.noise_sd * torch.randn(drives.shape, generator=noise, dtype=drives.dtype)

    def forward(self, x: Tensor, noise: torch.Generator | None = None) -> Tensor:
        """Rates (time, trial, unit); with noise if there is a generator for it."""
        drives, shocks = self.driven(x, noise)
        rates: Tensor = Euler.apply(drives, self.connections, shocks, self.activation, self.alpha, self.outside)
        return rates


class BuiltIn(nn.Module):
    """PyTorch's own cells, without leak or noise: ``vanilla`` (tanh), ``gru``, ``lstm``. Hidden states are rates."""

    KINDS: dict[str, Any] = {"vanilla": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}

    def __init__(self, kind: str, n_input: int, units: int, generator: torch.Generator) -> None:
        super().__init__()
        self.cell = self.KINDS[choose(kind, self.KINDS, "cell")](n_input, units)
        for parameter in self.cell.parameters():
            parameter.data = uniform(tuple(parameter.shape), units, generator).data

    def forward(self, x: Tensor, noise: torch.Generator | None = None) -> Tensor:
        """Hidden states (time, trial, unit)."""
        hidden: Tensor = self.cell(x)[0]
        return hidden


class Modules(nn.Module):
    """A hierarchy: three leaky modules, each driven by the rates of the one below; the last one is read out.

    Rates of all modules stand side by side, the lowest first.
    """

    def __init__(self, n_input: int, units: int, generator: torch.Generator, *, count: int = 3, **leaky: Any) -> None:
        super().__init__()
        self.size = units // count
        sizes = [n_input] + [self.size] * (count - 1)
        self.levels = nn.ModuleList(Leaky(size, self.size, generator, **leaky) for size in sizes)

    def forward(self, x: Tensor, noise: torch.Generator | None = None) -> Tensor:
        """Rates (time, trial, count * size)."""
        rates = []
        for level in self.levels:
            x = level(x, noise)
            rates.append(x)
        return torch.cat(rates, dim=-1)


class Plastic(Leaky):
    """A leaky network whose synapses have a short-term memory (Masse et al. 2019, after Mongillo et al. 2008).

    What arrives from a unit of rate r is u x r, with the available transmitter x and its utilisation u:

        x <- x + dt ((1 - x) / tau_x - u x r),    u <- u + dt ((U - u) / tau_u + U (1 - u) r),    both in 0..1,

    every second unit facilitating (tau_x 200 ms, tau_u 1500 ms, U 0.15), the others depressing (1500 ms, 200 ms, 0.45).
    Rates are per second. Where W_rec starts at the identity, it is that of what arrives at rest: 1 / U on the diagonal.
    `efficacy` keeps u x of the last run, (time, trial, unit).
    """

    constants: Tensor
    FACILITATING, DEPRESSING = (200.0, 1500.0, 0.15), (1500.0, 200.0, 0.45)

    def __init__(self, n_input: int, units: int, generator: torch.Generator, *, dt: float, **leaky: Any) -> None:
        super().__init__(n_input, units, generator, **leaky)
        each = torch.tensor([self.FACILITATING, self.DEPRESSING])[torch.arange(units) % 2]
        self.register_buffer("constants", each.T.contiguous(), persistent=False)
        if leaky.get("identity") is not None:  # of what arrives at rest: efficacy there is U
            self.w_rec.data = leaky["identity"] * torch.diag(1 / self.constants[2])
        self.dt = dt
        self.efficacy = torch.empty(0)

    def forward(self, x: Tensor, noise: torch.Generator | None = None) -> Tensor:
        """Rates (time, trial, unit)."""
        tau_x, tau_u, rest = self.constants
        drives, shocks = self.driven(x, noise)
        f, h = ACTIVATIONS[self.activation].f, torch.zeros_like(drives[0])
        left, used, w_rec = torch.ones_like(h), rest.expand_as(h), self.connections
        rates, efficacies = [], []
        for t, drive in enumerate(drives.unbind()):
            rate, second = torch.relu(h), self.dt / 1000
            spent = used * left * rate
            after = left + self.dt * (1 - left) / tau_x - second * spent
            used = torch.clamp(used + self.dt * (rest - used) / tau_u + second * rest * (1 - used) * rate, 0, 1)
            left = torch.clamp(after, 0, 1)
            p = torch.addmm(drive, used * left * rate, w_rec)
            h = torch.lerp(h, f(p), self.alpha)
            if shocks is not None:
                h = h + shocks[t]
            rates.append(h)
            efficacies.append(used * left)
        self.efficacy = torch.stack(efficacies).detach()
        return torch.stack(rates)
