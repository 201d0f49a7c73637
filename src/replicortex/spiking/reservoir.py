"""The fixed part of a spiking network: static weights, encoders and the state to start from.

The weights of the network are ``Omega + E Phi^T``: Omega (N, N) static, sparse and random, ``Omega[i, j]`` from j to i,
the encoders E (N, k) fixed, the decoders Phi (N, k) learned.  Source: Nicola & Clopath 2017 and its programs.
"""

import hashlib
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from replicortex import random_streams
from replicortex.errors import choose, shorten
from replicortex.shown import short_repr
from replicortex.spiking.neurons import Array, Neuron
from replicortex.spiking.protocols import Floats
from replicortex.spiking.synapses import Synapse

PRECISIONS = ("float64", "float32")
_ROWS = 256  # of Omega drawn at a time


@dataclass(frozen=True)
class ReservoirSettings:
    """What a reservoir is drawn from.

    Attributes
    ----------
    neuron, synapse
        Neuron and synapse of the reservoir.
    units
        Number of neurons, N.
    outputs
        Number of outputs, k, of the decoders and encoders.
    gain
        G; the s.d. of a weight that exists is ``G / (p sqrt N)``.
    feedback
        Q; encoders are uniform in (-Q, Q).
    connectivity
        p, the probability that a weight exists.
    balance
        Whether each row's existing weights are shifted so that their sum is 0 (the published LIF and theta networks;
        never the Izhikevich ones).
    components
        m, the number of components of the external temporal signal, 0 for none.
    drive_gain
        Bound of the encoders of that signal, which are uniform too.
    channels
        Number of channels of an external input, 0 for none.
    input_gain
        Length of each neuron's vector of input encoders, which points in a random direction.
    dtype
        "float64" or "float32", of weights and state.
    """

    neuron: Neuron
    synapse: Synapse
    units: int
    outputs: int
    gain: float
    feedback: float
    connectivity: float = 0.1
    balance: bool = False
    components: int = 0
    drive_gain: float = 0.0
    channels: int = 0
    input_gain: float = 0.0
    dtype: str = "float64"

    def __post_init__(self) -> None:
        for name, least in (("units", 2), ("outputs", 1), ("components", 0), ("channels", 0)):
            value = getattr(self, name)
            if value < least:
                raise ValueError(f"reservoir.{name}: {shorten(value)} is out of range; allowed: {least} or more")
        if not 0 < self.connectivity <= 1:
            raise ValueError(
                f"reservoir.connectivity: {shorten(self.connectivity)} is out of range; allowed: above 0, up to 1"
            )
        for name in ("gain", "feedback", "drive_gain", "input_gain"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(
                    f"reservoir.{name}: {shorten(getattr(self, name))} is out of range; allowed: 0 or more, since it "
                    "scales random numbers of both signs"
                )
        choose(self.dtype, PRECISIONS, "reservoir.dtype")

    def check_step(self, dt: float) -> None:
        """Raises ValueError for a ``dt`` (seconds) that is not positive, or larger than what it has to resolve."""
        kind = type(self.neuron)
        shortest = min(self.synapse.shortest_time, self.neuron.shortest_time)
        if not 0 < dt <= shortest:
            raise ValueError(
                f"dt: {shorten(dt)} is out of range; allowed: more than 0 and at most {shortest:g} seconds, the "
                "shortest time constant"
            )
        if dt > kind.largest_step:
            raise ValueError(
                f"dt: {shorten(dt)} is too coarse for {kind.__name__} neurons; allowed: at most {kind.largest_step:g} "
                f"seconds, published: {kind.largest_step / 5:g}"
            )


@short_repr
@dataclass(frozen=True)
class Reservoir:
    """A drawn reservoir.

    Attributes
    ----------
    settings
        Settings that it was drawn from.
    name
        Name of its random streams, e.g. ("force", "fig2_lif_sine", 0).
    static
        Omega (N, N), by columns.
    encoders
        E^T (k, N).
    drive_encoders
        E2^T (m, N).
    input_encoders
        Ein^T (channels, N).
    voltages
        v(0) (N,).
    """

    settings: ReservoirSettings
    name: tuple[str | int, ...]
    static: sparse.csc_array
    encoders: Array
    drive_encoders: Array
    input_encoders: Array
    voltages: Array

    @property
    def units(self) -> int:
        """N."""
        return self.settings.units

    def weights(self, decoders: Array | None = None) -> Floats:
        """Omega (N, N), with ``decoders`` Phi (N, k) Omega + E Phi^T, dense and in float64."""
        dense = self.static.toarray().astype(np.float64)
        return dense if decoders is None else dense + self.encoders.T.astype(np.float64) @ decoders.T

    def checksum(self) -> str:
        """SHA-256 of everything drawn: tells whether another version of NumPy draws the same reservoir."""
        digest = hashlib.sha256()
        arrays: tuple[NDArray[Any], ...] = (
            self.static.indptr, self.static.indices, self.static.data,
            self.encoders, self.drive_encoders, self.input_encoders, self.voltages,
        )  # fmt: skip
        for array in arrays:
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


def build(settings: ReservoirSettings, *name: str | int) -> Reservoir:
    """Draw a reservoir.

    Parameters
    ----------
    settings
        Sizes and gains.
    *name
        Name of its random streams: experiment and seed. Weights, encoders, voltages, and the encoders of the temporal
        signal and of the input have one stream each, so that one can change without the others.
    """
    dtype = np.dtype(settings.dtype)
    n = settings.units

    def uniform(purpose: str, rows: int, bound: float) -> Array:
        return random_streams.generator(*name, purpose).uniform(-bound, bound, (rows, n)).astype(dtype)

    directions = random_streams.generator(*name, "input encoders").standard_normal((settings.channels, n))
    with np.errstate(invalid="ignore"):
        directions = settings.input_gain * directions / np.linalg.norm(directions, axis=0)
    return Reservoir(
        settings,
        name,
        _static(settings, random_streams.generator(*name, "static weights")),
        uniform("encoders", settings.outputs, settings.feedback),
        uniform("drive encoders", settings.components, settings.drive_gain),
        directions.astype(dtype),
        initial_voltages(settings, random_streams.generator(*name, "initial voltages")),
    )


def initial_voltages(settings: ReservoirSettings, rng: np.random.Generator) -> Array:
    """v(0) (N,) in the precision of the reservoir."""
    return settings.neuron.initial(rng, settings.units).astype(settings.dtype)


def _static(settings: ReservoirSettings, rng: np.random.Generator) -> sparse.csc_array:
    """Omega: ``G g b / (p sqrt N)`` with g standard normal and b one with chance p; rows summing to 0 if balanced."""
    n, p = settings.units, settings.connectivity
    blocks = []
    for first in range(0, n, _ROWS):
        there = rng.random((min(_ROWS, n - first), n)) < p
        block = sparse.csr_array(there, dtype=np.float64)
        block.data = settings.gain / (p * math.sqrt(n)) * rng.standard_normal(block.nnz)
        if settings.balance:
            counts = np.diff(block.indptr)
            block.data -= np.repeat(block.sum(axis=1) / np.maximum(counts, 1), counts)
        blocks.append(block)
    omega = sparse.vstack(blocks, format="csc")
    return sparse.csc_array(
        (omega.data.astype(settings.dtype), omega.indices.astype(np.int32), omega.indptr.astype(np.int32)), shape=(n, n)
    )
