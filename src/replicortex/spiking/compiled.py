"""Compiling the kernels once, by one process at a time.

The files of compiled code are shared by all processes that run this package; two that write them at once could leave
one's code under the other's name.
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from replicortex.spiking import kernel

_ready: set[tuple[str, str]] = set()


def compile_once(dtype: str, p_dtype: str, warm_up: Callable[[str, str], object]) -> None:
    """Have the kernels of a pair of precisions compiled, or read from the files, in this process.

    Parameters
    ----------
    dtype
        Type of the state.
    p_dtype
        Type of the inverse correlation.
    warm_up
        Calls every kernel in these precisions.
    """
    if (dtype, p_dtype) in _ready:
        return
    _ready.add((dtype, p_dtype))
    with _alone():
        warm_up(dtype, p_dtype)


@contextmanager
def _alone() -> Iterator[None]:
    """No other process is in here."""
    stats = getattr(kernel.advance, "stats", None)  # none where Numba is told to compile nothing
    if stats is None or stats.cache_path is None:
        yield
        return
    folder = Path(stats.cache_path)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "replicortex.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the system lets go of it when the file is closed
        yield
