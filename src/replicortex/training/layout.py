"""What an optimiser may know of the network whose weights it moves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Layout:
    """The matrices of a network and their shared axes.

    Attributes
    ----------
    matrices
        Weights that share their columns and are one matrix, one below the other, see ``Cell.kernels``.
    outgoing
        Matrices whose last rows start from the units, see ``Cell.outgoing``.
    units
        Number of recurrent units.
    stream
        Makes the network's random stream for what the optimiser draws once.
    """

    matrices: tuple[tuple[str, ...], ...] = ()
    outgoing: tuple[str, ...] = ()
    units: int = 0
    stream: "Callable[[], np.random.Generator] | None" = None
