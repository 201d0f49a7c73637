"""From an experiment to files, tables, replays, lesions and fresh points, on networks of a few dozen cells."""

import json

import numpy as np
import pandas as pd
import pytest

from replicortex.config.population import Member
from replicortex.config.spiking import ForceExperiment
from replicortex.pipeline import papers
from replicortex.pipeline.tables import check_tables
from replicortex.spiking import files, firing, job, perturbations
from replicortex.spiking.music import MELODIES, OdeToJoy
from replicortex.spiking.recorder import Traces
from replicortex.spiking.trace_tables import Run, recording, tables


def experiment(name="one", **settings):
    plain = {"neuron": "lif", "cells": 40, "duration": 1.0, "train": [0.2, 0.6], "scale": "smoke", "seeds": [0]}
    return ForceExperiment.model_validate({"name": name, **plain, **settings})


PAPER = papers()["nicola2017"]
DRIVEN = {"neuron": "iz_hdts", "gain": 5000, "feedback": 400, "inverse": 2, "rls": "rls", "step": 50,
          "target": {"kind": "ode_short"}, "drive": {"components": 16, "amplitude": 4000}}  # fmt: skip


def trained(folder, e, label="seed0", seed=0):
    network, traces = job.train(Member(label, seed, e), folder)
    assert network.is_file() and traces.is_file()
    return network


def measured(*paths):
    return job.measured([job.recorded(path) for path in paths])


def run_of(e, times, z, x, **settings):
    none, k = np.zeros(0), z.shape[1]
    traces = Traces(times, z, x, none, np.zeros(0, np.int32), none, np.zeros((0, 1)), none, np.zeros((0, 1, k)),
                    np.zeros((0, k)), np.zeros(0, np.int64), np.ones((3, 4), np.int64), np.ones(3))  # fmt: skip
    return Run("seed0", 0, e, traces, **settings)


def test_tables_have_the_columns_that_are_declared(tmp_path):
    e = experiment(target={"kind": "sine5"})
    made = measured(trained(tmp_path, e), trained(tmp_path, e, "seed1", 1))
    for name in ("summary", "members", "traces", "raster", "voltages", "decoders", "course"):
        assert len(made[name]), name
    check_tables(made, PAPER)
    assert list(made["summary"]["network"]) == ["seed0", "seed1"] == list(made["members"]["network"])
    assert set(made["traces"]["network"]) == {"seed0"}
    row = made["summary"].iloc[0]
    assert row["status"] == "ok" and 1 < row["rate_after_hz"] < 400 and row["outputs"] == 1
    after = made["traces"].query("window == 'after'")
    x = np.sin(10 * np.pi * after["time_s"])
    np.testing.assert_allclose(after["target"], x, atol=1e-9)
    before = made["traces"].query("window == 'before'")
    assert (before["value"] == 0).all()  # nothing has been learnt


def test_the_same_seed_gives_the_same_files(tmp_path):
    e = experiment(duration=0.3, train=[0.1, 0.2])
    first, again = trained(tmp_path / "a", e), trained(tmp_path / "b", e)
    one, other = (measured(path)["traces"] for path in (first, again))
    pd.testing.assert_frame_equal(one, other)


def test_errors_are_those_of_the_outputs_after_learning():
    e = experiment(duration=4.0, train=[1.0, 2.0], target={"kind": "sine5"})
    times = np.arange(1, 4001) * 1e-3
    x = np.sin(10 * np.pi * times)[:, None]
    noise = np.random.default_rng(0).normal(0, 0.1, x.shape)
    z = np.where(times[:, None] > 2, x + noise, 50.0)
    row = tables([run_of(e, times, z, x)])["summary"].iloc[0]
    later = times > 2
    assert row["rmse"] == pytest.approx(np.sqrt(np.mean(noise[later] ** 2)))
    assert row["nrmse"] == pytest.approx(row["rmse"] / x[later].std())
    assert row["correlation"] == pytest.approx(np.corrcoef(z[later, 0], x[later, 0])[0, 1])
    assert row["std_error"] == pytest.approx(z[later].std() / x[later].std() - 1)
    edges = [-np.inf, *np.linspace(-1, 1, 51), np.inf]
    counts = [np.histogram(values[later, 0], edges)[0] for values in (z, x)]
    assert row["histogram_distance"] == pytest.approx(np.abs(counts[0] - counts[1]).sum() / 2 / later.sum(), abs=0.01)
    course = tables([run_of(e, times, z, x)])["course"].set_index("time_s")["nrmse"]
    assert course.loc[0.5] > 10 * course.loc[3.5]


def test_components_of_a_hdts_count_for_nothing():
    e = experiment(duration=10.0, train=[1.0, 2.0], target={"kind": "ode_short", "hdts": 2})
    times = np.arange(1, 10_001) * 1e-3
    x = np.random.default_rng(0).random((len(times), 7))
    z = x.copy()
    z[:, 5:] = 9.0
    row = tables([run_of(e, times, z, x)])["summary"].iloc[0]
    assert row["rmse"] == 0 and row["correlation"] == pytest.approx(1) and row["outputs"] == 7


def test_notes_are_those_of_the_loudest_channel():
    """Whole notes after learning alone: the one in which learning ends is left out."""
    e = experiment(duration=10.0, train=[1.0, 2.1], target={"kind": "ode_short"})
    times = np.arange(1, 10_001) * 1e-3
    slot = np.ceil(times / 0.25 - 1e-9).astype(int) - 1
    x = np.eye(5)[slot % 5]
    z = np.roll(x, 1, axis=1)
    z[slot < 20] = x[slot < 20]
    notes = tables([run_of(e, times, z, x)])["notes"]
    assert notes["slot"].tolist() == list(range(9, 40))
    assert (notes["pitch"] == notes["slot"] % 5).all()
    assert ((notes["played"] == notes["pitch"]) == (notes["slot"] < 20)).all()


@pytest.mark.parametrize("slow", [0.0072, -0.03])
@pytest.mark.parametrize("kind", ["ode_short", "ode_long"])
def test_a_melody_at_a_tempo_of_its_own_is_a_melody(kind, slow):
    """Over a minute and more it is half a second late, or two seconds early: every note comes in order, as long as it
    should."""
    e = experiment(duration=80.0, train=[1.0, 2.0], target={"kind": kind})
    times = np.arange(1, 8001) * 0.01
    melody = OdeToJoy(MELODIES[kind], 5e-4)
    x, z = (melody.at(np.asarray(steps)) for steps in (times / 5e-4, times * (1 - slow) / 5e-4 + 600))
    notes = tables([run_of(e, times, z, x)])["notes"]
    at_its_tempo, at_the_targets, by_chance = (
        (notes[name] == notes["pitch"]).mean() for name in ("followed", "played", "by_chance")
    )
    assert at_its_tempo > 0.97 and at_the_targets < 0.7 and by_chance < 0.5
    wrong = tables([run_of(e, times, np.roll(z, 1, axis=1), x)])["notes"]
    assert (wrong["followed"] == wrong["pitch"]).mean() < 0.5


def test_intervals_between_spikes_of_clocks_and_of_chance():
    rng = np.random.default_rng(0)
    clock = np.arange(1, 41) * 0.025
    assert firing.regularity(clock, np.zeros(40, int)) == pytest.approx((25, 0))
    chance = np.cumsum(rng.exponential(0.02, (30, 400)), axis=1)
    mean, variation = firing.regularity(chance.ravel(), np.repeat(np.arange(30), 400))
    assert mean == pytest.approx(20, rel=0.05) and variation == pytest.approx(1, abs=0.05)
    assert np.isnan(firing.regularity(clock[:5], np.zeros(5, int))).all()
    both = firing.regularity(np.concatenate([clock, 2 * clock]), np.repeat([3, 1], 40))
    assert both == pytest.approx((37.5, 0))


def test_a_stopped_run_is_marked_and_has_no_errors():
    e = experiment(duration=4.0, train=[1.0, 2.0])
    times, zeros = np.arange(1, 1501) * 1e-3, np.zeros((1500, 1))
    made = tables([run_of(e, times, zeros, zeros + 1, problem="stopped at 1.5 s: rates", stopped_at=1.5)])
    row = made["summary"].iloc[0]
    assert row["status"].startswith("stopped at 1.5 s") and row["stopped_s"] == 1.5
    assert np.isnan(row[["rmse", "aligned_nrmse", "correlation", "rate_after_hz"]].to_numpy(dtype=float)).all()
    assert made["traces"]["time_s"].max() <= 1.5


def test_what_is_recorded_fits_in_memory():
    long = experiment(duration=1000.0, train=[1, 900], neuron="iz_song", target={"kind": "ode_long", "hdts": 64})
    kept = recording(long, 69)
    assert long.duration / (kept.trace_every * long.time_step) * 69 * 8 < 6e7
    short = recording(experiment(duration=15.0, train=[5, 10]), 1)
    assert short.trace_every * 5e-5 == pytest.approx(1e-3)


@pytest.fixture(scope="module")
def driven(tmp_path_factory):
    return job.subject(trained(tmp_path_factory.mktemp("driven"), experiment("tune", cells=30, duration=4.0, **DRIVEN)))


def test_replays_at_all_speeds(driven):
    made = perturbations.replays([driven])
    replay, frames = made["replay"], made["frames"]
    check_tables(made, PAPER)
    assert set(replay["speed"]) == set(perturbations.SPEEDS)
    assert set(replay.loc[replay["speed"] == -1.0, "mode"]) == {"reversed"}
    assert replay[["correlation", "demeaned", "chance"]].abs().max().max() <= 1
    assert frames.groupby(["speed", "frame", "source"])["channel"].count().eq(5).all()
    target = frames.query("speed == 1.0 and frame == 0 and source == 'target'")["value"]
    assert target.between(0, 1).all() and target.std() > 0


def test_a_replay_of_nothing_is_at_chance():
    """Noise that knows nothing of the target: what the search for the best lag gains, chance gains too."""
    differences = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        smooth = np.cumsum(rng.normal(size=(2, 300, 4)), axis=1)
        smooth -= np.linspace(0, 1, 300)[:, None] * smooth[:, -1:]  # ends where it began, so that it may be shifted
        found = perturbations._accuracy(smooth[0], smooth[1], 5e-3, rng)
        differences.append(found["demeaned"] - found["chance_demeaned"])
    assert abs(np.mean(differences)) < 3 * np.std(differences) / 30**0.5
    same = perturbations._accuracy(np.roll(smooth[1], 4, axis=0), smooth[1], 5e-3, rng)
    assert same["lag_ms"] == pytest.approx(20) and same["demeaned"] == pytest.approx(1)
    assert same["chance_demeaned"] < 0.6


def test_lesions(driven):
    made = perturbations.lesions([driven])
    check_tables({"lesions": made}, PAPER)
    assert set(made["kind"]) == set(perturbations.LEVELS)
    whole = made.query("(kind == 'neurons' and level == 0) or (kind == 'hdts' and level == 0)")
    same = made.query("(kind == 'excitation' and level == 1) or (kind == 'inhibition' and level == 1)")
    numbers = pd.concat([whole, same])[["correlation", "nrmse", "rate_hz"]]
    assert len(numbers) == 4 and numbers.nunique().eq(1).all()  # nothing taken away is nothing taken away
    silenced = made.query("kind == 'neurons'").set_index("level")["rate_hz"]
    assert np.isfinite(silenced).all()


def test_a_network_without_a_drive_cannot_be_played_faster(tmp_path):
    subject = job.subject(trained(tmp_path, experiment(duration=0.5, train=[0.1, 0.3])))
    with pytest.raises(ValueError, match="one, seed0: has no HDTS from outside"):
        perturbations.replays([subject])
    with pytest.raises(ValueError, match="one, seed0: its target is 'sine5', no points"):
        perturbations.points([subject], 5)


def test_eigenvalues_are_those_of_the_weights(tmp_path):
    subject = job.subject(trained(tmp_path, experiment(duration=0.5, train=[0.1, 0.3])))
    made = perturbations.eigenvalues(subject)
    check_tables({"eigenvalues": made}, PAPER)
    weights = subject.network.reservoir.weights()
    for phase, matrix in (
        ("before", weights),
        ("after", weights + subject.network.reservoir.encoders.T @ subject.network.decoders.T),
    ):
        values = made.query(f"phase == '{phase}'")
        assert len(values) == 40
        assert values["real"].sum() == pytest.approx(np.trace(matrix), abs=1e-8)


def test_fresh_points_are_shown_to_the_network_read_back(tmp_path):
    e = experiment("classes", neuron="iz_song", cells=60, gain=6000, feedback=5000, inverse=30, duration=1.5,
                   train=[0.1, 1], target={"kind": "classify", "rule": "nonlinear"})  # fmt: skip
    made = perturbations.points([job.subject(trained(tmp_path, e))], 6)
    check_tables({"points": made}, PAPER)
    assert len(made) == 6
    assert (made["label"] == (made["y"] > np.sin(2 * np.pi * made["x"])).astype(int)).all()
    assert made["score"].std() > 0


def test_rate_networks_learn_the_sine_and_have_no_spikes(tmp_path):
    e = experiment("rates", neuron="rate", cells=200, gain=1.5, feedback=1, inverse=1, rls="rls", rise=0, decay=0.01,
                   duration=6.0, train=[1, 4], step=2, target={"kind": "sine5"})  # fmt: skip
    row = measured(trained(tmp_path, e))["summary"].iloc[0]
    assert row["aligned_nrmse"] < 0.1 and np.isnan(row["rate_after_hz"])


def test_sounds(tmp_path):
    e = experiment("tune", neuron="iz_hdts", cells=40, gain=5000, feedback=400, inverse=2, rls="rls", duration=5.0,
                   train=[0.5, 0.9], target={"kind": "ode_short"})  # fmt: skip
    path = trained(tmp_path, e)
    heard = job.sounds(path, measured(path)["traces"])
    for sound, rate in heard.values():
        assert rate == 8192 and len(sound) > 3 * rate and np.abs(sound).max() <= 0.9 + 1e-12
    plain = trained(tmp_path, experiment(duration=0.5, train=[0.1, 0.3]))
    with pytest.raises(ValueError, match="one: target 'sine5' is nothing that can be heard"):
        job.sounds(plain, measured(plain)["traces"])


def test_files_that_are_no_networks(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such file"):
        job.recorded(tmp_path / "networks" / "a" / "seed0.safetensors")
    path = tmp_path / "other.safetensors"
    files.write_arrays(path, {"a": np.zeros(2)}, {"about": json.dumps("nothing")})
    with pytest.raises(ValueError, match="other.safetensors: not a trained spiking network"):
        job.recorded(path)


@pytest.mark.parametrize("speed", [1.0, 4.0, 0.5, -1.0])
def test_frames_are_the_same_moments_at_every_speed(speed):
    e = experiment(neuron="iz_hdts", duration=8.0, target={"kind": "movie", "shape": [1, 2]})
    moments = np.mod(speed * (perturbations.SETTLE + 0.005 * (np.arange(round(8 / abs(speed) / 0.005)) + 1)), 8.0)
    x = np.stack([moments, np.cos(moments)], axis=1)
    subject = perturbations.Subject("seed0", 0, e, network=None, target=None, drive=None)
    z = np.roll(x, 4, axis=0)  # 20 ms late
    frames = (
        perturbations._frames(subject, speed, z, x, 0.005).query("channel == 0").set_index(["source", "frame"])["value"]
    )
    wanted = (np.arange(8) + 0.5) * 8 / 8
    np.testing.assert_allclose(frames["target"], wanted, atol=0.02)
    np.testing.assert_allclose(frames["output"], wanted, atol=0.02)
