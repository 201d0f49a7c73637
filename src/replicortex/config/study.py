"""The experiments of a configuration at one scale, and what figures may ask of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, overload

from replicortex.config.experiment import Experiment
from replicortex.config.names import SECTIONS, Kind
from replicortex.config.needs import Need
from replicortex.config.population import Population
from replicortex.config.primer import PrimerExperiment
from replicortex.config.schema import Schedule
from replicortex.config.spiking import ForceExperiment
from replicortex.config.taught import TaughtExperiment
from replicortex.errors import ConfigError
from replicortex.shown import short_repr


@short_repr
@dataclass(frozen=True)
class Study(Mapping[str, Any]):
    """The experiments of a configuration by name, of networks of all kinds, at one scale.

    Attributes
    ----------
    populations : dict[str, Population]
        What the mapping holds: `Experiment`, `ForceExperiment`, `PrimerExperiment`, `TaughtExperiment`.
    scale : str
    results : Path
        Root of the products; those of this scale lie in `folder`.
    figures : Path
    schedules : dict[str, Schedule]
    source : str
        Name of the file, for messages.
    pretrained : bool
        The networks are those shipped with the repository (see `replicortex.pretrained`), and nothing is trained.
    remeasure : bool
        The shipped networks are measured here; else the tables shipped beside them are read.
    shard : int
        Networks that one process measures.
    recordings : Path or None
        Folder of recordings from animals.
    papers : tuple[Path, ...]
        Folders with papers of the user's own.
    """

    populations: dict[str, Population]
    scale: str
    results: Path
    figures: Path
    schedules: dict[str, Schedule]
    source: str = "config.yaml"
    pretrained: bool = False
    remeasure: bool = False
    shard: int = 1
    recordings: Path | None = None
    papers: tuple[Path, ...] = ()

    def __getitem__(self, name: str) -> Any:
        return self.populations[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.populations)

    def __len__(self) -> int:
        return len(self.populations)

    @overload
    def of_kind(self, kind: Literal["rate"]) -> dict[str, Experiment]: ...
    @overload
    def of_kind(self, kind: Literal["spiking"]) -> dict[str, ForceExperiment]: ...
    @overload
    def of_kind(self, kind: Literal["small"]) -> dict[str, PrimerExperiment]: ...
    @overload
    def of_kind(self, kind: Literal["taught"]) -> dict[str, TaughtExperiment]: ...
    def of_kind(self, kind: Kind) -> dict[str, Any]:
        """The experiments of one kind of networks, by name."""
        return {name: each for name, each in self.populations.items() if each.kind == kind}

    @property
    def folder(self) -> Path:
        """``results/<scale>``: networks, tables and progress of this scale.

        Shipped networks have folders of their own, ``results/pretrained/<scale>`` and, measured here,
        ``results/remeasured/<scale>``, so that no table holds both kinds.
        """
        if not self.pretrained:
            return self.results / self.scale
        return self.results / ("remeasured" if self.remeasure else "pretrained") / self.scale

    def absent(self, name: str) -> str:
        """Why there are no networks of an experiment, in a few words; "" if there are some."""
        if name not in self:
            return f"experiment {name!r} is not in {self.source}"
        if self.populations[name].seeds:
            return ""
        kind = "no shipped networks" if self.pretrained else "no networks"
        return f"experiment {name!r} has {kind} at scale {self.scale!r}"

    def require(self, figure: str, experiments: Iterable[str], needs: Iterable[Need] = ()) -> dict[str, Population]:
        """The experiments that a figure (or the scorecard) shows, whose networks it can be drawn from.

        Parameters
        ----------
        figure
            Its name, for the messages.
        experiments
            Names of the experiments.
        needs
            Settings without which it cannot be drawn.

        Raises
        ------
        ConfigError
            An experiment is not in the configuration, has no networks at this scale, or has networks of a kind
            that the figure cannot show.
        """
        names = list(experiments)
        problems = [self._lack(figure, name) for name in names if self.absent(name)]
        about = [need for need in needs if need.experiment in names]
        problems = problems or [line for need in about for line in self._unfit(figure, need)]
        if problems:
            raise ConfigError(problems)
        return {name: self.populations[name] for name in names}

    def _unfit(self, figure: str, need: Need) -> list[str]:
        """One line per value if networks of an experiment have a setting that a figure cannot show."""
        section, key = need.section_and_key()
        experiment = self[need.experiment]
        in_grid = need.path in experiment.grid
        values = experiment.grid[need.path].values() if in_grid else [getattr(getattr(experiment, section), key)]
        path = f"{self.source}: experiments.{need.experiment}.{'grid.' if in_grid else ''}{need.path}"
        ask = f"'{figure}' needs {need.value!r}, as {need.why}; change it, or ask by name for the figures you want"
        return [f"{path}: {value!r}, but {ask}" for value in values if value != need.value]

    def _lack(self, figure: str, name: str) -> str:
        section = SECTIONS[self.populations[name].kind] if name in self else "experiments"
        path = f"{self.source}: {section}.{name}"
        if name not in self:
            return f"{path}: is missing, but '{figure}' shows its networks; the file has {', '.join(self)}"
        if self.pretrained:
            shipped = ", ".join(f"{key} ({len(self[key].seeds)} seeds)" for key in self if self[key].seeds)
            able = f"set pretrained: false to train them (shipped are: {shipped or 'none'})"
            none = f"none of its networks are shipped at scale '{self.scale}'"
            return f"{path}: {none}, but '{figure}' shows them; {able}"
        able = f"give {section}.{name}.scales.{self.scale}.seeds a number above 0 or choose another scale"
        return f"{path}.seeds: no networks at scale '{self.scale}', but '{figure}' shows them; {able}"
