"""Simulated recordings: units of a known network are found again in its spikes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from analysis_networks import RING, channel_network, context_network, random_network

import replicortex as rx


@pytest.fixture(scope="module")
def simulated():
    return rx.analysis.simulate_recordings(context_network(), np.random.default_rng(0), repetitions=4, gain=40.0)


def test_units_of_a_known_network_are_found_again_in_its_spikes(simulated, tmp_path):
    """From rates to spikes to files and back: units of one context at the ends, those of both in the middle."""
    rx.recordings.write([simulated.animal], tmp_path)
    (found,) = rx.recordings.read(tmp_path)
    table = rx.analysis.measure_recordings([found])["recordings_ftv"].set_index(["unit", "kind"])["ftv"]
    recorded = table.xs("recorded", level="kind")
    truth = simulated.truth.set_index("unit")["ftv"].loc[recorded.index]
    bank = recorded.index.str.removeprefix("unit").astype(int) // RING
    assert len(recorded) == 3 * RING
    np.testing.assert_allclose(truth[bank == 0], 1, atol=1e-3)
    np.testing.assert_allclose(truth[bank == 1], -1, atol=1e-3)
    np.testing.assert_allclose(truth[bank == 2], 0, atol=0.02)
    assert recorded[bank == 0].min() > 0.8 and recorded[bank == 1].max() < -0.8
    assert np.corrcoef(truth, recorded)[0, 1] > 0.98 and (recorded - truth).abs().mean() < 0.1
    # with the trials shuffled nothing tells the banks apart
    shuffled = table.xs("shuffled", level="kind")
    means = [shuffled[shuffled.index.isin(recorded.index[bank == k])].mean() for k in range(3)]
    assert np.abs(means).max() < 0.1


def test_more_spikes_find_more():
    errors = []
    for gain in (0.1, 100.0):
        made = rx.analysis.simulate_recordings(context_network(), np.random.default_rng(1), repetitions=1, gain=gain)
        table = rx.analysis.recordings_table([made.animal], np.random.default_rng(0), shuffles=0)
        errors.append(float(np.abs(table["ftv"].to_numpy() - made.truth["ftv"].to_numpy()).mean()))
    assert errors[1] < errors[0] / 2


def test_simulated_trials_are_those_of_an_experiment(simulated):
    each = simulated.animal.units[0]
    assert simulated.animal.quantity == "counts" and len(simulated.animal.time_ms) == 40
    assert each.activity.shape == (2 * 36 * 4, 40) and (each.activity % 1 == 0).all()
    cells = each.trials.groupby(["context", "motion_coherence", "colour_coherence"]).size()
    assert len(cells) == 72 and (cells == 4).all()
    decides = np.where(each.trials["context"] == 1, each.trials["motion_coherence"], each.trials["colour_coherence"])
    right = np.sign(decides) == each.trials["choice"]
    assert (right == (each.trials["correct"] == 1)).all() and right.mean() > 0.9
    # a unit of modality 1 prefers the direction of its ring, and choice 1 is put there, or opposite
    direction = simulated.truth["direction"].iloc[0]
    assert min(direction, abs(direction - math.pi), 2 * math.pi - direction) < math.pi / 8


def test_networks_that_cannot_fire_are_refused():
    with pytest.raises(ValueError, match="activation 'tanh' gives negative rates"):
        rx.analysis.simulate_recordings(random_network(8, activation="tanh"), np.random.default_rng(0))
    with pytest.raises(ValueError, match="no unit of .* varies"):
        rx.analysis.simulate_recordings(channel_network([65, 66]), np.random.default_rng(0))
