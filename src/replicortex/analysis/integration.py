"""Is there a line along which a network gathers evidence? Slow points of the Ctx DM tasks, and what they stand for.

After Mante et al. 2013, doi 10.1038/nature12742: with the context cue and stimuli of equal strength held, a network
that integrates has a row of slow points from one choice to the other, each with one mode that hardly decays along the
row while all others do, and the input of the relevant modality pushes that mode more than that of the other one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from replicortex.analysis.circuit import PAIR
from replicortex.analysis.common import FloatArray, Tables, coding_of, networks_of, only_network
from replicortex.analysis.fixed_points import Line, Modes, Points, distinct, fixed_points, line, modes, order_along, slow_points
from replicortex.analysis.linearised import Dynamics, dynamics
from replicortex.networks import Ensemble
from replicortex.tasks import Coding, generate, preferred_directions

COHERENCES = (-0.16, -0.08, -0.04, -0.02, -0.01, 0.0, 0.01, 0.02, 0.04, 0.08, 0.16)
STIMULUS = 800.0  # ms
DIRECTIONS = (0.0, math.pi / 2)  # rad, of stimulus 1; stimulus 2 is opposite
EVERY = 4  # steps between the states from which slow points are looked for
RESPONSE = 10  # steps of the response after which it is read
APART = 0.01  # slow points nearer to each other than this part of the states' extent count once
SHOWN = 12  # modes of each point that tables hold


class Shown(NamedTuple):
    """Trials of one Ctx DM task in one direction, without noise.

    rates : (time, trial, unit)
        While the stimulus is on, a trial for each of `COHERENCES` in the relevant modality.
    held : (channel,)
        Input during the stimulus at coherence 0.
    go : (channel,)
        Input during the response.
    pushes : (2, channel)
        Change of the input by coherence in modality 1 and in 2, per unit of coherence.
    """

    rates: FloatArray
    held: FloatArray
    go: FloatArray
    pushes: FloatArray


def shown(net: Ensemble, task: str, direction: float, coding: Coding) -> Shown:
    """What one network is shown in a task, and its rates."""
    relevant = PAIR.index(task)
    zero, unit = np.zeros(len(COHERENCES)), np.array(COHERENCES)

    def trial(first: FloatArray, second: FloatArray):  # type: ignore[no-untyped-def]
        params = {
            "direction_1": direction,
            "direction_2": (direction + math.pi) % (2 * math.pi),
            "strength_1_mod1": 1 + first,
            "strength_2_mod1": 1 - first,
            "strength_1_mod2": 1 + second,
            "strength_2_mod2": 1 - second,
            "stim_time": STIMULUS,
        }
        return generate(task, mode="psychometric", params=params, noise=False, coding=coding)

    trials = trial(unit, zero) if relevant == 0 else trial(zero, unit)
    start, stop = trials.epochs["stim1"]
    still = COHERENCES.index(0.0)
    one = np.eye(1, len(COHERENCES))[0]  # a coherence of 1 in the first trial
    held = trials.x[start, still]
    pushes = np.stack([pushed.x[start, 0] - held for pushed in (trial(one, zero), trial(zero, one))])
    return Shown(net.run(trials.x).rates[0, start:stop], held, trials.x[-1, still], pushes)


def choice_axis(net: Ensemble, states: FloatArray, go: FloatArray, direction: float, coding: Coding) -> FloatArray:
    """What each state answers once it may: 1 towards a direction, -1 opposite to it, 0 between; (point,).

    The network runs for `RESPONSE` steps under the input of the response; the response ring's activity is averaged along
    the axis through both directions, sum y cos(preferred - direction) / sum y.
    """
    moving = dynamics(net, go)
    h = _tensor(states)
    for _ in range(RESPONSE):
        h = moving.step(h)
    weights = net.one(0)
    y = 1 / (1 + np.exp(-(h.numpy() @ weights["w_out"].double().numpy() + weights["b_out"].double().numpy())))[:, 1:]
    towards = np.cos(preferred_directions(y.shape[1]) - direction)
    return np.asarray(y @ towards / y.sum(axis=1))


def _tensor(states: FloatArray):  # type: ignore[no-untyped-def]
    import torch

    return torch.as_tensor(states, dtype=torch.float64)


class Found(NamedTuple):
    """Slow points of one network, task and direction, and what there is to say of each and of all.

    slow, fixed : Points
        Slow points, and the fixed points that Newton's steps lead to from them.
    moves : Dynamics
    modes, fixed_modes : Modes
    answer : (point,)
        See `choice_axis`.
    line : Line
    pushed : (2, point)
        How far modality 1 and 2 push the slowest mode of a slow point, per unit of coherence.
    """

    slow: Points
    fixed: Points
    moves: Dynamics
    modes: Modes
    fixed_modes: Modes
    answer: FloatArray
    line: Line
    pushed: FloatArray


def integration_line(net: Ensemble, task: str, direction: float, given: Shown, coding: Coding) -> Found:
    """Look for the line in one network."""
    moves = dynamics(net, given.held)
    starts = given.rates[EVERY - 1 :: EVERY].reshape(-1, net.architecture.units).astype(float)
    extent = float(np.linalg.norm(np.ptp(starts, axis=0)))
    slow = slow_points(moves.step, starts)
    slow = slow.where(distinct(slow, APART * extent))
    fixed = fixed_points(moves.step, slow.states, moves.jacobian)
    fixed = fixed.where(distinct(fixed, APART * extent))
    states = _tensor(slow.states)
    found = modes(moves.jacobian(states).numpy())
    pushed = np.einsum("pi,pic,mc->mp", found.left, moves.inputs(states).numpy(), given.pushes)
    answer = choice_axis(net, slow.states, given.go, direction, coding)
    fixed_modes = modes(moves.jacobian(_tensor(fixed.states)).numpy())
    return Found(slow, fixed, moves, found, fixed_modes, answer, line(slow.states, answer), np.abs(pushed))


def _points(found: Found, dt: float) -> pd.DataFrame:
    """Slow points and fixed points, in the plane of the slow points' first two components."""
    centre = found.slow.states.mean(axis=0)
    _, _, axes = np.linalg.svd(found.slow.states - centre, full_matrices=False)
    axes = np.stack([found.line.axis, axes[1]]) if len(axes) > 1 else np.zeros((2, len(centre)))
    frames = []
    for kind, points, of in (("slow", found.slow, found.modes), ("fixed", found.fixed, found.fixed_modes)):
        plane = (points.states - centre) @ axes.T
        times = of.time_constants(dt)
        columns = {
            "kind": kind,
            "point": np.arange(len(plane)),
            "speed": points.speed,
            "n_unstable": of.unstable,
            "tau_1_ms": times[:, 0],
            "tau_2_ms": times[:, 1],
            "x": plane[:, 0],
            "y": plane[:, 1],
        }
        both = kind == "slow"
        extra = {
            "position": found.line.position if both else np.nan,
            "answer": found.answer if both else np.nan,
            "pushed_1": found.pushed[0] if both else np.nan,
            "pushed_2": found.pushed[1] if both else np.nan,
        }
        frames.append(pd.DataFrame(columns | extra))
    return pd.concat(frames, ignore_index=True)


def _modes(found: Found, dt: float) -> pd.DataFrame:
    values = found.modes.values[:, :SHOWN]
    times = found.modes.time_constants(dt)[:, :SHOWN]
    point, mode = np.indices(values.shape)
    columns = {"point": point.ravel(), "mode": mode.ravel(), "real": values.real.ravel(), "imag": values.imag.ravel()}
    return pd.DataFrame(columns | {"time_constant_ms": times.ravel()})


def _summary(found: Found, relevant: int, dt: float) -> pd.DataFrame:
    """One row: see `measure_integration`."""
    times = found.modes.time_constants(dt)
    along = np.abs(found.modes.right @ found.line.axis)
    row = {
        "n_slow": len(found.slow.states),
        "n_fixed": int((found.fixed.speed < 1e-15).sum()),
        "share_1": found.line.share,
        "share_2": found.line.second,
        "order": order_along(found.line.position, found.answer),
        "answer_range": float(np.ptp(found.answer)),
        "tau_1_ms": float(np.median(times[:, 0])),
        "tau_2_ms": float(np.median(times[:, 1])),
        "mode_along": float(np.median(along)),
        "relevant": float(np.median(found.pushed[relevant])),
        "irrelevant": float(np.median(found.pushed[1 - relevant])),
    }
    return pd.DataFrame([row])


def _paths(found: Found, given: Shown) -> pd.DataFrame:
    """Rates of every coherence in the plane of the slow points."""
    centre = found.slow.states.mean(axis=0)
    _, _, axes = np.linalg.svd(found.slow.states - centre, full_matrices=False)
    second = axes[1] if len(axes) > 1 else np.zeros_like(found.line.axis)
    plane = (given.rates - centre) @ np.stack([found.line.axis, second]).T
    step, trial = np.indices(plane.shape[:2])
    columns = {"coherence": np.array(COHERENCES)[trial.ravel()], "step": step.ravel()}
    return pd.DataFrame(columns | {"x": plane[..., 0].ravel(), "y": plane[..., 1].ravel()})


def measure_integration(nets: Iterable[Ensemble]) -> Tables:
    """Tables of the line in every network, both Ctx DM tasks and two directions.

    Returns
    -------
    slow_points
        network, task, direction, kind ("slow" or "fixed"), point, speed (q), n_unstable, tau_1_ms and tau_2_ms (time
        constants of the slowest two modes), x, y (in the plane of the slow points); of slow points also position (-1..1
        along the line), answer (see `choice_axis`), pushed_1, pushed_2 (see `Found`).
    slow_modes
        network, task, direction, point, mode (0 the slowest), real, imag, time_constant_ms.
    slow_line
        network, task, direction, n_slow, n_fixed, share_1 and share_2 (of the slow points' variance along the first and
        second component), order (Spearman's correlation of position and answer), answer_range, medians over slow points:
        tau_1_ms, tau_2_ms, mode_along (|cosine| of the slowest mode and the line), relevant, irrelevant (see `Found`).
    slow_paths
        network, task, direction, coherence, step, x, y: rates while the stimulus is on.
    """
    parts: dict[str, list[pd.DataFrame]] = {"slow_points": [], "slow_modes": [], "slow_line": [], "slow_paths": []}
    for net in networks_of(nets):
        only_network(net, "measure_integration")
        coding, dt = coding_of(net), net.architecture.dt
        for task in PAIR:
            for direction in DIRECTIONS:
                given = shown(net, task, direction, coding)
                found = integration_line(net, task, direction, given, coding)
                tables = {
                    "slow_points": _points(found, dt),
                    "slow_modes": _modes(found, dt),
                    "slow_line": _summary(found, PAIR.index(task), dt),
                    "slow_paths": _paths(found, given),
                }
                for name, table in tables.items():
                    for column, value in (("direction", direction), ("task", task), ("network", net.labels[0])):
                        table.insert(0, column, value)
                    parts[name].append(table)
    return {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}
