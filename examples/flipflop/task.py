"""The flip-flop: as many bits of memory as it has channels, each set by the sign of its last pulse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replicortex.primer.trials import Floats, Steps, Trials, check_draw, in_sequence


@dataclass(frozen=True)
class FlipFlop:
    """Inputs show short pulses of either sign; each output holds the sign of the last pulse of its own input.

    Sussillo & Barak 2013, doi 10.1162/NECO_a_00409, section 3. A pulse lasts one step. The first step has one in every
    input, so that the targets are defined from the beginning.

    Attributes
    ----------
    bits
        Inputs, and outputs.
    length
        Steps in a trial.
    p_pulse
        Probability of a pulse, for each step and input; either sign is as likely.
    dt
        Step, ms. The task knows no other unit of time than the step.
    """

    bits: int = 3
    length: int = 64
    p_pulse: float = 0.5
    dt: float = 20.0

    def __post_init__(self) -> None:
        if self.bits < 1 or self.length < 1:
            raise ValueError(f"bits, length: {self.bits}, {self.length}; each must be at least 1")
        if not 0 < self.p_pulse <= 1:
            raise ValueError(f"p_pulse: {self.p_pulse!r} is not a probability above 0")

    @property
    def input_lines(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return tuple(f"pulses {bit + 1}" for bit in range(self.bits))

    @property
    def output_lines(self) -> tuple[str, ...]:
        """Names of the outputs."""
        return tuple(f"bit {bit + 1}" for bit in range(self.bits))

    @property
    def alternatives(self) -> tuple[str, ...]:
        """The memories by the signs of their bits, from "---" to "+++"."""
        return tuple("".join("-+"[(code >> bit) & 1] for bit in range(self.bits)) for code in range(2**self.bits))

    def draw(self, n_trials: int, rng: np.random.Generator, **fixed: object) -> Trials:
        """Random trials; no condition can be fixed."""
        check_draw(n_trials, rng, fixed, ())
        shape = (self.length, n_trials, self.bits)
        shown = rng.random(shape) < self.p_pulse
        shown[0] = True
        inputs = np.where(shown, rng.choice([-1.0, 1.0], shape), 0.0).astype(np.float32)
        targets = held(inputs)
        periods, _ = in_sequence({"fixation": 0, "decision": self.length}, n_trials)
        actions = memory(targets)
        return Trials(inputs, targets, actions, actions[-1], periods, {}, self.dt)

    def choices(self, outputs: Floats, trials: Trials) -> Steps:
        """The memory at the last step, numbered from 1; see `alternatives`."""
        return memory(outputs[-1])


def held(inputs: Floats) -> Floats:
    """Sign of the last pulse at or before each step: (time, trial, bit) -> the same; 0 before the first pulse."""
    step = np.arange(len(inputs))[:, None, None]
    last = np.maximum.accumulate(np.where(inputs != 0, step, 0), axis=0)
    found: Floats = np.sign(np.take_along_axis(inputs, last, axis=0))
    return found


def memory(outputs: NDArray[np.floating[Any]]) -> Steps:
    """Number of the memory, 1 to 2^bits, that outputs (..., bit) stand for by their signs."""
    weights = 2 ** np.arange(outputs.shape[-1])
    found: Steps = 1 + (outputs > 0).astype(np.int64) @ weights
    return found
