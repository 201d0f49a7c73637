"""Checkerboard discrimination with two coloured targets: which target has the colour that prevails?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from replicortex.errors import choose
from replicortex.primer.trials import Floats, Steps, Trials, check_draw, check_settings, given, steps

COLOUR_LINES = 10


@dataclass(frozen=True)
class Checkerboard:
    """A layout of targets, then a noisy checkerboard: choose the target of its colour.

    Line k of the layout (0: red left, green right; 1: the other way round) is 1 from the onset of the targets to the
    end. Every colour line is N(0, 1) before the onset of the checkerboard and N(s c, 1) from it on, independently for
    each line and step, with colour s = +1 or -1 and coherence c. With colour index 1 for s > 0, else 0, left is right
    where the index equals k. The target of the right output is 1 from the onset of the checkerboard on, all else 0;
    there is no fixation signal.

    Attributes
    ----------
    duration
        Of a trial, ms.
    target_onset, board_onset
        Ranges from which each trial draws its onsets uniformly, ms.
    dt
        Step, ms.
    onset_rounding
        "up": an onset takes effect at the first step that begins at or after it. "down" (the text's program): at the
        step during which it falls, so up to a step earlier.

    Raises
    ------
    ValueError
        A setting that no trial can have.
    """

    duration: float = 2000.0
    target_onset: tuple[float, float] = (400.0, 900.0)
    board_onset: tuple[float, float] = (1200.0, 1800.0)
    dt: float = 20.0
    onset_rounding: str = "up"

    input_lines = ("layout red-green", "layout green-red", *(f"colour {i + 1}" for i in range(COLOUR_LINES)))
    output_lines = ("left", "right")
    alternatives = ("left", "right")

    def __post_init__(self) -> None:
        check_settings(self, ("duration",))
        choose(self.onset_rounding, ("up", "down"), "onset_rounding")
        for name in ("target_onset", "board_onset"):
            low, high = getattr(self, name)
            if not 0 <= low <= high <= self.duration - self.dt:
                raise ValueError(
                    f"{name}: {(low, high)} must lie from 0 to a step before the end, {self.duration:g} ms"
                )

    def draw(self, n_trials: int, rng: np.random.Generator, **fixed: object) -> Trials:
        """Random trials; ``coherence`` (0..1), ``colour`` (+1, -1), ``layout`` (0, 1) and the onsets
        ``target_onset`` and ``board_onset`` (ms) may be fixed.

        Raises
        ------
        ValueError
            Another condition, a value that it cannot have, or a wrong number of values.
        """
        check_draw(n_trials, rng, fixed, ("coherence", "colour", "layout", "target_onset", "board_onset"))
        coherence = given(fixed, "coherence", n_trials, rng.uniform(0, 1, n_trials), within=(0, 1))
        colour = given(fixed, "colour", n_trials, rng.choice([-1.0, 1.0], n_trials), among=(-1, 1))
        layout = given(fixed, "layout", n_trials, rng.integers(0, 2, n_trials).astype(float), among=(0, 1))
        inside = (0.0, self.duration - self.dt)
        targets_ms = given(fixed, "target_onset", n_trials, rng.uniform(*self.target_onset, n_trials), within=inside)
        board_ms = given(fixed, "board_onset", n_trials, rng.uniform(*self.board_onset, n_trials), within=inside)
        total = steps(self.duration, self.dt)
        shown, asked = (self._step_of(ms) for ms in (targets_ms, board_ms))
        step = np.arange(total)[:, None]
        left = (colour > 0).astype(int) == layout
        truth = np.where(left, 1, 2).astype(np.int64)
        inputs = rng.normal(0, 1, (total, n_trials, 2 + COLOUR_LINES)).astype(np.float32)
        inputs[:, :, 2:] += np.where(step >= asked, colour * coherence, 0)[:, :, None]
        for line in range(2):
            inputs[:, :, line] = (step >= shown) & (layout == line)
        actions = np.where(step >= asked, truth, 0)
        wanted = np.stack([actions == 1, actions == 2], axis=-1).astype(np.float32)
        zero, end = np.zeros(n_trials, np.int64), np.full(n_trials, total)
        periods = {"fixation": (zero, shown), "targets": (shown, asked), "decision": (asked, end)}
        conditions = {
            "coherence": coherence,
            "signed": np.where(left, -coherence, coherence),  # evidence for right
            "colour": colour,
            "layout": layout,
            "board_onset": board_ms,
        }
        return Trials(inputs, wanted, actions, truth, periods, conditions, self.dt)

    def _step_of(self, onset: NDArray[np.float64]) -> Steps:
        """Step at which onsets in ms take effect; the small number keeps a multiple of dt where it is."""
        at = np.ceil(onset / self.dt - 1e-9) if self.onset_rounding == "up" else np.floor(onset / self.dt + 1e-9)
        return at.astype(np.int64)

    def observed(self, trials: Trials) -> Steps:
        """(trial,) what an observer chooses that sums all colour lines since the onset; nobody does better."""
        board = trials.during("decision")[:, :, None]
        index = np.where(board, trials.inputs[:, :, 2:], 0).sum((0, 2)) > 0
        return np.where(index == trials.conditions["layout"], 1, 2)

    def choices(self, outputs: Floats, trials: Trials) -> Steps:
        """The larger output at the last step."""
        return 1 + outputs[-1].argmax(-1).astype(np.int64)


def decisions(outputs: Floats, trials: Trials, threshold: float) -> tuple[Steps, Floats]:
    """Choice and decision time (ms after the onset of the checkerboard) at the first crossing of a threshold.

    Parameters
    ----------
    outputs : (time, trial, 2)
    trials
        The trials.
    threshold
        An output counts as a choice from the first step on at which it reaches it.

    Returns
    -------
    choice : (trial,)
        Alternative, 0 where no output reaches the threshold.
    time : (trial,)
        NaN where there is no choice.
    """
    above = (outputs >= threshold) & trials.during("decision")[:, :, None]
    crossed = above.any(-1)
    first = crossed.argmax(0)
    each = np.arange(trials.n_trials)
    choice = 1 + outputs[first, each].argmax(-1)
    time = (first - trials.periods["decision"][0]) * trials.dt
    decided = crossed.any(0)
    return np.where(decided, choice, 0), np.where(decided, time, np.nan).astype(np.float32)
