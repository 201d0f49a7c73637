"""Numba's compiler, which keeps compiled code in files where there is a place for them, and does without elsewhere."""

from collections.abc import Callable
from typing import Any

import numba


def njit(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """``numba.njit(cache=True, ...)``; without files where neither the package's folder nor HOME can be written."""

    def compiled(function: Callable[..., Any]) -> Any:
        try:
            return numba.njit(cache=True, **options)(function)
        except RuntimeError:  # no locator available: nowhere to keep the file
            return numba.njit(**options)(function)

    return compiled
