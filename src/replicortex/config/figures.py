"""Which experiments a figure shows, and what their settings must be for it."""

from __future__ import annotations

from dataclasses import dataclass

# figure -> the experiments whose networks it shows
FIGURES: dict[str, tuple[str, ...]] = {
    "fig1": ("reference",),
    "fig2": ("reference",),
    "figS1": ("reference",),
    "figS2": ("reference",),
    "figS3": ("reference",),
    "figS4": ("reference",),
    "figS5": ("reference",),
    "figS_schedules": ("reference", "published_schedule", "small_batches"),
    "scorecard": ("reference",),
}


@dataclass(frozen=True)
class Need:
    """A setting that a figure takes with one value only, and why."""

    path: str
    value: str
    why: str

    def section_and_key(self) -> tuple[str, str]:
        """The two parts of ``path``."""
        section, key = self.path.split(".")
        return section, key


_TWENTY_TASKS = Need("tasks.rule_set", "all", "it shows all twenty tasks")
_SORTED_WEIGHTS = (
    Need("network.cell", "leaky_rnn", "it shows the one recurrent matrix that only this cell has"),
    Need("network.input", "fused", "it shows the weights from each input channel to each unit"),
)

# figure -> settings without which it cannot be drawn
NEEDS: dict[str, tuple[Need, ...]] = {
    name: (_TWENTY_TASKS, *(_SORTED_WEIGHTS if name == "figS5" else ())) for name in FIGURES
}
