"""Experiments of networks that are taught, after the scale has been applied, and what identifies a network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import Field, ValidationError, model_validator

from replicortex.config import names
from replicortex.config.experiment import with_values
from replicortex.config.fields import Name, together
from replicortex.config.grid import combinations, labelled, too_many
from replicortex.config.messages import lines
from replicortex.config.taught_schema import TaughtBase, TaughtSettings
from replicortex.errors import ConfigError, not_one_of
from replicortex.provenance import fingerprint

# Raised by hand when a default comes to mean other networks, so that all are trained again.
DEFAULTS = 1
VARIED = ("method", "units", "gain", "noise", "every", "trials", "task.version", "task.hint", "spread", "trained_share",
          "variance")  # fmt: skip
_REPLACED = ("seeds", "units", "clamped", "trials", "tests", "shown", "shard")
_FOR_PEOPLE = {"seeds", "title", "paper", "scale", "shard"}  # what a network's weights do not depend on


@dataclass(frozen=True)
class TaughtMember:
    """One network to train: its label, its seed, and the experiment with the grid's values put in."""

    label: str
    seed: int
    experiment: TaughtExperiment


class TaughtExperiment(TaughtBase):
    """A population of networks that are taught, after the scale has been applied."""

    kind: ClassVar[names.Kind] = "taught"
    name: Name = Field(description="its name in `taught`, and of its results folder")
    scale: names.Scale = Field(description="the scale that was applied")

    @model_validator(mode="after")
    def _check(self) -> TaughtExperiment:
        together([] if self.grid else _contradictions(self))  # with a grid, its members are checked instead
        return self

    def members(self) -> list[TaughtMember]:
        """Every network: each combination of the grid, the last setting varying fastest, and for each its seeds.

        Raises
        ------
        ConfigError
            A combination that contradicts itself.
        """
        return [
            TaughtMember(labelled(label, seed), seed, experiment)
            for label, _, experiment in self._variants()
            for seed in self.seeds
        ]

    def member_table(self) -> dict[str, list[Any]]:
        """``network``, ``seed`` and a column for each setting of the grid; a row per member."""
        rows = [(label, values, seed) for label, values, _ in self._variants() for seed in self.seeds]
        return {
            "network": [labelled(label, seed) for label, _, seed in rows],
            "seed": [seed for *_, seed in rows],
            **{path: [values[path] for _, values, _ in rows] for path in self.grid},
        }

    def identity(self) -> dict[str, Any]:
        """What determines a network and differs from its default: no seeds, title or scale.

        The name belongs to it, because random streams are derived from it.
        """
        return {"defaults": DEFAULTS, **self.model_dump(mode="json", exclude=_FOR_PEOPLE, exclude_defaults=True)}

    def fingerprint(self) -> str:
        """SHA-256 of `identity` as canonical JSON, in hex."""
        return fingerprint(self.identity())

    def registries(self) -> dict[str, frozenset[str]]:
        """Entries of tables of the library that its training uses, by table: none."""
        return {}

    def entry_points(self) -> tuple[str, ...]:
        """Code of the user's own that its training uses: none."""
        return ()

    def _variants(self) -> Iterator[tuple[str, dict[str, Any], TaughtExperiment]]:
        plain = self.model_dump(mode="json") | {"grid": {}}
        for label, chosen in combinations(self.grid):
            values = {path: self.grid[path][text] for path, text in chosen.items()}
            try:
                yield label, values, TaughtExperiment.model_validate(with_values(plain, values))
            except ValidationError as error:
                told = f"{label}: " if label else ""
                raise ConfigError([told + line for line in lines(error, TaughtExperiment)]) from None


def _contradictions(e: TaughtExperiment) -> list[tuple[str, str]]:
    """Settings that are fine one by one and cannot go together: (path, what would be right)."""
    if e.method != "spiking":
        return []
    found = []
    if e.noise:
        found.append(("noise", f"{e.noise:g} is for rate units; set noise: 0 for method 'spiking'"))
    if e.task.name == "ready_set_go":
        found.append(("task.name", "'ready_set_go' is for rate units; choose oscillation or four_sines"))
    if round(e.trained_share * e.units) < 1:
        found.append(("trained_share", f"{e.trained_share:g} of {e.units} neurons is none; take more"))
    return found


def taught_experiment(name: str, settings: TaughtSettings, scale: names.Scale) -> TaughtExperiment | list[str]:
    """The experiment at a scale, or its problems as ``path below it: text``."""
    given = settings.scales.get(scale)
    replaced: dict[str, Any] = given.model_dump(mode="json", exclude_none=True) if given else {}
    data = settings.model_dump(mode="json", exclude={"scales"}) | {"name": name, "scale": scale}
    data |= {key: replaced[key] for key in _REPLACED if key in replaced}
    data["task"] |= {key: replaced[key] for key in ("delays", "pause") if key in replaced}
    data["grid"] |= replaced.get("grid", {})
    if unknown := [f"grid: {not_one_of(path, VARIED)}" for path in data["grid"] if path not in VARIED]:
        return unknown
    try:
        experiment = TaughtExperiment.model_validate(data)
        if problem := too_many(experiment.grid, len(experiment.seeds)):
            return problem
        experiment.members()
    except ValidationError as error:
        return lines(error, TaughtExperiment)
    except ConfigError as error:
        return [f"grid: in {line}" if experiment.grid else line for line in error.problems]
    return experiment
