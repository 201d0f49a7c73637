"""The optimisers of the twenty tasks' networks: the one registry that configuration, messages and methods read.

An entry says what its optimiser is called in sentences and how it is made; the module that holds its code is imported
when it is made, so that a plan needs no PyTorch. A new optimiser is a class with the methods of
``training.optimiser.Adam`` and an entry here; it trains no network anew that another optimiser trained.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from replicortex.training.layout import Layout

if TYPE_CHECKING:
    from replicortex.config.schema import Schedule
    from replicortex.training.optimiser import Adam, Memory


Create = Callable[["Schedule", Layout, "Memory", int], "Adam"]


@dataclass(frozen=True)
class Optimiser:
    """One optimiser.

    Attributes
    ----------
    about
        What it is, for the description of the setting.
    sentence
        Name, source and constants for the methods of a paper; ``{s}`` is the schedule.
    create
        (schedule, layout, memory, count of earlier updates) -> the optimiser of one network.
    groups
        Groups of its memory, see ``training.optimiser``.
    on_gpu
        Whether a GPU trains with it.
    """

    about: str
    sentence: str
    create: Create
    groups: tuple[str, ...]
    on_gpu: bool = False


def _adam(schedule: "Schedule", layout: Layout, memory: "Memory", count: int) -> "Adam":
    from replicortex.training.optimiser import Adam

    return Adam(schedule, memory, count)


def _soap(schedule: "Schedule", layout: Layout, memory: "Memory", count: int) -> "Adam":
    from replicortex.training.soap import Soap

    return Soap(schedule, memory, count, layout.matrices)


def _rotated_adam(schedule: "Schedule", layout: Layout, memory: "Memory", count: int) -> "Adam":
    from replicortex.training.rotated import RotatedAdam

    return RotatedAdam(schedule, memory, count, layout)


def _sgd(schedule: "Schedule", layout: Layout, memory: "Memory", count: int) -> "Adam":
    from replicortex.training.sgd import Sgd

    return Sgd(schedule, memory, count)


def _muon(schedule: "Schedule", layout: Layout, memory: "Memory", count: int) -> "Adam":
    from replicortex.training.muon import Muon

    return Muon(schedule, memory, count)


_MOMENTS = ("first", "second")
_CONSTANTS = "beta1 {s.beta1:g}, beta2 {s.beta2:g}, epsilon {s.epsilon:g}"

OPTIMISERS: dict[str, Optimiser] = {
    "adam": Optimiser(
        about="as published",
        sentence=f"Adam ({_CONSTANTS})",
        create=_adam,
        groups=_MOMENTS,
        on_gpu=True,
    ),
    "soap": Optimiser(
        about="Adam in the eigenbasis of the gradients (Vyas et al. 2024), on the CPU",
        sentence=f"SOAP (Vyas et al. 2024; {_CONSTANTS}, averages decaying by {{s.precondition_decay:g}} per update, "
        "bases turned every {s.precondition_every} updates)",
        create=_soap,
        groups=(*_MOMENTS, "left", "left_basis", "right", "right_basis"),
    ),
    "rotated_adam": Optimiser(
        about="Adam in coordinates of the units that a fixed random rotation turns, on the CPU",
        sentence=f"Adam in a fixed random rotation of the units, another in each network ({_CONSTANTS})",
        create=_rotated_adam,
        groups=(*_MOMENTS, "rotation"),
    ),
    "sgd": Optimiser(
        about="gradient descent with momentum, on the CPU",
        sentence="gradient descent with momentum {s.momentum:g}",
        create=_sgd,
        groups=("first",),
    ),
    "muon": Optimiser(
        about="for matrices momentum made orthogonal, Adam for biases (Jordan et al. 2024), on the CPU",
        sentence="Muon (Jordan et al. 2024, scaled as in Liu et al. 2025; momentum {s.momentum:g}; biases by Adam with "
        f"{_CONSTANTS})",
        create=_muon,
        groups=_MOMENTS,
    ),
}

MEMORY = tuple(dict.fromkeys(group for each in OPTIMISERS.values() for group in each.groups))  # all that any may have


def create_optimiser(schedule: "Schedule", layout: Layout, memory: "Memory | None" = None, count: int = 0) -> "Adam":
    """The optimiser that a schedule names.

    Parameters
    ----------
    schedule
        Rates and constants.
    layout
        The network whose weights it moves.
    memory
        Memory of earlier updates; empty if None.
    count
        Number of earlier updates.
    """
    return OPTIMISERS[schedule.optimiser].create(schedule, layout, {} if memory is None else memory, count)
