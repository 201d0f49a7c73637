"""Adam's moments of a trained network on disk, for an experiment that goes on with it.

A file of their own, since nothing else asks for them: weight files stay as small as they are.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from torch import Tensor

from replicortex.errors import mend
from replicortex.networks.files import read_tensors, write_tensors

FORMAT = "replicortex-moments-1"


@dataclass(frozen=True)
class Moments:
    """What Adam remembers of the updates that led to some weights.

    Attributes:
        first, second: moments by weight name.
        count: updates so far, on which the bias corrections depend.
    """

    first: dict[str, Tensor] = field(default_factory=dict)
    second: dict[str, Tensor] = field(default_factory=dict)
    count: int = 0

    def of(self, names: list[str]) -> "Moments":
        """A copy with the moments of these weights alone."""
        first, second = (
            {name: group[name].clone() for name in names if name in group} for group in (self.first, self.second)
        )
        return Moments(first, second, self.count)


def moments_path(results: Path, experiment: str, label: str) -> Path:
    """Where the moments of a network live below the results folder of a scale."""
    return results / "moments" / experiment / f"{label}.safetensors"


def save_moments(path: Path, moments: Moments, weights: Mapping[str, Tensor]) -> None:
    """Write the moments that belong to some weights (of one network); the header says to which."""
    groups = {"first": moments.first, "second": moments.second}
    tensors = {f"{group}.{name}": tensor for group, named in groups.items() for name, tensor in named.items()}
    header = {"format": FORMAT, "count": json.dumps(moments.count), "weights": _digest(weights)}
    write_tensors(path, tensors, header)


def load_moments(path: Path, weights: Mapping[str, Tensor]) -> Moments:
    """The moments that belong to some weights (of one network).

    Raises:
        FileNotFoundError: no such file.
        ValueError: the file is damaged, or belongs to other weights.
    """
    tensors, header = read_tensors(path)
    if header.get("format") != FORMAT:
        raise ValueError(f"{path}: format {header.get('format')!r} is not {FORMAT!r}; {mend(path)}")
    if header.get("weights") != _digest(weights):
        raise ValueError(f"{path}: belongs to other weights than those beside it; {mend(path)}")
    groups: dict[str, dict[str, Tensor]] = {"first": {}, "second": {}}
    try:
        for key, tensor in tensors.items():
            group, _, name = key.partition(".")
            groups[group][name] = tensor
        return Moments(groups["first"], groups["second"], int(json.loads(header["count"])))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"{path}: holds no moments of Adam ({error!r}); {mend(path)}") from None


def _digest(weights: Mapping[str, Tensor]) -> str:
    """SHA-256, in hex, of the numbers of every weight in the order of their names."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        digest.update(name.encode() + weights[name].detach().contiguous().numpy().tobytes())
    return digest.hexdigest()
