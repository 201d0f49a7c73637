"""Compiles the training kernel, and puts the shipped networks into a wheel; everything else stands in pyproject.toml.

Each variant is optional: where there is no compiler, or it does not know a processor, the package installs all the same
and trains through PyTorch.
"""

import runpy
import shutil
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

NATIVE = Path("src/replicortex/native")
SHIPPED = Path("pretrained")  # beside the package in a checkout, in it in a wheel
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


class WithNetworks(build_py):
    """The package with what is shipped in its folder ``pretrained/shipped``, unless it stays in its checkout."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            there = Path(self.build_lib, "replicortex/pretrained/shipped")
            shutil.copytree(SHIPPED, there, dirs_exist_ok=True)


class SourceWithNetworks(sdist):
    """The source, with what a wheel that is built from it needs."""

    def add_defaults(self):
        super().add_defaults()
        self.filelist.extend(str(path) for path in sorted(SHIPPED.rglob("*")) if path.is_file())


setup(
    cmdclass={"build_py": WithNetworks, "sdist": SourceWithNetworks},
    ext_modules=[
        extension("probe", kernel["PROBE"], ["-std=c++17", "-O1"]),
        *(extension(variant.name, kernel["SOURCE"], variant.all_flags) for variant in kernel["variants"]()),
    ],
)
