"""A signal of one's own in a few lines: a spiking network learns it by FORCE, plays it, and shows what it did."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from replicortex.random_streams import generator
from replicortex.readers import read_series
from replicortex.shown import short_repr
from replicortex.spiking import drives, measures, neurons, simulate
from replicortex.spiking.neurons import LIF, Izhikevich, Neuron, Theta
from replicortex.spiking.protocols import Floats
from replicortex.spiking.recorder import Recording, Traces
from replicortex.spiking.reservoir import ReservoirSettings, build, initial_voltages
from replicortex.spiking.rls import RlsSettings
from replicortex.spiking.schedule import Schedule
from replicortex.spiking.simulate import ForceRun, run_force
from replicortex.spiking.synapses import Synapse
from replicortex.spiking.targets import Cyclic, Replayed, all_numbers, positive

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SPREAD = 2**-0.5  # s.d. that a signal is brought to: that of a sine of height 1, which the published gains are for
EVERY = 1e-3  # s between recorded outputs, about
_SHOWN = 100  # cells whose spikes are kept


class _Published(NamedTuple):
    """Settings that were published for a sine: G, Q, P0, dt in s, steps between updates, balanced rows; and the height
    of the pulses of a HDTS, where one was published."""

    gain: float
    feedback: float
    p0: float
    dt: float
    every: int
    balance: bool
    pulse: float | None = None


_OF: dict[type, _Published] = {
    LIF: _Published(0.04, 10.0, 5e-6, 5e-5, 50, True),
    Theta: _Published(10.0, 1e4, 1e-5, 1e-5, 50, True),
    Izhikevich: _Published(5e3, 5e3, 2.0, 4e-5, 20, False),
}
_DRIVEN = _Published(5e3, 400.0, 2.0, 4e-5, 100, False, 4000.0)  # of the movie


class Played(NamedTuple):
    """What a network plays.

    Attributes
    ----------
    times : (time,)
        s
    outputs, target : (time, output)
        In the signal's own unit; the target at the signal's own time.
    rate : float
        Mean rate of the neurons in Hz.
    """

    times: Floats
    outputs: Floats
    target: Floats
    rate: float


@short_repr
@dataclass(frozen=True)
class TrainedSignal:
    """A spiking network that has learnt a signal.

    Attributes
    ----------
    training
        The whole run: `training.network`, `training.traces` (in units of `scale`), `training.problem`.
    target
        The signal as the network was taught it, over and over again.
    drive
        The pulses that tell it the time; None if it keeps the time itself.
    offset : (output,)
        What was taken from each output's signal,
    scale : float
        and what the rest was divided by.
    """

    training: ForceRun
    target: Cyclic
    drive: drives.Hdts | None
    offset: Floats
    scale: float

    @property
    def learnt(self) -> Played:
        """What it played after learning stopped, at the end of its training run."""
        traces, stop = self.training.traces, self.training.schedule.train_stop
        later = traces.times > stop
        return self._played(traces, later, float(traces.rates()[2]))

    @property
    def error(self) -> float:
        """RMS error after learning over the s.d. of the signal, with the best lag; NaN of a run that was stopped.

        The lag is searched over half of the signal's length, or 0.1 s if pulses tell the network the time
        (`measures.search`). 0 is a perfect copy, 1 is silence.
        """
        played = self.learnt
        if not self.training.complete or len(played.times) < 3:
            return float("nan")
        interval = float(played.times[1] - played.times[0])
        limit = measures.LAG if self.drive is not None else None
        window = measures.WINDOW if self.drive is not None else None
        found = measures.aligned_error(played.outputs, played.target, interval, window, limit, self.target.cycle)
        return found.rmse / float((played.target - self.offset).std())

    def run(self, seconds: float | None = None, *, seed: int | None = None) -> Played:
        """Let it play on, learning nothing.

        Parameters
        ----------
        seconds
            How long; two lengths of the signal if None.
        seed
            Start from random voltages of this seed instead of the state at the end of training: does it find its way
            back?
        """
        return self._replayed(2 * self.target.cycle if seconds is None else seconds, 1.0, seed)

    def replay(self, speed: float = 1.0, seconds: float | None = None) -> Played:
        """Play with the pulses at another speed: above 1 faster, below 1 slower, negative backwards.

        Parameters
        ----------
        speed
            How many times as fast.
        seconds
            How long; two lengths of the signal at that speed if None.

        Raises
        ------
        ValueError
            It keeps the time itself, so there is nothing to play faster.
        """
        if self.drive is None and speed != 1:
            raise ValueError(f"speed: {speed:g}, but this network keeps the time itself; train with pulses=...")
        if speed == 0:
            raise ValueError("speed: 0 is no speed; allowed: any other number, negative ones play backwards")
        return self._replayed(2 * self.target.cycle / abs(speed) if seconds is None else seconds, speed, None)

    def plot(self, seconds: float | None = None) -> Figure:
        """Outputs and signal before, while and after it learns, spikes, and the error over time.

        Parameters
        ----------
        seconds
            How much is shown of each; two lengths of the signal, at most two seconds, if None.
        """
        import matplotlib.pyplot  # noqa: F401  # by which Jupyter learns to show figures

        from replicortex.report.own_signal import figure  # matplotlib is wanted here alone

        return figure(self, seconds)

    def _replayed(self, seconds: float, speed: float, seed: int | None) -> Played:
        network = self.training.network
        settings = network.reservoir.settings
        fresh = None if seed is None else initial_voltages(settings, generator("own signal", seed, "fresh voltages"))
        recording = Recording(max(1, round(EVERY / network.dt)), raster_cells=0, voltage_cells=0, decoder_cells=0)
        run = simulate.replay(
            network, positive(seconds, "seconds"), recording, voltages=fresh, supervisor=Replayed(self.target, speed),
            drive=None if self.drive is None else self.drive.at_speed(speed),
        )  # fmt: skip
        if run.problem is not None:
            raise ValueError(f"replay: {run.problem}")
        return self._played(run.traces, slice(None), float(run.traces.rates()[2]))

    def _played(self, traces: Traces, some: slice | NDArray[np.bool_], rate: float) -> Played:
        z, x = (self.offset + self.scale * values[some].astype(np.float64) for values in (traces.z, traces.x))
        return Played(traces.times[some], z, x, rate)


def train(
    signal: ArrayLike | str | Path,
    dt: float | None = None,
    *,
    neuron: str | Neuron = "lif",
    units: int = 1000,
    learn: float = 10.0,
    before: float = 1.0,
    after: float = 5.0,
    pulses: int = 0,
    gain: float | None = None,
    feedback: float | None = None,
    p0: float | None = None,
    synapse: Synapse | None = None,
    update_every: int | None = None,
    time_step: float | None = None,
    rls: str = "rls",
    seed: int = 0,
) -> TrainedSignal:
    """Teach a spiking network a signal, which is repeated over and over again.

    Each output's mean is taken away, and all are divided by one number, so that the published gains fit a signal in any
    unit; what the network plays comes back in the signal's own. A setting that is None has the published value of the
    sine for that neuron (docs/force.md), or that of the movie for a network with pulses.

    Parameters
    ----------
    signal : (time,) or (time, output), or a file
        Numbers of any sign, sampled every ``dt`` s; or a .csv, .npy, .npz or .wav that `rx.readers.read_series` reads.
    dt
        Seconds from one sample to the next; not needed if the file says it.
    neuron
        lif, theta, iz_osc, iz_song, iz_hdts, or a `LIF`, `Theta` or `Izhikevich` with parameters of your own.
    units
        N.
    learn, before, after
        Seconds of learning, before it, and after it.
    pulses
        Components of a HDTS, pulses that follow each other through the signal and tell the network the time; for long
        signals and replays at other speeds. Takes Izhikevich neurons, best ``iz_hdts``. 0: it keeps the time itself.
    gain, feedback, p0
        G, Q, P(0) / identity.
    synapse
        Its time constants.
    update_every, time_step
        Steps from one update to the next, and seconds of a step.
    rls
        ``"rls"``, the textbook's update, or ``"code"``, the authors'.
    seed
        Of all that is random.

    Raises
    ------
    ValueError
        Before anything is simulated: a signal of the wrong shape, one that does not vary, a number that is not finite
        (the message gives its place), a signal that is too short, a step that is too coarse, a setting out of range.

    Examples
    --------
    >>> import numpy as np
    >>> time = np.arange(0, 0.2, 1e-3)
    >>> wave = np.stack([np.sin(10 * np.pi * time), np.cos(10 * np.pi * time)], axis=1)
    >>> network = train(wave, dt=1e-3, units=50, learn=0.2, before=0.1, after=0.4)
    >>> network.run(0.5).outputs.shape
    (500, 2)
    """
    cell = neurons.neuron(neuron) if isinstance(neuron, str) else neuron
    plain = _OF[type(cell)] if not pulses else _DRIVEN
    if pulses and not isinstance(cell, Izhikevich):
        raise ValueError(f"pulses: {pulses} with {type(cell).__name__} neurons; take neuron='iz_hdts', or pulses=0")
    step = plain.dt if time_step is None else time_step
    values, spacing = _signal(signal, dt)
    target, offset, scale = _target(values, spacing, positive(step, "time_step"))
    settings = ReservoirSettings(
        cell,
        synapse or Synapse(),
        units,
        target.outputs,
        plain.gain if gain is None else gain,
        plain.feedback if feedback is None else feedback,
        balance=plain.balance,
        components=pulses,
        drive_gain=plain.pulse or 0.0,
    )
    settings.check_step(step)
    drive = drives.hdts(pulses, target.cycle, step) if pulses else None
    schedule = Schedule(step, before + learn + after, before, before + learn, update_every or plain.every)
    run = run_force(
        build(settings, "own signal", seed), schedule, target, RlsSettings(plain.p0 if p0 is None else p0, rls),
        Recording(max(1, round(EVERY / step)), _SHOWN, ((0.0, schedule.duration),), voltage_cells=0), drive=drive,
    )  # fmt: skip
    return TrainedSignal(run, target, drive, offset, scale)


def _signal(signal: ArrayLike | str | Path, dt: float | None) -> tuple[Floats, float]:
    """Numbers (time, output) and seconds from one to the next."""
    if isinstance(signal, (str, Path)):
        read = read_series(signal)
        if read.dt is not None and dt is not None and abs(read.dt / dt - 1) > 1e-6:
            raise ValueError(f"{signal}: its samples come every {read.dt:g} s, but dt says {dt:g} s; leave dt out")
        signal, dt = read.values, read.dt if dt is None else dt
    if dt is None:
        raise ValueError("dt: is missing; give the seconds from one sample of the signal to the next")
    values = np.array(signal, dtype=np.float64)
    values = values[:, None] if values.ndim == 1 else values
    all_numbers(values, "signal", 2)
    if values.shape[1] > len(values):
        raise ValueError(
            f"signal: {values.shape[0]} times of {values.shape[1]} outputs; right would be (time, output): transpose it"
        )
    return values, positive(dt, "dt")


def _target(values: Floats, spacing: float, step: float) -> tuple[Cyclic, Floats, float]:
    offset = values.mean(axis=0)
    spread = float((values - offset).std())
    if spread <= 1e-12 * max(1.0, float(np.abs(values).max())):
        raise ValueError("signal: does not vary; a network learns what changes over time")
    period = len(values) * spacing
    if period < 20 * step:
        raise ValueError(
            f"signal: lasts {period:g} s ({len(values)} samples of {spacing:g} s), less than twenty steps of {step:g} s"
        )
    scale = spread / SPREAD
    return Cyclic((values - offset) / scale, spacing, period, step), offset, scale
