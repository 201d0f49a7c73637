"""Networks in files: safetensors with the architecture and the provenance as JSON in the header."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from replicortex.networks.architecture import Architecture, for_rule_set
from replicortex.networks.ensemble import Ensemble, stack
from replicortex.tasks import RULE_SETS

FORMAT = "replicortex-network-1"


def write_tensors(path: Path, tensors: dict[str, torch.Tensor], metadata: dict[str, str]) -> None:
    """Write a safetensors file so that a reader meets the whole new file or the old one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    payload = save({name: tensor.contiguous() for name, tensor in tensors.items()}, metadata)
    with open(part, "wb") as handle:
        handle.write(payload)
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(part, path)


def read_tensors(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Tensors and header of a safetensors file.

    Raises:
        FileNotFoundError: no such file.
        ValueError: not a safetensors file, or a damaged one.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such weight file")
    try:
        with safe_open(path, framework="pt") as handle:
            return {name: handle.get_tensor(name) for name in handle.keys()}, dict(handle.metadata() or {})
    except SafetensorError as error:
        raise ValueError(f"{path}: not a readable safetensors file ({error})") from None


def save_ensemble(path: str | Path, ensemble: Ensemble) -> None:
    """Write an ensemble; the header holds format, architecture, labels and metadata as JSON."""
    header = {
        "format": FORMAT,
        "architecture": json.dumps(ensemble.architecture.to_dict(), sort_keys=True),
        "labels": json.dumps(ensemble.labels),
        "metadata": json.dumps(ensemble.metadata, sort_keys=True),
    }
    write_tensors(Path(path), ensemble.parameters, header)


def load(path: str | Path | Sequence[str | Path]) -> Ensemble:
    """Read one weight file, or several of the same architecture into one ensemble.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file is damaged, was not written by this library, or differs in architecture.
    """
    if not isinstance(path, (str, Path)):
        return stack([load(each) for each in path])
    tensors, header = read_tensors(Path(path))
    if header.get("format") != FORMAT:
        raise ValueError(f"{path}: format {header.get('format')!r} is not {FORMAT!r}; for weights trained elsewhere "
                         "use replicortex.networks.from_arrays")
    arch = Architecture(**json.loads(header["architecture"]))
    labels = tuple(json.loads(header["labels"]))
    return Ensemble(arch, tensors, labels, json.loads(header["metadata"]))


def from_arrays(
    w_in: ArrayLike,
    w_rec: ArrayLike,
    b_rec: ArrayLike,
    w_out: ArrayLike,
    b_out: ArrayLike,
    *,
    activation: str = "softplus",
    rule_set: str = "all",
    labels: Sequence[str] | None = None,
    **architecture: Any,
) -> Ensemble:
    """Leaky RNNs from weights trained elsewhere, in the convention x @ w.

    Args:
        w_in: (channel, unit), or (network, channel, unit).
        w_rec: (unit, unit) from i to j, or with the network axis first; likewise the others.
        b_rec: (unit,).
        w_out: (unit, output).
        b_out: (output,).
        activation: the nonlinearity.
        rule_set: which rules the last input channels stand for, if the sizes fit it.
        labels: one name per network; "network0", ... by default.
        architecture: further fields of :class:`Architecture`, e.g. dt, tau, sigma_rec.

    Raises:
        ValueError: shapes that do not fit each other (the message names the array and both sizes).
    """
    given = {"w_in": w_in, "w_rec": w_rec, "b_rec": b_rec, "w_out": w_out, "b_out": b_out}
    arrays = {name: np.array(value, np.float32) for name, value in given.items()}
    if arrays["w_in"].ndim == 2:
        arrays = {name: value[None] for name, value in arrays.items()}
    if arrays["w_in"].ndim != 3:
        raise ValueError(f"w_in: shape {np.shape(w_in)} is not (channel, unit) or (network, channel, unit)")
    m, n_input, n = arrays["w_in"].shape
    n_output = arrays["b_out"].shape[-1] if arrays["b_out"].ndim else 0
    expected = {"w_rec": (m, n, n), "b_rec": (m, n), "w_out": (m, n, n_output), "b_out": (m, n_output)}
    for name, shape in expected.items():
        if arrays[name].shape != shape:
            raise ValueError(
                f"{name}: shape {np.shape(given[name])} does not fit w_in; expected {shape[1:]} per network"
            )
    rules = RULE_SETS.get(rule_set)
    if rules is not None and (n_input, n_output) != (rules.n_input, rules.n_output):
        architecture = {"n_input": n_input, "n_output": n_output, **architecture}
    arch = for_rule_set(rule_set, units=n, activation=activation, **architecture)
    names = tuple(labels) if labels is not None else tuple(f"network{i}" for i in range(m))
    return Ensemble(arch, {name: torch.from_numpy(value) for name, value in arrays.items()}, names)
