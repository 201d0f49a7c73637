"""What a configuration file may say: every field with its type, range, default and meaning.

This is the one source. The JSON schema, the commented example and the error messages are made from these
models. Lengths of time are in ms. Published values: Yang et al. 2019, Nature Neuroscience 22:297-306, and
the authors' program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, StrictBool, ValidationInfo, create_model, field_validator

from replicortex.config import names
from replicortex.config.fields import Float, Grid, Int, Name, Papers, PathName, Seeds
from replicortex.config.force import Force
from replicortex.config.names import TaskName
from replicortex.config.primer_schema import PrimerSettings
from replicortex.config.section import Section
from replicortex.config.taught_schema import TaughtSettings
from replicortex.networks.cells import CELLS
from replicortex.training.optimisers import OPTIMISERS
from replicortex.training.penalties import PENALTIES


class Network(Section):
    """The recurrent network that answers."""

    cell: names.Cell = Field(
        default="leaky_rnn",
        description="recurrent cell; " + "; ".join(f"{name}: {each.about}" for name, each in CELLS.items()),
    )
    activation: names.Activation = Field(
        default="softplus",
        description="nonlinearity f; elu and relu_plus, max(x+1, 0), for GRU-type cells alone",
    )
    init: names.Initialisation = Field(
        default="randortho",
        description="initial recurrent weights of the leaky RNN (GRU-type cells ignore it)",
    )
    units: Int = Field(default=256, ge=1, le=65536, description="recurrent units")
    input: names.InputCoding = Field(
        default="fused",
        description="one input matrix, or separate dense layers for stimuli and rules (leaky RNN)",
    )
    mix_rule: StrictBool = Field(
        default=False,
        description="multiply the rule input by a fixed random orthogonal matrix (separate input)",
    )
    output_init: names.Variant = Field(
        default="program",
        description="initial output weights: Glorot uniform, or normal with s.d. 0.4/sqrt(units)",
    )
    sigma_rec: Float = Field(default=0.05, ge=0, le=10, description="recurrent noise inside the nonlinearity")


class Tasks(Section):
    """What the network is asked, and how it is coded."""

    rule_set: names.RuleSet = Field(
        default="all",
        description="tasks that have a rule input: all twenty, the two Ctx DM, or the three-ring pair",
    )
    train: list[TaskName] = Field(default=[], description="tasks to train; an empty list means all of the rule set")
    weights: dict[TaskName, Annotated[Float, Field(gt=0, le=1e6)]] = Field(
        default={}, description="relative probability of a task in training; 1 for every task not named"
    )
    easy_task: StrictBool = Field(default=False, description="larger coherences (x 10; delayed tasks x 2)")
    dt: Float = Field(default=20.0, gt=0, le=1000, description="integration step in ms")
    tau: Float = Field(default=100.0, gt=0, le=100_000, description="time constant of a unit in ms")
    sigma_x: Float = Field(default=0.01, ge=0, le=10, description="input noise")
    loss: names.Loss = Field(default="squared", description="loss function")
    fixation_target: names.Variant = Field(
        default="program", description="fixation output while fixating: 0.8 (program) or 0.85 (paper)"
    )
    cost_mask: names.Variant = Field(
        default="program",
        description="mask inside the square (weights 1 and 25), or weights 1 and 5 on the squared error",
    )

    @field_validator("train", mode="after")
    @classmethod
    def _fill_in(cls, train: list[str], info: ValidationInfo) -> list[str]:
        return train or list(names.TASKS_OF[info.data.get("rule_set", "all")])

    @property
    def probabilities(self) -> dict[str, float]:
        """Probability of each trained task, in the order of ``train``; sums to 1."""
        weights = {task: self.weights.get(task, 1.0) for task in self.train}
        total = sum(weights.values())
        return {task: weight / total for task, weight in weights.items()}

    @property
    def coding(self) -> dict[str, Any]:
        """The fields that describe how trials are coded, by the names that ``tasks.Coding`` uses."""
        return self.model_dump(exclude={"train", "weights"})


if TYPE_CHECKING:
    _Penalties = Section
else:  # a strength for each
    _STRENGTHS = {
        name: (Float, Field(default=0.0, ge=0, le=1e6, description=each.about)) for name, each in PENALTIES.items()
    }
    _Penalties = create_model("_Penalties", __base__=Section, **_STRENGTHS)


class Regularisers(_Penalties):
    """Penalties added to the loss. L1 terms are means, L2 terms are half sums of squares."""

    plastic_fraction: Float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="share of weights left free; the others are softly tied to their start",
    )


class EvaluationTrials(Section):
    """Random noisy trials per task at each evaluation."""

    repetitions: Int = Field(default=16, ge=1, le=100_000, description="batches, each with its own timing")
    batch: Int = Field(default=32, ge=1, le=100_000, description="trials per batch")


class Training(Section):
    """How long a network learns, and when it stops."""

    schedule: str | None = Field(
        default=None,
        description="name of one of `schedules`; null takes the file's `schedule`, else the scale's",
    )
    trials: Int = Field(
        default=10_000_000,
        ge=0,
        le=10**15,
        description="limit of trials (updates times batch); 0 leaves the initial weights as they are",
    )
    target: Float = Field(
        default=1.0, ge=0, le=1, description="stop once performance exceeds this; 1 cannot be exceeded"
    )
    target_statistic: names.Statistic = Field(
        default="min",
        description="the performance compared with the target: minimum or mean over trained tasks",
    )
    evaluate_every: Int = Field(default=500, ge=1, le=10**9, description="updates between evaluations")
    evaluation_trials: EvaluationTrials = Field(default=EvaluationTrials(), description="trials of an evaluation")
    trainable: names.Trainable = Field(
        default="all",
        description="weights that learn: all, input (stimulus and rule), or rule (separate input); diagonal: all, but "
        "of the recurrent weights only those of units onto themselves, the others being 0 (leaky RNN, init diag)",
    )
    precision: names.Precision = Field(
        default="float32",
        description="of the products: float32; of numbers in two bfloat16 parts, relative error 2^-16, where the "
        "processor has a unit for it, float32 elsewhere (split); or bfloat16 in the backward pass, 2^-8 (mixed)",
    )
    path: names.Path = Field(
        default="auto",
        description="the compiled kernel (native), PyTorch (torch), or the kernel wherever it runs (auto)",
    )
    device: names.Device = Field(
        default="cpu",
        description="a core for each network, or one GPU (cuda) for all networks of the experiment (leaky RNN)",
    )
    timing: names.Sharing = Field(
        default="own",
        description="task and period lengths of an update: each network its own, or the same for all (cuda), "
        "which is faster and departs from the paper",
    )


class ScheduleSettings(Section):
    """Batch size, optimiser and its learning rate over a training."""

    optimiser: names.Optimiser = Field(
        default="adam",
        description="; ".join(f"{name}: {each.about}" for name, each in OPTIMISERS.items()),
    )
    batch: Int = Field(default=64, ge=1, le=100_000, description="trials per update, all of one task")
    rate: Float = Field(default=1e-3, gt=0, le=1, description="learning rate (the peak, where it varies)")
    warmup: Int = Field(default=0, ge=0, le=10**9, description="updates over which the rate rises linearly to its peak")
    decay: names.Decay = Field(default="none", description="constant after the warm-up, or one cosine down to zero")
    beta1: Float = Field(default=0.9, ge=0, lt=1, description="decay of the first moment")
    beta2: Float = Field(default=0.999, ge=0, lt=1, description="decay of the second moment")
    momentum: Float = Field(default=0.9, ge=0, lt=1, description="decay of the momentum of sgd and muon")
    epsilon: Float = Field(default=1e-8, gt=0, le=1, description="Adam's epsilon, outside the bias correction")
    clip: Float | None = Field(
        default=1.0,
        gt=0,
        le=1e9,
        description="each element of the gradient is clipped to [-clip, clip]; null: not",
    )
    precondition_every: Int = Field(
        default=10, ge=1, le=10**6, description="updates from one turn of SOAP's bases to the next"
    )
    precondition_decay: Float = Field(
        default=0.99, ge=0, lt=1, description="decay of the averages whose eigenvectors the bases are"
    )


class Schedule(ScheduleSettings):
    """A schedule with its name, as an experiment carries it."""

    name: str = Field(description="its name in `schedules`")


class Sequential(Section):
    """Blocks of tasks learnt one after the other, with synaptic importance (Zenke et al. 2017)."""

    blocks: list[Annotated[list[TaskName], Field(min_length=1)]] = Field(
        min_length=1,
        description="blocks of tasks in order; training.trials is shared out by their numbers of tasks, and the "
        "learning rate takes its whole course in each block",
        examples=[[["fdgo"], ["dm1", "dm2"]]],
    )
    strength: Float = Field(default=1.0, ge=0, le=1e6, description="weight c of the penalty; 0 is traditional learning")
    xi: Float = Field(default=0.01, gt=0, le=1e6, description="damping of the importance, omega / (change^2 + xi)")

    def block_trials(self, trials: int) -> list[int]:
        """Trials of each block when ``trials`` are shared out by the blocks' numbers of tasks."""
        per_task = trials / sum(len(block) for block in self.blocks)
        return [round(per_task * len(block)) for block in self.blocks]


class StartFrom(Section):
    """Start from the trained networks of another experiment, seed by seed."""

    experiment: Name = Field(description="the experiment whose networks are the start", examples=["pretraining"])
    member: str = Field(default="", description="which of its grid members: the network's label without ',seed0'")

    def label(self, seed: int) -> str:
        """Label of the network to start from."""
        return f"{self.member},seed{seed}" if self.member else f"seed{seed}"


class Imported(Section):
    """Networks trained elsewhere, in place of training."""

    files: list[PathName] = Field(
        min_length=1,
        description="weight files (.npz or .safetensors) with the arrays of the cell, for a leaky RNN w_in, w_rec, "
        "b_rec, w_out, b_out, acting on row vectors, or a state_dict of PyTorch (.pt too); a file's name without its "
        "ending is the network's label",
        examples=[["elsewhere/first.npz", "elsewhere/second.npz"]],
    )
    readout: names.Readout | None = Field(
        default=None,
        description="what follows the last layer; null: a softmax where tasks.loss is cross_entropy, else a sigmoid",
    )


class ScaleSettings(Section):
    """What a scale replaces; null leaves the published value."""

    seeds: Seeds | None = Field(default=None, description="number of networks, or their seeds; 0: none at this scale")
    trials: Int | None = Field(default=None, ge=0, le=10**15, description="replaces training.trials")
    units: Int | None = Field(default=None, ge=1, le=65536, description="replaces network.units")
    evaluate_every: Int | None = Field(default=None, ge=1, le=10**9, description="replaces training.evaluate_every")
    evaluation_trials: EvaluationTrials | None = Field(default=None, description="replaces training.evaluation_trials")
    precision: names.Precision | None = Field(default=None, description="replaces training.precision")
    schedule: str | None = Field(default=None, description="schedule where the experiment or the file names none")


class FileScaleSettings(ScaleSettings):
    """What a scale replaces in every experiment, and how its jobs are cut."""

    shard: Int = Field(
        default=1,
        ge=1,
        le=1000,
        description="networks that one process measures, one after the other; more of them share its start, fewer "
        "leave more to measure side by side",
    )


class ExperimentScaleSettings(ScaleSettings):
    """What a scale replaces in one experiment."""

    grid: Grid | None = Field(default=None, description="replaces the lists of these settings of the grid")
    grid_fraction: Int | None = Field(default=None, ge=1, le=10_000, description="replaces grid_fraction")


class ExperimentBase(Section):
    """What the file and a resolved experiment have in common."""

    paper_id: str = Field(default="", max_length=40, description="the experiment's number in the study, for captions")
    title: str = Field(default="", max_length=400, description="one line for people")
    paper: Name = Field(
        default=names.PAPERS["rate"], description="the paper that it belongs to: the name of its folder"
    )
    seeds: Seeds = Field(default=[0], description="number of networks (seeds 0, 1, ...), or a list of seeds")
    network: Network = Field(default=Network(), description="the network")
    tasks: Tasks = Field(default=Tasks(), description="what it learns")
    regularisers: Regularisers = Field(default=Regularisers(), description="penalties")
    training: Training = Field(default=Training(), description="how it learns")
    sequential: Sequential | None = Field(default=None, description="blocks of tasks; null: all tasks mixed")
    pretrained: StartFrom | None = Field(default=None, description="networks to start from; null: from scratch")
    imported: Imported | None = Field(
        default=None,
        description="networks trained elsewhere, in place of training: the same at every scale but for `seeds: 0`",
    )
    grid: Grid = Field(
        default={},
        description="settings to vary; each combination of their values is trained for each seed",
    )
    grid_fraction: Int = Field(
        default=1,
        ge=1,
        le=10_000,
        description="train one in so many of the combinations, chosen so that all levels balance",
    )

    @property
    def start_from(self) -> StartFrom | None:
        """Networks to start from, the setting ``pretrained`` of an experiment; a study's means networks shipped."""
        return self.pretrained


class ExperimentSettings(ExperimentBase):
    """One population of networks, at its published values."""

    scales: dict[names.Scale, ExperimentScaleSettings] = Field(
        default={},
        examples=["smoke"],
        description="what a scale replaces in this experiment; overrides the file's `scales`",
    )


class Configuration(Section):
    """The whole file."""

    scale: names.Scale = Field(default="laptop", description="which of the scales to run")
    schedule: str | None = Field(
        default=None,
        description="schedule of every experiment that names none; null: the scale's, else paper",
    )
    pretrained: StrictBool = Field(
        default=False,
        description="take the networks from pretrained/ in place of training them, all that are shipped of an "
        "experiment; one of which none are shipped is refused",
    )
    remeasure: StrictBool = Field(
        default=False,
        description="measure the shipped networks again in place of reading the tables shipped beside them",
    )
    results: PathName = Field(default="results", description="folder of networks and tables")
    figures: PathName = Field(default="figures", description="folder of figures")
    recordings: PathName | None = Field(
        default=None,
        description="folder of recordings from animals, one folder each (docs/recordings.md); null: there are none",
    )
    papers: Papers | None = Field(
        default=None,
        description="folder with papers of your own, or a list of folders, from where the file lies: with the papers "
        "of this package they declare experiments in files of their own; null: this file holds all experiments",
    )
    schedules: dict[Name, ScheduleSettings] = Field(
        default={}, description="named ways to train; if there are none, `paper` at its defaults", examples=["paper"]
    )
    scales: dict[names.Scale, FileScaleSettings] = Field(
        default={}, examples=["smoke"], description="what each scale replaces in every experiment"
    )
    experiments: dict[Name, ExperimentSettings] = Field(
        default={}, description="populations of networks by name", examples=["reference"]
    )
    force: Force = Field(default=Force(), description="spiking networks trained by FORCE")
    primer: dict[Name, PrimerSettings] = Field(
        default={}, description="small experiments from teaching texts (docs/primer.md)", examples=["primer_perceptual"]
    )
    taught: dict[Name, TaughtSettings] = Field(
        default={}, description="networks taught by another network (docs/full_force.md)", examples=["oscillation"]
    )

    @field_validator("schedules", mode="after")
    @classmethod
    def _one_at_least(cls, schedules: dict[str, ScheduleSettings]) -> dict[str, ScheduleSettings]:
        return schedules or {"paper": ScheduleSettings()}
