"""An ensemble: one or more networks of one architecture, with a leading network axis on every weight."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from replicortex.networks import cells, initial
from replicortex.networks.architecture import Architecture
from replicortex.networks.sequence import Workspace
from replicortex.shown import short_repr

if TYPE_CHECKING:
    from replicortex.networks.pytorch import TorchNetwork

FIXED_WEIGHTS = ("mix_rule",)  # belong to a network but are never trained


@short_repr
class Run(NamedTuple):
    """What an ensemble did with an input.

    rates: (network, time, trial, unit) float32, h after the update of each step.
    outputs: (network, time, trial, output channel) float32; in 0..1, unless the read-out is linear.
    """

    rates: NDArray[np.float32]
    outputs: NDArray[np.float32]


@dataclass(frozen=True)
class Ensemble:
    """Networks that share an architecture.

    Attributes
    ----------
    architecture
        Cell, sizes, time constants.
    parameters
        Tensor (network, ...) by name; see ``networks.cells`` for the names of each cell.
    labels
        One name per network, e.g. ("seed0", "seed1").
    metadata
        Where the networks come from (configuration, versions); empty for weights from elsewhere.
    """

    architecture: Architecture
    parameters: dict[str, Tensor]
    labels: tuple[str, ...]
    metadata: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, weight in self.parameters.items():
            if weight.shape[0] != len(self.labels):
                raise ValueError(f"{name}: holds {weight.shape[0]} networks, but there are {len(self.labels)} labels")

    def __repr__(self) -> str:
        arch, n = self.architecture, self.n_networks
        names = ", ".join(self.labels[:3]) + (", ..." if n > 3 else "")
        what = f"{arch.units} {arch.activation} units, {arch.cell}, rule set {arch.rule_set}"
        return f"<Ensemble of {n} network{'s' * (n != 1)} ({names}): {what}>"

    @property
    def n_networks(self) -> int:
        """Number of networks."""
        return len(self.labels)

    def one(self, index: int) -> dict[str, Tensor]:
        """Weights of one network, without the network axis (views)."""
        return {name: weight[index] for name, weight in self.parameters.items()}

    def select(self, index: int) -> "Ensemble":
        """An ensemble of one: the network at that index."""
        weights = {name: weight[index : index + 1] for name, weight in self.parameters.items()}
        return Ensemble(self.architecture, weights, (self.labels[index],), self.metadata)

    def with_dt(self, dt: float) -> "Ensemble":
        """The same weights integrated with another step (ms); noise is rescaled by sqrt(2/alpha) with it."""
        return Ensemble(self.architecture.with_dt(dt), self.parameters, self.labels, self.metadata)

    def input_weights(self) -> NDArray[np.float32]:
        """(network, input channel, unit): weights onto the units, mixed rule input resolved."""
        read = cells.cell(self.architecture).equations().input_weights
        each = [read(self.one(m), self.architecture) for m in range(self.n_networks)]
        return torch.stack(each).numpy()

    def recurrent_weights(self) -> NDArray[np.float32]:
        """(network, unit, unit): weights from unit to unit; for gated cells those onto the candidate activation."""
        read = cells.cell(self.architecture).equations().recurrent_weights
        each = [read(self.one(m), self.architecture) for m in range(self.n_networks)]
        return torch.stack(each).numpy()

    def lesioned(self, units: ArrayLike) -> "Ensemble":
        """The ensemble with the outgoing recurrent and output weights of some units set to 0.

        Parameters
        ----------
        units
            Indices, or a boolean mask of length N; the same units in every network.

        Raises
        ------
        ValueError
            The mask has another length, or an index is out of range.
        """
        n = self.architecture.units
        chosen = np.asarray(units)
        if chosen.dtype == bool and chosen.shape != (n,):
            raise ValueError(f"units: a mask of shape {chosen.shape}, the networks have {n} units")
        indices = np.flatnonzero(chosen) if chosen.dtype == bool else chosen.astype(int).reshape(-1)
        if indices.size and not (0 <= indices.min() and indices.max() < n):
            raise ValueError(f"units: {indices.min()}..{indices.max()} reaches outside 0..{n - 1}")
        weights = dict(self.parameters)
        for name in cells.cell(self.architecture).outgoing:
            cut = weights[name].clone()
            cut[:, cut.shape[1] - n + torch.from_numpy(indices)] = 0.0
            weights[name] = cut
        return Ensemble(self.architecture, weights, self.labels, self.metadata)

    def to_torch(self, network: int = 0) -> "TorchNetwork":
        """One of the networks as a `torch.nn.Module`; see `networks.to_torch`."""
        from replicortex.networks.pytorch import to_torch

        return to_torch(self, network)

    def run(self, x: NDArray[np.float32], noise: bool = False, rng: np.random.Generator | None = None) -> Run:
        """Run every network on the same trials.

        Parameters
        ----------
        x
            (time, trial, input channel), input noise (if any) included.
        noise
            Whether to add recurrent noise inside the nonlinearity, s.d. sigma_rec sqrt(2/alpha) per step.
        rng
            Source of that noise; networks get independent draws.

        Returns
        -------
        Run
            Rates and outputs, with the network axis first.

        Raises
        ------
        ValueError
            The number of input channels is wrong, or noise is asked for without ``rng``.
        """
        arch = self.architecture
        if x.ndim != 3 or x.shape[2] != arch.n_input:
            raise ValueError(f"x: shape {x.shape} is not (time, trial, {arch.n_input})")
        if noise and rng is None:
            raise ValueError("rng: noise=True needs a numpy Generator")
        like = self.parameters["w_out"]
        drive = torch.as_tensor(np.ascontiguousarray(x), dtype=like.dtype)
        n_time, n_trial, _ = x.shape
        rates = np.empty((self.n_networks, n_time, n_trial, arch.units), np.float32)
        out = np.empty((self.n_networks, n_time, n_trial, arch.n_output), np.float32)
        work = Workspace()
        with torch.no_grad():
            for m in range(self.n_networks):
                weights = self.one(m)
                source = torch_generator(rng) if noise and rng is not None else None
                h = rates_of(weights, arch, drive, source, work)
                rates[m] = h.numpy()
                out[m] = cells.outputs(weights, arch, h).numpy()
        return Run(rates, out)


def torch_generator(rng: np.random.Generator) -> torch.Generator:
    """A torch generator seeded by the next draw of a numpy one."""
    return torch.Generator().manual_seed(int(rng.integers(2**63)))


def rates_of(
    weights: Mapping[str, Tensor],
    arch: Architecture,
    x: Tensor,
    generator: torch.Generator | None,
    work: Workspace,
) -> Tensor:
    """Rates (time, trial, unit) of one network on x (time, trial, channel); recurrent noise if a generator is given.

    The result may be a view of ``work``, valid until its next use.
    """
    recurrent_cell = cells.cell(arch)
    noise = None
    if generator is not None and recurrent_cell.noisy and arch.noise_sd > 0:
        noise = work.take("pre", (*x.shape[:2], arch.units), like=weights["w_out"])
        noise.normal_(0.0, arch.noise_sd, generator=generator)
    return recurrent_cell.equations().sequence(weights, arch, x, noise, work)


def create(
    arch: Architecture,
    rngs: Sequence[np.random.Generator],
    labels: Sequence[str],
    *,
    init: str = "diag",
    output_init: str = "program",
    dtype: torch.dtype = torch.float32,
) -> Ensemble:
    """Untrained networks, one per generator; a network's weights depend on its own generator alone.

    Parameters
    ----------
    arch
        The architecture.
    rngs
        One generator per network.
    labels
        One name per network.
    init
        Recurrent initialisation of the leaky RNN: diag, randortho, randgauss.
    output_init
        "program" (Glorot uniform) or "paper" (normal, 0.4/sqrt(N)).
    dtype
        Type of the weights.
    """
    draw = cells.cell(arch).equations().draw
    drawn = [{**draw(rng, arch, init), **initial.readout(rng, arch.units, arch.n_output, output_init)} for rng in rngs]
    weights = {name: torch.from_numpy(np.stack([w[name] for w in drawn])).to(dtype) for name in drawn[0]}
    return Ensemble(arch, weights, tuple(labels))


def stack(ensembles: Sequence[Ensemble]) -> Ensemble:
    """One ensemble from several of the same architecture; the metadata of the first is kept.

    Raises
    ------
    ValueError
        No ensemble is given, or the architectures differ.
    """
    if not ensembles:
        raise ValueError("stack: no ensembles given")
    arch = ensembles[0].architecture
    for other in ensembles[1:]:
        if other.architecture != arch:
            raise ValueError(f"stack: {other.labels[0]} has {other.architecture}, {ensembles[0].labels[0]} has {arch}")
    names = ensembles[0].parameters
    weights = {name: torch.cat([e.parameters[name] for e in ensembles]) for name in names}
    labels = tuple(label for e in ensembles for label in e.labels)
    return Ensemble(arch, weights, labels, ensembles[0].metadata)
