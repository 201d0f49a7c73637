"""What each step of a run took, from the measurement that every job leaves."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

COLUMNS = ("step", "jobs", "hours of CPU", "hours", "longest job, s", "peak memory, MiB")
_READ = ("s", "max_rss", "cpu_time")


def runtimes(folder: Path) -> pd.DataFrame:
    """Jobs by step, the most expensive first.

    Parameters
    ----------
    folder
        ``results/<scale>/benchmarks``, with a file or a folder of files per step. A job without a measurement (it was
        too short, or its file is damaged) counts as a job of no time.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`: sums over jobs of processor and wall time in hours, the longest job in s, and the largest
        resident memory in MiB; NaN where nothing was measured. No rows if there is no such folder.
    """
    jobs = [{"step": _step(path.relative_to(folder)), **_measured(path)} for path in sorted(folder.rglob("*.tsv"))]
    if not jobs:
        return pd.DataFrame(columns=list(COLUMNS))
    steps = pd.DataFrame(jobs).groupby("step")
    summed = steps[["cpu_time", "s"]].sum() / 3600
    table = pd.concat([steps.size(), summed, steps["s"].max(), steps["max_rss"].max()], axis=1).reset_index()
    table.columns = pd.Index(COLUMNS)
    return table.sort_values(["hours of CPU", "step"], ascending=[False, True], ignore_index=True)


def _step(path: Path) -> str:
    return path.parts[0].removesuffix(".tsv")


def _measured(path: Path) -> dict[str, float]:
    try:
        read = pd.read_csv(path, sep="\t").reindex(columns=list(_READ)).apply(pd.to_numeric, errors="coerce")
    except (ValueError, OSError):
        read = pd.DataFrame(columns=list(_READ), dtype=float)
    return {name: float(read[name].mean()) for name in _READ}
