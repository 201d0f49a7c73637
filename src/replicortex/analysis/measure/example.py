"""Tables sample_trials, fine_trial and unit_trace."""

from __future__ import annotations

from replicortex.analysis import traces
from replicortex.analysis.common import Stream, Tables
from replicortex.analysis.measure.streams import stream
from replicortex.networks import Ensemble


def measure_example(net: Ensemble, streams: Stream = stream) -> Tables:
    """Tables sample_trials, fine_trial and unit_trace of one network, the example."""
    return {
        "sample_trials": traces.sample_trials(net, streams(net, "sample trials")),
        "fine_trial": traces.fine_trial(net, streams(net, "fine trial")),
        "unit_trace": traces.unit_trace(net),
    }
