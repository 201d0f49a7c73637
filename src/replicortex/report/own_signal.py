"""A signal of one's own and the network that learnt it: what `rx.spiking.train(...).plot()` shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from replicortex.report import style
from replicortex.spiking import measures
from replicortex.spiking.protocols import Floats

Rows = NDArray[np.intp]

if TYPE_CHECKING:
    from replicortex.spiking.signals import TrainedSignal

_SIGNAL = "0.1"  # its colour
_ROWS = 4  # outputs that are drawn, at most


@style.styled
def figure(trained: TrainedSignal, seconds: float | None = None) -> Figure:
    """Draw outputs over the signal before learning, at its beginning and after it, the error, and spikes.

    After learning the signal is shifted to where it is nearest to the output; the title says by how much.

    Parameters
    ----------
    trained
        From `replicortex.spiking.train`.
    seconds
        How much of each is shown; two lengths of the signal, at most two seconds, if None.
    """
    traces, schedule = trained.training.traces, trained.training.schedule
    shown = min(2.0, 2 * trained.target.cycle) if seconds is None else seconds
    z, x = (trained.offset + trained.scale * values.astype(np.float64) for values in (traces.z, traces.x))
    outputs = min(_ROWS, z.shape[1])
    page = Figure(figsize=(7.1, 2.2 + 0.75 * outputs), layout="constrained")
    grid = page.add_gridspec(outputs + 1, 3, height_ratios=[*[1] * outputs, 1.6])
    start, stop, end = schedule.train_start, schedule.train_stop, schedule.duration
    windows = {"before": start - shown, "learning begins": start, "after": end - shown}
    for column, (words, first) in enumerate(windows.items()):
        rows = np.flatnonzero((traces.times > max(first, 0)) & (traces.times <= first + shown))
        if not len(rows):
            continue
        target, told = x[rows], words
        if words == "after" and trained.drive is None:
            target, lag = _shifted(trained, z, x, rows, float(np.diff(traces.times[:2])[0]))
            told = f"after learning, signal shifted by {1e3 * lag:.0f} ms"
        for output in range(outputs):
            ax = page.add_subplot(grid[output, column])
            ax.plot(traces.times[rows], z[rows, output], color=style.ACCENT, lw=1, label="output")
            ax.plot(traces.times[rows], target[:, output], color=_SIGNAL, lw=0.7, ls=(0, (2.5, 1.5)), label="signal")
            _limits(ax, x[:, output])
            ax.margins(x=0)
            if output == 0:
                ax.set_title(told)
            if column == 0:
                ax.set_ylabel(f"Output {output + 1}")
    page.axes[0].legend(loc="upper left", ncols=2)
    _error(page.add_subplot(grid[outputs, 0]), traces.times, z - trained.offset, x - trained.offset, (start, stop))
    _spikes(page.add_subplot(grid[outputs, 1:]), traces.spike_times, traces.spike_cells, end - shown)
    return page


def _shifted(trained: TrainedSignal, z: Floats, x: Floats, rows: Rows, interval: float) -> tuple[Floats, float]:
    """The signal where it is nearest to the output in these rows, and the lag in s."""
    most = round(trained.target.cycle / 2 / interval)
    step = measures.lag_of_rows(z, x, int(rows[0]), int(rows[-1]) + 1, most)
    return x[np.clip(rows - step, 0, len(x) - 1)], step * interval


def _limits(ax: Axes, values: Floats) -> None:
    low, high = float(values.min()), float(values.max())
    room = 0.6 * (high - low) or 1.0
    ax.set_ylim(low - room, high + room)


def _error(ax: Axes, times: Floats, z: Floats, x: Floats, learning: tuple[float, float]) -> None:
    """Error over time, in windows of a hundredth of the run, learning shaded."""
    edges = np.linspace(0, times[-1], 101)
    window = np.clip(np.searchsorted(edges, times) - 1, 0, 99)
    squares = np.bincount(window, ((z - x) ** 2).mean(axis=1), 100) / np.maximum(np.bincount(window, minlength=100), 1)
    ax.axvspan(*learning, color="0.92", lw=0, zorder=0)
    ax.plot((edges[1:] + edges[:-1]) / 2, np.sqrt(squares) / x.std(), color=style.ACCENT, lw=1)
    ax.set(xlabel="Time (s)", ylabel="RMS error / s.d.", yscale="log", title="No lag allowed; learning shaded")


def _spikes(ax: Axes, times: Floats, cells: NDArray[np.int32], first: float) -> None:
    late = times > first
    ax.plot(times[late], cells[late], "|", color="0.1", ms=1.6, mew=0.5, ls="none")
    ax.margins(x=0)
    ax.set(xlabel="Time (s)", ylabel="Neuron", title="Spikes after learning")
