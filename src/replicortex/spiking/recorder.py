"""What of a run is kept: decimated traces, rasters and voltages in windows, decoders now and then, spike counts."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replicortex.errors import shorten
from replicortex.shown import short_repr
from replicortex.spiking.neurons import Array
from replicortex.spiking.protocols import Floats, Ints
from replicortex.spiking.schedule import Schedule

Window = tuple[float, float]
_BIN = 1e-3  # seconds of a spike count
_NUMBERS = 10_000_000  # 80 MB in double precision, and as much again for the targets


@dataclass(frozen=True)
class Recording:
    """What to keep.

    Attributes
    ----------
    trace_every
        Steps between recorded outputs and targets.
    raster_cells
        Number of neurons, from the first, whose spikes are kept.
    raster_windows
        Times from and to which spikes are kept, seconds.
    voltage_cells
        Number of neurons, from the first, whose voltages are kept.
    voltage_windows
        Times from and to which voltages are kept, seconds; windows must not overlap.
    voltage_every
        Steps between recorded voltages; a spike in between shows as a peak.
    decoder_cells
        Number of neurons, from the first, whose decoders are kept.
    decoder_every
        Seconds between recorded decoders while they are learned.
    """

    trace_every: int = 10
    raster_cells: int = 100
    raster_windows: tuple[Window, ...] = ()
    voltage_cells: int = 5
    voltage_windows: tuple[Window, ...] = ()
    voltage_every: int = 1
    decoder_cells: int = 10
    decoder_every: float = 0.05

    def __post_init__(self) -> None:
        for name in ("trace_every", "voltage_every"):
            if getattr(self, name) < 1:
                raise ValueError(f"recording.{name}: {shorten(getattr(self, name))} is out of range; allowed: from 1")
        if not self.decoder_every > 0:
            raise ValueError(
                f"recording.decoder_every: {shorten(self.decoder_every)} is out of range; allowed: more than 0 seconds"
            )
        ends = [end for window in sorted(self.voltage_windows) for end in window]
        if ends != sorted(ends):
            raise ValueError(
                f"recording.voltage_windows: {shorten(self.voltage_windows)} overlap, or end before they begin"
            )
        for first, last in self.raster_windows:
            if not first <= last:
                raise ValueError(f"recording.raster_windows: {shorten((first, last))} ends before it begins")


def fitting(schedule: Schedule, outputs: int) -> Recording:
    """Outputs every half millisecond, or as often as ten million numbers allow."""
    most = -(-schedule.steps * outputs // _NUMBERS)
    return Recording(trace_every=max(1, round(0.5e-3 / schedule.dt), most))


@short_repr
@dataclass(frozen=True)
class Traces:
    """What was kept, up to the step where the run ended. Times are step times dt, in seconds.

    Attributes
    ----------
    times
        Times of the records, (records,).
    z, x
        Outputs and targets at these times, (records, k).
    spike_times, spike_cells
        The raster, in order of time.
    voltage_times
        Times of the rows of voltages, (rows,).
    voltages
        (rows, cells) in the neuron's unit; a row shows the peak for a spike since the last row.
    decoder_times
        Times of the samples, (samples,).
    decoders
        (samples, cells, k).
    decoder_norms
        Norm of each output's decoders over all neurons, (samples, k).
    counts
        Spikes of all neurons in each millisecond, (ms,).
    cell_counts
        Spikes of each neuron before, during and after training, (3, N). In a run that learns nothing all are after.
    phase_times
        Seconds of these three phases.
    """

    times: Floats
    z: Array
    x: Array
    spike_times: Floats
    spike_cells: NDArray[np.int32]
    voltage_times: Floats
    voltages: Array
    decoder_times: Floats
    decoders: Array
    decoder_norms: Array
    counts: Ints
    cell_counts: Ints
    phase_times: Floats

    def rates(self) -> Floats:
        """Mean rate in Hz before, during and after training, (3,); NaN for a phase that there was not."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.cell_counts.mean(axis=1) / self.phase_times


@dataclass
class _Rows:
    """Arrays of one kind, to be put together at the end."""

    blocks: list[NDArray[Any]] = field(default_factory=list)

    def joined(self, like: NDArray[Any]) -> NDArray[Any]:
        """All rows; ``like`` is what none look like."""
        if len(self.blocks) > 1:
            self.blocks = [np.concatenate(self.blocks)]
        return self.blocks[0] if self.blocks else like


class Recorder:
    """Keeps what `Recording` asks for while a run goes on."""

    def __init__(self, recording: Recording, schedule: Schedule, units: int, outputs: int, dtype: str) -> None:
        self.recording, self.schedule = recording, schedule
        self._outputs, self._dtype = outputs, dtype
        records = schedule.steps // recording.trace_every
        self.z, self._x = np.zeros((records, outputs), dtype), np.zeros((records, outputs), dtype)
        self._voltage_cells = min(recording.voltage_cells, units)
        self._decoder_cells = min(recording.decoder_cells, units)
        self._windows = self._inside(tuple(sorted(recording.voltage_windows)))
        self._rasters = self._inside(recording.raster_windows)
        self.voltages = [
            np.zeros((-(-(last - first + 1) // recording.voltage_every), self._voltage_cells), dtype)
            for first, last in self._windows
        ]
        self.held = np.zeros(self._voltage_cells, bool)
        self._bin = max(1, schedule.step_at(_BIN))
        self._counts = np.zeros(-(-schedule.steps // self._bin), np.int64)
        self._cell_counts = np.zeros((3, units), np.int64)
        self._phases = np.array([schedule.step_at(schedule.train_start), schedule.step_at(schedule.train_stop)])
        self._raster_steps, self._raster_cells = _Rows(), _Rows()
        self._decoder_steps, self._decoders, self._norms = _Rows(), _Rows(), _Rows()
        self._next_decoders = 0

    def _inside(self, windows: tuple[Window, ...]) -> list[tuple[int, int]]:
        """First and last step of each window; of what lies in the run."""
        at, end = self.schedule.step_at, self.schedule.steps
        found = [(at(first) + 1, min(at(last), end)) for first, last in windows]
        return [(first, last) for first, last in found if first <= last]

    def boundaries(self) -> list[int]:
        """Steps after which what is recorded changes: a block of steps must not reach across one."""
        return sorted({edge for first, last in self._windows for edge in (first - 1, last)})

    def voltage_window(self, i: int) -> tuple[int, NDArray[np.int32], Array]:
        """First step, cells and rows of the window that step ``i`` lies in; no cells outside of all windows."""
        for (first, last), rows in zip(self._windows, self.voltages, strict=True):
            if first <= i <= last:
                return first, np.arange(self._voltage_cells, dtype=np.int32), rows
        return 1, np.zeros(0, np.int32), np.zeros((0, self._voltage_cells), self._dtype)

    def targets(self, steps: Ints, values: Floats) -> None:
        """Targets (count, k) at steps (count,) that are recorded."""
        self._x[steps // self.recording.trace_every - 1] = values

    def spikes(self, steps: Ints, cells: NDArray[np.int32]) -> None:
        """Spikes in order of time."""
        if not len(steps):
            return
        bins = (steps - 1) // self._bin
        here = np.bincount(bins - bins[0])
        self._counts[bins[0] : bins[0] + len(here)] += here
        for phase, (first, last) in enumerate(self._split(steps)):
            if last > first:
                self._cell_counts[phase] += np.bincount(cells[first:last], minlength=self._cell_counts.shape[1])
        inside = np.zeros(len(steps), bool)
        for start, end in self._rasters:
            inside |= (steps >= start) & (steps <= end)
        inside &= cells < self.recording.raster_cells
        if inside.any():
            self._raster_steps.blocks.append(steps[inside])
            self._raster_cells.blocks.append(cells[inside])

    def _split(self, steps: Ints) -> list[tuple[int, int]]:
        """Where in sorted steps the three phases begin and end."""
        start, stop = np.searchsorted(steps, self._phases, side="right")
        return [(0, int(start)), (int(start), int(stop)), (int(stop), len(steps))]

    def decoders(self, i: int, phi: Array) -> None:
        """The decoders (N, k) after step ``i``, if it is time for them."""
        if i < self._next_decoders:
            return
        self._next_decoders = i + max(1, self.schedule.step_at(self.recording.decoder_every))
        self._decoder_steps.blocks.append(np.array([i]))
        self._decoders.blocks.append(phi[None, : self._decoder_cells].copy())
        self._norms.blocks.append(np.linalg.norm(phi, axis=0)[None])

    def state(self) -> dict[str, NDArray[Any]]:
        """Everything recorded so far."""
        arrays = self._arrays() | {
            "z": self.z, "x": self._x, "counts": self._counts, "cell_counts": self._cell_counts, "held": self.held,
            "next_decoders": np.array([self._next_decoders]),
        }  # fmt: skip
        return arrays | {f"voltages{w}": rows for w, rows in enumerate(self.voltages)}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Take up a `state`."""
        self.z, self._x, self._counts = state["z"], state["x"], state["counts"]
        self._cell_counts, self.held = state["cell_counts"], state["held"]
        self._next_decoders = int(state["next_decoders"][0])
        self.voltages = [state[f"voltages{w}"] for w in range(len(self.voltages))]
        for name, rows in self._lists().items():
            rows.blocks = [state[name]]

    def _lists(self) -> dict[str, _Rows]:
        return {
            "raster_steps": self._raster_steps, "raster_cells": self._raster_cells,
            "decoder_steps": self._decoder_steps, "decoders": self._decoders, "norms": self._norms,
        }  # fmt: skip

    def _arrays(self) -> dict[str, NDArray[Any]]:
        none: dict[str, NDArray[Any]] = {
            "raster_steps": np.zeros(0, np.int64),
            "raster_cells": np.zeros(0, np.int32),
            "decoder_steps": np.zeros(0, np.int64),
            "decoders": np.zeros((0, self._decoder_cells, self._outputs), self._dtype),
            "norms": np.zeros((0, self._outputs), self._dtype),
        }
        return {name: rows.joined(none[name]) for name, rows in self._lists().items()}

    def traces(self, done: int) -> Traces:
        """What was kept in the first ``done`` steps."""
        dt, every, arrays = self.schedule.dt, self.recording.trace_every, self._arrays()
        kept = done // every
        rows = [
            (first + self.recording.voltage_every * np.arange(len(v)), v)
            for (first, _), v in zip(self._windows, self.voltages, strict=True)
        ]
        voltage_steps = np.concatenate([np.zeros(0, np.int64), *(steps for steps, _ in rows)])
        voltages = np.concatenate([np.zeros((0, self._voltage_cells), self._dtype), *(v for _, v in rows)])
        reached = voltage_steps <= done
        edges = np.minimum([0, *self._phases, self.schedule.steps], done)
        return Traces(
            times=dt * every * np.arange(1, kept + 1, dtype=np.float64),
            z=self.z[:kept],
            x=self._x[:kept],
            spike_times=dt * arrays["raster_steps"],
            spike_cells=arrays["raster_cells"],
            voltage_times=dt * voltage_steps[reached],
            voltages=voltages[reached],
            decoder_times=dt * arrays["decoder_steps"],
            decoders=arrays["decoders"],
            decoder_norms=arrays["norms"],
            counts=self._counts[: -(-done // self._bin)],
            cell_counts=self._cell_counts,
            phase_times=dt * np.diff(edges),
        )
