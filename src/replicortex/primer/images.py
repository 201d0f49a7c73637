"""Images through a frozen convolutional network, then a decision: is the handwritten digit even or odd?"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from replicortex.primer.trials import Floats, Steps, Trials, check_fixed, given, in_sequence, last_choice, onehot, steps

ORIENTATIONS = 8
HELD_OUT = 360  # the last images of the set: for tests, never for training


def frozen_filters() -> torch.Tensor:
    """(orientation, 1, 5, 5) edge detectors: derivatives of a Gaussian in eight directions, never trained."""
    x, y = np.meshgrid(np.arange(-2, 3), np.arange(-2, 3))
    angles = 2 * np.pi * np.arange(ORIENTATIONS) / ORIENTATIONS
    along = np.cos(angles)[:, None, None] * x + np.sin(angles)[:, None, None] * y
    filters = along * np.exp(-(x**2 + y**2) / 2)
    return torch.from_numpy((filters / np.abs(filters).sum((1, 2), keepdims=True))[:, None])


@cache
def features() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """What the frozen network makes of each image, (image, 128) with unit standard deviation, and the digits.

    8 x 8 pixels -> edges in 8 orientations -> rectified -> mean over 2 x 2 pixels. The images are those that
    scikit-learn ships.
    """
    digits = load_digits()
    images = torch.from_numpy(digits.images[:, None] / 16.0)
    edges = torch.relu(torch.nn.functional.conv2d(images, frozen_filters(), padding=2))
    pooled = torch.nn.functional.avg_pool2d(edges, 2).flatten(1).numpy()
    return pooled / pooled.std(), digits.target.astype(np.int64)


@dataclass(frozen=True)
class DigitParity:
    """Even (choice 1) or odd (choice 2)? The image is shown for a while, under noise; fixation off: answer.

    Attributes:
        sigma: noise per step is sigma / sqrt(dt), dt in ms, on each of the 128 lines, whose standard deviation over
            images is 1.
        held_out: images that training never shows.
        fixation, stimulus, decision: durations, ms.
        dt: step, ms.
    """

    sigma: float = 5.0
    held_out: bool = False
    fixation: float = 100.0
    stimulus: float = 400.0
    decision: float = 100.0
    dt: float = 20.0

    output_lines = ("fixate", "even", "odd")
    alternatives = ("even", "odd")

    @property
    def input_lines(self) -> tuple[str, ...]:
        """The fixation line, then the features."""
        return ("fixation", *(f"feature {i + 1}" for i in range(features()[0].shape[1])))

    def draw(self, n_trials: int, rng: np.random.Generator, **fixed: object) -> Trials:
        """Random trials; ``image`` (its number in the set) may be fixed.

        Raises:
            ValueError: another condition, or a wrong number of values.
        """
        check_fixed(fixed, ("image",))
        seen, digits = features()
        pool = (len(seen) - HELD_OUT, len(seen)) if self.held_out else (0, len(seen) - HELD_OUT)
        image = given(fixed, "image", n_trials, rng.integers(*pool, n_trials).astype(float)).astype(int)
        names = ("fixation", "stimulus", "decision")
        periods, total = in_sequence({name: steps(getattr(self, name), self.dt) for name in names}, n_trials)
        shown = slice(periods["stimulus"][0][0], periods["stimulus"][1][0])
        inputs = np.zeros((total, n_trials, 1 + seen.shape[1]), np.float32)
        inputs[: shown.stop, :, 0] = 1
        noise = rng.normal(0, self.sigma / self.dt**0.5, (shown.stop - shown.start, n_trials, seen.shape[1]))
        inputs[shown, :, 1:] = seen[image] + noise
        truth = 1 + digits[image] % 2
        actions = np.zeros((total, n_trials), np.int64)
        actions[shown.stop :] = truth
        conditions = {"image": image.astype(float), "digit": digits[image].astype(float)}
        return Trials(inputs, onehot(actions, 3), actions, truth, periods, conditions, self.dt)

    def choices(self, outputs: Floats, trials: Trials) -> Steps:
        """Action at the last step."""
        return last_choice(outputs)
