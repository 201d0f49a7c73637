"""When a run is beyond help, and what to try."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from replicortex.errors import shorten
from replicortex.spiking.neurons import Array


class RunStopped(RuntimeError):
    """A run that the watchdog has ended.

    Attributes
    ----------
    seconds
        Simulated time at the stop, seconds.
    reason
        "not finite", "output", "inverse correlation", "silence" or "runaway".
    """

    def __init__(self, seconds: float, reason: str, message: str) -> None:
        self.seconds, self.reason = seconds, reason
        super().__init__(f"stopped at {seconds:.4g} s of simulated time: {message}")


@dataclass(frozen=True)
class Limits:
    """What is tolerated.

    Attributes
    ----------
    rate
        Largest mean rate over ``window``, Hz; no network that computes anything reaches it.
    silence
        Seconds without a spike of any neuron; None for a run that may be silent.
    window
        Seconds over which rates are taken.
    output
        Largest output that is tolerated, as a multiple of the largest target so far (at least 1).
    """

    rate: float = 400.0
    silence: float | None = 0.5
    window: float = 0.05
    output: float = 1e4

    def __post_init__(self) -> None:
        for name in ("rate", "silence", "window", "output"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"limits.{name}: {shorten(value)} is out of range; allowed: more than 0")


class Watchdog:
    """Looks at a run between blocks of steps."""

    def __init__(self, limits: Limits, dt: float, units: int) -> None:
        self.limits, self._dt, self._units = limits, dt, units
        self._largest = 1.0
        self._last_spike = 0
        self._window_start = self._spikes = 0

    def target(self, x: Array, i: int = 0) -> None:
        """Targets that the outputs are compared with, up to step ``i``.

        Raises
        ------
        RunStopped
            One is NaN or infinite.
        """
        if x.size and not np.isfinite(x).all():
            raise self._stop(i, "target", "the target is not a finite number there; mend the target")
        if x.size:
            self._largest = max(self._largest, float(np.abs(x).max()))

    def outputs(self, i: int, z: Array) -> None:
        """Outputs (k,) of step ``i``.

        Raises
        ------
        RunStopped
            One is NaN or infinite, or they have run away.
        """
        size = float(np.abs(z).max())
        if not math.isfinite(size):
            raise self._unreal(i, "an output")
        if size > self.limits.output * self._largest:
            raise self._stop(i, "output", f"an output reached {size:.2g} where targets are at most "
                             f"{self._largest:.2g}; try gain 'rls', or a smaller p0 or feedback")  # fmt: skip

    def voltages(self, i: int, v: Array) -> None:
        """Voltages (N,) after step ``i``.

        Raises
        ------
        RunStopped
            One is NaN or infinite.
        """
        if not np.isfinite(v.sum()):
            raise self._unreal(i, "a voltage")

    def spikes(self, i: int, steps: NDArray[np.int64]) -> None:
        """Spikes of the steps up to ``i``.

        Raises
        ------
        RunStopped
            There have been no spikes for too long, or far too many.
        """
        if len(steps):
            self._last_spike = int(steps[-1])
        silent = (i - self._last_spike) * self._dt
        if self.limits.silence is not None and silent > self.limits.silence:
            raise self._stop(i, "silence", f"no neuron has fired for {silent:.2g} s; try a larger bias, gain or "
                             "feedback, or a drive that is not zero")  # fmt: skip
        self._spikes += len(steps)
        seconds = (i - self._window_start) * self._dt
        if seconds >= self.limits.window:
            rate = self._spikes / (seconds * self._units)
            self._window_start, self._spikes = i, 0
            if rate > self.limits.rate:
                raise self._stop(i, "runaway", f"neurons fired at {rate:.0f} Hz in the mean, more than "
                                 f"{self.limits.rate:g}; try gain 'rls', a smaller p0, gain or feedback")  # fmt: skip

    def denominator(self, i: int, value: float, noise: float) -> None:
        """``1 + r^T P r`` of the update at step ``i``, which P, being positive definite, cannot make less than 1.

        Parameters
        ----------
        i
            The step.
        value
            Value of ``1 + r^T P r``.
        noise
            Rounding error of the sum.

        Raises
        ------
        RunStopped
            The value is less than 1 or NaN.
        """
        if not value >= 1.0 - noise:
            raise self._stop(i, "inverse correlation", f"1 + r'Pr is {value:.6g}, less than 1: P is no longer positive "
                             "definite; try float64 for the inverse correlation, or a smaller p0")  # fmt: skip

    def memory(self) -> NDArray[np.float64]:
        """What has to be known to go on."""
        return np.array([self._largest, self._last_spike, self._window_start, self._spikes], np.float64)

    def recall(self, memory: NDArray[np.float64]) -> None:
        """Take up a `memory`."""
        self._largest = float(memory[0])
        self._last_spike, self._window_start, self._spikes = (int(value) for value in memory[1:])

    def _unreal(self, i: int, what: str) -> RunStopped:
        return self._stop(i, "not finite", f"{what} is no longer a finite number; try gain 'rls', a smaller p0, a "
                          "smaller dt, or float64")  # fmt: skip

    def _stop(self, i: int, reason: str, message: str) -> RunStopped:
        return RunStopped(i * self._dt, reason, message)
