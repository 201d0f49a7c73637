"""A study of shipped networks: which experiments it has, and whether the configuration means those."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from replicortex.config.names import SECTIONS
from replicortex.config.study import Study
from replicortex.errors import ConfigError
from replicortex.pretrained.kinds import compared, experiment_of
from replicortex.pretrained.manifest import FROM_WEIGHTS, MADE_FROM, MANIFEST, TABLES, Shipped


def shipped_study(study: Study, shipped: Mapping[str, Shipped]) -> Study:
    """The same study with the shipped networks of each experiment, all of them, and of the others none.

    A study that measures them again leaves out the experiments of which only tables are shipped, and those that are not
    on the twenty tasks.

    Parameters
    ----------
    study
        As configured, of any number of networks.
    shipped
        What is shipped at its scale, by experiment.

    Raises
    ------
    ConfigError
        The configuration describes other networks than those shipped, for example with another activation; one line
        per setting.
    """
    if study.remeasure:
        shipped = {name: each for name, each in shipped.items() if again_possible(each)}
    populations = {
        name: experiment.model_copy(update={"seeds": shipped[name].seeds if name in shipped else []})
        for name, experiment in study.items()
    }
    problems = [
        f"{study.source}: {line}"
        for name, experiment in populations.items()
        if name in shipped
        for line in _disagreements(experiment, shipped[name])
    ]
    if problems:
        raise ConfigError(list(dict.fromkeys(problems)))
    return replace(study, populations=populations)


def again_possible(shipped: Shipped) -> bool:
    """Whether the networks can be measured again by the workflow."""
    return shipped.kind == "rate" and not shipped.without_weights


def require_tables(figure: str, shipped: Mapping[str, Shipped], tables: Mapping[str, Iterable[str]]) -> None:
    """Make sure that a figure can be drawn from the tables that are shipped.

    Parameters
    ----------
    figure
        Its name, for the message.
    shipped
        What is shipped of each experiment.
    tables
        Experiment -> the tables it reads; those that are made in seconds need not be shipped.

    Raises
    ------
    ConfigError
        A table is not shipped; one line per experiment.
    """
    problems = []
    for experiment, names in tables.items():
        missing = [name for name in names if name not in shipped_tables(shipped[experiment], names)]
        if missing:
            problems.append(
                f"{shipped[experiment].folder}: has no table {', '.join(missing)}, which {figure!r} shows; "
                + _elsewhere(shipped[experiment])
            )
    if problems:
        raise ConfigError(problems)


def shipped_tables(shipped: Shipped, names: Iterable[str]) -> list[str]:
    """Those of the named tables of an experiment that are shipped, or made in seconds from what is."""
    return [name for name in names if all(_present(shipped, source) for source in MADE_FROM.get(name, (name,)))]


def _present(shipped: Shipped, table: str) -> bool:
    """Whether a table is there; of networks on the twenty tasks, or made in seconds from what is."""
    if shipped.kind != "rate":
        return table in shipped.tables
    missing = {*TABLES, *(FROM_WEIGHTS if shipped.without_weights else ())} - shipped.tables.keys()
    return table not in missing


def _elsewhere(shipped: Shipped) -> str:
    """What to do about a table that is not shipped."""
    if not again_possible(shipped):
        return "set pretrained: false to train and measure the networks"
    return "set remeasure: true to measure the shipped networks here"


def _disagreements(experiment: Any, shipped: Shipped) -> Iterator[str]:
    path, manifest = f"{SECTIONS[experiment.kind]}.{experiment.name}", shipped.folder / MANIFEST
    members = {member.label: member.experiment for member in experiment.members()}
    odd = sorted(set(members).symmetric_difference(shipped.networks))
    if odd:
        yield f"{path}: {', '.join(odd)} is in the configuration or in {manifest}, but not in both"
        return
    for label, network in shipped.networks.items():
        theirs = compared(experiment_of(shipped.kind, network, f"{manifest}: {label}"))
        for setting, (mine, other) in differences(compared(members[label]), theirs):
            yield (
                f"{path}.{setting}: {mine!r}, but the shipped networks were trained with {other!r}; "
                "set pretrained: false to train your own"
            )


def differences(mine: Mapping[str, Any], theirs: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, tuple]]:
    """Dotted names and both values of the settings that differ."""
    for key in mine:
        one, other = mine[key], theirs.get(key)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from differences(one, other, f"{above}{key}.")
        elif one != other:
            yield f"{above}{key}", (one, other)
