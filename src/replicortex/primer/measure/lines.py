"""Lines of slow points in networks that decide: held input, visited states and answers of two tasks.

The search is described in `analysis.integration`. The state of an LSTM is its rates and its cell values.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from replicortex.analysis.common import FloatArray
from replicortex.analysis.fixed_points import automatic
from replicortex.analysis.integration import Held, line_tables
from replicortex.analysis.linearised import Dynamics
from replicortex.primer.context import CONTEXTS, ContextDecision
from replicortex.primer.dynamics import Advance, advance_of, visited_states
from replicortex.primer.job import Trained
from replicortex.primer.perceptual import PerceptualDecision
from replicortex.primer.trials import Trials

Array = NDArray[np.float64]
RESPONSE = 100.0  # ms of the response after which a choice is read
_SIZES = (1.0, 0.5, 0.25, 0.125, 0.05)  # coherences shown, as parts of the task's largest


def dynamics_of(advance: Advance, x: Tensor) -> Dynamics:
    """A network under the held input x (line,)."""

    def step(h: Tensor) -> Tensor:
        return advance(h, x.expand(len(h), -1))

    def inputs(h: Tensor) -> Tensor:
        return automatic(lambda held: advance(h, held))(x.expand(len(h), -1))

    return Dynamics(step, automatic(step), inputs)


@dataclass(frozen=True)
class Question:
    """What is held of a task, and shown.

    Attributes
    ----------
    name
        Name of what is judged.
    trials
        Trials without noise, one for each of ``coherences``.
    coherences
        Signed coherences, (trial,).
    held
        (line,) input during a stimulus of coherence 0.
    go
        (line,) input during the response.
    pushes
        (2, line) change of the input by relevant and irrelevant evidence, per unit of coherence.
    """

    name: str
    trials: Trials
    coherences: Array
    held: Array
    go: Array
    pushes: Array


def questions(one: Trained) -> Iterator[Question]:
    """What a network is asked: one question, or one in each context."""
    rng = np.random.default_rng(0)  # nothing is left to chance
    task = one.task
    if isinstance(task, PerceptualDecision):
        signed = max(task.coherences) * np.array([*(-s for s in _SIZES), 0.0, *_SIZES[::-1]])
        choice = np.where(signed >= 0, 1.0, 2.0)
        trials = replace(task, sigma=0.0).draw(len(signed), rng, coherence=np.abs(signed), choice=choice)
        pushes = np.array([[0.0, 0.5, -0.5], [np.nan] * 3])
        yield Question("perceptual", trials, signed, np.array([1.0, 0.5, 0.5]), np.zeros(3), pushes)
        return
    assert isinstance(task, ContextDecision)
    signed = max(task.coherences) * np.array([*(-s for s in _SIZES), 0.0, *_SIZES[::-1]])
    for context, name in enumerate(CONTEXTS, start=1):
        shown = {each: signed if each == name else 0.0 for each in CONTEXTS}
        trials = replace(task, sigma=0.0, contexts=(1, 2)).draw(len(signed), rng, context=context, **shown)
        go = np.zeros(5)
        go[2 + context] = 1.0
        pushes = np.eye(5)[[context, 3 - context]]
        yield Question(name, trials, signed, go + np.eye(5)[0], go, pushes)


def held_of(one: Trained, question: Question) -> Held:
    """A question as `analysis.integration` takes it."""
    advance = advance_of(one)
    size = one.experiment.network.units
    visited = visited_states(one, question.trials.inputs)
    start, end = (int(edge[0]) for edge in question.trials.periods["stimulus"])
    w_out, b_out = one.network.w_out.detach().double(), one.network.b_out.detach().double()
    go, steps = torch.from_numpy(question.go), max(1, round(RESPONSE / one.task.dt))

    def answer(states: FloatArray) -> FloatArray:
        """P(choice 1) - P(choice 2) once the response has begun."""
        with torch.no_grad():
            h = torch.from_numpy(states)
            for _ in range(steps):
                h = advance(h, go.expand(len(h), -1))
            chance = torch.softmax(h[:, :size] @ w_out + b_out, dim=1).numpy()
        return np.asarray(chance[:, 1] - chance[:, 2])

    return Held(
        names={"network": one.label, "task": question.name, "direction": 0.0},
        moves=dynamics_of(advance, torch.from_numpy(question.held)),
        dt=one.task.dt,
        visited=visited[start:end],
        coherences=question.coherences,
        answer=answer,
        pushes=question.pushes,
    )


def tables(experiment: str, networks: Mapping[str, Trained]) -> dict[str, pd.DataFrame]:
    """Tables slow_points, slow_modes, slow_line and slow_paths of all networks, see `analysis.integration`."""
    return line_tables(held_of(one, question) for one in networks.values() for question in questions(one))
