"""From the configuration to files: networks of the smoke scale, made shorter still."""

import json
from pathlib import Path

import numpy as np
import pytest

import replicortex as rx
from replicortex.spiking import files, force, simulate
from replicortex.spiking.neurons import IZ_OSC, LIF, Theta
from replicortex.spiking.recorder import Recording
from replicortex.spiking.watchdog import Limits

STUDY = rx.load_config(Path(__file__).parent.parent / "config.yaml", scale="smoke")


def short(name="fig2_lif_sine", **changed):
    """An experiment that takes a tenth of a second."""
    given = {"cells": 120, "duration": 0.8, "train": [0.1, 0.5], "scale": "smoke", "grid": {}} | changed
    return STUDY[name].model_validate(STUDY[name].model_dump(mode="json") | given)


def of_each_kind():
    """A name for each pair of neuron and target, with a drive or without: the others differ in numbers only."""
    kinds = {
        (e.neuron if e.target.kind != "vdp" else "", e.target.kind, e.target.noise, e.drive is None): name
        for name, e in STUDY.of_kind("spiking").items()
    }
    return sorted(kinds.values())


@pytest.mark.parametrize("name", of_each_kind())
def test_every_kind_of_spiking_experiment_can_be_built(name):
    members = STUDY[name].members()  # none at this scale, of some
    experiment = members[0].experiment if members else short(name, duration=20.0)
    if experiment.neuron == "rate" or experiment.target.kind not in force.supervisors.KINDS:
        pytest.skip("not a spiking network, or its target is not there yet")
    made = force.parts(experiment, 3)
    settings = made.reservoir.settings
    assert made.reservoir.name == (name, 3) and settings.units == experiment.cells
    assert settings.outputs == made.supervisor.outputs and made.schedule.updates > 0
    assert (made.drive is None) == (experiment.drive is None) and settings.balance == experiment.rows_balanced
    settings.check_step(made.schedule.dt)


def test_settings_reach_the_network():
    made = force.parts(short("fig2_iz_sine", bias=900.0, precision="float64", rls="rls", decay=0.03, sparsity=0.2), 1)
    settings = made.reservoir.settings
    assert settings.neuron == type(IZ_OSC)(bias=900.0) and settings.synapse.decay == 0.03
    assert (made.rls.p0, made.rls.gain, made.rls.dtype) == (2.0, "rls", "float64")
    assert (settings.gain, settings.feedback, settings.connectivity, settings.balance) == (5e3, 5e3, 0.2, False)
    assert force.parts(short(), 0).reservoir.settings.neuron == LIF()
    assert force.parts(short("fig2_theta_sine"), 0).reservoir.settings.neuron == Theta()


def test_trains_and_writes(tmp_path):
    lines = []
    run = rx.spiking.train_force(short(), 1, recording=Recording(trace_every=5), results=tmp_path, log=lines.append)
    net = files.load_network(force.network_path(tmp_path, "fig2_lif_sine", "seed1"))
    np.testing.assert_array_equal(net.decoders, run.network.decoders)
    assert net.metadata["seed"] == 1 and net.metadata["updates"] == run.updates == 160
    assert net.metadata["settings"]["cells"] == 120 and net.metadata["problem"] is None
    traces, marks = files.load_traces(force.traces_path(tmp_path, "fig2_lif_sine", "seed1"))
    np.testing.assert_array_equal(traces.counts, run.traces.counts)
    assert marks["label"] == "seed1" and marks["problem"] is None
    status = json.loads((tmp_path / "progress" / "fig2_lif_sine" / "seed1.json").read_text())
    assert status["state"] == "finished" and status["trials"] == status["trials_total"] == 800
    assert not list((tmp_path / "checkpoints").rglob("*.safetensors"))
    replayed = rx.spiking.replay(net, 0.1)
    assert replayed.complete and replayed.traces.counts.sum()


def test_the_seed_decides_and_nothing_else(tmp_path):
    one = rx.spiking.train_force(short(), 0, log=lambda line: None)
    again = rx.spiking.train_force(short(title="another"), 0, label="x", results=tmp_path, log=lambda line: None)
    other = rx.spiking.train_force(short(), 1, log=lambda line: None)
    np.testing.assert_array_equal(one.network.decoders, again.network.decoders)
    np.testing.assert_array_equal(one.traces.z, again.traces.z)
    assert not np.array_equal(one.traces.counts, other.traces.counts)


def test_a_stopped_run_is_kept_and_marked(tmp_path):
    lines = []
    run = rx.spiking.train_force(short(), 0, limits=Limits(rate=1.0), results=tmp_path, log=lines.append)
    assert run.reason == "runaway" and not run.complete
    traces, marks = files.load_traces(force.traces_path(tmp_path, "fig2_lif_sine", "seed0"))
    assert marks["problem"] == run.problem and marks["stopped_at"] == run.stopped_at
    assert len(traces.times) == len(run.traces.times) > 0 and traces.times[-1] <= run.stopped_at
    assert files.load_network(force.network_path(tmp_path, "fig2_lif_sine", "seed0")).metadata["reason"] == "runaway"
    status = json.loads((tmp_path / "progress" / "fig2_lif_sine" / "seed0.json").read_text())
    assert status["state"] == "failed" and "simulated time" in status["message"] and "try" in lines[-1]


def test_goes_on_after_an_interruption(tmp_path, monkeypatch):
    """Killed after a checkpoint in the middle of learning; the second job ends where one alone does."""
    alone = rx.spiking.train_force(short(), 0, log=lambda line: None)
    save, starts = simulate._Run._save, []

    def killed(self, plan):
        save(self, plan)
        raise KeyboardInterrupt

    monkeypatch.setattr(force._Job, "checkpoint", _often(force._Job.checkpoint))
    monkeypatch.setattr(simulate._Run, "_save", killed)
    with pytest.raises(KeyboardInterrupt):
        rx.spiking.train_force(short(), 0, results=tmp_path, log=lambda line: None)
    assert len(list((tmp_path / "checkpoints").rglob("*.safetensors"))) == 1
    monkeypatch.setattr(simulate._Run, "_save", save)
    monkeypatch.setattr(force._Job, "tell", lambda self, step, steps: starts.append(step))
    resumed = rx.spiking.train_force(short(), 0, results=tmp_path, log=lambda line: None)
    assert starts[:2] == [0, 2 * simulate.CHUNK] and resumed.updates == alone.updates
    np.testing.assert_array_equal(resumed.network.decoders, alone.network.decoders)
    np.testing.assert_array_equal(resumed.traces.z, alone.traces.z)


def _often(checkpoint):
    def plan(self):
        made = checkpoint(self)
        return None if made is None else type(made)(made.path, made.fingerprint, every=0.0)

    return plan


def test_tells_how_fast_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(force, "NEWS_EVERY", 0.0)
    lines = []
    rx.spiking.train_force(short(), 0, results=tmp_path, log=lines.append)
    assert any("of 0.8 s simulated" in line and "s to go" in line for line in lines)
