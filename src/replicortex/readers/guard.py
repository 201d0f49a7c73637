"""What a library says of a file, as one line.

Apart from the list of kinds of files, which grows: what trains networks imports this module and not that one.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

# of programmers to programmers; what a file is does not depend on it
_NOT_OF_FILES = (DeprecationWarning, PendingDeprecationWarning, FutureWarning, ImportWarning, ResourceWarning)


def reason(error: BaseException | Warning) -> str:
    """What an error or a warning of a library says, on one line and not too long."""
    text = " ".join(str(error).split())[:300]
    if isinstance(error, MemoryError):
        return "it needs more memory than there is"
    return text if text and isinstance(error, (ValueError, OSError, Warning)) else f"{type(error).__name__}: {text}"


@contextmanager
def one_line(path: str | Path, what: str, remedy: str = "", harmless: Sequence[str] = ()) -> Iterator[None]:
    """Turn every error and every warning of a library that reads a file into one ValueError of one line.

    Parameters
    ----------
    path, what
        The file and what it is meant to be, for the message.
    remedy
        What helps, at its end.
    harmless
        Parts of warnings that say nothing about the numbers that are read.

    Raises
    ------
    ValueError
        ``"{path}: not a readable {what} ({what the library says}); {remedy}"``
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield
        except Exception as error:  # a damaged file reaches a parser as almost any error
            raise _unreadable(path, what, reason(error), remedy) from None
    for each in caught:
        text = reason(each.message if isinstance(each.message, Warning) else Warning(each.message))
        if not issubclass(each.category, _NOT_OF_FILES) and not any(part in text for part in harmless):
            raise _unreadable(path, what, text, remedy)


def _unreadable(path: str | Path, what: str, told: str, remedy: str) -> ValueError:
    return ValueError(f"{path}: not a readable {what} ({told}){f'; {remedy}' if remedy else ''}")
