"""What this core can do at most: its float32 peak, and the products of one update through PyTorch."""

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch

from replicortex import native
from replicortex.native.variants import FOLDER, variants
from replicortex.networks import Architecture

_SOURCE = Path(__file__).with_name("peak.cpp")
_ROUNDS = 1_000_000


def operations(arch: Architecture, n_time: float, batch: int) -> float:
    """Floating-point operations of the products that no way of writing an update can leave out.

    Forward and weight gradient see rates, input, bias and readout; backward needs no gradient of the input.
    """
    n, drive, readout = arch.units, arch.units + arch.n_input + 1, arch.n_output
    return 2.0 * n_time * batch * n * (2 * drive + n + 3 * readout)


def peak_run() -> Callable[[], float] | None:
    """A function of some milliseconds that makes as many float32 operations as this core can, and says how many.

    None where it cannot be compiled.
    """
    compiler, kernel = shutil.which("c++") or shutil.which("g++"), native.find_kernel()
    if compiler is None or kernel is None:
        return None
    flags = next(variant.flags for variant in variants() if variant.name == kernel.name)
    with tempfile.TemporaryDirectory() as folder:  # opened, the library outlives its file
        library = f"{folder}/peak.so"
        command = [compiler, "-std=c++17", "-O3", "-ffp-contract=fast", "-shared", "-fPIC", "-w", *flags]
        subprocess.run([*command, f"-I{FOLDER}", str(_SOURCE), "-o", library], check=True)
        run = ctypes.CDLL(library).peak_operations
        run.restype, run.argtypes = ctypes.c_double, [ctypes.c_size_t]
    return lambda: float(run(_ROUNDS))


class Products:
    """The products of one update by PyTorch, into memory that is already there."""

    def __init__(self, arch: Architecture, batch: int, longest: int = 260) -> None:
        n, n_in, n_out = arch.units, arch.n_input, arch.n_output
        self.batch = batch
        self.x, self.h = torch.randn(longest * batch, n_in), torch.randn(longest * batch, n)
        self.d, self.y = torch.randn(longest * batch, n), torch.randn(longest * batch, n_out)
        self.w_in, self.w, self.w_out = torch.randn(n_in, n), torch.randn(n, n), torch.randn(n, n_out)
        self.g_in, self.g, self.g_out = torch.empty(n_in, n), torch.empty(n, n), torch.empty(n, n_out)
        self.step, self.state = torch.empty(batch, n), torch.randn(batch, n)

    def run(self, n_time: int) -> None:
        """Forward, backward and weight gradients of n_time steps."""
        rows = n_time * self.batch
        x, h, d, y = self.x[:rows], self.h[:rows], self.d[:rows], self.y[:rows]
        torch.mm(x, self.w_in, out=d)
        for _ in range(2 * n_time):
            torch.mm(self.state, self.w, out=self.step)
        torch.mm(h, self.w_out, out=y)
        torch.mm(y, self.w_out.t(), out=h)
        torch.mm(x.t(), d, out=self.g_in)
        torch.mm(h.t(), d, out=self.g)
        torch.mm(h.t(), y, out=self.g_out)
