"""Status files: what each training job says of itself, for others to watch.

Apart from the table that shows them (`replicortex.progress`), so that a change there reruns no training.
"""

from __future__ import annotations

import json
import math
import os
import socket
import tempfile
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

_LARGEST = 2.0**63  # of a number in a status; of a larger one nothing is shown


@dataclass(frozen=True)
class TrainingStatus:
    """News of one training job, as its status file holds them.

    Attributes
    ----------
    experiment, label : str
        Which network: its experiment, and its label there (``"seed0"``).
    state : str
        "running", "finished", "interrupted" or "failed"; "stalled" is what a reader calls a running job without news.
    trials, trials_total : int
        Trials trained so far, and at most.
    trials_per_s : float
        Over the last stretch.
    eta_s : float | None
        Seconds to go until ``trials_total``.
    min_performance, mean_performance : float | None
        Over the trained tasks (0..1) at the last evaluation.
    worst_task : str | None
        The task of ``min_performance``.
    updated : float
        When this was written, seconds since 1970.
    host : str
    pid : int
    message : str
        Why it failed, where it resumed; shown as it is.
    """

    experiment: str
    label: str
    state: str = "running"
    trials: int = 0
    trials_total: int = 0
    trials_per_s: float = 0.0
    eta_s: float | None = None
    min_performance: float | None = None
    mean_performance: float | None = None
    worst_task: str | None = None
    updated: float = 0.0
    host: str = ""
    pid: int = 0
    message: str = ""


def write_status(path: str | Path, **news: Any) -> TrainingStatus:
    """Write a status file in one step, so that a reader sees the old or the new one and nothing between.

    Parameters
    ----------
    path
        ``results/<scale>/progress/<experiment>/<label>.json``; folders are made. ``experiment`` and
        ``label`` are taken from it unless given.
    **news
        Fields of `TrainingStatus`. ``updated``, ``host`` and ``pid`` default to now and this process;
        numbers that are not finite are written as null.

    Raises
    ------
    TypeError
        A field that `TrainingStatus` does not have.
    OSError
        The folder cannot be written.
    """
    path = Path(path)
    here: dict[str, Any] = {
        "experiment": path.parent.name,
        "label": path.stem,
        "updated": time.time(),
        "host": socket.gethostname(),
        "pid": os.getpid(),
    }
    status = TrainingStatus(**(here | news))
    values = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in asdict(status).items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem[:100]}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(values, file)
        os.chmod(temporary, 0o644)  # mkstemp's 0600 would hide it from others on a shared disk
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return status


def read_status(path: str | Path) -> TrainingStatus | None:
    """A status file, or None where it is gone, half-written or not one. Unknown fields are left out."""
    path = Path(path)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    values: dict[str, Any] = {"experiment": printable(path.parent.name), "label": printable(path.stem)}
    for field in fields(TrainingStatus):
        value = data.get(field.name)
        if _fits(value, str(field.type)):
            values[field.name] = printable(value) if isinstance(value, str) else value
    return TrainingStatus(**values)


def printable(text: str) -> str:
    """A text on one line, without what a terminal would take for a command (colours, a cursor that moves)."""
    return "".join(character if character.isprintable() else "?" for character in " ".join(text.split()))


def _fits(value: Any, kind: str) -> bool:
    """Whether a value read from JSON may stand in a field of this type; for None the default does as well."""
    if kind.startswith("str"):
        return isinstance(value, str)
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= _LARGEST
