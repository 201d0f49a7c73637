"""The kinds of networks: what trains them, which files that makes, and how a step's function gets them.

A further kind is one more entry of `KINDS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from replicortex.pipeline.paper import RUNS, WEIGHTS, function_named

Files = dict[str, list[str]]  # name of a weight file, or of a job -> what is in it
WEIGHT_FILE = "safetensors"


@dataclass(frozen=True)
class Kind:
    """One kind of networks.

    Attributes
    ----------
    name
        As experiments name it.
    rule
        Name of the rule that trains them.
    made
        What a training writes for each weight file, below ``results/<scale>``, the weights first.
    tables
        Where their tables lie, below the same folder.
    trainer
        Function that decides what a network becomes: the code from which its hash starts.
    train
        Function (experiment, names of weight files, folder of the scale) that trains and writes them.
    forms
        What a step can read of them -> function that reads it from the path of a weight file.
    megabytes, minutes
        What a training may take.
    """

    name: str
    rule: str
    made: tuple[str, ...]
    tables: str
    trainer: str
    train: str
    forms: Mapping[str, str]
    megabytes: int
    minutes: int

    @property
    def weights(self) -> str:
        """Where their weights lie, below ``results/<scale>``."""
        return self.made[0]


_TABLES = "tables/{experiment}/{table}.parquet"
KINDS: dict[str, Kind] = {
    "rate": Kind(
        name="rate",
        rule="train",
        made=(
            "networks/{experiment}/{network}.safetensors",
            "networks/{experiment}/{network}.history.parquet",
            "moments/{experiment}/{network}.safetensors",
        ),
        tables=_TABLES,
        trainer="replicortex.training:train",
        train="replicortex.pipeline.kinds:train_rate",
        forms={WEIGHTS: "replicortex.networks:load"},
        megabytes=1200,
        minutes=720,
    ),
    "spiking": Kind(
        name="spiking",
        rule="force_train",
        made=(
            "force/networks/{experiment}/{network}.safetensors",
            "force/traces/{experiment}/{network}.safetensors",
        ),
        tables="force/" + _TABLES,
        trainer="replicortex.spiking.job:train",
        train="replicortex.pipeline.kinds:train_spiking",
        forms={WEIGHTS: "replicortex.spiking.job:subject", RUNS: "replicortex.spiking.job:recorded"},
        megabytes=1400,
        minutes=240,
    ),
    "small": Kind(
        name="small",
        rule="primer_train",
        made=(
            "primer/{experiment}/{network}.safetensors",
            "primer/{experiment}/{network}.history.parquet",
            "primer/{experiment}/{network}.curve.parquet",
        ),
        tables=_TABLES,
        trainer="replicortex.primer:train",
        train="replicortex.pipeline.kinds:train_small",
        forms={WEIGHTS: "replicortex.primer:load"},
        megabytes=1500,
        minutes=120,
    ),
    "taught": Kind(
        name="taught",
        rule="taught_train",
        made=("taught/{experiment}/{network}.safetensors",),
        tables=_TABLES,
        trainer="replicortex.taught.job:train",
        train="replicortex.pipeline.kinds:train_taught",
        forms={WEIGHTS: "replicortex.taught.job:load"},
        megabytes=1400,
        minutes=240,
    ),
}


def files_of(kind: str, experiment: Any) -> Files:
    """Names of the weight files of an experiment, and the labels of the networks in each."""
    if kind == "small":
        return {part: [member.label for member in members] for part, members in experiment.shards().items()}
    return {member.label: [member.label] for member in experiment.members()}


def jobs_of(kind: str, experiment: Any) -> Files:
    """The jobs that train several weight files at once, by name; a file that is in none has a job of its own."""
    members = experiment.members() if kind != "small" else []
    if kind in ("spiking", "taught") and experiment.shard > 1:
        return in_shards([member.label for member in members], experiment.shard)
    together: Files = {}
    for member in members:
        if kind == "rate" and member.experiment.training.device == "cuda":  # all seeds of a condition
            name = member.label.removesuffix(f"seed{member.seed}") + "together"
            together.setdefault(name, []).append(member.label)
    return together


def in_shards(labels: Sequence[str], size: int) -> Files:
    """Networks by the process that takes them; a shard is named after its first and the number of the others."""
    groups = [list(labels[first : first + size]) for first in range(0, len(labels), size)]
    return {f"{group[0]}+{len(group) - 1}" if len(group) > 1 else group[0]: group for group in groups}


def train_files(kind: Kind, experiment: Any, names: Iterable[str], folder: Path) -> list[Path]:
    """Train weight files of an experiment one after the other; returns every file that was written."""
    function_named(kind.train)(experiment, list(names), folder)
    where = {"experiment": experiment.name}
    return [folder / path.format(network=name, **where) for name in names for path in kind.made]


def train_rate(experiment: Any, names: Sequence[str], folder: Path) -> None:
    """Networks on the twenty tasks, those for a GPU together."""
    from replicortex.training import train

    train(experiment, labels=names, results=folder)


def train_spiking(experiment: Any, names: Sequence[str], folder: Path) -> None:
    """Networks trained by FORCE."""
    from replicortex.spiking import job

    for member in experiment.members():
        if member.label in names:
            job.train(member, folder)


def train_small(experiment: Any, names: Sequence[str], folder: Path) -> None:
    """Networks on single tasks, the parts of an experiment."""
    from replicortex.primer import train

    for part in names:
        train(experiment, part, results=folder)


def train_taught(experiment: Any, names: Sequence[str], folder: Path) -> None:
    """Networks taught by another network."""
    from replicortex.taught import job

    for member in experiment.members():
        if member.label in names:
            job.train(member, folder)


def read_network(kind: Kind, form: str, path: Path, required: bool) -> Any:
    """What a step's function gets of a weight file; of rate networks one without a checksum is refused if required."""
    if kind.name == "rate":
        return rate_network(path, required)
    return small_networks(path) if kind.name == "small" else function_named(kind.forms[form])(path)


def rate_network(path: Path, required: bool = False) -> Any:
    """The network in a weight file of the workflow, which has to be the one that the file is named after."""
    from replicortex.errors import check_place
    from replicortex.networks import load

    found = load(path, required=required)
    check_place(path, found.metadata.get("experiment"), found.labels[0])
    return found


def small_networks(path: Path) -> Any:
    """The networks in a weight file of the workflow, whose mark says which task the configuration named."""
    from replicortex.primer import load, task_of

    return load(path, task_of)
