"""A validated experiment, its networks, and what identifies it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ValidationError, model_validator

from replicortex.config.condition import Condition
from replicortex.config.contradictions import contradictions
from replicortex.config.fields import together
from replicortex.config.grid import combinations, labelled
from replicortex.config.messages import lines
from replicortex.config.names import TASKS_OF, Kind
from replicortex.errors import ConfigError
from replicortex.provenance import fingerprint
from replicortex.training.penalties import PENALTIES

# Raised by hand when a default comes to mean other networks, so that all are trained again.
DEFAULTS = 1
_CATALOGUE = ("replicortex.tasks.catalogue:TASKS", "replicortex.tasks.catalogue:RULE_SETS")
_TABLES = {  # setting -> registry of what it names
    "network.activation": "replicortex.networks.activations:ACTIVATIONS",
    "network.cell": "replicortex.networks.cells:CELLS",
}
_OPTIMISERS = "replicortex.training.optimisers:OPTIMISERS"
_PENALTIES = "replicortex.training.penalties:PENALTIES"
_FOR_PEOPLE = {"seeds", "title", "paper", "paper_id", "scale"}  # what a network's weights do not depend on


@dataclass(frozen=True)
class Member:
    """One network to train.

    Attributes
    ----------
    label : str
        Unique within the experiment and safe as a file name: ``"seed0"``,
        ``"activation=tanh,cell=leaky_rnn,seed0"``.
    seed : int
    experiment : Experiment
        The experiment with the grid's values put in; its own grid is empty. Of imported files it has this network's.
    """

    label: str
    seed: int
    experiment: Experiment

    @property
    def file(self) -> str | None:
        """The file of a network trained elsewhere; None if it is trained here."""
        return None if self.experiment.imported is None else self.experiment.imported.files[0]

    @property
    def source(self) -> tuple[str, str] | None:
        """(experiment, label) of the trained network to start from; None if it starts from scratch."""
        start = self.experiment.start_from
        return None if start is None else (start.experiment, start.label(self.seed))


class Experiment(Condition):
    """A population of networks after the scale has been applied.

    ``Experiment.model_validate(experiment.model_dump(mode="json"))`` gives an equal one; `rebuild` does the same
    with errors meant for people.
    """

    kind: ClassVar[Kind] = "rate"

    @model_validator(mode="after")
    def _check(self) -> Experiment:
        # a grid's values may be what makes the settings agree, so with a grid the members are checked instead
        found = [] if self.grid else contradictions(self)
        together(found)
        return self

    def members(self) -> list[Member]:
        """Every network of the experiment: each combination of the grid, and for each its seeds.

        Raises
        ------
        ConfigError
            A combination that contradicts itself.
        """
        if self.imported is not None:
            named = zip(self.seeds, self.imported.files, strict=False)  # no seeds: none of them at this scale
            alone = [self.imported.model_copy(update={"files": [file]}) for file in self.imported.files]
            each = [
                (seed, file, self.model_copy(update={"imported": one}))
                for (seed, file), one in zip(named, alone, strict=False)
            ]
            return [Member(Path(file).stem, seed, experiment) for seed, file, experiment in each]
        return [
            Member(labelled(label, seed), seed, experiment)
            for label, experiment in self.variants()
            for seed in self.seeds
        ]

    def variants(self) -> Iterator[tuple[str, Experiment]]:
        """(label without seed, experiment) of each combination of the grid; ("", itself) without a grid."""
        if not self.grid:
            yield "", self
            return
        plain = self.model_dump(mode="json") | {"grid": {}, "grid_fraction": 1}
        for label, values in self.combinations():
            try:
                yield label, Experiment.model_validate(with_values(plain, values))
            except ValidationError as error:
                raise ConfigError([f"{label}: {line}" for line in lines(error, Experiment)]) from None

    def combinations(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """(label, value by dotted setting) of each combination that is trained, the last varying fastest."""
        for label, chosen in combinations(self.grid, self.grid_fraction):
            yield label, {path: self.grid[path][text] for path, text in chosen.items()}

    def listed(self) -> dict[str, dict[str, list[Any]]]:
        """The tables ``members`` and ``blocks``, which follow from the settings."""
        return {"members": self.member_table(), "blocks": self.block_table()}

    def member_table(self) -> dict[str, list[Any]]:
        """Which network was built and trained how: a column per setting of the grid, a row per member.

        Returns
        -------
        dict[str, list]
            ``network`` (label), ``seed``, and each dotted path of the grid with the values as the file writes them:
            numbers as numbers, what has a name by its name (the A of ``tasks.train: {A: [...]}``).
        """
        written = {path: _as_written(axis) for path, axis in self.grid.items()}
        rows = [(chosen, seed) for _, chosen in combinations(self.grid, self.grid_fraction) for seed in self.seeds]
        return {
            "network": [member.label for member in self.members()],
            "seed": [seed for _, seed in rows],
            **{path: [values[chosen[path]] for chosen, _ in rows] for path, values in written.items()},
        }

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
        """What determines a network and differs from its default: no seeds, title, paper's number or scale.

        A setting that is new, with its default, changes nothing. The name belongs to it because random streams are
        derived from it. Where ``pretrained`` is set the weights to start from matter too; their own identity is that
        of the other experiment.
        """
        identity = self.model_dump(mode="json", exclude=_FOR_PEOPLE, exclude_defaults=True)
        if self.training.device == "cpu":
            identity.get("training", {}).pop("timing", None)  # it is about networks that a GPU trains together
        return {"defaults": DEFAULTS, **identity}

    def settings(self) -> dict[str, Any]:
        """The same settings with those that have their defaults, for comparisons that name them."""
        return self.model_dump(mode="json", exclude=_FOR_PEOPLE)

    def fingerprint(self) -> str:
        """SHA-256 of `identity` as canonical JSON, in hex."""
        return fingerprint(self.identity())

    def registries(self) -> dict[str, frozenset[str]]:
        """Tasks with a rule input, sets of rules, cells and activations of its networks, by registry "module:name"."""
        sets = {self.tasks.rule_set, *self.grid.get("tasks.rule_set", {}).values()}
        tasks = dict.fromkeys(_CATALOGUE, frozenset(sets.union(*(TASKS_OF[name] for name in sets))))
        named = {
            table: frozenset((getattr(self.network, path.removeprefix("network.")), *self.grid.get(path, {}).values()))
            for path, table in _TABLES.items()
        }
        return tasks | named

    def entry_points(self) -> tuple[str, ...]:
        """Code of the user's own that its training uses: none."""
        return ()

    def training_registries(self) -> dict[str, frozenset[str]]:
        """The same of the tasks that it trains alone, its optimiser and penalties; an experiment without a grid."""
        tasks = dict.fromkeys(_CATALOGUE, frozenset((self.tasks.rule_set, *self.tasks.train)))
        penalties = frozenset(name for name in PENALTIES if getattr(self.regularisers, name))
        chosen = {_OPTIMISERS: frozenset((self.schedule.optimiser,)), _PENALTIES: penalties}
        return self.registries() | tasks | chosen


def _as_written(axis: Mapping[str, Any]) -> dict[str, Any]:
    """What a table shows of the values of a setting, by label: all numbers, all switches, or the labels."""
    kinds = {type(value) if isinstance(value, bool) else float for value in axis.values()}
    plain = len(kinds) == 1 and all(isinstance(value, (bool, int, float)) for value in axis.values())
    return dict(axis) if plain else {label: label for label in axis}


def with_values(plain: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """``plain``, a dumped experiment, with dotted settings replaced; ``plain`` itself is left alone."""
    data = dict(plain)
    if "tasks.rule_set" in values and "tasks.train" not in values:
        values = {**values, "tasks.train": []}  # filled in again from the new set
    for path, value in values.items():
        data = _put(data, path.split("."), value)
    return data


def _put(tree: Mapping[str, Any], keys: list[str], value: Any) -> dict[str, Any]:
    inner = value if len(keys) == 1 else _put(tree.get(keys[0]) or {}, keys[1:], value)
    return {**tree, keys[0]: inner}


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
