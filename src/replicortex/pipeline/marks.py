"""The marks by which files of other networks than those that the configuration asks for are refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from replicortex.config import Study
from replicortex.origin import Origin, of_basis, of_members
from replicortex.pipeline.paper import EXPERIMENT, RECORDINGS, Step


def setting(experiment: Any, path: str) -> Any:
    """A setting of an experiment's first network, by its dotted path."""
    value = next(iter(experiment.members())).experiment
    for name in path.split("."):
        value = getattr(value, name)
    return value


def origin_without_files(step: Step, study: Study, experiment: str) -> Origin | None:
    """What the tables of a step carry that reads no file of networks; None for a step that does."""
    if step.basis:
        return of_basis(experiment, setting(study[experiment], step.basis))
    if step.reads == (RECORDINGS,):
        return of_basis("", study.recordings and str(study.recordings))
    if step.reads == (EXPERIMENT,):
        return of_members(experiment, study.scale, study[experiment].members())
    return None if step.reads else Origin(experiment)


class Marks:
    """Marks of files, by what they are made from; see `replicortex.origin`.

    Parameters
    ----------
    study
        The experiments.
    steps
        Experiment -> table -> the step that makes it.
    """

    def __init__(self, study: Study, steps: Mapping[str, Mapping[str, Step]]) -> None:
        self.study, self.steps = study, steps
        self.networks = cache(self._networks)

    def _networks(self, experiment: str) -> Mapping[str, str]:
        return of_members(experiment, self.study.scale, self.study[experiment].members()).networks

    def of(self, experiment: str, labels: Iterable[str] | None = None) -> str:
        """Of files made from these networks together, or from all of an experiment."""
        known = self.networks(experiment)
        chosen = known if labels is None else {one: known[one] for one in labels}
        return Origin(experiment, self.study.scale, chosen).mark

    def of_each(self, experiment: str, files: Iterable[Sequence[str]]) -> list[str]:
        """Of files that hold these networks."""
        return [self.of(experiment, labels) for labels in files]

    def of_table(self, experiment: str, table: str) -> str:
        """Of a table of a whole experiment."""
        step = self.steps.get(experiment, {}).get(table)
        if step is not None and (origin := origin_without_files(step, self.study, experiment)) is not None:
            return origin.mark
        first = step is not None and step.per == "example"
        return self.of(experiment, list(self.networks(experiment))[:1] if first else None)

    def of_tables(self, read: Mapping[str, Iterable[str]]) -> list[str]:
        """Of tables, given as experiment -> their names."""
        return sorted({self.of_table(name, table) for name, tables in read.items() for table in tables})
