"""What a paper is made of: tables, steps, figures and claims, each one declarative entry.

Functions are named as text, "module:function", and imported in the job that runs them, so that a workflow plans with
these entries alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any

from replicortex import extras
from replicortex.config.needs import Need

# What a step can read beside tables: the trained networks, what was recorded while spiking ones ran, the experiment as
# configured, and recordings from animals.
WEIGHTS, RUNS, EXPERIMENT, RECORDINGS = "weights:", "runs:", "experiment:", "recordings:"
KINDS = ("rate", "spiking", "small", "taught")
COLUMN_TYPES = ("text", "int", "float", "bool")
PER_TABLE = ("network", "example", "experiment", "study")
PER_STEP = ("shard", *PER_TABLE[1:])
ROSTERS = ("history", "summary")  # tables that say which networks an experiment has


def function_named(path: str) -> Callable[..., Any]:
    """The function "module:function"."""
    module, _, name = path.partition(":")
    with extras.named():
        found: Callable[..., Any] = getattr(import_module(module), name)
    return found


@dataclass(frozen=True)
class Table:
    """A table that a step makes, with its columns declared once.

    Attributes
    ----------
    name
        File name without suffix.
    columns
        Column -> "text", "int", "float" or "bool", in order.
    per
        What it is about: each "network" of an experiment (the column "network" says which), the "example" (its first
        network), the "experiment" as a whole or some networks of it, or the "study" (no network at all).
    about
        One sentence: what a row is.
    open
        Whether further columns may follow, of names that depend on the networks.
    """

    name: str
    columns: Mapping[str, str]
    per: str = "network"
    about: str = ""
    open: bool = False


@dataclass(frozen=True)
class Step:
    """A measurement: from weights and tables to tables.

    Attributes
    ----------
    name
        Name of its rule.
    function
        Called with what it reads in order, then with its options by name; returns {table name: DataFrame}.
    makes, reads
        Names of tables; among those read, `WEIGHTS` for the networks, `RUNS`, `EXPERIMENT` or `RECORDINGS`.
    per
        What one job is about: a "shard" of networks that one process measures one by one, the "example", the
        "experiment", or the "study".
    experiments
        The experiments that it is for; by default all of the paper's kinds.
    basis
        Of a step that reads no network, the setting on which its tables depend, as "tasks.coding".
    minutes, megabytes
        What a job may take; both double when it is tried again. Of a shard, minutes for each of its networks.
    options
        Option -> value at every scale, or {scale: value, "": value at all others}.
    about
        For people who watch, before the name of what is measured: "lesions of".
    """

    name: str
    function: str
    makes: tuple[str, ...]
    reads: tuple[str, ...] = (WEIGHTS,)
    per: str = "shard"
    experiments: tuple[str, ...] = ()
    basis: str = ""
    minutes: int = 10
    megabytes: int = 1000
    options: Mapping[str, Any] = field(default_factory=dict)
    about: str = ""

    def at(self, scale: str) -> dict[str, Any]:
        """Option -> value at a scale."""
        given = {name: value if isinstance(value, Mapping) else {"": value} for name, value in self.options.items()}
        return {name: values.get(scale, values[""]) for name, values in given.items()}


@dataclass(frozen=True)
class Figure:
    """A figure: which tables of which experiments it is drawn from, and by what.

    Attributes
    ----------
    name
        File name without suffix.
    function
        Takes {experiment: {table name: table}} and a `Setting`; of a figure of one experiment, {table name: table}. It
        may count on every table that it shows, with all its networks: `replicortex.figures.draw` has looked.
    shows
        Experiment -> names of the tables read from it.
    optional
        The same of experiments that are shown as well if they have networks; without them the figure says so. One at
        least must have some where ``shows`` is empty.
    needs
        Settings without which it cannot be drawn.
    on_request
        True if it is drawn only when asked for by name.
    sound
        The experiment whose output is written as sound beside the figure, "" if none is.
    role
        Where another population is shown in place of the first experiment: the name by which the function knows it.
    """

    name: str
    function: str
    shows: Mapping[str, tuple[str, ...]]
    optional: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    needs: tuple[Need, ...] = ()
    on_request: bool = False
    sound: str = ""
    role: str = ""

    @property
    def every(self) -> dict[str, tuple[str, ...]]:
        """Experiment -> tables, of all that it needs or can show."""
        return {**self.shows, **self.optional}

    @property
    def populations(self) -> tuple[str, ...]:
        """Those of them that are networks, and no computation without any."""
        return tuple(name for name, tables in self.every.items() if not set(ROSTERS).isdisjoint(tables))

    @property
    def several(self) -> bool:
        """Whether it shows more than one experiment, or can."""
        return len(self.shows) + len(self.optional) > 1

    def read(self, present: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Experiment -> tables: all that it needs, and of the optional ones those that are present."""
        there = set(present)
        return {**self.shows, **{name: tables for name, tables in self.optional.items() if name in there}}

    def showing(self, population: str) -> Figure:
        """The same figure with another population in place of its first experiment; others stay beside it.

        Raises
        ------
        ValueError
            It shows no networks, or those of this name already.
        """
        first = next(iter(self.every))
        if first not in self.populations:
            raise ValueError(f"figure {self.name!r}: shows no networks, so none of {population!r}")
        if population == first:
            return self
        if population in self.every:
            raise ValueError(f"figure {self.name!r}: shows {population!r} already; name another population")

        def renamed(experiment: str) -> str:
            return population if experiment == first else experiment

        shows = {renamed(name): tables for name, tables in self.shows.items()}
        return replace(
            self,
            shows={population: self.every[first], **shows},
            optional={name: tables for name, tables in self.optional.items() if name != first},
            needs=tuple(replace(need, experiment=renamed(need.experiment)) for need in self.needs),
            sound=renamed(self.sound),
            role=self.role or first,
        )


@dataclass(frozen=True)
class Factors:
    """Settings that recipes vary.

    Attributes
    ----------
    base
        The experiment that the others differ from, each in one setting or more.
    settings
        Dotted name of a setting, e.g. "network.activation" -> a few words for a figure.
    """

    base: str
    settings: Mapping[str, str]


@dataclass(frozen=True)
class Paper:
    """A paper, as a folder declares it.

    Attributes
    ----------
    name
        Of its folder and package.
    title, citation, doi
        Of the publication.
    kinds
        The kinds of networks that it is about.
    tables, steps, figures
        Its entries.
    claims
        "module:NAME" of its claims, "" if it has none; imported where they are judged.
    needs
        Settings without which no claim about an experiment can be tested.
    named
        Experiment -> setting -> values that figures and claims know by name. Small networks need every one of the
        "conditions"; of a grid, given by the dotted path of its setting, one that is missing may not be misspelt.
    recipes
        Experiments that train the paper's main population in other ways -> a few words for a figure, that population
        first: every claim about it is judged on each of them, too.
    factors
        The settings that these recipes vary, if some are compared with one that is their base.
    order
        Its place where papers are listed; those of one place follow as they are found.
    """

    name: str
    title: str
    citation: str
    doi: str = ""
    kinds: tuple[str, ...] = ("rate",)
    tables: tuple[Table, ...] = ()
    steps: tuple[Step, ...] = ()
    figures: tuple[Figure, ...] = ()
    claims: str = ""
    needs: tuple[Need, ...] = ()
    named: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    recipes: Mapping[str, str] = field(default_factory=dict)
    factors: Factors | None = None
    order: int = 100
