"""What is shipped: folders, files, checksums and provenance, as a manifest in each folder says."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from replicortex.config.names import Kind
from replicortex.errors import choose
from replicortex.readers.content import check_name
from replicortex.shared_settings import merged, shared, without
from replicortex.shown import short_repr

FOLDER = Path("pretrained")
VARIABLE = "REPLICORTEX_PRETRAINED"  # of the environment: the folder where there is no checkout
FORMAT = "replicortex-pretrained-3"
MANIFEST = "manifest.json"
LIMIT = 32_000_000  # bytes of everything shipped together: a clone has to stay small

# Tables measured on every network, which take minutes per network to make again. What figures read beside these is made
# in seconds: from the first network (its sample trials, its weights), from these tables, or from no network at all.
TABLES = (
    *("history", "architecture", "units", "task_variance", "epoch_variance", "silhouette", "agreement"),
    *("cluster_number", "lesions", "composite", "psychometric", "psychometric_fit", "chronometric", "threshold"),
    *("memory", "task_planes", "rule_planes", "parallelism", "squares", "task_distances"),
    *("context_groups", "group_lesions", "group_maps", "group_tuning", "group_connections", "group_rules"),
    *("anti_units", "anti_lesions", "anti_tuning", "anti_connections", "anti_rules", "condition_variance"),
    *("best_k", "ftv_histogram", "slow_points", "slow_modes", "slow_line", "slow_paths"),
    *("random_lesions", "lesion_batches", "control_silhouettes", "cluster_blocks", "group_outputs", "projected"),
    "condition_scores",
)
# Of the tables made in seconds, those made from the first network: they are there if its weights are shipped.
FROM_WEIGHTS = ("sample_trials", "fine_trial", "unit_trace", "weights")
# And those made from other tables: they are there if their sources are shipped.
MADE_FROM = {
    "ftv": ("task_variance",),
    "ftv_types": ("ftv_histogram",),
    "outcome": ("history", "best_k"),
    "factor_shares": ("history", "best_k"),
}


@short_repr
@dataclass(frozen=True)
class NetworkFile:
    """One shipped network, or one of which only the tables measured on it are shipped.

    Attributes
    ----------
    packed : str or None
        SHA-256, in hex, of the compressed weight file; None where it is not shipped.
    weights : str
        SHA-256 of the weight file itself.
    trained : str
        UTC, when its training had ended, e.g. "2026-11-30T19:26:41": the time of the weight file. Of networks packed
        before manifests said so, the time of the commit that added them, which is later than their training.
    provenance : dict
        The metadata of the weight file: settings, seed, versions, code, ... (see ``training/job.py``).
    """

    packed: str | None
    weights: str
    trained: str
    provenance: dict[str, Any]


@short_repr
@dataclass(frozen=True)
class Shipped:
    """The shipped networks of one experiment.

    Attributes
    ----------
    folder : Path
    experiment, scale : str
    version : str
        Of replicortex, when they were packed.
    networks : dict[str, NetworkFile]
        By label, in the order in which figures show them.
    tables : dict[str, str]
        SHA-256 of each table's file, by the table's name.
    measured : dict
        What the tables were measured with: fingerprint of the measuring code, versions, precision; under "added" the
        same of each group of networks that was added later.
    kind : str
        "rate" for networks on the twenty tasks, "small" for those on single tasks, "spiking" or "taught".
    of_first : tuple of str
        Tables that were made from the first network alone, as an example.
    """

    folder: Path
    experiment: str
    scale: str
    version: str
    networks: dict[str, NetworkFile]
    tables: dict[str, str]
    measured: dict[str, Any]
    kind: str = "rate"
    of_first: tuple[str, ...] = ()

    @property
    def seeds(self) -> list[int]:
        """Seeds of the networks, each once."""
        return list(dict.fromkeys(network.provenance["seed"] for network in self.networks.values()))

    @property
    def without_weights(self) -> bool:
        """Whether some network is there by its tables alone."""
        return any(network.packed is None for network in self.networks.values())

    def network_path(self, label: str) -> Path:
        """Where a network's compressed weight file is."""
        return self.folder / f"{label}.safetensors.xz"

    def table_path(self, name: str) -> Path:
        """Where a table's file is."""
        return self.folder / "tables" / f"{name}.parquet"

    def to_json(self) -> str:
        """The manifest's text; what all networks have in common stands there once."""
        common = shared([network.provenance for network in self.networks.values()])
        networks = {
            label: {
                "packed_sha256": network.packed,
                "weights_sha256": network.weights,
                "trained": network.trained,
                "provenance": without(network.provenance, common),
            }
            for label, network in self.networks.items()
        }
        content = {
            "format": FORMAT,
            "experiment": self.experiment,
            "scale": self.scale,
            **({} if self.kind == "rate" else {"kind": self.kind}),
            "replicortex": self.version,
            "provenance_of_all": common,
            "networks": networks,
            "tables_sha256": self.tables,
            **({"tables_of_first": list(self.of_first)} if self.of_first else {}),
            "measured": self.measured,
        }
        return json.dumps(content, indent=1, sort_keys=False) + "\n"


def sha256(content: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


def read(folder: str | Path) -> Shipped:
    """The manifest of one folder, such as ``pretrained/laptop/reference``.

    Raises
    ------
    FileNotFoundError
        There is none.
    ValueError
        It is no manifest of this version, or not that of its folder.
    """
    path = Path(folder) / MANIFEST
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such manifest, so no networks are shipped there")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise ValueError(f"{path}: format {content['format']!r} is not {FORMAT!r}")
        shipped = _shipped(Path(folder), content)
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: is damaged (byte {error.start}); restore it from the repository") from None
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{path}: is damaged ({error!r}); restore it from the repository") from None
    if (shipped.scale, shipped.experiment) != path.resolve().parts[-3:-1]:
        raise ValueError(f"{path}: is the manifest of {shipped.scale}/{shipped.experiment}, not of this folder")
    return shipped


def _shipped(folder: Path, content: Mapping[str, Any]) -> Shipped:
    for what in ("networks", "tables_sha256"):
        for name in content[what]:
            check_name(name, f"{folder / MANIFEST}: {what}:")
    networks = {
        label: NetworkFile(
            entry["packed_sha256"],
            entry["weights_sha256"],
            entry["trained"],
            merged(entry["provenance"], content["provenance_of_all"]),
        )
        for label, entry in content["networks"].items()
    }
    tables, measured = dict(content["tables_sha256"]), dict(content["measured"])
    return Shipped(
        folder,
        content["experiment"],
        content["scale"],
        content["replicortex"],
        networks,
        tables,
        measured,
        choose(content.get("kind", "rate"), get_args(Kind), f"{folder / MANIFEST}: kind"),
        tuple(content.get("tables_of_first", ())),
    )


def check_size(root: Path, files: Iterable[Path]) -> None:
    """Make sure that files to be shipped below ``root`` are small enough together.

    Raises
    ------
    ValueError
        They are larger than the limit.
    """
    total = sum(path.stat().st_size for path in files if path.is_file())
    if total > LIMIT:
        raise ValueError(f"{root}: {total:,} bytes, but {LIMIT:,} at most are to be shipped")


def home() -> Path:
    """The folder of what is shipped: of the current folder, of ``REPLICORTEX_PRETRAINED``, or of the imported package.

    A package that was installed from a wheel has it inside, one that is imported from a checkout has it there.

    A folder ``pretrained`` without a manifest belongs to somebody else, and is passed over.

    Raises
    ------
    FileNotFoundError
        The variable names a folder without manifests.
    """
    if any(FOLDER.glob(f"*/*/{MANIFEST}")):
        return FOLDER
    if named := os.environ.get(VARIABLE):
        if not any(Path(named).glob(f"*/*/{MANIFEST}")):
            raise FileNotFoundError(f"{VARIABLE}={named}: no shipped networks are there; name a checkout's pretrained")
        return Path(named)
    here = Path(__file__).resolve()
    return next((each for each in (here.parents[3] / FOLDER, here.parent / "shipped") if each.is_dir()), FOLDER)


def available(scale: str, root: str | Path = FOLDER) -> dict[str, Shipped]:
    """What is shipped at a scale, by experiment; empty if nothing is. Raises as `read`."""
    return {path.parent.name: read(path.parent) for path in sorted(Path(root, scale).glob(f"*/{MANIFEST}"))}


def source(shipped: Iterable[Shipped]) -> str:
    """Where networks came from, as the last line of a figure says: "shipped with replicortex v0.1.0"."""
    versions = dict.fromkeys(f"v{each.version}" for each in shipped)
    return f"shipped with replicortex {', '.join(versions)}"
