"""Running a spiking network: learn by FORCE, look on, stop where it makes no sense, go on from a checkpoint.

`replicortex.spiking.force` makes the plain arguments that everything here takes from a configuration."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from replicortex.shown import short_repr
from replicortex.spiking import files, kernel
from replicortex.spiking.compiled import compile_once
from replicortex.spiking.lesions import Lesion
from replicortex.spiking.network import TrainedNetwork
from replicortex.spiking.neurons import LIF, Array
from replicortex.spiking.protocols import Drive, Floats, Stimulus, Supervisor
from replicortex.spiking.recorder import Recorder, Recording, Traces
from replicortex.spiking.reservoir import Reservoir, ReservoirSettings, build
from replicortex.spiking.rls import DELAYED, InverseCorrelation, RlsSettings, inverse_correlation
from replicortex.spiking.schedule import Schedule
from replicortex.spiking.simulation import CHUNK, Simulation
from replicortex.spiking.synapses import Synapse
from replicortex.spiking.watchdog import Limits, RunStopped, Watchdog

FEW = 8  # outputs; the targets of so few are asked for in blocks, of more only where they are needed
News = Callable[[int, int], None]


@dataclass(frozen=True)
class CheckpointPlan:
    """Where an unfinished run is kept."""

    path: Path  # of the file, which is removed once the run is over
    fingerprint: str  # of everything that determines the run; the file of another run is left alone
    every: float = 60.0  # seconds of wall time between two writings


@short_repr
@dataclass(frozen=True)
class ForceRun:
    """A run, or as much of it as the watchdog allowed.

    Attributes
    ----------
    network, traces, schedule
        The network at the end of the run, what was recorded, and the times of the run.
    updates, cpu_s
        Updates of the decoders, and seconds of processor time of this process's part of the run.
    problem, reason, stopped_at
        Why the watchdog stopped it, in a word (see `watchdog.RunStopped`), and simulated seconds; None if complete.
    """

    network: TrainedNetwork
    traces: Traces
    schedule: Schedule
    updates: int
    cpu_s: float
    problem: str | None = None
    reason: str | None = None
    stopped_at: float | None = None

    @property
    def complete(self) -> bool:
        """Whether it ran to its end."""
        return self.problem is None


def run_force(
    reservoir: Reservoir,
    schedule: Schedule,
    supervisor: Supervisor,
    rls: RlsSettings,
    recording: Recording | None = None,
    *,
    drive: Drive | None = None,
    stimulus: Stimulus | None = None,
    limits: Limits | None = None,
    checkpoint: CheckpointPlan | None = None,
    news: News | None = None,
) -> ForceRun:
    """Train a network by FORCE and let it run on.

    Parameters
    ----------
    reservoir, supervisor
        The fixed part, and the target with as many outputs as the reservoir.
    schedule, rls
        Times of the run, and how the decoders, which start at 0, are learned.
    recording, limits
        What to keep, and what the watchdog tolerates; a run that it stops is returned up to there, with the reason.
    drive, stimulus
        What comes from outside, with the components and channels of the reservoir.
    checkpoint, news
        Where an unfinished run is kept and continued from; called with (step, steps) now and then.

    Raises
    ------
    ValueError
        Sizes do not fit together, ``dt`` is too large, or the target does not last as long as the run.
    """
    _check(reservoir, supervisor, drive, stimulus)
    for i in (1, schedule.steps):
        check_target(supervisor, i)
    simulation = Simulation(reservoir, schedule.dt)
    p = inverse_correlation(rls, reservoir.units)
    run = _Run(simulation, reservoir, schedule, recording or Recording(), limits or Limits(), supervisor)
    run.drive, run.stimulus, run.news, run.checkpoint = drive, stimulus, news, checkpoint
    run.rls, run.p = rls, p
    return run.go()


def replay(
    network: TrainedNetwork,
    duration: float,
    recording: Recording | None = None,
    *,
    drive: Drive | None = None,
    stimulus: Stimulus | None = None,
    supervisor: Supervisor | None = None,
    lesion: Lesion | None = None,
    voltages: Array | None = None,
    limits: Limits | None = None,
    news: News | None = None,
) -> ForceRun:
    """Run a trained network on, learning nothing; time begins anew, so that a drive starts at its step 1.

    Parameters
    ----------
    network, duration
        The trained network, which is not changed, and seconds to run.
    recording, drive, stimulus, limits, news
        As in `run_force`, but silence is tolerated by default.
    supervisor
        Target to record with the outputs; without one, NaN is recorded.
    lesion
        What is taken from the network.
    voltages
        v(0) (N,) to start from with filters at rest, instead of the state at the end of training.

    Raises
    ------
    ValueError
        Sizes do not fit together.
    """
    reservoir = network.reservoir
    _check(reservoir, supervisor, drive, stimulus)
    simulation = Simulation(reservoir, network.dt, network.decoders, lesion)
    if voltages is None:
        simulation.recall({**network.state, "decoders": network.decoders, "i": np.array([0])})
        simulation.state.last[:] -= network.step
    else:
        simulation.named()["v"][:] = voltages
    schedule = Schedule(network.dt, duration)
    limits = limits or Limits(silence=None)
    run = _Run(simulation, reservoir, schedule, recording or Recording(), limits, supervisor)
    run.drive, run.stimulus, run.news = drive, stimulus, news
    return run.go()


def check_target(supervisor: Supervisor, i: int) -> None:
    """Ask a target for one step before anything is simulated.

    Raises
    ------
    ValueError
        The answer is not (1, outputs) of finite numbers, or the target ends before that step.
    """
    values = np.asarray(supervisor.values(i, 1))
    if values.shape != (1, supervisor.outputs):
        raise ValueError(
            f"supervisor: values({i}, 1) have the shape {values.shape}; right would be (1, {supervisor.outputs}): "
            "(steps, outputs)"
        )
    if not np.isfinite(values).all():
        raise ValueError(f"supervisor: the target at step {i} is {values[0].tolist()}, not a finite number")


def _check(reservoir: Reservoir, supervisor: Supervisor | None, drive: Drive | None, stimulus: Stimulus | None) -> None:
    settings = reservoir.settings
    for what, has, wanted in (
        ("supervisor.outputs", supervisor.outputs if supervisor is not None else settings.outputs, settings.outputs),
        ("drive.components", drive.components if drive is not None else 0, settings.components if drive else 0),
        ("stimulus.channels", stimulus.channels if stimulus is not None else 0, settings.channels if stimulus else 0),
    ):
        if has != wanted:
            raise ValueError(f"{what}: {has} where the reservoir was made for {wanted}")


@dataclass
class _Run:
    """One run while it goes on."""

    simulation: Simulation
    reservoir: Reservoir
    schedule: Schedule
    recording: Recording
    limits: Limits
    supervisor: Supervisor | None
    rls: RlsSettings | None = None
    p: InverseCorrelation | None = None
    drive: Drive | None = None
    stimulus: Stimulus | None = None
    checkpoint: CheckpointPlan | None = None
    news: News | None = None
    followed: int = 0  # the step up to which the inverse correlation knows the spikes
    following: bool = False  # whether the first update has been made, and the last one not
    updates: int = 0
    recorder: Recorder = field(init=False)
    watchdog: Watchdog = field(init=False)

    def __post_init__(self) -> None:
        settings = self.reservoir.settings
        self.recorder = Recorder(self.recording, self.schedule, settings.units, settings.outputs, settings.dtype)
        self.watchdog = Watchdog(self.limits, self.schedule.dt, settings.units)

    def go(self) -> ForceRun:
        """To the end, or to where the watchdog stops it."""
        stopped = None
        compile_once(self.reservoir.settings.dtype, self.rls.dtype if self.rls else "float32", _warm_up)
        with threadpool_limits(1):
            begun, last = time.process_time(), time.monotonic()
            self._resume()
            edges = self.recorder.boundaries()
            try:
                while self.simulation.i < self.schedule.steps:
                    self._chunk(edges)
                    if self.news is not None:
                        self.news(self.simulation.i, self.schedule.steps)
                    if self.checkpoint is not None and time.monotonic() - last > self.checkpoint.every:
                        self._save(self.checkpoint)
                        last = time.monotonic()
            except RunStopped as error:
                stopped = error
            spent = time.process_time() - begun
        return self._result(stopped, spent)

    def _chunk(self, edges: list[int]) -> None:
        """The steps up to the next multiple of ``CHUNK``."""
        simulation, start = self.simulation, self.simulation.i
        end = min((start // CHUNK + 1) * CHUNK, self.schedule.steps)
        external = simulation.external(end - start, self.drive, self.stimulus)
        targets = _Targets(self.supervisor, start + 1, end)
        self._record_targets(targets, start, end)
        try:
            while simulation.i < end:
                update = self.schedule.next_update(simulation.i + 1) if self.p is not None else None
                ahead = [edge for edge in edges if edge > simulation.i]
                stop = min([end, *ahead[:1], *([update] if update else [])])
                simulation.advance(stop, external, simulation.i - start, self.recorder)
                self._follow()
                if simulation.i == update:
                    self._learn(targets.at(update))
                elif simulation.i < stop:
                    self._empty_log()
        except RunStopped:
            self.recorder.spikes(simulation.steps, simulation.cells)
            raise
        self._empty_log()
        self.watchdog.outputs(simulation.i, simulation.outputs)
        self.watchdog.voltages(simulation.i, simulation.state.v)

    def _record_targets(self, targets: "_Targets", start: int, end: int) -> None:
        every = self.recording.trace_every
        steps = np.arange((start // every + 1) * every, end + 1, every)
        if len(steps):
            values = np.stack([targets.at(int(i)) for i in steps])
            self.recorder.targets(steps, values)
            if self.supervisor is not None:
                self.watchdog.target(values, end)

    def _follow(self) -> None:
        simulation = self.simulation
        if self.following and self.p is not None:
            steps = simulation.i - self.followed
            self.p.follow(simulation.cells[simulation.recent :], simulation.ages(), simulation.powers, steps)
        self.followed = simulation.i

    def _learn(self, target: Floats) -> None:
        """One update of the decoders."""
        simulation, rls, p = self.simulation, self.rls, self.p
        assert rls is not None and p is not None, "a run that learns"
        i, r, h = simulation.i, simulation.r, simulation.h
        error = simulation.outputs - target
        self.watchdog.target(target, i)
        self.watchdog.outputs(i, simulation.outputs)
        if not self.following:
            p.start(r, h)
            self.following = True
        c, denominator = p.update(r, h)
        if not denominator >= 1.0:
            noise = 8 * np.finfo(c.dtype).eps * float(np.linalg.norm(r) * np.linalg.norm(c))
            self.watchdog.denominator(i, denominator, float(noise))
        if rls.gain == "rls":
            error = error / denominator
        c, error = c.astype(r.dtype, copy=False), error.astype(r.dtype)
        kernel.learn(simulation.decoders, simulation.state.z, simulation.state.y, c, error, float(c @ r), float(c @ h))
        self.updates += 1
        self.recorder.decoders(i, simulation.decoders)
        self.following = self.schedule.next_update(i + 1) is not None

    def _empty_log(self) -> None:
        simulation = self.simulation
        self.recorder.spikes(simulation.steps, simulation.cells)
        steps = simulation.steps
        simulation.empty_log()
        self.watchdog.spikes(simulation.i, steps)

    def _memory(self) -> dict[str, NDArray[Any]]:
        groups: dict[str, dict[str, NDArray[Any]]] = {
            "simulation": self.simulation.memory(),
            "recorder": self.recorder.state(),
            "p": self.p.state() if self.p is not None else {},
            "run": {"watchdog": self.watchdog.memory(), "learned": np.array([self.following, self.updates])},
        }
        return {f"{group}.{name}": array for group, arrays in groups.items() for name, array in arrays.items()}

    def _save(self, plan: CheckpointPlan) -> None:
        files.write_arrays(plan.path, self._memory(), {"fingerprint": plan.fingerprint})

    def _resume(self) -> None:
        """Go on from the checkpoint, if there is one of this run."""
        if self.checkpoint is None or not self.checkpoint.path.exists():
            return
        arrays, header = files.read_arrays(self.checkpoint.path)
        if header.get("fingerprint") != self.checkpoint.fingerprint:
            return
        groups: dict[str, dict[str, NDArray[Any]]] = {}
        for key, array in arrays.items():
            group, _, name = key.partition(".")
            groups.setdefault(group, {})[name] = array
        self.simulation.recall(groups["simulation"])
        self.recorder.restore(groups["recorder"])
        if self.p is not None:
            self.p.restore(groups["p"])
        self.watchdog.recall(groups["run"]["watchdog"])
        self.following, self.updates = bool(groups["run"]["learned"][0]), int(groups["run"]["learned"][1])
        self.followed = self.simulation.i

    def _result(self, stopped: RunStopped | None, spent: float) -> ForceRun:
        simulation = self.simulation
        memory = simulation.memory()
        network = TrainedNetwork(
            self.reservoir,
            memory.pop("decoders"),
            self.schedule.dt,
            int(memory.pop("i")[0]),
            memory,
        )
        if self.checkpoint is not None:
            self.checkpoint.path.unlink(missing_ok=True)
        return ForceRun(
            network,
            self.recorder.traces(simulation.i),
            self.schedule,
            self.updates,
            spent,
            None if stopped is None else str(stopped),
            None if stopped is None else stopped.reason,
            None if stopped is None else stopped.seconds,
        )


class _Targets:
    """Targets of the steps of one chunk; NaN without a supervisor."""

    def __init__(self, supervisor: Supervisor | None, first: int, last: int) -> None:
        self._supervisor, self._first = supervisor, first
        few = supervisor is not None and supervisor.outputs <= FEW
        self._block = supervisor.values(first, last - first + 1) if supervisor is not None and few else None

    def at(self, i: int) -> Floats:
        """x (k,) at step ``i``."""
        if self._block is not None:
            return self._block[i - self._first]
        if self._supervisor is None:
            return np.full(1, np.nan)
        return self._supervisor.values(i, 1)[0]


class _Still:
    """Targets, drive and input that are zero."""

    outputs = components = channels = 1

    def values(self, first: int, count: int) -> Any:
        """Zeros (count, 1)."""
        return np.zeros((count, 1))


def _warm_up(dtype: str, p_dtype: str) -> None:
    """Call every kernel once."""
    settings = ReservoirSettings(LIF(), Synapse(), 8, 1, gain=0.0, feedback=0.0, dtype=dtype)
    rls = RlsSettings(1e-6, dtype=p_dtype, method="event")
    schedule = Schedule(dt=1e-4, duration=(DELAYED + 10) * 1e-4, train_stop=(DELAYED + 10) * 1e-4)
    run_force(build(settings, "compiling"), schedule, _Still(), rls)
