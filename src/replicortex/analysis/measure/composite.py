"""Table composite."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from replicortex.analysis.common import Stream, Tables, networks_of
from replicortex.analysis.composite import REPETITIONS, composite_performance
from replicortex.analysis.measure.streams import stream
from replicortex.networks import Ensemble


def measure_composite(nets: Iterable[Ensemble], streams: Stream = stream, *, repetitions: int = REPETITIONS) -> Tables:
    """Table composite: ``repetitions`` x 50 trials for each combination of rules."""
    frames = [
        composite_performance(net, streams(net, "composite"), repetitions=repetitions) for net in networks_of(nets)
    ]
    return {"composite": pd.concat(frames, ignore_index=True)}
