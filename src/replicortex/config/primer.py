"""Experiments of the primer after the scale has been applied: their networks, and what identifies them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pydantic import ValidationError

from replicortex.config import names
from replicortex.config.messages import bare, lines
from replicortex.config.own_tasks import class_problem
from replicortex.config.population import Member, Population, Problem, checked, with_values
from replicortex.config.primer_schema import PLAYED, PrimerBase, PrimerSettings, PrimerTask
from replicortex.errors import not_one_of

_REGISTRIES = ("replicortex.primer.tasks:TASKS", "replicortex.primer.meta_rl_tasks:EPISODIC")
# Setting -> the table of the library that holds its values, "module:name": an entry counts where its name is used.
_TABLES = {
    "network.activation": "replicortex.primer.cells:ACTIVATIONS",
    "network.cell": "replicortex.primer.network:CELLS",
    "training.optimiser": "replicortex.primer.learning:OPTIMISERS",
}
_WITH_MATRIX = ("leaky", "leaky_outside", "plastic")


class PrimerExperiment(Population, PrimerBase):
    """An experiment of the primer after the scale has been applied."""

    kind: ClassVar[names.Kind] = "small"

    def problems(self) -> list[Problem]:
        """Settings that are fine one by one and cannot go together."""
        return _contradictions(self)

    @property
    def about(self) -> str:
        """How its networks are trained, in a few words for a figure's last line; where they differ, all of it."""
        each = [member.experiment.training for member in self.members()] or [self.training]

        def all_of(key: str) -> str:
            return ", ".join(
                dict.fromkeys(f"{v:g}" if isinstance(v := getattr(t, key), float) else str(v) for t in each)
            )

        unit = "batch" if self.task.name not in PLAYED else "episodes"
        return f"{all_of('optimiser')} {all_of('rate')}, {unit} {all_of('batch')}, {all_of('updates')} updates"

    def combinations(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """(label, value by dotted setting) of each combination of the grid, under each condition."""
        for name, changed in self.conditions.items() or {"": {}}.items():
            for varied, values in super().combinations():
                yield ",".join(filter(None, (name, varied))), {**changed, **values}

    def _where(self, label: str) -> str:
        return f"conditions.{label.split(',', 1)[0]}." if self.conditions else "grid: "

    def shards(self) -> dict[str, list[Member[PrimerExperiment]]]:
        """The networks by the process that trains them; "part0", "part1", ..."""
        each = self.members()
        groups = [each[first : first + self.shard] for first in range(0, len(each), self.shard)]
        return {f"part{i}": group for i, group in enumerate(groups)}

    def member_table(self) -> dict[str, list[Any]]:
        """The table ``members``: network, seed, condition (where there are some), and each setting of the grid."""
        each = self.members()
        table: dict[str, list[Any]] = {"network": [m.label for m in each], "seed": [m.seed for m in each]}
        if self.conditions:
            table["condition"] = [m.label.split(",", 1)[0] for m in each]
        for path in self.grid:
            section, key = path.split(".", 1)
            table[path] = [_value(getattr(m.experiment, section), key) for m in each]
        return table

    def named_tasks(self) -> list[tuple[str, str]]:
        """(path of the setting, task) wherever it names one."""
        grid = self.grid.get("task.name", {}).values()
        changed = [(f"conditions.{name}.task.name", each.get("task.name")) for name, each in self.conditions.items()]
        stages = [(f"training.curriculum.{i}.name", s.get("name")) for i, s in enumerate(self.training.curriculum)]
        every = [("task.name", self.task.name), *(("grid.task.name", name) for name in grid), *changed, *stages]
        return [(path, str(name)) for path, name in every if name is not None]

    def entry_points(self) -> tuple[str, ...]:
        """Tasks of the user's own that its networks learn, as "module:Class"."""
        return tuple(dict.fromkeys(name for _, name in self.named_tasks() if ":" in name))

    def registries(self) -> dict[str, frozenset[str]]:
        """Tasks of the package, activations, cells and optimisers of its networks, by registry as "module:name"."""
        tasks = frozenset(name for _, name in self.named_tasks() if ":" not in name)
        return {**dict.fromkeys(_REGISTRIES, tasks), **{table: self._used(path) for path, table in _TABLES.items()}}

    def _used(self, path: str) -> frozenset[str]:
        """Every value of a setting among its networks."""
        section, key = path.split(".")
        changed = [each[path] for each in self.conditions.values() if path in each]
        return frozenset(map(str, [getattr(getattr(self, section), key), *self.grid.get(path, {}).values(), *changed]))


PrimerMember = Member[PrimerExperiment]


def _value(section: Any, key: str) -> Any:
    """A setting of a section, or of a task of the user's own."""
    return section.settings[key.removeprefix("settings.")] if key.startswith("settings.") else getattr(section, key)


def _contradictions(e: PrimerExperiment) -> list[tuple[str, str]]:
    """(path, what is wrong and what would be right) of settings that do not go together."""
    found = []
    if e.network.init == "identity" and e.network.cell not in _WITH_MATRIX:
        found.append(("network.init", f"'identity' is for {', '.join(_WITH_MATRIX)}, not {e.network.cell!r}"))
    constrained = e.network.excitatory is not None or e.network.density < 1
    if constrained and e.network.cell not in (*_WITH_MATRIX, "modules"):
        told = f"not for {e.network.cell!r}; choose a cell of {', '.join(_WITH_MATRIX)}, modules"
        found += [("network.density", told)] if e.network.density < 1 else [("network.excitatory", told)]
    if e.training.trainable == "output" and e.training.frozen:
        found.append(("training.frozen", "cannot go with trainable: output; leave one of them out"))
    found += _stages(e)
    if e.training.wiring and e.network.cell not in _WITH_MATRIX:
        found.append(("training.wiring", f"needs one recurrent matrix; choose a cell of {', '.join(_WITH_MATRIX)}"))
    if e.training.l1_by == "proximal" and e.training.optimiser != "adam":
        found.append(("training.l1_by", "'proximal' uses Adam's second moment; set training.optimiser: adam"))
    if e.training.second_contexts is not None and e.task.name != "context":
        found.append(("training.second_contexts", f"task {e.task.name!r} has no contexts; set task.name: context"))
    if (e.task.name in PLAYED) != (e.training.loss == "actor_critic"):
        played = e.task.name in PLAYED
        able = "set training.loss: actor_critic" if played else f"choose a task of {', '.join(PLAYED)}, or another loss"
        found.append(("training.loss", f"{e.training.loss!r} does not go with task {e.task.name!r}; {able}"))
    if e.task.name in PLAYED and e.network.cell != "lstm":
        found.append(("network.cell", f"{e.network.cell!r} cannot play task {e.task.name!r}; set network.cell: lstm"))
    if e.network.tau < (e.task.dt or 20.0):
        found.append(("network.tau", f"{e.network.tau:g} ms is shorter than a step; the leak would overshoot"))
    return found


def _stages(e: PrimerExperiment) -> list[tuple[str, str]]:
    """What is wrong with a curriculum."""
    if e.training.curriculum and (e.training.second_contexts is not None or e.task.name in PLAYED):
        return [("training.curriculum", "goes neither with second_contexts nor with tasks that are played")]
    found = []
    for i, stage in enumerate(e.training.curriculum):
        try:
            PrimerTask.model_validate(e.task.model_dump(mode="json") | stage)
        except ValidationError as error:
            found += [(f"training.curriculum.{i}", line) for line in lines(error, PrimerTask)]
    return found


def _settings() -> list[str]:
    sections = ((key, bare(PrimerBase.model_fields[key].annotation)) for key in ("task", "network", "training"))
    return [f"{section}.{key}" for section, model in sections for key in model.model_fields]


def primer_experiment(name: str, settings: PrimerSettings, scale: str) -> PrimerExperiment | list[str]:
    """The experiment at a scale, or its problems as ``path below it: text``."""
    data = settings.model_dump(mode="json", exclude={"scales"}) | {"name": name, "scale": scale}
    given = settings.scales.get(scale)  # type: ignore[call-overload]
    replaced: Mapping[str, Any] = given.replacements() if given else {}
    if given:
        data |= {key: getattr(given, key) for key in ("seeds", "shard") if getattr(given, key) is not None}
        data["grid"] |= given.grid or {}
    known = _settings()
    wrong = [
        f"{where}: {not_one_of(path, known)}"
        for where, paths in [("grid", data["grid"]), *((f"conditions.{c}", v) for c, v in data["conditions"].items())]
        for path in paths
        if path not in known and not path.startswith("task.settings.")
    ]
    if wrong:
        return wrong
    if settings.task.name == "own":
        return ["task.name: 'own' is for primer.train(task) in Python; choose a task that the primer has"]
    data = with_values(data, replaced)
    data["conditions"] = {
        name: {path: replaced.get(path, value) for path, value in changed.items()}
        for name, changed in data["conditions"].items()
    }
    experiment = checked(PrimerExperiment, data, where=lambda _: "")
    if isinstance(experiment, list):
        return experiment
    own = [(path, class_problem(name)) for path, name in experiment.named_tasks() if ":" in name]
    return [f"{path}: {problem}" for path, problem in own if problem] or experiment
