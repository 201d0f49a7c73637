"""Networks of rate units against loops in which the inverse correlation is inverted anew at each update."""

import math

import numpy as np
import pytest

from replicortex.config.spiking import ForceExperiment
from replicortex.spiking import rates
from replicortex.spiking.supervisors import supervisor

SETTINGS = {
    "name": "rates", "neuron": "rate", "cells": 30, "gain": 1.5, "feedback": 1, "inverse": 0.5,
    "rise": 0, "decay": 0.01, "duration": 0.5, "train": [0.1, 0.3], "step": 2,
    "target": {"kind": "vdp"}, "scale": "smoke", "seeds": [3],
}  # fmt: skip


@pytest.mark.parametrize("gain", ["code", "rls"])
def test_a_rate_network_is_its_equations(gain):
    e = ForceExperiment.model_validate({**SETTINGS, "rls": gain})
    target = supervisor("vdp", dt=e.time_step, duration=1.0)
    run = rates.train_rates(e, 3, target, every=1)
    sparse, encoders, x = rates._drawn(e, 3, 2)
    weights, n = sparse.toarray(), 30
    phi, z = np.zeros((n, 2)), np.zeros(2)
    correlation = np.eye(n) / 0.5
    share, outputs = e.time_step / 0.01, []
    for i in range(1, round(0.5 / e.time_step) + 1):
        r = [math.tanh(value) for value in x]
        drive = [sum(weights[a, b] * r[b] for b in range(n)) + encoders[a] @ z for a in range(n)]
        x = np.array([value + share * (push + e.constant_input - value) for value, push in zip(x, drive, strict=True)])
        r = np.tanh(x)
        z = phi.T @ r
        if i % 2 == 1 and round(0.1 / e.time_step) < i < round(0.3 / e.time_step):
            before = np.linalg.inv(correlation)
            correlation = correlation + np.outer(r, r)
            after = np.linalg.inv(correlation)
            phi = phi - np.outer((before if gain == "code" else after) @ r, z - target.values(i, 1)[0])
        outputs.append(z)
    np.testing.assert_allclose(run.z, outputs, atol=1e-7)
    np.testing.assert_allclose(run.decoders, phi, atol=1e-7)
    np.testing.assert_allclose(run.x, target.values(1, len(outputs)))
    assert run.problem is None and len(run.times) == len(outputs)
    assert np.count_nonzero(run.z[: round(0.1 / e.time_step)]) == 0 and np.abs(run.decoders).min() > 0


def test_weights_have_their_gain_and_sparsity():
    e = ForceExperiment.model_validate({**SETTINGS, "cells": 800})
    weights, encoders, x = rates._drawn(e, 0, 1)
    assert weights.nnz / 800**2 == pytest.approx(0.1, abs=0.003)
    radius = np.abs(np.linalg.eigvals(weights.toarray())).max()
    assert radius == pytest.approx(1.5, rel=0.1)  # the circular law
    assert 0.95 < np.abs(encoders).max() <= 1 and x.std() == pytest.approx(0.5, rel=0.1)


@pytest.mark.filterwarnings("ignore:invalid value")
def test_an_output_that_runs_away_is_told(monkeypatch):
    e = ForceExperiment.model_validate(SETTINGS)
    monkeypatch.setattr(rates, "_learn", lambda p, r, error, phi, gain: (phi.fill(np.inf), p)[1])
    run = rates.train_rates(e, 0, supervisor("vdp", dt=e.time_step, duration=1.0), every=1)
    assert "no longer a finite number" in run.problem and 0.1 < run.stopped_at < 0.11
