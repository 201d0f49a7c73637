"""A signal of one's own: taught in Python and from a configuration, and refused before anything is simulated."""

from dataclasses import fields

import numpy as np
import pytest

import replicortex as rx
from replicortex.config.force import LARGEST_STEP, PARAMETERS
from replicortex.config.spiking import ForceExperiment
from replicortex.errors import ConfigError
from replicortex.spiking import force
from replicortex.spiking.neurons import PRESETS

TIME = np.arange(0, 0.2, 1e-3)
WAVE = np.stack([3 + 2 * np.sin(10 * np.pi * TIME), -40 * np.cos(10 * np.pi * TIME)], axis=1)
SHORT = {"units": 60, "learn": 0.3, "before": 0.1, "after": 0.4}


@pytest.fixture(scope="module")
def learnt():
    return rx.spiking.train(WAVE, 1e-3, units=400, learn=1.5, before=0.2, after=1.0)


def test_a_signal_of_any_unit_comes_back_in_it(learnt):
    played = learnt.learnt
    assert learnt.training.complete and played.outputs.shape == played.target.shape == (1000, 2)
    np.testing.assert_allclose(played.target[:200], np.roll(WAVE, -1, axis=0)[np.arange(500, 700) % 200], atol=1e-6)
    assert learnt.error < 0.4
    np.testing.assert_allclose(played.outputs.mean(axis=0), WAVE.mean(axis=0), atol=4)
    on = learnt.run(0.3)
    assert on.times[-1] == pytest.approx(0.3) and np.isfinite(on.outputs).all() and 1 < on.rate < 400
    fresh, again = learnt.run(0.05, seed=1), learnt.run(0.05, seed=1)
    np.testing.assert_array_equal(fresh.outputs, again.outputs)
    assert not np.array_equal(fresh.outputs, on.outputs[:50])
    with pytest.raises(ValueError, match=r"speed: 2, but this network keeps the time itself; train with pulses="):
        learnt.replay(2)


def test_what_it_did_is_drawn(learnt):
    page = learnt.plot()
    titles = [ax.get_title() for ax in page.axes]
    assert "before" in titles and any(title.startswith("after learning, signal shifted by") for title in titles)
    assert [ax.get_ylabel() for ax in page.axes if ax.get_ylabel().startswith("Output")] == ["Output 1", "Output 2"]


def test_pulses_tell_the_time_so_that_it_plays_faster_and_backwards():
    network = rx.spiking.train(WAVE, 1e-3, neuron="iz_hdts", pulses=10, **SHORT)
    assert network.drive is not None and network.drive.components == 10
    assert network.replay(2.0).times[-1] == pytest.approx(0.2) and len(network.replay(-1.0, 0.1).times) == 100
    with pytest.raises(ValueError, match="speed: 0 is no speed"):
        network.replay(0)


@pytest.mark.parametrize("suffix", ["csv", "npy", "npz"])
def test_files_are_signals_too(tmp_path, suffix):
    path = tmp_path / f"wave.{suffix}"
    if suffix == "csv":
        path.write_text("time_ms,x,y\n" + "\n".join(f"{i},{a},{b}" for i, (a, b) in enumerate(WAVE)))
    else:
        np.save(path, WAVE) if suffix == "npy" else np.savez(path, values=WAVE, dt=1e-3)
    network = rx.spiking.train(path, 1e-3 if suffix == "npy" else None, **SHORT)
    assert network.target.cycle == pytest.approx(0.2) and network.target.outputs == 2
    np.testing.assert_allclose(network.offset, WAVE.mean(axis=0))
    if suffix != "npy":
        with pytest.raises(ValueError, match=r"samples come every 0.001 s, but dt says 0.002 s; leave dt out"):
            rx.spiking.train(path, 2e-3)


@pytest.mark.parametrize(
    ("signal", "settings", "message"),
    [
        (np.zeros((3, 4, 5)), {}, r"signal have the shape \(3, 4, 5\); right would be \(time, output\)"),
        (WAVE.T, {}, r"signal: 2 times of 200 outputs; right would be \(time, output\): transpose it"),
        (np.where(TIME == TIME[7], np.nan, TIME), {}, r"signal\[7, 0\] is nan, not a finite number \(1 in all\)"),
        (np.ones(50), {}, "signal: does not vary"),
        (WAVE, {"dt": None}, "dt: is missing; give the seconds"),
        (WAVE[:3], {"dt": 1e-4}, r"lasts 0.0003 s \(3 samples of 0.0001 s\), less than twenty steps of 5e-05 s"),
        (WAVE, {"neuron": "theta", "time_step": 1e-3}, "0.001 is too coarse for Theta neurons; .* published: 1e-05"),
        (WAVE, {"neuron": "iz_osc", "time_step": 1e-3}, "too coarse for Izhikevich neurons; .* published: 4e-05"),
        (WAVE, {"feedback": -10}, "reservoir.feedback: -10 is out of range; allowed: 0 or more"),
        (WAVE, {"neuron": "lief"}, "neuron: 'lief' is not one of .* did you mean 'lif'"),
        (WAVE, {"pulses": 5}, "pulses: 5 with LIF neurons; take neuron='iz_hdts'"),
        (WAVE, {"learn": -1.0}, "train_start, train_stop: .* are out of order"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_before_anything_is_simulated(monkeypatch, signal, settings, message):
    monkeypatch.setattr("replicortex.spiking.simulate.Simulation", None)  # building one would fail otherwise
    with pytest.raises(ValueError, match=message):
        rx.spiking.train(signal, **{"dt": 1e-3} | settings)


class _Target:
    """A target of one's own that answers in some shape."""

    outputs = 2

    def __init__(self, values):
        self._values = values

    def values(self, first, count):
        return self._values(first, count)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (_Target(lambda i, n: np.zeros(n)), r"values\(1, 1\) have the shape \(1,\); right would be \(1, 2\)"),
        (_Target(lambda i, n: np.full((n, 2), np.nan)), "the target at step 1 is .*nan"),
        (rx.spiking.Series(np.zeros((5, 2)), 0.01, 5e-5), "known from 0 to 0.04 s, not at 0.1 to 0.1 s"),
    ],
)
def test_a_target_is_asked_before_the_run(target, message):
    settings = rx.spiking.ReservoirSettings(rx.spiking.LIF(), rx.spiking.Synapse(), 20, 2, 0.04, 10.0)
    with pytest.raises(ValueError, match=message):
        rx.spiking.run_force(rx.spiking.build(settings, "test", 0), rx.spiking.Schedule(5e-5, 0.1, 0.02, 0.08, 50),
                             target, rx.spiking.RlsSettings(5e-6))  # fmt: skip


def test_a_target_that_turns_bad_is_blamed_itself():
    def values(first, count):
        steps = np.arange(first, first + count)
        return np.where((steps > 1000) & (steps < 1900), np.nan, 0.0)[:, None].repeat(2, axis=1)

    bad = _Target(values)
    settings = rx.spiking.ReservoirSettings(rx.spiking.LIF(), rx.spiking.Synapse(), 20, 2, 0.04, 10.0)
    run = rx.spiking.run_force(rx.spiking.build(settings, "test", 0), rx.spiking.Schedule(5e-5, 0.1, 0.02, 0.08, 50),
                               bad, rx.spiking.RlsSettings(5e-6))  # fmt: skip
    assert run.reason == "target" and "the target is not a finite number there" in run.problem


def experiment(**settings):
    plain = {"name": "mine", "scale": "smoke", "seeds": [0], "cells": 30, "duration": 0.5, "train": [0.1, 0.3]}
    return ForceExperiment.model_validate(plain | settings)


def test_a_configuration_takes_a_series_and_sines_of_any_frequency(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("x,y\n" + "\n".join(f"{a},{b}" for a, b in WAVE))
    series = force.parts(experiment(target={"kind": "series", "file": str(path), "dt": 1e-3}), 0)
    assert series.reservoir.settings.outputs == 2
    np.testing.assert_allclose(series.supervisor.values(20, 1)[0], WAVE[1])
    with pytest.raises(ValueError, match=r"mine.csv: does not say how long a sample lasts; give dt in s"):
        force.parts(experiment(target={"kind": "series", "file": str(path)}), 0)
    driven = experiment(neuron="iz_hdts", drive={"components": 10, "amplitude": 4000},
                        target={"kind": "series", "file": str(path), "dt": 1e-3})  # fmt: skip
    assert force.parts(driven, 0).drive.period_steps == 5000
    steps = np.arange(1, 50)
    for frequencies in ([2.5], [3.7, 11.25]):
        made = force.parts(experiment(target={"kind": "sines", "frequencies": frequencies}), 0).supervisor
        wanted = np.prod([np.sin(2 * np.pi * f * steps * 5e-5) for f in frequencies], axis=0)
        np.testing.assert_allclose(made.values(1, 49)[:, 0], wanted, atol=1e-12)
    own = force.parts(experiment(parameters={"tau": 0.02, "threshold": -45}), 0).reservoir.settings.neuron
    assert (own.tau, own.threshold, own.reset) == (0.02, -45, -65)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"target": {"kind": "series"}}, "target.file: is missing; a series is read from"),
        ({"target": {"kind": "sine5", "dt": 0.1}}, "target.dt: 0.1 is how long a sample of a series lasts"),
        ({"target": {"kind": "sine5", "frequencies": [3]}}, "target.frequencies: cannot go with 'sine5'"),
        ({"parameters": {"tua": 0.02}}, "parameters.tua: 'tua' is not one of tau, .* did you mean 'tau'"),
        ({"neuron": "theta", "parameters": {"tau": 1}}, "parameters.tau: 'theta' has no parameters of its own"),
        ({"neuron": "theta", "dt": 1e-3}, "dt: 0.001 s is too coarse for theta; at most 5e-05 s, published: 1e-05 s"),
        ({"parameters": {"tau": 1e-5}}, r"dt: 5e-05 s is longer than the membrane of lif \(1e-05 s\)"),
    ],
)
def test_what_cannot_go_together_in_a_configuration(settings, message):
    with pytest.raises(Exception, match=message) as caught:
        try:
            experiment(**settings)
        except ValueError as error:
            raise ConfigError(rx.config.messages.lines(error, ForceExperiment)) from None
    assert isinstance(caught.value, ConfigError)


def test_the_way_in_for_rate_networks_and_grids():
    rate = experiment(neuron="rate", rise=0, decay=0.01, gain=1.5, feedback=1, inverse=1, step=2)
    with pytest.raises(
        ValueError, match=r"mine: its neuron is 'rate'; call rx.spiking.train_rates\(experiment, seed\)"
    ):
        rx.spiking.train_force(rate)
    run = rx.spiking.train_rates(rate)
    assert run.problem is None and run.times[-1] == pytest.approx(0.5) and run.z.shape == (500, 1)
    grid = experiment(grid={"gain": {"0.04": 0.04, "0.1": 0.1}})
    for way in (rx.spiking.train_force, rx.spiking.train_rates):
        with pytest.raises(ValueError, match="mine: has a grid over gain; take one of its networks"):
            way(grid)


def test_networks_that_say_nothing_of_it_keep_their_identity():
    told = experiment(target={"kind": "saw5"}).identity()
    assert "parameters" not in told and told["target"] == {"kind": "saw5"}
    assert experiment(parameters={"tau": 0.02}).fingerprint() != experiment().fingerprint()


def test_the_configuration_knows_the_neurons():
    for name, neuron in PRESETS.items():
        known = tuple(field.name for field in fields(neuron) if field.name != "bias")
        assert PARAMETERS[name] == known
        assert LARGEST_STEP.get(name, np.inf) == type(neuron).largest_step
