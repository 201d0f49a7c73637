"""What a call of Snakemake did, printed at its end: made, from how many networks, how long, what failed and why."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from replicortex.atomic import atomic_write
from replicortex.origin import Origin, of_weights
from replicortex.status import printable, read_status
from replicortex.tables import origins_of

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
        Snakemake's, when it has ended. An error here is printed in a line and nothing else, so that it hides no other.
    begun
        When the call began, by `time.monotonic`.
    path
        Of the file; the latest summary replaces the one before.
    """
    try:
        jobs = jobs_of(workflow)
        if text := touched(jobs) if touched_only(workflow) else summary(jobs, time.monotonic() - begun):
            print(f"\n{text}\n", file=sys.stderr)
            with atomic_write(path) as part:
                part.write_text(f"{text}\n", encoding="utf-8")
    except Exception as error:  # a disk that is full, a Snakemake that names things otherwise
        print(f"the end of this call cannot be summarised: {error!r}", file=sys.stderr)


def touched_only(workflow: Any) -> bool:
    """Whether the call was ``snakemake --touch``, which dates files anew and computes nothing."""
    return bool(getattr(workflow, "touch", False))


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
        All jobs of the plan, from `jobs_of`.
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
        cause = "When the cause is mended, the" if failures else "The"
        lines.append(f"{left} {begun} not finished. {cause} same call goes on from here.")
    kept = [line for job in jobs if job.state in ("left", "failed") for line in _kept(job)]
    lines += [f"  kept: {line}" for line in kept[:NAMES]]
    if len(kept) > NAMES:
        lines.append(f"  kept: {len(kept) - NAMES} more half-trained networks")
    return "\n".join(lines)


def touched(jobs: Iterable[Job]) -> str:
    """The same of a call of ``snakemake --touch``; empty if no file was touched."""
    files = sum(len(job.outputs) for job in jobs if job.state == "made")
    were = "file was" if files == 1 else "files were"
    return (
        f"{files} {were} touched and nothing was computed: they are of the settings that they were made with, "
        "whatever the configuration says now (make explain FILE=... shows them)"
        if files
        else ""
    )


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
    """For each experiment of the plan how many networks there are, and how many of them are new.

    The networks are those that its tables and weights say they are of, as in a figure's last line: weights may have
    been deleted once they were measured.
    """
    every: dict[str, set[str]] = {}
    new: dict[str, set[str]] = {}
    for job in jobs:
        for path in map(Path, job.outputs) if job.state in ("made", "there") else ():
            for each in _origins(path):
                every.setdefault(each.experiment, set()).update(each.networks)
                if path.suffix == ".safetensors" and job.state == "made":
                    new.setdefault(each.experiment, set()).update(each.networks)
    return [_counted(name, len(labels), len(new.get(name, ()))) for name, labels in every.items() if labels]


def _origins(path: Path) -> tuple[Origin, ...]:
    """What a file of weights says it is of, or a learning history; others tell nothing new."""
    try:
        if path.suffix == ".safetensors":
            return of_weights(path)
        return origins_of(path) if path.stem in ("history", "summary") else ()
    except OSError:
        return ()


def _counted(name: str, count: int, new: int) -> str:
    return f"{name} {count}" + (f", {new} of them new" if 0 < new < count else " new" if new else "")


def _kept(job: Job) -> list[str]:
    """How far the half-trained networks of a job are, from their status files."""
    found = []
    for path in map(Path, job.outputs):
        if path.suffix == ".safetensors" and path.parent.parent.name == "networks":
            above = path.parent.parent.parent
            scale, unit = (above.parent, "ms") if above.name == "force" else (above, "trials")
            status = read_status(scale / "progress" / path.parent.name / f"{path.stem}.json")
            if status and status.state in ("interrupted", "running") and 0 < status.trials < status.trials_total:
                about = "" if status.state == "interrupted" else "about "
                far = f"{about}{status.trials:,} of {status.trials_total:,} {unit}"
                found.append(f"{status.experiment} {status.label}, {far}")
    return found


def _told(job: Job) -> list[str]:
    """What the log of a failed job says last, and where it is."""
    lines = []
    for log in job.logs:
        try:
            text = Path(log).read_text(encoding="utf-8", errors="replace")
        except OSError:
            lines.append(f"  no log was written at {log}")
            continue
        last = next((printable(line) for line in reversed(text.splitlines()) if line.strip()), "it wrote nothing")
        lines += [f"  {last[:LINE]}", f"  log: {log}"]
    return lines


def _names(jobs: Iterable[Job]) -> str:
    return "their logs: " + _some([log for job in jobs for log in job.logs])


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMES]) + _more(len(names) - NAMES)


def _more(count: int) -> str:
    return f" and {count} more" if count > 0 else ""
