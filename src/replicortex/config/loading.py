"""From a configuration file to validated experiments at one scale."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from replicortex.config.experiment import Experiment
from replicortex.config.fields import each_setting_alone
from replicortex.config.folders import folder_problems
from replicortex.config.force import ForceSettings
from replicortex.config.grid import too_many
from replicortex.config.messages import bare, dotted, lines, located
from replicortex.config.names import SECTIONS, Scale
from replicortex.config.overlay import OPTION, Source, blamed, check_settings, joined
from replicortex.config.papers import declared, folders_of
from replicortex.config.population import Population, unknown_settings, with_values
from replicortex.config.primer import primer_experiment
from replicortex.config.reading import read_yaml
from replicortex.config.schema import Configuration, ExperimentBase, ExperimentSettings, Schedule
from replicortex.config.spiking import force_experiment
from replicortex.config.study import Study
from replicortex.config.taught import taught_experiment
from replicortex.errors import ConfigError, not_one_of
from replicortex.recordings.folders import data_files

GRID_SECTIONS = ("network", "tasks", "regularisers", "training", "sequential", "pretrained")


def load_config(
    source: str | Path | Mapping[str, Any] = "config.yaml",
    scale: str | None = None,
    *,
    overlays: Sequence[str | Path | Mapping[str, Any]] = (),
    settings: Mapping[str, Any] | None = None,
    pretrained: bool | None = None,
    remeasure: bool | None = None,
) -> Study:
    """Read, check and resolve a configuration.

    Parameters
    ----------
    source
        Path of a YAML file, or the mapping already read from one. One experiment of one kind is enough.
    scale
        smoke, laptop or paper; by default what the configuration says.
    overlays
        More of these, which say only what differs; the last one goes first. See `replicortex.config.overlay`.
    settings
        Single settings of the whole file, as ``--config results=mine`` gives them; they go before all files.
    pretrained, remeasure
        Likewise; which networks are shipped is for `replicortex.pretrained.shipped_study` to find out.

    Raises
    ------
    ConfigError
        Everything that is wrong, one line each: file, path of the setting, value, what is allowed. Experiments are
        checked at every scale.
    """
    given = {"scale": scale, "pretrained": pretrained, "remeasure": remeasure}
    options = check_settings({**(settings or {}), **{key: value for key, value in given.items() if value is not None}})
    sources = [_source(each, f"overlay {number}" if number else "config.yaml")
               for number, each in enumerate((source, *overlays))]  # fmt: skip
    # what a caller of this function chose is called by the name of the file, what the command line did by its option
    sources.append(Source(OPTION if settings else sources[-1].name, options))
    folders_of_papers = folders_of(sources)
    papers = {} if folders_of_papers is None else declared(folders_of_papers)

    def blame(problems: Iterable[str]) -> ConfigError:
        return ConfigError(blamed(problems, sources, list(papers.values())))

    data: dict[str, Any] = {}
    for each in (*papers.values(), *sources):
        data = joined(data, each.data)
    config, found, broken = _validated(data)
    if config is not None and not (any(_sections(config)) or broken):
        found.append("experiments: is empty; give an experiment in experiments, primer, taught or force.experiments")
        config = None
    if config is None:
        raise blame(found)
    if unnamed := _schedule_problems(config):
        raise blame(found + unnamed)
    try:
        scaled = _with_scales(config, papers, sources)
    except ValidationError as error:
        raise blame(lines(error, Configuration)) from None
    populations, here = _at_scale(scaled, config.scale)
    found += here
    found += _problems_elsewhere(scaled, here)
    found += _same_names(config)
    found += _recording_problems(config.recordings)
    found += folder_problems(config.results, config.figures)
    if config.remeasure and not config.pretrained:
        found.append("remeasure: True, but only shipped networks can be measured again; set pretrained: true too")
    if found or broken:
        raise blame(found)
    schedules = {key: Schedule(name=key, **s.model_dump()) for key, s in config.schedules.items()}
    folders = Path(config.results), Path(config.figures)
    shard = config.scales[config.scale].shard if config.scale in config.scales else 1
    kinds = config.pretrained, config.remeasure
    recordings = Path(config.recordings) if config.recordings else None
    name = " and ".join(source.name for source in sources[:-1])
    own = folders_of_papers or ()
    return Study(populations, config.scale, *folders, schedules, name, *kinds, shard, recordings, own)


@dataclass(frozen=True)
class _Scaled:
    """A configuration, and the same with the scales that count for the experiments of a paper."""

    whole: Configuration
    of_paper: dict[str, Configuration]

    def of(self, settings: ExperimentSettings | ForceSettings) -> Configuration:
        """The one that counts for an experiment."""
        return self.of_paper.get(settings.paper, self.of_paper[""])


def _with_scales(config: Configuration, papers: Mapping[str, Source], sources: Sequence[Source]) -> _Scaled:
    """What a paper says of scales holds for its own experiments; what the configuration says, before that, for all."""
    if not papers:
        return _Scaled(config, {"": config})
    found = {}
    for paper, source in ({"": Source("", {})} | dict(papers)).items():
        scales: dict[str, Any] = {"scales": {}, "force": {"scales": {}}}
        for data in (source.data, *(each.data for each in sources)):
            scales["scales"] = joined(scales["scales"], data.get("scales") or {}, "scales")
            spiking = (data.get("force") or {}).get("scales") or {}
            scales["force"]["scales"] = joined(scales["force"]["scales"], spiking, "scales")
        here = Configuration.model_validate(scales)
        force = config.force.model_copy(update={"scales": here.force.scales})
        found[paper] = config.model_copy(update={"scales": here.scales, "force": force})
    return _Scaled(config, found)


def _same_names(config: Configuration) -> Iterator[str]:
    """Names that experiments of two kinds have, or that differ in capitals alone, as names of folders may not."""
    taken: dict[str, tuple[str, str]] = {}
    for section, there in zip(SECTIONS.values(), _sections(config), strict=True):
        for key in there:
            before, other = taken.setdefault(key.casefold(), (section, key))
            if other == key and before != section:
                yield f"{section}.{key}: is also a name in `{before}`; give it another"
            elif other != key:
                yield f"{section}.{key}: differs from {before}.{other} in capitals alone; give it another name"


def _sections(config: Configuration) -> tuple[Mapping[str, Any], ...]:
    """The experiments of each kind, in the order of `SECTIONS`."""
    return config.experiments, config.force.experiments, config.primer, config.taught


def _source(given: str | Path | Mapping[str, Any], name: str) -> Source:
    return Source(name, given) if isinstance(given, Mapping) else Source(str(given), read_yaml(given), file=True)


def _at_scale(scaled: _Scaled, scale: Scale, names_only: bool = False) -> tuple[dict[str, Population], list[str]]:
    """Every experiment at a scale, and what is wrong; for names those of one whose grid differs between scales.

    Those with problems are left out.
    """
    makers: dict[str, Callable[[str, Any], Population | list[str]]] = {
        "rate": lambda key, given: _rate_experiment(key, given, scaled.of(given), scale, names_only),
        "spiking": lambda key, given: force_experiment(key, given, scaled.of(given).force, scale),
        "small": lambda key, given: primer_experiment(key, given, scale),
        "taught": lambda key, given: taught_experiment(key, given, scale),
    }
    populations: dict[str, Population] = {}
    found: list[str] = []
    for (kind, section), settings in zip(SECTIONS.items(), _sections(scaled.whole), strict=True):
        for key, given in settings.items():
            if names_only and all(each.grid is None for each in given.scales.values()):
                continue
            made = makers[kind](key, given)
            if isinstance(made, list):
                found += [f"{section}.{key}.{line}" for line in made]
            else:
                populations[key] = made
    if not found and not names_only:
        rate = {name: each for name, each in populations.items() if isinstance(each, Experiment)}
        found = [line for each in rate.values() for line in _pretrained_problems(each, rate)]
    return populations, found


def _problems_elsewhere(scaled: _Scaled, here: Sequence[str]) -> list[str]:
    """Names and values that are wrong at other scales alone, a line for each setting.

    What cannot go together there is no concern of this scale: a schedule may be too long for the other's few trials.
    """
    found: list[str] = []
    told = {line.split(": ", 1)[0] for line in here}
    for scale in get_args(Scale):
        if scale != scaled.whole.scale:
            with each_setting_alone():
                _, problems = _at_scale(scaled, scale, names_only=True)
            there = {line.split(": ", 1)[0]: line for line in reversed(problems)}
            found += [f"{line} (at scale '{scale}')" for path, line in reversed(there.items()) if path not in told]
            told |= set(there)
    return found


def _validated(data: Mapping[str, Any]) -> tuple[Configuration | None, list[str], set[str]]:
    """The file's model, problems, and the experiments left out because they have some.

    The other experiments are kept, so that what is wrong between their settings is reported in the same run.
    """
    try:
        return Configuration.model_validate(data), [], set()
    except ValidationError as error:
        found, located_at = lines(error, Configuration), [place for place, _ in located(error, Configuration)]
    broken = {str(place[1]) for place in located_at if len(place) > 2 and place[0] == "experiments"}
    if any(len(place) < 3 or place[0] != "experiments" for place in located_at):
        return None, found, broken
    kept = {key: value for key, value in data["experiments"].items() if key not in broken}
    if not kept:
        return None, found, broken
    return Configuration.model_validate({**data, "experiments": kept}), found, broken


def _recording_problems(path: str | None) -> list[str]:
    """Recordings that are not there, or lack a file; what is in the files is checked when they are read."""
    if path is None:
        return []
    try:
        data_files(path)
    except ValueError as error:
        return [f"recordings: {error}"]
    return []


def _schedule_problems(config: Configuration) -> list[str]:
    """Names of schedules that there are none of, wherever they stand."""
    named = [("schedule", config.schedule)]
    named += [(f"scales.{scale}.schedule", given.schedule) for scale, given in config.scales.items()]
    for name, settings in config.experiments.items():
        path = f"experiments.{name}"
        named.append((f"{path}.training.schedule", settings.training.schedule))
        named += [(f"{path}.scales.{scale}.schedule", given.schedule) for scale, given in settings.scales.items()]
    wrong = [(path, name) for path, name in named if name is not None and name not in config.schedules]
    return [f"{path}: {not_one_of(name, config.schedules)} (the names in `schedules`)" for path, name in wrong]


def _replacements(settings: ExperimentSettings, config: Configuration, scale: Scale) -> dict[str, Any]:
    """What the scale replaces: the file's `scales`, over them the experiment's own."""
    merged: dict[str, Any] = {}
    for given in (config.scales.get(scale), settings.scales.get(scale)):
        if given is not None:
            merged |= given.model_dump(mode="json", exclude_none=True)
    return merged


def _rate_experiment(
    name: str, settings: ExperimentSettings, config: Configuration, scale: Scale, names_only: bool
) -> Experiment | list[str]:
    """The experiment at a scale, or its problems as ``path below it: text``."""
    replaced = _replacements(settings, config, scale)
    data = settings.model_dump(mode="json", exclude={"scales"}) | {"name": name, "scale": scale}
    if settings.imported is not None:  # whose number and units are those of the files, and which nothing trains
        given = [] if [] in (settings.seeds, replaced.get("seeds")) else list(range(len(settings.imported.files)))
        replaced = {key: value for key, value in replaced.items() if key != "units"} | {"seeds": given, "trials": 0}
    of_training = ("trials", "evaluate_every", "evaluation_trials", "precision")
    for section, keys in (
        (data, ("seeds", "grid_fraction")),
        (data["network"], ("units",)),
        (data["training"], of_training),
    ):
        section.update({key: replaced[key] for key in keys if key in replaced})
    data["grid"].update(replaced.get("grid", {}))
    schedule = settings.training.schedule or config.schedule or replaced.get("schedule", "paper")
    if schedule not in config.schedules:
        return [f"training.schedule: is missing; choose from {', '.join(config.schedules) or '`schedules`'}"]
    data["training"]["schedule"] = schedule
    data["schedule"] = {"name": schedule, **config.schedules[schedule].model_dump(mode="json")}
    if unknown := unknown_settings(data["grid"], grid_settings()):
        return unknown
    try:
        experiment = Experiment.model_validate(data)
    except ValidationError as error:
        return lines(error, Experiment)
    return _grid_problems(experiment, names_only) or experiment


def _leaves(model: type[BaseModel], above: str) -> Iterator[str]:
    for key, field in model.model_fields.items():
        inner = bare(field.annotation)
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _leaves(inner, f"{above}{key}.")
        else:
            yield above + key


def grid_settings() -> list[str]:
    """Dotted names of the settings that a grid may vary."""
    sections = [(key, ExperimentBase.model_fields[key].annotation) for key in GRID_SECTIONS]
    paths = [path for key, annotation in sections for path in _leaves(bare(annotation), f"{key}.")]
    return [path for path in paths if path != "training.schedule"]  # a schedule is looked up before the grid


def _grid_problems(experiment: Experiment, names_only: bool = False) -> list[str]:
    """What is wrong with the values of a grid, or else with their combinations."""
    if not experiment.grid:
        return []
    if experiment.imported is not None:
        return ["imported: networks trained elsewhere cannot go with a grid; give each condition an experiment"]
    if problem := too_many(experiment.grid, len(experiment.seeds)):
        return problem
    plain = experiment.model_dump(mode="json") | {"grid": {}, "grid_fraction": 1}
    found = [line for path in experiment.grid for line in _value_problems(plain, path, experiment.grid[path])]
    if found or names_only:
        return found
    if not experiment.fraction_balances():
        unequal = f"one in {experiment.grid_fraction} leaves the levels of this grid unequally frequent"
        return [f"grid_fraction: {unequal}; use 1, or a number that divides the numbers of levels"]
    for label, values in experiment.combinations():
        try:
            Experiment.model_validate(with_values(plain, values))
        except ValidationError as error:
            found += [f"grid: in '{label}': {line}" for line in lines(error, Experiment)]
            break  # the other combinations would repeat it
    return found


def _value_problems(plain: Mapping[str, Any], path: str, axis: Mapping[str, Any]) -> list[str]:
    """Values of one setting that are wrong by themselves (contradictions are for whole combinations)."""
    found = []
    for value in axis.values():
        try:
            Experiment.model_validate(with_values(plain, {path: value}))
        except ValidationError as error:
            found += [
                f"grid.{path}: {text}"
                for place, text in located(error, Experiment)
                if error.errors()[0]["type"] != "problems" and dotted(place).startswith(path)
            ]
    return found


def _pretrained_problems(experiment: Experiment, experiments: Mapping[str, Experiment]) -> list[str]:
    """Networks to start from that no experiment has, or that are built otherwise."""
    if experiment.start_from is None:
        return []
    path, name = f"experiments.{experiment.name}", experiment.start_from.experiment
    if name not in experiments:
        return [f"{path}.pretrained.experiment: {not_one_of(name, experiments)}"]
    sources = {member.label: member.experiment for member in experiments[name].members()}
    found: list[str] = []
    for member in experiment.members():
        assert member.source is not None
        label = member.source[1]
        if label not in sources:
            text = f"{not_one_of(label, sources)} (the networks of '{name}' at scale '{experiment.scale}')"
            return [f"{path}.pretrained.member: {text}"]
        for section, keys in (("network", None), ("tasks", {"rule_set", "dt", "tau"})):
            mine = getattr(member.experiment, section).model_dump(include=keys)
            theirs = getattr(sources[label], section).model_dump(include=keys)
            found += [
                f"{path}.{section}.{key}: {mine[key]!r}, but it starts from networks of '{name}', which have "
                f"{theirs[key]!r}; make them agree"
                for key in mine
                if mine[key] != theirs[key]
            ]
    return list(dict.fromkeys(found))
