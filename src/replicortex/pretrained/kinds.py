"""What differs between networks on the twenty tasks and those on single tasks, once they are shipped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from replicortex import origin
from replicortex.config.experiment import Experiment, rebuild
from replicortex.config.messages import lines
from replicortex.config.primer import PrimerExperiment
from replicortex.errors import ConfigError
from replicortex.pretrained.manifest import NetworkFile, Shipped

# Of single tasks, what a network's weights do not depend on.
_FOR_PEOPLE = {"seeds", "shard", "title", "paper", "scale", "conditions", "grid"}


def experiment_of(kind: str, network: NetworkFile, where: str = "shipped network") -> Experiment | PrimerExperiment:
    """The settings of a shipped network; what a setting that is newer than the network was, is its default.

    Raises
    ------
    ConfigError
        They are none of this version; each line begins with ``where``.
    """
    settings = network.provenance["settings"]
    if kind == "rate":
        return rebuild({**settings, "seeds": []}, where)
    try:
        return PrimerExperiment.model_validate(settings)
    except ValidationError as error:
        raise ConfigError([f"{where}: {line}" for line in lines(error, PrimerExperiment)]) from None


def compared(experiment: Any) -> Mapping[str, Any]:
    """The settings in which networks may differ, with those that have their defaults."""
    if isinstance(experiment, PrimerExperiment):
        return experiment.model_dump(mode="json", exclude=_FOR_PEOPLE)
    found: Mapping[str, Any] = experiment.settings()
    return found


def origin_of(shipped: Shipped, label: str, source: str) -> origin.Origin | None:
    """What a table measured on one shipped network was made from."""
    network = shipped.networks[label]
    experiment = experiment_of(shipped.kind, network)
    if isinstance(experiment, PrimerExperiment):
        mark = origin.network(experiment.fingerprint(), network.provenance["seed"])
        about, units = experiment.about, experiment.network.units
        return origin.Origin(shipped.experiment, shipped.scale, {label: mark}, "", (about,), (units,), (source,))
    named = {"experiment": shipped.experiment, "label": label, "configuration": experiment.fingerprint()}
    return origin.of_network({**network.provenance, **named, "source": source})
