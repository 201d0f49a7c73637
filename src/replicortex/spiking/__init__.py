"""Spiking networks trained by FORCE (Nicola & Clopath 2017): neurons, synapses, learning rule, targets, measures."""

from replicortex.spiking.files import load_network, load_traces, save_network, save_traces
from replicortex.spiking.force import train_force
from replicortex.spiking.lesions import Lesion, silence
from replicortex.spiking.network import TrainedNetwork
from replicortex.spiking.protocols import Drive, Stimulus, Supervisor
from replicortex.spiking.recorder import Recording, Traces
from replicortex.spiking.runs import ForceRun, replay, run_force
from replicortex.spiking.watchdog import Limits

__all__ = [
    "Drive",
    "ForceRun",
    "Lesion",
    "Limits",
    "Recording",
    "Stimulus",
    "Supervisor",
    "Traces",
    "TrainedNetwork",
    "load_network",
    "load_traces",
    "replay",
    "run_force",
    "save_network",
    "save_traces",
    "silence",
    "train_force",
]
