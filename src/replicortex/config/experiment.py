"""A validated experiment, its networks, and what identifies it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ValidationError

from replicortex.config.condition import Condition
from replicortex.config.contradictions import contradictions
from replicortex.config.grid import combinations
from replicortex.config.messages import lines
from replicortex.config.names import TASKS_OF, Kind
from replicortex.config.population import Member, Problem
from replicortex.errors import ConfigError
from replicortex.training.penalties import PENALTIES

_CATALOGUE = ("replicortex.tasks.catalogue:TASKS", "replicortex.tasks.catalogue:RULE_SETS")
_TABLES = {  # setting -> registry of what it names
    "network.activation": "replicortex.networks.activations:ACTIVATIONS",
    "network.cell": "replicortex.networks.cells:CELLS",
}
_OPTIMISERS = "replicortex.training.optimisers:OPTIMISERS"
_PENALTIES = "replicortex.training.penalties:PENALTIES"
_READERS = "replicortex.training.imported:READERS"


class Experiment(Condition):
    """A population of networks after the scale has been applied.

    ``Experiment.model_validate(experiment.model_dump(mode="json"))`` gives an equal one; `rebuild` does the same
    with errors meant for people.
    """

    kind: ClassVar[Kind] = "rate"

    def problems(self) -> list[Problem]:
        """Settings that are fine one by one and cannot go together."""
        return contradictions(self)

    def members(self) -> list[Member[Experiment]]:
        """Every network of the experiment: of the files of others, or each combination of the grid with its seeds."""
        if self.imported is not None:
            imported = [self.imported.model_copy(update={"files": [file]}) for file in self.imported.files]
            each = [(one.files[0], self.model_copy(update={"imported": one})) for one in imported]
            # no seeds: none of them at this scale
            return [Member(Path(file).stem, seed, e) for seed, (file, e) in zip(self.seeds, each, strict=False)]
        return super().members()

    def listed(self) -> dict[str, dict[str, list[Any]]]:
        """The tables ``members`` and ``blocks``."""
        return {**super().listed(), "blocks": self.block_table()}

    def block_table(self) -> dict[str, list[Any]]:
        """When each network learns which tasks: a row per member and trained task.

        Returns
        -------
        dict[str, list]
            ``network`` (label), ``block`` (from 0; without sequential training there is one), ``task``,
            ``start_trials`` and ``stop_trials`` of the block, and ``evaluation_trials``, the trials of a task at an
            evaluation.
        """
        rows = [(member.label, *row) for member in self.members() for row in member.experiment.block_rows()]
        names = ("network", "block", "task", "start_trials", "stop_trials", "evaluation_trials")
        return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))

    def fraction_balances(self) -> bool:
        """Whether the chosen part of the grid shows every level of a setting equally often."""
        chosen = [each for _, each in combinations(self.grid, self.grid_fraction)]
        for path, axis in self.grid.items():
            counts = [sum(combination[path] == label for combination in chosen) for label in axis]
            if min(counts) < max(counts) or not chosen:
                return False
        return True

    def identity(self) -> dict[str, Any]:
        """See `Population.identity`; the weights that networks start from have the identity of their own experiment."""
        identity = super().identity()
        if self.training.device == "cpu":
            identity.get("training", {}).pop("timing", None)  # it is about networks that a GPU trains together
        return identity

    def derived(self) -> dict[str, Any]:
        """What its training takes from the settings by way of code of the configuration."""
        tasks = {"probabilities": self.tasks.probabilities, "coding": self.tasks.coding}
        return {"updates": self.updates, "blocks": self.block_starts, **tasks}

    def registries(self) -> dict[str, frozenset[str]]:
        """Tasks with a rule input, sets of rules, cells and activations of its networks, by registry "module:name"."""
        sets = {self.tasks.rule_set, *self.grid.get("tasks.rule_set", {}).values()}
        tasks = dict.fromkeys(_CATALOGUE, frozenset(sets.union(*(TASKS_OF[name] for name in sets))))
        named = {
            table: frozenset((getattr(self.network, path.removeprefix("network.")), *self.grid.get(path, {}).values()))
            for path, table in _TABLES.items()
        }
        return tasks | named

    def training_registries(self) -> dict[str, frozenset[str]]:
        """The same of the tasks that it trains alone, its optimiser and penalties; an experiment without a grid."""
        tasks = dict.fromkeys(_CATALOGUE, frozenset((self.tasks.rule_set, *self.tasks.train)))
        penalties = frozenset(name for name in PENALTIES if getattr(self.regularisers, name))
        chosen = {_OPTIMISERS: frozenset((self.schedule.optimiser,)), _PENALTIES: penalties}
        chosen |= {_READERS: frozenset() if self.imported is None else frozenset(("file",))}
        return self.registries() | tasks | chosen


def rebuild(data: Mapping[str, Any], where: str = "experiment") -> Experiment:
    """The experiment that ``experiment.model_dump(mode="json")`` described.

    Parameters
    ----------
    data
        That mapping.
    where
        What the messages begin with.

    Raises
    ------
    ConfigError
        It does not describe an experiment; one line per problem.
    """
    try:
        return Experiment.model_validate(data)
    except ValidationError as error:
        raise ConfigError([f"{where}: {line}" for line in lines(error, Experiment)]) from None
