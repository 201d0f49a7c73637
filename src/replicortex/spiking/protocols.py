"""What a run of a spiking network asks of its targets, drives and inputs.

Time is counted in steps ``i = 1, 2, ...`` of ``dt`` seconds, and step ``i`` stands for the time ``i dt``.  Each of
these is a function of the step: asked twice for the same steps, in whatever blocks, it gives the same numbers, so that
a run that goes on from a checkpoint meets what the uninterrupted one would have met.  Nothing of the length of a run is
ever asked for at once.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Supervisor(Protocol):
    """A target x(t) of ``outputs`` components."""

    @property
    def outputs(self) -> int:
        """Number of components, k."""
        ...

    def values(self, first: int, count: int) -> Floats:
        """x at the steps ``first .. first + count - 1`` (``first >= 1``): (count, k)."""
        ...


class Drive(Protocol):
    """A high-dimensional temporal signal (HDTS): of its ``components``, one at a time is not zero."""

    @property
    def components(self) -> int:
        """Number of components, m."""
        ...

    def values(self, first: int, count: int) -> tuple[Ints, Floats]:
        """Which component (0 .. m - 1) and its height at the steps ``first .. first + count - 1``, each (count,)."""
        ...


class Stimulus(Protocol):
    """An input of ``channels`` components that the network does not make itself."""

    @property
    def channels(self) -> int:
        """Number of components."""
        ...

    def values(self, first: int, count: int) -> Floats:
        """The input at the steps ``first .. first + count - 1``: (count, channels)."""
        ...
