"""What a call of Snakemake did, told at its end: made, from how many networks, how long, what failed and why."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from replicortex.whole import whole

NAMES = 12  # of one kind, after which the others are counted
FAILURES = 5  # told in full
LINE = 300  # characters of a log's last line


@dataclass(frozen=True)
class Job:
    """A job of the plan.

    Attributes
    ----------
    rule, what : str
        Its rule, and the values of its wildcards, e.g. "reference seed1".
    outputs, logs : tuple of str
        Its files.
    state : str
        "made" in this call, "there" before it, "failed", or "left" because something before it failed.
    """

    rule: str
    what: str
    outputs: tuple[str, ...]
    logs: tuple[str, ...]
    state: str


def tell(workflow: Any, begun: float, path: Path) -> None:
    """Print what a call did, and keep it in a file, if anything was to be done.

    Parameters
    ----------
    workflow
        Snakemake's, when it has ended. An error here is told in a line and nothing else, so that it hides no other.
    begun
        When the call began, by `time.monotonic`.
    path
        Of the file; the latest summary replaces the one before.
    """
    try:
        jobs = jobs_of(workflow)
        if text := summary(jobs, time.monotonic() - begun):
            print(f"\n{text}\n", file=sys.stderr)
            with whole(path) as part:
                part.write_text(f"{text}\n", encoding="utf-8")
    except Exception as error:  # a disk that is full, a Snakemake that names things otherwise
        print(f"the end of this call cannot be summarised: {error!r}", file=sys.stderr)


def jobs_of(workflow: Any) -> list[Job]:
    """The jobs of Snakemake's plan, its groups taken apart, without the targets that only collect files."""
    dag = workflow.dag
    wanted, made, failed = (
        {part for job in jobs for part in getattr(job, "jobs", (job,))}
        for jobs in (dag.needrun_jobs(exclude_finished=False), dag.finished_jobs, workflow.scheduler.failed)
    )

    def read(job: Any) -> Job:
        state = "failed" if job in failed else "there" if job not in wanted else "made" if job in made else "left"
        outputs = tuple(str(path) for path in job.output if state != "there" or Path(path).exists())
        return Job(job.rule.name, " ".join(map(str, job.wildcards)), outputs, tuple(map(str, job.log)), state)

    return [read(job) for job in dag.jobs if job.output]


def summary(jobs: Sequence[Job], seconds: float) -> str:
    """Plain text of a few lines; empty if nothing was to be done.

    Parameters
    ----------
    jobs
        All jobs of the plan, from :func:`jobs_of`.
    seconds
        Since the call began.
    """
    states = Counter(job.state for job in jobs)
    if not states["made"] + states["failed"] + states["left"]:
        return ""
    took = timedelta(seconds=round(seconds))
    of = states["made"] + states["failed"] + states["left"]
    failed = f", {states['failed']} failed" if states["failed"] else ""
    lines = [f"{states['made']} of {of} jobs done in {took}{failed}"]
    made = [Path(path) for job in jobs if job.state == "made" for path in job.outputs]
    lines += [f"  {kind:9s} {_some(files)}" for kind, files in _kinds(made).items() if files]
    if networks := _networks(jobs):
        lines.append(f"  {'networks':9s} {'; '.join(networks[:NAMES])}" + _more(len(networks) - NAMES))
    failures = [job for job in jobs if job.state == "failed"]
    for job in failures[:FAILURES]:
        lines += [f"failed: {job.rule} {job.what}".rstrip(), *_told(job)]
    if len(failures) > FAILURES:
        lines.append(f"failed: {len(failures) - FAILURES} more; {_names(failures[FAILURES:])}")
    if left := states["left"]:
        begun = "job was" if left == 1 else "jobs were"
        lines.append(f"{left} {begun} not begun. When the cause is mended, the same call goes on from here.")
    return "\n".join(lines)


def _kinds(made: Iterable[Path]) -> Mapping[str, list[str]]:
    """Names of what people look at, by kind."""
    paths = sorted(made)
    return {
        "figures": [str(path) for path in paths if path.suffix == ".pdf"],
        "pages": [str(path) for path in paths if path.suffix == ".html"],
        "sounds": [str(path) for path in paths if path.suffix == ".wav"],
        "claims": [str(path) for path in paths if path.suffix == ".csv"],
    }


def _networks(jobs: Iterable[Job]) -> list[str]:
    """For each experiment of the plan how many networks there are, and how many of them are new."""
    new: Counter[str] = Counter()
    there: Counter[str] = Counter()
    for job in jobs:
        count = {"made": new, "there": there}.get(job.state)
        for path in map(Path, job.outputs):
            # a file of the primer holds all seeds of a condition
            unit = {"networks": "", "primer": " (files)"}.get(path.parent.parent.name)
            if count is not None and unit is not None and path.suffix == ".safetensors":
                count[path.parent.name + unit] += 1
    return [_counted(name, new[name], there[name]) for name in dict.fromkeys([*new, *there])]


def _counted(name: str, new: int, there: int) -> str:
    return f"{name} {new + there}" + (f", {new} of them new" if there and new else " new" if new else "")


def _told(job: Job) -> list[str]:
    """What the log of a failed job says last, and where it is."""
    lines = []
    for log in job.logs:
        try:
            text = Path(log).read_text(encoding="utf-8", errors="replace")
        except OSError:
            lines.append(f"  no log was written at {log}")
            continue
        last = next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "it wrote nothing")
        lines += [f"  {last[:LINE]}", f"  log: {log}"]
    return lines


def _names(jobs: Iterable[Job]) -> str:
    return "their logs: " + _some([log for job in jobs for log in job.logs])


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMES]) + _more(len(names) - NAMES)


def _more(count: int) -> str:
    return f" and {count} more" if count > 0 else ""
