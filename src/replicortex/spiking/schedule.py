"""When a run begins and ends to learn, in steps."""

import math
from dataclasses import dataclass

from replicortex.errors import shorten


@dataclass(frozen=True)
class Schedule:
    """Times of a run in seconds of simulated time.

    Attributes
    ----------
    dt
        Duration of one step.
    duration
        Duration of the whole run.
    train_start, train_stop
        The decoders are learned strictly between these; equal for a run that learns nothing.
    update_every
        Steps from one update to the next.
    """

    dt: float
    duration: float
    train_start: float = 0.0
    train_stop: float = 0.0
    update_every: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.dt < math.inf:
            raise ValueError(f"dt: {shorten(self.dt)} is out of range; allowed: more than 0 seconds")
        if not self.dt <= self.duration < math.inf:
            raise ValueError(
                f"duration: {shorten(self.duration)} is out of range; allowed: at least one step ({self.dt:g} seconds)"
            )
        if not 0 <= self.train_start <= self.train_stop <= self.duration:
            raise ValueError(
                f"train_start, train_stop: {shorten(self.train_start)}, {shorten(self.train_stop)} are out of order; "
                f"right would be 0 <= train_start <= train_stop <= duration ({self.duration:g} seconds)"
            )
        if self.update_every < 1:
            raise ValueError(f"update_every: {shorten(self.update_every)} is out of range; allowed: 1 or more steps")

    def step_at(self, seconds: float) -> int:
        """The step nearest to a time."""
        return round(seconds / self.dt)

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return self.step_at(self.duration)

    def updates_at(self, i: int) -> bool:
        """Whether the decoders are learned at step ``i``: ``i mod update_every = 1``, strictly inside the window."""
        inside = self.step_at(self.train_start) < i < self.step_at(self.train_stop)
        return inside and (i - 1) % self.update_every == 0

    def next_update(self, i: int) -> int | None:
        """The first update at step ``i`` or later, None if there is none."""
        i = max(i, self.step_at(self.train_start) + 1)
        i += -(i - 1) % self.update_every
        return i if i < self.step_at(self.train_stop) else None

    @property
    def updates(self) -> int:
        """Updates of the whole run."""
        first = self.next_update(1)
        return 0 if first is None else (self.step_at(self.train_stop) - 1 - first) // self.update_every + 1
