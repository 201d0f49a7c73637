"""A recurrent cell with a linear read-out, what it does with trials, and the files it lives in."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from replicortex.errors import choose
from replicortex.primer import cells

if TYPE_CHECKING:
    from replicortex.config.primer_schema import PrimerNetwork

MATRICES = ("w_in", "w_rec", "b_rec", "w_out", "b_out")
_KINDS = {"weight_ih_l0": "w_in", "weight_hh_l0": "w_rec", "bias_ih_l0": "b_rec", "bias_hh_l0": "b_rec"}


class Run(NamedTuple):
    """What a network did: rates (time, trial, unit) and outputs (time, trial, output), float32."""

    rates: NDArray[np.float32]
    outputs: NDArray[np.float32]


class Network(nn.Module):
    """Recurrent cell and linear read-out, y = r W_out + b_out.

    Parameters
    ----------
    settings
        Section ``network`` of a primer experiment.
    n_input, n_output
        Lines of the task.
    dt
        Step, ms.
    generator
        Of the initial weights.

    Attributes
    ----------
    cell
        One of `replicortex.primer.cells`.
    positions : (unit, 2)
        Places on a unit square, for wiring costs; drawn for every network.
    """

    positions: Tensor

    def __init__(
        self, settings: "PrimerNetwork", n_input: int, n_output: int, dt: float, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.cell = CELLS[choose(settings.cell, CELLS, "cell")](settings, n_input, dt, generator)
        self._read = settings.units // 3 if settings.cell == "modules" else settings.units
        self.w_out = cells.uniform((self._read, n_output), self._read, generator)
        self.b_out = cells.uniform((n_output,), self._read, generator)
        self.register_buffer("positions", torch.rand((settings.units, 2), generator=generator))

    def forward(self, x: Tensor, noise: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
        """(outputs, rates); of a hierarchy the last module is read out."""
        rates = self.cell(x, noise)
        return rates[..., -self._read :] @ self.w_out + self.b_out, rates

    def run(self, inputs: NDArray[np.float32], noise: torch.Generator | None = None) -> Run:
        """What it does with inputs (time, trial, line), without learning; recurrent noise only with a generator."""
        with torch.no_grad():
            outputs, rates = self(torch.from_numpy(inputs), noise)
        return Run(rates.numpy(), outputs.numpy())

    @property
    def w_rec(self) -> Tensor:
        """(unit, unit) recurrent weights of a leaky or plastic network, as they are learnt.

        Under Dale's law or a mask those that act are `connections`.

        Raises
        ------
        ValueError
            The cell has no single recurrent matrix.
        """
        return self._leaky().w_rec

    @property
    def connections(self) -> Tensor:
        """(unit, unit) recurrent weights of a leaky or plastic network as they act; raises as `w_rec`."""
        return self._leaky().connections

    def _leaky(self) -> cells.Leaky:
        if not isinstance(self.cell, cells.Leaky):
            raise ValueError(f"w_rec: {type(self.cell).__name__} has no single recurrent matrix; leaky cells have one")
        return self.cell

    @property
    def distances(self) -> Tensor:
        """(unit, unit) distance between the places of units."""
        return torch.cdist(self.positions, self.positions)

    def matrices(self) -> dict[str, list[nn.Parameter]]:
        """w_in, w_rec, b_rec, w_out, b_out -> the parameters of that kind; a cell of gates or modules has several."""
        found: dict[str, list[nn.Parameter]] = {kind: [] for kind in MATRICES}
        for name, parameter in self.named_parameters():
            found[_KINDS.get(name.rpartition(".")[2], name.rpartition(".")[2])].append(parameter)
        return found

    def weights(self) -> dict[str, Tensor]:
        """All arrays by name, detached copies."""
        return {name: value.detach().clone() for name, value in self.state_dict().items()}

    def with_weights(self, arrays: Mapping[str, Tensor]) -> "Network":
        """Itself, with these arrays in place of its own."""
        self.load_state_dict(dict(arrays))
        return self


def _built_in(settings: "PrimerNetwork", n_input: int, dt: float, generator: torch.Generator) -> nn.Module:
    return cells.BuiltIn(settings.cell, n_input, settings.units, generator)


def _modules(settings: "PrimerNetwork", n_input: int, dt: float, generator: torch.Generator) -> nn.Module:
    return cells.Modules(n_input, settings.units, generator, **_leak(settings, dt))


def _leaky(settings: "PrimerNetwork", n_input: int, dt: float, generator: torch.Generator) -> nn.Module:
    outside = settings.cell == "leaky_outside"
    return cells.Leaky(
        n_input, settings.units, generator, outside=outside, identity=_identity(settings), **_leak(settings, dt)
    )


def _plastic(settings: "PrimerNetwork", n_input: int, dt: float, generator: torch.Generator) -> nn.Module:
    return cells.Plastic(n_input, settings.units, generator, dt=dt, identity=_identity(settings), **_leak(settings, dt))


def _leak(settings: "PrimerNetwork", dt: float) -> dict[str, Any]:
    found: dict[str, Any] = {"activation": settings.activation, "alpha": dt / settings.tau, "sigma": settings.sigma}
    return found | {"excitatory": settings.excitatory, "density": settings.density}


def _identity(settings: "PrimerNetwork") -> float | None:
    return settings.init_scale if settings.init == "identity" else None


# Name of a cell -> what makes it, from settings, number of input lines, step in ms, and the generator of its weights.
CELLS: dict[str, Callable[["PrimerNetwork", int, float, torch.Generator], nn.Module]] = {
    "leaky": _leaky,
    "leaky_outside": _leaky,
    "vanilla": _built_in,
    "gru": _built_in,
    "lstm": _built_in,
    "modules": _modules,
    "plastic": _plastic,
}
