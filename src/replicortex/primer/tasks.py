"""The tasks by name, as a configuration names them."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from replicortex.errors import choose
from replicortex.primer.checkerboard import Checkerboard
from replicortex.primer.classics import DelayedComparison, GoNoGo, IntervalDiscrimination, ReadySetGo
from replicortex.primer.context import ContextDecision
from replicortex.primer.images import DigitParity
from replicortex.primer.memory import DelayedMatch
from replicortex.primer.meta_rl_tasks import EPISODIC
from replicortex.primer.perceptual import PerceptualDecision
from replicortex.primer.trials import Task, Trials

if TYPE_CHECKING:
    from replicortex.config.primer_schema import PrimerTask

TASKS: dict[str, Any] = {
    "perceptual": PerceptualDecision,
    "checkerboard": Checkerboard,
    "context": ContextDecision,
    "match": DelayedMatch,
    "digits": DigitParity,
    "go_no_go": GoNoGo,
    "comparison": DelayedComparison,
    "interval": IntervalDiscrimination,
    "ready_set_go": ReadySetGo,
}


def task(name: str, **settings: Any) -> Task:
    """A task by its name; settings are the attributes of its class.

    The tasks of `EPISODIC` are played in place of being shown: they have the lines of a `Task`, and episodes.

    Raises
    ------
    ValueError
        No such task, or a setting that it does not have.
    """
    every = TASKS | EPISODIC
    kind = every[choose(name, every, "task")]
    for key in settings:
        choose(key, kind.__dataclass_fields__, f"setting of task {name!r}")
    made: Task = kind(**settings)
    return made


def check_task(task: Task) -> Task:
    """The task itself, once two of its trials have been drawn and looked at.

    Raises
    ------
    TypeError
        No task: an attribute is missing, or `draw` gives no `Trials`.
    ValueError
        The trials do not fit the task's lines, or have no period in which to answer.
    """
    name = type(task).__name__
    for attribute in ("dt", "input_lines", "output_lines", "alternatives", "draw", "choices"):
        if not hasattr(task, attribute):
            raise TypeError(f"{name}: has no {attribute!r}, which a task needs; docs/tour/1-task.md shows one")
    trials = task.draw(2, np.random.default_rng(0))
    if not isinstance(trials, Trials):
        raise TypeError(f"{name}.draw: returns {type(trials).__name__}; return primer.Trials")
    time = len(trials.inputs)
    wanted = {
        "inputs": (time, 2, len(task.input_lines)), "targets": (time, 2, len(task.output_lines)),
        "actions": (time, 2), "truth": (2,),
    }  # fmt: skip
    for field, shape in wanted.items():
        found = np.shape(getattr(trials, field))
        if found != shape:
            raise ValueError(f"{name}.draw: {field} have the shape {found}; two trials need {shape}")
    for period in ("fixation", "decision"):
        if period not in trials.periods:
            told = "in which no choice is allowed" if period == "fixation" else "in which the answer is due"
            raise ValueError(f"{name}.draw: has no period {period!r}, {told}; it has {', '.join(trials.periods)}")
    answers = np.shape(task.choices(trials.targets, trials))
    if answers != (2,):
        raise ValueError(f"{name}.choices: gives the shape {answers}; one choice for each of two trials is (2,)")
    return task


def task_of(settings: "PrimerTask") -> Task:
    """The task that a section ``task`` describes; of a task of the user's own the class is imported.

    Raises
    ------
    ValueError
        A task that was given to `primer.train` in Python, which no file holds; or a class that is not there, or does
        not take these settings.
    TypeError, ValueError
        A task of the user's own that lacks something; see `check_task`.
    """
    if settings.name == "own":
        raise ValueError("task: 'own' is a task that primer.train was given; hand it over: primer.load(path, task=...)")
    module, _, name = settings.name.partition(":")
    if not name:
        return task(settings.name, **settings.attributes)
    try:
        kind = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"task {settings.name!r}: cannot be imported: {error}") from error
    for key in settings.attributes:
        choose(key, getattr(kind, "__dataclass_fields__", ()), f"setting of task {settings.name!r}")
    return check_task(kind(**settings.attributes))
