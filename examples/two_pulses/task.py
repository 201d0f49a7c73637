"""The task of the guided tour: is the sum of two pulses more or less than 1?"""

from dataclasses import dataclass

import numpy as np

from replicortex import primer


@dataclass(frozen=True)
class TwoPulses:
    dt: float = 20.0

    input_lines = ("pulses", "go")
    output_lines = ("wait", "less", "more")
    alternatives = ("less", "more")

    def draw(self, n_trials, rng, **fixed):
        periods, total = primer.in_sequence({"fixation": 25, "decision": 5}, n_trials)  # in steps of dt
        size = rng.uniform(0, 1, (2, n_trials))
        inputs = np.zeros((total, n_trials, 2))
        inputs[2:5, :, 0], inputs[12:15, :, 0] = size
        inputs[25:, :, 1] = 1
        truth = np.where(size.sum(0) < 1, 1, 2)
        return primer.answered(inputs, truth, periods, {"sum": size.sum(0)}, self.dt, n_outputs=3)

    def choices(self, outputs, trials):
        return primer.last_choice(outputs, trials)
