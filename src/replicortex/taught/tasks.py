"""What networks are taught: the tasks of the authors' programs, a trial at a time.

DePasquale et al. 2018, PLoS ONE 13:e0191527, doi 10.1371/journal.pone.0191527 (oscillation, ready-set-go) and
DePasquale, Churchland & Abbott 2016, arXiv 1601.07620 (four sines). Times are in s; samples are 1 ms apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from replicortex.errors import choose

Floats = NDArray[np.float64]
DT = 1e-3
PULSE, RESPONSE = 50, 500  # samples
VERSIONS = ("2018", "2019")


@dataclass(frozen=True)
class Trial:
    """One trial: inputs (T, n_in), targets (T, n_out), hints (T, n_hints) and, of an interval, what was asked.

    Attributes
    ----------
    response : int
        Sample at which the response begins; 0 if all of the trial counts.
    interval : float
        Requested interval in s; 0 if there is none.
    """

    inputs: Floats
    targets: Floats
    hints: Floats
    response: int = 0
    interval: float = 0.0


@dataclass(frozen=True)
class Oscillation:
    """A sine whose frequency rises and falls, 2 s long, begun by a pulse.

    ``version`` "2018" is the program as published, ``phi = t (1 + 2 t)`` for t in s from 0 to 1 and then the same
    backwards with the other sign; "2019" the later one, ``phi = 6 u^2 + 3 u`` for u <= 1/2, ``-3 + 15 u - 6 u^2``
    above, with u = t / 2 s. The output is ``sin(2 pi phi)``.
    """

    version: str = "2018"

    def __post_init__(self) -> None:
        choose(self.version, VERSIONS, "oscillation.version")

    def draw(self, rng: np.random.Generator) -> Trial:
        """The trial, always the same."""
        if self.version == "2018":
            t = np.arange(1000) * DT
            half = np.sin(2 * np.pi * t * (1 + 2 * t))
            target = np.concatenate([half, -half[::-1]])
        else:
            u = np.arange(1, 2001) / 2000
            target = np.sin(2 * np.pi * np.where(u <= 0.5, 6 * u**2 + 3 * u, -3 + 15 * u - 6 * u**2))
        return Trial(_pulse(len(target), 1.0), target[:, None], np.zeros((len(target), 0)))


@dataclass(frozen=True)
class FourSines:
    """The sum of sines of 1, 2, 3 and 5 Hz divided by its largest value, 1 s long, begun by a pulse of height 0.5."""

    def draw(self, rng: np.random.Generator) -> Trial:
        """The trial, always the same."""
        t = np.arange(1000) * DT
        target = sum(np.sin(2 * np.pi * f * t) for f in (1, 2, 3, 5))
        return Trial(_pulse(1000, 0.5), (target / np.max(target))[:, None], np.zeros((1000, 0)))


@dataclass(frozen=True)
class ReadySetGo:
    """Interval matching: two pulses, and a response as long after the second as that was after the first.

    The output rests at -0.5; the response is ``-0.5 + 1.5 b``, with b the density of Beta(4, 4) over 0.5 s, scaled to
    a peak of 1. The hint rises from the end of the first pulse to the delay (in s) at the middle of the second, and
    falls to 0 at the end of the second delay.

    Attributes
    ----------
    delays
        The shortest and the longest delay in s.
    pause
        Mean of the exponential part of the time between trials, to which ``rest`` is added; half of the sum is before.
    hint
        Whether the teacher is given the hint.
    """

    delays: tuple[float, float] = (0.1, 2.1)
    pause: float = 2.0
    rest: float = 0.4
    hint: bool = True

    def draw(self, rng: np.random.Generator) -> Trial:
        """A trial with a delay and a pause drawn anew."""
        delay = round(rng.uniform(*self.delays) / DT)
        around = round((self.rest + rng.exponential(self.pause)) / 2 / DT)
        first, second = around, around + PULSE + delay
        response = second + PULSE + delay
        samples = response + RESPONSE + around
        inputs, target = np.zeros((samples, 2)), np.full(samples, -0.5)
        inputs[first : first + PULSE, 0] = 1
        inputs[second : second + PULSE, 1] = 1
        target[response : response + RESPONSE] += 1.5 * _bump(RESPONSE)
        hints = np.zeros((samples, int(self.hint)))
        if self.hint:
            corners = first + PULSE, second + PULSE / 2, response
            hints[:, 0] = np.interp(np.arange(samples), corners, (0, delay * DT, 0))
        return Trial(inputs, target[:, None], hints, response, delay * DT)


Task = Oscillation | FourSines | ReadySetGo


def _pulse(samples: int, height: float) -> Floats:
    inputs = np.zeros((samples, 1))
    inputs[:PULSE] = height
    return inputs


def _bump(samples: int) -> Floats:
    """x^3 (1 - x)^3, the density of Beta(4, 4), scaled to a peak of 1."""
    x = np.arange(1, samples + 1) / samples
    return np.asarray((4 * x * (1 - x)) ** 3)
