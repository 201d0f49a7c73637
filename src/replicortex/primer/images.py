"""Images through a frozen convolutional network, then a decision: is the handwritten digit even or odd?"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.datasets import load_digits

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

    Attributes
    ----------
    sigma
        Noise per step is sigma / sqrt(dt), dt in ms, on each of the 128 lines, whose standard deviation over images
        is 1.
    held_out
        Images that training never shows.
    fixation, stimulus, decision
        Durations, ms.
    dt
        Step, ms.

    Raises
    ------
    ValueError
        A setting that no trial can have.
    """

    sigma: float = 5.0
    held_out: bool = False
    fixation: float = 100.0
    stimulus: float = 400.0
    decision: float = 100.0
    dt: float = 20.0

    output_lines = ("fixate", "even", "odd")
    alternatives = ("even", "odd")

    def __post_init__(self) -> None:
        check_settings(self, ("stimulus", "decision"), ("fixation",))

    @property
    def input_lines(self) -> tuple[str, ...]:
        """The fixation line, then the features."""
        return ("fixation", *(f"feature {i + 1}" for i in range(features()[0].shape[1])))

    def draw(self, n_trials: int, rng: np.random.Generator, **fixed: object) -> Trials:
        """Random trials; ``image`` (its number in the set) may be fixed.

        Raises
        ------
        ValueError
            Another condition, an image that the set does not have, or a wrong number of values.
        """
        check_draw(n_trials, rng, fixed, ("image",))
        seen, digits = features()
        pool = (len(seen) - HELD_OUT, len(seen)) if self.held_out else (0, len(seen) - HELD_OUT)
        drawn = rng.integers(*pool, n_trials).astype(float)
        image = given(fixed, "image", n_trials, drawn, among=range(len(seen))).astype(int)
        names = ("fixation", "stimulus", "decision")
        periods, total = in_sequence({name: steps(getattr(self, name), self.dt) for name in names}, n_trials)
        shown = slice(periods["stimulus"][0][0], periods["stimulus"][1][0])
        inputs = np.zeros((total, n_trials, 1 + seen.shape[1]), np.float32)
        inputs[: shown.stop, :, 0] = 1
        noise = rng.normal(0, self.sigma / self.dt**0.5, (shown.stop - shown.start, n_trials, seen.shape[1]))
        inputs[shown, :, 1:] = seen[image] + noise
        conditions = {"image": image, "digit": digits[image]}
        return answered(inputs, 1 + digits[image] % 2, periods, conditions, self.dt, 3)

    def choices(self, outputs: Floats, trials: Trials) -> Steps:
        """Action at the last step."""
        return last_choice(outputs, trials)
