"""Fixed points of networks that learnt the flip-flop, and what states do near them (Sussillo & Barak 2013).

Without a pulse a network is a map h -> F(h) of its state. Its stable fixed points keep the memories, and the others,
the saddles, lie between them. Of a point with Jacobian J the index is the number of eigenvalues of J outside the unit
circle: the number of directions in which states leave it. The search is the library's: speed q(h) = 1/2 |F(h) - h|^2
is minimised from visited states, then Newton's steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from flipflop.tables import TABLES
from flipflop.task import FlipFlop, memory
from replicortex.analysis import fixed_points as fp
from replicortex.primer.dynamics import step_of, visited_states
from replicortex.primer.job import Trained
from replicortex.primer.measure.common import Space, state_space, tested
from replicortex.random_streams import generator

Array = NDArray[np.float64]
STARTS, NOISE = 1024, 0.5  # starting states, and the standard deviation of what is added to them
SPEED, SAME = 1e-12, 1e-3  # q of a slow point; points nearer than this are one
TRIALS = 64  # whose states are the visited ones
DRAWN, SPARSE = 12, 0.08  # trials that are drawn in state space, and their probability of a pulse
NEAR = 0.1  # a probe of the linear model starts this part of the way from a saddle to the nearest stable point
STEPS = 10  # of the linear model
APART, SETTLED = 1e-3, 400  # first displacement from a saddle, and steps in which it arrives at a stable point


class Found(NamedTuple):
    """Fixed points of one network.

    states : (point, unit)
        The points, those with the fewest unstable directions first.
    jacobians : (point, unit, unit)
        Of F at each.
    unstable : (point,)
        Number of unstable directions.
    memories : (point,)
        Number of the memory that the signs of the outputs stand for; see `flipflop.task.memory`.
    """

    states: Array
    jacobians: Array
    unstable: NDArray[np.int_]
    memories: NDArray[np.int64]


def find(one: Trained, visited: Array, rng: np.random.Generator) -> Found:
    """The fixed points of a network without a pulse, from noisy copies of visited states (time, trial, unit)."""
    step = silent(one)
    flat = visited.reshape(-1, visited.shape[-1])
    starts = flat[rng.integers(0, len(flat), STARTS)] + rng.normal(0, NOISE, (STARTS, flat.shape[1]))
    slow = fp.slow_points(step, starts, steps=5000, rate=0.1, enough=SPEED)
    points = fp.fixed_points(step, slow.where(slow.converged).states)
    points = points.where(points.converged)
    points = points.where(fp.distinct(points, SAME))
    jacobians = fp.automatic(step)(torch.from_numpy(points.states)).numpy()
    unstable = fp.modes(jacobians).unstable
    memories = memory(read_out(one, points.states))
    order = np.lexsort((memories, unstable))
    return Found(points.states[order], jacobians[order], unstable[order], memories[order])


def silent(one: Trained) -> fp.Step:
    """One step of a network without a pulse."""
    return step_of(one, np.zeros(len(one.task.input_lines)))


def read_out(one: Trained, states: Array) -> Array:
    """Outputs (..., bit) of states (..., unit)."""
    w, b = (value.detach().double().numpy() for value in (one.network.w_out, one.network.b_out))
    outputs: Array = states @ w + b
    return outputs


def measure_points(networks: Mapping[str, Trained]) -> dict[str, pd.DataFrame]:
    """Tables points, modes, cube, visited, ways, saddles and linear; see `flipflop.tables`."""
    parts = [_points_of(label, one) for label, one in networks.items()]
    return {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]}


def _points_of(label: str, one: Trained) -> dict[str, pd.DataFrame]:
    rng = generator(one.experiment.name, label, "fixed points")
    visited = visited_states(one, one.task.draw(TRIALS, rng).inputs)
    found, space = find(one, visited, rng), state_space(visited)
    ways, saddles = _ways(one, found, space)
    made = {
        "points": _points(one, found, space, visited),
        "modes": _modes(found),
        "cube": _cube(found, space),
        "visited": _visited(one, space, rng),
        "ways": ways,
        "saddles": saddles,
        "linear": _linear(silent(one), found),
    }
    made = {name: table if len(table) else _none(name) for name, table in made.items()}
    for table in made.values():
        table.insert(0, "network", label)
    return made


def _none(name: str) -> pd.DataFrame:
    """The row of a network that has no saddle: every network is in every table."""
    columns = next(table.columns for table in TABLES if table.name == name)
    return pd.DataFrame([{c: -1 if kind == "int" else np.nan for c, kind in columns.items() if c != "network"}])


def _in_space(space: Space, states: Array) -> dict[str, Array]:
    return {f"pc{i + 1}": column for i, column in enumerate(space.project(states).T)}


def _points(one: Trained, found: Found, space: Space, visited: Array) -> pd.DataFrame:
    """A row per point; distance to the nearest visited state, in units of the extent of all of these."""
    flat = visited.reshape(-1, visited.shape[-1])
    distance = [np.linalg.norm(flat - state, axis=1).min() for state in found.states]
    point = np.arange(len(found.states))
    table = pd.DataFrame({"point": point, "n_unstable": found.unstable, "memory": found.memories})
    for bit, column in enumerate(read_out(one, found.states).T):
        table[f"bit_{bit + 1}"] = column
    table["distance"] = np.asarray(distance, dtype=float) / np.linalg.norm(np.ptp(flat, axis=0))
    return table.assign(**_in_space(space, found.states))


def _modes(found: Found) -> pd.DataFrame:
    """Every eigenvalue of every point, the slowest first."""
    values = fp.modes(found.jacobians).values
    n, units = values.shape
    return pd.DataFrame(
        {
            "point": np.repeat(np.arange(n), units),
            "n_unstable": np.repeat(found.unstable, units),
            "mode": np.tile(np.arange(units), n),
            "real": values.real.ravel(),
            "imag": values.imag.ravel(),
        }
    )


def bits_apart(one: int, other: int) -> int:
    """Number of bits in which two memories differ."""
    return int.bit_count((one - 1) ^ (other - 1))


def _cube(found: Found, space: Space) -> pd.DataFrame:
    """Shares of variance along the axes, and how near the stable points come to the corners of a cube."""
    corners, names = found.states[found.unstable == 0], found.memories[found.unstable == 0]
    centred = corners - corners.mean(axis=0) if len(corners) else corners
    total = float(np.square(centred).sum())
    within = float(np.square(centred @ space.axes.T).sum()) / total if total > 0 else np.nan
    edges = [
        float(np.linalg.norm(corners[i] - corners[j]))
        for i in range(len(corners))
        for j in range(i)
        if bits_apart(int(names[i]), int(names[j])) == 1
    ]
    shares = {f"explained_{i + 1}": share for i, share in enumerate(space.explained)}
    ends = (min(edges), max(edges)) if edges else (np.nan, np.nan)
    return pd.DataFrame([{**shares, "share": within, "shortest_edge": ends[0], "longest_edge": ends[1]}])


def _visited(one: Trained, space: Space, rng: np.random.Generator) -> pd.DataFrame:
    """Trials with fewer pulses in state space, so that states have time to settle between two of them."""
    assert isinstance(one.task, FlipFlop)
    trials = replace(one.task, p_pulse=SPARSE).draw(DRAWN, rng)
    points = visited_states(one, trials.inputs)
    steps, n = points.shape[:2]
    table = pd.DataFrame({"trial": np.repeat(np.arange(n), steps), "step": np.tile(np.arange(steps), n)})
    table["memory"] = trials.actions.T.ravel()
    return table.assign(**_in_space(space, points.transpose(1, 0, 2).reshape(steps * n, -1)))


def _ways(one: Trained, found: Found, space: Space) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Where states go from either side of each saddle, along each of its unstable directions.

    Returns
    -------
    ways
        A row per saddle, direction, side and step on the way to a stable point.
    saddles
        A row per saddle of index 1: the memories of the two stable points that it joins, and the bits between them.
    """
    step, stable = silent(one), found.unstable == 0
    rows, joined = [], []
    for point in np.flatnonzero(~stable):
        ends = []
        for direction, vector in enumerate(unstable_directions(found.jacobians[point])):
            for side in (-1, 1):
                path = _run(step, found.states[point] + side * APART * vector, SETTLED)
                away = np.linalg.norm(found.states[stable] - path[-1], axis=1)
                arrived = stable.any() and away.min() < 0.01
                ends.append(int(found.memories[stable][away.argmin()]) if arrived else 0)
                told = {"point": point, "n_unstable": found.unstable[point], "direction": direction, "side": side}
                rows.append(pd.DataFrame({**told, "step": np.arange(len(path)), **_in_space(space, path)}))
        if found.unstable[point] == 1:
            apart = bits_apart(*ends) if 0 not in ends else -1
            joined.append((point, min(ends), max(ends), apart))
    saddles = pd.DataFrame(joined, columns=["point", "memory_1", "memory_2", "bits_apart"])
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(), saddles


def unstable_directions(jacobian: Array) -> Array:
    """Directions (direction, unit) of length 1 in which states leave a point; real parts where they are complex."""
    values, vectors = np.linalg.eig(jacobian)
    found: Array = np.real(vectors[:, np.abs(values) > 1]).T
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def _run(step: fp.Step, state: Array, steps: int) -> Array:
    """(time, unit) states from one state on, this one first; it ends where nothing moves any more."""
    path = [torch.from_numpy(state[None])]
    with torch.no_grad():
        while len(path) <= steps and (len(path) < 50 or float((path[-1] - path[-2]).norm()) > 1e-6):
            path.append(step(path[-1]))
    return torch.cat(path).numpy()


def _linear(step: fp.Step, found: Found) -> pd.DataFrame:
    """How far h* + J^n (h - h*) is from the state after n steps, beside the length of the path to there."""
    rows, corners = [], found.states[found.unstable == 0]
    for point in np.flatnonzero(found.unstable == 1) if len(corners) else []:
        centre, jacobian = found.states[point], found.jacobians[point]
        reach = NEAR * np.linalg.norm(corners - centre, axis=1).min()
        for side in (-1, 1):
            begin = reach * side * unstable_directions(jacobian)[0]
            path = _run(step, centre + begin, STEPS)
            length = np.linalg.norm(np.diff(path, axis=0), axis=1).cumsum()
            for n in range(1, STEPS + 1):
                guess = centre + np.linalg.matrix_power(jacobian, n) @ begin
                rows.append((point, side, n, float(np.linalg.norm(path[n] - guess)), float(length[n - 1])))
    return pd.DataFrame(rows, columns=["point", "side", "steps", "error", "path"])


def measure_trials(networks: Mapping[str, Trained]) -> dict[str, pd.DataFrame]:
    """Tables held_out and trial; see `flipflop.tables`."""
    errors, examples = [], []
    for label, one in networks.items():
        trials, run = tested(one, "held out", 1000)
        wrong = np.abs(run.outputs - trials.targets)
        right = float((memory(run.outputs) == trials.actions).mean())
        errors.append((label, float(np.square(wrong).mean()), float(wrong.max()), right))
        steps, bits = trials.inputs.shape[0], trials.inputs.shape[2]
        examples.append(
            pd.DataFrame(
                {
                    "network": label,
                    "bit": np.tile(np.arange(1, bits + 1), steps),
                    "step": np.repeat(np.arange(steps), bits),
                    "input": trials.inputs[:, 0].ravel(),
                    "target": trials.targets[:, 0].ravel(),
                    "output": run.outputs[:, 0].ravel(),
                }
            )
        )
    held_out = pd.DataFrame(errors, columns=["network", "squared_error", "largest_error", "right"])
    return {"held_out": held_out, "trial": pd.concat(examples, ignore_index=True)}
