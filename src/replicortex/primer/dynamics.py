"""A trained network as a dynamical system: one step under an input, the states that it visits, where it stands still.

Examples
--------
>>> from replicortex import primer
>>> one = primer.train(primer.GoNoGo(), units=8, updates=5, evaluate_every=5, log=lambda line: None)["seed0"]
>>> points = primer.slow_points(one, held=[1, 0, 0])
>>> points.states.shape[1], points.converged.dtype
(8, dtype('bool'))
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from replicortex.analysis import fixed_points as fp
from replicortex.analysis.integration import slow_speed
from replicortex.primer import cells
from replicortex.primer.job import Trained
from replicortex.primer.trials import Floats
from replicortex.random_streams import generator

Array = NDArray[np.float64]
Advance = Callable[[Tensor, Tensor], Tensor]  # states (point, state), inputs (point, line) -> states one step later
N_STARTS, N_TRIALS = 100, 50


def step_of(one: Trained, held: ArrayLike) -> fp.Step:
    """One step of a trained network while its input stays as it is, without noise, in float64.

    Parameters
    ----------
    one
        From `train` or `load`. (Of any other module of PyTorch: `analysis.modules.held_step`.)
    held : (line,)
        The input.

    Returns
    -------
    Callable
        From states (point, state) to states one step later. The state of an LSTM is its rates, then its cell values.

    Raises
    ------
    ValueError
        An input of another size, or a cell that keeps more than rates, other than an LSTM.
    """
    x = torch.as_tensor(np.asarray(held, dtype=float))
    if x.shape != (len(one.task.input_lines),):
        raise ValueError(f"held: shape {tuple(x.shape)}; the task has the lines {', '.join(one.task.input_lines)}")
    advance = advance_of(one)
    return lambda h: advance(h, x.expand(len(h), -1))


def visited_states(one: Trained, inputs: Floats) -> Array:
    """(time, trial, state) that the network passes through without noise while inputs (time, trial, line) are shown."""
    advance, shown = advance_of(one), torch.from_numpy(inputs).double()
    size = one.experiment.network.units * (2 if one.experiment.network.cell == "lstm" else 1)
    state, visited = torch.zeros(shown.shape[1], size, dtype=torch.float64), []
    with torch.no_grad():
        for x in shown:
            state = advance(state, x)
            visited.append(state)
    return torch.stack(visited).numpy()


def slow_points(one: Trained, held: ArrayLike, starts: ArrayLike | None = None) -> fp.Points:
    """Where the network stands still, or nearly, while its input is held (Sussillo & Barak 2013).

    Parameters
    ----------
    one
        From `train` or `load`.
    held : (line,)
        The input.
    starts : (point, state), optional
        States to begin from; by default 100 that the network visits in 50 trials of its task.

    Returns
    -------
    Points
        One for each start. A point has converged if in the time of a trial it moves by less than a tenth of the extent
        of the visited states; the others are no slow points.

    Raises
    ------
    ValueError
        As `step_of`.
    """
    step = step_of(one, held)
    rng = generator(one.experiment.name, one.label, "slow points")
    visited = visited_states(one, one.task.draw(N_TRIALS, rng).inputs)
    flat = visited.reshape(-1, visited.shape[-1])
    begin = rng.choice(flat, min(N_STARTS, len(flat)), replace=False) if starts is None else starts
    extent = float(np.linalg.norm(np.ptp(flat, axis=0)))
    return fp.slow_points(step, begin, enough=slow_speed(visited), rate=1e-3 * extent)


def advance_of(one: Trained) -> Advance:
    """One step of a network without noise, in float64.

    Raises
    ------
    ValueError
        A cell that keeps more than rates, other than an LSTM.
    """
    cell = one.network.cell
    p = {name.rpartition(".")[2]: value.double() for name, value in cell.state_dict().items()}
    if type(cell) is cells.Leaky:
        p["w_rec"] = cell.connections.detach().double()
        f, a = cells.ACTIVATIONS[cell.activation].f, cell.alpha
        inside, outside = _leaky(p, f, a), _leaky_outside(p, f, a)
        return outside if cell.outside else inside
    if isinstance(cell, cells.BuiltIn):
        gates = [p[f"{kind}_l0"] for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
        return _built_in(one.experiment.network.cell, gates)
    kind = one.experiment.network.cell
    raise ValueError(f"advance_of: {one.label} has the cell {kind!r}; takes leaky ones, vanilla, gru and lstm")


def _leaky(p: Mapping[str, Tensor], f: Callable[[Tensor], Tensor], a: float) -> Advance:
    return lambda h, x: (1 - a) * h + a * f(x @ p["w_in"] + h @ p["w_rec"] + p["b_rec"])


def _leaky_outside(p: Mapping[str, Tensor], f: Callable[[Tensor], Tensor], a: float) -> Advance:
    return lambda h, x: f((1 - a) * h + a * (x @ p["w_in"] + h @ p["w_rec"] + p["b_rec"]))


def _built_in(kind: str, gates: list[Tensor]) -> Advance:
    library: Any = torch
    if kind == "lstm":

        def lstm(state: Tensor, x: Tensor) -> Tensor:
            return torch.cat(library.lstm_cell(x, state.chunk(2, dim=1), *gates), dim=1)

        return lstm
    step = library.gru_cell if kind == "gru" else library.rnn_tanh_cell
    return lambda h, x: step(x, h, *gates)
