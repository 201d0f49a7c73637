"""What is done to trained spiking networks afterwards: replays at other speeds, lesions, fresh points, eigenvalues.

Nothing is learnt here. Every random draw has a stream named after the experiment, the seed and what is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replicortex import random_streams
from replicortex.config.spiking import ForceExperiment
from replicortex.spiking import classification, measures
from replicortex.spiking.drives import Hdts
from replicortex.spiking.lesions import Lesion, silence
from replicortex.spiking.network import TrainedNetwork
from replicortex.spiking.recorder import Recording
from replicortex.spiking.reservoir import initial_voltages
from replicortex.spiking.simulate import replay
from replicortex.spiking.targets import Replayed, Target

Tables = dict[str, pd.DataFrame]
Array = NDArray[np.float64]

# Euston, Tatsuno & McNaughton (2007) saw replay compressed 5.4 to 8.1 fold
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 5.4, 8.1, 16.0, 32.0, -1.0)
LEVELS = {
    "neurons": (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4),
    "hdts": (0.0, 0.1, 0.25, 0.5, 0.75, 1.0),
    "excitation": (0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.2),
    "inhibition": (0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.2),
}
SETTLE = 1.0  # s before anything is measured
LAG = 0.05  # s, at most, by which an output may come late
SHIFTS = 20  # of the target at random, for the level of chance
FRAMES = 8


@dataclass(frozen=True)
class Subject:
    """A trained network with the target and the drive that it knows.

    Attributes
    ----------
    label, seed
        Of the network.
    experiment
        Its settings.
    network
        As it was at the end of its run.
    target
        Of all outputs.
    drive
        The HDTS from outside; None if there is none.
    stimulus
        The input of a classifier; None for others.
    """

    label: str
    seed: int
    experiment: ForceExperiment
    network: TrainedNetwork
    target: Target
    drive: Hdts | None
    stimulus: Any = None


def _mode(speed: float) -> str:
    if speed < 0:
        return "reversed"
    return "normal" if speed == 1 else "compressed" if speed > 1 else "dilated"


def _played(
    subject: Subject, speed: float = 1.0, drive: Hdts | None = None, lesion: Lesion | None = None
) -> tuple[Array, Array, float, float]:
    """Outputs and targets over one period after settling, (time, k), their interval in s, and the mean rate in Hz.

    Of a network that ran away, which is stopped, there are no outputs and targets.
    """
    period = subject.experiment.period if subject.experiment.period is not None else subject.target.cycle
    assert period is not None, "a target with a drive has a period"
    once = period / abs(speed)
    dt = subject.network.dt
    every = max(1, round(min(5e-3, once / 200) / dt))
    run = replay(
        subject.network,
        SETTLE + once,
        Recording(trace_every=every, raster_cells=0, voltage_cells=0, decoder_cells=0),
        drive=subject.drive.at_speed(speed) if drive is None and subject.drive is not None else drive,
        supervisor=Replayed(subject.target, speed),
        lesion=lesion,
    )
    own = run.traces.z.shape[1] - subject.experiment.target.hdts
    later = (run.traces.times > SETTLE) & run.complete
    seconds = float(run.traces.phase_times.sum()) or np.nan
    rate = float(run.traces.cell_counts.sum()) / (subject.network.reservoir.units * seconds)
    z, x = (values[later, :own].astype(np.float64) for values in (run.traces.z, run.traces.x))
    return z, x, every * dt, rate


def replays(subjects: Iterable[Subject]) -> Tables:
    """Tables replay (each network at each speed) and frames (the first network, eight moments of each replay).

    Raises
    ------
    ValueError
        A network has no drive from outside, or a pulse of it would be shorter than two steps.
    """
    rows: list[dict[str, Any]] = []
    frames = []
    for number, subject in enumerate(subjects):
        if subject.drive is None:
            raise ValueError(f"{subject.experiment.name}, {subject.label}: has no HDTS from outside to play faster")
        for speed in SPEEDS:
            z, x, interval, _ = _played(subject, speed)
            rng = random_streams.generator("force", subject.experiment.name, subject.seed, "chance", str(speed))
            told = {"network": subject.label, "mode": _mode(speed), "speed": speed}
            rows.append(told | _accuracy(z, x, interval, rng))
            if number == 0 and len(z):
                frames.append(_frames(subject, speed, z, x, interval))
    return {"replay": pd.DataFrame(rows), "frames": pd.concat(frames, ignore_index=True)}


def _accuracy(z: Array, x: Array, interval: float, rng: np.random.Generator) -> dict[str, float]:
    """Correlations with the best lag over channels and time, as they are and without each channel's mean, and chance.

    Chance is the mean over random shifts of the target in time, further than any lag; as for the replay itself the best
    lag is sought after each, so that a replay of anything at all does not come out above it.
    """
    if not len(z):
        names = ("correlation", "demeaned", "rmse", "chance", "chance_demeaned", "lag_ms")
        return dict.fromkeys(names, np.nan)
    lag, late, target = measures.best_lag(z, x, interval, LAG)
    nearest = min(max(len(x) // 10, 2 * round(LAG / interval) + 1), len(x) // 2)
    shifts = rng.integers(nearest, max(len(x) - nearest, nearest) + 1, SHIFTS)
    shifted = [measures.best_lag(z, np.roll(x, int(shift), axis=0), interval, LAG)[1:] for shift in shifts]
    return {
        "correlation": measures.correlation(late, target),
        "demeaned": measures.correlation(late, target, demean=True),
        "rmse": float(np.sqrt(np.mean((late - target) ** 2))),
        "chance": float(np.mean([measures.correlation(*pair) for pair in shifted])),
        "chance_demeaned": float(np.mean([measures.correlation(*pair, demean=True) for pair in shifted])),
        "lag_ms": 1e3 * lag,
    }


def _frames(subject: Subject, speed: float, z: Array, x: Array, interval: float) -> pd.DataFrame:
    """The same moments of the movie at every speed, each with the output at its best lag."""
    period = subject.experiment.period or subject.target.cycle or 1.0
    lag, late, target = measures.best_lag(z, x, interval, LAG)
    moments = np.mod(speed * (SETTLE + interval * (np.arange(len(x)) + 1)), period)
    moments = moments[max(0, -round(lag / interval)) :][: len(target)]
    wanted = (np.arange(FRAMES) + 0.5) * period / FRAMES
    places = [int(np.argmin(np.abs(moments - each))) for each in wanted]
    z, x, shape = late, target, subject.experiment.target.shape
    parts: list[dict[str, Any]] = [
        {"network": subject.label, "mode": _mode(speed), "speed": speed, "frame": number, "source": source,
         "channel": np.arange(values.shape[1]), "value": values[place], "height": shape[0]}
        for number, place in enumerate(places)
        for source, values in (("target", x), ("output", z))
    ]  # fmt: skip
    return pd.concat([pd.DataFrame(part) for part in parts], ignore_index=True)


def lesions(subjects: Iterable[Subject]) -> pd.DataFrame:
    """Accuracy over one period of networks from which something is taken, or whose weights are scaled by their sign."""
    rows = []
    for subject in subjects:
        for kind, levels in LEVELS.items():
            if kind == "hdts" and subject.drive is None:
                continue
            for level in levels:
                rng = random_streams.generator(
                    "force", subject.experiment.name, subject.seed, "lesion", kind, str(level)
                )
                z, x, _, rate = _played(subject, drive=_driven(subject, kind, level, rng),
                                        lesion=_lesion(subject, kind, level, rng))  # fmt: skip
                told = {"network": subject.label, "kind": kind, "level": level, "draw": 0, "rate_hz": rate}
                rows.append({**told, **_left(z, x)})
    return pd.DataFrame(rows)


def _left(z: Array, x: Array) -> dict[str, float]:
    """What a lesion has left; NaN of a network that ran away."""
    if not len(z):
        return dict.fromkeys(("correlation", "demeaned", "nrmse"), np.nan)
    return {
        "correlation": measures.correlation(z, x),
        "demeaned": measures.correlation(z, x, demean=True),
        "nrmse": float(np.sqrt(np.mean((z - x) ** 2))) / (float(x.std()) or 1.0),
    }


def _driven(subject: Subject, kind: str, level: float, rng: np.random.Generator) -> Hdts | None:
    if subject.drive is None:
        return None
    return subject.drive.without(level, rng) if kind == "hdts" else subject.drive


def _lesion(subject: Subject, kind: str, level: float, rng: np.random.Generator) -> Lesion | None:
    if kind == "neurons":
        return silence(level, subject.network.reservoir.units, rng)
    if kind == "excitation":
        return Lesion(excitation=level)
    return Lesion(inhibition=level) if kind == "inhibition" else None


def points(subjects: Iterable[Subject], number: int) -> pd.DataFrame:
    """Fresh points shown to classifiers that start from new voltages: network, point, x, y, label, score.

    The score is the mean output over the window in which a point is shown; its sign is the answer.

    Raises
    ------
    ValueError
        A network is no classifier.
    """
    parts = []
    for subject in subjects:
        e, name = subject.experiment, ("force", subject.experiment.name, subject.seed)
        if e.target.kind != "classify":
            raise ValueError(f"{e.name}, {subject.label}: its target is {e.target.kind!r}, no points")
        seconds = 2 * classification.WINDOW * number
        rng = random_streams.generator(*name, "fresh points")
        target = classification.classes(subject.network.dt, seconds, e.target.rule, rng)
        voltages = initial_voltages(
            subject.network.reservoir.settings, random_streams.generator(*name, "fresh voltages")
        )
        every = max(1, round(1e-3 / subject.network.dt))
        quiet = Recording(trace_every=every, raster_cells=0, voltage_cells=0, decoder_cells=0)
        run = replay(subject.network, seconds, quiet, stimulus=target.stimulus, supervisor=target, voltages=voltages)
        steps = np.round(run.traces.times / subject.network.dt)
        window, shown = target.window(steps)
        means = pd.Series(run.traces.z[shown, 0].astype(np.float64)).groupby(window[shown].astype(int)).mean()
        means = means.iloc[:number]
        x, y = target.points[means.index].T
        told = {"network": subject.label, "point": np.arange(len(means))}
        parts.append(pd.DataFrame({**told, "x": x, "y": y, "label": target.labels[means.index].astype(int),
                                   "score": means.to_numpy()}))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def eigenvalues(subject: Subject) -> pd.DataFrame:
    """Eigenvalues of the static weights (before) and of Omega + E Phi^T (after)."""
    parts, network = [], subject.network
    for phase, decoders in (("before", None), ("after", network.decoders)):
        values = np.linalg.eigvals(network.reservoir.weights(decoders))
        told = {"network": subject.label, "phase": phase}
        parts.append(pd.DataFrame({**told, "real": values.real, "imag": values.imag}))
    return pd.concat(parts, ignore_index=True)
