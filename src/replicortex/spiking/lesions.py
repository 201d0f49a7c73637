"""What is taken from a trained network before it runs again."""

import math
from dataclasses import dataclass

import numpy as np

from replicortex.errors import shorten
from replicortex.shown import short_repr


@short_repr
@dataclass(frozen=True)
class Lesion:
    """A lesion; the decoders stay as they were learned.

    Attributes
    ----------
    silenced
        Neurons whose spikes no longer reach anything.
    outputs
        Outputs that are no longer fed back, but still read out.
    excitation, inhibition
        Factors of the positive and of the negative entries of Omega + E Phi^T.
    """

    silenced: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()
    excitation: float = 1.0
    inhibition: float = 1.0

    def __post_init__(self) -> None:
        for name in ("excitation", "inhibition"):
            value = getattr(self, name)
            if not 0 <= value < math.inf:
                raise ValueError(f"lesion.{name}: {shorten(value)} is out of range; allowed: 0 or more")

    def check(self, units: int, outputs: int) -> None:
        """Raises ValueError for a neuron or an output that the network does not have."""
        for name, chosen, there in (("silenced", self.silenced, units), ("outputs", self.outputs, outputs)):
            wrong = [index for index in chosen if not 0 <= index < there]
            if wrong:
                raise ValueError(f"lesion.{name}: {wrong[0]} is out of range; allowed: 0 to {there - 1}")

    @property
    def scales(self) -> bool:
        """Whether weights are scaled by their sign."""
        return self.excitation != 1.0 or self.inhibition != 1.0


def silence(fraction: float, units: int, rng: np.random.Generator) -> Lesion:
    """A lesion of ``round(fraction * units)`` neurons drawn by ``rng``.

    Raises
    ------
    ValueError
        ``fraction`` is not between 0 and 1.
    """
    if not 0 <= fraction <= 1:
        raise ValueError(f"lesion: a fraction of {shorten(fraction)} is out of range; allowed: 0 to 1")
    chosen = rng.choice(units, round(fraction * units), replace=False)
    return Lesion(silenced=tuple(int(index) for index in np.sort(chosen)))
