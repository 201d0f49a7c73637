"""What was recorded from one animal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replicortex.shown import short_repr

Array = NDArray[Any]

MOTION, COLOUR = 1, -1  # the two contexts: which stimulus decides

# What is known of each trial: column -> the values it may take; None: any number but 0, whose sign is the condition.
COLUMNS: dict[str, tuple[float, ...] | None] = {
    "motion_coherence": None,
    "colour_coherence": None,
    "context": (MOTION, COLOUR),
    "choice": (1, -1),
    "correct": (0, 1),
}


@short_repr
@dataclass(frozen=True)
class Unit:
    """One unit and the trials in which it was recorded; units need not share trials.

    Attributes
    ----------
    name : str
    activity : (trial, time) float
        Spikes per bin, or spikes per second; see `Animal.quantity`.
    trials : DataFrame
        One row per trial with the columns of `COLUMNS`: coherences are positive towards choice 1, context is 1 where
        motion decides and -1 where colour does, choice is 1 or -1, correct 0 or 1.
    """

    name: str
    activity: Array
    trials: pd.DataFrame


@short_repr
@dataclass(frozen=True)
class Animal:
    """One animal.

    Attributes
    ----------
    name : str
    quantity : str
        "counts": spikes per bin. "rates": spikes per second, smoothed already.
    time_ms : (time,) float
        Middle of each bin from the onset of the stimulus, equally spaced; the whole span is analysed.
    units : tuple[Unit, ...]
    """

    name: str
    quantity: str
    time_ms: Array
    units: tuple[Unit, ...]

    @property
    def bin_ms(self) -> float:
        """Width of a bin."""
        return float(np.diff(self.time_ms).mean())
