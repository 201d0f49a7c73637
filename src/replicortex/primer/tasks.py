"""The tasks by name, as a configuration names them."""

from typing import TYPE_CHECKING, Any

from replicortex.errors import choose
from replicortex.primer.checkerboard import Checkerboard
from replicortex.primer.context import ContextDecision
from replicortex.primer.images import DigitParity
from replicortex.primer.memory import DelayedMatch
from replicortex.primer.perceptual import PerceptualDecision
from replicortex.primer.trials import Task

if TYPE_CHECKING:
    from replicortex.config.primer_schema import PrimerTask

TASKS: dict[str, Any] = {
    "perceptual": PerceptualDecision,
    "checkerboard": Checkerboard,
    "context": ContextDecision,
    "match": DelayedMatch,
    "digits": DigitParity,
}


def task(name: str, **settings: Any) -> Task:
    """A task by its name; settings are the attributes of its class.

    Raises:
        ValueError: no such task, or a setting that it does not have.
    """
    kind = TASKS[choose(name, TASKS, "task")]
    for key in settings:
        choose(key, kind.__dataclass_fields__, f"setting of task {name!r}")
    made: Task = kind(**settings)
    return made


def task_of(settings: "PrimerTask") -> Task:
    """The task that a section ``task`` describes."""
    return task(settings.name, **settings.settings)
