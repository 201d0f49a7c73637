"""Table lesions."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from replicortex.analysis.common import Stream, Tables, networks_of
from replicortex.analysis.lesions import REPETITIONS, cluster_groups, lesion_effects
from replicortex.analysis.measure.streams import stream
from replicortex.networks import Ensemble


def measure_lesions(
    nets: Iterable[Ensemble],
    units: pd.DataFrame,
    streams: Stream = stream,
    *,
    repetitions: int = REPETITIONS,
) -> Tables:
    """Table lesions: each cluster of the table ``units`` silenced; ``repetitions`` x 16 trials per task.

    Raises
    ------
    ValueError
        A network that the table does not hold, or holds with another number of units.
    """
    frames = []
    for net in networks_of(nets):
        label = net.labels[0]
        labels = units.loc[units["network"] == label].sort_values("unit")["cluster"].to_numpy()
        if len(labels) != net.architecture.units:
            expected = net.architecture.units
            raise ValueError(f"table units: {len(labels)} rows for network {label!r}, expected {expected}")
        rng = streams(net, "lesions")
        frames.append(lesion_effects(net, cluster_groups(labels), rng, repetitions=repetitions))
    return {"lesions": pd.concat(frames, ignore_index=True)}
