"""How a trial becomes arrays: channels, time steps, targets (Yang et al. 2019, Methods)."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from replicortex.errors import choose, nearest
from replicortex.tasks.catalogue import RULE_SETS, RuleSet
from replicortex.tasks.ring import Array, bumps, one_hot

FIXATION_TARGETS = {"program": 0.8, "paper": 0.85}
LOSSES = ("squared", "cross_entropy")
COST_MASKS = ("program", "paper")


@dataclass(frozen=True)
class Coding:
    """Everything about a trial's arrays that does not depend on the task.

    Attributes
    ----------
    dt, tau : float
        Integration step and unit time constant in ms; ``0 < dt <= tau``.
    sigma_x : float
        Input noise; its s.d. per step is ``sigma_x * sqrt(2 tau / dt)``.
    ring : int
        Units per stimulus ring and in the response ring.
    rule_set : str
        ``"all"`` (twenty tasks, two rings), ``"mante"`` (the two Ctx DM tasks) or ``"oicdmc"`` (three rings).
    loss : str
        ``"squared"`` or ``"cross_entropy"``: decides the form of targets and masks.
    fixation_target : str
        ``"program"`` (0.8 while fixating, as the authors' program has it) or ``"paper"`` (0.85, as printed).
    cost_mask : str
        ``"program"``: the mask stands inside the square, so that the effective weights are 1 and 25, and the
        first 100 ms do not count. ``"paper"``: weights 1 and 5 multiply the squared error from the first step
        on.
    easy_task : bool
        Larger coherences in random mode (x10 in DM tasks, x2 in delayed DM tasks), used in sequential
        training.

    Raises
    ------
    ValueError
        If a field has a value that makes no trial; the message names the field and the accepted values.
    """

    dt: float = 20.0
    tau: float = 100.0
    sigma_x: float = 0.01
    ring: int = 32
    rule_set: str = "all"
    loss: str = "squared"
    fixation_target: str = "program"
    cost_mask: str = "program"
    easy_task: bool = False

    def __post_init__(self) -> None:
        _check_number("dt", self.dt, 0 < self.dt < math.inf, "a positive number of ms")
        _check_number("tau", self.tau, self.dt <= self.tau < math.inf, f"a time in ms, dt ({self.dt:g}) or more")
        _check_number("sigma_x", self.sigma_x, 0 <= self.sigma_x < math.inf, "a number, 0 or larger")
        whole = isinstance(self.ring, (int, np.integer)) and not isinstance(self.ring, bool)
        _check_number("ring", self.ring, whole and self.ring >= 2, "a whole number of units, at least 2")
        choose(self.rule_set, RULE_SETS, "rule_set")
        choose(self.loss, LOSSES, "loss")
        choose(self.fixation_target, FIXATION_TARGETS, "fixation_target")
        choose(self.cost_mask, COST_MASKS, "cost_mask")
        if not isinstance(self.easy_task, (bool, np.bool_)):
            raise ValueError(f"easy_task: {self.easy_task!r} is neither True nor False")
        if self.loss == "cross_entropy" and self.fixation_target == "paper":
            raise ValueError(
                "fixation_target: 'paper' (0.85) belongs to loss='squared'; under loss='cross_entropy' the "
                "target is 1 in paper and program alike: leave fixation_target='program'"
            )

    @property
    def rules(self) -> RuleSet:
        """The rule set by its name."""
        return RULE_SETS[self.rule_set]

    @property
    def n_input(self) -> int:
        """Input channels: fixation, the stimulus rings, one per rule."""
        return 1 + self.ring * self.rules.rings + len(self.rules.tasks)

    @property
    def n_output(self) -> int:
        """Output channels: fixation and the response ring."""
        return 1 + self.ring

    @property
    def noise_sd(self) -> float:
        """S.d. of the input noise of one step: sigma_x sqrt(2 / alpha) with alpha = dt / tau."""
        return self.sigma_x * math.sqrt(2 * self.tau / self.dt)

    def ring_slice(self, modality: int) -> slice:
        """Input channels of the ring of a modality, counted from 1."""
        return slice(1 + self.ring * (modality - 1), 1 + self.ring * modality)

    def rule_channel(self, rule: str) -> int:
        """Input channel of a rule.

        Raises
        ------
        ValueError
            If the rule set has no such rule.
        """
        choose(rule, self.rules.tasks, f"rule in rule set {self.rule_set!r}")
        return 1 + self.ring * self.rules.rings + self.rules.tasks.index(rule)


def _check_number(name: str, value: object, good: bool, wanted: str) -> None:
    if isinstance(value, bool) or not good:
        raise ValueError(f"{name}: {value!r} is not {wanted}")


def make_coding(coding: Coding | None, options: dict[str, Any]) -> Coding:
    """A `Coding` from a whole one, single options, or both (the options then replace its fields).

    Raises
    ------
    ValueError
        For an option that no field is called, with the nearest spelling.
    """
    names = [field.name for field in fields(Coding)]
    for option in options:
        if option not in names:
            guess = nearest(option, names)
            hint = f"; did you mean {guess!r}?" if guess else f"; there are {', '.join(names)}"
            raise ValueError(f"coding option: {option!r} is unknown{hint}")
    base = _DEFAULT if coding is None else coding
    return replace(base, **options) if options else base


_DEFAULT = Coding()


def to_steps(ms: float, dt: float) -> int:
    """A duration in steps, rounded down.

    Every time value is floored by itself and sums are taken in steps. The small allowance keeps a quotient
    such as ``0.3 / 0.1 = 2.9999999999999996`` from losing a step.

    Examples
    --------
    >>> to_steps(399.9, 20), to_steps(0.3, 0.1)
    (19, 3)
    """
    return math.floor(ms / dt + 1e-9)


def encode_response(direction: Array, respond: Array, coding: Coding) -> Array:
    """Output targets of one step in the go period.

    Parameters
    ----------
    direction : (trial,) float
        Target direction in rad, [0, 2 pi).
    respond : (trial,) bool
        False where the network must go on fixating; ``direction`` is not used there.
    coding
        Loss, ring size and fixation target.

    Returns
    -------
    ndarray
        (trial, 1 + ring) float32.
    """
    target = np.empty((len(respond), coding.n_output), dtype=np.float32)
    answering = respond[:, None]
    if coding.loss == "squared":
        target[:, 0] = np.where(respond, 0.05, FIXATION_TARGETS[coding.fixation_target])
        target[:, 1:] = np.where(answering, 0.05 + bumps(direction, coding.ring), 0.05)
    else:
        target[:, 0] = np.where(respond, 0.0, 1.0)
        target[:, 1:] = np.where(answering, one_hot(direction, coding.ring), 0.0)
    return target
