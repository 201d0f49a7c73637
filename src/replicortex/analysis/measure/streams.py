"""Random streams of the measuring steps, and tables of several networks put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from replicortex.analysis.common import Tables, only_network
from replicortex.random_streams import generator

if TYPE_CHECKING:
    from replicortex.networks import Ensemble

ELSEWHERE = "from elsewhere"  # in place of an experiment; the space keeps it apart from every experiment's name


def stream(net: Ensemble, purpose: str) -> np.random.Generator:
    """The random numbers of one measurement of one network: experiment / network / analysis / purpose.

    Raises
    ------
    ValueError
        More than one network.
    """
    label = only_network(net, "stream").labels[0]
    return generator(net.metadata.get("experiment", ELSEWHERE), label, "analysis", purpose)


def joined(parts: Iterable[Mapping[str, pd.DataFrame]]) -> Tables:
    """Tables of several networks, one below the other."""
    collected: dict[str, list[pd.DataFrame]] = {}
    for part in parts:
        for name, frame in part.items():
            collected.setdefault(name, []).append(frame)
    return {name: pd.concat(frames, ignore_index=True) for name, frames in collected.items()}
