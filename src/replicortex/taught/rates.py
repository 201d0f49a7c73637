"""Rate networks that learn from a teacher (full-FORCE) or from the output alone (FORCE).

With ``r = tanh(x)`` and matrices shared by all three networks

    teacher      tau x_D' = -x_D + F + u_in f_in,      F = g J_D tanh(x_D) + u f_out + u_h f_hint
    full-FORCE   tau x'   = -x + w r + u_in f_in + noise,                  z = W r
    FORCE        tau x'   = -x + g J_D r + u z + u_in f_in + noise,        z = W r

Full-FORCE learns w, so that w r is F, and W, so that z is f_out; FORCE learns W alone. DePasquale, Cueva, Rajan, Escola
& Abbott 2018, PLoS ONE 13:e0191527, doi 10.1371/journal.pone.0191527, in the order of the authors' program: the teacher
advances exactly, the learners by Euler steps, and what is learnt at a step acts at the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from replicortex.errors import choose
from replicortex.random_streams import generator
from replicortex.taught import kernel
from replicortex.taught.tasks import DT, Task, Trial

Floats = NDArray[np.float64]
METHODS = ("full_force", "force")


@dataclass(frozen=True)
class RateSettings:
    """A rate network and how it learns.

    Attributes
    ----------
    units
        N, of the teacher and of the network that learns.
    method
        "full_force" or "force".
    gain
        g of the teacher, and of the static weights of FORCE.
    noise
        eta: sqrt(eta dt) times a normal number is added to x at every step, in training and test.
    every
        Mean number of steps between two updates, which come at random.
    clamped, trials, tests
        Trials at the start in which outputs are set to what is wanted; trials of learning; trials of the test, before
        which there are clamped ones again.
    tau
        Time constant in s.
    """

    units: int = 300
    method: str = "full_force"
    gain: float = 1.5
    noise: float = 0.0
    every: float = 2.0
    clamped: int = 10
    trials: int = 200
    tests: int = 50
    tau: float = 0.01

    def __post_init__(self) -> None:
        choose(self.method, METHODS, "method")


@dataclass(frozen=True)
class Wiring:
    """The matrices that are not learnt: g J_D (N, N), and u (N, n_out), u_in (N, n_in), u_hint (N, n_hints)."""

    recurrent: Floats
    output: Floats
    input: Floats
    hint: Floats


@dataclass(frozen=True)
class Attempt:
    """A trial of the test: outputs z (T, n_out), rates and the teacher's rates (T, N).

    Of a spiking network the rates are its spikes, and those of the teacher have its own number of units.
    """

    trial: Trial
    z: Floats
    rates: Floats
    teacher: Floats


@dataclass(frozen=True)
class Learnt:
    """A network after learning.

    Attributes
    ----------
    weights : (m, n)
        Learnt weights: those of the recurrent inputs, then those of the outputs.
    course : (clamped + trials,)
        Error of each trial while it learns, see `error`.
    tested : iterator of Attempt
        The trials of the test, each simulated when it is asked for.
    recurrent : tuple of (N, N)
        Recurrent weights of the teacher and of the network after learning; () for spiking neurons.
    """

    weights: Floats
    course: Floats
    tested: Iterator[Attempt]
    recurrent: tuple[Floats, ...] = ()


def draw_wiring(units: int, gain: float, trial: Trial, name: str, seed: int) -> Wiring:
    """J_D with entries of variance 1/N, the others uniform between -1 and 1; each has a random stream of its own."""

    def uniform(purpose: str, lines: int) -> Floats:
        return generator(name, seed, purpose).uniform(-1, 1, (units, lines))

    recurrent = gain * generator(name, seed, "teacher").standard_normal((units, units)) / np.sqrt(units)
    return Wiring(
        recurrent,
        uniform("output weights", trial.targets.shape[1]),
        uniform("input weights", trial.inputs.shape[1]),
        uniform("hint weights", trial.hints.shape[1]),
    )


def error(z: Floats, targets: Floats) -> float:
    """Sum of squared errors over the sum of squared targets (the program prints it in percent)."""
    return float(np.sum((z - targets) ** 2) / np.sum(targets**2))


def train_rates(settings: RateSettings, task: Task, name: str = "full_force", seed: int = 0) -> Learnt:
    """Train a network and test it from a new random state.

    Parameters
    ----------
    settings, task
        The network and what it is taught.
    name, seed
        Of its random streams ``name / seed / purpose``. Matrices, trials and moments of updates are the same for both
        methods.
    """
    s, n = settings, settings.units
    trials = generator(name, seed, "trials")
    first = task.draw(trials)
    wiring = draw_wiring(n, s.gain, first, name, seed)
    full = s.method == "full_force"
    stacked = kernel.started((n if full else 0) + first.targets.shape[1], n)
    run = partial(_run, s, wiring, stacked, generator(name, seed, "updates"), generator(name, seed, "noise"))
    states = generator(name, seed, "states")
    state = _State.drawn(states, n, len(stacked) - n)
    course = []
    for number in range(s.clamped + s.trials):
        early = number < s.clamped
        shown = run(state, task.draw(trials) if number else first, learns=not early, clamped=early)
        course.append(error(shown.z, shown.trial.targets))
    state = _State.drawn(states, n, len(stacked) - n)
    for _ in range(s.clamped):
        run(state, task.draw(trials), clamped=True)
    tests = (run(state, task.draw(trials)) for _ in range(s.tests))
    weights = stacked[:-n].copy()
    after = weights[:n] if full else wiring.recurrent + wiring.output @ weights
    return Learnt(weights, np.array(course), tests, (wiring.recurrent, after))


@dataclass(frozen=True)
class _State:
    """What goes on from trial to trial, changed in place: x_D and x (N,), which start alike, and outputs y (m,)."""

    teacher: Floats
    x: Floats
    y: Floats

    @classmethod
    def drawn(cls, rng: np.random.Generator, units: int, outputs: int) -> _State:
        x = rng.standard_normal(units)
        return cls(x.copy(), x, np.zeros(outputs))


def _run(
    s: RateSettings, wiring: Wiring, stacked: Floats, moments: np.random.Generator, noise: np.random.Generator,
    state: _State, trial: Trial, learns: bool = False, clamped: bool = False,
) -> Attempt:  # fmt: skip
    """One trial of teacher and network."""
    inputs = trial.inputs @ wiring.input.T
    taught = trial.targets @ wiring.output.T + trial.hints @ wiring.hint.T
    wanted, teacher = kernel.run_teacher(state.teacher, wiring.recurrent, taught, inputs, np.exp(-DT / s.tau))
    full = s.method == "full_force"
    nothing = np.zeros((0, 0))
    jitter = np.sqrt(s.noise * DT) * noise.standard_normal(inputs.shape) if s.noise else nothing
    outputs, rates = kernel.run_rates(
        state.x, state.y, stacked,
        nothing if full else wiring.recurrent, nothing if full else wiring.output,
        inputs, jitter, np.hstack([wanted, trial.targets]) if full else trial.targets,
        (moments.random(len(inputs)) < 1 / s.every) & learns, clamped, DT / s.tau,
    )  # fmt: skip
    return Attempt(trial, outputs[:, -trial.targets.shape[1] :], rates, teacher)
