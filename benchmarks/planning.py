"""What a plan costs: CPU seconds of `snakemake -n` beyond the same call on a Snakefile with one rule."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
EMPTY = "rule one:\n    output:\n        'one'\n    shell:\n        'touch one'\n"


def cpu_seconds(*arguments: str, folder: Path = ROOT) -> float:
    """CPU time, user and system, of one call of Snakemake that plans and runs nothing."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "snakemake", "-n", "--quiet", "all", *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def planning(calls: int = 3) -> dict[str, float]:
    """CPU seconds beyond an empty Snakefile, by what is planned: medians of some calls, after one that fills caches."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "Snakefile").write_text(EMPTY, encoding="utf-8")
        empty = median(cpu_seconds(folder=Path(folder)) for _ in range(calls))
    found = {"empty Snakefile": empty}
    for target in ("figures/fig2.pdf", "all"):
        cpu_seconds("--", target)
        found[target] = median(cpu_seconds("--", target) for _ in range(calls)) - empty
    return found
