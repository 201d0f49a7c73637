"""Two ways to the same numbers: the compiled kernel where it runs, PyTorch everywhere.

A path turns weights and trials into a loss with its gradient, or into answers. Both draw the noise from the stream they
are given; the numbers differ, and so do the last bits of every product, but nothing else does.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from replicortex import native
from replicortex.errors import ConfigError
from replicortex.networks import leaky
from replicortex.networks.architecture import Architecture
from replicortex.networks.cells import Parameters
from replicortex.networks.ensemble import rates_of, torch_generator
from replicortex.networks.products import choose_product_route
from replicortex.networks.sequence import Workspace
from replicortex.tasks import Coding, Trial, TrialRows
from replicortex.training.loss import Regulariser, task_loss
from replicortex.training.penalties import PENALTIES

if TYPE_CHECKING:
    from replicortex.config.experiment import Experiment


class Gradient(NamedTuple):
    """Gradient by weight name, task loss and penalty of one batch."""

    weights: dict[str, Tensor]
    loss: float
    penalty: float


class Answer(NamedTuple):
    """Outputs (trial, output) at the last step of a batch, and its task loss."""

    outputs: NDArray[np.float32]
    loss: float


class Path(Protocol):
    """How a network is run.

    Attributes
    ----------
    name
        Path, variant and precision, as written in the network's file.
    compiler
        Compiler of the kernel; None for PyTorch.
    about
        One line for the log.
    """

    name: str
    compiler: str | None
    about: str

    def gradient(
        self,
        weights: Parameters,
        trained: Iterable[str],
        trial: TrialRows,
        rng: np.random.Generator,
        penalty: Regulariser,
    ) -> Gradient:
        """Gradient of loss and penalty with respect to the weights named."""
        ...

    def answer(self, weights: Parameters, trial: TrialRows, rng: np.random.Generator) -> Answer:
        """What the network answers, without learning."""
        ...


def input_noise_sd(arch: Architecture, coding: Coding) -> float:
    """S.d. of the noise on every input channel per step: sigma_x sqrt(2 / alpha)."""
    return float(coding.sigma_x * (2.0 / arch.alpha) ** 0.5)


class TorchPath:
    """Through PyTorch: every cell, on every machine.

    Parameters
    ----------
    arch
        The architecture.
    coding
        How its trials are coded.
    """

    def __init__(self, arch: Architecture, coding: Coding) -> None:
        self.arch, self.coding = arch, coding
        self.name = f"torch {choose_product_route()} float32"
        self.compiler: str | None = None
        self.about = self.name if not _runs_natively(arch) else f"{self.name} ({native.report()})"
        self._work = Workspace()

    def _rates(self, weights: Parameters, trial: Trial, rng: np.random.Generator) -> Tensor:
        # The noise is torch's: at the sizes of a training step it costs a third of numpy's.
        generator = torch_generator(rng)
        x = self._work.take("x", trial.x.shape, like=weights["w_out"])
        x.normal_(0.0, input_noise_sd(self.arch, self.coding), generator=generator)
        x.add_(torch.from_numpy(trial.x))
        return rates_of(weights, self.arch, x, generator, self._work)

    def gradient(
        self,
        weights: Parameters,
        trained: Iterable[str],
        trial: TrialRows,
        rng: np.random.Generator,
        penalty: Regulariser,
    ) -> Gradient:
        """See `Path`."""
        names = list(trained)
        live = {name: w.requires_grad_(name in names) for name, w in weights.items()}
        repeated = trial.repeated()
        rates = self._rates(live, repeated, rng)
        loss, _ = task_loss(live, rates, repeated, self._work, self.arch.linear_output)
        extra = penalty(live, rates)
        cost = loss if extra is None else loss + extra
        found = torch.autograd.grad(cost, [live[name] for name in names])
        size = 0.0 if extra is None else float(extra.detach())
        return Gradient(dict(zip(names, found, strict=True)), float(loss.detach()), size)

    @torch.no_grad()
    def answer(self, weights: Parameters, trial: TrialRows, rng: np.random.Generator) -> Answer:
        """See `Path`."""
        repeated = trial.repeated()
        rates = self._rates(weights, repeated, rng)
        loss, outputs = task_loss(weights, rates, repeated, self._work, self.arch.linear_output)
        return Answer(outputs[-1].numpy(), float(loss))


class NativePath:
    """Through the compiled kernel: the leaky RNN and the leaky GRU.

    Parameters
    ----------
    arch
        The architecture.
    coding
        How its trials are coded.
    kernel
        The compiled kernel.
    precision
        Precision of the products, one of the kernel's.
    strengths
        Strengths of the penalties on rates that the kernel computes, by name.

    Raises
    ------
    ValueError
        The kernel does not have this precision on this machine.
    """

    def __init__(
        self,
        arch: Architecture,
        coding: Coding,
        kernel: native.Kernel,
        precision: str = "float32",
        strengths: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        self.arch, self.coding = arch, coding
        self.name = self.about = f"native {kernel.name} {precision}"
        self.compiler: str | None = kernel.compiler
        self._sequence = native.NativeSequence(
            kernel,
            arch.activation,
            arch.alpha,
            arch.cell,
            noise_x=input_noise_sd(arch, coding),
            noise_rec=arch.noise_sd,
            softmax=arch.softmax_output,
            precision=precision,
            **strengths,
        )

    def _run(
        self, weights: Parameters, trial: TrialRows, rng: np.random.Generator, n_outputs: int, gradients: bool
    ) -> native.Result:
        seed = int(rng.integers(2**63))
        return self._sequence.run(
            self._effective(weights),
            trial.x,
            x_row=trial.period,
            target=trial.y,
            target_row=trial.phase,
            mask=trial.mask,
            seed=seed,
            n_outputs=n_outputs,
            gradients=gradients,
        )

    def _effective(self, weights: Parameters) -> dict[str, NDArray[np.float32]]:
        """The weights of the network with fused input that does the same."""
        w = {name: weight.detach() for name, weight in weights.items()}
        if self.arch.separate_input:
            fused = {"w_in": leaky.input_weights(w, self.arch), "b_rec": leaky.bias_of(w, self.arch)}
            w = {**fused, **{name: w[name] for name in ("w_rec", "w_out", "b_out")}}
        return {name: weight.numpy() for name, weight in w.items()}

    def _spread(self, found: Mapping[str, NDArray[np.float32]], weights: Parameters) -> dict[str, Tensor]:
        """Gradients of the network's own weights from those of the fused one."""
        g = {name: torch.from_numpy(gradient) for name, gradient in found.items()}
        if not self.arch.separate_input:
            return g
        w_in, sensory = g.pop("w_in"), self.arch.n_sensory
        rule = weights["mix_rule"].T @ w_in[sensory:] if self.arch.mix_rule else w_in[sensory:]
        return {**g, "w_sensory": w_in[:sensory], "w_rule": rule, "b_sensory": g["b_rec"].clone()}

    def gradient(
        self,
        weights: Parameters,
        trained: Iterable[str],
        trial: TrialRows,
        rng: np.random.Generator,
        penalty: Regulariser,
    ) -> Gradient:
        """See `Path`; the gradients are overwritten by the next call."""
        names = list(trained)
        result = self._run(weights, trial, rng, 0, gradients=True)
        assert result.gradients is not None, "the kernel was asked for gradients"
        spread = self._spread(result.gradients, weights)
        found = {name: spread[name] for name in names}
        size = result.rate_penalty
        live = {name: w.detach().requires_grad_(name in names) for name, w in weights.items()}
        extra = penalty.of_weights(live)
        if extra is not None:
            more = torch.autograd.grad(extra, [live[name] for name in names], allow_unused=True)
            found = {name: found[name] if g is None else found[name] + g for name, g in zip(names, more, strict=True)}
            size += float(extra.detach())
        return Gradient(found, result.loss, size)

    def answer(self, weights: Parameters, trial: TrialRows, rng: np.random.Generator) -> Answer:
        """See `Path`."""
        result = self._run(weights, trial, rng, 1, gradients=False)
        return Answer(result.outputs[0], result.loss)


def choose_path(arch: Architecture, coding: Coding) -> Path:
    """The faster path that runs this architecture here, in float32, without penalties."""
    kernel = native.find_kernel() if _runs_natively(arch) else None
    return TorchPath(arch, coding) if kernel is None else NativePath(arch, coding, kernel)


def _runs_natively(arch: Architecture) -> bool:
    return arch.cell in native.CELLS and arch.activation in native.ACTIVATIONS and not arch.linear_output


def path_of(experiment: "Experiment", arch: Architecture, coding: Coding) -> Path:
    """The path that an experiment asks for in ``training.path`` and ``training.precision``.

    Raises
    ------
    ConfigError
        The experiment asks for the kernel, or for mixed precision, and there is none.
    """
    training, strengths = experiment.training, experiment.regularisers
    if training.device != "cpu":
        return TorchPath(arch, coding)  # which is PyTorch there too, for all networks of the experiment together
    on_rates = [name for name, each in PENALTIES.items() if each.of_rates is not None and getattr(strengths, name)]
    others = [name for name in on_rates if name not in native.PENALTIES]
    able = _runs_natively(arch) and not others
    kernel = native.find_kernel() if training.path != "torch" and able else None
    where = f"experiments.{experiment.name}.training"
    if training.path == "native" and kernel is None:
        why = f"the kernel has no penalty {others[0]}" if others else native.report()
        raise ConfigError(f"{where}.path: 'native', but {why}; choose 'auto'")
    offered = kernel.precisions if kernel is not None else ()
    if training.precision == "mixed" and "mixed" not in offered:
        raise ConfigError(
            f"{where}.precision: 'mixed' needs a processor with bfloat16 products (AVX-512 BF16 or AMX) and the native "
            f"kernel; here: {native.report()}; choose 'float32'"
        )
    if kernel is None:
        return TorchPath(arch, coding)
    # Where nothing is won by splitting, float32 is what is no less exact.
    precision = training.precision if training.precision in offered else "float32"
    return NativePath(arch, coding, kernel, precision, {name: getattr(strengths, name) for name in native.PENALTIES})
