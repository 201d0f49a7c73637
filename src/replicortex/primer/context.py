"""Context-dependent decision-making (Mante, Sussillo, Shenoy & Newsome 2013, Nature 503:78-84)."""

from dataclasses import dataclass

import numpy as np

from replicortex.primer.trials import (
    Floats,
    Steps,
    Trials,
    answered,
    check_draw,
    check_settings,
    given,
    in_sequence,
    last_choice,
    onehot,
    steps,
)

CONTEXTS = ("motion", "colour")


@dataclass(frozen=True)
class ContextDecision:
    """Two noisy stimuli at once, motion and colour; the context says which of them to judge.

    As in the paper each modality is one line with the signed coherence d of the trial as its mean; a context line is 1
    for the whole trial. The answer is choice 1 for d > 0 of the modality in context, else choice 2. Noise per step is
    ``sigma / sqrt(dt)`` (dt in ms), as in `replicortex.primer.PerceptualDecision`; the fixation line tells when
    to answer, as it does there.

    Attributes
    ----------
    sigma
        Noise on both modalities while they are shown.
    coherences
        Sizes of d; each modality draws size and sign by itself.
    contexts
        Which of the contexts occur, 1 motion and 2 colour.
    fixation, stimulus, delay, decision
        Durations, ms.
    dt
        Step, ms.

    Raises
    ------
    ValueError
        A setting that no trial can have.
    """

    sigma: float = 1.0
    coherences: tuple[float, ...] = (0.05, 0.15, 0.5)
    contexts: tuple[int, ...] = (1, 2)
    fixation: float = 100.0
    stimulus: float = 760.0
    delay: float = 0.0
    decision: float = 100.0
    dt: float = 20.0

    input_lines = ("fixation", "motion", "colour", "context motion", "context colour")
    output_lines = ("fixate", "choice 1", "choice 2")
    alternatives = ("choice 1", "choice 2")

    def __post_init__(self) -> None:
        check_settings(self, ("stimulus", "decision"), ("fixation", "delay"))
        if not self.contexts or not set(self.contexts) <= {1, 2}:
            raise ValueError(f"contexts: {self.contexts} must be some of 1 (motion) and 2 (colour)")

    def draw(self, n_trials: int, rng: np.random.Generator, **fixed: object) -> Trials:
        """Random trials; ``motion``, ``colour`` (signed coherences) and ``context`` (1, 2) may be fixed.

        Raises
        ------
        ValueError
            Another condition, a value that it cannot have, or a wrong number of values.
        """
        check_draw(n_trials, rng, fixed, ("motion", "colour", "context"))
        size, sign = rng.choice(self.coherences, (2, n_trials)), rng.choice([-1.0, 1.0], (2, n_trials))
        motion = given(fixed, "motion", n_trials, (size * sign)[0])
        colour = given(fixed, "colour", n_trials, (size * sign)[1])
        drawn = rng.choice(self.contexts, n_trials).astype(float)
        context = given(fixed, "context", n_trials, drawn, among=(1, 2)).astype(np.int64)
        names = ("fixation", "stimulus", "delay", "decision")
        periods, total = in_sequence({name: steps(getattr(self, name), self.dt) for name in names}, n_trials)
        shown = slice(periods["stimulus"][0][0], periods["stimulus"][1][0])
        asked = periods["decision"][0][0]
        inputs = np.zeros((total, n_trials, 5), np.float32)
        inputs[:asked, :, 0] = 1
        noise = rng.normal(0, self.sigma / self.dt**0.5, (shown.stop - shown.start, n_trials, 2))
        inputs[shown, :, 1:3] = np.stack([motion, colour], axis=-1) + noise
        inputs[:, :, 3:] = onehot(context - 1, 2)
        judged = np.where(context == 1, motion, colour)
        truth = np.where(judged > 0, 1, 2)
        conditions = {"motion": motion, "colour": colour, "context": context, "coherence": abs(judged)}
        return answered(inputs, truth, periods, conditions, self.dt, 3)

    def choices(self, outputs: Floats, trials: Trials) -> Steps:
        """Action at the last step."""
        return last_choice(outputs, trials)
