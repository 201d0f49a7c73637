"""The section ``taught`` of a configuration: networks taught by another network, a population by a name.

Published values: DePasquale et al. 2018, PLoS ONE 13:e0191527, doi 10.1371/journal.pone.0191527, DePasquale, Churchland
& Abbott 2016, arXiv 1601.07620, and the authors' programs. Times are in s.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool, model_validator

from replicortex.config import names
from replicortex.config.fields import Float, Grid, Int, Name, Seeds, problems
from replicortex.config.section import Section

Method = Literal["full_force", "force", "spiking"]
TaskName = Literal["oscillation", "four_sines", "ready_set_go"]


class TaughtTask(Section):
    """What a network is taught."""

    name: TaskName = Field(default="oscillation", description="the task (docs/full_force.md)")
    version: Literal["2018", "2019"] = Field(
        default="2019", description="oscillation: as first published, or the later program's"
    )
    delays: list[Annotated[Float, Field(ge=0.001, le=100)]] = Field(
        default=[0.1, 2.1], min_length=2, max_length=2, description="ready_set_go: shortest and longest delay in s"
    )
    pause: Float = Field(
        default=2.0, ge=0, le=100, description="ready_set_go: mean of the random part of the time between trials in s"
    )
    hint: StrictBool = Field(default=True, description="ready_set_go: whether the teacher is given the hint")

    @model_validator(mode="after")
    def _check(self) -> TaughtTask:
        low, high = self.delays
        if low > high:
            raise problems([("delays", f"[{low:g}, {high:g}]: the first is longer; give the shortest delay first")])
        return self


class TaughtBase(Section):
    """What the file and a resolved experiment have in common."""

    title: str = Field(default="", max_length=400, description="one line for people")
    paper: Name = Field(
        default=names.PAPERS["taught"], description="the paper that it belongs to: the name of its folder"
    )
    seeds: Seeds = Field(default=[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], description="number of networks, or their seeds")
    task: TaughtTask = Field(default=TaughtTask(), description="what it learns")
    method: Method = Field(
        default="full_force", description="rate units by full-FORCE or FORCE, or spiking neurons taught by rate units"
    )
    units: Int = Field(default=300, ge=2, le=20_000, description="units or neurons, and units of the teacher")
    gain: Float = Field(default=1.5, ge=0, le=100, description="g: gain of the teacher's recurrent weights")
    noise: Float = Field(
        default=0.0, ge=0, le=1e4, description="eta: rate units get sqrt(eta dt) times a normal number at every step"
    )
    every: Float = Field(default=2.0, ge=1, le=1e6, description="mean steps between two updates, which come at random")
    clamped: Int = Field(default=10, ge=0, le=10**6, description="trials at the start with outputs set to the target")
    trials: Int = Field(default=200, ge=1, le=10**6, description="trials of learning")
    tests: Int = Field(default=50, ge=1, le=10**6, description="trials of the test")
    shown: Int = Field(default=300, ge=1, le=10**6, description="spiking: trials of the teacher that are analysed")
    spread: Float = Field(default=6.0, gt=0, le=1e6, description="spiking: g_z, gain from the teacher to the neurons")
    trained_share: Float = Field(default=0.4, gt=0, le=1, description="spiking: neurons with trained synapses")
    variance: Float = Field(
        default=0.999, gt=0, lt=1, description="spiking: share of the second moment in the directions that are kept"
    )
    grid: Grid = Field(
        default={}, description="settings to vary; each combination of their values is trained for each seed"
    )
    shard: Int = Field(default=1, ge=1, le=1000, description="networks that one job trains, one after the other")


class TaughtScaleSettings(Section):
    """What a scale replaces; null leaves what the experiment says."""

    seeds: Seeds | None = Field(default=None, description="number of networks, or their seeds; 0: none at this scale")
    units: Int | None = Field(default=None, ge=2, le=20_000, description="replaces units")
    clamped: Int | None = Field(default=None, ge=0, le=10**6, description="replaces clamped")
    trials: Int | None = Field(default=None, ge=1, le=10**6, description="replaces trials")
    tests: Int | None = Field(default=None, ge=1, le=10**6, description="replaces tests")
    shown: Int | None = Field(default=None, ge=1, le=10**6, description="replaces shown")
    delays: list[Annotated[Float, Field(ge=0.001, le=100)]] | None = Field(
        default=None, min_length=2, max_length=2, description="replaces task.delays"
    )
    pause: Float | None = Field(default=None, ge=0, le=100, description="replaces task.pause")
    grid: Grid | None = Field(default=None, description="replaces the lists of these settings of the grid")
    shard: Int | None = Field(default=None, ge=1, le=1000, description="replaces shard")


class TaughtSettings(TaughtBase):
    """One population of networks that are taught, at its published values."""

    scales: dict[names.Scale, TaughtScaleSettings] = Field(
        default={}, examples=["smoke"], description="what a scale replaces"
    )
