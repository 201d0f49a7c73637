"""Spiking networks trained by FORCE (Nicola & Clopath 2017): neurons, synapses, learning rule, targets, measures."""

from replicortex.spiking.files import load_network, load_traces, save_network, save_traces
from replicortex.spiking.force import train_force
from replicortex.spiking.lesions import Lesion, silence
from replicortex.spiking.network import TrainedNetwork
from replicortex.spiking.neurons import LIF, Izhikevich, Theta
from replicortex.spiking.protocols import Drive, Stimulus, Supervisor
from replicortex.spiking.rates import train_rates
from replicortex.spiking.recorder import Recording, Traces
from replicortex.spiking.reservoir import Reservoir, ReservoirSettings, build
from replicortex.spiking.rls import RlsSettings
from replicortex.spiking.schedule import Schedule
from replicortex.spiking.signals import TrainedSignal, train
from replicortex.spiking.simulate import ForceRun, replay, run_force
from replicortex.spiking.supervisors import supervisor
from replicortex.spiking.synapses import Synapse
from replicortex.spiking.targets import Cyclic, Series
from replicortex.spiking.watchdog import Limits

__all__ = [
    "LIF",
    "Cyclic",
    "Drive",
    "ForceRun",
    "Izhikevich",
    "Lesion",
    "Limits",
    "Recording",
    "Reservoir",
    "ReservoirSettings",
    "RlsSettings",
    "Schedule",
    "Series",
    "Stimulus",
    "Supervisor",
    "Synapse",
    "Theta",
    "Traces",
    "TrainedNetwork",
    "TrainedSignal",
    "build",
    "load_network",
    "load_traces",
    "replay",
    "run_force",
    "save_network",
    "save_traces",
    "silence",
    "supervisor",
    "train",
    "train_force",
    "train_rates",
]
