"""Is there a line along which a network gathers evidence? Slow points under a held input, and what they stand for.

After Mante et al. 2013, doi 10.1038/nature12742: with the cue and stimuli of equal strength held, a network that
integrates has a row of slow points from one choice to the other. While it is undecided each has one mode that hardly
decays, along the row, while all others do, and evidence that counts pushes that mode more than evidence that does not.

What is held and shown is a `Held`; `analysis.integration_tasks` makes those of the tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch

from replicortex.analysis import fixed_points as fp
from replicortex.analysis.common import FloatArray, Tables
from replicortex.analysis.linearised import Dynamics

EVERY = 4  # steps between the states from which slow points are looked for
STILL = 0.1  # a slow point moves by less than this part of the states' extent while a stimulus lasts
APART = 0.02  # slow points nearer to each other than this part of the extent count once
RATE = 1e-3  # of the search, in parts of the extent
UNDECIDED = 0.9  # of the largest answer: below it a state has not come to a choice
SHOWN = 12  # modes of each point that tables hold


@dataclass(frozen=True)
class Held:
    """A network, an input that is held, and the states that it visits.

    Attributes
    ----------
    names : mapping
        Column -> value of what is held: network, task, direction.
    moves : Dynamics
        One step under the input.
    dt : float
        ms.
    visited : (time, trial, state)
        States while a stimulus lasts, a trial for each of ``coherences``.
    coherences : (trial,)
    answer : Callable
        From states (point, state) to what they answer, -1 (one choice) to 1 (the other): (point,).
    pushes : (2, channel)
        Change of the input per unit of coherence: relevant and irrelevant evidence; NaN where there is none.
    """

    names: Mapping[str, str | float]
    moves: Dynamics
    dt: float
    visited: FloatArray
    coherences: FloatArray
    answer: Callable[[FloatArray], FloatArray]
    pushes: FloatArray


class Found(NamedTuple):
    """Slow points, and what there is to say of each and of all.

    slow, fixed : Points
        Slow points, and the fixed points that Newton's steps lead to from them.
    modes, fixed_modes : Modes
    answer : (point,)
    line : Line
    pushed : (2, point)
        How far relevant and irrelevant evidence push the slowest mode of a slow point, per unit of coherence.
    """

    slow: fp.Points
    fixed: fp.Points
    modes: fp.Modes
    fixed_modes: fp.Modes
    answer: FloatArray
    line: fp.Line
    pushed: FloatArray

    @property
    def undecided(self) -> FloatArray:
        """Of each slow point whether its answer is short of a choice."""
        size = np.abs(self.answer)
        return size < UNDECIDED * size.max(initial=0)


def slow_speed(visited: FloatArray) -> float:
    """q below which a state stays where it is for a stimulus: 1/2 (0.1 extent / steps)^2, extent that of the states.

    Parameters
    ----------
    visited : (time, trial, state)
    """
    return 0.5 * (STILL * _extent(visited) / len(visited)) ** 2


def _extent(visited: FloatArray) -> float:
    """Length of the diagonal of the box around the states."""
    return float(np.linalg.norm(np.ptp(visited.reshape(-1, visited.shape[-1]), axis=0)))


def find_line(held: Held) -> Found:
    """Slow and fixed points under a held input; there may be none."""
    moves, enough, apart = held.moves, slow_speed(held.visited), APART * _extent(held.visited)
    starts = held.visited[EVERY - 1 :: EVERY].reshape(-1, held.visited.shape[-1]).astype(float)
    slow = fp.slow_points(moves.step, starts, enough=enough, rate=RATE * _extent(held.visited))
    slow = slow.where(slow.speed < enough)
    slow = slow.where(fp.distinct(slow, apart))
    fixed = fp.fixed_points(moves.step, slow.states, moves.jacobian)
    fixed = fixed.where(fixed.speed < 1e-15)
    fixed = fixed.where(fp.distinct(fixed, apart))
    at = torch.as_tensor(slow.states)
    modes = fp.modes(moves.jacobian(at).numpy())
    pushed = np.abs(np.einsum("pi,pic,mc->mp", modes.left, moves.inputs(at).numpy(), held.pushes))
    answer = held.answer(slow.states)
    fixed_modes = fp.modes(moves.jacobian(torch.as_tensor(fixed.states)).numpy())
    return Found(slow, fixed, modes, fixed_modes, answer, fp.line(slow.states, answer), pushed)


def _plane(held: Held, found: Found) -> tuple[FloatArray, FloatArray]:
    """Centre and axes (2, state): along the line, and along what the visited states vary in most besides that.

    Without a line the first axis is the first principal component of the visited states.
    """
    visited = held.visited.reshape(-1, held.visited.shape[-1])
    centre = visited.mean(axis=0)
    rest = visited - centre
    first = found.line.axis if len(found.slow.states) > 1 else np.linalg.svd(rest, full_matrices=False)[2][0]
    rest = rest - np.outer(rest @ first, first)
    return centre, np.stack([first, np.linalg.svd(rest, full_matrices=False)[2][0]])


def _points(held: Held, found: Found) -> pd.DataFrame:
    centre, axes = _plane(held, found)
    frames = []
    for kind, points, modes in (("slow", found.slow, found.modes), ("fixed", found.fixed, found.fixed_modes)):
        n, slow = len(points.states), kind == "slow"
        plane = (points.states - centre) @ axes.T
        times = modes.time_constants(held.dt)
        nothing = np.full(n, np.nan)
        columns = {
            "kind": kind,
            "point": np.arange(n),
            "speed": points.speed,
            "n_unstable": modes.unstable,
            "tau_1_ms": times[:, 0],
            "tau_2_ms": times[:, 1],
            "x": plane[:, 0],
            "y": plane[:, 1],
            "position": found.line.position if slow else nothing,
            "answer": found.answer if slow else nothing,
            "undecided": found.undecided if slow else np.zeros(n, bool),
            "pushed_relevant": found.pushed[0] if slow else nothing,
            "pushed_irrelevant": found.pushed[1] if slow else nothing,
        }
        frames.append(pd.DataFrame(columns))
    if not len(found.slow.states):
        frames[0] = frames[0].reindex([0]).assign(kind="none", point=-1, n_unstable=0, undecided=False)
    return pd.concat([frame for frame in frames if len(frame)], ignore_index=True)


def _modes(found: Found, dt: float) -> pd.DataFrame:
    values = found.modes.values[:, :SHOWN]
    times = found.modes.time_constants(dt)[:, :SHOWN]
    point, mode = np.indices(values.shape)
    columns = {"point": point.ravel(), "mode": mode.ravel(), "real": values.real.ravel(), "imag": values.imag.ravel()}
    table = pd.DataFrame(columns | {"time_constant_ms": times.ravel()})
    return table if len(table) else table.reindex([0]).assign(point=-1, mode=0)


def _summary(found: Found, dt: float) -> pd.DataFrame:
    times = found.modes.time_constants(dt)
    along = np.abs(found.modes.right @ found.line.axis)
    among = found.undecided
    row = {
        "n_slow": len(found.slow.states),
        "n_fixed": len(found.fixed.states),
        "n_undecided": int(among.sum()),
        "share_1": found.line.share,
        "share_2": found.line.second,
        "order": fp.order_along(found.line.position, found.answer),
        "tau_all_1_ms": _median(times[:, 0]),
        "tau_all_2_ms": _median(times[:, 1]),
        "tau_1_ms": _median(times[among, 0]),
        "tau_2_ms": _median(times[among, 1]),
        "mode_along": _median(along[among]),
        "relevant": _median(found.pushed[0, among]),
        "irrelevant": _median(found.pushed[1, among]),
    }
    return pd.DataFrame([row])


def _median(values: FloatArray) -> float:
    return float(np.median(values)) if len(values) else float("nan")


def _paths(held: Held, found: Found) -> pd.DataFrame:
    centre, axes = _plane(held, found)
    plane = (held.visited - centre) @ axes.T
    step, trial = np.indices(plane.shape[:2])
    columns = {"coherence": held.coherences[trial.ravel()], "time_ms": (step.ravel() + 1) * held.dt}
    return pd.DataFrame(columns | {"x": plane[..., 0].ravel(), "y": plane[..., 1].ravel()})


def line_tables(everything: Iterable[Held]) -> Tables:
    """Tables of the line under each held input.

    All begin with the columns of `Held.names`: network, task, direction (rad). Where there is no slow point, the first
    two have a row of kind "none" and point -1, so that no network is missing from them.

    Returns
    -------
    slow_points
        kind ("slow" or "fixed"), point, speed (q), n_unstable, tau_1_ms and tau_2_ms (time constants of the slowest two
        modes), x, y (along the line, and along what the visited states vary in most besides); of slow points also
        position (-1..1 along the line), answer, undecided, pushed_relevant, pushed_irrelevant (see `Found`).
    slow_modes
        point, mode (0 the slowest), real, imag, time_constant_ms.
    slow_line
        n_slow, n_fixed, n_undecided, share_1 and share_2 (of the slow points' variance along the first and second
        component), order (Spearman's correlation of position and answer); medians over slow points tau_all_1_ms and
        tau_all_2_ms; over undecided ones tau_1_ms, tau_2_ms, mode_along (|cosine| of the slowest mode and the line),
        relevant, irrelevant (see `Found`), NaN if there are none.
    slow_paths
        coherence, time_ms, x, y: visited states.
    """
    parts: dict[str, list[pd.DataFrame]] = {"slow_points": [], "slow_modes": [], "slow_line": [], "slow_paths": []}
    for held in everything:
        found = find_line(held)
        made = (_points(held, found), _modes(found, held.dt), _summary(found, held.dt), _paths(held, found))
        for frames, table in zip(parts.values(), made, strict=True):
            for column, value in reversed(list(held.names.items())):
                table.insert(0, column, value)
            frames.append(table)
    return {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}
