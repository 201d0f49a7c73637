"""The arguments of `replicortex.tasks.generate`, checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from replicortex.errors import choose, nearest
from replicortex.tasks.catalogue import RULE_SETS, TASKS, Task
from replicortex.tasks.coding import Coding
from replicortex.tasks.ring import Array, wrap


def find_task(task: str, coding: Coding) -> Task:
    """The task of this name, if the coding's rule set has it."""
    choose(task, TASKS, "task")
    if task not in coding.rules.tasks:
        home = ", ".join(repr(name) for name, rules in RULE_SETS.items() if task in rules.tasks)
        raise ValueError(f"task: {task!r} is not in rule set {coding.rule_set!r}; pass rule_set={home}")
    return TASKS[task]


def checked_batch(batch: int) -> int:
    """The number of trials, if it is one."""
    if isinstance(batch, bool) or not isinstance(batch, (int, np.integer)) or batch < 1:
        raise ValueError(f"batch: {batch!r} is not a whole number of trials, at least 1")
    return int(batch)


def rule_strengths(spec: Task, rules: Mapping[str, float] | None, coding: Coding) -> dict[int, float]:
    """Input channel -> strength of every rule that is shown."""
    if rules is None:
        return {coding.rule_channel(spec.name): 1.0}
    if not isinstance(rules, Mapping):
        raise ValueError(f"rules: {rules!r} is not a mapping from rule to strength, such as {{'fdgo': 1}}")
    for rule, strength in rules.items():
        _finite(f"rules[{rule!r}]", strength)
    return {coding.rule_channel(rule): float(strength) for rule, strength in rules.items()}


def checked_rng(spec: Task, mode: str, rng: np.random.Generator | None, noise: bool) -> np.random.Generator:
    """The generator, or one that nothing will be drawn from where none is needed and none was given."""
    if isinstance(rng, np.random.Generator):
        return rng
    drawn = mode == "random" or spec.timing.is_random(mode)
    if rng is not None or noise or drawn:
        why = f", which mode={mode!r} needs" if drawn else ", which noise=True needs" if noise else ""
        raise ValueError(f"rng: {rng!r} is not a numpy Generator{why}; pass rng=numpy.random.default_rng(seed)")
    return _UNUSED


_UNUSED = np.random.default_rng(0)


def no_parameters(mode: str, params: Mapping[str, Any] | None) -> tuple[dict[str, float], dict[str, Array]]:
    """Empty times and arrays, as a mode other than psychometric has it."""
    if params is not None:
        raise ValueError(f"params: {sorted(params)} belong to mode='psychometric', not to mode={mode!r}")
    return {}, {}


def psychometric_parameters(spec: Task, params: Mapping[str, Any] | None) -> tuple[dict[str, float], dict[str, Array]]:
    """The caller's times (ms) and per-trial arrays, checked."""
    names = spec.conditions.parameters
    if names is None:
        raise ValueError(f"mode: task {spec.name!r} has no psychometric mode; there are random, test")
    params = {} if params is None else params
    missing = [name for name in spec.parameters if name not in params]
    extra = [name for name in params if name not in spec.parameters]
    if missing or extra:
        raise ValueError(_wrong_names(spec, missing, extra))
    times = {name: _finite(f"params[{name!r}]", params[name], low=0.0) for name in spec.timing.parameters}
    arrays = {name: _numbers(f"params[{name!r}]", params[name]) for name in names}
    lengths = {name: array.size for name, array in arrays.items() if array.ndim}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise ValueError(f"params: arrays have different lengths ({listed}); give one entry per trial")
    n = max(lengths.values(), default=1)
    if n == 0:
        raise ValueError("params: arrays are empty; give one entry per trial")
    full = {name: np.broadcast_to(array, (n,)) for name, array in arrays.items()}
    full.update({name: wrap(array) for name, array in full.items() if name.startswith("direction")})
    return times, full


def _wrong_names(spec: Task, missing: list[str], extra: list[str]) -> str:
    parts = [f"{', '.join(missing)} missing"] if missing else []
    for name in extra:
        guess = nearest(name, missing or spec.parameters)
        parts.append(f"{name!r} is not a parameter" + (f"; did you mean {guess!r}?" if guess else ""))
    return f"params of {spec.name!r}: {'; '.join(parts)} (wanted: {', '.join(spec.parameters)})"


def _finite(name: str, value: Any, low: float = -math.inf) -> float:
    array = _numbers(name, value)
    if array.ndim or array < low:
        limit = f", {low:g} or larger" if low > -math.inf else ""
        raise ValueError(f"{name}: {value!r} is not one number{limit}")
    return float(array)


def _numbers(name: str, value: Any) -> Array:
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: {value!r} is not a number or an array of numbers") from None
    if array.ndim > 1:
        raise ValueError(f"{name}: shape {array.shape}, but one entry per trial is wanted")
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: holds values that are not finite")
    return array
