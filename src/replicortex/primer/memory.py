"""Delayed match to sample (Masse, Yang, Song, Wang & Freedman 2019, Nat. Neurosci. 22:1159-1167)."""

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
    steps,
)


@dataclass(frozen=True)
class DelayedMatch:
    """A sample direction, a delay without stimulus, a test direction: the same or not?

    Direction-tuned lines carry exp(kappa (cos(theta - theta_i) - 1)) during sample and test; the fixation line is on
    until the test, during which the answer is given. All lines have noise in every step.

    Attributes
    ----------
    directions
        Number of directions and of tuned lines, equally spaced.
    kappa
        Sharpness of the tuning.
    sigma
        Standard deviation of the noise per step.
    fixation, sample, delay, test
        Durations, ms.
    dt
        Step, ms.

    Raises
    ------
    ValueError
        A setting that no trial can have.
    """

    directions: int = 8
    kappa: float = 2.0
    sigma: float = 0.1
    fixation: float = 100.0
    sample: float = 300.0
    delay: float = 800.0
    test: float = 300.0
    dt: float = 20.0

    output_lines = ("fixate", "match", "no match")
    alternatives = ("match", "no match")

    def __post_init__(self) -> None:
        check_settings(self, ("sample", "test"), ("fixation", "delay"))
        if self.directions < 2:
            raise ValueError(f"directions: {self.directions!r} must be at least 2")

    @property
    def input_lines(self) -> tuple[str, ...]:
        """The fixation line, then the tuned lines."""
        return ("fixation", *(f"direction {i + 1}" for i in range(self.directions)))

    def draw(self, n_trials: int, rng: np.random.Generator, **fixed: object) -> Trials:
        """Random trials, half of them matches; ``sample`` (0, 1, ...) and ``match`` (0, 1) may be fixed.

        Raises
        ------
        ValueError
            Another condition, a value that it cannot have, or a wrong number of values.
        """
        check_draw(n_trials, rng, fixed, ("sample", "match"))
        samples = range(self.directions)
        drawn = rng.integers(self.directions, size=n_trials).astype(float)
        sample = given(fixed, "sample", n_trials, drawn, among=samples).astype(int)
        match = given(fixed, "match", n_trials, rng.integers(2, size=n_trials).astype(float), among=(0, 1)) > 0
        test = np.where(match, sample, (sample + rng.integers(1, self.directions, n_trials)) % self.directions)
        names = ("fixation", "sample", "delay", "test")
        periods, total = in_sequence({name: steps(getattr(self, name), self.dt) for name in names}, n_trials)
        theta = 2 * np.pi * np.arange(self.directions) / self.directions
        tuning = np.exp(self.kappa * (np.cos(theta[:, None] - theta) - 1))
        inputs = rng.normal(0, self.sigma, (total, n_trials, 1 + self.directions))
        for period, shown in (("sample", sample), ("test", test)):
            start, end = periods[period][0][0], periods[period][1][0]
            inputs[start:end, :, 1:] += tuning[shown]
        asked = periods["test"][0][0]
        inputs[:asked, :, 0] += 1
        conditions = {"sample": sample, "test": test, "match": match}
        periods["decision"] = periods["test"]
        return answered(inputs, np.where(match, 1, 2), periods, conditions, self.dt, 3)

    def choices(self, outputs: Floats, trials: Trials) -> Steps:
        """Action at the last step."""
        return last_choice(outputs, trials)
