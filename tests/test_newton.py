"""Rate networks with the weights of spiking ones, decoders exchanged, bias and variance over repetitions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import replicortex as rx
from replicortex.config.force import ForceSettings
from replicortex.config.spiking import ForceExperiment
from replicortex.papers.newton2025 import compare, cycles, twin
from replicortex.pipeline import papers
from replicortex.pipeline.tables import check_tables
from replicortex.spiking import force, single_neurons
from replicortex.spiking.neurons import LIF, Theta
from replicortex.spiking.perturbations import Subject
from replicortex.spiking.reservoir import ReservoirSettings, build
from replicortex.spiking.rls import RlsSettings
from replicortex.spiking.schedule import Schedule
from replicortex.spiking.supervisors import supervisor
from replicortex.spiking.synapses import Synapse

DT = 5e-5
RNG = np.random.default_rng(0)


def reservoir(units: int = 60, outputs: int = 1, **settings: object):
    given = {"gain": 0.125, "feedback": 20.0, "balance": True, "neuron": LIF(), "synapse": Synapse()} | settings
    return build(ReservoirSettings(units=units, outputs=outputs, **given), "newton", 0)


def sine(seconds: float):
    return supervisor("sine5", dt=DT, duration=max(seconds, 0.2), rng=RNG)


def test_the_steady_rate_is_what_a_lif_neuron_does_at_a_constant_current() -> None:
    curve = single_neurons.fi_curve("lif")
    formula = twin.steady_rate(curve["current"].to_numpy(), LIF())
    assert np.abs(formula - curve["rate_hz"]).max() < 2.0 and formula.max() > 100
    assert twin.steady_rate(np.array([-80.0, -40.0]), LIF()).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("gain", ["code", "rls"])
def test_a_rate_network_is_that_of_the_equations(gain: str) -> None:
    """Against plain NumPy, where Omega is filtered as the spiking network's input is."""
    made, schedule, target = reservoir(), Schedule(DT, 0.1, 0.02, 0.08, 50), sine(0.1)
    got = twin.run(twin.Twin(made, DT, hold=1), schedule, target, RlsSettings(5e-5, gain, "float64", "naive"))
    n, omega, neuron = made.units, made.static.toarray(), LIF()
    filters = made.settings.synapse.filter(DT, 1.0)
    spikes = (made.voltages >= neuron.threshold).astype(float)
    (ipsc, h), (r, hr) = (filters.step(np.zeros(n), np.zeros(n), into) for into in (omega @ spikes, spikes))
    phi, p, z, outputs = np.zeros((n, 1)), np.eye(n) * 5e-5, np.zeros(1), []
    for i in range(1, schedule.steps + 1):
        rates = twin.steady_rate(neuron.bias + ipsc + z @ made.encoders, neuron) * DT
        ipsc, h = filters.step(ipsc, h, omega @ rates)
        r, hr = filters.step(r, hr, rates)
        z = phi.T @ r
        outputs.append(z)
        if schedule.updates_at(i):
            c = p @ r
            error, denominator = z - target.values(i, 1)[0], 1 + r @ c
            phi = phi - np.outer(c, error / (denominator if gain == "rls" else 1))
            p = p - np.outer(c, c) / denominator
    assert np.abs(phi).max() > 1e-4 and got.bounded
    np.testing.assert_allclose(got.decoders, phi, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(got.z, np.array(outputs)[19::20], rtol=1e-6, atol=1e-9)


def test_holding_rates_for_a_quarter_of_a_millisecond_changes_little() -> None:
    made, target = reservoir(100), sine(1.2)
    taught = twin.run(twin.Twin(made, DT, hold=1), Schedule(DT, 1.2, 0.2, 1.0, 50), target, RlsSettings(5e-5))
    fine, coarse = (
        twin.run(twin.Twin(made, DT, taught.decoders, taught.state, hold), Schedule(DT, 0.2), target).z
        for hold in (1, 5)
    )
    assert fine.std() > 0.3 and np.sqrt(np.mean((fine - coarse) ** 2)) < 0.05 * fine.std()


def test_a_network_without_a_single_spike_stays_silent() -> None:
    made = reservoir()
    quiet = replace(made, voltages=np.full(made.units, -60.0))
    run = twin.run(twin.Twin(quiet, DT), Schedule(DT, 0.05), sine(0.05))
    assert run.bounded and not run.z.any() and not run.state.any()


def test_an_output_that_leaves_all_bounds_ends_the_run() -> None:
    made = reservoir()
    run = twin.run(twin.Twin(made, DT, np.full((made.units, 1), 1e3)), Schedule(DT, 0.5), sine(0.5))
    assert not run.bounded


def test_other_neurons_have_no_steady_rate() -> None:
    with pytest.raises(ValueError, match="Theta has no steady-state rate here; choose lif"):
        twin.Twin(reservoir(neuron=Theta()), 1e-5)


def made_up(drift: int, jitter: float, bias: float, n: int = 12, rows: int = 200):
    """A sine with an offset, noise that is constant over a repetition, and repetitions longer by some rows."""
    time, x = np.arange(rows * (n + 2)), np.arange(rows * (n + 2))
    z = np.sin(2 * np.pi * time / (rows + drift))
    noise = np.random.default_rng(1).normal(0, jitter, n + 3)[time // (rows + drift)]
    return (z + noise + bias)[:, None], np.sin(2 * np.pi * x / rows)[:, None]


def test_bias_and_variance_of_made_up_outputs() -> None:
    exact = cycles.cut(*made_up(0, 0.0, 0.3), 200)
    assert exact.bias_2 == pytest.approx(0.09) and exact.variance == pytest.approx(0, abs=1e-12)
    assert exact.target[0, 0] == pytest.approx(1) and exact.values.shape == (13, 200, 1)
    noisy = cycles.cut(*made_up(0, 0.2, 0.0), 200)
    assert noisy.variance == pytest.approx(0.04, rel=0.7) and noisy.bias_2 < noisy.variance


def test_drift_counts_neither_as_bias_nor_as_variance() -> None:
    z, x = made_up(4, 0.0, 0.0)
    found = cycles.cut(z, x, 200)
    assert found.bias_2 + found.variance < 0.002 < np.mean((z - x) ** 2)


def test_too_short_an_output_has_no_repetitions() -> None:
    with pytest.raises(ValueError, match="at least four repetitions of 200 rows"):
        cycles.cut(np.zeros((700, 1)), np.zeros((700, 1)), 200)


@pytest.fixture(scope="module")
def subject() -> Subject:
    settings = ForceSettings(cells=200, gain=0.125, feedback=20, inverse=5e-5, duration=4, train=[0.2, 3.9], seeds=[0])
    data = settings.model_dump(mode="json", exclude={"scales"}) | {"name": "newton_test", "scale": "smoke"}
    experiment = ForceExperiment.model_validate(data)
    run = force.train_force(experiment, 0, log=lambda line: None)
    return Subject("seed0", 0, experiment, run.network, force.target(experiment, 0)[0], None)


def test_a_spiking_network_with_its_own_decoders_is_itself(subject: Subject) -> None:
    again = compare.swapped(subject.network, subject.network.decoders)
    np.testing.assert_allclose(again.state["z"], subject.network.state["z"], atol=1e-6)
    silent = compare.swapped(subject.network, 0 * subject.network.decoders)
    run = rx.spiking.replay(silent, 0.1)
    assert not run.traces.z.any() and run.network.state["r"].any()


def test_the_tables_of_a_network(subject: Subject) -> None:
    made = compare.tables([subject], repetitions=4)
    check_tables(made, papers()["newton2025"])
    row = made["summary"].iloc[0]
    taught = compare.train_twin(subject)
    own = np.corrcoef(subject.network.decoders.ravel(), taught.decoders.ravel())[0, 1]
    assert row["status"] == "ok" and row["correlation"] == pytest.approx(own) and row["per_step"] == 1
    assert row["lif_aligned"] < 0.5 and row["rate_aligned"] < 0.5
    assert len(made["decoders"]) == 200 and set(made["cycles"]["model"]) == {"lif", "rate"}
    total = row["lif_bias_2"] + row["lif_variance"]
    assert total < 1 and row["lif_ran"] and row["rate_swapped_ran"]


def test_each_network_is_run_with_the_decoders_of_the_other(subject: Subject) -> None:
    taught = compare.train_twin(subject)
    row = compare.tables([subject], repetitions=4)["summary"].iloc[0]
    alike = replace(subject, network=compare.swapped(subject.network, taught.decoders))
    swapped = compare.tables([alike], repetitions=4)["summary"].iloc[0]
    assert swapped["lif_aligned"] == pytest.approx(row["lif_swapped_aligned"]) != row["lif_aligned"]
    assert swapped["correlation"] == pytest.approx(1) and row["correlation"] < 0.99
    # nothing changes by an exchange of equal decoders
    for model in ("lif", "rate"):
        assert swapped[f"{model}_swapped_aligned"] == pytest.approx(swapped[f"{model}_aligned"])
