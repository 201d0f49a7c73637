"""Perceptual decision-making, as the teaching texts train it.

The texts take ``PerceptualDecisionMaking-v0`` of neurogym as it was before May 2025 (commit f27b510a): the fixation
line stays on until the stimulus and the delay are over, and its going off is the sign to choose. Later versions of
neurogym switch it off as the stimulus begins; this is the texts' version.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from replicortex.primer.trials import Floats, Steps, Trials, check_fixed, given, in_sequence, last_choice, onehot, steps

COHERENCES = (0.0, 6.4, 12.8, 25.6, 51.2)


@dataclass(frozen=True)
class PerceptualDecision:
    """Which of two directions, 0 or pi, does a noisy stimulus favour? Fixation off: answer.

    Line i of the stimulus, at theta_i, is (1 + cos(theta_i - theta) coherence / 100) / 2 plus noise, theta being the
    direction of the trial. The noise is Gaussian, drawn for each line and step of the stimulus alone, with a standard
    deviation of ``sigma / sqrt(dt)`` per step: neurogym's convention, with dt in ms, so that sigma = 1 and dt = 20 ms
    make 0.2236.

    Attributes:
        sigma: noise as above.
        stimulus: its duration, ms; 1000 in the texts, neurogym's own default is 2000.
        fixation, delay, decision: durations of the other periods, ms.
        dt: step, ms.
        coherences: in per cent; each trial draws one.
    """

    sigma: float = 1.0
    stimulus: float = 1000.0
    fixation: float = 100.0
    delay: float = 0.0
    decision: float = 100.0
    dt: float = 20.0
    coherences: tuple[float, ...] = COHERENCES

    input_lines = ("fixation", "stimulus 1", "stimulus 2")
    output_lines = ("fixate", "choice 1", "choice 2")
    alternatives = ("choice 1", "choice 2")

    @property
    def noise_per_step(self) -> float:
        """Standard deviation of the noise on a stimulus line in one step."""
        return self.sigma / self.dt**0.5

    def draw(self, n_trials: int, rng: np.random.Generator, **fixed: object) -> Trials:
        """Random trials; ``coherence`` (per cent) and ``choice`` (1 or 2) may be fixed.

        Raises:
            ValueError: another condition, or a wrong number of values.
        """
        check_fixed(fixed, ("coherence", "choice"))
        coherence = given(fixed, "coherence", n_trials, rng.choice(self.coherences, n_trials))
        truth = given(fixed, "choice", n_trials, rng.integers(1, 3, n_trials).astype(float)).astype(np.int64)
        names = ("fixation", "stimulus", "delay", "decision")
        periods, total = in_sequence({name: steps(getattr(self, name), self.dt) for name in names}, n_trials)
        shown = slice(periods["stimulus"][0][0], periods["stimulus"][1][0])
        asked = periods["decision"][0][0]
        inputs = np.zeros((total, n_trials, 3), np.float32)
        inputs[:asked, :, 0] = 1
        theta = np.array([0.0, np.pi])
        mean = (1 + np.cos(theta - theta[truth - 1][:, None]) * coherence[:, None] / 100) / 2
        noise = rng.normal(0, self.noise_per_step, (shown.stop - shown.start, n_trials, 2))
        inputs[shown, :, 1:] = mean + noise
        actions = np.zeros((total, n_trials), np.int64)
        actions[asked:] = truth
        conditions = {"coherence": coherence, "signed": np.where(truth == 1, coherence, -coherence)}
        return Trials(inputs, onehot(actions, 3), actions, truth, periods, conditions, self.dt)

    def choices(self, outputs: Floats, trials: Trials) -> Steps:
        """Action at the last step."""
        return last_choice(outputs)

    def ideal(self, coherence: float) -> float:
        """Fraction correct of an observer that sums the difference of both stimulus lines over the stimulus.

        The difference has mean coherence/100 and standard deviation sqrt(2) noise per step, so over n steps
        Phi(coherence/100 sqrt(n/2) / noise) of the trials come out right; nobody does better.
        """
        n = steps(self.stimulus, self.dt)
        if self.noise_per_step == 0:
            return 1.0 if coherence else 0.5
        return float(norm.cdf(coherence / 100 * np.sqrt(n / 2) / self.noise_per_step))

    @property
    def ceiling(self) -> float:
        """The ideal observer's fraction correct over all coherences: 0.900 for sigma 0.3, 0.884 for sigma 1."""
        return float(np.mean([self.ideal(coherence) for coherence in self.coherences]))
