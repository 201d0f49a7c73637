"""What the settings of an experiment must be for its networks to be shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """A setting that a figure, or the scorecard, takes with one value only, and why."""

    experiment: str
    path: str
    value: str
    why: str

    def section_and_key(self) -> tuple[str, str]:
        """The two parts of ``path``."""
        section, key = self.path.split(".")
        return section, key


def twenty_tasks(experiment: str) -> Need:
    """The networks of an experiment must have inputs for all twenty tasks."""
    return Need(experiment, "tasks.rule_set", "all", "it shows all twenty tasks")
