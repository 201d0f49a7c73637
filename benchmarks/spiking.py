"""Spiking networks: the published sine tasks, an update of the learning rule, and the long runs from a part of them."""

import importlib.util
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numba import njit

import replicortex as rx
from replicortex.config.spiking import ForceExperiment
from replicortex.spiking import rls
from replicortex.spiking.force import parts
from replicortex.spiking.recorder import Recording
from replicortex.spiking.schedule import Schedule
from replicortex.spiking.simulate import run_force
from replicortex.spiking.synapses import Synapse

ROOT = Path(__file__).resolve().parent.parent
# 15 s of the sine task: seconds of the authors' programs under Octave (theta from a part of it), and what we allow
SINES = {"fig2_lif_sine": (100, 2.0), "fig2_iz_sine": (250, 3.5), "fig2_theta_sine": (480, 8.0)}
LONG = {"fig2_theta_lorenz": 6, "fig3_ode": 15, "supp_ode_long": None}  # and the minutes that we allow
UPDATE_BAR = 1.3  # times the reading of half of P


@dataclass(frozen=True)
class Sine:
    """One run of a sine task: CPU seconds, microseconds per step without learning (median and tenth percentile), rates
    in Hz before and after."""

    seconds: float
    step: float
    step_tenth: float
    before: float
    after: float


@dataclass(frozen=True)
class Update:
    """CPU milliseconds of one update of N neurons, ``spikes`` of which fired before it, and of reading half of P."""

    units: int
    spikes: int
    milliseconds: dict[str, float]
    reading: float


def _experiment(name: str) -> ForceExperiment:
    return rx.load_config(ROOT / "config.yaml", scale="laptop")[name]


def sine(name: str) -> Sine:
    """Run a sine task at its published size, once compiled."""
    made = parts(_experiment(name), 0)
    short = Schedule(made.schedule.dt, 0.2)
    free = [run_force(made.reservoir, short, made.supervisor, made.rls).cpu_s for _ in range(10)]
    run = run_force(made.reservoir, made.schedule, made.supervisor, made.rls)
    assert run.complete, run.problem
    before, _, after = run.traces.rates()
    median, tenth = 1e6 / short.steps * np.percentile(free, (50, 10))
    return Sine(run.cpu_s, float(median), float(tenth), before, after)


def update(units: int, spikes: int, dtype: str = "float32", repeats: int = 128) -> Update:
    """Time the update in its faster forms, with as many spikes, of random neurons, between two."""
    rng, every = np.random.default_rng(0), 20
    powers = Synapse().filter(4e-5, 1e-3).powers(every)
    cells = rng.integers(0, units, spikes).astype(np.int32)
    ages = rng.integers(0, every, spikes).astype(np.int32)
    found = {}
    for method in ("delayed", "event"):
        p = rls.inverse_correlation(rls.RlsSettings(1e-3, dtype=dtype, method=method), units)
        r, h = np.zeros((2, units), dtype)
        p.start(r, h)
        times = []
        for _ in range(3):
            spent = 0.0
            for _ in range(repeats):
                r, h = powers.fade[every] * r + powers.carry[every] * h, powers.decay[every] * h
                np.add.at(r, cells, powers.spike_r[ages])
                np.add.at(h, cells, powers.spike_h[ages])
                r, h = r.astype(dtype), h.astype(dtype)
                begun = time.thread_time()
                p.follow(cells, ages, powers, every)
                p.update(r, h)
                spent += time.thread_time() - begun
            times.append(spent / repeats)
        found[method] = 1e3 * min(times)
    half = np.ones(units * (units + 1) // 2, dtype)
    times = []
    for _ in range(7):
        begun = time.thread_time()
        _read(half)
        times.append(time.thread_time() - begun)
    return Update(units, spikes, found, 1e3 * min(times[1:]))


@njit(fastmath=True)
def _read(values: np.ndarray) -> float:
    total = values[0] * 0
    for i in range(values.size):
        total += values[i]
    return total


def minutes(name: str, seconds: float = 4.0) -> float:
    """CPU minutes of a long run, from the pace of a short one before learning, after half of ``seconds`` of it, and
    after all of it."""
    made = parts(_experiment(name), 0)
    whole, dt = made.schedule, made.schedule.dt
    times = Schedule(dt, 0.5 + 1.5 * seconds, 0.5, 0.5 + seconds, whole.update_every)
    marks: list[tuple[float, float]] = []
    run = run_force(
        made.reservoir, times, made.supervisor, made.rls, Recording(trace_every=100),
        drive=made.drive, news=lambda step, steps: marks.append((dt * step, time.thread_time())),
    )  # fmt: skip
    assert run.complete, run.problem
    simulated, spent = np.array(marks).T

    def pace(first: float, last: float) -> float:
        """CPU seconds of a simulated second."""
        there = (simulated > first) & (simulated <= last)
        return float((spent[there][-1] - spent[there][0]) / (simulated[there][-1] - simulated[there][0]))

    spans = (whole.train_start, whole.train_stop - whole.train_start, whole.duration - whole.train_stop)
    paces = (pace(0, 0.5), pace(0.5 + seconds / 2, 0.5 + seconds), pace(0.5 + seconds, times.duration))
    return sum(span * each for span, each in zip(spans, paces, strict=True)) / 60


def brian2() -> tuple[float, float] | str:
    """CPU seconds of the sine task of LIF neurons in Brian2 and its rate in Hz afterwards, in a process of its own, or
    why there are none."""
    if importlib.util.find_spec("brian2") is None:
        return "Brian2 is not installed"
    program = Path(__file__).with_name("brian2_sine.py")
    done = subprocess.run([sys.executable, str(program)], env=os.environ, capture_output=True, text=True)
    if done.returncode:  # Brian2 2.9 does not go with NumPy 2.4
        return f"Brian2 fails here: {(done.stderr.strip().splitlines() or ['no message'])[-1]}"
    seconds, rate, _ = map(float, done.stdout.split()[-3:])
    return seconds, rate


def table() -> None:
    """Print all of it as Markdown."""
    print("Spiking networks: CPU seconds of one core, compiled; 15 s of the sine task with 2000 neurons\n")
    print("| task | s | allowed | authors' program, Octave | us per step | Hz before, after |")
    print("|---|---|---|---|---|---|")
    for name, (octave, bar) in SINES.items():
        s = sine(name)
        told = f"**{s.seconds:.1f}** | {bar:g} | about {octave} | {s.step:.1f} | {s.before:.1f}, {s.after:.1f}"
        print(f"| {name} | {told} |", flush=True)
    found = brian2()
    if not isinstance(found, str):
        print(f"| LIF sine in Brian2 | {found[0]:.1f} | | | | -, {found[1]:.1f} |")
    else:
        print(f"\n{found}: without its sine task.")
    print("\nCPU ms of one update of the decoders (float32), and how often half of P could be read in that time\n")
    print("| neurons, spikes | stored updates | from spike to spike | reading half of P | "
          f"ratio (allowed {UPDATE_BAR}) |\n|---|---|---|---|---|")  # fmt: skip
    for units, spikes in ((2000, 60), (2000, 110), (5000, 50), (5000, 800)):
        u = update(units, spikes)
        best = u.milliseconds["event"]
        print(f"| {u.units}, {u.spikes} | {u.milliseconds['delayed']:.3f} | {best:.3f} | {u.reading:.3f} "
              f"| **{best / u.reading:.2f}** |", flush=True)  # fmt: skip
    print("\nCPU minutes of the long runs at their published sizes, from a second or two of them\n")
    print("| run | minutes | allowed |\n|---|---|---|")
    for name, allowed in LONG.items():
        print(f"| {name} | {minutes(name):.1f} | {'' if allowed is None else allowed} |", flush=True)
