"""Spiking networks trained by FORCE (Nicola & Clopath 2017): neurons, synapses, learning rule, targets, measures."""

from replicortex.spiking.protocols import Drive, Stimulus, Supervisor

__all__ = ["Drive", "Stimulus", "Supervisor"]
