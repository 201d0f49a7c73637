"""Perceptual decision-making, as the teaching texts train it.

The texts take ``PerceptualDecisionMaking-v0`` of neurogym as it was before May 2025 (commit f27b510a): the fixation
line stays on until the stimulus and the delay are over, and its going off is the sign to choose. Later versions of
neurogym switch it off as the stimulus begins; this is the texts' version.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

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
    steps,
    truncated_exponential,
)

COHERENCES = (0.0, 6.4, 12.8, 25.6, 51.2)


@dataclass(frozen=True)
class PerceptualDecision:
    """Which of several directions does a noisy stimulus favour? Fixation off: answer.

    Line i of the stimulus, at theta_i, is (1 + cos(theta_i - theta) coherence / 100) / 2 plus noise, theta being the
    direction of the trial. The noise is Gaussian, drawn for each line and step of the stimulus alone, with a standard
    deviation of ``sigma / sqrt(dt)`` per step: neurogym's convention, with dt in ms, so that sigma = 1 and dt = 20 ms
    make 0.2236.

    Attributes
    ----------
    sigma
        Noise as above.
    stimulus
        Its duration, ms; 1000 in the texts, neurogym's own default is 2000.
    fixation, delay, decision
        Durations of the other periods, ms.
    dt
        Step, ms.
    coherences
        In per cent; each trial draws one.
    stim_scale
        Times all coherences, as in neurogym: below 1 the task is harder.
    dim_ring
        Number of directions, equally spaced on the ring, and of stimulus lines.
    delay_range
        Shortest and longest delay, ms: each trial draws its own from an exponential distribution of mean ``delay``,
        cut off at both. None: it lasts ``delay`` in all.

    Raises
    ------
    ValueError
        A setting that no trial can have.
    """

    sigma: float = 1.0
    stimulus: float = 1000.0
    fixation: float = 100.0
    delay: float = 0.0
    decision: float = 100.0
    dt: float = 20.0
    coherences: tuple[float, ...] = COHERENCES
    stim_scale: float = 1.0
    dim_ring: int = 2
    delay_range: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        check_settings(self, ("stimulus", "decision"), ("fixation", "delay"))
        if self.dim_ring < 2:
            raise ValueError(f"dim_ring: {self.dim_ring!r} must be at least 2, the number of directions")
        if not self.coherences or not all(0 <= c * self.stim_scale <= 100 for c in self.coherences):
            raise ValueError(f"coherences: {self.coherences} times stim_scale {self.stim_scale:g} must be 0 to 100 %")
        if self.delay_range and not (0 <= self.delay_range[0] < self.delay_range[1] < np.inf and self.delay > 0):
            raise ValueError(
                f"delay_range: {self.delay_range} with mean {self.delay:g}; give 0 <= low < high, delay > 0"
            )

    @property
    def input_lines(self) -> tuple[str, ...]:
        """The fixation line, then one line for each direction."""
        return ("fixation", *(f"stimulus {i + 1}" for i in range(self.dim_ring)))

    @property
    def output_lines(self) -> tuple[str, ...]:
        """One for fixating, one for each choice."""
        return ("fixate", *self.alternatives)

    @property
    def alternatives(self) -> tuple[str, ...]:
        """The choices 1, 2, ..."""
        return tuple(f"choice {i + 1}" for i in range(self.dim_ring))

    @property
    def noise_per_step(self) -> float:
        """Standard deviation of the noise on a stimulus line in one step."""
        return self.sigma / self.dt**0.5

    def draw(self, n_trials: int, rng: np.random.Generator, **fixed: object) -> Trials:
        """Random trials; ``coherence`` (per cent, 0 to 100) and ``choice`` (1, 2, ...) may be fixed.

        Raises
        ------
        ValueError
            Another condition, a value that it cannot have, or a wrong number of values.
        """
        check_draw(n_trials, rng, fixed, ("coherence", "choice"))
        drawn = rng.choice(self.coherences, n_trials) * self.stim_scale
        coherence = given(fixed, "coherence", n_trials, drawn, within=(0, 100))
        choices = range(1, self.dim_ring + 1)
        drawn = rng.integers(1, self.dim_ring + 1, n_trials).astype(float)
        truth = given(fixed, "choice", n_trials, drawn, among=choices).astype(np.int64)
        names = ("fixation", "stimulus", "delay", "decision")
        lengths: dict[str, int | Steps] = {name: steps(getattr(self, name), self.dt) for name in names}
        begun, length = steps(self.fixation, self.dt), steps(self.stimulus, self.dt)
        theta = np.linspace(0, 2 * np.pi, self.dim_ring + 1)[:-1]
        mean = (1 + np.cos(theta - theta[truth - 1][:, None]) * coherence[:, None] / 100) / 2
        noise = rng.normal(0, self.noise_per_step, (length, n_trials, self.dim_ring))
        periods, total = in_sequence(lengths | self._delays(rng, n_trials), n_trials)
        inputs = np.zeros((total, n_trials, 1 + self.dim_ring), np.float32)
        inputs[:, :, 0] = np.arange(total)[:, None] < periods["decision"][0]
        inputs[begun : begun + length, :, 1:] = mean + noise
        conditions = {"coherence": coherence}
        if self.dim_ring == 2:
            conditions["signed"] = np.where(truth == 1, coherence, -coherence)
        return answered(inputs, truth, periods, conditions, self.dt, 1 + self.dim_ring)

    def _delays(self, rng: np.random.Generator, n_trials: int) -> dict[str, int | Steps]:
        """The delay of each trial in steps, where each has its own."""
        if self.delay_range is None:
            return {}
        drawn = truncated_exponential(rng, self.delay, *self.delay_range, n_trials)
        return {"delay": np.floor(drawn / self.dt + 0.5).astype(np.int64)}

    def choices(self, outputs: Floats, trials: Trials) -> Steps:
        """Action at the last step of the decision."""
        return last_choice(outputs, trials)

    def ideal(self, coherence: float) -> float:
        """Fraction correct of an observer that sums the difference of both stimulus lines over the stimulus.

        The difference has mean coherence/100 and standard deviation sqrt(2) noise per step, so over n steps
        Phi(coherence/100 sqrt(n/2) / noise) of the trials come out right; nobody does better.

        Raises
        ------
        ValueError
            More than two directions.
        """
        if self.dim_ring != 2:
            raise ValueError(f"ideal: is known for two directions, not for dim_ring {self.dim_ring}")
        n = steps(self.stimulus, self.dt)
        if self.noise_per_step == 0:
            return 1.0 if coherence else 0.5
        return float(norm.cdf(coherence / 100 * np.sqrt(n / 2) / self.noise_per_step))

    @property
    def ceiling(self) -> float:
        """The ideal observer's fraction correct over all coherences: 0.900 for sigma 0.3, 0.884 for sigma 1."""
        return float(np.mean([self.ideal(coherence * self.stim_scale) for coherence in self.coherences]))
