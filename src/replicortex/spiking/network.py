"""A spiking network with what it has learned."""

from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from replicortex.shown import short_repr
from replicortex.spiking.neurons import Array
from replicortex.spiking.reservoir import Reservoir


@short_repr
@dataclass(frozen=True)
class TrainedNetwork:
    """A network at the end of a run.

    Attributes
    ----------
    reservoir
        The fixed part.
    decoders
        Phi (N, k).
    dt
        Seconds of a step.
    step
        Last step that was made.
    state
        Arrays by name: v, u, last, ipsc, h of the neurons, z, y, fed_back of the outputs, r and rate_h.
    metadata
        Where the network comes from; JSON.
    """

    reservoir: Reservoir
    decoders: Array
    dt: float
    step: int
    state: dict[str, NDArray[Any]]
    metadata: dict[str, Any] = field(default_factory=dict)
