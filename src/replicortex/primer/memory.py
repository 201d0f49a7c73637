"""Delayed match to sample (Masse, Yang, Song, Wang & Freedman 2019, Nat. Neurosci. 22:1159-1167)."""

from dataclasses import dataclass

import numpy as np

from replicortex.primer.trials import Floats, Steps, Trials, check_fixed, given, in_sequence, last_choice, onehot, steps


@dataclass(frozen=True)
class DelayedMatch:
    """A sample direction, a delay without stimulus, a test direction: the same or not?

    Direction-tuned lines carry exp(kappa (cos(theta - theta_i) - 1)) during sample and test; the fixation line is on
    until the test, during which the answer is given. All lines have noise in every step.

    Attributes:
        directions: number of directions and of tuned lines, equally spaced.
        kappa: sharpness of the tuning.
        sigma: standard deviation of the noise per step.
        fixation, sample, delay, test: durations, ms.
        dt: step, ms.
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

    @property
    def input_lines(self) -> tuple[str, ...]:
        """The fixation line, then the tuned lines."""
        return ("fixation", *(f"direction {i + 1}" for i in range(self.directions)))

    def draw(self, n_trials: int, rng: np.random.Generator, **fixed: object) -> Trials:
        """Random trials, half of them matches; ``sample`` (0, 1, ...) and ``match`` (0, 1) may be fixed.

        Raises:
            ValueError: another condition, or a wrong number of values.
        """
        check_fixed(fixed, ("sample", "match"))
        sample = given(fixed, "sample", n_trials, rng.integers(self.directions, size=n_trials).astype(float)).astype(
            int
        )
        match = given(fixed, "match", n_trials, rng.integers(2, size=n_trials).astype(float)) > 0
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
        truth = np.where(match, 1, 2).astype(np.int64)
        actions = np.zeros((total, n_trials), np.int64)
        actions[asked:] = truth
        conditions = {"sample": sample.astype(float), "test": test.astype(float), "match": match.astype(float)}
        all_periods = {**periods, "decision": periods["test"]}
        return Trials(inputs.astype(np.float32), onehot(actions, 3), actions, truth, all_periods, conditions, self.dt)

    def choices(self, outputs: Floats, trials: Trials) -> Steps:
        """Action at the last step."""
        return last_choice(outputs)
