"""Which library multiplies float32 matrices on this processor.

On AMD processors PyTorch's default route reaches a third of what the same core does through oneDNN.  The only
switch PyTorch offers for that route is named 'bf16': on processors without bf16 units it leaves float32
results exact, on others it really rounds to bf16.  So the route is taken on AMD only, and only when a
product made through it agrees with float64 to float32 accuracy.
"""

import platform
from pathlib import Path
from typing import Any

import torch

# Relative error (Frobenius) of a 256-term float32 product: about 3e-7; of a bf16 product: about 2e-3.
_FLOAT32_ERROR = 2e-6


def _vendor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if not cpuinfo.exists():
        return platform.processor()
    lines = (line.split(":", 1) for line in cpuinfo.read_text().splitlines() if ":" in line)
    return next((value.strip() for key, value in lines if key.strip() == "vendor_id"), "")


def product_error() -> float:
    """Relative Frobenius error of one (64, 256) x (256, 256) float32 product against float64."""
    generator = torch.Generator().manual_seed(0)
    left = torch.randn(64, 256, generator=generator)
    right = torch.randn(256, 256, generator=generator)
    exact = left.double() @ right.double()
    return float(((left @ right).double() - exact).norm() / exact.norm())


def choose_product_route(vendor: str | None = None) -> str:
    """Select the faster float32 product if it is exact here; returns "onednn" or "default".

    The choice depends on the processor alone, never on a timing, so that a machine always gives the same bits.

    Parameters
    ----------
    vendor
        The processor's vendor string; read from the system if None.
    """
    if (vendor if vendor is not None else _vendor()) != "AuthenticAMD":
        return "default"
    onednn: Any = torch.backends.mkldnn  # its type information lacks `matmul`
    previous = onednn.matmul.fp32_precision
    onednn.matmul.fp32_precision = "bf16"
    if product_error() < _FLOAT32_ERROR:
        return "onednn"
    onednn.matmul.fp32_precision = previous
    return "default"
