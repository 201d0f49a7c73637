"""What weights, tables and figures were made from: carried inside the files, compared wherever they are read.

A weight file tells its origin in its header, a table in its metadata, beside the checksum. The plan of a run passes the
*marks* that it wants on the command line; a file with another mark, or with none, is refused and never drawn.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from replicortex.checksums import safetensors_notes
from replicortex.provenance import fingerprint

T = TypeVar("T")

KEY = "replicortex.origin"  # under which the formats' own metadata hold it
TRAINED_HERE, TRAINED_ELSEWHERE = "trained here", "trained elsewhere"
_DIGITS = 16  # of a SHA-256, enough to tell settings apart; commands with thousands of marks stay short
# Where each experiment has a folder; scorecards have none.
_BY_EXPERIMENT = frozenset({"networks", "tables", "primer", "taught"})
_NAMED = 3  # networks or marks that a message names


@dataclass(frozen=True)
class Origin:
    """What a file was made from.

    Attributes
    ----------
    experiment, scale : str
        Whose networks; the scale is "" where no network is involved.
    networks : Mapping[str, str]
        Label -> fingerprint of settings and seed, see `network`.
    basis : str
        Of a file that was made from no network: the fingerprint of what it was made from.
    schedules, units, sources : tuple
        For a figure's last line, each value once: how the networks were trained, their recurrent units, and where they
        come from ("trained here", "trained elsewhere", "shipped with replicortex v0.1.0").
    """

    experiment: str
    scale: str = ""
    networks: Mapping[str, str] = field(default_factory=dict)
    basis: str = ""
    schedules: tuple[str, ...] = ()
    units: tuple[int, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        """Fingerprint of all but what is for a figure's last line: equal marks mean equal networks."""
        return short([self.experiment, self.scale, dict(self.networks), self.basis])

    def __str__(self) -> str:
        labels = list(self.networks)
        more = f" and {len(labels) - _NAMED} more" if len(labels) > _NAMED else ""
        named = f"{', '.join(labels[:_NAMED])}{more} of " if labels else ""
        at = f" at scale {self.scale!r}" if self.scale else ""
        return f"{named}{self.experiment!r}{at}, fingerprint {self.mark}"


def short(told: Any) -> str:
    """The first digits of a fingerprint."""
    return fingerprint(told)[:_DIGITS]


def network(settings: str, seed: int) -> str:
    """Fingerprint of one network, from that of its settings and its seed."""
    return short([settings, seed])


def of_network(metadata: Mapping[str, Any]) -> Origin | None:
    """The origin of a weight file, from the metadata that its training wrote; None where they do not tell it."""
    settings = metadata.get("settings")
    told = [metadata.get(key) for key in ("experiment", "label", "configuration", "seed")]
    if None in told or not isinstance(settings, Mapping):
        return None
    name, label, configuration, seed = told
    elsewhere = bool(settings.get("imported"))
    schedule = TRAINED_ELSEWHERE if elsewhere else (settings.get("schedule") or {}).get("name")
    units = (settings.get("network") or {}).get("units") or settings.get("cells") or settings.get("units")
    return Origin(
        experiment=str(name),
        scale=str(settings.get("scale", "")),
        networks={str(label): network(str(configuration), int(seed))},  # type: ignore[arg-type]
        schedules=(schedule,) if schedule else (),
        units=(units,) if units else (),
        sources=(str(metadata.get("source") or (TRAINED_ELSEWHERE if elsewhere else TRAINED_HERE)),),
    )


def of_members(experiment: str, scale: str, members: Iterable[Any]) -> Origin:
    """The origin that files of some networks of the configuration have to have; members of any kind of experiment."""
    networks = {member.label: network(member.experiment.fingerprint(), member.seed) for member in members}
    return Origin(experiment, scale, networks)


def of_basis(experiment: str, basis: Any) -> Origin:
    """The origin of a file that was made from no network but from what ``basis`` (JSON) tells."""
    return Origin(experiment, basis=short(basis))


def merge(origins: Iterable[Origin]) -> tuple[Origin, ...]:
    """The origin of what is made from files of these origins: one for each experiment, scale and basis.

    Raises
    ------
    ValueError
        Two files hold different networks under one label.
    """
    found: dict[tuple[str, str, str], Origin] = {}
    for each in origins:
        key = (each.experiment, each.scale, each.basis)
        found[key] = _joined(found[key], each) if key in found else each
    return tuple(found.values())


def _joined(one: Origin, other: Origin) -> Origin:
    odd = [label for label, each in other.networks.items() if one.networks.get(label, each) != each]
    if odd:
        raise ValueError(f"{odd[0]} of {one.experiment!r} has one origin in one file and another in the next; "
                         "these files are of different runs")  # fmt: skip
    return replace(
        one,
        networks={**one.networks, **other.networks},
        schedules=_once(one.schedules, other.schedules),
        units=_once(one.units, other.units),
        sources=_once(one.sources, other.sources),
    )


def _once(*given: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(itertools.chain(*given)))


def dumps(origins: Iterable[Origin]) -> str:
    """As a file holds it: JSON."""
    return json.dumps([asdict(each) for each in origins], separators=(",", ":"))


def loads(text: str | bytes | None) -> tuple[Origin, ...]:
    """What `dumps` wrote; nothing where there is none, or where it is damaged or of another version."""
    try:
        return tuple(_read(each) for each in json.loads(text or "[]"))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return ()


def _read(told: Mapping[str, Any]) -> Origin:
    return Origin(
        experiment=str(told["experiment"]),
        scale=str(told["scale"]),
        networks={str(label): str(each) for label, each in told["networks"].items()},
        basis=str(told["basis"]),
        schedules=tuple(map(str, told["schedules"])),
        units=tuple(map(int, told["units"])),
        sources=tuple(map(str, told["sources"])),
    )


def of_weights(path: str | Path) -> tuple[Origin, ...]:
    """What the header of a weight file says; nothing where it says nothing.

    Raises
    ------
    FileNotFoundError
        No such file.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"{path}: no such weight file")
    with open(path, "rb") as handle:
        length = handle.read(8)
        content = length + handle.read(min(int.from_bytes(length, "little"), 100_000_000))
    try:
        notes = safetensors_notes(content)
        if KEY in notes:
            return loads(notes[KEY])
        found = of_network(json.loads(notes["metadata"]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return ()
    return (found,) if found else ()


def check(path: str | Path, found: Iterable[Origin], wanted: Collection[str]) -> None:
    """Refuse a file that is not of the networks that the configuration asks for.

    Parameters
    ----------
    path
        The file.
    found
        Its origins.
    wanted
        Marks that it may have.

    Raises
    ------
    ValueError
        It carries no mark or another one, or lies in the folder of another experiment.
    """
    origins = tuple(found)
    named = ", ".join(sorted(wanted)[:_NAMED]) or "of none"
    asked = f"wanted is fingerprint {named}{' or another' * (len(wanted) > _NAMED)}"
    remedy = "; delete it, and run again"
    if not origins:
        raise ValueError(f"{path}: does not say which networks it was made from, so it is not used; {asked}{remedy}")
    for each in origins:
        if each.mark not in wanted:
            raise ValueError(f"{path}: holds {each}, but {asked}: other settings, seeds or another scale{remedy}")
    (first, *others), folders = origins, Path(path).parts
    placed = not others and first.experiment and not _BY_EXPERIMENT.isdisjoint(folders)
    if placed and first.experiment not in folders:
        raise ValueError(f"{path}: holds {first}; it was copied or renamed{remedy}")
