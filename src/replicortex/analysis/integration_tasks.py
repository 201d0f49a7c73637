"""What is held and shown where a line of integration is looked for: Ctx DM 1 and 2 of the twenty-task networks."""

from __future__ import annotations

import math

import numpy as np
import torch

from replicortex.analysis.circuit import PAIR
from replicortex.analysis.common import FloatArray, coding_of
from replicortex.analysis.integration import Held
from replicortex.analysis.linearised import dynamics
from replicortex.networks import Ensemble, cells
from replicortex.tasks import Coding, Trial, generate, preferred_directions

COHERENCES = (-0.16, -0.08, -0.04, -0.02, -0.01, 0.0, 0.01, 0.02, 0.04, 0.08, 0.16)  # of the relevant modality
STIMULUS = 800.0  # ms
DIRECTIONS = (0.0, math.pi / 2)  # rad, of stimulus 1; stimulus 2 is opposite
RESPONSE = 10  # steps of the response after which it is read


def _trial(task: str, direction: float, first: FloatArray, second: FloatArray, coding: Coding) -> Trial:
    """Noise-free trials with these coherences in modality 1 and 2."""
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


def choice_axis(net: Ensemble, states: FloatArray, go: FloatArray, direction: float) -> FloatArray:
    """What each state answers once it may: 1 towards a direction, -1 opposite to it, 0 between.

    The network runs for `RESPONSE` steps under the input of the response; then the response ring's activity is averaged
    along the axis through both directions, sum y cos(preferred - direction) / sum y.

    Parameters
    ----------
    states : (point, unit)
    go : (channel,)
        Input during the response.

    Returns
    -------
    ndarray
        (point,)
    """
    step = dynamics(net, go).step
    h = torch.as_tensor(states, dtype=torch.float64)
    for _ in range(RESPONSE):
        h = step(h)
    weights = {name: weight.double() for name, weight in net.one(0).items()}
    y = cells.outputs(weights, net.architecture, h[:, None]).numpy()[:, 0, 1:]
    towards = np.cos(preferred_directions(y.shape[1]) - direction)
    return np.asarray(y @ towards / y.sum(axis=1))


def context_held(net: Ensemble, task: str, direction: float) -> Held:
    """A Ctx DM task with both stimuli of both modalities held at equal strength, in one network."""
    coding = coding_of(net)
    relevant = PAIR.index(task)
    zero, shown, one = np.zeros(len(COHERENCES)), np.array(COHERENCES), np.ones(1)
    first, second = (shown, zero) if relevant == 0 else (zero, shown)
    trials = _trial(task, direction, first, second, coding)
    start, stop = trials.epochs["stim1"]
    still = COHERENCES.index(0.0)
    held = trials.x[start, still]
    pushes = [_trial(task, direction, c1, c2, coding).x[start, 0] - held for c1, c2 in ((one, 0 * one), (0 * one, one))]
    go = trials.x[-1, still]
    return Held(
        names={"network": net.labels[0], "task": task, "direction": direction},
        moves=dynamics(net, held),
        dt=net.architecture.dt,
        visited=net.run(trials.x).rates[0, start:stop].astype(float),
        coherences=shown,
        answer=lambda states: choice_axis(net, states, go, direction),
        pushes=np.stack([pushes[relevant], pushes[1 - relevant]]).astype(float),
    )
