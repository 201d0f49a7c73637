"""What experiments of every kind share: their networks, the tables of these, and what identifies one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

from pydantic import Field, ValidationError, model_validator

from replicortex.config.fields import Name, together
from replicortex.config.grid import combinations, labelled, too_many
from replicortex.config.messages import lines
from replicortex.config.names import Kind, Scale
from replicortex.config.section import Section
from replicortex.errors import ConfigError, not_one_of
from replicortex.provenance import fingerprint

P = TypeVar("P", bound="Population")
Problem = tuple[str, str]  # (dotted path below the experiment, what is wrong and what would be right)
_FOR_PEOPLE = {"seeds", "title", "paper", "paper_id", "scale", "shard"}  # what a network's weights do not depend on
_ONE_NETWORK = {"grid": {}, "grid_fraction": 1, "conditions": {}}  # of an experiment with these values


@dataclass(frozen=True)
class Member(Generic[P]):
    """One network to train.

    Attributes
    ----------
    label : str
        Unique within the experiment and safe as a file name: ``"seed0"``,
        ``"activation=tanh,cell=leaky_rnn,seed0"``.
    seed : int
    experiment : Population
        The experiment with the grid's values put in; its own grid is empty. Of imported files it has this network's.
    """

    label: str
    seed: int
    experiment: P

    @property
    def file(self) -> str | None:
        """The file of a network trained elsewhere; None if it is trained here."""
        imported = getattr(self.experiment, "imported", None)
        return None if imported is None else imported.files[0]

    @property
    def source(self) -> tuple[str, str] | None:
        """(experiment, label) of the trained network to start from; None if it starts from scratch."""
        start = getattr(self.experiment, "start_from", None)
        return None if start is None else (start.experiment, start.label(self.seed))


class Population(Section):
    """A population of networks after the scale has been applied; kinds of networks derive from it."""

    kind: ClassVar[Kind]
    # Raised by hand, in a kind of networks, when a default comes to mean other networks, so that all are trained again.
    DEFAULTS: ClassVar[int] = 1
    if TYPE_CHECKING:
        seeds: list[int]
        grid: dict[str, dict[str, Any]]
        paper: str
        title: str
    name: Name = Field(description="its name among the experiments, and of its results folder")
    scale: Scale = Field(description="the scale that was applied, for captions and folders")

    @model_validator(mode="after")
    def _check(self) -> Self:
        # a grid's values may be what makes the settings agree, so with a grid the members are checked instead
        together([] if self.grid or getattr(self, "conditions", None) else list(self.problems()))
        return self

    def problems(self) -> Collection[Problem]:
        """Settings that are fine one by one and cannot go together."""
        return ()

    def combinations(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """(label, value by dotted setting) of each combination that is trained, the last varying fastest."""
        for label, chosen in combinations(self.grid, getattr(self, "grid_fraction", 1)):
            yield label, {path: self.grid[path][text] for path, text in chosen.items()}

    def variants(self) -> Iterator[tuple[str, Self]]:
        """(label without seed, experiment) of each combination; ("", itself) if nothing varies.

        Raises
        ------
        ConfigError
            A combination that contradicts itself.
        """
        plain: dict[str, Any] | None = None
        for label, values in self.combinations():
            if not label:
                yield "", self
                continue
            alone = {key: value for key, value in _ONE_NETWORK.items() if key in type(self).model_fields}
            plain = plain or self.model_dump(mode="json") | alone
            try:
                yield label, type(self).model_validate(with_values(plain, values))
            except ValidationError as error:
                raise ConfigError([f"{self._where(label)}{line}" for line in lines(error, type(self))]) from None

    def _where(self, label: str) -> str:
        """What the message about a combination begins with."""
        return f"{label}: "

    def members(self) -> list[Member[Self]]:
        """Every network: each combination of the grid, and for each its seeds.

        Raises
        ------
        ConfigError
            A combination that contradicts itself.
        """
        return [
            Member(labelled(label, seed), seed, experiment)
            for label, experiment in self.variants()
            for seed in self.seeds
        ]

    def member_table(self) -> dict[str, list[Any]]:
        """Which network was built and trained how: a column per setting of the grid, a row per member.

        Returns
        -------
        dict[str, list]
            ``network`` (label), ``seed``, and each dotted path of the grid with the values as the file writes them:
            numbers as numbers, what has a name by its name (the A of ``tasks.train: {A: [...]}``).
        """
        written = {path: _as_written(axis) for path, axis in self.grid.items()}
        chosen = [texts for _, texts in combinations(self.grid, getattr(self, "grid_fraction", 1))]
        members = self.members()
        return {
            "network": [member.label for member in members],
            "seed": [member.seed for member in members],
            **{path: [values[texts[path]] for texts in chosen for _ in self.seeds] for path, values in written.items()},
        }

    def identity(self) -> dict[str, Any]:
        """What determines a network and differs from its default: no seeds, title, paper's number or scale.

        A setting that is new, with its default, changes nothing. The name belongs to it because random streams are
        derived from it.
        """
        return {"defaults": self.DEFAULTS, **self.model_dump(mode="json", exclude=_FOR_PEOPLE, exclude_defaults=True)}

    def settings(self) -> dict[str, Any]:
        """The same settings with those that have their defaults, for comparisons that name them."""
        return self.model_dump(mode="json", exclude=_FOR_PEOPLE)

    def fingerprint(self) -> str:
        """SHA-256 of `identity` as canonical JSON, in hex."""
        return fingerprint(self.identity())

    def registries(self) -> dict[str, frozenset[str]]:
        """Entries of tables of the library that its networks use, by table as "module:name"."""
        return {}

    def training_registries(self) -> dict[str, frozenset[str]]:
        """The same of what its training uses; of an experiment without a grid."""
        return self.registries()

    def derived(self) -> dict[str, Any] | None:
        """What its training takes from the settings by way of code of the configuration; None if nothing."""
        return None

    def listed(self) -> dict[str, dict[str, list[Any]]]:
        """The tables that follow from the settings: {table name: {column: values}}."""
        return {"members": self.member_table()}

    def entry_points(self) -> tuple[str, ...]:
        """Code of the user's own that its training uses, as "module:name"."""
        return ()


def checked(
    kind: type[P], data: Mapping[str, Any], where: Callable[[Population], str] = lambda e: "grid: in " if e.grid else ""
) -> P | list[str]:
    """The experiment that settings describe, with every one of its networks, or its problems, ``path: text`` each.

    Parameters
    ----------
    kind
        Class of the experiment.
    data
        Its settings at a scale.
    where
        What the message about a combination begins with.
    """
    try:
        experiment = kind.model_validate(data)
        conditions = len(getattr(experiment, "conditions", ()))
        if problem := too_many(experiment.grid, len(experiment.seeds), conditions):
            return problem
        list(experiment.variants())
    except ValidationError as error:
        return lines(error, kind)
    except ConfigError as error:
        return [where(experiment) + line for line in error.problems]
    return experiment


def unknown_settings(grid: Mapping[str, Any], known: Collection[str]) -> list[str]:
    """A line for each setting of a grid that a grid cannot vary."""
    return [f"grid: {not_one_of(path, known)}" for path in grid if path not in known]


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
