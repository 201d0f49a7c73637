"""Half-trained networks on disk: enough to go on to the same bits, and never of another configuration.

A checkpoint is one safetensors file, replaced as a whole.  Its header names the fingerprint of everything that
determines the weights (configuration slice, label, weights to start from, code, library versions); a file of another
fingerprint is left alone.  The processor is not part of it: a job that a cluster restarts on another kind of node goes
on, and ends within rounding of what the first node would have made.  Random streams need no state: each update draws
from a stream named by its own number.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from replicortex.networks.files import read_tensors, write_tensors
from replicortex.training.optimiser import Memory
from replicortex.training.optimisers import MEMORY

FORMAT = "replicortex-checkpoint-1"


@dataclass
class Checkpoint:
    """State of one training.

    Attributes
    ----------
    weights
        Weights of one network by name.
    memory
        What the optimiser remembers, by group and weight name, see ``training.optimiser``.
    update
        Number of updates done.
    wall_s
        Seconds of training so far, over all interruptions.
    history
        Rows (one list of numbers per evaluation and task), see ``training.history``.
    importance
        Importance of each weight, where tasks come in blocks; arrays by weight name, see ``training.continual``.
    """

    weights: dict[str, Tensor]
    memory: Memory
    update: int
    wall_s: float
    history: list[list[float]]
    importance: dict[str, dict[str, Tensor]] = field(default_factory=dict)


def checkpoint_path(folder: Path, label: str, fingerprint: str) -> Path:
    """Where the checkpoint of a network lives: the name holds the fingerprint, so configurations never meet."""
    return folder / f"{label}.{fingerprint[:16]}.safetensors"


def save_checkpoint(path: Path, state: Checkpoint, fingerprint: str) -> None:
    """Write the state; a reader or a resumed job meets the old file or the new one, whole."""
    groups = {"weight": state.weights, **state.memory, **state.importance}
    tensors = {f"{group}.{name}": t.detach() for group, named in groups.items() for name, t in named.items()}
    # Kept as float64 and not as JSON: exact, and damage is noticed when the file is read.
    tensors["history"] = torch.tensor(state.history, dtype=torch.float64)
    header = {
        "format": FORMAT,
        "fingerprint": fingerprint,
        "progress": json.dumps({"update": state.update, "wall_s": state.wall_s}),
    }
    write_tensors(path, tensors, header)


def load_checkpoint(path: Path, fingerprint: str) -> Checkpoint | None:
    """The state in a file, or None if there is no file or it belongs to another configuration.

    Raises
    ------
    ValueError
        The file is damaged (delete it to start the network again).
    """
    if not path.exists():
        return None
    tensors, header = read_tensors(path)
    if header.get("format") != FORMAT or header.get("fingerprint") != fingerprint:
        return None
    try:
        return _state(tensors, json.loads(header["progress"]))
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ValueError(f"{path}: is no checkpoint ({error!r}); delete it to start the network again") from None


def _state(tensors: dict[str, Tensor], progress: dict[str, Any]) -> Checkpoint:
    history = tensors.pop("history")
    groups: dict[str, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        group, _, name = key.partition(".")
        groups.setdefault(group, {})[name] = tensor
    return Checkpoint(
        weights=groups.pop("weight"),
        memory={name: groups.pop(name) for name in MEMORY if name in groups},  # none before the first update
        update=int(progress["update"]),
        wall_s=float(progress["wall_s"]),
        history=history.tolist(),
        importance=groups,
    )
