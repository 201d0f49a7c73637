"""A time series that a user brings: numbers (time, channel), the time between two of them, and the channels' names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from replicortex.readers.arrays import Array, as_numbers, one_number, only, read_npy, read_npz
from replicortex.readers.content import look, refusal, whole_content
from replicortex.readers.tables import first_row, is_number, number_column, read_csv
from replicortex.readers.wav import read_wav
from replicortex.shown import short_repr

Floats = NDArray[np.float64]
_WHAT = "time series"
_WANTED = "a time series is a .csv, .npy, .npz or .wav"
_UNITS = {"time_s": 1.0, "time_ms": 1e-3}  # s
_VALUES = "values"
_LONGEST = 1e6  # s
_TIMES = ("t", "time", "elapsed", "clock", "times", "timestamp", "timestamps", "zeit", "temps", "tiempo")
_LETTERS = ("s", "h")  # alone they may be anything
_CLOCKS = (*"sec secs second seconds ms msec millisecond milliseconds us \u00b5s ns min minutes hr hour hours".split(),
           "in", "of", "stamp")  # fmt: skip
_COUNTERS = ("", "index", "sample", "samples", "frame", "frames", "row", "nr", "no")
_CLEAR = 5  # equal steps that are no chance
_EQUAL = 0.02  # of a step: how far a time may lie from where it should, as rounded times do


@short_repr
@dataclass(frozen=True)
class TimeSeries:
    """Channels sampled together at equal intervals.

    Attributes
    ----------
    values : (time, channel) float64
        Finite numbers.
    dt : float or None
        Seconds from one sample to the next; None where the file does not say it.
    names : tuple[str, ...]
        One per channel; "channel1", "channel2", ... where the file has none.
    """

    values: Floats
    dt: float | None
    names: tuple[str, ...]


def read_series(path: str | Path) -> TimeSeries:
    """A time series from a CSV, .npy, .npz or .wav file, whichever it is by its content.

    - CSV: a column per channel, with or without a line of names. A column ``time_s`` or ``time_ms`` is the time.
    - .npy: an array (time, channel) or (time,).
    - .npz: ``values`` as an .npy has it; if known ``dt`` (s), or a time (time,) as ``time_s`` or ``time_ms``; and
      ``names`` (channel,).
    - .wav: its channels, in [-1, 1].

    Parameters
    ----------
    path
        The file. Its ending does not matter.

    Returns
    -------
    TimeSeries

    Raises
    ------
    ValueError
        It is none of these, damaged or cut off; fewer than two samples; times that do not rise in equal steps or are
        without a unit; a column that seems to be the time, and is not called so; a number that is missing or not
        finite. One line with file, place, value and what would be right.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "reach.csv").write_text("time_ms,x,y\\n0,0.1,1\\n10,0.2,0\\n20,0.4,-1\\n")
    ...     series = read_series(Path(folder, "reach.csv"))
    >>> series.values.shape, series.dt, series.names
    ((3, 2), 0.01, ('x', 'y'))
    """
    kind = look(path, _WHAT)
    readers = {"text": _of_csv, "npy": _of_npy, "zip": _of_npz, "wav": _of_wav}
    if kind not in readers:
        raise refusal(path, _WHAT, kind, _WANTED)
    series = readers[kind](path)
    if len(series.values) < 2:
        raise ValueError(f"{path}: has {len(series.values)} sample; a time series has two or more")
    return series


def _of_csv(path: str | Path) -> TimeSeries:
    names = first_row(path, whole_content(path, _WHAT, ("text",)))
    named = not all(map(is_number, names))
    table = read_csv(path, header=named)
    if named and any(not name or name.startswith("Unnamed:") for name in map(str, table.columns)):
        raise ValueError(f"{path}: a column has no name; name it, or leave it out (pandas: to_csv(path, index=False))")
    columns = {str(name).strip(): number_column(path, table, name).to_numpy() for name in table.columns}
    for name in columns:
        if named and name not in _UNITS and _means_time(name):
            raise ValueError(
                f"{path}: column {name!r} looks like the time; call it {' or '.join(_UNITS)}, in that unit"
            )
    times = [name for name in columns if name in _UNITS]
    if len(times) > 1:
        raise ValueError(f"{path}: has both {' and '.join(times)}; keep one")
    dt = _step(path, f"column {times[0]!r}", columns.pop(times[0]), _UNITS[times[0]]) if times else None
    if not columns or not len(table):
        raise ValueError(f"{path}: has no {'rows' if columns else 'column besides the time'}")
    values = np.column_stack(list(columns.values()))
    if not named or next(iter(columns)).casefold() in _COUNTERS:
        remedy = f"begin with a line of names, in which the time is {' or '.join(_UNITS)}"
        _check_no_clock(path, values, "its first column", remedy)
    return TimeSeries(values, dt, tuple(columns) if named else _numbered(len(columns)))


def _means_time(name: str) -> bool:
    """Whether a column is called after the time, or a unit of it, and nothing else.

    Examples
    --------
    >>> _means_time("Time (s)"), _means_time("elapsed_h"), _means_time("t_max"), _means_time("h")
    (True, True, False, False)
    """
    words = re.findall(r"[^\W\d_]+", name.casefold())
    return (
        bool(words) and (words[0] in _TIMES or words[0] in _CLOCKS) and {*words[1:]} <= {*_TIMES, *_CLOCKS, *_LETTERS}
    )


def _check_no_clock(path: str | Path, values: Floats, what: str, remedy: str) -> None:
    """Raise a ValueError if the first of several channels without names rises in equal steps, as a time does."""
    with np.errstate(over="ignore"):
        steps = np.diff(values[:, 0])
    rises = len(steps) >= _CLEAR and (steps > 0).all() and steps.max() <= (1 + _EQUAL) * steps.min()
    if rises and values.shape[1] > 1:
        first, last = values[[0, -1], 0]
        raise ValueError(f"{path}: {what} rises in equal steps from {first:g} to {last:g}, as a time does; {remedy}")


def _of_npy(path: str | Path) -> TimeSeries:
    values = _values(path, "the array", read_npy(path))
    if values.shape[0] < values.shape[1]:
        raise ValueError(
            f"{path}: shape {values.shape} has more channels than samples; it should be (time, channel), so transpose "
            "it, or say which is which in an .npz with values and dt"
        )
    _check_no_clock(
        path, values, "its first channel", "leave it out and give dt, or write an .npz with values and time_s"
    )
    return TimeSeries(values, None, _numbered(values.shape[1]))


def _of_npz(path: str | Path) -> TimeSeries:
    arrays = read_npz(path)
    only(path, arrays, (_VALUES,), ("dt", "names", *_UNITS))
    values = _values(path, repr(_VALUES), arrays[_VALUES])
    clocks = [name for name in arrays if name in ("dt", *_UNITS)]
    if len(clocks) > 1:
        raise ValueError(f"{path}: has both {' and '.join(clocks)}; keep one")
    dt = None
    if clocks == ["dt"]:
        dt = one_number(path, "'dt'", arrays["dt"], " of seconds")
        _check_span(path, "'dt'", dt * (len(values) - 1))
    elif clocks:
        times = as_numbers(path, repr(clocks[0]), arrays[clocks[0]])
        if times.shape != values.shape[:1]:
            raise ValueError(f"{path}: {clocks[0]!r} of shape {times.shape} does not fit values of {values.shape}")
        dt = _step(path, repr(clocks[0]), times, _UNITS[clocks[0]])
    return TimeSeries(values, dt, _names(path, arrays.get("names"), values))


def _of_wav(path: str | Path) -> TimeSeries:
    sound = read_wav(path)
    return TimeSeries(sound.samples, 1 / sound.rate, _numbered(sound.samples.shape[1]))


def _values(path: str | Path, name: str, array: Array) -> Floats:
    values = as_numbers(path, name, array)
    if values.ndim not in (1, 2):
        raise ValueError(f"{path}: {name} of shape {values.shape} is not (time, channel) or (time,)")
    return values.reshape(len(values), -1)


def _names(path: str | Path, names: Array | None, values: Floats) -> tuple[str, ...]:
    count = values.shape[1]
    if names is None:
        return _numbered(count)
    found = tuple(map(str, names.ravel()))
    if names.dtype.kind != "U" or len(found) != count or len(set(found)) != count or not all(found):
        raise ValueError(f"{path}: 'names' of shape {names.shape} and {names.dtype} are not {count} different texts")
    return found


def _numbered(count: int) -> tuple[str, ...]:
    return tuple(f"channel{number + 1}" for number in range(count))


def _step(path: str | Path, name: str, times: Floats, unit: float) -> float:
    """Seconds from one time to the next, if they rise in equal steps."""
    steps = np.diff(times)
    if not len(steps):
        raise ValueError(f"{path}: has {len(times)} sample; a time series has two or more")
    mean = (times[-1] - times[0]) / len(steps)
    line = times[0] + mean * np.arange(len(times))
    wrong = ~(np.append(steps, mean) > 0) | ~(np.abs(times - line) <= _EQUAL * mean)
    if wrong.any():
        i = int(wrong.argmax())
        raise ValueError(
            f"{path}: {name}: {times[i]:g} in row {i} is not one of times that rise in equal steps, which are {mean:g} "
            f"on average{f' (here {steps[i]:g})' if i < len(steps) else ''}"
        )
    _check_span(path, name, (times[-1] - times[0]) * unit)
    return float(mean * unit)


def _check_span(path: str | Path, name: str, seconds: float) -> None:
    if not 1e-6 <= seconds <= _LONGEST:
        raise ValueError(f"{path}: {name} says that it lasts {seconds:g} s, not 1e-6 to {_LONGEST:g} s; see the unit")
