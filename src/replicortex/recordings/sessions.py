"""Sessions in NWB or MATLAB files, brought into the form of recordings by a short mapping (docs/recordings.md)."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from replicortex.errors import choose, shorten
from replicortex.readers.content import look, refusal
from replicortex.recordings.animal import COLUMNS, Animal, Array, Unit
from replicortex.recordings.files import SPAN
from replicortex.recordings.session import Session, SpikingUnit, plain

_KEYS = ("align", "window_ms", "bin_ms", "columns", "trials", "units")
_WHAT = "session"
_WITHIN = 0.01  # of the spikes, which lie between the first trial and the last; fewer where one of them is in ms


@dataclass(frozen=True)
class SessionMapping:
    """How the trials and units of a session become those of recordings.

    Attributes
    ----------
    align : str
        Column of the trials with the onset of the stimulus in s, time 0.
    window_ms : tuple[float, float]
        First and last ms of what is analysed, from the onset.
    bin_ms : float
        Width of a bin; the window is a whole number of them.
    columns : dict[str, tuple[str, dict]]
        For each column of `COLUMNS`: the column of the session, and what its values become ({}: they stay).
    trials, units : dict[str, tuple]
        Columns of the session and the values that are kept; others are left out.
    """

    align: str
    window_ms: tuple[float, float]
    bin_ms: float
    columns: dict[str, tuple[str, dict[Any, Any]]]
    trials: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    units: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def edges_ms(self) -> Array:
        """Edges of the bins: (time + 1,)."""
        start, stop = self.window_ms
        return start + np.arange(round((stop - start) / self.bin_ms) + 1) * self.bin_ms


def mapping_of(content: Mapping[str, Any], name: str = "mapping") -> SessionMapping:
    """A mapping from what a YAML file says.

    Raises
    ------
    ValueError
        A key is missing or unknown, or a value is not what it should be; the message begins with ``name``.
    """
    for key in content:
        choose(key, _KEYS, name)
    for key in _KEYS[:4]:
        if key not in content:
            raise ValueError(
                f"{name}: lacks {key!r}; a mapping has {', '.join(_KEYS[:4])}, and may have trials and units"
            )
    if not isinstance(content["align"], str):
        raise ValueError(f"{name}: align: {shorten(content['align'])} is not the name of a column")
    start, stop = _numbers(content["window_ms"], 2, f"{name}: window_ms", "[first, last] in ms from the onset")
    (width,) = _numbers([content["bin_ms"]], 1, f"{name}: bin_ms", "a number of ms")
    bins = (stop - start) / width if width > 0 else 0
    if not 2 <= bins <= 100_000 or abs(bins - round(bins)) > 1e-6:
        raise ValueError(
            f"{name}: window_ms: [{start:g}, {stop:g}] is not a whole number, 2 or more, of bins of {width:g}"
        )
    if not SPAN[0] <= stop - start <= SPAN[1]:
        raise ValueError(f"{name}: window_ms: {stop - start:g} ms long, not {SPAN[0]:g} to {SPAN[1]:g}; is it in ms?")
    given = _section(content["columns"], f"{name}: columns")
    for column in given:
        choose(column, COLUMNS, f"{name}: columns")
    for column in COLUMNS:
        if column not in given:
            raise ValueError(f"{name}: columns: lacks {column!r}; it needs {', '.join(COLUMNS)}")
    columns = {column: _source(given[column], f"{name}: columns.{column}") for column in COLUMNS}
    kept = {key: _section(content.get(key) or {}, f"{name}: {key}") for key in ("trials", "units")}
    chosen = {key: {c: tuple(v) if isinstance(v, list) else (v,) for c, v in of.items()} for key, of in kept.items()}
    return SessionMapping(content["align"], (start, stop), width, columns, chosen["trials"], chosen["units"])


def _numbers(values: Any, count: int, what: str, wanted: str) -> list[float]:
    good = isinstance(values, Sequence) and not isinstance(values, str) and len(values) == count
    if not good or any(isinstance(v, bool) or not isinstance(v, (int, float)) or not math.isfinite(v) for v in values):
        raise ValueError(f"{what}: {shorten(values)} is not {wanted}")
    return [float(value) for value in values]


def _section(content: Any, what: str) -> dict[str, Any]:
    if not isinstance(content, Mapping) or not all(isinstance(key, str) for key in content):
        raise ValueError(f"{what}: {shorten(content)} is not a mapping of columns")
    return dict(content)


def _source(content: Any, what: str) -> tuple[str, dict[Any, Any]]:
    """Column of the session, and its values translated: ``name`` or ``{from: name, values: {theirs: ours}}``."""
    if isinstance(content, str):
        return content, {}
    parts = _section(content, what)
    if not parts.keys() <= {"from", "values"} or not isinstance(parts.get("from"), str):
        raise ValueError(f"{what}: {shorten(content)} is not the name of a column, nor {{from: name, values: {{...}}}}")
    values = parts.get("values") or {}
    if not isinstance(values, Mapping) or any(
        isinstance(v, bool) or not isinstance(v, (int, float)) for v in values.values()
    ):
        raise ValueError(f"{what}.values: {shorten(values)} is not a mapping to numbers")
    return parts["from"], dict(values)


def read_sessions(
    paths: str | Path | Iterable[str | Path], mapping: str | Path | Mapping[str, Any], animal: str
) -> Animal:
    """One animal from the NWB or MATLAB files of its sessions, as spike counts.

    Parameters
    ----------
    paths
        A file per session; NWB needs the package pynwb (``pip install "replicortex[nwb]"``).
    mapping
        A YAML file, or what it says; see docs/recordings.md.
    animal
        Its name.

    Returns
    -------
    Animal
        Units are called after their session if there are several of them.

    Warns
    -----
    UserWarning
        Units that were recorded in none of the trials are left out.

    Raises
    ------
    ValueError
        A file is no such session or damaged; the mapping is not what it should be, or names a column or a value that
        the session does not have; no trials or units are left.
    ModuleNotFoundError
        pynwb is missing.
    """
    from replicortex.config.reading import read_yaml

    is_file = isinstance(mapping, (str, Path))
    content = read_yaml(mapping) if isinstance(mapping, (str, Path)) else mapping
    how = mapping_of(content, str(mapping) if is_file else "mapping")
    files = [Path(paths)] if isinstance(paths, (str, Path)) else [Path(path) for path in paths]
    if not files:
        raise ValueError(f"{animal}: no files of sessions")
    stems = [file.stem for file in files]
    twice = next((stem for stem in stems if stems.count(stem) > 1), None)
    if twice is not None:
        raise ValueError(f"{animal}: two sessions are called {twice!r}; give each file a name of its own")
    units: list[Unit] = []
    for file in files:
        units += _units(read_session(file, how), how, f"{file.stem}-" if len(files) > 1 else "")
    edges = how.edges_ms
    return Animal(animal, "counts", (edges[:-1] + edges[1:]) / 2, tuple(units))


def read_session(path: Path, mapping: SessionMapping) -> Session:
    """The columns that a mapping names, and the units, of one NWB or MATLAB file; raises as `read_sessions`."""
    kind = look(path, _WHAT)
    if kind == "hdf5":
        from replicortex.recordings.nwb import read_nwb

        return read_nwb(path, _trial_columns(mapping), tuple(mapping.units))
    if kind == "mat":
        from replicortex.recordings.matlab import read_mat

        return read_mat(path, _trial_columns(mapping), tuple(mapping.units))
    raise refusal(path, _WHAT, kind, "a session is an NWB file, or a MATLAB file of version 7 or older")


def _trial_columns(mapping: SessionMapping) -> tuple[str, ...]:
    """Every column of the trials that a mapping names."""
    return tuple(dict.fromkeys([mapping.align, *(name for name, _ in mapping.columns.values()), *mapping.trials]))


def _units(session: Session, mapping: SessionMapping, prefix: str) -> list[Unit]:
    """The units that a mapping keeps, with their spikes counted in the trials that it keeps."""
    kept = np.ones(len(session.trials[mapping.align]), dtype=bool)
    for column, values in mapping.trials.items():
        kept &= np.array([plain(value) in values for value in session.trials[column]], dtype=bool)
    if not kept.any():
        raise ValueError(f"{session.path}: no trials are left of {len(kept)}; see the mapping's 'trials'")
    rows = np.flatnonzero(kept)
    onsets = _translated(session, mapping.align, {}, rows)
    trials = pd.DataFrame({
        column: _translated(session, name, values, rows) for column, (name, values) in mapping.columns.items()
    })  # fmt: skip
    edges = mapping.edges_ms / 1000
    _check_clocks(session, mapping)
    found, silent = [], []
    for unit in session.units:
        if any(unit.facts[column] not in values for column, values in mapping.units.items()):
            continue
        there = _observed(unit, onsets + edges[0], onsets + edges[-1])
        if not there.any():
            silent.append(unit.name)
            continue
        before = np.searchsorted(np.sort(unit.spikes), onsets[there][:, None] + edges)
        part = trials[there].reset_index(drop=True)
        found.append(Unit(f"{prefix}{unit.name}", np.diff(before, axis=1).astype(np.float64), part))
    if silent:
        warnings.warn(f"{session.path}: units {', '.join(silent)} were recorded in none of the trials", stacklevel=4)
    if not found:
        raise ValueError(f"{session.path}: no units are left of {len(session.units)}; see the mapping's 'units'")
    return found


def _check_clocks(session: Session, mapping: SessionMapping) -> None:
    """Make sure that spikes and trials are on one clock: some spikes lie between the first trial and the last."""
    for unit in session.units:
        if not np.isfinite(unit.spikes).all():
            raise ValueError(f"{session.path}: unit {unit.name!r}: a time of a spike is not a finite number")
    spikes = np.concatenate([np.zeros(0), *(unit.spikes for unit in session.units)])
    given = [plain(value) for value in session.trials[mapping.align]]
    onsets = np.array([v for v in given if isinstance(v, (int, float)) and math.isfinite(v)], dtype=np.float64)
    if not len(spikes) or not len(onsets):
        return
    start, stop = onsets.min() + mapping.edges_ms[0] / 1000, onsets.max() + mapping.edges_ms[-1] / 1000
    within = np.mean((spikes >= start) & (spikes <= stop))
    if within < _WITHIN:
        raise ValueError(
            f"{session.path}: {within:.2%} of the spikes lie in the time of the trials, {start:g} to {stop:g} s by "
            f"{mapping.align!r}, the rest from {spikes.min():g} to {spikes.max():g} s; give both in s of one clock"
        )


def _observed(unit: SpikingUnit, starts: Array, stops: Array) -> Array:
    """In which trials a unit was recorded from beginning to end."""
    if unit.observed is None:
        return np.ones(len(starts), dtype=bool)
    first, last = unit.observed[:, 0], unit.observed[:, 1]
    return np.asarray(((starts[:, None] >= first) & (stops[:, None] <= last)).any(axis=1))


def _translated(session: Session, column: str, values: Mapping[Any, Any], rows: Array) -> Array:
    """A column's numbers in some of the trials."""
    found = np.empty(len(rows))
    for place, row in enumerate(rows):
        value = plain(session.trials[column][row])
        if values and value not in values:
            known = ", ".join(map(repr, values))
            raise ValueError(f"{session.path}: trial {row}, column {column!r}: {shorten(value)} is not one of {known}")
        number = values[value] if values else value
        if not isinstance(number, (int, float)) or not math.isfinite(number):
            raise ValueError(
                f"{session.path}: trial {row}, column {column!r}: {shorten(value)} is not a finite number; translate "
                "it by 'values', or leave such trials out by the mapping's 'trials'"
            )
        found[place] = number
    return found
