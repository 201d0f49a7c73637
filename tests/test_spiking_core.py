"""Neurons, synapses, reservoirs, schedules and the learning rule, each against an independent computation."""

import math

import numpy as np
import pytest
from scipy import integrate
from spiking_networks import MODELS, network

from replicortex.spiking import rls
from replicortex.spiking.neurons import IZ_HDTS, IZ_OSC, IZ_SONG, LIF, Izhikevich, NeuronState, Theta, neuron
from replicortex.spiking.reservoir import ReservoirSettings, build
from replicortex.spiking.schedule import Schedule
from replicortex.spiking.synapses import Synapse


def fire(model, current, dt, seconds, v=None):
    """Steps at which one neuron under a constant current spikes."""
    state = NeuronState(np.array([model.reset if v is None else v]), np.zeros(1), np.zeros(1, np.int64))
    spikes = []
    for i in range(1, round(seconds / dt) + 1):
        state, spiked = model.step(state, np.array([current]), i, dt)
        spikes += [i] if spiked[0] else []
    return np.array(spikes)


def test_lif_fires_as_its_solution_says():
    model, dt, current = LIF(), 5e-5, -20.0
    passage = model.tau * math.log((current - model.reset) / (current - model.threshold))
    intervals = np.diff(fire(model, current, dt, 0.2))
    assert abs(intervals.mean() * dt - (model.refractory + passage)) < 2 * dt


def test_lif_stands_still_for_forty_steps_and_moves_on_the_next():
    model, dt = LIF(), 5e-5
    state = NeuronState(np.array([10.0, -50.0]), np.zeros(2), np.zeros(2, np.int64))
    state, spiked = model.step(state, np.full(2, -50.0), 1, dt)
    assert spiked.tolist() == [True, False]  # above threshold in the first step, though it may not move yet
    voltages = []
    for i in range(2, 44):
        state, _ = model.step(state, np.full(2, -30.0), i, dt)
        voltages.append(state.v.copy())
    moved = np.array(voltages) != [model.reset, -50.0]
    assert np.argmax(moved[:, 0]) + 2 == 42  # i - 1 > 40
    assert np.argmax(moved[:, 1]) + 2 == 41  # i - 0 > 40


def test_theta_fires_at_the_root_of_its_current():
    for current in (4.0, 25.0):
        intervals = np.diff(fire(Theta(), current, 1e-4, 5 / math.sqrt(current) + 0.5))
        assert 1 / (intervals.mean() * 1e-4) == pytest.approx(math.sqrt(current), rel=0.01)
    assert not len(fire(Theta(), 0.0, 1e-4, 1.0, v=-0.1)) and not len(fire(Theta(), -5.0, 1e-4, 1.0))


def test_izhikevich_follows_its_equations():
    model, dt, ms = IZ_OSC, 1e-6, 20.0
    state = NeuronState(np.array([-60.0]), np.array([5.0]), np.zeros(1, np.int64))
    for i in range(1, round(ms * 1e-3 / dt) + 1):
        state, spiked = model.step(state, np.array([900.0]), i, dt)
        assert not spiked[0]

    def rhs(_, y):
        v, u = y
        dv = (2.5 * (v + 60) * (v + 19.2) - u + 900.0) / 250
        return [dv, 0.01 * (-2 * (v + 60) - u)]

    exact = integrate.solve_ivp(rhs, (0, ms), [-60.0, 5.0], rtol=1e-10, atol=1e-10).y[:, -1]
    np.testing.assert_allclose([state.v[0], state.u[0]], exact, rtol=1e-4)


def test_izhikevich_uses_the_old_voltage_and_resets():
    model, dt = IZ_SONG, 4e-5
    state = NeuronState(np.array([29.0]), np.array([7.0]), np.zeros(1, np.int64))
    after, spiked = model.step(state, np.array([500.0]), 3, dt)
    u = 7.0 + 0.04 * 0.01 * (0 * (29 + 60) - 7.0)
    assert spiked[0] and after.v[0] == -65 and after.last[0] == 3 and after.u[0] == pytest.approx(u + 200)


def test_presets_are_the_published_ones():
    assert (IZ_OSC.b, IZ_OSC.vt) == (-2, IZ_OSC.vr + 40 + 2 / 2.5)
    assert (IZ_HDTS.a, IZ_HDTS.d, IZ_HDTS.vt) == (0.002, 100, -40)
    assert neuron("theta") == Theta() and neuron("iz_song") is IZ_SONG
    with pytest.raises(ValueError, match="neuron: 'iz-osc' is not one of .* did you mean 'iz_osc'"):
        neuron("iz-osc")


@pytest.mark.parametrize("name, low, high", [("lif", -65, 30), ("theta", -math.pi, math.pi), ("iz_osc", -60, 30)])
def test_initial_voltages_fill_their_range(name, low, high):
    v = network(name, units=4000).voltages
    assert low <= v.min() < low + 0.02 * (high - low) and high - 0.02 * (high - low) < v.max() <= high


@pytest.mark.parametrize("synapse", [Synapse(0.02, 0.002), Synapse(0.02, 0.0), Synapse(0.02, 0.02)])
def test_powers_are_many_steps_at_once(synapse):
    coefficients, rng = synapse.filter(1e-4, 1e-3), np.random.default_rng(0)
    powers, spikes = coefficients.powers(60), rng.random((60, 5)) < 0.2
    r, h = rng.random((2, 5)) if not coefficients.single else (rng.random(5), np.zeros(5))
    at_once = powers.fade[60] * r + powers.carry[60] * h, powers.decay[60] * h
    for tau, now in enumerate(spikes, 1):
        r, h = coefficients.step(r, h, now)
        at_once[0][now] += powers.spike_r[60 - tau]
        at_once[1][now] += powers.spike_h[60 - tau]
    np.testing.assert_allclose(at_once[0], r, rtol=1e-12)
    np.testing.assert_allclose(at_once[1], h if not coefficients.single else 0, rtol=1e-12)


@pytest.mark.parametrize("rise", [0.0, 0.002])
def test_a_spike_integrates_to_one_and_comes_a_step_late_if_it_rises(rise):
    dt, (r, h) = 1e-5, np.zeros((2, 1))
    coefficients, trace = Synapse(0.02, rise).filter(dt, 1.0), []
    for i in range(40_000):
        r, h = coefficients.step(r, h, np.ones(1) if i == 0 else np.zeros(1))
        trace.append(r[0])
    assert sum(trace) * dt == pytest.approx(1, rel=0.01)
    assert (trace[0] == 0) == (rise > 0) and trace[1] > 0
    peak = 0.0 if rise == 0 else math.log(0.02 / rise) * 0.02 * rise / (0.02 - rise)
    assert np.argmax(trace) * dt == pytest.approx(peak, abs=3e-5)


def test_static_weights_have_the_published_statistics():
    drawn = build(ReservoirSettings(IZ_OSC, Synapse(), 1500, 2, gain=3.0, feedback=7.0), "test", 0)
    dense = drawn.weights()
    there = dense != 0
    assert there.mean() == pytest.approx(0.1, rel=0.01)
    assert dense[there].std() == pytest.approx(3.0 / (0.1 * math.sqrt(1500)), rel=0.01)
    assert dense.sum(axis=1).std() == pytest.approx(3.0 / math.sqrt(0.1), rel=0.1)
    assert np.abs(drawn.encoders).max() <= 7 and drawn.encoders.std() == pytest.approx(7 / math.sqrt(3), rel=0.05)
    phi = np.ones((1500, 2))
    np.testing.assert_allclose(drawn.weights(phi) - dense, drawn.encoders.sum(axis=0)[:, None] + 0 * dense, atol=1e-9)


def test_balanced_rows_sum_to_zero_where_weights_exist():
    plain, balanced = network("lif", units=600, balance=False), network("lif", units=600, balance=True)
    a, b = plain.weights(), balanced.weights()
    np.testing.assert_array_equal(a != 0, b != 0)
    np.testing.assert_allclose(b.sum(axis=1), 0, atol=1e-12)
    means = a.sum(axis=1) / (a != 0).sum(axis=1)
    np.testing.assert_allclose(b, a - (a != 0) * means[:, None], atol=1e-12)


def test_each_part_of_a_reservoir_has_its_own_stream():
    small, large = network("theta", outputs=1), network("theta", outputs=3, components=5, drive_gain=1.0)
    np.testing.assert_array_equal(small.voltages, large.voltages)
    np.testing.assert_array_equal(small.weights(), large.weights())
    np.testing.assert_array_equal(small.encoders[0], large.encoders[0])
    assert not np.array_equal(small.voltages, network("theta", seed=1).voltages)
    inputs = network("theta", channels=2, input_gain=5.0).input_encoders
    np.testing.assert_allclose(np.hypot(*inputs), 5.0)
    assert abs(np.cos(2 * np.arctan2(*inputs)).mean()) < 0.1  # all directions alike


def test_updates_are_on_every_step_th_step_strictly_inside():
    times = Schedule(1e-3, 1.0, 0.1, 0.3, 50)
    expected = [i for i in range(1, 1001) if i % 50 == 1 and 100 < i < 300]
    assert [i for i in range(1, 1001) if times.updates_at(i)] == expected and times.updates == len(expected)
    assert [times.next_update(i) for i in (1, 101, 102, 251, 252)] == [101, 101, 151, 251, None]
    assert Schedule(1e-3, 1.0, 0.0, 0.01, 1).updates == 9 and Schedule(1e-3, 1.0).updates == 0
    published = Schedule(4e-5, 15, 5, 10, 20)
    assert published.updates == 6250 and published.steps == 375_000


@pytest.mark.parametrize("gain_dtype", ["float64", "float32"])
@pytest.mark.parametrize("method", ["delayed", "event"])
def test_ways_of_learning_agree(method, gain_dtype):
    """More updates than are stored at once, of a few hundred neurons whose rates come from random spikes."""
    n, every, rng = 300, 20, np.random.default_rng(1)
    filters = Synapse().filter(4e-5, 1e-3)
    powers = filters.powers(every)
    naive = rls.inverse_correlation(rls.RlsSettings(2.0, dtype="float64", method="naive"), n)
    other = rls.inverse_correlation(rls.RlsSettings(2.0, dtype=gain_dtype, method=method), n)
    r, h = np.zeros(n), np.zeros(n)
    tolerance = 1e-10 if gain_dtype == "float64" else 2e-3
    for update in range(3 * rls.DELAYED + 5):
        spikes = rng.random((every, n)) < 4e-3
        for now in spikes:
            r, h = filters.step(r, h, now)
        if update == 0:
            other.start(r, h)
        else:
            steps, cells = np.nonzero(spikes)
            other.follow(cells.astype(np.int32), (every - 1 - steps).astype(np.int32), powers, every)
        (c, denominator), (c_other, other_denominator) = naive.update(r, h), other.update(r, h)
        assert denominator > 1
        np.testing.assert_allclose(other_denominator, denominator, rtol=tolerance)
        np.testing.assert_allclose(c_other, c, rtol=0, atol=tolerance * np.abs(c).max())


def test_learning_solves_the_regularised_least_squares():
    """The textbook's gain from Phi = 0 minimises sum |Phi^T r - x|^2 + |Phi|^2 / P0."""
    rng, n, p0 = np.random.default_rng(2), 40, 3.0
    rates, targets = rng.random((200, n)), rng.normal(size=(200, 2))
    p, phi = rls.inverse_correlation(rls.RlsSettings(p0, dtype="float64", method="delayed"), n), np.zeros((n, 2))
    for r, x in zip(rates, targets, strict=True):
        c, denominator = p.update(r, r)
        phi -= np.outer(c, (phi.T @ r - x) / denominator)
    np.testing.assert_allclose(phi, np.linalg.solve(rates.T @ rates + np.eye(n) / p0, rates.T @ targets), rtol=1e-7)


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: LIF(tau=-0.01), "LIF.tau: -0.01 is out of range"),
        (lambda: LIF(refractory=-1), "LIF.refractory"),
        (lambda: LIF(threshold=-70.0), "LIF.threshold: -70.0 .* more than reset"),
        (lambda: Izhikevich(a=0), "Izhikevich.a: 0"),
        (lambda: Synapse(decay=0), "synapse.decay: 0 is out of range; allowed: more than 0"),
        (lambda: Synapse(rise=-0.1), "synapse.rise: -0.1"),
        (lambda: Schedule(0, 1), "dt: 0"),
        (lambda: Schedule(0.1, 0.01), "duration: 0.01 .* at least one step"),
        (lambda: Schedule(0.1, 1, 0.5, 0.2), "train_start, train_stop: 0.5, 0.2 are out of order"),
        (lambda: Schedule(0.1, 1, 0.5, 2), "train_stop"),
        (lambda: Schedule(0.1, 1, 0, 1, 0), "update_every: 0"),
        (lambda: ReservoirSettings(LIF(), Synapse(), 1, 1, 1, 1), "reservoir.units: 1"),
        (lambda: ReservoirSettings(LIF(), Synapse(), 9, 1, math.nan, 1), "reservoir.gain: nan"),
        (lambda: ReservoirSettings(LIF(), Synapse(), 9, 1, 1, 1, connectivity=0), "reservoir.connectivity: 0"),
        (lambda: ReservoirSettings(LIF(), Synapse(), 9, 1, 1, 1, dtype="float16"), "reservoir.dtype: 'float16'"),
        (lambda: rls.RlsSettings(-2), "rls.p0: -2"),
        (lambda: rls.RlsSettings(2, gain="codes"), "rls.gain: 'codes' .* did you mean 'code'"),
        (lambda: rls.RlsSettings(2, method="lazy"), "rls.method"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_step_longer_than_a_time_constant_is_refused():
    settings = network("iz_osc").settings
    for dt in (0.003, 0.0, -1e-4):
        with pytest.raises(ValueError, match="dt: .* at most 0.002 seconds"):
            settings.check_step(dt)
    for name in MODELS:
        network(name).settings.check_step(MODELS[name].dt)
