"""Random streams derived by name, so that no two purposes ever share one.

A stream is named like a path, ``experiment / seed / purpose``. Its numbers depend on that name alone: not on
which other streams were used before, how many processes run, or which networks are trained beside it.
"""

from __future__ import annotations

import hashlib

import numpy as np


def _digest(names: tuple[str | int, ...]) -> bytes:
    if not names:
        raise ValueError("a random stream needs at least one name, e.g. generator('reference', 0, 'trials')")
    for name in names:
        # a float or an array would be spelled differently by another version; bool is an int by accident
        if isinstance(name, bool) or not isinstance(name, (str, int, np.integer)):
            raise ValueError(f"random stream: {name!r} is not a name (str) or a number (int)")
    return hashlib.sha256("/".join(str(name) for name in names).encode()).digest()


def generator(*names: str | int) -> np.random.Generator:
    """A PCG64 generator whose seed is the SHA-256 of the names joined by "/".

    Raises
    ------
    ValueError
        No name given, or one that is neither text nor an integer.

    Examples
    --------
    >>> first, again = generator("reference", 0, "trials"), generator("reference", 0, "trials")
    >>> bool((first.random(3) == again.random(3)).all())
    True
    """
    return np.random.Generator(np.random.PCG64(int.from_bytes(_digest(names), "big")))


def torch_seed(*names: str | int) -> int:
    """A seed for ``torch.Generator.manual_seed``: the first 63 bits of the same digest, so 0 <= seed < 2**63.

    Raises
    ------
    ValueError
        As `generator`.
    """
    return int.from_bytes(_digest(names)[:8], "big") >> 1
