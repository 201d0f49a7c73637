"""What makes a job run again: the meaning of the code that it can reach, for the networks that it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from replicortex.provenance import Choice, SourceGraph
from replicortex.provenance.code import PACKAGE

if TYPE_CHECKING:
    from replicortex.config.experiment import Experiment

Keys = frozenset[tuple[str, frozenset[str]]]  # (registry, keys that count)
FIGURES = "replicortex.figures.registry:FIGURES"
SPIKING_FIGURES = "replicortex.figures.force.registry:FIGURES"


class Population(Protocol):
    """What is asked of an experiment here."""

    def registries(self) -> Mapping[str, frozenset[str]]:
        """Keys that its networks use, by registry as "module:name"."""
        ...


def registries_of(experiments: Iterable[Population]) -> dict[str, frozenset[str]]:
    """Keys that any of these experiments uses, by registry as "module:name"."""
    keys: dict[str, frozenset[str]] = {}
    for experiment in experiments:
        for registry, used in experiment.registries().items():
            keys[registry] = keys.get(registry, frozenset()) | used
    return keys


class Reruns:
    """Hashes of the code behind the jobs of a workflow.

    Parameters
    ----------
    populations
        The experiments by name.
    scripts
        Folder of the scripts that the jobs call.
    cache
        File in which parsed sources are kept for the next call.
    package
        Folder of the package whose code counts.
    """

    def __init__(
        self, populations: Mapping[str, Population], scripts: Path, cache: Path | None, package: Path = PACKAGE
    ) -> None:
        self.populations, self.scripts = populations, scripts
        self.graph = SourceGraph(package, cache)
        self._hash = lru_cache(maxsize=None)(self._hash_of)
        self._keys = lru_cache(maxsize=None)(self._keys_of)

    def code(self, script: str, *experiments: str) -> str:
        """Of a script that is about these experiments: of tasks and targets, those that their networks use.

        Without experiments every task counts. A new task, figure or analysis changes no hash that exists.
        """
        return self._hash(script, self._keys(frozenset(experiments)))

    def drawing(self, script: str, figure: str, drawn_by: str, *experiments: str, registry: str = FIGURES) -> str:
        """Of a script that draws one figure of a registry.

        Parameters
        ----------
        script
            Name of the script.
        figure
            The figure's name in the registry.
        drawn_by
            The function that draws it, as "module:function".
        *experiments
            What it shows.
        registry
            As "module:name".
        """
        keys = self._keys(frozenset(experiments)) | {(registry, frozenset((figure,)))}
        return self._hash(script, keys, (registry.rsplit(".", 1)[0], drawn_by))

    def training(self, script: str, experiment: Experiment) -> str:
        """Of a script that trains a network with these settings."""
        return self._hash(script, frozenset(experiment.training_registries().items()))

    def _keys_of(self, experiments: frozenset[str]) -> Keys:
        there = (self.populations[name] for name in experiments if name in self.populations)
        return frozenset(registries_of(there).items())

    def _hash_of(self, script: str, keys: Keys, loads: tuple[str, str] | None = None) -> str:
        # the modules of figures count where a figure is drawn, and not where a page asks a registry for their names
        none = {registry.rsplit(".", 1)[0]: () for registry in (FIGURES, SPIKING_FIGURES)}
        choice = Choice(dict(keys), none if loads is None else none | {loads[0]: (loads[1],)})
        return self.graph.code_hash(self.scripts / script, choice=choice)
