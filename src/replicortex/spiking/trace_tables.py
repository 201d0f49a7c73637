"""From recorded runs to tidy tables: what the figures show and the claims are tested on.

Errors and correlations are about the target's own components; the components of a HDTS that a network puts out as well
are left out. Times are in seconds of simulated time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replicortex import random_streams
from replicortex.config.spiking import ForceExperiment
from replicortex.spiking import firing, measures, note_scores
from replicortex.spiking.recorder import Recording, Traces
from replicortex.spiking.sound import BAND

Tables = dict[str, pd.DataFrame]
OK = "ok"
LOBES = ("lorenz",)
_MELODIES = ("ode_short", "ode_long")
_SHORT = 0.5  # s of the windows around learning
_LONG = {"lorenz": 20.0, "ode_short": 4.0, "ode_long": 16.0}
_WINDOWS = 200  # at most so many points of the course of the error
_FIRING = 5.0  # s in which intervals between spikes are measured
_ACCURACY = (
    "target_std rmse nrmse aligned_nrmse aligned_chance aligned_unlocked lag_limit_s drift_ms_per_s correlation "
    "std_error histogram_distance".split()
)  # columns of the summary that are measured after learning
_SAMPLES = 2_000_000  # outputs times times that are recorded of a run, about


@dataclass(frozen=True)
class Run:
    """A recorded run and what it was a run of.

    Attributes
    ----------
    label, seed
        Of the network.
    experiment
        Its settings.
    traces
        What was recorded.
    problem
        Why the watchdog stopped it; None if it ran to its end.
    stopped_at
        When it did, in s.
    """

    label: str
    seed: int
    experiment: ForceExperiment
    traces: Traces
    problem: str | None = None
    stopped_at: float | None = None

    @property
    def own(self) -> int:
        """Components of the target without those of a HDTS."""
        return self.traces.z.shape[1] - self.experiment.target.hdts


def after(experiment: ForceExperiment) -> float:
    """Length of the window at the end of a run that figures show: a period of a sequence, else a second."""
    kind = experiment.target.kind
    return max(1.0, _LONG.get(kind, experiment.period or 1.0) if kind != "classify" else 4.0)


def recording(experiment: ForceExperiment, outputs: int) -> Recording:
    """What is recorded of a run: outputs every millisecond (of long or wide runs every 5 or 10), spikes of 100 cells
    (after learning of five seconds or more) and voltages of five before and after learning, ten decoders."""
    dt, (start, stop), end = experiment.time_step, experiment.train, experiment.duration
    samples = outputs * end / 1e-3
    interval = 1e-3 if samples < _SAMPLES else 5e-3 if samples < 5 * _SAMPLES else 1e-2
    last = min(max(after(experiment), _FIRING), end - stop) or _SHORT
    early, late = (max(0.0, start - 1.0), max(start, 2 * dt)), (max(end - _SHORT, start, 2 * dt), end)
    return Recording(
        trace_every=max(1, round(interval / dt)),
        raster_windows=((0.0, max(start, 2 * dt)), (end - last, end)) if start <= 10 else (early, (end - last, end)),
        voltage_windows=((max(0.0, early[1] - _SHORT), early[1]), late),
        voltage_every=max(1, round(2e-4 / dt)),
        decoder_every=max((stop - start) / 200, dt),
    )


def tables(runs: Sequence[Run]) -> Tables:
    """All tables of an experiment, the networks in the order given.

    Returns
    -------
    dict[str, DataFrame]
        summary, traces, raster, voltages, decoders (of the first network that ran to its end), course, maxima, dwell
        and notes; columns as in `replicortex.report.checks`. notes has network and what `note_scores.notes`
        returns.
    """
    example = next((run for run in runs if run.problem is None), runs[0])
    return {
        "summary": pd.DataFrame([_summary(run) for run in runs]),
        "traces": _traces(example),
        "raster": _raster(example),
        "voltages": _voltages(example),
        "decoders": _decoders(example),
        "course": _joined(map(_course, runs), "network time_s nrmse"),
        **_lorenz(runs),
        "notes": _joined(map(_notes, runs), "network slot pitch played followed by_chance"),
    }


def _joined(parts: Any, columns: str) -> pd.DataFrame:
    found = [part for part in parts if len(part)]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns.split())


def _interval(run: Run) -> float:
    return float(run.traces.times[1] - run.traces.times[0]) if len(run.traces.times) > 1 else run.experiment.time_step


def _tested(run: Run) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Outputs and targets after learning, (time, k) each, in float64."""
    later = run.traces.times > run.experiment.train[1]
    z, x = run.traces.z[later, : run.own], run.traces.x[later, : run.own]
    return z.astype(np.float64), x.astype(np.float64)


def _summary(run: Run) -> dict[str, Any]:
    """One row: what it was, and errors, correlation and rates after learning; NaN of a run that was stopped before."""
    e, (z, x) = run.experiment, _tested(run)
    numbers = dict.fromkeys(_ACCURACY, np.nan)
    if run.problem is None and len(z) > 2:
        numbers = _accuracy(run, z, x, _interval(run))
    before, _, later = run.traces.rates()
    (gap_before, cv_before), (gap_after, cv_after) = _firing(run)
    return {
        "network": run.label,
        "seed": run.seed,
        "neuron": e.neuron,
        "cells": e.cells,
        "outputs": run.traces.z.shape[1],
        "status": OK if run.problem is None else run.problem,
        "stopped_s": np.nan if run.stopped_at is None else run.stopped_at,
        "duration_s": e.duration,
        "train_start_s": e.train[0],
        "train_stop_s": e.train[1],
        **numbers,
        "rate_before_hz": before,
        "rate_after_hz": later if run.problem is None else np.nan,
        "isi_before_ms": gap_before,
        "isi_after_ms": gap_after,
        "isi_cv_before": cv_before,
        "isi_cv_after": cv_after,
        "lowest_hz": _bands(run)[0],
        "highest_hz": _bands(run)[1],
    }


def _bands(run: Run) -> tuple[float, float]:
    """Range in Hz that the bands of a song divide evenly; NaN of what is none, or has bands of its own."""
    target = run.experiment.target
    own = target.file is not None and target.file.lower().endswith(".npz")
    return BAND if target.kind == "song" and not own else (np.nan, np.nan)


def _firing(run: Run) -> list[tuple[float, float]]:
    """Mean interval between spikes in ms and its coefficient of variation, before and after learning; NaN of a run that
    was stopped."""
    times, cells = run.traces.spike_times, run.traces.spike_cells
    (start, stop), end = run.experiment.train, run.experiment.duration
    late = times > max(stop, end - _FIRING) if run.problem is None else np.zeros(len(times), bool)
    early = (times > max(0.0, start - _FIRING)) & (times <= start)
    return [firing.regularity(times[some], cells[some]) for some in (early, late)]


def own_tempo(experiment: ForceExperiment) -> bool:
    """Whether nothing from outside tells the network the time."""
    return experiment.drive is None and experiment.target.kind != "classify"


def _search(run: Run, x: NDArray[np.float64], interval: float) -> tuple[float, float]:
    """Window and largest lag in s; see `measures.search`."""
    if not own_tempo(run.experiment):
        return measures.WINDOW, measures.LAG
    return measures.search(x, interval, run.experiment.period)


def _accuracy(run: Run, z: NDArray[np.float64], x: NDArray[np.float64], interval: float) -> dict[str, float]:
    deviation = float(x.std())
    error = float(np.sqrt(np.mean((z - x) ** 2)))
    window, limit = _search(run, x, interval)
    aligned = measures.aligned_error(z, x, interval, window, limit)
    rng = random_streams.generator("force", run.experiment.name, run.seed, "chance")
    spread = x.std(axis=0)
    return {
        "target_std": deviation,
        "rmse": error,
        "nrmse": error / deviation,
        "aligned_nrmse": aligned.rmse / deviation,
        # of an output without relation to the target, and of its frequencies without relation to each other
        "aligned_chance": measures.chance_error(x, interval, rng, window, limit) / deviation,
        "aligned_unlocked": measures.unlocked_error(x, interval, rng, window, limit) / deviation,
        "lag_limit_s": limit,
        "drift_ms_per_s": 1e3 * aligned.drift,
        "correlation": measures.correlation(z, x),
        # largest deviation of a component's standard deviation from its target's, as a share of the target's
        "std_error": float(np.max(np.abs(z.std(axis=0) - spread)[spread > 0] / spread[spread > 0], initial=0.0)),
        "histogram_distance": measures.histogram_distance(z, x),
    }


def _spans(run: Run) -> dict[str, tuple[float, float]]:
    """Windows around learning, in s."""
    (start, stop), end = run.experiment.train, run.experiment.duration
    last = min(after(run.experiment), end - stop) or _SHORT
    return {
        "before": (start - _SHORT, start),
        "start": (start, start + _SHORT),
        "end": (stop - _SHORT, stop),
        "after": (end - last, end),
    }


def _traces(run: Run) -> pd.DataFrame:
    traces, parts = run.traces, []
    for window, (first, last) in _spans(run).items():
        inside = (traces.times > first) & (traces.times <= last)
        time, k = traces.times[inside], traces.z.shape[1]
        lagged = _at_best_lag(run, inside) if window == "after" else traces.x[inside]
        parts.append(
            pd.DataFrame(
                {
                    "network": run.label,
                    "window": window,
                    "time_s": np.repeat(time, k),
                    "output": np.tile(np.arange(k), len(time)),
                    "value": traces.z[inside].ravel(),
                    "target": traces.x[inside].ravel(),
                    "aligned": lagged.ravel(),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _at_best_lag(run: Run, inside: NDArray[np.bool_]) -> NDArray[Any]:
    """The target in a window, shifted as a whole to where it is nearest the output; NaN where it was not recorded."""
    z, x = run.traces.z, run.traces.x
    if run.problem is not None or not inside.any():
        return x[inside]
    interval = _interval(run)
    rows = np.flatnonzero(inside)
    most = round(_search(run, _tested(run)[1], interval)[1] / interval)
    output, target = (values[:, : run.own].astype(np.float64) for values in (z, x))
    step = measures.lag_of_rows(output, target, int(rows[0]), int(rows[-1]) + 1, most)
    there = (rows - step >= 0) & (rows - step < len(x))
    return np.where(there[:, None], x[np.clip(rows - step, 0, len(x) - 1)], np.nan)


def _halves(run: Run, times: NDArray[np.float64]) -> NDArray[Any]:
    """before or after, of each time."""
    return np.where(times <= run.experiment.train[1], "before", "after")


def _raster(run: Run) -> pd.DataFrame:
    first, _ = _spans(run)["after"]
    shown = (run.traces.spike_times <= run.experiment.train[1]) | (run.traces.spike_times > first)
    times, cells = run.traces.spike_times[shown], run.traces.spike_cells[shown]
    return pd.DataFrame({"network": run.label, "window": _halves(run, times), "cell": cells, "time_s": times})


def _voltages(run: Run) -> pd.DataFrame:
    times, cells = run.traces.voltage_times, run.traces.voltages.shape[1]
    return pd.DataFrame(
        {
            "network": run.label,
            "window": np.repeat(_halves(run, times), cells),
            "cell": np.tile(np.arange(cells), len(times)),
            "time_s": np.repeat(times, cells),
            "v": run.traces.voltages.ravel().astype(np.float64),
        }
    )


def _decoders(run: Run) -> pd.DataFrame:
    """Decoders of the first output: at 0 when learning begins, and unchanged from its end to that of the run."""
    times, values = run.traces.decoder_times, run.traces.decoders[:, :, 0].astype(np.float64)
    cells = values.shape[1]
    if len(times):
        times = np.concatenate([[0.0, run.experiment.train[0]], times, [run.experiment.duration]])
        values = np.concatenate([np.zeros((2, cells)), values, values[-1:]])
    return pd.DataFrame(
        {
            "network": run.label,
            "time_s": np.repeat(times, cells),
            "output": 0,
            "cell": np.tile(np.arange(cells), len(times)),
            "weight": values.ravel(),
        }
    )


def _course(run: Run) -> pd.DataFrame:
    """Error over s.d. of the target in windows of a second, or of a two-hundredth of the run if that is longer."""
    times, width = run.traces.times, max(1.0, run.experiment.duration / _WINDOWS)
    number = np.minimum((times / width).astype(int), int(run.experiment.duration / width))
    squares = ((run.traces.z[:, : run.own] - run.traces.x[:, : run.own]).astype(np.float64) ** 2).mean(axis=1)
    counts = np.bincount(number, minlength=1)
    there = counts > 0.5 * counts.max() if len(times) else counts > 0
    errors = np.sqrt(np.bincount(number, squares, minlength=1)[there] / counts[there])
    deviation = float(run.traces.x[:, : run.own].std()) or 1.0
    centres = (np.flatnonzero(there) + 0.5) * width
    return pd.DataFrame({"network": run.label, "time_s": centres, "nrmse": errors / deviation})


def _lorenz(runs: Sequence[Run]) -> Tables:
    """Successive maxima of z, and how long x stays on one side, of target and output after learning."""
    maxima, dwell = [], []
    for run, source, values in _sources(runs):
        pairs = measures.return_map(values[:, 2], _interval(run))
        maxima.append(
            pd.DataFrame({"network": run.label, "source": source, "current": pairs[:, 0], "next": pairs[:, 1]})
        )
        stays = measures.dwell_times(values[:, 0], _interval(run))
        dwell.append(pd.DataFrame({"network": run.label, "source": source, "duration_s": stays}))
    return {
        "maxima": _joined(maxima, "network source current next"),
        "dwell": _joined(dwell, "network source duration_s"),
    }


def _sources(runs: Sequence[Run]) -> Iterator[tuple[Run, str, NDArray[np.float64]]]:
    for run in runs:
        if run.experiment.target.kind in LOBES and run.problem is None:
            z, x = _tested(run)
            yield run, "target", x
            yield run, "output", z


def _notes(run: Run) -> pd.DataFrame:
    """The pitch of each whole note after learning, and those that were played; see `note_scores.notes`."""
    e = run.experiment
    if e.target.kind not in _MELODIES or run.problem is not None or e.period is None:
        return pd.DataFrame()
    z, x = _tested(run)
    times = run.traces.times[run.traces.times > e.train[1]]
    if len(times) < 2:
        return pd.DataFrame()
    rng = random_streams.generator("force", e.name, run.seed, "notes in random order")
    return note_scores.notes(z, x, times, e.period, rng).assign(network=run.label)
