"""A session as its file has it: trials, units and spikes, before a mapping makes recordings of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from replicortex.recordings.animal import Array


@dataclass(frozen=True)
class SpikingUnit:
    """A unit of a session.

    Attributes
    ----------
    name : str
    spikes : (spike,) float
        Times in s, on the clock of the trials.
    facts : dict
        What the session says of it, by column.
    observed : (interval, 2) float or None
        When it was recorded, in s; None: throughout.
    """

    name: str
    spikes: Array
    facts: dict[str, Any]
    observed: Array | None = None


@dataclass(frozen=True)
class Session:
    """The trials of a session, a value per trial in each column, and its units."""

    path: Path
    trials: dict[str, Array]
    units: tuple[SpikingUnit, ...]


def plain(value: Any) -> Any:
    """A value of an array as Python has it: text, number or truth."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value.item() if isinstance(value, np.generic) else value
