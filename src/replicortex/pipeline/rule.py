"""A rule of the workflow as data, and what the makers of rules share."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from replicortex.pipeline.plan import Plan
from replicortex.pipeline.reruns import Reruns

Wildcards = Any  # Snakemake's, with an attribute for each {name} of the outputs


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes
    ----------
    name
        Of the rule.
    script
        In ``workflow_scripts``.
    inputs
        Function of the wildcards: files that it reads.
    outputs
        Files that it makes, with {names} of wildcards.
    arguments
        Function (wildcards, outputs): its command line. It may change without a job running again.
    code, basis
        Functions of the wildcards: hash of its code, and what else makes it run again.
    place
        Where its log and its times lie below ``logs`` and ``benchmarks``, without suffix.
    message
        What people read when it starts.
    megabytes, minutes, threads, gpus
        What it may take; the first two double when it is tried again.
    caption
        Function of the wildcards: text beside a figure in a report.
    """

    name: str
    script: str
    inputs: Callable[[Wildcards], list[str]]
    outputs: list[str]
    arguments: Callable[[Wildcards, Sequence[str]], str]
    code: Callable[[Wildcards], str]
    basis: Callable[[Wildcards], str]
    place: str
    message: str
    megabytes: int
    minutes: int
    threads: int = 1
    gpus: int = 0
    caption: Callable[[Wildcards], str] = lambda wildcards: ""

    def call(self, wildcards: Wildcards, output: Sequence[str]) -> str:
        """The command line; Snakemake knows by the name `output` that it is derived, and may change."""
        return f"{self.script} {self.arguments(wildcards, output)}"

    def resources(self) -> dict[str, Any]:
        """As Snakemake takes them."""
        doubled = {
            "mem_mb": lambda wildcards, attempt: self.megabytes * 2 ** (attempt - 1),
            "runtime": lambda wildcards, attempt: self.minutes * 2 ** (attempt - 1),
        }
        return {**doubled, **({"gpu": self.gpus} if self.gpus else {})}


@dataclass(frozen=True)
class Maker:
    """What rules are made from.

    Attributes
    ----------
    plan
        What there is.
    reruns
        Hashes of code.
    on_top
        Options by which scripts read the same configuration.
    """

    plan: Plan
    reruns: Reruns
    on_top: str

    def configured(self, experiment: str = "") -> str:
        """Options by which a script reads the configuration, or an experiment of it."""
        named = f" --experiment {shlex.quote(experiment)}" if experiment else ""
        switches = [key for key in ("pretrained", "remeasure") if getattr(self.plan.study, key)]
        return f"--scale {self.plan.study.scale}{named} {self.on_top} {shlex.join(['--on', *switches])}"


def only(path: str, others: Sequence[str]) -> str:
    """A pattern whose experiment is none of these."""
    if not others:
        return path
    alternatives = "|".join(map(re.escape, others)).replace("{", "{{").replace("}", "}}")
    return path.replace("{experiment}", f"{{experiment,(?!(?:{alternatives})/)[^/]+}}")


def own_files(member: Any) -> list[str]:
    """Files of one's own that a network is made or taught from: weights, signals, films; and all of a folder."""
    target = getattr(member.experiment, "target", None)
    given = getattr(member, "file", None) or getattr(target, "file", None)
    if given is None:
        return []
    return sorted(map(str, Path(given).glob("*"))) if Path(given).is_dir() else [str(given)]
