"""FORCE in a network of rate units, the reference for the spiking ones (Sussillo & Abbott 2009, Neuron 63:544-557).

``tau dx/dt = -x + J r + E z``, ``r = tanh(x)``, ``z = Phi^T r``; J sparse and random with the gain g, E uniform in
(-Q, Q), Phi learned by recursive least squares. Where g is above 1 the network is chaotic before it learns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.linalg import blas

from replicortex.random_streams import generator
from replicortex.spiking import force
from replicortex.spiking.protocols import Floats, Supervisor
from replicortex.spiking.schedule import Schedule

if TYPE_CHECKING:
    from replicortex.config.spiking import ForceExperiment


@dataclass(frozen=True)
class RateRun:
    """A run of a rate network.

    Attributes
    ----------
    times : (records,)
        s
    z, x : (records, k)
        Outputs and targets there.
    decoders : (N, k)
        Phi at the end.
    samples : (samples,), decoder_samples : (samples, cells, k)
        Times at which decoders of the first units were kept, and these.
    problem
        Why it was stopped, or None.
    stopped_at
        When, in s.
    """

    times: Floats
    z: Floats
    x: Floats
    decoders: Floats
    samples: Floats
    decoder_samples: Floats
    problem: str | None = None
    stopped_at: float | None = None


def train_rates(
    experiment: ForceExperiment,
    seed: int = 0,
    target: Supervisor | None = None,
    every: int | None = None,
    kept: int = 10,
) -> RateRun:
    """Train a rate network of an experiment.

    Parameters
    ----------
    experiment
        cells, gain (g), feedback (Q), sparsity (p), decay (tau), inverse (P0), step, rls, times; without a grid.
    seed
        Of its random streams ``experiment / seed / purpose``.
    target
        What it learns; that of the experiment if None.
    every
        Steps between two records; about a millisecond if None.
    kept
        Units whose decoders are kept over time.

    Raises
    ------
    ValueError
        The experiment has a grid, or its target is not what it should be.
    """
    force.one_network(experiment)
    e, n = experiment, experiment.cells
    target = force.target(e, seed)[0] if target is None else target
    every = max(1, round(1e-3 / e.time_step)) if every is None else every
    schedule = Schedule(e.time_step, e.duration, e.train[0], e.train[1], e.step)
    weights, encoder, x = _drawn(e, seed, target.outputs)
    phi, p = np.zeros((n, target.outputs)), np.asfortranarray(np.eye(n) * e.inverse)
    r, z, share = np.tanh(x), np.zeros(target.outputs), e.time_step / e.decay
    records: list[tuple[float, Floats, Floats]] = []
    samples: list[tuple[float, Floats]] = []
    stopped = None
    for i in range(1, schedule.steps + 1):
        x += share * (weights @ r + encoder @ z + e.constant_input - x)
        r = np.tanh(x)
        z = phi.T @ r
        wanted = target.values(i, 1)[0]
        if schedule.updates_at(i):
            p = _learn(p, r, z - wanted, phi, e.rls)
            if len(samples) < 200 * (i * e.time_step - e.train[0]) / (e.train[1] - e.train[0]):
                samples.append((i * e.time_step, phi[:kept].copy()))
        if i % every == 0:
            records.append((i * e.time_step, z, wanted))
            if not np.isfinite(z).all():
                stopped = i * e.time_step
                break
    times, outputs, targets = (np.array(each) for each in zip(*records, strict=True))
    told = f"stopped at {stopped:g} s of simulated time: an output is no longer a finite number" if stopped else None
    when = np.array([time for time, _ in samples])
    sampled = np.array([each for _, each in samples]).reshape(len(samples), min(kept, n), target.outputs)
    return RateRun(times, outputs, targets, phi, when, sampled, told, stopped)


def _drawn(e: ForceExperiment, seed: int, outputs: int) -> tuple[sparse.csr_array, Floats, Floats]:
    """J with entries of s.d. g / sqrt(p N), E, and x(0)."""
    rng = generator(e.name, seed, "static weights")
    there = rng.random((e.cells, e.cells)) < e.sparsity
    scale = e.gain / np.sqrt(e.sparsity * e.cells)
    weights = sparse.csr_array(there * rng.standard_normal((e.cells, e.cells)) * scale)
    encoder = generator(e.name, seed, "encoders").uniform(-e.feedback, e.feedback, (e.cells, outputs))
    return weights, encoder, 0.5 * generator(e.name, seed, "initial voltages").standard_normal(e.cells)


def _learn(p: Floats, r: Floats, error: Floats, phi: Floats, gain: str) -> Floats:
    """One update of Phi, in place, and of P, which is returned."""
    c = p @ r
    denominator = 1 + float(r @ c)
    phi -= np.outer(c, error if gain == "code" else error / denominator)
    return np.asarray(blas.dger(-1 / denominator, c, c, a=p, overwrite_a=1))
