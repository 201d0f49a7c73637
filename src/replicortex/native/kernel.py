"""Opening the compiled kernel: which variants were built, which of them this processor runs."""

import ctypes
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

from replicortex.errors import choose
from replicortex.native.variants import FOLDER, Variant, variants

REBUILD = "`make env` builds it (a C++ compiler is needed)"


@dataclass(frozen=True)
class Kernel:
    """A variant of the kernel that runs on this processor.

    Attributes
    ----------
    name
        Name of the variant, e.g. "avx512".
    precisions
        Precisions of products that it offers; the first of them exists everywhere. See `NativeSequence`.
    compiler
        Version of the compiler that made it.
    library
        The opened library.
    """

    name: str
    precisions: tuple[str, ...]
    compiler: str
    library: ctypes.CDLL


def find_kernel(name: str | None = None) -> Kernel | None:
    """The fastest variant that was built and runs here, or the one of that name; None where there is none.

    Parameters
    ----------
    name
        Name of a variant. By default the environment variable REPLICORTEX_KERNEL, then the fastest variant.

    Raises
    ------
    ValueError
        There is no variant of that name for this kind of processor.
    """
    wanted = name or os.environ.get("REPLICORTEX_KERNEL")
    if wanted:
        choose(wanted, [variant.name for variant in variants()], "kernel")
    for variant, problem in _state():
        if not problem and wanted in (None, "", variant.name):
            return _opened(variant)
    return None


def report() -> str:
    """One line: the kernel that is used here, or why there is none."""
    kernel = find_kernel()
    if kernel is not None:
        return f"native kernel {kernel.name} ({kernel.compiler})"
    problems = "; ".join(f"{variant.name}: {problem}" for variant, problem in _state())
    return f"no native kernel ({problems or 'none for this kind of processor'}); PyTorch trains instead"


def _state() -> Iterator[tuple[Variant, str]]:
    """Variants for this kind of processor, each with what keeps it from running, if anything."""
    for variant in variants():
        path = _built(variant.name)
        if path is None:
            yield variant, f"not built, {REBUILD}"
        elif not _supported(variant.name):
            yield variant, "not for this processor"
        elif _text(_library(path), "replicortex_source") != variant.source_hash:
            yield variant, f"built from another version of its source, {REBUILD}"
        else:
            yield variant, ""


def _built(name: str) -> Path | None:
    paths = (FOLDER / f"_{name}{suffix}" for suffix in EXTENSION_SUFFIXES)
    return next((path for path in paths if path.exists()), None)


@cache
def _supported(name: str) -> bool:
    path = _built("probe")
    return path is not None and bool(ctypes.CDLL(str(path)).replicortex_supports(name.encode()))


@cache
def _library(path: Path) -> ctypes.CDLL:
    return ctypes.CDLL(str(path))


def _text(library: ctypes.CDLL, function: str) -> str:
    getter = getattr(library, function)
    getter.restype = ctypes.c_char_p
    return str(getter().decode())


@cache
def _opened(variant: Variant) -> Kernel:
    path = _built(variant.name)
    assert path is not None, "only a variant that was built is opened"
    library = _library(path)
    half = library.replicortex_half_available() if variant.half else 0
    precisions = ("float32", *(("mixed",) if half else ()), *(("split",) if half == 2 else ()))
    return Kernel(variant.name, precisions, _text(library, "replicortex_compiler"), library)
