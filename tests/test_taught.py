"""Networks that are taught: the compiled loops beside the equations as they stand, tasks, measures, files, settings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fake_taught import STUDY

import replicortex as rx
from replicortex.pipeline import papers
from replicortex.pipeline.tables import check_tables
from replicortex.spiking.files import write_arrays
from replicortex.spiking.rls import Naive
from replicortex.taught import job, kernel
from replicortex.taught.measures import measured, participation
from replicortex.taught.rates import METHODS, Attempt, RateSettings, draw_wiring, train_rates
from replicortex.taught.spikes import SpikeSettings, principal_directions, train_spikes
from replicortex.taught.tasks import FourSines, Oscillation, ReadySetGo

N, STEPS, SHARE = 7, 90, 0.1
RNG = np.random.default_rng(4)


def plain_rls(p: Naive, weights: np.ndarray, r: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The textbook's update by the module of spiking networks, in place; returns the outputs from before it."""
    outputs = weights @ r
    c, denominator = p.update(r, r)
    weights -= np.outer(outputs - wanted, c / denominator)
    return outputs


def drawn(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("clamped", [False, True])
def test_rate_networks_follow_their_equations(method: str, clamped: bool) -> None:
    full = method == "full_force"
    m = N + 1 if full else 1
    x, inputs, wanted, noise = drawn(N), drawn(STEPS, N), drawn(STEPS, m), 0.1 * drawn(STEPS, N)
    static, encoder, learns = drawn(N, N), drawn(N, 1), RNG.random(STEPS) < 0.7
    assert learns.sum() > kernel.STORED, "stored updates have to go into the matrices once and at the end"
    stacked, y, state = kernel.started(m, N), np.zeros(m), x.copy()
    nothing = np.zeros((0, 0))
    found, rates = kernel.run_rates(
        state, y, stacked, nothing if full else static, nothing if full else encoder, inputs, noise, wanted, learns,
        clamped, SHARE,
    )  # fmt: skip
    p, weights, current = Naive(1.0, N, "float64"), np.zeros((m, N)), np.zeros(m)
    for t in range(STEPS):
        recurrent = current[:N] if full else static @ np.tanh(x) + encoder @ current
        x = x + SHARE * (recurrent + inputs[t] - x) + noise[t]
        r = np.tanh(x)
        outputs = plain_rls(p, weights, r, wanted[t]) if learns[t] else weights @ r
        assert rates[t] == pytest.approx(r, abs=1e-9) and found[t] == pytest.approx(outputs, abs=1e-9)
        current = wanted[t] if clamped else outputs
    assert stacked[:m] == pytest.approx(weights, abs=1e-9) and stacked[m:] == pytest.approx(p.state()["p"], abs=1e-9)
    assert state == pytest.approx(x, abs=1e-9) and y == pytest.approx(current, abs=1e-9)


def test_the_teacher_advances_exactly_and_shows_what_it_was_driven_by() -> None:
    x, weights, taught, inputs, decay = drawn(N), drawn(N, N), drawn(20, N), drawn(20, N), np.exp(-0.1)
    state = x.copy()
    wanted, rates = kernel.run_teacher(state, weights, taught, inputs, decay)
    for t in range(20):
        r = np.tanh(x)
        currents = weights @ r + taught[t]
        assert wanted[t] == pytest.approx(currents) and rates[t] == pytest.approx(r)
        x = x * decay + (currents + inputs[t]) * (1 - decay)
    assert state == pytest.approx(x)


def test_spiking_networks_follow_their_equations() -> None:
    cells, k = np.array([1, 2, 5]), 2
    m, n = k + 1, 2 * len(cells)
    v, encoder, inputs, wanted = -5 * RNG.random(N), drawn(N, k), 3 + drawn(STEPS, N), drawn(STEPS, m)
    learns, fades, jump, reset = RNG.random(STEPS) < 0.7, np.array([0.99, 0.8]), -0.2, -1.0
    stacked, y, volts, inhibition, traces = kernel.started(m, n), np.zeros(m), v.copy(), np.zeros(1), np.zeros(n)
    found, spikes = kernel.run_spikes(
        volts, y, inhibition, traces, stacked, encoder, inputs, cells, wanted, learns, False, SHARE, fades, jump, reset
    )
    p, weights, current, held, slow, fast = (
        Naive(1.0, n, "float64"), np.zeros((m, n)), np.zeros(m), 0.0, np.zeros(3), np.zeros(3),
    )  # fmt: skip
    for t in range(STEPS):
        v = v + SHARE * (encoder @ current[:k] + held + inputs[t] - v)
        spiked = v >= 1e-16
        v[spiked] = reset
        held = held * fades[1] + jump * spiked.sum()
        slow, fast = slow * fades[0] + spiked[cells], fast * fades[1] + spiked[cells]
        r = np.concatenate([slow, fast])
        current = plain_rls(p, weights, r, wanted[t]) if learns[t] else weights @ r
        assert spikes[t] == pytest.approx(spiked.astype(float)) and found[t] == pytest.approx(current, abs=1e-8)
    assert spikes.any() and stacked[:m] == pytest.approx(weights, abs=1e-8) and volts == pytest.approx(v, abs=1e-8)


def test_oscillations_have_their_frequencies_and_begin_with_a_pulse() -> None:
    for version, first, middle in (("2019", 1.5, 4.5), ("2018", 1.0, 5.0)):
        trial = Oscillation(version).draw(RNG)
        z = trial.targets[:, 0]
        assert z.shape == (2000,) and np.abs(z).max() <= 1 and trial.inputs.sum() == 50
        assert np.abs(z + z[::-1])[1:-1].max() < 0.06, "the second half is the first one backwards"
        slope = np.gradient(z, 1e-3)[[1, 998]] / (2 * np.pi)
        assert np.abs(slope[0]) == pytest.approx(first, rel=0.05) and np.abs(slope[1]) == pytest.approx(middle, rel=0.1)
    sines = FourSines().draw(RNG)
    assert sines.targets.max() == 1 and sines.inputs[:50].mean() == 0.5 and sines.targets[0] == 0
    with pytest.raises(ValueError, match="oscillation.version: '2020'"):
        Oscillation("2020")


def test_an_interval_is_answered_after_as_long_a_time() -> None:
    trial = ReadySetGo((0.3, 0.6), pause=0.2).draw(np.random.default_rng(1))
    (first,), (second,) = (np.flatnonzero(np.diff(trial.inputs[:, i]) > 0) + 1 for i in (0, 1))
    delay = round(trial.interval * 1e3)
    assert 300 <= delay <= 600 and second - first == 50 + delay and trial.response - second == 50 + delay
    assert np.argmax(trial.targets) == trial.response + 249 and trial.targets.max() == 1 and trial.targets[0] == -0.5
    assert np.argmax(trial.hints) == second + 25 and trial.hints.max() == pytest.approx(trial.interval)
    assert not trial.hints[: first + 50].any() and not trial.hints[trial.response :].any()
    assert ReadySetGo(hint=False).draw(np.random.default_rng(1)).hints.shape[1] == 0


def test_measures_of_a_test_that_is_right_but_for_its_times() -> None:
    trial = ReadySetGo((0.3, 0.3), pause=0.2).draw(np.random.default_rng(1))
    rates = drawn(len(trial.targets), 4)
    right = measured([Attempt(trial, trial.targets, rates, rates)] * 3)
    assert right.nmse == right.unit_nmse == right.response_nmse == 0 and len(right.shown) == 2
    assert right.responses[0] == pytest.approx((0.3, 0.3), abs=2e-3) and np.isnan(right.rate_hz)
    late = measured([Attempt(trial, np.roll(trial.targets, 100, axis=0), rates, 0 * rates + 1)])
    assert late.responses[0] == pytest.approx((0.3, 0.4), abs=2e-3) and late.response_nmse > late.nmse > 0.2
    silent = measured([Attempt(trial, 0 * trial.targets, rates * 0 + 0.01, rates)], spiking=True)
    assert silent.nmse == 1 and silent.rate_hz == pytest.approx(10)
    assert participation(drawn(5000, 3)) == pytest.approx(3, abs=0.05)


def test_principal_directions_are_the_fewest() -> None:
    turned = np.linalg.qr(drawn(4, 4))[0]
    moment = turned @ np.diag([8.0, 1.5, 0.4, 0.1]) @ turned.T
    for variance, k in ((0.5, 1), (0.9, 2), (0.949, 2), (0.951, 3), (0.995, 4)):
        found = principal_directions(moment, variance)
        assert found.shape == (4, k) and np.abs(found.T @ turned[:, :k]) == pytest.approx(np.eye(k), abs=1e-6)


def test_methods_share_their_matrices_and_full_force_learns_within_ten_trials() -> None:
    settings = RateSettings(60, clamped=1, trials=10, tests=1)
    learnt = {m: train_rates(RateSettings(60, m, clamped=1, trials=10, tests=1), FourSines()) for m in METHODS}
    teacher = draw_wiring(60, settings.gain, FourSines().draw(RNG), "full_force", 0).recurrent
    for each in learnt.values():
        assert (each.recurrent[0] == teacher).all() and each.course.shape == (11,) and each.course[0] == 1
    full = learnt["full_force"]
    assert full.course[-3:].mean() < 0.4, "without learning it would be 1 or more"
    assert (full.recurrent[1] == full.weights[:60]).all() and learnt["force"].weights.shape == (1, 60)
    assert next(full.tested).z.shape == (1000, 1) and not list(full.tested)


def test_a_teacher_cannot_be_larger_than_the_network_that_it_teaches() -> None:
    with pytest.raises(rx.errors.ConfigError, match="teacher: 30 units, but 20 neurons"):
        SpikeSettings(units=20, teacher=30)
    settings = SpikeSettings(units=30, teacher=20, clamped=1, trials=1, tests=1, shown=1)
    learnt, transfer = train_spikes(settings, FourSines())
    k = transfer.directions.shape[1]
    assert learnt.weights.shape == (k + 1, 24) and transfer.encoder.T @ transfer.encoder == pytest.approx(
        36 * np.eye(k), abs=1e-9
    )


@pytest.mark.parametrize("name", STUDY)
def test_a_network_becomes_a_file_and_its_tables(name: str, tmp_path: Path) -> None:
    study = rx.load_config(Path(__file__).parents[1] / "config.yaml", scale="smoke")
    tiny = study[name].model_copy(update={"seeds": [3]})
    tiny = tiny.model_copy(update={"grid": {k: dict(list(v.items())[:1]) for k, v in tiny.grid.items()}})
    (member,) = tiny.members()
    path = job.train(member, tmp_path)
    assert path == tmp_path / "taught" / name / f"{member.label}.safetensors"
    made = job.tables([job.load(path)], tiny)
    check_tables(made, papers()["fullforce2018"])
    row = made["summary"].iloc[0]
    assert row["network"] == member.label and row["status"] == "ok" and row["seed"] == 3 and row["nmse"] > 0
    assert np.isfinite(row["rate_hz"]) == (row["method"] == "spiking") == bool(row["directions"])
    assert len(made["responses"]) == (3 if name == "ff_interval" else 0)
    with pytest.raises(ValueError, match="is a network of another experiment|moved|seed4"):
        job.load(path.rename(path.with_name("seed4.safetensors")))
    write_arrays(path, {"weights": np.zeros(2)}, {"format": "other"})
    with pytest.raises(ValueError, match="not a network that was taught"):
        job.load(path)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"method": "spiking", "noise": 1}, "taught.mine.noise: 1 is for rate units"),
        ({"method": "spiking", "task": {"name": "ready_set_go"}}, "taught.mine.task.name: 'ready_set_go' is for rate"),
        ({"task": {"delays": [2, 1]}}, "taught.mine.task.delays: [2, 1]: the first is longer"),
        ({"grid": {"unit": [1]}}, "taught.mine.grid: 'unit' is not one of method, units, "),
        ({"grid": {"units": [1]}}, "taught.mine.grid: in units=1: units: 1 "),
        ({"method": "force2"}, "taught.mine.method: 'force2' is not one of full_force, force, spiking"),
    ],
)
def test_what_is_wrong_is_said_with_its_setting(settings: dict, told: str) -> None:
    with pytest.raises(rx.errors.ConfigError) as error:
        rx.load_config({"taught": {"mine": settings}}, scale="laptop")
    assert told in str(error.value)


def test_scales_replace_what_they_name_and_people_s_words_change_nothing() -> None:
    given = {"units": 40, "scales": {"smoke": {"units": 10, "delays": [0.2, 0.3], "seeds": [4]}}}
    smoke, laptop = (rx.load_config({"taught": {"mine": given}}, scale=scale)["mine"] for scale in ("smoke", "laptop"))
    assert (smoke.units, smoke.task.delays, smoke.seeds) == (10, [0.2, 0.3], [4]) and laptop.units == 40
    titled = rx.load_config({"taught": {"mine": {**given, "title": "Mine", "shard": 2}}}, scale="laptop")["mine"]
    assert titled.fingerprint() == laptop.fingerprint() != smoke.fingerprint()
