"""Oscillations and a chaotic attractor as targets (Nicola & Clopath 2017, Fig. 2 and supplementary Fig. 2)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from scipy.integrate import solve_ivp

from replicortex.spiking.protocols import Floats
from replicortex.spiking.targets import Formula, Series, positive, read_only

SPACING = 1e-3  # s between the samples of an integrated target
_PRECISE = {"method": "DOP853", "rtol": 1e-9, "atol": 1e-11}


def sine(dt: float) -> Formula:
    """sin(2 pi 5 t)."""
    return Formula(lambda t: np.sin(10 * np.pi * t), 0.2, positive(dt, "dt"))


def sawtooth(dt: float) -> Formula:
    """arcsin(sin(2 pi 5 t)): a triangle of height pi / 2, which the paper calls a sawtooth."""
    return Formula(lambda t: np.arcsin(np.sin(10 * np.pi * t)), 0.2, positive(dt, "dt"))


def product(dt: float, frequencies: Sequence[float], longest: float = math.inf) -> Formula:
    """The product of sines of these frequencies (Hz): 4 and 6 Hz repeat after 0.5 s, and so do 2, 3 and 7 Hz.

    The frequencies are taken as fractions of a thousandth; a period above ``longest`` s counts as none.

    Raises
    ------
    ValueError
        No frequency, or one that is not positive or above half of the steps in a second.
    """
    if not frequencies:
        raise ValueError("frequencies: is empty; give one for a sine, several for a product of sines")
    for each in frequencies:
        if positive(each, "frequencies", "Hz") > 0.5 / positive(dt, "dt"):
            raise ValueError(f"frequencies: {each:g} Hz is above half of the {1 / dt:g} steps in a second")
    turns = 2 * np.pi * np.array(frequencies)
    period = _common_period(frequencies)
    period = period if period is not None and period <= longest else None
    return Formula(lambda t: np.sin(turns[:, None] * t).prod(axis=0), period, positive(dt, "dt"))


def _common_period(frequencies: Sequence[float]) -> float | None:
    """Seconds after which the product of sines of all these frequencies is where it was.

    With g the largest common divisor of the frequencies this is 1 / g, in which all sines come back. In half of it the
    sine of f changes its sign f / g times, so that the product comes back if these numbers have an even sum.
    """
    thousandths = [round(1000 * each) for each in frequencies]
    if any(abs(1000 * each - number) > 1e-6 for each, number in zip(frequencies, thousandths, strict=True)):
        return None
    common = math.gcd(*thousandths)
    return (500 if sum(each // common for each in thousandths) % 2 == 0 else 1000) / common


def van_der_pol(dt: float, duration: float, mu: float = 0.5) -> Series:
    """x and y of the Van der Pol oscillator: harmonic for mu = 0.5, relaxing for mu = 5.

    ``x' = 20 mu (x - (10^2 / 3) x^3 - y)``, ``y' = 20 x / mu``, after ``duration`` s on the way to the limit cycle.
    """
    positive(mu, "mu", "")

    def derivative(_time: float, state: Floats) -> list[float]:
        x, y = state
        return [20 * mu * (x - (10**2 / 3) * x**3 - y), 20 * x / mu]

    settled = _integrate(derivative, [0.1, 0.1], duration)[-1]
    return Series(_integrate(derivative, settled, duration), SPACING, positive(dt, "dt"))


def lorenz(dt: float, duration: float) -> Series:
    """x, y, z of the Lorenz system divided by 70, from (0.1, 0.1, 0.1) on, its way to the attractor included.

    ``x' = 10 (y - x)``, ``y' = 28 x - 70 x z - y``, ``z' = 70 x y - 8/3 z``.
    """

    def derivative(_time: float, state: Floats) -> list[float]:
        x, y, z = state
        return [10 * (y - x), 28 * x - 70 * x * z - y, 70 * x * y - 8 / 3 * z]

    return Series(_integrate(derivative, [0.1, 0.1, 0.1], duration), SPACING, positive(dt, "dt"))


def _integrate(derivative: Callable[[float, Floats], list[float]], start: Sequence[float], duration: float) -> Floats:
    """The solution every `SPACING` s, up to the first sample at or after ``duration``: (time, k)."""
    n_samples = int(np.ceil(round(positive(duration, "duration") / SPACING, 6))) + 1
    times = np.arange(n_samples) * SPACING
    solution = solve_ivp(derivative, (0, times[-1]), np.asarray(start, dtype=float), t_eval=times, **_PRECISE)
    if not solution.success:
        raise ValueError(f"target: could not be integrated over {duration:g} s ({solution.message})")
    return read_only(solution.y.T)
