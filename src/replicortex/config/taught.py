"""Experiments of networks that are taught, after the scale has been applied, and what identifies a network."""

from __future__ import annotations

from typing import Any, ClassVar

from replicortex.config import names
from replicortex.config.population import Population, Problem, checked, unknown_settings
from replicortex.config.taught_schema import TaughtBase, TaughtSettings

VARIED = ("method", "units", "gain", "noise", "every", "trials", "task.version", "task.hint", "spread", "trained_share",
          "variance")  # fmt: skip
_REPLACED = ("seeds", "units", "clamped", "trials", "tests", "shown", "shard")


class TaughtExperiment(Population, TaughtBase):
    """A population of networks that are taught, after the scale has been applied."""

    kind: ClassVar[names.Kind] = "taught"

    def problems(self) -> list[Problem]:
        """Settings that are fine one by one and cannot go together."""
        return _contradictions(self)


def _contradictions(e: TaughtExperiment) -> list[Problem]:
    """Settings that are fine one by one and cannot go together: (path, what would be right)."""
    if e.method != "spiking":
        return []
    found = []
    if e.noise:
        found.append(("noise", f"{e.noise:g} is for rate units; set noise: 0 for method 'spiking'"))
    if e.task.name == "ready_set_go":
        found.append(("task.name", "'ready_set_go' is for rate units; choose oscillation or four_sines"))
    if round(e.trained_share * e.units) < 1:
        found.append(("trained_share", f"{e.trained_share:g} of {e.units} neurons is none; take more"))
    return found


def taught_experiment(name: str, settings: TaughtSettings, scale: names.Scale) -> TaughtExperiment | list[str]:
    """The experiment at a scale, or its problems as ``path below it: text``."""
    given = settings.scales.get(scale)
    replaced: dict[str, Any] = given.model_dump(mode="json", exclude_none=True) if given else {}
    data = settings.model_dump(mode="json", exclude={"scales"}) | {"name": name, "scale": scale}
    data |= {key: replaced[key] for key in _REPLACED if key in replaced}
    data["task"] |= {key: replaced[key] for key in ("delays", "pause") if key in replaced}
    data["grid"] |= replaced.get("grid", {})
    return unknown_settings(data["grid"], VARIED) or checked(TaughtExperiment, data)
