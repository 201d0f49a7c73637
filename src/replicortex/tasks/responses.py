"""Response rules: from the variables of the trials to the correct direction and whether to respond at all.

A rule maps conditions, a dict of (trial,) arrays, to ``(direction, respond)``: direction in [0, 2 pi) rad,
respond bool.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from replicortex.tasks.ring import Array, circular_distance, wrap

Conditions = Mapping[str, Array]
Response = Callable[[Conditions], tuple[Array, Array]]

TIE = 1e-9  # strengths that differ by less are equal but for rounding
SAME = math.pi / 36  # rad; directions that are nearer to each other match


def _always(conditions: Conditions) -> Array:
    return np.ones(conditions["direction_1"].shape, dtype=bool)


def towards(conditions: Conditions) -> tuple[Array, Array]:
    """Respond in the direction of stimulus 1 (Go tasks)."""
    return conditions["direction_1"], _always(conditions)


def away(conditions: Conditions) -> tuple[Array, Array]:
    """Respond opposite to stimulus 1 (Anti tasks)."""
    return wrap(conditions["direction_1"] + math.pi), _always(conditions)


def stronger(*modalities: int) -> Response:
    """Respond to the stimulus with the larger strength, summed over the modalities that count (DM tasks).

    Equal sums go to stimulus 2, as in the authors' program.
    """

    def respond(conditions: Conditions) -> tuple[Array, Array]:
        lead = sum(conditions[f"strength_1_mod{k}"] - conditions[f"strength_2_mod{k}"] for k in modalities)
        return np.where(lead > TIE, conditions["direction_1"], conditions["direction_2"]), _always(conditions)

    return respond


def same_direction(conditions: Conditions) -> Array:
    """(trial,) bool: the two directions are one and the same (DMS, DNMS)."""
    return circular_distance(conditions["direction_1"], conditions["direction_2"]) < SAME


def same_category(conditions: Conditions) -> Array:
    """(trial,) bool: both directions lie in [0, pi) or both in [pi, 2 pi) (DMC, DNMC)."""
    return (conditions["direction_1"] < math.pi) == (conditions["direction_2"] < math.pi)


def second_if(match: Callable[[Conditions], Array], expected: bool) -> Response:
    """Respond in direction 2 where ``match`` is as ``expected``, else keep fixating (matching tasks)."""

    def respond(conditions: Conditions) -> tuple[Array, Array]:
        return conditions["direction_2"], match(conditions) == expected

    return respond


def by_category(conditions: Conditions) -> tuple[Array, Array]:
    """Respond in direction 3 if direction 1 lies in [0, pi), else in direction 2 (1IC)."""
    first = conditions["direction_1"] < math.pi
    return np.where(first, conditions["direction_3"], conditions["direction_2"]), _always(conditions)
