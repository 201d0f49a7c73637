"""Random streams of the measuring steps, and tables of several networks put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

import pandas as pd

from replicortex.analysis.common import Stream, Tables
from replicortex.streams import generator

# stream(purpose, network label)
stream: Stream = partial(generator, "analysis")


def joined(parts: Iterable[Mapping[str, pd.DataFrame]]) -> Tables:
    """Tables of several networks, one below the other."""
    collected: dict[str, list[pd.DataFrame]] = {}
    for part in parts:
        for name, frame in part.items():
            collected.setdefault(name, []).append(frame)
    return {name: pd.concat(frames, ignore_index=True) for name, frames in collected.items()}
