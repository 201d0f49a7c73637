"""What makes a job run again: the meaning of the code that it can reach, for the networks that it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from replicortex.pipeline.paper import Figure
from replicortex.provenance import Choice, SourceGraph
from replicortex.provenance.code import PACKAGE

if TYPE_CHECKING:
    from replicortex.config.population import Population

Keys = frozenset[tuple[str, frozenset[str]]]  # (registry, keys that count)
SAVE = "replicortex.report.style:save"  # what every figure goes through


def registries_of(experiments: Iterable[Population]) -> dict[str, frozenset[str]]:
    """Keys that any of these experiments uses, by registry as "module:name"."""
    keys: dict[str, frozenset[str]] = {}
    for experiment in experiments:
        for registry, used in experiment.registries().items():
            keys[registry] = keys.get(registry, frozenset()) | used
    return keys


class Reruns:
    """Hashes of the code behind the jobs of a workflow.

    The scripts that call it do not count, nor does what plans and writes files (see `provenance.code.WITHOUT_EFFECT`).

    Parameters
    ----------
    populations
        The experiments by name.
    cache
        File in which parsed sources are kept for the next call.
    package
        Folder of the package whose code counts.
    beside
        Folders of other packages whose code counts: papers of one's own.
    """

    def __init__(
        self,
        populations: Mapping[str, Population],
        cache: Path | None,
        package: Path = PACKAGE,
        beside: Iterable[Path] = (),
    ) -> None:
        self.populations = populations
        self.graph = SourceGraph(package, cache, beside)
        self._hash = lru_cache(maxsize=None)(self._hash_of)
        self._keys = lru_cache(maxsize=None)(self._keys_of)

    def code(self, function: str | tuple[str, ...], *experiments: str) -> str:
        """Of functions, as "module:function", about these experiments: of tasks, those that their networks use.

        Without experiments every task counts. A new task, figure or analysis changes no hash that exists.
        """
        functions = (function,) if isinstance(function, str) else function
        return self._hash(functions, self._keys(frozenset(experiments)))

    def drawing(self, figure: Figure, *experiments: str) -> str:
        """Of a figure that shows these experiments."""
        return self._hash((figure.function, SAVE), self._keys(frozenset(experiments)))

    def training(self, trainer: str, experiment: Population) -> str:
        """Of a function that trains a network with these settings, and of a task of one's own."""
        keys = frozenset(experiment.training_registries().items())
        return self._hash((trainer, *experiment.entry_points()), keys)

    def _keys_of(self, experiments: frozenset[str]) -> Keys:
        there = (self.populations[name] for name in experiments if name in self.populations)
        return frozenset(registries_of(there).items())

    def _hash_of(self, functions: tuple[str, ...], keys: Keys) -> str:
        return self.graph.code_hash(*functions, choice=Choice(dict(keys)))
