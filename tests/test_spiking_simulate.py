"""Whole runs: recorded, stopped, resumed, replayed with lesions, written and read."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from spiking_networks import MODELS, Pulses, Waves, learning, network, schedule

from replicortex.spiking import files, simulate
from replicortex.spiking.lesions import Lesion, silence
from replicortex.spiking.neurons import LIF
from replicortex.spiking.recorder import Recording
from replicortex.spiking.reservoir import initial_voltages
from replicortex.spiking.simulate import CheckpointPlan, replay, run_force
from replicortex.spiking.simulation import CHUNK
from replicortex.spiking.watchdog import Limits

ROOT = Path(__file__).resolve().parent.parent
RECORDING = Recording(
    trace_every=7, raster_cells=50, raster_windows=((0.01, 0.05), (0.3, 0.35)), voltage_cells=4,
    voltage_windows=((0.02, 0.03), (0.31, 0.32)), voltage_every=3, decoder_cells=6, decoder_every=0.02,
)  # fmt: skip


def trained(name="iz_hdts", duration=0.4, seed=0, recording=RECORDING, **given):
    """A short run that learns from 0.05 to 0.25 s, with everything recorded."""
    times = schedule(name, duration, 0.05, 0.25)
    reservoir = network(name, units=120, outputs=2, seed=seed, components=5, drive_gain=1e3)
    rls = given.pop("rls", None) or learning(name, dtype="float32", gain="rls")
    return run_force(reservoir, times, Waves(times.dt, 2), rls, recording, drive=Pulses(5, 250), **given)


def equal(one, other):
    """Whether two runs are the same to the bit."""
    for name, value in one.network.state.items():
        np.testing.assert_array_equal(value, other.network.state[name], err_msg=name)
    np.testing.assert_array_equal(one.network.decoders, other.network.decoders)
    for name in vars(one.traces):
        np.testing.assert_array_equal(getattr(one.traces, name), getattr(other.traces, name), err_msg=name)


def test_records_what_was_asked_for():
    run, dt = trained(), MODELS["iz_hdts"].dt
    every = trained(recording=replace(RECORDING, trace_every=1, voltage_every=1, raster_cells=120,
                                      raster_windows=((0, 0.4),), decoder_every=1e-9))  # fmt: skip
    traces, all_ = run.traces, every.traces
    np.testing.assert_allclose(traces.times, 7 * dt * np.arange(1, 10_000 // 7 + 1))
    np.testing.assert_array_equal(traces.z, all_.z[6::7])
    np.testing.assert_allclose(traces.x, Waves(dt, 2).values(1, 10_000)[6::7])
    steps, cells = np.round(all_.spike_times / dt).astype(int), all_.spike_cells
    assert len(steps) == all_.counts.sum() == traces.counts.sum() > 500
    np.testing.assert_array_equal(traces.counts, np.bincount((steps - 1) // 25, minlength=400))
    phases = [(steps <= 1250), (steps > 1250) & (steps <= 6250), steps > 6250]
    np.testing.assert_array_equal(traces.cell_counts, [np.bincount(cells[p], minlength=120) for p in phases])
    per_phase = np.array([phase.sum() for phase in phases])
    np.testing.assert_allclose(traces.rates(), per_phase / 120 / [0.05, 0.2, 0.15])
    kept = (((steps > 250) & (steps <= 1250)) | ((steps > 7500) & (steps <= 8750))) & (cells < 50)
    np.testing.assert_allclose(traces.spike_times, dt * steps[kept])
    np.testing.assert_array_equal(traces.spike_cells, cells[kept])
    assert np.isin(traces.voltage_times, all_.voltage_times).all() and len(traces.voltage_times) == 2 * 84
    peaks = (all_.voltages == MODELS["iz_hdts"].neuron.peak).sum(axis=0)
    assert peaks.sum() and ((traces.voltages == MODELS["iz_hdts"].neuron.peak).sum(axis=0) == peaks).all()
    assert np.diff(traces.decoder_times).min() > 0.0199 and len(all_.decoder_times) == run.updates
    rows = np.isin(np.round(all_.decoder_times / dt), np.round(traces.decoder_times / dt))
    np.testing.assert_array_equal(traces.decoders, all_.decoders[rows])
    np.testing.assert_allclose(all_.decoder_norms[-1], np.linalg.norm(every.network.decoders, axis=0))


def test_learns():
    """The error falls by more than half while it learns."""
    run = trained(duration=0.3)
    error = np.abs(run.traces.z - run.traces.x).mean(axis=1)
    late, early = run.traces.times > 0.2, run.traces.times < 0.05
    assert run.complete and error[late & (run.traces.times < 0.25)].mean() < 0.5 * error[early].mean()


@pytest.mark.parametrize("method", ["event", "delayed", "naive"])
def test_resumes_to_the_same_bits(tmp_path, monkeypatch, method):
    whole = trained(rls=learning("iz_hdts", dtype="float32", method=method))
    plan = CheckpointPlan(tmp_path / "half.safetensors", "this one", every=0.0)

    def cut(step, steps):
        if step == CHUNK:
            files.write_arrays(plan.path.with_name("kept"), *states[-1])
        if step == 2 * CHUNK:
            raise KeyboardInterrupt

    states, write = [], files.write_arrays

    def remember(path, arrays, header):
        states.append(({k: v.copy() for k, v in arrays.items()}, header))
        write(path, arrays, header)

    monkeypatch.setattr(files, "write_arrays", remember)
    rls = learning("iz_hdts", dtype="float32", method=method)
    with pytest.raises(KeyboardInterrupt):
        trained(rls=rls, checkpoint=plan, news=lambda step, steps: cut(step, steps) if step > CHUNK else None)
    assert len(states) == 1 and plan.path.exists()  # of the end of the first chunk, in the middle of the training
    seen = []
    resumed = trained(rls=rls, checkpoint=plan, news=lambda step, steps: seen.append(step))
    assert seen == [2 * CHUNK, 10_000] and resumed.updates == whole.updates and not plan.path.exists()
    equal(whole, resumed)


def test_a_checkpoint_of_another_run_is_left_alone(tmp_path):
    path = tmp_path / "other.safetensors"
    files.write_arrays(path, {"nothing": np.zeros(1)}, {"fingerprint": "another one"})
    seen = []
    trained(duration=0.3, checkpoint=CheckpointPlan(path, "this one"), news=lambda step, steps: seen.append(step))
    assert seen[0] == CHUNK


def test_the_same_bits_each_time_and_others_for_another_seed():
    one = trained(duration=0.3)
    equal(one, trained(duration=0.3))
    assert not np.array_equal(one.traces.counts, trained(duration=0.3, seed=1).traces.counts)


def test_stops_at_a_runaway_and_keeps_what_was():
    """A learning rate far too large: the outputs explode."""
    run = trained(rls=replace(learning("iz_hdts"), p0=1e7))
    assert not run.complete and run.reason in ("output", "not finite", "runaway", "inverse correlation")
    assert 0.05 < run.stopped_at < 0.25 and f"stopped at {run.stopped_at:.4g} s" in run.problem and "try" in run.problem
    before = trained(duration=0.3)
    kept = run.traces.times <= 0.05
    np.testing.assert_array_equal(run.traces.z[kept], before.traces.z[: kept.sum()])
    assert len(run.traces.times) == int(run.stopped_at / 4e-5 + 0.5) // 7 == len(run.traces.x)


def test_stops_when_nobody_fires():
    reservoir = network("lif", units=50, outputs=2)
    quiet = replace(reservoir, settings=replace(reservoir.settings, neuron=LIF(bias=-200.0)))
    times = schedule("lif", 2.0)
    run = run_force(quiet, times, Waves(times.dt, 2), learning("lif"), limits=Limits(silence=0.3))
    assert run.reason == "silence" and 0.3 < run.stopped_at < 0.8 and "no neuron has fired" in run.problem
    allowed = run_force(quiet, times, Waves(times.dt, 2), learning("lif"), limits=Limits(silence=None))
    assert allowed.complete and allowed.traces.counts[0] > 0 == allowed.traces.counts[1:].sum()


def test_stops_at_rates_that_compute_nothing():
    reservoir = network("lif", units=50, outputs=2)
    wild = replace(reservoir, settings=replace(reservoir.settings, neuron=LIF(bias=1e5, refractory=0.0)))
    times = schedule("lif", 1.0)
    run = run_force(wild, times, Waves(times.dt, 2), learning("lif"))
    assert run.reason == "runaway" and "Hz in the mean" in run.problem


def test_stops_at_a_voltage_that_is_no_number():
    reservoir = network("theta", units=50, outputs=2)
    reservoir.voltages[7] = np.nan
    times = schedule("theta", 0.5)
    run = run_force(reservoir, times, Waves(times.dt, 2), learning("theta"))
    assert run.reason == "not finite" and "a voltage is no longer" in run.problem


def test_stops_when_the_inverse_correlation_is_not_positive_definite(monkeypatch):
    class Lost(simulate.InverseCorrelation):
        def start(self, r, h): ...
        def follow(self, cells, ages, powers, steps): ...
        def update(self, r, h):
            return -1e-3 * r, 1.0 - 1e-3 * float(r @ r)

    monkeypatch.setattr(simulate, "inverse_correlation", lambda settings, units: Lost())
    run = trained()
    assert run.reason == "inverse correlation" and "less than 1" in run.problem and run.stopped_at < 0.06
    assert run.traces.counts.sum() and np.isfinite(run.network.decoders).all()


def test_replays_on_from_the_end_of_training():
    """Split in two: a run of 0.4 s, and one of 0.3 s that is replayed for 0.1 s with the drive going on."""

    class Later(Pulses):
        def values(self, first, count):
            return super().values(first + 7500, count)

    whole, part = trained(), trained(duration=0.3)
    again = replay(part.network, 0.1, RECORDING, drive=Later(5, 250))
    np.testing.assert_array_equal(again.network.state["v"], whole.network.state["v"])
    np.testing.assert_array_equal(again.traces.counts, whole.traces.counts[300:])
    assert np.isnan(again.traces.x).all() and again.updates == 0


def test_replays_lif_with_its_refractory_neurons():
    reservoir = network("lif", units=100)
    times = schedule("lif", 0.1, 0.01, 0.04)
    whole = run_force(reservoir, times, Waves(times.dt), learning("lif"))
    part = run_force(reservoir, replace(times, duration=0.05), Waves(times.dt), learning("lif"))
    again = replay(part.network, 0.05)
    np.testing.assert_array_equal(again.network.state["v"], whole.network.state["v"])


def test_replays_from_voltages_at_rest():
    run = trained(duration=0.3)
    drawn = initial_voltages(run.network.reservoir.settings, np.random.default_rng(1))
    one, other = (replay(run.network, 0.05, drive=Pulses(5, 250), voltages=v) for v in (drawn, drawn[::-1].copy()))
    assert one.traces.counts.sum() and not np.array_equal(one.traces.z, other.traces.z)
    assert np.abs(one.traces.z[0]).max() < np.abs(run.traces.z[-1]).max()  # the filters are empty


def test_lesions():
    run = trained(duration=0.3)
    net, drive = run.network, Pulses(5, 250)
    whole = replay(net, 0.1, drive=drive)
    none = replay(net, 0.1, drive=drive, lesion=Lesion(excitation=1.0))
    equal(whole, none)
    all_ = replay(net, 0.1, drive=drive, lesion=silence(1.0, 120, np.random.default_rng(0)))
    assert all_.traces.counts.sum() == 0 and np.abs(all_.traces.z[-1]).max() < 0.02 * np.abs(whole.traces.z).max()
    first, second, third = (int(cell) for cell in np.argsort(-whole.traces.cell_counts[2])[:3])
    some = replay(net, 0.1, drive=drive, lesion=Lesion(silenced=(first, second)))
    assert some.traces.cell_counts[2, [first, second]].sum() == 0 < some.traces.cell_counts[2, third]
    with pytest.raises(ValueError, match="lesion.silenced: 120 is out of range; allowed: 0 to 119"):
        replay(net, 0.1, drive=drive, lesion=Lesion(silenced=(120,)))
    with pytest.raises(ValueError, match="lesion.inhibition: -1"):
        Lesion(inhibition=-1)


def test_outputs_that_are_not_fed_back_are_still_read_out():
    run = trained(duration=0.3)
    cut = replay(run.network, 0.02, drive=Pulses(5, 250), lesion=Lesion(outputs=(0, 1)))
    reservoir = replace(run.network.reservoir, encoders=0 * run.network.reservoir.encoders)
    np.testing.assert_array_equal(
        cut.traces.z, replay(replace(run.network, reservoir=reservoir), 0.02, drive=Pulses(5, 250)).traces.z
    )
    assert np.abs(cut.traces.z).max() > 0


def test_weights_scaled_by_sign_are_those_of_the_sum():
    """Omega + E Phi^T, all of it scaled by almost one, runs as the two apart do; without inhibition it fires more."""
    run = trained(duration=0.3)
    drive, almost = Pulses(5, 250), np.nextafter(1.0, 2.0)
    apart = replay(run.network, 0.02, drive=drive)
    dense = replay(run.network, 0.02, drive=drive, lesion=Lesion(excitation=almost, inhibition=almost))
    np.testing.assert_allclose(dense.traces.z, apart.traces.z, rtol=1e-8, atol=1e-9)
    excited = replay(run.network, 0.1, drive=drive, lesion=Lesion(inhibition=0.5))
    assert excited.traces.counts.sum() > replay(run.network, 0.1, drive=drive).traces.counts.sum()


@pytest.mark.parametrize("name", ["lif", "theta", "iz_osc"])
def test_networks_and_traces_come_back_from_files(tmp_path, name):
    times = schedule(name, 0.05, 0.01, 0.04)
    run = run_force(network(name), times, Waves(times.dt), learning(name))
    net = replace(run.network, metadata={"experiment": "test"})
    files.save_network(tmp_path / "a.safetensors", net)
    back = files.load_network(tmp_path / "a.safetensors")
    assert back.reservoir.settings == net.reservoir.settings and back.metadata == {"experiment": "test"}
    np.testing.assert_array_equal(back.reservoir.weights(), net.reservoir.weights())
    np.testing.assert_array_equal(replay(back, 0.02).traces.z, replay(net, 0.02).traces.z)
    files.save_traces(tmp_path / "b.safetensors", run.traces, {"problem": None})
    traces, marks = files.load_traces(tmp_path / "b.safetensors")
    assert marks == {"problem": None}
    np.testing.assert_allclose(traces.z, run.traces.z, rtol=1e-6)
    np.testing.assert_array_equal(traces.counts, run.traces.counts)


def test_files_that_are_something_else(tmp_path):
    with pytest.raises(FileNotFoundError, match="none.safetensors: no such file"):
        files.load_network(tmp_path / "none.safetensors")
    (tmp_path / "text").write_text("no tensors")
    with pytest.raises(ValueError, match="text: carries no checksum, so another program wrote it"):
        files.load_traces(tmp_path / "text")
    files.write_arrays(tmp_path / "other", {"a": np.zeros(1)}, {"format": "other"})
    with pytest.raises(ValueError, match="other: not a trained spiking network"):
        files.load_network(tmp_path / "other")
    with pytest.raises(ValueError, match="other: not the traces"):
        files.load_traces(tmp_path / "other")
    run = trained(duration=0.3)
    wrong = replace(run.network, reservoir=replace(run.network.reservoir, name=("test", "iz_hdts", 1)))
    files.save_network(tmp_path / "wrong", wrong)
    with pytest.raises(ValueError, match="differs from the one it was trained with"):
        files.load_network(tmp_path / "wrong")


def test_parts_that_do_not_fit_together():
    times = schedule("lif", 0.1)
    for given, message in (
        ({"drive": Pulses(4, 10)}, "drive.components: 4 where the reservoir was made for 0"),
        ({"supervisor": Waves(times.dt, 3)}, "supervisor.outputs: 3 where the reservoir was made for 1"),
    ):
        with pytest.raises(ValueError, match=message):
            run_force(network("lif"), times, **({"supervisor": Waves(times.dt), "rls": learning("lif")} | given))


_COUNT = """
import sys
sys.path.insert(0, "tests")
from test_spiking_simulate import trained
print(trained(duration=0.3).traces.counts.sum())
"""


@pytest.mark.long
def test_processes_that_start_at_once_compile_once(tmp_path):
    """Two processes, no compiled code: both come to the result of this one."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    jobs = [
        subprocess.Popen([sys.executable, "-c", _COUNT], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    found = [job.communicate(timeout=300)[0].strip() for job in jobs]
    assert found == [str(trained(duration=0.3).traces.counts.sum())] * 2
    assert len(list(tmp_path.rglob("kernel.advance-*.nbi"))) == 1 and list(tmp_path.rglob("replicortex.lock"))
    assert len(list(tmp_path.rglob("kernel.advance-*.nbc"))) == 1  # by one of them, in one precision
