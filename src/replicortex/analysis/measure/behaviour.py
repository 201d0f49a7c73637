"""Tables psychometric, psychometric_fit, chronometric, threshold and memory."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from replicortex.analysis import psychometrics
from replicortex.analysis.common import Stream, Tables, networks_of
from replicortex.analysis.measure.streams import joined, stream
from replicortex.networks import Ensemble


def _run_all(
    net: Ensemble, protocols: Iterable[psychometrics.Protocol], rng: np.random.Generator, share: float
) -> pd.DataFrame:
    frames = [psychometrics.run_protocol(net, each.with_directions(share), rng) for each in protocols]
    return pd.concat(frames, ignore_index=True)


def _behaviour_of(net: Ensemble, streams: Stream, share: float) -> Tables:
    counts = _run_all(net, psychometrics.PSYCHOMETRIC, streams(net, "psychometric"), share)
    timed = _run_all(net, psychometrics.CHRONOMETRIC, streams(net, "chronometric"), share)
    delayed = _run_all(net, psychometrics.MEMORY, streams(net, "memory"), share)
    chronometric = psychometrics.chronometric_table(timed)
    return {
        "psychometric": counts,
        "psychometric_fit": psychometrics.psychometric_fits(counts),
        "chronometric": chronometric,
        "threshold": psychometrics.threshold_table(chronometric),
        "memory": psychometrics.memory_table(delayed),
    }


def measure_behaviour(nets: Iterable[Ensemble], streams: Stream = stream, *, share: float = 1.0) -> Tables:
    """Tables psychometric, psychometric_fit, chronometric, threshold and memory.

    ``share`` of the published number of directions is shown in every condition, at least four; the cost is
    proportional to it.
    """
    return joined(_behaviour_of(net, streams, share) for net in networks_of(nets))
