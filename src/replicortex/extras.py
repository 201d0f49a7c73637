"""Optional dependencies: which extra brings a package that is missing, in one line.

A plain ``pip install`` brings what the library computes with. Figures, files of tables, the workflow and other people's
formats are extras: ``pip install 'replicortex[figures]'``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

# The extra of each module that a plain installation lacks. Of two extras that bring a package, the smaller one.
EXTRA_OF = {
    "gymnasium": "gym",
    "h5py": "nwb",
    "jinja2": "workflow",
    "matplotlib": "figures",
    "psutil": "workflow",
    "pyarrow": "figures",
    "pynwb": "nwb",
    "rich": "workflow",
    "rocrate": "crate",
    "seaborn": "figures",
    "snakemake": "workflow",
}


def explained(error: ModuleNotFoundError) -> ModuleNotFoundError:
    """The error about a module, with the extra that brings it where it is one of an extra."""
    module = (error.name or "").partition(".")[0]
    if module not in EXTRA_OF:
        return error
    extra = EXTRA_OF[module]
    return ModuleNotFoundError(
        f"{module} is not installed; it comes with the extra {extra!r}: pip install 'replicortex[{extra}]'", name=module
    )


@contextmanager
def named() -> Iterator[None]:
    """Imports inside, whose error names the extra that brings what is missing.

    Raises
    ------
    ModuleNotFoundError
        A package is missing; if an extra brings it, the message says which.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        better = explained(error)
        if better is error:
            raise
        raise better from None
