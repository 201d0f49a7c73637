"""Plausible tables of spiking networks that nobody simulated, for tests of what reads tables only.

`make_force(experiment)` returns one DataFrame per table of the paper.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from fakes import FORCE, complete, fake, frame

import replicortex as rx

FILE = Path(__file__).parents[1] / "config.yaml"
STUDY = rx.load_config(FILE, scale="laptop")
SPEEDS = (0.5, 1.0, 2.0, 4.0, 5.4, 8.1, 16.0)


def shape(experiment) -> int:
    """Outputs of an experiment."""
    target = experiment.target
    plain = {"vdp": 2, "lorenz": 3, "ode_short": 5, "ode_long": 5, "song": target.channels,
             "movie": int(np.prod(target.shape))}  # fmt: skip
    return plain.get(target.kind, 1) + target.hdts


def wave(experiment, time: np.ndarray) -> np.ndarray:
    """A target of the right kind, (time, output)."""
    kind, k = experiment.target.kind, shape(experiment)
    if kind == "lorenz":
        x = np.sin(9 * time) * np.where(np.sin(1.3 * time) > 0, 0.15, -0.15) * (1 + 0.5 * np.sin(2.2 * time))
        return np.stack([x, 0.9 * x, 0.35 + 0.1 * np.sin(18 * time)], axis=1)
    if kind in ("sine5", "saw5"):
        value = np.sin(10 * np.pi * time)
        return (np.arcsin(value) if kind == "saw5" else value)[:, None]
    if k <= 2:
        value = np.sin(8 * np.pi * time) * np.sin(12 * np.pi * time)
        return np.stack([value] + [np.cos(10 * np.pi * time)] * (k - 1), axis=1)
    period = experiment.period or 1.0
    place = np.mod(time, period) / period * k
    distance = np.abs(place[:, None] - np.arange(k) - 0.5)
    return np.clip(1 - np.minimum(distance, k - distance) / 0.5, 0, 1)


def summary(members, rng) -> pd.DataFrame:
    rows = []
    for i, member in enumerate(members):
        e, label, seed = member.experiment, member.label, member.seed
        error = (abs(rng.normal(0.08, 0.03)) + 0.01) * np.sqrt(2000 / e.cells) * (0.3 if e.neuron == "rate" else 1)
        status = "ok" if i + 1 < len(members) or len(members) < 40 else "stopped at 6.2 s of simulated time: runaway"
        rows.append((label, seed, e.neuron, e.cells, shape(e), status, np.nan if status == "ok" else 6.2, e.duration,
                     *e.train, 0.7, 2 * error, 3 * error, error, 0.8, 0.2, 0.25, rng.normal(0, 8), 1 - error**2,
                     rng.normal(12, 1), rng.normal(24, 2), 80.0, 40.0, 1.1, rng.uniform(0.4, 2), 300.0,
                     10_000.0))  # fmt: skip
    return frame(
        FORCE["summary"],
        rows,
        "network seed neuron cells outputs status stopped_s duration_s train_start_s train_stop_s target_std rmse "
        "nrmse aligned_nrmse aligned_chance aligned_unlocked lag_limit_s drift_ms_per_s correlation rate_before_hz "
        "rate_after_hz isi_before_ms isi_after_ms isi_cv_before isi_cv_after lowest_hz highest_hz",
    )


def traces(experiment, rng, label) -> pd.DataFrame:
    start, stop = experiment.train
    long = max(1.0, experiment.period or 1.0, 20.0 if experiment.target.kind == "lorenz" else 0.0)
    spans = {"before": (start - 0.5, start), "start": (start, start + 0.5), "end": (stop - 0.5, stop),
             "after": (experiment.duration - long, experiment.duration)}  # fmt: skip
    parts = []
    for window, (first, last) in spans.items():
        time = np.linspace(max(first, 0), last, 250 if long < 4 else 400)
        target = wave(experiment, time)
        noise = 0.6 if window in ("before", "start") else 0.06
        value = (0 if window == "before" else 1) * target + noise * rng.normal(size=target.shape) * target.std()
        outputs, late = target.shape[1], np.roll(target, 3, axis=0)
        parts.append(pd.DataFrame({"network": label, "window": window, "time_s": np.tile(time, outputs),
                                   "output": np.repeat(np.arange(outputs), len(time)), "value": value.T.ravel(),
                                   "target": target.T.ravel(), "aligned": late.T.ravel()}))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def raster(experiment, label) -> pd.DataFrame:
    last, length = experiment.duration, max(1.0, experiment.period or 0)
    spans = {"before": (0.0, min(experiment.train[0], 1.0)), "after": (last - length, last)}
    parts = [
        fake(FORCE["raster"], [label], window=[window], cell=range(100), time_s=np.linspace(*span, 12, endpoint=False))
        for window, span in spans.items()
    ]
    return pd.concat(parts, ignore_index=True)


def voltages(experiment, label) -> pd.DataFrame:
    parts = [
        fake(FORCE["voltages"], [label], window=[window], cell=range(5), time_s=first + np.arange(0, 0.5, 0.001))
        for window, first in (("before", 1.0), ("after", experiment.duration - 0.5))
    ]
    made = pd.concat(parts, ignore_index=True)
    return made.assign(v=6 * made["v"] - 3 if experiment.neuron == "theta" else 95 * made["v"] - 65)


def decoders(experiment, label) -> pd.DataFrame:
    times = np.linspace(0, experiment.duration, 60)
    return fake(FORCE["decoders"], [label], cell=range(8), time_s=times, output=0)


def eigenvalues(label) -> pd.DataFrame:
    return fake(FORCE["eigenvalues"], [label], n=300, phase=("before", "after"))


def course(experiment, rng, labels) -> pd.DataFrame:
    start, stop = experiment.train
    time = np.arange(0.5, experiment.duration, max(experiment.duration / 100, 1.0))
    rows = []
    for label in labels:
        floor, speed = rng.uniform(0.1, 0.2), (2.0 if "hdts=0" in label else 6.0)
        for t in time:
            rows.append((label, t, 1.0 if t < start else floor + np.exp(-speed * (t - start) / (stop - start))))
    return frame(FORCE["course"], rows)


def tent(rng, labels) -> dict[str, pd.DataFrame]:
    maxima, dwell = [], []
    for label in labels:
        for source, noise in (("target", 0.0), ("output", 0.01)):
            z = rng.uniform(0.45, 0.62, 60)
            following = 0.65 - 2 * np.abs(z - 0.55) + rng.normal(0, noise + 1e-9, 60)
            maxima += [(label, source, a, b) for a, b in zip(z, following, strict=True)]
            dwell += [(label, source, d) for d in 0.7 * rng.geometric(0.45, 40)]
    return {
        "maxima": frame(FORCE["maxima"], maxima),
        "dwell": frame(FORCE["dwell"], dwell),
    }


def replays(experiment, rng, labels) -> dict[str, pd.DataFrame]:
    rows, frames = [], []
    for label in labels:
        for speed in (*SPEEDS, -1.0):
            mode = "reversed" if speed < 0 else "normal" if speed == 1 else "compressed" if speed > 1 else "dilated"
            good = {1.0: 0.97, 2.0: 0.75, 4.0: 0.7, 5.4: 0.65, 8.1: 0.6, 16.0: 0.45, 0.5: 0.5, -1.0: 0.45}[speed]
            value = good + rng.normal(0, 0.02)
            rows.append((label, mode, speed, value, value - 0.15, 1 - value, 0.3, 0.02, rng.uniform(0, 40)))
    height, width = experiment.target.shape
    y, x = np.mgrid[:height, :width]
    for speed in (*SPEEDS, -1.0):
        mode = "reversed" if speed < 0 else "normal" if speed == 1 else "compressed" if speed > 1 else "dilated"
        for number in range(8):
            target = 0.5 + 0.5 * np.sin(x / 2 + number * (1 if speed > 0 else -1) + y / 3)
            shown = {"target": target, "output": target + rng.normal(0, 0.1, target.shape)}
            for source, image in shown.items():
                flat = image.ravel()
                frames += [(labels[0], mode, speed, number, source, c, v, height) for c, v in enumerate(flat)]
    return {
        "replay": frame(FORCE["replay"], rows),
        "frames": frame(FORCE["frames"], frames),
    }


def lesions(experiment, rng, labels) -> pd.DataFrame:
    rows = []
    levels = {"neurons": (0, 0.02, 0.05, 0.1, 0.2, 0.5), "hdts": (0, 0.1, 0.25, 0.5, 1.0),
              "excitation": (0.8, 0.9, 1.0, 1.1, 1.2), "inhibition": (0.8, 0.9, 1.0, 1.1, 1.2)}  # fmt: skip
    for label in labels:
        for kind, steps in levels.items():
            for level in steps:
                loss = abs(level - 1) * 3 if kind in ("excitation", "inhibition") else level * 2
                value = max(0.05, 0.97 - loss + rng.normal(0, 0.02))
                rows.append((label, kind, level, 0, 50 * (1 - level / 3), value, value - 0.1, 1.2 - value))
    return frame(FORCE["lesions"], rows)


def points(experiment, rng, labels) -> pd.DataFrame:
    parts = []
    for label in labels:
        x, y = rng.random((200, 2)).T
        side = y - (x if experiment.target.rule == "linear" else np.sin(2 * np.pi * x))
        output = np.clip(side, -0.3, 0.3) + rng.normal(0, 0.04, 200)
        columns = (label, np.arange(200), x, y, (side > 0).astype(int), output)
        parts.append(pd.DataFrame(dict(zip(FORCE["points"].columns, columns, strict=True))))
    return complete(FORCE["points"], pd.concat(parts, ignore_index=True))


def played(rng, labels) -> pd.DataFrame:
    rows = []
    for label in labels:
        for slot, pitch in enumerate(rng.integers(0, 5, 64)):
            right = pitch if rng.random() < 0.97 else (pitch + 1) % 5
            rows.append((slot, pitch, (right + 2) % 5, right, rng.integers(0, 5), label))
    return frame(FORCE["notes"], rows)


def make_force(experiment: str, seed: int = 0, networks: int | None = None) -> dict[str, pd.DataFrame]:
    """All tables of an experiment of config.yaml; with `networks`, of the first so many of its networks."""
    rng = np.random.default_rng(seed)
    settings = STUDY[experiment]
    members = settings.member_table()
    labels = members["network"][:networks]
    first = settings.members()[0].experiment
    made = {
        "summary": summary(settings.members()[: len(labels)], rng),
        "members": pd.DataFrame(members).iloc[: len(labels)],
        "traces": traces(first, rng, labels[0]),
        "raster": raster(first, labels[0]),
        "voltages": voltages(first, labels[0]),
        "decoders": decoders(first, labels[0]),
        "eigenvalues": eigenvalues(labels[0]),
        "course": course(first, rng, labels),
        "lesions": lesions(first, rng, labels),
        "notes": played(rng, labels),
        "points": points(first, rng, labels),
        **tent(rng, labels),
    }
    if first.target.kind == "movie":
        made |= replays(first, rng, labels)
    return made


def make_teaching() -> dict[str, pd.DataFrame]:
    """The tables of force_fig1, which need no network."""
    time, three = np.arange(0, 1, 0.001), ("lif", "izhikevich", "theta")
    shown = (("lif", "v"), ("izhikevich", "v"), ("izhikevich", "u"))
    noisy = [fake(FORCE["noisy_neurons"], neuron=[neuron], quantity=[q], time_s=time) for neuron, q in shown]
    curves = fake(FORCE["fi_curves"], neuron=three, current=np.linspace(0, 1000, 20))
    curves["rate_hz"] = np.sqrt(curves["current"])
    curves["formula_hz"] = curves["rate_hz"].where(curves["neuron"] != "izhikevich")
    synapses = ("single exponential", "double exponential")
    return {
        "noisy_neurons": pd.concat(noisy, ignore_index=True),
        "fi_curves": curves,
        "filters": fake(FORCE["filters"], synapse=synapses, method=("exact", "euler"), time_s=time[:150]),
    }
