"""What differs between the kinds of networks, once they are shipped: where they lay, and what tells their settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from replicortex import origin
from replicortex.config.experiment import rebuild
from replicortex.config.messages import lines
from replicortex.config.primer import PrimerExperiment
from replicortex.config.spiking import ForceExperiment
from replicortex.config.taught import TaughtExperiment
from replicortex.errors import ConfigError
from replicortex.pretrained.manifest import NetworkFile, Shipped

# What a network's weights do not depend on; settings of networks on the twenty tasks say so themselves.
_FOR_PEOPLE = {"seeds", "shard", "title", "paper", "paper_id", "scale", "conditions", "grid"}


@dataclass(frozen=True)
class ShippedKind:
    """How networks of a kind are shipped.

    Attributes
    ----------
    weights, tables
        Folders below ``results/<scale>`` that hold a folder of each experiment.
    listing
        The table that names every network.
    measure
        Functions that the hash of the measuring code starts from.
    experiment
        The class of its experiments; None for networks on the twenty tasks, whose settings may be older.
    rounded
        Table -> significant bits of its measured numbers; of tables that no claim reads. None: by column.
    """

    weights: str
    tables: str
    listing: str
    measure: tuple[str, ...]
    experiment: type[PrimerExperiment | ForceExperiment | TaughtExperiment] | None = None
    rounded: Mapping[str, int] | None = field(default=None)


_CURVES = {"traces": 10, "eigenvalues": 10}
KINDS = {
    "rate": ShippedKind("networks", "tables", "history", ("replicortex.networks:load",)),
    "small": ShippedKind(
        "primer", "tables", "history", ("replicortex.primer.measure.registry:measure",), PrimerExperiment,
        {"curve": 8, "state_space": 10, "trajectories": 10, "evidence": 10, "weights": 10},
    ),
    "spiking": ShippedKind(
        "force/networks", "force/tables", "summary", ("replicortex.spiking.job:measured",), ForceExperiment,
        _CURVES | {"voltages": 8, "decoders": 8, "frames": 8},
    ),
    "taught": ShippedKind(
        "taught", "tables", "summary", ("replicortex.taught.job:tables",), TaughtExperiment, _CURVES | {"units": 8}
    ),
}  # fmt: skip


def experiment_of(kind: str, network: NetworkFile, where: str = "shipped network") -> Any:
    """The settings of a shipped network; what a setting that is newer than the network was, is its default.

    Raises
    ------
    ConfigError
        They are none of this version; each line begins with ``where``.
    """
    settings, made = network.provenance["settings"], KINDS[kind].experiment
    if made is None:
        return rebuild({**settings, "seeds": []}, where)
    try:
        return made.model_validate({"seeds": [network.provenance["seed"]], **settings})
    except ValidationError as error:
        raise ConfigError([f"{where}: {line}" for line in lines(error, made)]) from None


def compared(experiment: Any) -> Mapping[str, Any]:
    """The settings in which networks may differ, with those that have their defaults."""
    found: Mapping[str, Any]
    if experiment.kind == "rate":
        found = experiment.settings()
    else:
        found = experiment.model_dump(mode="json", exclude=_FOR_PEOPLE)
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
