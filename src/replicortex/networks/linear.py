"""Networks whose read-out is linear: outputs are h W_out + b_out, with no function behind.

Networks trained here end in a sigmoid or a softmax. One that another program trained may not; a sigmoid in its place
would change every output, and with it what counts as fixating.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from replicortex.networks import cells
from replicortex.networks.architecture import Architecture
from replicortex.networks.ensemble import Ensemble, Run


class _Neither:
    """In place of `Architecture.softmax_output`: code that chooses between sigmoid and softmax stops here."""

    def __bool__(self) -> bool:
        raise ValueError("the read-out is linear, but this works for networks with a sigmoid or a softmax alone")

    def __repr__(self) -> str:
        return "'neither: linear'"

    def __deepcopy__(self, memo: object) -> _Neither:
        return self


_NEITHER: Any = _Neither()


@dataclass(frozen=True)
class LinearArchitecture(Architecture):
    """An architecture with a linear read-out, which is never taken for a sigmoid or a softmax."""

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "softmax_output", _NEITHER)

    def to_dict(self) -> dict[str, Any]:
        """Plain values; a weight file that holds them is refused where networks with a sigmoid are read."""
        return {**asdict(self), "softmax_output": False, "readout": "linear"}

    def without_readout(self) -> Architecture:
        """The same recurrent layer, for what concerns rates alone."""
        return Architecture(**{**asdict(self), "softmax_output": False})


@dataclass(frozen=True, repr=False)
class LinearEnsemble(Ensemble):
    """Networks with a linear read-out, all else as in `Ensemble`."""

    def select(self, index: int) -> LinearEnsemble:
        """An ensemble of one: the network at that index."""
        return self._alike(super().select(index))

    def with_dt(self, dt: float) -> LinearEnsemble:
        """The same weights integrated with another step (ms)."""
        return self._alike(super().with_dt(dt))

    def lesioned(self, units: ArrayLike) -> LinearEnsemble:
        """The ensemble with the outgoing recurrent and output weights of some units set to 0."""
        return self._alike(super().lesioned(units))

    def run(self, x: NDArray[np.float32], noise: bool = False, rng: np.random.Generator | None = None) -> Run:
        """Run every network on the same trials; see `Ensemble.run`. Outputs are not bounded."""
        assert isinstance(self.architecture, LinearArchitecture)
        recurrent = Ensemble(self.architecture.without_readout(), self.parameters, self.labels)
        rates = recurrent.run(x, noise, rng).rates
        read = [cells.logits(self.one(m), torch.from_numpy(each)).numpy() for m, each in enumerate(rates)]
        return Run(rates, np.stack(read))

    def _alike(self, other: Ensemble) -> LinearEnsemble:
        return replace(self, architecture=other.architecture, parameters=other.parameters, labels=other.labels)
