"""Compiles the training kernel; everything else stands in pyproject.toml.

Each variant is optional: where there is no compiler, or it does not know a processor, the package installs all the same
and trains through PyTorch.
"""

import runpy
from pathlib import Path

from setuptools import Extension, setup

NATIVE = Path("src/replicortex/native")
kernel = runpy.run_path(str(NATIVE / "variants.py"))


def extension(name, source, flags):
    """A library beside its sources, without Python in it: it is opened by ctypes."""
    return Extension(
        f"replicortex.native._{name}",
        [str(NATIVE / source.name)],
        depends=[str(NATIVE / header.name) for header in kernel["HEADERS"]],
        extra_compile_args=list(flags),
        language="c++",
        optional=True,
    )


setup(
    ext_modules=[
        extension("probe", kernel["PROBE"], ["-std=c++17", "-O1"]),
        *(extension(variant.name, kernel["SOURCE"], variant.all_flags) for variant in kernel["variants"]()),
    ]
)
