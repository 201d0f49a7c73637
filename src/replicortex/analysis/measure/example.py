"""Tables sample_trials, fine_trial, unit_trace and weights, of the example network."""

from __future__ import annotations

from replicortex.analysis import traces
from replicortex.analysis.common import Stream, Tables
from replicortex.analysis.measure.streams import stream
from replicortex.analysis.weights import weights_table
from replicortex.networks import Ensemble


def measure_example(net: Ensemble, streams: Stream = stream) -> Tables:
    """Tables sample_trials, fine_trial, unit_trace and weights of one network, the example."""
    label = net.labels[0]
    return {
        "sample_trials": traces.sample_trials(net, streams("sample trials", label)),
        "fine_trial": traces.fine_trial(net, streams("fine trial", label)),
        "unit_trace": traces.unit_trace(net),
        "weights": weights_table(net),
    }
