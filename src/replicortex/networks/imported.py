"""Weights from elsewhere, in .npz or .safetensors files of plain arrays, checked against an architecture."""

import warnings
import zipfile
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load as parse
from torch import Tensor

from replicortex.networks import pytorch
from replicortex.networks.architecture import Architecture
from replicortex.networks.ensemble import Ensemble, create
from replicortex.networks.files import FORMAT
from replicortex.readers import read_npz
from replicortex.readers.content import look, refusal
from replicortex.readers.tensors import read_safetensors

Arrays = dict[str, NDArray[np.generic]]
_WHAT = "weight file"
_WANTED = "weights are read from .npz and .safetensors files"


def read_imported(path: str | Path, arch: Architecture, label: str) -> Ensemble:
    """One network from a file that another program wrote.

    The file holds the weights of the architecture's cell under the names of ``networks.cells``, and nothing else; for a
    leaky RNN ``w_in`` (channel, unit), ``w_rec`` (unit, unit) from i to j, ``b_rec`` (unit,), ``w_out`` (unit, output)
    and ``b_out`` (output,).  They act on row vectors, x @ w, and become float32.  A weight file of this library that
    holds a single network will do as well, and so will a state_dict of PyTorch, see `networks.from_torch`.

    Parameters
    ----------
    path
        Path of an .npz, a .safetensors or a .pt file; its content decides which of them it is.
    arch
        Architecture of the network.
    label
        Name of the network.

    Raises
    ------
    FileNotFoundError
        The file does not exist.
    ValueError
        The file holds no arrays, names or shapes do not fit, or numbers are not finite; the message names the file, the
        array and what would be right.
    """
    like = create(arch, [np.random.default_rng(0)], [label])
    arrays = _arrays(Path(path), most=4 * sum(weight.numel() for weight in like.parameters.values()) + 100_000)
    if any(pytorch.RECURRENT.fullmatch(name) for name in arrays):
        arrays = _translated(path, arrays, arch)
    shapes = {name: tuple(weight.shape[1:]) for name, weight in like.parameters.items()}
    if arrays.keys() != shapes.keys():
        missing, odd = sorted(shapes.keys() - arrays.keys()), sorted(arrays.keys() - shapes.keys())
        wrong = [f"lacks {', '.join(missing)}"] * bool(missing) + [f"holds {', '.join(odd)} too"] * bool(odd)
        raise ValueError(f"{path}: {' and '.join(wrong)}; the weights of this network are {', '.join(shapes)}")
    single: Arrays = {}
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            turned = "; it may be transposed" if arrays[name].shape == shape[::-1] else ""
            raise ValueError(
                f"{path}: {name} has shape {arrays[name].shape}, but {shape} fits {arch.n_input} input channels, "
                f"{arch.units} units and {arch.n_output} outputs in the convention x @ w{turned}"
            )
        if arrays[name].dtype.kind not in "fiu":
            raise ValueError(f"{path}: {name} holds {arrays[name].dtype}, not numbers")
        with np.errstate(over="ignore", invalid="ignore"):
            single[name] = arrays[name].astype(np.float32)
        if not np.isfinite(single[name]).all():
            raise ValueError(f"{path}: {name} holds numbers that are not finite, or too large for single precision")
    weights = {name: torch.from_numpy(array)[None] for name, array in single.items()}
    return Ensemble(arch, weights, (label,))


def _arrays(path: Path, most: int) -> Arrays:
    """The arrays of a file by name; one that unpacks to more numbers than ``most`` is not unpacked."""
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such weight file")
    kind = look(path, _WHAT)
    if kind == "zip" and _is_pytorch(path):
        return {name: _array(value) for name, value in pytorch.read_state(path).items()}
    if kind == "zip":
        return read_npz(path, most, _WHAT)
    if kind != "safetensors":
        raise refusal(path, _WHAT, kind, _WANTED)
    tensors, header = read_safetensors(path, parse, "write it with safetensors.numpy.save_file", most=8 * most)
    return {name: _array(tensor[0] if _is_ours(header, tensor) else tensor) for name, tensor in tensors.items()}


def _is_pytorch(path: Path) -> bool:
    """Whether `torch.save` wrote a zip file."""
    try:
        with zipfile.ZipFile(path) as packed:
            return any(name.endswith("/data.pkl") for name in packed.namelist())
    except Exception:  # a damaged one reaches the library as almost any error
        return False  # for the reader of arrays to explain


def _translated(path: str | Path, arrays: Arrays, arch: Architecture) -> Arrays:
    """A state_dict of PyTorch as the weights of the cell; a warning names entries that are left out."""
    try:
        kind, weights, left_out = pytorch.translated({name: value.astype(np.float32) for name, value in arrays.items()})
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    if kind != arch.cell:
        raise ValueError(f"{path}: holds a network of PyTorch that is network.cell {kind!r}, not {arch.cell!r}")
    if left_out:
        warnings.warn(f"{path}: left out of the import: {', '.join(left_out)}", UserWarning, stacklevel=4)
    return dict(weights)


def _is_ours(header: dict[str, str], tensor: Tensor) -> bool:
    """Whether a tensor of this library's format has an axis of networks, a single one, in front."""
    return header.get("format") == FORMAT and len(tensor) == 1


def _array(tensor: Tensor) -> NDArray[np.generic]:
    return (tensor.float() if tensor.is_floating_point() else tensor).numpy()
