"""The names that a configuration may use, each listed once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from replicortex.networks.activations import ACTIVATIONS
from replicortex.networks.cells import CELLS
from replicortex.training.optimisers import OPTIMISERS

Kind = Literal["rate", "spiking", "small", "taught"]
Scale = Literal["smoke", "laptop", "paper"]
Initialisation = Literal["diag", "randortho", "randgauss"]
InputCoding = Literal["fused", "separate"]
Variant = Literal["program", "paper"]
RuleSet = Literal["all", "mante", "oicdmc"]
Loss = Literal["squared", "cross_entropy"]
Readout = Literal["sigmoid", "softmax", "linear"]
Statistic = Literal["min", "mean"]
Trainable = Literal["all", "input", "rule", "diagonal"]
Decay = Literal["none", "cosine"]
Precision = Literal["float32", "split", "mixed"]
Path = Literal["auto", "native", "torch"]
Device = Literal["cpu", "cuda"]
Sharing = Literal["own", "shared"]
# fmt: off
TaskName = Literal[
    "fdgo", "reactgo", "delaygo", "fdanti", "reactanti", "delayanti",
    "dm1", "dm2", "contextdm1", "contextdm2", "multidm",
    "delaydm1", "delaydm2", "contextdelaydm1", "contextdelaydm2", "multidelaydm",
    "dmsgo", "dmsnogo", "dmcgo", "dmcnogo",
    "oic", "dmc",
]
# fmt: on

if TYPE_CHECKING:
    Activation = str
    Cell = str
    Optimiser = str
else:  # what the registries hold when a configuration is first read
    Activation = Literal[tuple(ACTIVATIONS)]
    Cell = Literal[tuple(CELLS)]
    Optimiser = Literal[tuple(OPTIMISERS)]

# Kind of network -> the section of a configuration with its experiments, and the paper of those that name none.
SECTIONS: dict[Kind, str] = {
    "rate": "experiments",
    "spiking": "force.experiments",
    "small": "primer",
    "taught": "taught",
}
PAPERS: dict[Kind, str] = {
    "rate": "yang2019",
    "spiking": "nicola2017",
    "small": "primer",
    "taught": "fullforce2018",
}
SCALES: tuple[str, ...] = get_args(Scale)
TASKS: tuple[str, ...] = get_args(TaskName)
TASKS_OF: dict[str, tuple[str, ...]] = {
    "all": TASKS[:20],
    "mante": ("contextdm1", "contextdm2"),
    "oicdmc": ("oic", "dmc"),
}
