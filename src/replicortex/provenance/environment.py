"""Fingerprints of settings, and the versions of what computes."""

from __future__ import annotations

import hashlib
import json
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

_LIBRARIES = (
    *("replicortex", "torch", "numpy", "scipy", "scikit-learn", "pandas", "pyarrow", "safetensors"),
    *("matplotlib", "seaborn", "pydantic", "snakemake"),
)


def fingerprint(obj: Any) -> str:
    """SHA-256, in hex, of ``obj`` as canonical JSON (sorted keys, no spaces, UTF-8).

    Raises
    ------
    ValueError
        Something in it is no JSON: NaN, infinity, a set, an array.
    """
    try:
        text = json.dumps(obj, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"fingerprint: cannot be written as JSON: {error}") from None
    return hashlib.sha256(text.encode()).hexdigest()


def environment() -> dict[str, str]:
    """Versions of what computes, and the machine: python, libraries, platform, processor.

    Nothing heavy is imported; a library that is not installed reads "not installed".
    """
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found | {"platform": platform.platform(), "processor": _processor()}


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass  # not Linux
    return platform.processor() or platform.machine()
