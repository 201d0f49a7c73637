"""Trials as arrays: `generate` turns a declared task into network input, targets and cost mask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replicortex.errors import choose
from replicortex.shown import short_repr
from replicortex.tasks.arguments import (
    checked_batch,
    checked_rng,
    find_task,
    no_parameters,
    psychometric_parameters,
    rule_strengths,
)
from replicortex.tasks.catalogue import Task
from replicortex.tasks.coding import Coding, encode_response, make_coding, to_steps
from replicortex.tasks.ring import Array, bumps
from replicortex.tasks.timing import boundaries, longest

MODES = ("random", "test", "psychometric")
GRACE = 100.0  # ms without cost after the go signal, and at the start of a trial
GO_WEIGHT, FIXATION_WEIGHT = 5.0, 2.0


@short_repr
@dataclass(frozen=True)
class Trial:
    """A batch of trials of one task; all have the same length.

    Attributes
    ----------
    x : (time, trial, n_input) float32
        Input: fixation, stimulus rings, rules.
    y : (time, trial, n_output) float32
        Target output: fixation, response ring.
    y_loc : (time, trial) float32
        Target direction in rad, [0, 2 pi); -1 where fixation is required.
    mask : float32
        Squared error: (time, trial, n_output), a read-only view that is the same for every trial; the loss is
        ``mean((mask * (y - output))**2)`` over all entries. Cross-entropy: (time, trial) with mean 1; the
        loss is ``mean(mask * cross_entropy)``.
    epochs : dict
        Period name -> (start, end) in steps, half open, in temporal order.
    task, mode : str
    coding : Coding
    conditions : dict
        Variables of the trials, (trial,) each, as far as they apply: ``direction_K`` (rad),
        ``strength_K_modM``, ``modality`` and ``modality_2`` (of stimulus 1 and 2), ``respond`` (bool).
    """

    x: Array
    y: Array
    y_loc: Array
    mask: Array
    epochs: dict[str, tuple[int, int]]
    task: str
    mode: str
    coding: Coding
    conditions: dict[str, Array]


@short_repr
@dataclass(frozen=True)
class TrialRows:
    """A batch of trials as one row per period: within a period nothing changes but the noise.

    `generate` repeats the rows to arrays over time; a trainer repeats them where it computes.

    Attributes
    ----------
    x : (period, trial, n_input) float32
    y : (2, trial, n_output) float32
        Target output before the last period, and in it.
    y_loc : (2, trial) float32
        Target direction (rad, -1 for fixation) before the last period, and in it.
    mask : (time, n_output) or (time,) float32
        Cost mask of one trial; see `Trial`.
    edges : list[int]
        Boundaries of the periods in steps: ``[0, end of the first, ..., end of the trial]``.
    task : str
    coding : Coding
    periods : tuple[str, ...]
        Their names.
    conditions : dict
        See `Trial`.
    """

    x: Array
    y: Array
    y_loc: Array
    mask: Array
    edges: list[int]
    task: str
    coding: Coding
    periods: tuple[str, ...]
    conditions: dict[str, Array]

    @property
    def period(self) -> NDArray[np.int32]:
        """(time,): the row of ``x`` at each step."""
        return np.repeat(np.arange(len(self.x), dtype=np.int32), np.diff(self.edges))

    @property
    def phase(self) -> NDArray[np.int32]:
        """(time,): the row of ``y`` at each step."""
        return np.repeat(np.arange(2, dtype=np.int32), [self.edges[-2], self.edges[-1] - self.edges[-2]])

    def repeated(self, mode: str = "random") -> Trial:
        """The trials over time, without noise."""
        spans = zip(self.edges[:-1], self.edges[1:], strict=True)
        return Trial(
            x=self.x[self.period],
            y=self.y[self.phase],
            y_loc=self.y_loc[self.phase],
            mask=_for_all_trials(self.mask, self.x.shape[1]),
            epochs=dict(zip(self.periods, spans, strict=True)),
            task=self.task,
            mode=mode,
            coding=self.coding,
            conditions=self.conditions,
        )


def generate(
    task: str,
    *,
    mode: str = "random",
    batch: int = 64,
    rng: np.random.Generator | None = None,
    noise: bool = True,
    rules: Mapping[str, float] | None = None,
    params: Mapping[str, Any] | None = None,
    coding: Coding | None = None,
    **options: Any,
) -> Trial:
    """Trials of a task (Yang et al. 2019, Methods).

    Parameters
    ----------
    task
        Name of a task in the coding's rule set, e.g. ``"contextdm1"``; see ``TASKS``.
    mode
        ``"random"``: ``batch`` trials as in training. Timing and modality are one draw for the batch,
        everything else is drawn trial by trial. ``"test"``: the full grid of conditions with fixed timing.
        ``"psychometric"``: conditions from ``params``.
    batch
        Number of trials in random mode; the other modes do not use it.
    rng
        Source of every draw, in the order timing, conditions, noise. Needed in random mode, for noise, and in
        the test mode of a task whose test timing is drawn.
    noise
        Add Gaussian noise of s.d. ``sigma_x sqrt(2 tau / dt)`` to every input channel at every step.
    rules
        Rule channels to show in place of the task's own, with their strengths, e.g.
        ``{"fdanti": 1, "delaygo": 1, "fdgo": -1}``. Stimuli and targets stay those of the task.
    params
        Psychometric mode only: ``TASKS[task].parameters`` names them. Directions (rad) and strengths have one
        entry per trial, or are one number for all trials; times are one number in ms.
    coding, **options
        A whole `Coding`, or single fields of it such as ``dt=10`` or ``loss="cross_entropy"``.

    Returns
    -------
    Trial

    Raises
    ------
    ValueError
        For an unknown name or option (with the nearest spelling), a missing or unexpected psychometric
        parameter, arrays that differ in length, a missing generator, ``batch < 1``.

    Examples
    --------
    >>> trial = generate("dm1", mode="test", noise=False)
    >>> trial.x.shape, trial.y.shape, trial.epochs["stim1"]
    ((125, 100, 85), (125, 100, 33), (25, 100))
    """
    coding = make_coding(coding, options)
    draws = checked_rng(find_task(task, coding), choose(mode, MODES, "mode"), rng, noise)
    rows = trial_rows(task, mode=mode, batch=batch, rng=draws, rules=rules, params=params, coding=coding)
    trial = rows.repeated(mode)
    if noise:
        jitter = draws.standard_normal(trial.x.shape, dtype=np.float32)
        jitter *= coding.noise_sd
        np.add(trial.x, jitter, out=trial.x)
    return trial


def trial_rows(
    task: str,
    *,
    mode: str = "random",
    batch: int = 64,
    rng: np.random.Generator | None = None,
    rules: Mapping[str, float] | None = None,
    params: Mapping[str, Any] | None = None,
    coding: Coding,
) -> TrialRows:
    """The trials of `generate` without noise, not yet repeated; arguments and errors as there."""
    spec = find_task(task, coding)
    choose(mode, MODES, "mode")
    given = psychometric_parameters(spec, params) if mode == "psychometric" else no_parameters(mode, params)
    shown = rule_strengths(spec, rules, coding)
    rng = checked_rng(spec, mode, rng, noise=False)
    edges = boundaries(spec.timing, mode, lambda ms: to_steps(ms, coding.dt), rng, given[0])
    if mode == "test":
        conditions = spec.conditions.grid()
    elif mode == "psychometric":
        conditions = spec.conditions.given(given[1])
    else:
        conditions = spec.conditions.draw(rng, checked_batch(batch), coding.easy_task)
    return _rows(spec, conditions, edges, coding, shown)


def random_edges(task: str, rng: np.random.Generator, coding: Coding) -> list[int]:
    """Boundaries of the periods (steps) of a task in random mode: the first draws of `generate`."""
    return boundaries(find_task(task, coding).timing, "random", lambda ms: to_steps(ms, coding.dt), rng, {})


def random_rows(
    task: str,
    batch: int,
    rng: np.random.Generator,
    coding: Coding,
    edges: list[int] | None = None,
    rules: Mapping[str, float] | None = None,
) -> TrialRows:
    """Trials of ``generate(task, batch=batch, rng=rng, noise=False, rules=rules, coding=coding)``, not yet repeated.

    Parameters
    ----------
    edges
        Boundaries of the periods drawn elsewhere, in place of the first draws from ``rng``.

    Raises
    ------
    ValueError
        A task that the coding's rule set does not have, or ``batch < 1``.
    """
    spec = find_task(task, coding)
    drawn = random_edges(task, rng, coding) if edges is None else edges
    conditions = spec.conditions.draw(rng, checked_batch(batch), coding.easy_task)
    return _rows(spec, conditions, drawn, coding, rule_strengths(spec, rules, coding))


def longest_trial(task: str, coding: Coding) -> int:
    """Steps of the longest trial of a task in random mode."""
    return longest(find_task(task, coding).timing, lambda ms: to_steps(ms, coding.dt))


def _rows(
    spec: Task, conditions: dict[str, Array], edges: list[int], coding: Coding, rules: Mapping[int, float]
) -> TrialRows:
    """One row per period; ``respond`` is added to the conditions."""
    direction, respond = spec.response(conditions)
    conditions["respond"] = respond
    x = _inputs(spec, conditions, coding, rules)
    y, y_loc = _targets(direction, respond, coding)
    mask = _mask(edges, coding)
    return TrialRows(x, y, y_loc, mask, edges, spec.name, coding, tuple(spec.timing.periods), conditions)


def _inputs(spec: Task, conditions: Mapping[str, Array], coding: Coding, rules: Mapping[int, float]) -> Array:
    """Input without noise: (period, trial, n_input)."""
    periods = spec.timing.periods
    rows = np.zeros((len(periods), len(conditions["respond"]), coding.n_input), dtype=np.float32)
    rows[: -1 if spec.fixation_goes_off else None, :, 0] = 1
    for channel, strength in rules.items():
        rows[:, :, channel] = strength
    for number, stimulus in enumerate(spec.stimuli, start=1):
        bump = bumps(conditions[f"direction_{number}"], coding.ring)
        shown = [periods.index(period) for period in stimulus.periods]
        for modality in stimulus.modalities:
            activity = conditions[f"strength_{number}_mod{modality}"][:, None] * bump
            for period in shown:
                rows[period, :, coding.ring_slice(modality)] += activity
    return rows


def _targets(direction: Array, respond: Array, coding: Coding) -> tuple[Array, Array]:
    """Target output (2, trial, n_output) and target direction (2, trial), before and in the last period."""
    n = len(respond)
    fixate = encode_response(direction, np.zeros(n, dtype=bool), coding)
    answer = encode_response(direction, respond, coding)
    location = np.stack([np.full(n, -1.0), np.where(respond, direction, -1.0)]).astype(np.float32)
    return np.stack([fixate, answer]), location


def _mask(edges: list[int], coding: Coding) -> Array:
    """Cost mask of one trial, (time, n_output) or (time,); see `Coding` for its variants."""
    grace = to_steps(GRACE, coding.dt)
    n_time, go = edges[-1], edges[-2]
    weight = np.zeros(n_time, dtype=np.float32)
    weight[go + grace :] = GO_WEIGHT
    weight[grace if coding.cost_mask == "program" else 0 : go] = 1
    if coding.loss == "cross_entropy":
        return np.asarray(weight / weight.mean())
    channel = np.ones(coding.n_output, dtype=np.float32)
    channel[0] = FIXATION_WEIGHT
    weights = weight[:, None] * channel
    if coding.cost_mask == "paper":
        weights = np.sqrt(weights)  # the loss squares it again
    return weights


def _for_all_trials(mask: Array, n_trials: int) -> Array:
    """The mask of one trial for all of them; see `Trial` for the shape."""
    if mask.ndim == 1:
        return np.repeat(mask[:, None], n_trials, axis=1)
    return np.broadcast_to(mask[:, None, :], (len(mask), n_trials, mask.shape[1]))
