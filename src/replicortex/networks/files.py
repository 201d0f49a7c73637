"""Networks in files: safetensors with the architecture and the provenance as JSON in the header."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from safetensors.torch import load as parse
from safetensors.torch import save

from replicortex.errors import rebuild_hint
from replicortex.networks.architecture import Architecture, for_rule_set
from replicortex.networks.ensemble import Ensemble, create, stack
from replicortex.readers.tensors import read_safetensors, write_safetensors
from replicortex.tasks import RULE_SETS

FORMAT = "replicortex-network-1"


def write_tensors(path: Path, tensors: dict[str, torch.Tensor], metadata: dict[str, str]) -> None:
    """Write a safetensors file so that a reader meets the whole new file or the old one, never half of it.

    Its header carries the checksum of the file, see `replicortex.checksums`.
    """
    dense = {name: tensor.contiguous() for name, tensor in tensors.items()}
    write_safetensors(path, save(dense), metadata)


def read_tensors(path: Path, required: bool = False) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Tensors and header of a safetensors file.

    Parameters
    ----------
    path
        The file.
    required
        Whether a file without a checksum is refused.

    Raises
    ------
    FileNotFoundError
        The file does not exist.
    ValueError
        The file is not a safetensors file, or is damaged.
    """
    return read_safetensors(path, parse, rebuild_hint(path), required=required)


def save_ensemble(path: str | Path, ensemble: Ensemble) -> None:
    """Write an ensemble; the header holds format, architecture, labels and metadata as JSON.

    Raises
    ------
    ValueError
        `load` would refuse the weights, for example because a number is not finite.
    """
    try:
        check_shapes(ensemble.parameters, ensemble.architecture, len(ensemble.labels))
    except ValueError as error:
        raise ValueError(f"{path}: not written, {error}") from None
    header = {
        "format": FORMAT,
        "architecture": json.dumps(ensemble.architecture.to_dict(), sort_keys=True),
        "labels": json.dumps(ensemble.labels),
        "metadata": json.dumps(ensemble.metadata, sort_keys=True),
    }
    write_tensors(Path(path), ensemble.parameters, header)


def load(path: str | Path | Sequence[str | Path], required: bool = False) -> Ensemble:
    """Read one weight file, or several of the same architecture into one ensemble.

    Parameters
    ----------
    path
        Path of one file, or of several.
    required
        Whether a file without a checksum is refused, as the workflow does with every file below ``results/``.

    Raises
    ------
    FileNotFoundError
        A file is missing.
    ValueError
        A file is damaged, was not written by this library, or differs in architecture.
    """
    if not isinstance(path, (str, Path)):
        return stack([load(each, required) for each in path])
    tensors, header = read_tensors(Path(path), required)
    if header.get("format") != FORMAT:
        raise ValueError(
            f"{path}: format {header.get('format')!r} is not {FORMAT!r}; for weights trained elsewhere "
            "use replicortex.networks.from_arrays"
        )
    try:
        arch = Architecture(**json.loads(header["architecture"]))
        labels, metadata = json.loads(header["labels"]), json.loads(header["metadata"])
        if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
            raise ValueError(f"labels {labels!r} are no list of names")
        if not isinstance(metadata, dict):
            raise ValueError(f"metadata {metadata!r} are no mapping")
        check_shapes(tensors, arch, len(labels))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"{path}: not a readable weight file ({error}); {rebuild_hint(path)}") from None
    return Ensemble(arch, tensors, tuple(labels), metadata)


def check_shapes(tensors: dict[str, torch.Tensor], arch: Architecture, networks: int) -> None:
    """Make sure that tensors are the weights of so many networks of an architecture.

    Raises
    ------
    ValueError
        A name or a shape does not fit, or a number is not finite.
    """
    readout = {"w_out": (networks, arch.units, arch.n_output), "b_out": (networks, arch.n_output)}
    for name, shape in readout.items():  # first, since these bound what is drawn for comparison
        if name not in tensors or tuple(tensors[name].shape) != shape:
            raise ValueError(f"{name} is not there with shape {shape}")
    numbers = sum(tensor.numel() for tensor in tensors.values())
    if not 0 <= arch.n_rule <= arch.n_input or arch.units * max(arch.n_input, arch.units) > numbers:
        raise ValueError(f"{numbers} weights are too few for {arch.n_input} input channels, {arch.units} units")
    like = create(arch, [np.random.default_rng(0)], ["like"]).parameters
    if like.keys() != tensors.keys():
        raise ValueError(f"holds {', '.join(sorted(tensors))}; the weights of this cell are {', '.join(sorted(like))}")
    for name, tensor in tensors.items():
        if tensor.shape[1:] != like[name].shape[1:] or tensor.shape[0] != networks:
            raise ValueError(f"{name}: shape {tuple(tensor.shape)}, expected {(networks, *like[name].shape[1:])}")
        if not tensor.is_floating_point() or not bool(torch.isfinite(tensor).all()):
            raise ValueError(f"{name}: holds numbers that are not finite, or no floating-point numbers")


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

    Parameters
    ----------
    w_in
        (channel, unit), or (network, channel, unit).
    w_rec
        (unit, unit) from i to j, or with the network axis first; the same holds for the other arrays.
    b_rec
        (unit,).
    w_out
        (unit, output).
    b_out
        (output,).
    activation
        The nonlinearity.
    rule_set
        Which rules the last input channels stand for, if the sizes fit it.
    labels
        One name per network; "network0", ... by default.
    architecture
        Further fields of `Architecture`, e.g. dt, tau, sigma_rec.

    Raises
    ------
    ValueError
        The shapes do not fit each other (the message names the array and both sizes).
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
