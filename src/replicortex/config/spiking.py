"""A validated population of spiking networks, its members, and what identifies each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from replicortex.config.force import (
    BALANCED,
    BIAS,
    LARGEST_STEP,
    PARAMETERS,
    STEP_LENGTH,
    Force,
    ForceBase,
    ForceSettings,
)
from replicortex.config.names import Kind, Scale
from replicortex.config.population import Population, Problem, checked, unknown_settings
from replicortex.errors import not_one_of

# What one period of a target lasts, in s; song and movie have settings of their own.
PERIODS = {"sine5": 0.2, "saw5": 0.2, "prod46": 0.5, "prod237": 1.0, "ode_short": 4.0, "ode_long": 16.0,
           "classify": 0.5}  # fmt: skip
OWN_PERIODS = {"song": 5.0, "movie": 8.0}
MEMBRANE = {"lif": 0.01}  # s: what a step must be shorter than, besides the synapses
VARIED = ("cells", "gain", "feedback", "decay", "rise", "inverse", "step", "rls", "precision", "sparsity",
          "target.kind", "target.hdts")  # fmt: skip


class ForceExperiment(Population, ForceBase):
    """A population of spiking networks after the scale has been applied; nothing that has a default is null."""

    kind: ClassVar[Kind] = "spiking"

    def problems(self) -> list[Problem]:
        """Settings that are fine one by one and cannot go together."""
        return [*_of_time(self), *_of_parts(self)]

    @property
    def time_step(self) -> float:
        """dt in s."""
        return STEP_LENGTH[self.neuron] if self.dt is None else self.dt

    @property
    def constant_input(self) -> float:
        """The bias, in the neuron's unit."""
        return BIAS[self.neuron] if self.bias is None else self.bias

    @property
    def rows_balanced(self) -> bool:
        """Whether the static weights onto each neuron are made to add up to zero."""
        return self.neuron in BALANCED if self.balanced is None else self.balanced

    @property
    def period(self) -> float | None:
        """Seconds that one period of the target lasts; None where it follows from equations."""
        kind = self.target.kind
        return self.target.period or OWN_PERIODS[kind] if kind in OWN_PERIODS else PERIODS.get(kind)

    @property
    def learns(self) -> bool:
        """Whether the decoder is trained at all."""
        return self.train[1] > self.train[0]

    def derived(self) -> dict[str, Any]:
        """What its training takes from the settings by way of code of the configuration."""
        return {
            "time_step": self.time_step,
            "constant_input": self.constant_input,
            "rows_balanced": self.rows_balanced,
            "period": self.period,
        }

    def registries(self) -> dict[str, frozenset[str]]:
        """Targets that its networks are taught, by registry as "module:name"."""
        kinds = {self.target.kind, *self.grid.get("target.kind", {}).values()}
        return {"replicortex.spiking.supervisors:_KINDS": frozenset(map(str, kinds))}


def _of_time(e: ForceExperiment) -> Iterator[Problem]:
    dt, (start, stop) = e.time_step, e.train
    membrane = e.parameters.get("tau", MEMBRANE.get(e.neuron))
    shortest = {"decay": e.decay, "rise": e.rise or None, f"the membrane of {e.neuron}": membrane}
    for name, constant in shortest.items():
        if constant is not None and dt > constant:
            yield "dt", f"{dt:g} s is longer than {name} ({constant:g} s); it must be shorter than all time constants"
    if dt > LARGEST_STEP.get(e.neuron, dt):
        most, published = LARGEST_STEP[e.neuron], STEP_LENGTH[e.neuron]
        yield "dt", f"{dt:g} s is too coarse for {e.neuron}; at most {most:g} s, published: {published:g} s"
    if e.period is not None and e.duration < e.period:
        yield "duration", f"{e.duration:g} s is shorter than one period of '{e.target.kind}' ({e.period:g} s)"
    if start > stop:
        yield "train", f"[{start:g}, {stop:g}] ends before it begins; give [start, stop] in s"
    elif stop > e.duration:
        yield "train", f"[{start:g}, {stop:g}] ends after the simulation; duration is {e.duration:g} s"
    elif e.learns and (stop - start) < 2 * e.step * dt:
        yield "train", f"[{start:g}, {stop:g}] has no room for two updates, {e.step} steps of {dt:g} s apart"


def _of_parts(e: ForceExperiment) -> Iterator[Problem]:
    kind = e.target.kind
    if e.neuron == "rate" and e.drive is not None:
        yield "drive", "rate units take no HDTS from outside; leave drive out, or choose a spiking neuron"
    if kind == "classify" and e.drive is not None:
        yield "drive", "'classify' has inputs of its own and takes no HDTS; leave drive out"
    if e.neuron == "rate" and kind == "classify":
        yield "target.kind", "'classify' takes spiking neurons, but neuron is 'rate'"
    for name in e.parameters:
        if name not in PARAMETERS[e.neuron]:
            known = PARAMETERS[e.neuron]
            yield (
                f"parameters.{name}",
                (not_one_of(name, known) if known else f"'{e.neuron}' has no parameters of its own; leave it out"),
            )
    if e.target.dt is not None and kind != "series":
        yield "target.dt", f"{e.target.dt:g} is how long a sample of a series lasts, but kind is '{kind}'; leave it out"
    if kind == "series" and e.target.file is None:
        yield "target.file", "is missing; a series is read from a .csv, .npy, .npz or .wav"
    if e.target.frequencies is not None and kind != "sines":
        yield "target.frequencies", f"cannot go with '{kind}', whose frequencies are fixed; choose kind 'sines'"
    if e.drive is not None and e.period is None and kind != "series":
        yield "drive", f"a HDTS repeats itself with its target, but '{kind}' has no period of its own; leave drive out"
    if e.target.hdts and kind not in ("ode_short", "ode_long", "song", "movie", "series"):
        yield "target.hdts", f"{e.target.hdts} components cannot go with '{kind}', which is no sequence; choose 0"
    if e.target.file is not None and kind not in (*OWN_PERIODS, "series"):
        yield "target.file", f"{e.target.file!r} cannot go with '{kind}'; song, movie and series are read from files"
    if e.target.channel is not None and (kind != "song" or e.target.file is None):
        yield "target.channel", f"{e.target.channel} is the channel of a recording, so it needs 'song' and its file"
    pulse = None if e.drive is None or e.period is None else e.period / e.drive.components
    if pulse is not None and pulse < 2 * e.time_step:
        yield "drive.components", f"a pulse of {pulse:g} s is shorter than two steps of {e.time_step:g} s; take fewer"


def force_experiment(name: str, settings: ForceSettings, force: Force, scale: Scale) -> ForceExperiment | list[str]:
    """An experiment at a scale, or its problems as ``path below it: text``."""
    replaced: dict[str, Any] = {}
    for given in (force.scales.get(scale), settings.scales.get(scale)):
        if given is not None:
            replaced |= given.model_dump(mode="json", exclude_none=True)
    data = settings.model_dump(mode="json", exclude={"scales"}) | {"name": name, "scale": scale}
    for key in ("seeds", "cells", "duration", "train", "shard"):
        data[key] = replaced.get(key, data[key])
    for key in ("channels", "shape"):
        data["target"][key] = replaced.get(key, data["target"][key])
    if data["drive"] is not None and "components" in replaced:
        data["drive"]["components"] = replaced["components"]
    data["grid"].update(replaced.get("grid", {}))
    return unknown_settings(data["grid"], VARIED) or checked(ForceExperiment, data)
