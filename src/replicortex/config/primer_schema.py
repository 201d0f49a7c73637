"""The section ``primer`` of a configuration: small experiments, one network on one task, from teaching texts.

An experiment is a task, a network and a training. ``conditions`` names what is changed in it, one by one; ``grid``
varies settings in all combinations. Each condition and combination is trained for every seed.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from replicortex.config import names
from replicortex.config.fields import Changes, Float, Grid, Int, Kind, Name, Seeds, problems
from replicortex.config.section import Section

# Settings that each task takes, beside its name.
TASK_SETTINGS: dict[str, tuple[str, ...]] = {
    "perceptual": (
        "sigma", "stimulus", "fixation", "delay", "decision", "coherences", "stim_scale", "dim_ring", "delay_range",
        "dt",
    ),
    "checkerboard": ("target_onset", "board_onset", "onset_rounding", "dt"),
    "context": ("sigma", "stimulus", "fixation", "delay", "decision", "coherences", "contexts", "dt"),
    "match": ("sigma", "fixation", "delay", "dt"),
    "digits": ("sigma", "stimulus", "fixation", "decision", "dt"),
    "go_no_go": ("sigma", "stimulus", "fixation", "delay", "decision", "dt"),
    "comparison": ("sigma", "fixation", "delay", "decision", "dt"),
    "interval": ("sigma", "fixation", "delay", "decision", "intervals", "dt"),
    "ready_set_go": ("sigma", "fixation", "intervals", "dt"),
    "own": ("dt",),
    "bandit": ("arms", "trials"),
    "two_step": ("trials",),
}  # fmt: skip
OWN_CLASS = ("dt", "settings")  # of a task that is named as "module:Class"
_CLASS = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")
PLAYED = ("bandit", "two_step")  # by an actor-critic, in episodes


def _known_task(name: str) -> str:
    if name in TASK_SETTINGS or _CLASS.fullmatch(name):
        return name
    expected = ", ".join(map(repr, (*TASK_SETTINGS, "module:Class")))
    raise PydanticCustomError("literal_error", "no such task", {"expected": expected})


TaskName = Annotated[
    str,
    AfterValidator(_known_task),
    Kind(f"one of {', '.join(TASK_SETTINGS)}, or a class of yours as module:Class"),
    WithJsonSchema({"anyOf": [{"enum": [*TASK_SETTINGS]}, {"type": "string", "pattern": f"^{_CLASS.pattern}$"}]}),
]


class PrimerTask(Section):
    """What is asked; null leaves the task's own value."""

    name: TaskName = Field(
        default="perceptual", description="perceptual decision, checkerboard, context-dependent decision (Mante et al. "
        "2013), delayed match to sample, parity of a handwritten digit; go or no go, delayed comparison of "
        "frequencies, discrimination of intervals, ready-set-go; two-armed bandit, two-step task (Wang et al. "
        "2018); own: the task that primer.train was given in Python, not for a file; or a task of your own as "
        "module:Class, from the folder of a paper of yours (docs/extending.md)"
    )  # fmt: skip
    sigma: Float | None = Field(default=None, ge=0, le=1000, description="noise of the stimulus, see the task")
    stimulus: Float | None = Field(default=None, gt=0, le=100_000, description="duration of the stimulus, ms")
    delay: Float | None = Field(default=None, ge=0, le=100_000, description="duration of the delay, ms")
    fixation: Float | None = Field(default=None, ge=0, le=100_000, description="duration of the fixation, ms")
    decision: Float | None = Field(default=None, gt=0, le=100_000, description="duration of the decision, ms")
    coherences: list[Annotated[Float, Field(ge=0, le=100)]] | None = Field(
        default=None, min_length=1, description="coherences that are drawn; in per cent for task perceptual"
    )
    stim_scale: Float | None = Field(default=None, gt=0, le=100, description="times all coherences")
    dim_ring: Int | None = Field(default=None, ge=2, le=360, description="number of directions on the ring")
    delay_range: list[Annotated[Float, Field(ge=0, le=100_000)]] | None = Field(
        default=None, min_length=2, max_length=2, description="shortest and longest delay, ms: each trial draws its "
        "own from an exponential distribution of mean delay, cut off at both"
    )  # fmt: skip
    intervals: list[Annotated[Float, Field(gt=0, le=100_000)]] | None = Field(
        default=None, min_length=2, description="intervals that are drawn, ms"
    )
    target_onset: list[Annotated[Float, Field(ge=0, le=1980)]] | None = Field(
        default=None, min_length=2, max_length=2, description="earliest and latest onset of the targets, ms"
    )
    board_onset: list[Annotated[Float, Field(ge=0, le=1980)]] | None = Field(
        default=None, min_length=2, max_length=2, description="earliest and latest onset of the checkerboard, ms"
    )
    onset_rounding: Literal["up", "down"] | None = Field(
        default=None, description="an onset takes effect at the next step (up), or in the step it falls in (the text's)"
    )
    contexts: list[Annotated[Int, Field(ge=1, le=2)]] | None = Field(
        default=None, description="contexts that occur: 1 motion, 2 colour"
    )
    dt: Float | None = Field(default=None, gt=0, le=1000, description="step, ms; 20 in every task")
    arms: Literal["independent", "correlated", "easy", "medium", "hard"] | None = Field(
        default=None, description="how the two arms' probabilities of reward are drawn; independent by default"
    )
    trials: Int | None = Field(default=None, ge=2, le=10_000, description="trials in an episode; 100 by default")

    settings: Changes = Field(
        default={}, description="of a task of your own: attributes of its class, such as {bits: 3}; dt stands above"
    )

    @model_validator(mode="after")
    def _check(self) -> PrimerTask:
        known = TASK_SETTINGS.get(self.name, OWN_CLASS)
        wrong = [key for key, value in self if key != "name" and value not in (None, {}) and key not in known]
        if wrong:
            raise problems(
                [(key, f"task '{self.name}' has no such setting; it has {', '.join(known)}") for key in wrong]
            )
        for key in ("delay_range", "target_onset", "board_onset"):
            low, high = getattr(self, key) or (0, 1)
            if not low < high:
                raise problems([(key, f"{low:g} is not below {high:g}; give the smaller one first")])
        if self.delay_range and not self.delay:
            raise problems([("delay_range", "needs the mean of the distribution; set task.delay above 0")])
        return self

    @property
    def attributes(self) -> dict[str, Any]:
        """What is set, by the names that the task's class uses."""
        found = {key: value for key, value in self if key not in ("name", "settings") and value is not None}
        found |= self.settings
        return {key: tuple(value) if isinstance(value, list) else value for key, value in found.items()}


class PrimerNetwork(Section):
    """The network that answers."""

    cell: Literal["leaky", "leaky_outside", "vanilla", "gru", "lstm", "modules", "plastic"] = Field(
        default="leaky",
        description="leaky: h <- (1-a) h + a f(...) + noise; leaky_outside: h <- f((1-a) h + a (...)) + noise; "
        "modules: a hierarchy of three leaky ones; plastic: leaky with short-term synaptic plasticity",
    )
    activation: Literal["relu", "sigmoid", "softplus", "tanh"] = Field(
        default="relu", description="nonlinearity f of leaky cells"
    )
    units: Int = Field(default=64, ge=3, le=4096, description="recurrent units, over all modules")
    tau: Float = Field(default=100.0, gt=0, le=100_000, description="time constant of leaky cells, ms")
    sigma: Float = Field(default=0.1, ge=0, le=10, description="recurrent noise sigma sqrt(2 dt/tau), added after f")
    init: Literal["uniform", "identity"] = Field(
        default="uniform", description="recurrent weights at the start, of leaky, leaky_outside and plastic"
    )
    init_scale: Float = Field(
        default=1.0, gt=0, le=10, description="init identity: times the identity; below 1 units forget by themselves"
    )
    excitatory: Float | None = Field(
        default=None, gt=0, lt=1, description="part of the units that is excitatory, the others inhibitory (Dale's "
        "law); null: weights of both signs leave every unit"
    )  # fmt: skip
    density: Float = Field(
        default=1.0, gt=0, le=1, description="part of the recurrent connections that can exist, drawn once at the start"
    )


class PrimerTraining(Section):
    """How it learns."""

    optimiser: Literal["adam", "rmsprop", "sgd"] = Field(
        default="adam", description="optimiser, PyTorch's own settings"
    )
    loss: Literal["cross_entropy", "l1", "l2", "actor_critic"] = Field(
        default="cross_entropy",
        description="cross-entropy of the softmax, or the mean absolute (l1) or squared (l2) error, over all steps; "
        "actor_critic: reinforcement, for the tasks that are played",
    )
    rate: Float = Field(default=0.01, gt=0, le=10, description="learning rate")
    batch: Int = Field(default=16, ge=1, le=100_000, description="fresh trials per update")
    updates: Int = Field(default=1000, ge=0, le=10**8, description="updates")
    l1_rates: Float = Field(default=0.0, ge=0, le=1e6, description="times the sum of |r| over trials, time and units")
    l2_rates: Float = Field(
        default=0.0, ge=0, le=1e6, description="times the mean of r squared over trials, time and units"
    )
    l1_parameters: Float = Field(
        default=0.0, ge=0, le=1e6, description="times the sum of |p| over all parameters, biases and read-out included"
    )
    l1_by: Literal["gradient", "proximal"] = Field(
        default="gradient",
        description="l1_parameters enters the gradient, or soft-thresholds all parameters after a step (exact zeros)",
    )
    wiring: Float = Field(
        default=0.0, ge=0, le=1e6, description="times the sum of |w| times distance, units on a unit square"
    )
    trainable: Literal["all", "output"] = Field(default="all", description="every weight, or those of the read-out")
    frozen: list[Literal["w_in", "w_rec", "b_rec", "w_out", "b_out"]] = Field(
        default=[], description="weights that stay as they start: of the input, recurrent, bias, output, its bias"
    )
    period_weights: dict[Name, Annotated[Float, Field(ge=0, le=1e6)]] = Field(
        default={}, examples=["decision"], description="weight in the loss of the steps of a period; 1 elsewhere"
    )
    curriculum: list[Changes] = Field(
        default=[], max_length=20, description="easier stages that come first: settings of the task in each, such as "
        "{delay: 0}; the next stage begins at an evaluation with curriculum_at or more correct"
    )  # fmt: skip
    curriculum_at: Float = Field(default=0.8, gt=0, le=1, description="fraction correct that ends a stage")
    second_contexts: list[Annotated[Int, Field(ge=1, le=2)]] | None = Field(
        default=None, description="contexts of the second half of the training, in place of the task's"
    )
    discount: Float = Field(default=0.9, ge=0, le=1, description="actor-critic: of the reward of the next trial")
    trace: Float = Field(default=1.0, ge=0, le=1, description="actor-critic: lambda of the advantages; 1 in the papers")
    value_weight: Float = Field(default=0.05, ge=0, le=100, description="actor-critic: weight of the critic's error")
    entropy: Float = Field(
        default=0.1, ge=0, le=100, description="actor-critic: weight of the policy's entropy, falling to 0"
    )
    evaluate_every: Int = Field(default=50, ge=1, le=10**8, description="updates between evaluations")
    evaluation_trials: Int = Field(
        default=500, ge=1, le=10**6, description="fresh trials, or episodes, at each evaluation"
    )


class PrimerBase(Section):
    """What the file and a resolved experiment have in common."""

    title: str = Field(default="", max_length=400, description="one line for people")
    paper: Name = Field(
        default=names.PAPERS["small"], description="the paper that it belongs to: the name of its folder"
    )
    seeds: Seeds = Field(default=[0], description="number of networks (seeds 0, 1, ...), or a list of seeds")
    task: PrimerTask = Field(default=PrimerTask(), description="what it learns")
    network: PrimerNetwork = Field(default=PrimerNetwork(), description="the network")
    training: PrimerTraining = Field(default=PrimerTraining(), description="how it learns")
    conditions: dict[Name, Changes] = Field(
        default={}, description="names, and what is changed under each; {} changes nothing"
    )
    grid: Grid = Field(default={}, description="dotted setting: [value, ...]; all combinations, in every condition")
    shard: Int = Field(
        default=1000, ge=1, le=10**6, description="networks that one process trains, one after the other"
    )


class PrimerScaleSettings(Section):
    """What a scale replaces; null leaves what the experiment says."""

    seeds: Seeds | None = Field(default=None, description="number of networks, or their seeds; 0: none at this scale")
    units: Int | None = Field(default=None, ge=3, le=4096, description="replaces network.units, in conditions too")
    updates: Int | None = Field(default=None, ge=0, le=10**8, description="replaces training.updates at this scale")
    batch: Int | None = Field(default=None, ge=1, le=100_000, description="replaces training.batch at this scale")
    evaluate_every: Int | None = Field(default=None, ge=1, le=10**8, description="replaces training.evaluate_every")
    evaluation_trials: Int | None = Field(
        default=None, ge=1, le=10**6, description="replaces training.evaluation_trials"
    )
    grid: Grid | None = Field(default=None, description="replaces the lists of these settings of the grid")
    shard: Int | None = Field(default=None, ge=1, le=10**6, description="replaces shard")

    def replacements(self) -> dict[str, Any]:
        """Dotted setting -> value that goes before the experiment's and its conditions'."""
        found = {"network.units": self.units}
        found |= {f"training.{key}": getattr(self, key) for key in _OF_TRAINING}
        return {path: value for path, value in found.items() if value is not None}


_OF_TRAINING = ("updates", "batch", "evaluate_every", "evaluation_trials")


class PrimerSettings(PrimerBase):
    """One experiment of the primer."""

    scales: dict[names.Scale, PrimerScaleSettings] = Field(
        default={}, examples=["smoke"], description="what a scale replaces"
    )
