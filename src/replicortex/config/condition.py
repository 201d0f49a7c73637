"""One way to train networks: every setting that a network takes, and what follows from them."""

from __future__ import annotations

from pydantic import Field

from replicortex.config.population import Population
from replicortex.config.schema import ExperimentBase, Schedule


class Condition(Population, ExperimentBase):
    """The settings of an experiment after the scale has been applied, taken as those of one network."""

    schedule: Schedule = Field(description="how it is trained")

    @property
    def updates(self) -> int:
        """Updates until the limit of trials: one is made while updates so far times batch <= trials; none for 0."""
        return self.training.trials // self.schedule.batch + 1 if self.training.trials else 0

    @property
    def block_starts(self) -> list[int]:
        """First update of each block: made once the trials of the blocks before it are used up; [0] without blocks."""
        if self.sequential is None:
            return [0]
        trials = self.sequential.block_trials(self.training.trials)
        return [-(-sum(trials[:block]) // self.schedule.batch) for block in range(len(trials))]

    def block_rows(self) -> list[tuple[int, str, int, int, int]]:
        """Block, task, first trial, end and trials at an evaluation, for each trained task."""
        blocks = [self.tasks.train] if self.sequential is None else self.sequential.blocks
        size, starts = self.training.evaluation_trials, self.block_starts
        edges = [update * self.schedule.batch for update in (*starts, self.updates)]
        return [
            (number, task, edges[number], edges[number + 1], size.repetitions * size.batch)
            for number, tasks in enumerate(blocks)
            for task in tasks
        ]
