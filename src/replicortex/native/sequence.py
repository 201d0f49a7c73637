"""One batch of trials through the kernel; the equations stand at the top of ``leaky_rnn.h`` and ``leaky_gru.h``."""

import ctypes
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from replicortex.native.kernel import Kernel
from replicortex.shown import short_repr

Array = NDArray[np.float32]
Rows = NDArray[np.int32]
ACTIVATIONS = ("softplus", "relu", "tanh", "retanh", "power")  # in the order of the kernel
# How products of float32 numbers are made in the forward and in the backward pass: numbers of the kernel's Arithmetic.
_ARITHMETIC = {"float32": (0, 0), "split": (1, 1), "mixed": (0, 2)}
PRECISIONS = tuple(_ARITHMETIC)
NORMALS_BLOCK = 32  # the kernel draws noise in blocks of this size

_SIZES = ("n_time", "n_trial", "n_input", "n_unit", "n_output", "first_output")
_SWITCHES = ("activation", "softmax", "gated", "ahead", "back")
_NUMBERS = ("alpha", "noise_x", "noise_rec", "l1_rates", "l2_rates")
_WEIGHTS = ("w_in", "w_rec", "b_rec", "w_out", "b_out", "w_gates", "b_gates", "w_candidate", "b_candidate")
_GRADIENTS = {name: "g_" + name.removeprefix("w_") for name in _WEIGHTS}
_ARRAYS = ("x", *_WEIGHTS, "target", "mask", "x_row", "target_row", "rates", "outputs", *_GRADIENTS.values())

# Weights of each cell, with the shapes of networks.cells in terms of input channels, units and outputs.
_SHAPES: dict[str, Callable[[int, int, int], dict[str, tuple[int, ...]]]] = {
    "leaky_rnn": lambda i, n, o: {"w_in": (i, n), "w_rec": (n, n), "b_rec": (n,), "w_out": (n, o), "b_out": (o,)},
    "leaky_gru": lambda i, n, o: {
        "w_gates": (i + n, 2 * n),
        "b_gates": (2 * n,),
        "w_candidate": (i + n, n),
        "b_candidate": (n,),
        "w_out": (n, o),
        "b_out": (o,),
    },
}
CELLS = tuple(_SHAPES)
PENALTIES = ("l1_rates", "l2_rates")  # those on rates that it computes, by their names in training.penalties


class _Batch(ctypes.Structure):
    """The struct ``Batch`` of batch.h, field by field."""

    _fields_ = [
        *((name, ctypes.c_int64) for name in _SIZES),
        *((name, ctypes.c_int32) for name in _SWITCHES),
        *((name, ctypes.c_float) for name in _NUMBERS),
        ("seed", ctypes.c_uint64),
        *((name, ctypes.c_void_p) for name in _ARRAYS),
        ("loss", ctypes.c_double),
        ("rate_penalty", ctypes.c_double),
    ]


@short_repr
class Result(NamedTuple):
    """Results of a batch.

    loss: task loss, without penalties.
    rate_penalty: l1_rates mean|h| + l2_rates sum(h^2)/2.
    gradients: of loss and rate penalty by weight, or None; overwritten by the next batch.
    outputs: (time, trial, output), the last ``n_outputs`` steps.
    rates: (time, trial, unit), or None.
    """

    loss: float
    rate_penalty: float
    gradients: dict[str, Array] | None
    outputs: Array
    rates: Array | None


@dataclass
class NativeSequence:
    """Runs batches of trials; keeps its arrays from one batch to the next.

    Attributes
    ----------
    kernel
        The compiled kernel.
    activation
        Name of the nonlinearity, one of `ACTIVATIONS`.
    cell
        One of `CELLS`.
    alpha
        dt / tau.
    noise_x
        s.d. of the noise added to the input, per step and channel.
    noise_rec
        s.d. of the noise inside the nonlinearity, per step and unit.
    softmax
        Softmax outputs and cross-entropy in place of sigmoids and squared error.
    precision
        Precision of the products, one of `PRECISIONS`; sums are always in float32. float32: products in float32. split:
        each number is the sum of two bfloat16 parts (relative error 2^-16). mixed: float32 in the forward pass,
        bfloat16 (2^-8) in the backward pass.
    l1_rates, l2_rates
        Strengths of the penalty on rates.

    Raises
    ------
    ValueError
        The kernel does not have this activation, cell or precision on this machine.
    """

    kernel: Kernel
    activation: str
    alpha: float
    cell: str = "leaky_rnn"
    noise_x: float = 0.0
    noise_rec: float = 0.0
    softmax: bool = False
    precision: str = "float32"
    l1_rates: float = 0.0
    l2_rates: float = 0.0
    _gradients: dict[str, Array] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.activation not in ACTIVATIONS:
            raise ValueError(f"activation: {self.activation!r} is none of the kernel's {', '.join(ACTIVATIONS)}")
        if self.cell not in CELLS:
            raise ValueError(f"cell: {self.cell!r} is none of the kernel's {', '.join(CELLS)}")
        if self.precision not in self.kernel.precisions:
            has = ", ".join(self.kernel.precisions)
            raise ValueError(f"precision: {self.precision!r} is none of the kernel {self.kernel.name!r}'s here, {has}")
        library = self.kernel.library
        library.replicortex_open.restype = ctypes.c_void_p
        library.replicortex_batch_size.restype = ctypes.c_size_t
        library.replicortex_run.argtypes = [ctypes.c_void_p, ctypes.POINTER(_Batch)]
        library.replicortex_close.argtypes = [ctypes.c_void_p]
        assert library.replicortex_batch_size() == ctypes.sizeof(_Batch), "batch.h and _Batch differ"
        self._handle = library.replicortex_open()
        if not self._handle:
            raise MemoryError("the kernel could not be opened")

    def __del__(self) -> None:
        if getattr(self, "_handle", None):
            self.kernel.library.replicortex_close(self._handle)

    def run(
        self,
        weights: Mapping[str, Array],
        x: Array,
        *,
        x_row: Rows | None = None,
        target: Array | None = None,
        target_row: Rows | None = None,
        mask: Array | None = None,
        seed: int = 0,
        n_outputs: int = 0,
        gradients: bool = False,
        rates: bool = False,
    ) -> Result:
        """Run one batch.

        Parameters
        ----------
        weights
            Weights of the network by name, float32, acting on row vectors; shapes as in ``networks.cells``.
        x
            Input without noise (row, trial, channel).
        x_row
            (time,), the row of ``x`` at each step; one row per step if None.
        target
            (row, trial, output), with ``mask``; no loss if None.
        target_row
            (time,), the row of ``target`` at each step; one row per step if None.
        mask
            (time, output), inside the square; with softmax (time,).
        seed
            Seed of the noise; see `noise_of`.
        n_outputs
            Number of steps, counted from the last, whose outputs are wanted.
        gradients
            Whether to run the backward pass.
        rates
            Whether to return the rates.

        Raises
        ------
        ValueError
            The shapes of the arrays do not fit, or gradients are asked for without a target.
        MemoryError
            There is not enough memory for the batch.
        """
        shown = _rows(x_row, len(x))
        asked = _rows(target_row, len(shown))
        n_time, (_, n_trial, n_input) = len(shown), x.shape
        self._check(weights, x, shown, target, asked, mask)
        n_unit, n_output = weights["w_out"].shape
        if gradients and target is None:
            raise ValueError("gradients: need a target and a mask")
        found = self._gradient_arrays(weights) if gradients else None
        outputs = np.empty((n_outputs, n_trial, n_output), np.float32)
        kept = np.empty((n_time, n_trial, n_unit), np.float32) if rates else None
        arrays: dict[str, Any] = {"x": np.ascontiguousarray(x, np.float32), "rates": kept, "outputs": outputs}
        arrays |= {"x_row": shown, "target_row": asked}
        arrays |= {name: np.ascontiguousarray(w, np.float32) for name, w in weights.items()}
        if target is not None and mask is not None:
            arrays["target"] = np.ascontiguousarray(target, np.float32)
            arrays["mask"] = np.ascontiguousarray(mask, np.float32)
        if found is not None:
            arrays |= {_GRADIENTS[name]: gradient for name, gradient in found.items()}
        batch = self._batch(n_time, n_trial, n_input, n_unit, n_output, n_time - n_outputs, seed)
        for name, array in arrays.items():
            setattr(batch, name, None if array is None else array.ctypes.data)
        if self.kernel.library.replicortex_run(self._handle, ctypes.byref(batch)):
            raise MemoryError(f"a batch of {n_time} steps, {n_trial} trials and {n_unit} units does not fit the memory")
        return Result(batch.loss, batch.rate_penalty, found, outputs, kept)

    def _batch(self, *numbers: int) -> Any:
        *sizes, seed = numbers
        ahead, back = _ARITHMETIC[self.precision]
        settings = {
            "activation": ACTIVATIONS.index(self.activation),
            "softmax": int(self.softmax),
            "ahead": ahead,
            "back": back,
            "gated": int(self.cell == "leaky_gru"),
            "seed": seed % 2**64,
            **{name: getattr(self, name) for name in _NUMBERS},
        }
        return _Batch(**dict(zip(_SIZES, sizes, strict=True)), **settings)

    def _gradient_arrays(self, weights: Mapping[str, Array]) -> dict[str, Array]:
        if {name: g.shape for name, g in self._gradients.items()} != {name: w.shape for name, w in weights.items()}:
            self._gradients = {name: np.empty(w.shape, np.float32) for name, w in weights.items()}
        return self._gradients

    def _check(
        self,
        weights: Mapping[str, Array],
        x: Array,
        x_row: Rows,
        target: Array | None,
        target_row: Rows,
        mask: Array | None,
    ) -> None:
        n_time, (_, n_trial, n_input) = len(x_row), x.shape
        for name, array, rows in (("x_row", x, x_row), ("target_row", target, target_row)):
            if array is not None and (len(rows) != n_time or rows.min() < 0 or rows.max() >= len(array)):
                raise ValueError(f"{name}: {len(rows)} rows out of {len(array)} do not fit {n_time} steps")
        if not math.prod(x.shape):
            raise ValueError(f"x: shape {x.shape} holds no trial")
        if (target is None) != (mask is None):
            raise ValueError("target, mask: give both or none")
        n_unit, n_output = weights["w_out"].shape
        wanted = _SHAPES[self.cell](n_input, n_unit, n_output)
        if weights.keys() != wanted.keys():
            raise ValueError(f"weights: {', '.join(weights)} are not those of the cell, {', '.join(wanted)}")
        arrays = dict(weights)
        if target is not None and mask is not None:
            arrays |= {"target": target, "mask": mask}
            wanted["target"] = (len(target), n_trial, n_output)
            wanted["mask"] = (n_time,) if self.softmax else (n_time, n_output)
        for name, shape in wanted.items():
            if arrays[name].shape != shape:
                raise ValueError(f"{name}: shape {arrays[name].shape} is not {shape}")


def _rows(given: Rows | None, n_time: int) -> Rows:
    """Row of each step; by default one after the other."""
    return np.arange(n_time, dtype=np.int32) if given is None else np.ascontiguousarray(given, np.int32)


def noise_of(kernel: Kernel, seed: int, n_time: int, n_trial: int, n_input: int, n_unit: int) -> tuple[Array, Array]:
    """The standard normal numbers a batch draws where both noises are above 0, for tests and for other programs.

    Each step draws first for the input, then for the units, each in whole blocks of 32.

    Returns
    -------
    tuple[ndarray, ndarray]
        Noise on the input (time, trial, channel) and inside the nonlinearity (time, trial, unit).
    """
    counts = [math.ceil(n_trial * n / NORMALS_BLOCK) * NORMALS_BLOCK for n in (n_input, n_unit)]
    flat = np.empty((n_time, sum(counts)), np.float32)
    draw = kernel.library.replicortex_normals
    draw.argtypes = [ctypes.c_uint64, ctypes.c_void_p, ctypes.c_size_t]
    draw(seed % 2**64, flat.ctypes.data, flat.size)
    onto_x, inside = flat[:, : n_trial * n_input], flat[:, counts[0] : counts[0] + n_trial * n_unit]
    return onto_x.reshape(n_time, n_trial, n_input), inside.reshape(n_time, n_trial, n_unit)
