"""Tables recordings_ftv (animals) and condition_variance (networks, analysed as the animals are)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from replicortex.analysis.common import Stream, Tables, networks_of
from replicortex.analysis.conditions import SHUFFLES, SMOOTHING, condition_variance, recordings_table
from replicortex.analysis.measure.streams import stream
from replicortex.random_streams import generator
from replicortex.recordings.animal import Animal

if TYPE_CHECKING:
    from replicortex.networks import Ensemble


def measure_recordings(
    animals: Iterable[Animal],
    *,
    shuffles: int = SHUFFLES,
    smoothing_ms: float | None = SMOOTHING,
    correct_only: bool = False,
) -> Tables:
    """Table recordings_ftv, without rows if there are no animals; the options are those of
    `replicortex.analysis.recordings_table`.

    An animal's shuffles do not depend on which others there are.
    """
    options: Any = {"shuffles": shuffles, "smoothing_ms": smoothing_ms, "correct_only": correct_only}
    parts = [
        recordings_table([animal], generator("recordings", animal.name, "shuffles"), **options) for animal in animals
    ]
    none = recordings_table([], generator("recordings", "none"))
    return {"recordings_ftv": pd.concat(parts, ignore_index=True) if parts else none}


def measure_conditions(nets: Iterable[Ensemble], streams: Stream = stream) -> Tables:
    """Table condition_variance."""
    frames = [condition_variance(net, streams(net, "condition variance")) for net in networks_of(nets)]
    return {"condition_variance": pd.concat(frames, ignore_index=True)}
