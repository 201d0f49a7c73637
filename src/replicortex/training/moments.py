"""What the optimiser remembers of a trained network on disk, for an experiment that goes on with it.

A file of their own, since nothing else asks for them: weight files stay as small as they are.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from torch import Tensor

from replicortex.errors import rebuild_hint
from replicortex.networks.files import read_tensors, write_tensors
from replicortex.training.optimiser import EVERY, Memory
from replicortex.training.optimisers import MEMORY

FORMAT = "replicortex-moments-1"


@dataclass(frozen=True)
class Moments:
    """What the optimiser remembers of the updates that led to some weights.

    Attributes
    ----------
    memory
        By group and weight name, see ``training.optimiser``.
    count
        Number of updates so far, on which the bias corrections depend.
    optimiser
        Name of the optimiser that they belong to; no other can go on with them.
    """

    memory: Memory = field(default_factory=dict)
    count: int = 0
    optimiser: str = "adam"

    def of(self, names: list[str]) -> "Moments":
        """A copy with the moments of these weights, and what is of all weights together."""

        def copies(named: dict[str, Tensor]) -> dict[str, Tensor]:
            return {key: tensor.clone() for key, tensor in named.items() if set(key.split("+")) <= {*names, EVERY}}

        return replace(self, memory={group: copies(named) for group, named in self.memory.items()})


def moments_path(results: Path, experiment: str, label: str) -> Path:
    """Where the moments of a network live below the results folder of a scale."""
    return results / "moments" / experiment / f"{label}.safetensors"


def save_moments(path: Path, moments: Moments, weights: Mapping[str, Tensor]) -> None:
    """Write the moments that belong to some weights (of one network); the header says to which."""
    tensors = {f"{group}.{name}": tensor for group, named in moments.memory.items() for name, tensor in named.items()}
    header = {
        "format": FORMAT,
        "optimiser": moments.optimiser,
        "count": json.dumps(moments.count),
        "weights": _digest(weights),
    }
    write_tensors(path, tensors, header)


def load_moments(path: Path, weights: Mapping[str, Tensor]) -> Moments:
    """The moments that belong to some weights (of one network).

    Raises
    ------
    FileNotFoundError
        The file does not exist.
    ValueError
        The file is damaged, or belongs to other weights.
    """
    tensors, header = read_tensors(path, required=True)
    if header.get("format") != FORMAT:
        raise ValueError(f"{path}: format {header.get('format')!r} is not {FORMAT!r}; {rebuild_hint(path)}")
    if header.get("weights") != _digest(weights):
        raise ValueError(f"{path}: belongs to other weights than those beside it; {rebuild_hint(path)}")
    memory: Memory = {}
    try:
        for key, tensor in tensors.items():
            group, _, name = key.partition(".")
            if group not in MEMORY:
                raise ValueError(f"no group {group!r} is known")
            memory.setdefault(group, {})[name] = tensor
        return Moments(memory, int(json.loads(header["count"])), header.get("optimiser", "adam"))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"{path}: holds no moments of an optimiser ({error!r}); {rebuild_hint(path)}") from None


def _digest(weights: Mapping[str, Tensor]) -> str:
    """SHA-256, in hex, of the numbers of every weight in the order of their names."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        digest.update(name.encode() + weights[name].detach().contiguous().numpy().tobytes())
    return digest.hexdigest()
