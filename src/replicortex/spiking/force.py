"""From the configuration to a trained spiking network: what a workflow's job calls.

A run is named by its experiment and seed; its random streams are ``experiment / seed / purpose``.  With a results
folder it leaves the network and what was recorded there, tells how far it is, and goes on from a checkpoint after an
interruption.  A run that the watchdog stops comes back, and is written, as far as it came, marked with the reason.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from replicortex import provenance, random_streams
from replicortex.spiking import drives, files, neurons, supervisors
from replicortex.spiking.protocols import Drive, Stimulus, Supervisor
from replicortex.spiking.recorder import Recording, fitting
from replicortex.spiking.reservoir import Reservoir, ReservoirSettings, build
from replicortex.spiking.rls import RlsSettings
from replicortex.spiking.schedule import Schedule
from replicortex.spiking.simulate import CheckpointPlan, ForceRun, run_force
from replicortex.spiking.synapses import Synapse
from replicortex.spiking.watchdog import Limits
from replicortex.status import write_status

if TYPE_CHECKING:
    from replicortex.config.spiking import ForceExperiment

Log = Callable[[str], None]
WIDE = 32  # outputs from which the state is in float32: reading the encoders takes most of the time
NEWS_EVERY = 20.0  # seconds between signs of life


def network_path(results: Path, experiment: str, label: str) -> Path:
    """Where a trained spiking network lives below the results folder of a scale."""
    return results / "force" / "networks" / experiment / f"{label}.safetensors"


def traces_path(results: Path, experiment: str, label: str) -> Path:
    """Where what was recorded while it was trained lives."""
    return results / "force" / "traces" / experiment / f"{label}.safetensors"


@dataclass(frozen=True)
class Parts:
    """What a configured run is made of; see `replicortex.spiking.simulate.run_force`."""

    reservoir: Reservoir
    schedule: Schedule
    supervisor: Supervisor
    rls: RlsSettings
    drive: Drive | None
    stimulus: Stimulus | None


def parts(experiment: "ForceExperiment", seed: int) -> Parts:
    """Build what a network of an experiment is made of.

    Parameters
    ----------
    experiment
        Experiment without a grid. Its ``precision`` is that of the inverse correlation. The state is in float64, or in
        float32 with many outputs.
    seed
        Seed of its random streams.

    Raises
    ------
    ValueError
        The target's file is not what it should be, or the neuron is not a spiking one.
    """
    e, dt = experiment, experiment.time_step
    one_network(e)
    if e.neuron == "rate":
        raise ValueError(f"{e.name}: its neuron is 'rate'; call rx.spiking.train_rates(experiment, seed) instead")
    supervisor, stimulus = target(e, seed)
    period = e.period if e.period is not None else getattr(supervisor, "cycle", None)
    drive = drives.hdts(e.drive.components, period, dt) if e.drive is not None and period is not None else None
    own: dict[str, Any] = e.parameters
    settings = ReservoirSettings(
        neuron=replace(neurons.neuron(e.neuron), bias=e.constant_input, **own),
        synapse=Synapse(e.decay, e.rise),
        units=e.cells,
        outputs=supervisor.outputs,
        gain=e.gain,
        feedback=e.feedback,
        connectivity=e.sparsity,
        balance=e.rows_balanced,
        components=0 if e.drive is None else e.drive.components,
        drive_gain=0.0 if e.drive is None else e.drive.amplitude,
        channels=0 if stimulus is None else stimulus.channels,
        input_gain=0.0 if stimulus is None else e.input,
        dtype="float32" if supervisor.outputs >= WIDE and e.precision == "float32" else "float64",
    )
    return Parts(
        build(settings, e.name, seed),
        Schedule(dt, e.duration, e.train[0], e.train[1], e.step),
        supervisor,
        RlsSettings(e.inverse, e.rls, e.precision),
        drive,
        stimulus,
    )


def one_network(experiment: "ForceExperiment") -> None:
    """Make sure that an experiment has no grid.

    Raises
    ------
    ValueError
        The experiment has a grid; the message says what to take instead.
    """
    if experiment.grid:
        raise ValueError(
            f"{experiment.name}: has a grid over {', '.join(experiment.grid)}; take one of its networks, "
            "experiment.members()[0].experiment"
        )


def target(experiment: "ForceExperiment", seed: int) -> tuple[Supervisor, Stimulus | None]:
    """The target of an experiment, and the input that belongs to it, if any."""
    e = experiment
    given: dict[str, Any] = {}
    for name in supervisors.parameters(e.target.kind):
        value = getattr(e.target, "dt" if name == "spacing" else name, None)
        if value is not None:
            given[name] = value
    made = supervisors.supervisor(
        e.target.kind, dt=e.time_step, duration=e.duration, rng=random_streams.generator(e.name, seed, "target"),
        noise=e.target.noise, noise_level=e.target.noise_level, **given,
    )  # fmt: skip
    return made, getattr(made, "stimulus", None)


def train_force(
    experiment: "ForceExperiment",
    seed: int = 0,
    *,
    label: str | None = None,
    recording: Recording | None = None,
    limits: Limits | None = None,
    results: str | Path | None = None,
    log: Log | None = None,
) -> ForceRun:
    """Train a network of an experiment by FORCE.

    Parameters
    ----------
    experiment
        From `replicortex.load_config` (``study[name]``), without a grid.
    seed
        Seed of the network.
    label
        Its name in files; ``seed<seed>`` by default.
    recording
        What to keep; by default outputs and targets, every half millisecond or as often as memory allows.
    limits
        What the watchdog tolerates.
    results
        Folder ``results/<scale>``; network, traces, status and checkpoints are written there. If None, everything is
        kept in memory.
    log
        Receives a line now and then; standard error by default.

    Returns
    -------
    ForceRun
        The run, whose ``problem`` says why the watchdog stopped it, if it did.

    Raises
    ------
    ValueError
        See `parts`.
    """
    job = _Job(experiment, seed, label or f"seed{seed}", Path(results) if results is not None else None, log or _say)
    made = parts(experiment, seed)
    job.tell(0, made.schedule.steps)
    run = run_force(
        made.reservoir, made.schedule, made.supervisor, made.rls,
        recording or fitting(made.schedule, made.supervisor.outputs),
        drive=made.drive, stimulus=made.stimulus, limits=limits, checkpoint=job.checkpoint(), news=job.tell,
    )  # fmt: skip
    return job.finish(run)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


class _Job:
    """One network's run with its files."""

    def __init__(self, experiment: "ForceExperiment", seed: int, label: str, results: Path | None, log: Log) -> None:
        self._experiment, self._label, self._results, self._log = experiment, label, results, log
        self._identity = {
            "experiment": experiment.name,
            "label": label,
            "seed": seed,
            "configuration": experiment.fingerprint(),
            "code": provenance.code_hash(f"{__name__}:train_force", choice=provenance.Choice(experiment.registries())),
            **{name: metadata.version(name) for name in ("numpy", "scipy", "numba")},
        }
        self._begun, self._first, self._last = time.monotonic(), 0, float("-inf")

    def checkpoint(self) -> CheckpointPlan | None:
        """Where the unfinished run is kept."""
        if self._results is None:
            return None
        fingerprint = provenance.fingerprint(self._identity)
        folder = self._results / "checkpoints" / self._experiment.name
        return CheckpointPlan(folder / f"{self._label}.{fingerprint[:16]}.safetensors", fingerprint)

    def tell(self, step: int, steps: int) -> None:
        """A sign of life, unless there has just been one."""
        if step and not self._first:
            self._begun, self._first = time.monotonic(), step  # after compiling, or a checkpoint
        if time.monotonic() - self._last > NEWS_EVERY:
            self._status("running", step, steps)
            seconds = 1e-3 * self._ms(step)
            if step:
                rate, eta = self._pace(step, steps)
                self._log(f"{self._who}: {seconds:.4g} of {self._experiment.duration:g} s simulated, "
                          f"{1e-3 * rate:.3g} s per s, {eta:.0f} s to go")  # fmt: skip

    def finish(self, run: ForceRun) -> ForceRun:
        """Write the files; returns the run with what identifies it."""
        told = {
            **self._identity,
            "settings": self._experiment.model_dump(mode="json", exclude={"seeds"}),
            "updates": run.updates,
            "cpu_s": round(run.cpu_s, 2),
            "problem": run.problem,
            "reason": run.reason,
            "stopped_at": run.stopped_at,
            "versions": provenance.environment(),
        }
        run = replace(run, network=replace(run.network, metadata=told))
        if self._results is not None:
            name, label = self._experiment.name, self._label
            kept = ("experiment", "label", "seed", "configuration", "problem", "reason", "stopped_at")
            marks = {key: told[key] for key in kept}
            files.save_traces(traces_path(self._results, name, label), run.traces, marks)
            files.save_network(network_path(self._results, name, label), run.network)
        state = "finished" if run.complete else "failed"
        self._status(state, run.network.step, run.schedule.steps, run.problem or "")
        if not run.complete:
            self._log(f"{self._who}: {run.problem}; what there was until then is kept")
        return run

    @property
    def _who(self) -> str:
        return f"{self._experiment.name} {self._label}"

    def _ms(self, step: int) -> int:
        return round(1e3 * step * self._experiment.time_step)

    def _pace(self, step: int, steps: int) -> tuple[float, float]:
        """Simulated milliseconds per second of this process so far, and seconds to go."""
        rate = (step - self._first) / max(time.monotonic() - self._begun, 1e-9)
        return rate * 1e3 * self._experiment.time_step, (steps - step) / rate if rate > 0 else float("inf")

    def _status(self, state: str, step: int, steps: int, message: str = "") -> None:
        self._last = time.monotonic()
        if self._results is None:
            return
        rate, eta = self._pace(step, steps)
        write_status(  # milliseconds of simulated time stand where others count trials
            self._results / "progress" / self._experiment.name / f"{self._label}.json",
            state=state,
            trials=self._ms(step),
            trials_total=self._ms(steps),
            trials_per_s=rate,
            eta_s=eta if np.isfinite(eta) else None,
            message=message,
        )
