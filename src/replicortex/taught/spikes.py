"""Spiking networks that learn what a rate network shows them.

A teacher of rate units (see `replicortex.taught.rates`, without hint) gives the currents
``f_J = J~ tanh(x~) + u~ f_out``. Their principal directions U (N~, K) hold all but a thousandth of the second moment of
f_J; ``A = g_z Q``, with orthonormal columns in Q (N, N~), spreads them over leaky integrate-and-fire neurons:

    tau_m V' = -V + A U s + i_inh - I_mu + A u~_in f_in,      a spike at V >= 0, then V = -10, no refractory time

``s = D [s_slow; s_fast]`` is learnt to be U^T f_J, and ``z = w [s_slow; s_fast]`` to be f_out; s_slow and s_fast are
the filtered spikes of the cells that are trained. I_mu takes away the mean over time of A U U^T f_J. DePasquale,
Churchland & Abbott 2016, arXiv 1601.07620, with the values of the authors' program. The program's random synapses, of
strength 0 in this task, are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from replicortex.errors import ConfigError
from replicortex.random_streams import generator
from replicortex.taught import kernel
from replicortex.taught.rates import Attempt, Learnt, Wiring, draw_wiring, error
from replicortex.taught.tasks import DT, Task, Trial

Floats = NDArray[np.float64]
RESET = -10.0  # of V, whose threshold is 0


@dataclass(frozen=True)
class SpikeSettings:
    """A spiking network and how it learns.

    Attributes
    ----------
    units, teacher
        N spiking neurons, at least as many as the N~ units of the teacher.
    gain, spread
        g~ of the teacher, and g_z.
    variance
        Share of the second moment of the teacher's currents that the principal directions hold.
    share
        Of the neurons, those with trained outgoing synapses.
    inhibition
        mu_f: a spike adds mu_f / (tau_f N) to the input of all neurons.
    input_weights
        Bounds of the teacher's input weights. The program of this task draws them from 1 to 3.
    every, clamped, trials, tests
        As in `replicortex.taught.rates.RateSettings`.
    shown
        Trials of the teacher alone, in which directions and mean are measured.
    tau, slow, fast
        Time constants of membrane and teacher, and of both synapses, in s.
    """

    units: int = 500
    teacher: int = 500
    gain: float = 1.4
    spread: float = 6.0
    variance: float = 0.999
    share: float = 0.4
    inhibition: float = -0.3
    input_weights: tuple[float, float] = (1.0, 3.0)
    every: float = 2.0
    clamped: int = 50
    trials: int = 500
    tests: int = 100
    shown: int = 300
    tau: float = 0.01
    slow: float = 0.1
    fast: float = 0.005

    def __post_init__(self) -> None:
        if self.teacher > self.units:
            raise ConfigError(f"teacher: {self.teacher} units, but {self.units} neurons; give as many neurons or more")


@dataclass(frozen=True)
class Transfer:
    """From a teacher to spiking neurons.

    Attributes
    ----------
    directions : (N~, K)
        U.
    encoder : (N, K)
        A U.
    mean : (N,)
        I_mu.
    input : (N, n_in)
        A u~_in.
    trained : (n,)
        Neurons with trained outgoing synapses.
    """

    directions: Floats
    encoder: Floats
    mean: Floats
    input: Floats
    trained: NDArray[np.int64]


def principal_directions(moment: Floats, variance: float) -> Floats:
    """The fewest leading eigenvectors (N, K) of a second moment (N, N) that hold more than a share of its trace."""
    values, vectors = np.linalg.eigh(moment)
    held = np.cumsum(values[::-1]) / np.sum(values)
    return np.ascontiguousarray(vectors[:, ::-1][:, : int(np.argmax(held > variance)) + 1])


def train_spikes(
    settings: SpikeSettings, task: Task, name: str = "rate_to_spike", seed: int = 0
) -> tuple[Learnt, Transfer]:
    """Train a network and test it; the rates of the test are spikes, and the course is that of learning alone.

    Parameters
    ----------
    settings, task
        The network and what it is taught.
    name, seed
        Of its random streams ``name / seed / purpose``.
    """
    s = settings
    trial = task.draw(generator(name, seed, "trials"))
    wiring = draw_wiring(s.teacher, s.gain, trial, name, seed)
    low, high = s.input_weights
    wiring = Wiring(wiring.recurrent, wiring.output, low + (wiring.input + 1) / 2 * (high - low), wiring.hint)
    transfer = _transfer(s, wiring, trial, name, seed)
    k, n = transfer.directions.shape[1], 2 * len(transfer.trained)
    outputs = k + trial.targets.shape[1]
    stacked = kernel.started(outputs, n)
    run = partial(_run, s, wiring, transfer, stacked, generator(name, seed, "updates"))
    state = _State.drawn(s, outputs, n, name, seed, "states")
    for _ in range(s.clamped):
        run(state, trial, clamped=True)
    course = [error(run(state, trial, learns=True).z, trial.targets) for _ in range(s.trials)]
    state = _State.drawn(s, outputs, n, name, seed, "states of the test")
    for _ in range(s.clamped):
        run(state, trial, clamped=True)
    tests = (run(state, trial) for _ in range(s.tests))
    return Learnt(stacked[:outputs].copy(), np.array(course), tests), transfer


def _transfer(s: SpikeSettings, wiring: Wiring, trial: Trial, name: str, seed: int) -> Transfer:
    """What the teacher's currents are like, over trials that follow those at the start."""
    x = generator(name, seed, "states").standard_normal(s.teacher)
    taught, inputs = trial.targets @ wiring.output.T, trial.inputs @ wiring.input.T
    moment, total = np.zeros((s.teacher, s.teacher)), np.zeros(s.teacher)
    for number in range(s.clamped + s.shown):
        currents, _ = kernel.run_teacher(x, wiring.recurrent, taught, inputs, np.exp(-DT / s.tau))
        if number >= s.clamped:
            moment += currents.T @ currents
            total += currents.mean(axis=0) / s.shown
    directions = principal_directions(moment, s.variance)
    uniform = generator(name, seed, "projection").uniform(-1, 1, (s.units, s.teacher))
    spread = s.spread * np.linalg.qr(uniform)[0]
    encoder = np.ascontiguousarray(spread @ directions)
    chosen = generator(name, seed, "trained cells").permutation(s.units)[: round(s.share * s.units)]
    return Transfer(directions, encoder, encoder @ (directions.T @ total), spread @ wiring.input, np.sort(chosen))


@dataclass(frozen=True)
class _State:
    """What goes on from trial to trial, changed in place."""

    teacher: Floats
    v: Floats
    y: Floats
    inhibition: Floats
    traces: Floats

    @classmethod
    def drawn(cls, s: SpikeSettings, outputs: int, n: int, name: str, seed: int, purpose: str) -> _State:
        rng = generator(name, seed, purpose)
        x = rng.standard_normal(s.teacher)
        v = rng.uniform(RESET, 0, s.units)
        return cls(x, v, np.zeros(outputs), np.zeros(1), np.zeros(n))


def _run(
    s: SpikeSettings, wiring: Wiring, transfer: Transfer, stacked: Floats, moments: np.random.Generator, state: _State,
    trial: Trial, learns: bool = False, clamped: bool = False,
) -> Attempt:  # fmt: skip
    """One trial of teacher and network."""
    taught, driven = trial.targets @ wiring.output.T, trial.inputs @ wiring.input.T
    currents, rates = kernel.run_teacher(state.teacher, wiring.recurrent, taught, driven, np.exp(-DT / s.tau))
    outputs, spikes = kernel.run_spikes(
        state.v, state.y, state.inhibition, state.traces, stacked, transfer.encoder,
        trial.inputs @ transfer.input.T - transfer.mean, transfer.trained,
        np.hstack([currents @ transfer.directions, trial.targets]),
        (moments.random(len(currents)) < 1 / s.every) & learns, clamped, DT / s.tau,
        np.exp(-DT / np.array([s.slow, s.fast])), s.inhibition / (s.fast * s.units), RESET,
    )  # fmt: skip
    return Attempt(trial, outputs[:, -trial.targets.shape[1] :], spikes, rates)
