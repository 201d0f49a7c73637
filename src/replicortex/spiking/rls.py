"""Recursive least squares for the decoders, as published, in three ways that agree but for rounding.

With r the filtered rates, P the inverse correlation, starting at ``P0 I``, and e = z - x the error, one update is

    c = P r      Phi <- Phi - c e^T      P <- P - c c^T / (1 + r^T c)

The first line's c is that of the published programs: the P from before the update (gain "code").  Gain "rls" is the
textbook's, c / (1 + r^T c), the equation that the paper prints.

``naive``    the three lines as they stand.
``delayed``  P is kept as ``P - C^T S C`` with up to K stored c; all K go into P at once, as one matrix product.
``event``    q = P r and g = P h obey the filters' own recursion between updates, so that only the columns of P that
             belong to neurons with spikes since the last update are read; updates are stored as in ``delayed``.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import blas

from replicortex.errors import choose, shorten
from replicortex.spiking import products
from replicortex.spiking.neurons import Array
from replicortex.spiking.synapses import Powers

GAINS = ("code", "rls")
METHODS = ("auto", "naive", "delayed", "event")
PRECISIONS = ("float32", "float64")
DELAYED = 64  # updates that are stored before they go into P
EVENT_FROM = 256  # neurons; below, P is in the nearest cache and a plain product is as fast


@dataclass(frozen=True)
class RlsSettings:
    """How the decoders are learned.

    Attributes
    ----------
    p0
        P(0) is p0 times the unit matrix, in (unit of time)^2: rates of Izhikevich networks are in kHz.
    gain
        "code" or "rls".
    dtype
        "float32" or "float64", of P.
    method
        "naive", "delayed", "event", or "auto", which takes one of the last two by the number of neurons.
    """

    p0: float
    gain: str = "code"
    dtype: str = "float32"
    method: str = "auto"

    def __post_init__(self) -> None:
        if not 0 < self.p0 < np.inf:
            raise ValueError(f"rls.p0: {shorten(self.p0)} is out of range; allowed: more than 0")
        choose(self.gain, GAINS, "rls.gain")
        choose(self.dtype, PRECISIONS, "rls.dtype")
        choose(self.method, METHODS, "rls.method")


class InverseCorrelation(Protocol):
    """P, in whatever form."""

    def start(self, r: Array, h: Array) -> None:
        """Called once, at the step before the first update, with the rates (N,) and what drives them."""
        ...

    def follow(self, cells: NDArray[np.int32], ages: NDArray[np.int32], powers: Powers, steps: int) -> None:
        """``steps`` steps have gone by in which ``cells`` spiked, each ``ages`` steps ago."""
        ...

    def update(self, r: Array, h: Array) -> tuple[Array, float]:
        """One update with the rates r (N,), h (N,): c = P r from before it, and 1 + r^T c."""
        ...

    def state(self) -> dict[str, NDArray[Any]]:
        """Everything that the updates to come depend on."""
        ...

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Take up a `state`."""
        ...


def inverse_correlation(settings: RlsSettings, units: int) -> InverseCorrelation:
    """P = p0 I of ``units`` neurons in the form that the settings name."""
    method = settings.method
    if method == "auto":
        method = "event" if units >= EVENT_FROM else "delayed"
    made: dict[str, type[Naive] | type[Delayed] | type[Event]] = {"naive": Naive, "delayed": Delayed, "event": Event}
    return made[method](settings.p0, units, settings.dtype)


class Naive:
    """The update as it is written."""

    def __init__(self, p0: float, units: int, dtype: str) -> None:
        self._p = np.asfortranarray(np.diag(np.full(units, p0, dtype)))

    def start(self, r: Array, h: Array) -> None:
        """Nothing to prepare."""

    def follow(self, cells: NDArray[np.int32], ages: NDArray[np.int32], powers: Powers, steps: int) -> None:
        """Nothing to follow."""

    def update(self, r: Array, h: Array) -> tuple[Array, float]:
        """See `InverseCorrelation`."""
        r = r.astype(self._p.dtype, copy=False)
        c = self._p @ r
        denominator = 1.0 + float(r @ c)
        self._p -= np.outer(c, c / denominator)
        return c, denominator

    def state(self) -> dict[str, NDArray[Any]]:
        """See `InverseCorrelation`."""
        return {"p": self._p}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """See `InverseCorrelation`."""
        self._p = np.asfortranarray(state["p"])


class Delayed:
    """P = P' - C^T S C with up to ``DELAYED`` rows in C; of P' the lower half is kept up to date."""

    def __init__(self, p0: float, units: int, dtype: str) -> None:
        double = np.dtype(dtype) == np.float64
        self._p = np.asfortranarray(np.diag(np.full(units, p0, dtype)))
        self._c = np.zeros((DELAYED, units), dtype)
        self._s = np.zeros(DELAYED, dtype)
        self._stored = 0
        self._symv, self._syrk = (blas.dsymv, blas.dsyrk) if double else (blas.ssymv, blas.ssyrk)

    def start(self, r: Array, h: Array) -> None:
        """Nothing to prepare."""

    def follow(self, cells: NDArray[np.int32], ages: NDArray[np.int32], powers: Powers, steps: int) -> None:
        """Nothing to follow."""

    def update(self, r: Array, h: Array) -> tuple[Array, float]:
        """See `InverseCorrelation`."""
        r = r.astype(self._p.dtype, copy=False)
        c = self._symv(1.0, self._p, r, lower=1)
        if self._stored:
            rows = self._c[: self._stored]
            c -= (self._s[: self._stored] * (rows @ r)) @ rows
        denominator = 1.0 + float(r @ c)
        self._store(c, denominator)
        return c, denominator

    def _store(self, c: Array, denominator: float) -> None:
        self._c[self._stored] = c
        self._s[self._stored] = 1.0 / denominator
        self._stored += 1
        if self._stored == DELAYED:
            self._fold()

    def _fold(self) -> None:
        """P' <- P' - C^T S C, the lower half of it."""
        scaled = self._c * np.sqrt(self._s)[:, None]
        self._p = self._syrk(-1.0, scaled.T, beta=1.0, c=self._p, lower=1, overwrite_c=1)
        self._stored = 0

    def state(self) -> dict[str, NDArray[Any]]:
        """See `InverseCorrelation`."""
        return {"p": self._p, "c": self._c, "s": self._s, "stored": np.array([self._stored])}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """See `InverseCorrelation`."""
        self._p = np.asfortranarray(state["p"])
        self._c, self._s, self._stored = state["c"], state["s"], int(state["stored"][0])


class Event(Delayed):
    """The same with both halves of P', and q = P r and g = P h followed from spike to spike.

    With powers A, D, kappa of the filters (see `replicortex.spiking.synapses.Powers`), over L steps

        q <- A_L q + kappa_L g + sum over spikes of a_age P[:, n]      g <- D_L g + sum over spikes of b_age P[:, n]

    and at an update q <- q / (1 + r^T c), g <- g - c (c^T h) / (1 + r^T c).
    """

    def __init__(self, p0: float, units: int, dtype: str) -> None:
        super().__init__(p0, units, dtype)
        self._gemm = blas.dgemm if np.dtype(dtype) == np.float64 else blas.sgemm
        self._q, self._g = np.zeros(units, dtype), np.zeros(units, dtype)
        self._p0 = p0

    def start(self, r: Array, h: Array) -> None:
        """See `InverseCorrelation`: P is still p0 I."""
        self._q, self._g = (self._p0 * r).astype(self._q.dtype), (self._p0 * h).astype(self._g.dtype)

    def follow(self, cells: NDArray[np.int32], ages: NDArray[np.int32], powers: Powers, steps: int) -> None:
        """See `InverseCorrelation`."""
        products.follow(self._q, self._g, self._p.T, self._c, self._s, self._stored, cells, ages, powers, steps)

    def update(self, r: Array, h: Array) -> tuple[Array, float]:
        """See `InverseCorrelation`."""
        dtype = self._q.dtype
        r, h = r.astype(dtype, copy=False), h.astype(dtype, copy=False)
        c = self._q.copy()
        denominator = 1.0 + float(r @ c)
        products.renew(self._q, self._g, c, denominator, float(c @ h) / denominator)
        self._store(c, denominator)
        return c, denominator

    def _fold(self) -> None:
        """P' <- P' - C^T S C, both halves: for half the work, one would have to be copied onto the other."""
        scaled = self._c * np.sqrt(self._s)[:, None]
        self._p = self._gemm(-1.0, scaled.T, scaled.T, beta=1.0, c=self._p, trans_b=1, overwrite_c=1)
        self._stored = 0

    def state(self) -> dict[str, NDArray[Any]]:
        """See `InverseCorrelation`."""
        return super().state() | {"q": self._q, "g": self._g}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """See `InverseCorrelation`."""
        super().restore(state)
        self._q, self._g = state["q"], state["g"]
