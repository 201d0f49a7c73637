"""What varies from trial to trial, as data: directions, strengths and modalities in each mode.

A scheme makes conditions, a dict of (trial,) arrays: ``direction_K`` (rad, [0, 2 pi)) of stimulus K,
``strength_K_modM`` of stimulus K in modality M, ``modality`` and ``modality_2`` (1 or 2) of stimulus 1 and 2.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from replicortex.tasks.ring import FULL_CIRCLE, Array, wrap

Conditions = dict[str, Array]
Generator = np.random.Generator

N_DIRECTIONS = 20  # equally spaced directions of the test grids
CATEGORY_DIRECTIONS = (0.1 + 0.2 * np.arange(10)) * math.pi  # five on either side of the category border


class Scheme(Protocol):
    """Conditions of a task in each of the three modes."""

    @property
    def parameters(self) -> tuple[str, ...] | None:
        """Names of the arrays that the caller of a psychometric trial supplies; None without that mode."""

    def draw(self, rng: Generator, batch: int, easy: bool) -> Conditions:
        """Random conditions of ``batch`` trials."""

    def grid(self) -> Conditions:
        """Every combination of the test conditions, the first factor slowest."""

    def given(self, values: Mapping[str, Array]) -> Conditions:
        """Conditions from the caller's psychometric parameters."""


def _signs(rng: Generator, batch: int) -> Array:
    return 1 - 2 * rng.integers(2, size=batch)


def _pick(rng: Generator, values: Array | tuple[float, ...], batch: int) -> Array:
    return np.asarray(values)[rng.integers(len(values), size=batch)]


def _product(*sizes: int) -> tuple[Array, ...]:
    return tuple(index.ravel() for index in np.indices(sizes))


def _circle(index: Array) -> Array:
    return index * (FULL_CIRCLE / N_DIRECTIONS)


def _shown_in(stimulus: int, modality: Array) -> Conditions:
    """Unit strength in the stimulus' own modality, 0 in the other."""
    name = "modality" if stimulus == 1 else f"modality_{stimulus}"
    strengths = {f"strength_{stimulus}_mod{k}": (modality == k).astype(float) for k in (1, 2)}
    return {name: modality, **strengths}


@dataclass(frozen=True)
class OneDirection:
    """One stimulus in one modality (Go and Anti tasks). The modality is one draw for the whole batch."""

    parameters: tuple[str, ...] = ("direction_1",)

    def draw(self, rng: Generator, batch: int, easy: bool) -> Conditions:
        modality = np.full(batch, rng.integers(1, 3))
        return {"direction_1": rng.uniform(0, FULL_CIRCLE, batch), **_shown_in(1, modality)}

    def grid(self) -> Conditions:
        direction, modality = _product(N_DIRECTIONS, 2)
        return {"direction_1": _circle(direction), **_shown_in(1, modality + 1)}

    def given(self, values: Mapping[str, Array]) -> Conditions:
        direction = values["direction_1"]
        return {"direction_1": direction, **_shown_in(1, np.ones(len(direction), dtype=int))}


@dataclass(frozen=True)
class TwoDirections:
    """Two stimuli that compete in strength (decision-making tasks).

    Strengths are m + c q and m - c q with mean m ~ U(0.8, 1.2), coherence c and sign q = +-1.

    Attributes
    ----------
    modalities : tuple[int, ...]
        Where both stimuli are shown.
    coherences : tuple[float, ...]
        Values of c, equally likely.
    easy_factor : float
        Multiplies the coherences when the task is made easy.
    levels : tuple[float, ...]
        Strengths of stimulus 1 in the test grid; stimulus 2 has 2 minus that.
    split : bool
        False: (m, c, q) drawn for each modality. True: drawn once, as the average S of the modalities; each
        stimulus is split between them as S + D/2 and S - D/2 with D = +-S U(0.2, 0.8) (MultSen tasks).
    """

    modalities: tuple[int, ...]
    coherences: tuple[float, ...]
    easy_factor: float
    levels: tuple[float, ...]
    split: bool = False

    @property
    def parameters(self) -> tuple[str, ...]:
        """``strength_1, strength_2`` where there is one modality, else ``strength_K_modM``."""
        several = len(self.modalities) > 1
        names = [f"_mod{k}" for k in self.modalities] if several else [""]
        return ("direction_1", "direction_2", *(f"strength_{s}{name}" for name in names for s in (1, 2)))

    def _strengths(self, rng: Generator, batch: int, easy: bool) -> tuple[Array, Array]:
        mean = rng.uniform(0.8, 1.2, batch)
        half = _pick(rng, self.coherences, batch) * _signs(rng, batch) * (self.easy_factor if easy else 1.0)
        return mean + half, mean - half

    def draw(self, rng: Generator, batch: int, easy: bool) -> Conditions:
        first = rng.uniform(0, FULL_CIRCLE, batch)
        turned = _signs(rng, batch) * rng.uniform(0.5 * math.pi, 1.5 * math.pi, batch)
        drawn = {"direction_1": first, "direction_2": wrap(first + turned)}
        if self.split:
            for stimulus, average in enumerate(self._strengths(rng, batch, easy), start=1):
                gap = average * rng.uniform(0.2, 0.8, batch) * _signs(rng, batch)
                drawn[f"strength_{stimulus}_mod1"] = average + gap / 2
                drawn[f"strength_{stimulus}_mod2"] = average - gap / 2
        else:
            for k in self.modalities:
                drawn[f"strength_1_mod{k}"], drawn[f"strength_2_mod{k}"] = self._strengths(rng, batch, easy)
        return drawn

    def grid(self) -> Conditions:
        direction, *level = _product(N_DIRECTIONS, *[len(self.levels)] * len(self.modalities))
        first = _circle(direction)
        conditions = {"direction_1": first, "direction_2": wrap(first + math.pi)}
        for k, index in zip(self.modalities, level, strict=True):
            strength = np.asarray(self.levels)[index]
            conditions[f"strength_1_mod{k}"], conditions[f"strength_2_mod{k}"] = strength, 2 - strength
        return conditions

    def given(self, values: Mapping[str, Array]) -> Conditions:
        only = f"_mod{self.modalities[0]}" if len(self.modalities) == 1 else ""
        return {name + only * name.startswith("strength"): value for name, value in values.items()}


def _pair(first: Array, second: Array, modality: Array, modality_2: Array) -> Conditions:
    return {"direction_1": first, "direction_2": second, **_shown_in(1, modality), **_shown_in(2, modality_2)}


@dataclass(frozen=True)
class DirectionPair:
    """Two stimuli one after the other that match in direction in half of the trials (DMS, DNMS).

    ``respond_on`` is the value of match that calls for a response: the test grid holds no other trials.
    The modality of either stimulus is one draw for the whole batch.
    """

    respond_on: bool
    parameters: tuple[str, ...] = ("direction_1", "direction_2")

    def draw(self, rng: Generator, batch: int, easy: bool) -> Conditions:
        match = rng.integers(2, size=batch).astype(bool)
        first = rng.uniform(0, FULL_CIRCLE, batch)
        turned = _signs(rng, batch) * rng.uniform(math.pi / 9, 17 * math.pi / 9, batch)
        second = np.where(match, first, wrap(first + turned))
        modality, modality_2 = rng.integers(1, 3, size=2)
        return _pair(first, second, np.full(batch, modality), np.full(batch, modality_2))

    def directions(self) -> Array:
        """Directions of stimulus 1 in the test grid."""
        return _circle(np.arange(N_DIRECTIONS))

    def grid(self) -> Conditions:
        index, modality, modality_2 = _product(N_DIRECTIONS, 2, 2)
        first = self.directions()[index]
        second = first if self.respond_on else wrap(first + math.pi)
        return _pair(first, second, modality + 1, modality_2 + 1)

    def given(self, values: Mapping[str, Array]) -> Conditions:
        ones = np.ones(len(values["direction_1"]), dtype=int)
        return _pair(values["direction_1"], values["direction_2"], ones, ones)


@dataclass(frozen=True)
class CategoryPair(DirectionPair):
    """Two stimuli one after the other that may fall into one category or into two (DMC, DNMC)."""

    def draw(self, rng: Generator, batch: int, easy: bool) -> Conditions:
        first, second = (_pick(rng, CATEGORY_DIRECTIONS, batch) for _ in range(2))
        modality, modality_2 = rng.integers(1, 3, size=2)
        return _pair(first, second, np.full(batch, modality), np.full(batch, modality_2))

    def directions(self) -> Array:
        """Ten directions in either category."""
        within = 0.1 + 0.8 * np.arange(10) / 10
        return np.concatenate((within, 1 + within)) * math.pi


_SWEEP = (0.1 + 0.8 * np.arange(128) / 128) * math.pi


@dataclass(frozen=True)
class CategorySweep:
    """A category stimulus on ring 1, and what it is compared with (1IC, and DMC with Freedman's timing).

    ``rings`` is where the stimuli are shown. Two rings' worth of one modality, (1, 1): direction 2 is another
    category stimulus. Three, (1, 2, 3): direction 2 is any direction and direction 3 is opposite to it.
    The test grid holds 128 directions of the first category, with direction 2 the same as direction 1.
    """

    rings: tuple[int, ...]
    parameters: None = None

    def _shown(self, first: Array, second: Array) -> Conditions:
        directions = [first, second, wrap(second + math.pi)][: len(self.rings)]
        conditions = {f"direction_{s}": direction for s, direction in enumerate(directions, start=1)}
        ones = np.ones(len(first))
        return conditions | {f"strength_{s}_mod{ring}": ones for s, ring in enumerate(self.rings, start=1)}

    def draw(self, rng: Generator, batch: int, easy: bool) -> Conditions:
        first = _pick(rng, CATEGORY_DIRECTIONS, batch)
        if len(self.rings) == 2:
            return self._shown(first, _pick(rng, CATEGORY_DIRECTIONS, batch))
        return self._shown(first, rng.uniform(0, FULL_CIRCLE, batch))

    def grid(self) -> Conditions:
        return self._shown(_SWEEP, _SWEEP)

    def given(self, values: Mapping[str, Array]) -> Conditions:
        return dict(values)
