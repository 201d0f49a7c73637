"""The compiled kernel against the plain loop: three neurons, two synapses, all that comes from outside."""

import math

import numpy as np
import pytest
from spiking_networks import MODELS, Pulses, Steady, Waves, learning, network, schedule

from replicortex.spiking import kernel, simulation
from replicortex.spiking.recorder import Recording
from replicortex.spiking.reference import simulate
from replicortex.spiking.simulate import run_force
from replicortex.spiking.synapses import Synapse

DURATION = 0.02  # seconds; later the last bits have grown to whole spikes
DECAY = Synapse(0.02, 0.0)
EVERYTHING = Recording(
    trace_every=1, raster_cells=1000, raster_windows=((0, DURATION),), voltage_cells=300,
    voltage_windows=((0, DURATION),), decoder_cells=300, decoder_every=1e-9,
)  # fmt: skip


def compare(name, reservoir, rls=None, drive=None, stimulus=None, learn=True):
    """Run both and compare everything of every step."""
    times = schedule(name, DURATION, 0.002, DURATION if learn else 0.002)
    targets = Waves(times.dt, reservoir.settings.outputs)
    rls = rls or learning(name)
    slow = simulate(reservoir, times, targets, rls, drive, stimulus)
    fast = run_force(reservoir, times, targets, rls, EVERYTHING, drive=drive, stimulus=stimulus)
    assert fast.problem is None and fast.updates == times.updates
    state, size = fast.network.state, np.abs(slow.z).max()
    assert slow.spikes.sum() >= 2 and (size > 1e-3 or not learn)
    np.testing.assert_allclose(fast.traces.z, slow.z, rtol=0, atol=1e-9 * max(1, size))
    np.testing.assert_allclose(state["v"], slow.voltages[-1], rtol=0, atol=1e-9 * np.abs(slow.voltages).max())
    np.testing.assert_allclose(state["ipsc"], slow.currents[-1], rtol=0, atol=1e-9 * np.abs(slow.currents).max())
    np.testing.assert_allclose(state["r"], slow.rates[-1], rtol=1e-9, atol=1e-9 * np.abs(slow.rates).max())
    np.testing.assert_allclose(fast.network.decoders, slow.decoders, rtol=0, atol=1e-9 * np.abs(slow.decoders).max())
    steps, cells = np.nonzero(slow.spikes)
    np.testing.assert_array_equal(np.round(fast.traces.spike_times / times.dt), steps + 1)
    np.testing.assert_array_equal(fast.traces.spike_cells, cells)
    shown = np.where(slow.spikes, MODELS[name].neuron.peak, slow.voltages)
    np.testing.assert_allclose(fast.traces.voltages, shown, rtol=0, atol=1e-8)
    return fast


@pytest.mark.parametrize("synapse", [Synapse(), DECAY], ids=["double", "single"])
@pytest.mark.parametrize("name", MODELS)
def test_agrees_with_the_plain_loop(name, synapse):
    compare(name, network(name, synapse=synapse))


@pytest.mark.parametrize("name", MODELS)
def test_agrees_whichever_rows_are_balanced(name):
    compare(name, network(name, balance=not MODELS[name].balance))


@pytest.mark.parametrize("outputs", [3, 11])
@pytest.mark.parametrize("name", ["lif", "theta", "iz_osc"])
def test_agrees_with_drive_input_and_several_outputs(name, outputs):
    size = {"lif": 20.0, "theta": 300.0, "iz_osc": 2e3}[name]
    feedback = MODELS[name].feedback / outputs  # else a theta neuron makes half a turn in one step
    settings = {"outputs": outputs, "feedback": feedback, "components": 4, "channels": 2}
    undriven = compare(name, network(name, **settings), drive=Pulses(4, 30), stimulus=Steady(2, 70))
    driven = compare(
        name, network(name, drive_gain=size, input_gain=size, **settings), drive=Pulses(4, 30), stimulus=Steady(2, 70)
    )
    assert np.abs(driven.network.state["v"] - undriven.network.state["v"]).max() > 0.1


@pytest.mark.parametrize("method", ["naive", "delayed", "event"])
@pytest.mark.parametrize("gain", ["code", "rls"])
def test_agrees_for_every_way_of_learning(method, gain):
    fast = compare("iz_hdts", network("iz_hdts", outputs=2), learning("iz_hdts", method=method, gain=gain))
    assert fast.updates > 20


@pytest.mark.parametrize("name", MODELS)
def test_single_precision_is_the_same_but_for_rounding(name):
    times = schedule(name, DURATION, 0.002, DURATION)
    double = run_force(network(name), times, Waves(times.dt), learning(name))
    single = run_force(network(name, dtype="float32"), times, Waves(times.dt), learning(name, dtype="float32"))
    assert single.network.decoders.dtype == single.traces.z.dtype == np.float32
    np.testing.assert_allclose(single.traces.z, double.traces.z, atol=1e-3 * np.abs(double.traces.z).max())


def test_the_sine_of_half_the_phase_is_one():
    """In the normal range to the last bits, and below it, where one step with a strong current can lead."""
    for low, high, close in ((-math.pi, math.pi, 4e-15), (-40.0, 3.0, 4e-14)):
        phase, x = np.zeros((1, kernel.TILE)), np.linspace(low, high, kernel.TILE)
        phase[0] = x
        kernel._theta(phase, np.zeros(kernel.TILE), 1.0, math.pi**2, 0)
        np.testing.assert_allclose(phase[0] - x, 1 - np.cos(x), rtol=0, atol=close)


def test_goes_on_where_the_log_of_spikes_was_full():
    """A bias far above threshold: more spikes than the log has room for between two chunks."""
    name, times = "iz_hdts", schedule("iz_hdts", 0.3)

    reservoir = network(name, units=40)
    whole = run_force(reservoir, times, Waves(times.dt), learning(name))
    sizes = simulation.Simulation.__init__

    def small(self, *given):
        sizes(self, *given)
        self._cells, self._steps = self._cells[:60], self._steps[:60]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulation.Simulation, "__init__", small)
        pieces = run_force(reservoir, times, Waves(times.dt), learning(name))
    assert whole.traces.counts.sum() > 300
    np.testing.assert_array_equal(whole.traces.counts, pieces.traces.counts)
    np.testing.assert_array_equal(whole.network.state["v"], pieces.network.state["v"])
    np.testing.assert_allclose(whole.network.state["r"], pieces.network.state["r"], rtol=1e-12)
