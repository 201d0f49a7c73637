"""How long the trainings of a plan will take, roughly: said before any of them begins.

Where an experiment was trained before in this folder, its own times count; else formulas that were fitted to trainings
on one core with AVX-512. A core without it takes two to three times as long.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from replicortex.networks.cells import CELLS
from replicortex.pipeline.plan import Plan

_MS_PER_TRIAL = 0.32  # of 256 units, a leaky RNN; forty reference networks
_PER_STEP, _PER_UPDATE = 2e-9, 9e-11  # s: a spiking neuron's step; an entry of P at a decoder update
_TAUGHT = 1.2e-9  # s: an entry of a square matrix of a network that is taught, at a step of a trial of 2 s
_SMALL = {"smoke": 3.0}  # s of a small network, by scale
_SMALL_ELSE = 30.0
_DRY = ("-n", "--dry-run", "--dryrun")
_STEP_S = 5e-5  # of a spiking neuron that names none


def seconds(experiment: Any) -> float:
    """Of one network of an experiment (the settings of a member), on one core."""
    if experiment.kind == "rate":
        size = (experiment.network.units / 256) ** 1.6
        cell = CELLS[experiment.network.cell].duration
        return float(experiment.training.trials * _MS_PER_TRIAL / 1000 * size * cell)
    if experiment.kind == "spiking":
        dt = experiment.dt or _STEP_S
        start, stop = experiment.train
        updates = (stop - start) / (experiment.step * dt)
        return float(
            experiment.duration / dt * experiment.cells * _PER_STEP + updates * experiment.cells**2 * _PER_UPDATE
        )
    if experiment.kind == "taught":
        trials = 2 * experiment.clamped + experiment.trials + experiment.tests
        return float(trials * 2000 * experiment.units**2 * _TAUGHT)
    return _SMALL.get(experiment.scale, _SMALL_ELSE)


def measured(plan: Plan, experiment: str) -> float | None:
    """Median seconds of its networks that were trained here before; None if there are none."""
    folder = Path(plan.results, "benchmarks", plan.kind(experiment).rule, experiment)
    found = []
    for path in folder.glob("*.tsv"):
        with open(path, encoding="utf-8") as handle:
            found += [float(row["s"]) for row in csv.DictReader(handle, delimiter="\t")]
    jobs = plan.together[experiment] or plan.files[experiment]
    return median(found) / max(map(len, jobs.values())) if found else None


def networks_of(plan: Plan, jobs: Iterable[Sequence[str]]) -> Counter[str]:
    """Experiment -> networks that jobs train, each job given by the files that it makes."""
    made: dict[str, tuple[str, int]] = {}
    for experiment, files in plan.files.items():
        paths = plan.weights(experiment, files)
        made |= {path: (experiment, len(labels)) for path, labels in zip(paths, files.values(), strict=True)}
    found: Counter[str] = Counter()
    for path in (path for outputs in jobs for path in outputs if path in made):
        experiment, number = made[path]
        found[experiment] += number
    return found


def forecast(plan: Plan, jobs: Iterable[Sequence[str]], cores: int) -> str:
    """One line for each experiment and their sum; "" if nothing is trained.

    Parameters
    ----------
    plan
        What there is.
    jobs
        The files that each job makes.
    cores
        Processes at a time.
    """
    found = Counter() if plan.study.pretrained else networks_of(plan, jobs)  # shipped ones are unpacked
    if not found:
        return ""
    lines, total = [], 0.0
    for experiment, number in found.items():
        here = measured(plan, experiment)
        member = next(iter(plan.members[experiment].values())).experiment
        each = seconds(member) if here is None else here
        total += number * each
        lines.append(
            f"  {experiment}: {number} networks, about {_told(each)} each{'' if here is None else ', as here before'}"
        )
    wall = f" ({_told(total / cores)} on {cores} cores)" if cores > 1 else ""
    return "\n".join([f"{found.total()} networks would be trained: about {_told(total)} of one core{wall}", *lines])


def _told(seconds: float) -> str:
    """A duration with the digits that an estimate has."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def tell_dry(workflow: Any, plan: Plan, words: Sequence[str]) -> None:
    """At the end of a call that only plans, say what it would train; errors here hide nothing and are not raised."""
    dry = any(word in _DRY or (word.startswith("-") and not word.startswith("--") and "n" in word) for word in words)
    if not dry or workflow.dag is None:  # it ended before there was a plan
        return
    try:
        jobs = [[str(path) for path in job.output] for job in workflow.dag.needrun_jobs(exclude_finished=False)]
        if text := forecast(plan, jobs, int(workflow.resource_settings.cores or 1)):
            print(text, file=sys.stderr)
    except Exception as error:  # another Snakemake, or a plan that failed
        print(f"what would be trained cannot be said: {error!r}", file=sys.stderr)
