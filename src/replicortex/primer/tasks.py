"""The tasks by name, as a configuration names them."""

from typing import TYPE_CHECKING, Any

from replicortex.errors import choose
from replicortex.primer.checkerboard import Checkerboard
from replicortex.primer.context import ContextDecision
from replicortex.primer.images import DigitParity
from replicortex.primer.memory import DelayedMatch
from replicortex.primer.meta_rl_tasks import EPISODIC
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

    The tasks of `EPISODIC` are played in place of being shown: they have the lines of a `Task`, and episodes.

    Raises:
        ValueError: no such task, or a setting that it does not have.
    """
    every = TASKS | EPISODIC
    kind = every[choose(name, every, "task")]
    for key in settings:
        choose(key, kind.__dataclass_fields__, f"setting of task {name!r}")
    made: Task = kind(**settings)
    return made


def task_of(settings: "PrimerTask") -> Task:
    """The task that a section ``task`` describes."""
    return task(settings.name, **settings.settings)
