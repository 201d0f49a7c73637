"""What every analysis needs: the coding a network was trained with, and its tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replicortex.errors import choose
from replicortex.tasks import RULE_SETS, Coding, TrialRows

if TYPE_CHECKING:
    from replicortex.networks import Ensemble
    from replicortex.training.paths import Answer

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.integer[Any]]
BoolArray = NDArray[np.bool_]
# (network, purpose) -> generator; the same pair always gives the same numbers
Stream = Callable[["Ensemble", str], np.random.Generator]
Tables = dict[str, pd.DataFrame]


def coding_of(net: Ensemble, coding: Coding | None = None) -> Coding:
    """The coding to analyse a network with: ``coding`` if given, else the one it was trained with.

    Rule set, dt and tau (ms) come from the network's architecture; the rest from the settings in its
    metadata, or the defaults where there are none. The loss is the squared error, whatever the network was
    trained with.
    """
    if coding is not None:
        return coding
    architecture = net.architecture
    trained = net.metadata.get("settings", {}).get("tasks", {})
    known = {field.name: trained[field.name] for field in fields(Coding) if field.name in trained}
    own = {
        "dt": architecture.dt,
        "tau": architecture.tau,
        "rule_set": architecture.rule_set,
        "loss": "squared",
    }
    return Coding(**{**known, **own})


def tasks_of(net: Ensemble, tasks: Iterable[str] | None = None) -> tuple[str, ...]:
    """The tasks asked for, or all of the network's rule set, in rule order.

    Raises
    ------
    ValueError
        A task that is not in the network's rule set, or an empty list.
    """
    known = tuple(RULE_SETS[net.architecture.rule_set].tasks)
    if tasks is None:
        return known
    chosen = tuple(choose(task, known, "task") for task in tasks)
    if not chosen:
        raise ValueError(f"tasks: an empty list; give one or more of {', '.join(known)}")
    return chosen


def answers(net: Ensemble, coding: Coding) -> Callable[[TrialRows, np.random.Generator], Answer]:
    """How one network answers trials with all noise on: outputs of the last step (trial, output), and the loss.

    Input and recurrent noise are drawn from the generator that goes with the trials: equal generators give equal
    noise. The rates in between are not kept, which is what makes it fast; see `training.paths`.
    """
    from replicortex.training.paths import choose_path  # loads torch, which tables are judged without

    path, weights = choose_path(net.architecture, coding), only_network(net, "answers").one(0)
    return lambda trial, rng: path.answer(weights, trial, rng)


def only_network(net: Ensemble, what: str) -> Ensemble:
    """The ensemble itself if it holds one network.

    Raises
    ------
    ValueError
        More than one network; ``net.select(i)`` picks one.
    """
    if net.n_networks != 1:
        raise ValueError(f"{what}: takes one network, not {net.n_networks}; choose one with net.select(i)")
    return net


def networks_of(nets: Iterable[Ensemble]) -> Iterable[Ensemble]:
    """Every network of several ensembles, one at a time, so that only one network's rates are in memory."""
    for net in nets:
        for index in range(net.n_networks):
            yield net.select(index)
