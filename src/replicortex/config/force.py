"""Settings of spiking networks trained by FORCE: what the section ``force`` of the file may say.

Every length of time is in seconds, for Izhikevich neurons too. Published values: Nicola & Clopath 2017, Nature
Communications 8:2208, doi 10.1038/s41467-017-01827-3, and the authors' program (ModelDB 190565).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool, field_validator
from pydantic_core import PydanticCustomError

from replicortex.config import names
from replicortex.config.fields import Float, Grid, Int, Name, PathName, Seeds
from replicortex.config.section import Section

Neuron = Literal["lif", "theta", "iz_osc", "iz_song", "iz_hdts", "rate"]
Kind = Literal["sine5", "saw5", "prod46", "prod237", "sines", "series", "vdp", "lorenz", "ode_short", "ode_long",
               "song", "movie", "classify"]  # fmt: skip
Rule = Literal["linear", "nonlinear"]
Noise = Literal["normal", "uniform"]
Gain = Literal["code", "rls"]
Number = Literal["float32", "float64"]
Seconds = Annotated[Float, Field(ge=0, le=1e6)]

# Steps of the authors' programs; a setting that is null takes its neuron's value.
STEP_LENGTH = {"lif": 5e-5, "theta": 1e-5, "iz_osc": 4e-5, "iz_song": 4e-5, "iz_hdts": 4e-5, "rate": 1e-3}
BIAS = {"lif": -40.0, "theta": 0.0, "iz_osc": 1000.0, "iz_song": 1000.0, "iz_hdts": 1000.0, "rate": 0.0}
BALANCED = ("lif", "theta")
LARGEST_STEP = {"theta": 5e-5, "iz_osc": 2e-4, "iz_song": 2e-4, "iz_hdts": 2e-4}  # s: five times the authors' steps
_IZHIKEVICH = ("a", "b", "d", "vt", "capacitance", "k", "vr", "vpeak", "reset")
PARAMETERS = {"lif": ("tau", "refractory", "threshold", "reset"), "theta": (), "iz_osc": _IZHIKEVICH,
              "iz_song": _IZHIKEVICH, "iz_hdts": _IZHIKEVICH, "rate": ()}  # fmt: skip


class Target(Section):
    """What the network is to put out."""

    kind: Kind = Field(default="sine5", description="the supervisor (docs/force.md)")
    frequencies: list[Annotated[Float, Field(gt=0, le=1e4)]] | None = Field(
        default=None, min_length=1, max_length=20, description="sines: in Hz; one gives a sine, several their product"
    )
    mu: Float = Field(default=0.5, gt=0, le=100, description="vdp: 0.5 harmonic, 5 relaxation oscillation")
    noise: Noise | None = Field(
        default=None, description="noise added anew at every step: normal (mean 0, variance 1) or uniform (0 to 1)"
    )
    noise_level: Float = Field(default=0.05, gt=0, le=100, description="what that noise is multiplied by")
    rule: Rule = Field(default="linear", description="classify: which points are of class 1, y > x or y > sin(2 pi x)")
    channels: Int = Field(default=64, ge=1, le=1000, description="song: bands of the spectrogram")
    shape: list[Annotated[Int, Field(ge=1, le=1000)]] = Field(
        default=[15, 20], min_length=2, max_length=2, description="movie: rows and columns of a frame"
    )
    period: Float | None = Field(
        default=None, gt=0, le=1e4, description="song and movie: how long they last in s; null: 5 and 8"
    )
    file: PathName | None = Field(
        default=None,
        description="song: your own .wav, or .npz with S and frame_dt; movie: .npz with frames and fps, an animated "
        "image, or a folder of images; series: .csv, .npy, .npz or .wav; null: made here from a seed",
    )
    dt: Float | None = Field(
        default=None, gt=0, le=1e4, description="series: seconds from one sample to the next; null: as the file says"
    )
    channel: Int | None = Field(
        default=None, ge=1, le=1000, description="song: which channel of the .wav, 1, 2, ...; null: their average"
    )
    hdts: Int = Field(
        default=0, ge=0, le=10_000, description="components of a HDTS among the outputs, fed back with them"
    )


class Drive(Section):
    """A high-dimensional temporal signal (HDTS) given to the network from outside."""

    components: Int = Field(default=500, ge=1, le=100_000, description="pulses in a period of the target")
    amplitude: Float = Field(default=8000.0, gt=0, le=1e9, description="input weights are drawn from -this to this")


class ForceScaleSettings(Section):
    """What a scale replaces; null leaves the published value."""

    seeds: Seeds | None = Field(default=None, description="number of networks, or their seeds; 0: none at this scale")
    cells: Int | None = Field(default=None, ge=2, le=100_000, description="replaces cells")
    duration: Float | None = Field(default=None, gt=0, le=1e6, description="replaces duration")
    train: list[Seconds] | None = Field(default=None, min_length=2, max_length=2, description="replaces train")
    channels: Int | None = Field(default=None, ge=1, le=1000, description="replaces target.channels")
    shape: list[Annotated[Int, Field(ge=1, le=1000)]] | None = Field(
        default=None, min_length=2, max_length=2, description="replaces target.shape"
    )
    components: Int | None = Field(default=None, ge=1, le=100_000, description="replaces drive.components")
    grid: Grid | None = Field(default=None, description="replaces the lists of these settings of the grid")
    shard: Int | None = Field(default=None, ge=1, le=1000, description="replaces shard")


class ForceBase(Section):
    """What the file and a resolved experiment have in common."""

    paper_id: str = Field(default="", max_length=40, description="where the paper or its program has it, for captions")
    title: str = Field(default="", max_length=400, description="one line for people")
    paper: Name = Field(
        default=names.PAPERS["spiking"], description="the paper that it belongs to: the name of its folder"
    )
    seeds: Seeds = Field(default=[0, 1, 2, 3, 4], description="number of networks (0, 1, ...), or a list of seeds")
    neuron: Neuron = Field(
        default="lif",
        description="lif, theta, or Izhikevich as in the oscillators, in the songs of notes or with a HDTS; rate: tanh "
        "units (Sussillo & Abbott 2009)",
    )
    cells: Int = Field(default=2000, ge=2, le=100_000, description="neurons, N")
    dt: Float | None = Field(
        default=None, gt=0, le=1, description="time step in s; null: lif 5e-5, theta 1e-5, Izhikevich 4e-5, rate 1e-3"
    )
    duration: Float = Field(default=15.0, gt=0, le=1e6, description="simulated time in s")
    train: list[Seconds] = Field(
        default=[5.0, 10.0], min_length=2, max_length=2, description="from when to when it learns, in s"
    )
    step: Int = Field(default=50, ge=1, le=1_000_000, description="time steps between two updates of the decoder")
    gain: Float = Field(default=0.04, ge=0, le=1e9, description="G, scales the static recurrent weights")
    feedback: Float = Field(default=10.0, ge=0, le=1e9, description="Q, the encoder is drawn from -Q to Q")
    parameters: dict[str, Float] = Field(
        default={},
        description="of the neuron, in place of the published ones: lif tau and refractory (s), threshold and reset "
        "(mV); Izhikevich a (1/ms), b (nS), d (pA), vt, vr, vpeak and reset (mV), capacitance (pF), k (nS/mV)",
    )
    sparsity: Float = Field(default=0.1, gt=0, le=1, description="p, share of the static weights that are not 0")
    balanced: StrictBool | None = Field(
        default=None, description="static weights onto a neuron add up to 0; null: true for lif and theta"
    )
    rise: Float = Field(default=0.002, ge=0, le=10, description="synaptic rise time in s; 0: single exponential")
    decay: Float = Field(default=0.02, gt=0, le=10, description="synaptic decay time in s")
    bias: Float | None = Field(
        default=None, ge=-1e9, le=1e9, description="constant input; null: lif -40, theta 0, Izhikevich 1000 pA, rate 0"
    )
    inverse: Float = Field(
        default=5.0e-6,
        gt=0,
        le=1e12,
        description="P0: the inverse correlation matrix starts at this times identity (rates in 1/s; Izhikevich: kHz)",
    )
    rls: Gain = Field(
        default="code",
        description="decoder update with the old inverse correlation as in the authors' program (code), or the "
        "textbook's (rls)",
    )
    precision: Number = Field(default="float32", description="of the inverse correlation matrix")
    target: Target = Field(default=Target(), description="what it learns")
    drive: Drive | None = Field(default=None, description="a HDTS from outside; null: none")
    input: Float = Field(default=500.0, ge=0, le=1e9, description="classify: scale of the weights of the two inputs")
    grid: Grid = Field(
        default={}, description="settings to vary; each combination of their values is trained for each seed"
    )

    shard: Int = Field(default=1, ge=1, le=1000, description="networks that one job trains, one after the other")

    @field_validator("seeds", mode="after")
    @classmethod
    def _check_seeds(cls, seeds: list[int]) -> list[int]:
        if len(set(seeds)) < len(seeds) or any(not 0 <= seed < 2**31 for seed in seeds):
            raise PydanticCustomError("seeds", "is not a list of different seeds between 0 and 2147483647")
        return seeds


class ForceSettings(ForceBase):
    """One population of spiking networks, at its published values."""

    scales: dict[names.Scale, ForceScaleSettings] = Field(
        default={}, examples=["smoke"], description="what a scale replaces here; overrides `force.scales`"
    )


class Force(Section):
    """Spiking networks trained by FORCE."""

    scales: dict[names.Scale, ForceScaleSettings] = Field(
        default={}, examples=["smoke"], description="what each scale replaces in every experiment of this section"
    )
    experiments: dict[Name, ForceSettings] = Field(
        default={}, examples=["sine"], description="populations of spiking networks by name"
    )
