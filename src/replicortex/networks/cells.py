"""The recurrent cells: the one registry that networks, training, analyses, configuration and messages read.

An entry says what a cell is, and which of the library's faster ways and options go with it. Its equations are imported
when they are used, so that a configuration can name the cells without PyTorch. A new cell is a module with its
equations and an entry here; it trains no network anew that another cell has.

Weights act on row vectors (x @ w), ``w_rec[i, j]`` leads from unit i to unit j, and every state starts at 0.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from replicortex.networks.architecture import Architecture
    from replicortex.networks.initial import Weights
    from replicortex.networks.sequence import Workspace

Parameters = Mapping[str, "Tensor"]  # of one network: no ensemble axis


@dataclass(frozen=True)
class Equations:
    """What a cell computes.

    Attributes
    ----------
    sequence
        (parameters, architecture, x, noise, workspace) -> rates (time, trial, unit).
    draw
        (rng, architecture, init) -> initial weights, without the readout.
    input_weights
        (parameters, architecture) -> weights (channel, unit) onto the units' (candidate) activation.
    recurrent_weights
        (parameters, architecture) -> weights (unit, unit), from row to column, onto the same.
    advance
        (parameters, architecture) -> function from a state (point, state) and an input held (.., channel) to the next
        state, without noise; the state begins with the rates. None where `analysis.linearised` has it with its
        Jacobian.
    """

    sequence: "Callable[[Parameters, Architecture, Tensor, Tensor | None, Workspace], Tensor]"
    draw: "Callable[[np.random.Generator, Architecture, str], Weights]"
    input_weights: "Callable[[Parameters, Architecture], Tensor]"
    recurrent_weights: "Callable[[Parameters, Architecture], Tensor]"
    advance: "Callable[[Parameters, Architecture], Callable[[Tensor, Tensor], Tensor]] | None" = None


@dataclass(frozen=True)
class Cell:
    """What the rest of the library has to know about a recurrent cell.

    Attributes
    ----------
    about
        What it is, for the description of the setting.
    equations
        Imports what it computes.
    kernels
        Weight matrices as the penalties count them; matrices named together count as one.
    outgoing
        Matrices whose last N rows are the outgoing weights of the recurrent units.
    separate
        The same as ``kernels`` if stimuli and rules have weights of their own; empty if they cannot.
    noisy
        Whether the recurrent noise enters.
    has_matrix
        Whether there is one recurrent matrix, whose start ``init`` sets, with the scale of the activation.
    native
        Whether the compiled kernel trains it.
    on_gpu
        Whether a GPU trains it.
    duration
        Time of a training, as a multiple of the leaky RNN's.
    """

    about: str
    equations: Callable[[], Equations]
    kernels: tuple[tuple[str, ...], ...]
    outgoing: tuple[str, ...]
    separate: tuple[tuple[str, ...], ...] = ()
    noisy: bool = True
    has_matrix: bool = False
    native: bool = False
    on_gpu: bool = False
    duration: float = 1.0


def _leaky_rnn() -> Equations:
    from replicortex.networks.leaky import LEAKY_RNN

    return LEAKY_RNN


def _leaky_gru() -> Equations:
    from replicortex.networks.gated import LEAKY_GRU

    return LEAKY_GRU


def _gru() -> Equations:
    from replicortex.networks.gated import GRU

    return GRU


def _lstm() -> Equations:
    from replicortex.networks.gated import LSTM

    return LSTM


_GATED_KERNELS = (("w_gates",), ("w_candidate",), ("w_out",))
_GATED_ROWS = ("w_gates", "w_candidate", "w_out")

CELLS: dict[str, Cell] = {
    "leaky_rnn": Cell(
        about="as published",
        equations=_leaky_rnn,
        kernels=(("w_in", "w_rec"), ("w_out",)),
        outgoing=("w_rec", "w_out"),
        separate=(("w_sensory",), ("w_rule",), ("w_rec",), ("w_out",)),
        has_matrix=True,
        native=True,
        on_gpu=True,
    ),
    "leaky_gru": Cell(
        about="gated, with leak and noise",
        equations=_leaky_gru,
        kernels=_GATED_KERNELS,
        outgoing=_GATED_ROWS,
        native=True,
        duration=2.3,
    ),
    "gru": Cell(
        about="without leak and noise",
        equations=_gru,
        kernels=_GATED_KERNELS,
        outgoing=_GATED_ROWS,
        noisy=False,
        duration=2.3,
    ),
    "lstm": Cell(
        about="without leak and noise, with cell values beside the rates",
        equations=_lstm,
        kernels=(("w_gates",), ("w_out",)),
        outgoing=("w_gates", "w_out"),
        noisy=False,
    ),
}


def cell(arch: "Architecture") -> Cell:
    """The cell of an architecture."""
    found = CELLS[arch.cell]
    return replace(found, kernels=found.separate) if arch.separate_input else found


def logits(parameters: Parameters, rates: "Tensor") -> "Tensor":
    """h W_out + b_out, (time, trial, output), from the rates after the update of each step; one network or many."""
    flat, weight, bias = rates.flatten(-3, -2), parameters["w_out"], parameters["b_out"]
    z = bias.addmm(flat, weight) if weight.ndim == 2 else bias.unsqueeze(-2).baddbmm(flat, weight)
    return z.view(*rates.shape[:-1], -1)


def outputs(parameters: Parameters, arch: "Architecture", rates: "Tensor") -> "Tensor":
    """sigmoid of `logits`, their softmax over channels, or as they are, as the architecture says."""
    z = logits(parameters, rates)
    if arch.linear_output:
        return z
    return z.softmax(-1) if arch.softmax_output else z.sigmoid()


def names_with(has: Callable[[Cell], Any]) -> str:
    """Names of the cells that have something, for messages: "a, b or c"."""
    *others, last = (name for name, each in CELLS.items() if has(each))
    return f"{', '.join(others)} or {last}" if others else last
