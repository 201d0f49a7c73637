"""Points in a square as an input, their class as a target (Nicola & Clopath 2017, Suppl. Figs. 10-12).

Windows of 250 ms, in which a point is shown and in which none is, follow each other; the program's first window begins
with the second step. While a point (x, y) is shown, the target is ``0.5 |sin(4 pi t)| (2 P - 1)``, P its class.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from replicortex.errors import choose
from replicortex.spiking.protocols import Floats
from replicortex.spiking.targets import Array, Target, positive, read_only, steps_per

WINDOW = 0.25  # s
POINTS = 2000  # that the programs draw from
RULES = {
    "linear": lambda x, y: y > x,
    "nonlinear": lambda x, y: y > np.sin(2 * np.pi * x),
}


@dataclass(frozen=True)
class Classes(Target):
    """The class of the point that is shown, as half a sine up (1) or down (0); 0 while none is.

    Attributes
    ----------
    points : (window, 2)
        x and y of each window, those without a point included, as in the programs; later windows begin again.
    labels : (window,)
        Their classes, 0 or 1.
    dt
        s
    """

    points: Floats
    labels: Floats
    dt: float

    @property
    def outputs(self) -> int:
        return 1

    @property
    def cycle(self) -> float:
        return 2 * WINDOW

    @property
    def stimulus(self) -> Points:
        """The input that belongs to it."""
        return Points(self)

    def window(self, steps: Array) -> tuple[Array, Array]:
        """Number of the window of each step, and whether a point is shown in it."""
        number = (np.asarray(steps) - 2) // steps_per(WINDOW, self.dt)
        return number, (number % 2 == 0) & (number >= 0)

    def at(self, steps: Array) -> Floats:
        number, shown = self.window(steps)
        height = 0.5 * np.abs(np.sin(4 * np.pi * np.asarray(steps) * self.dt))
        sign = 2 * self.labels[np.mod(number.astype(np.int64), len(self.labels))] - 1
        return (shown * height * sign)[:, None]


@dataclass(frozen=True)
class Points:
    """The point that is shown, (0, 0) while none is."""

    classes: Classes

    @property
    def channels(self) -> int:
        """x and y."""
        return 2

    def values(self, first: int, count: int) -> Floats:
        """The input at the steps ``first .. first + count - 1``: (count, 2)."""
        number, shown = self.classes.window(np.arange(first, first + count))
        return self.classes.points[np.mod(number, len(self.classes.points))] * shown[:, None]


def classes(dt: float, duration: float, rule: str, rng: np.random.Generator) -> Classes:
    """Points drawn anew for each window from 2000 of a square, with their classes.

    Parameters
    ----------
    dt, duration
        s
    rule
        ``"linear"``: class 1 if y > x; ``"nonlinear"``: if y > sin(2 pi x).
    rng
        Draws the points and their order.

    Raises
    ------
    ValueError
        No such rule, or a number out of range.
    """
    holds = RULES[choose(rule, RULES, "rule")]
    square = rng.random((POINTS, 2))
    windows = int(np.ceil(positive(duration, "duration") / WINDOW)) + 1
    points = square[rng.integers(0, POINTS, windows)]
    labels = holds(points[:, 0], points[:, 1]).astype(np.float64)
    return Classes(read_only(points), read_only(labels), positive(dt, "dt"))
