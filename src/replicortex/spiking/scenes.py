"""Scenes of a synthetic movie: gratings that drift, a growing disc, a bouncing ball, a turning bar, and digits.

A scene is a function of a canvas and of a time from 0 to 1; edges are a pixel wide, so that motion is smooth.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from replicortex.spiking.protocols import Floats
from replicortex.spiking.sound import area_weights

# one digit a block of seven rows of five pixels
DIGITS = """
.###. ..#.. .###. .###. ...#. ##### .###. ##### .###. .###.
#...# .##.. #...# #...# ..##. #.... #.... ....# #...# #...#
#..## ..#.. ....# ....# .#.#. ####. ####. ...#. #...# #...#
#.#.# ..#.. ...#. ..##. #..#. ....# #...# ...#. .###. .####
##..# ..#.. ..#.. ....# ##### ....# #...# ..#.. #...# ....#
#...# ..#.. .#... #...# ...#. #...# #...# ..#.. #...# ....#
.###. .###. ##### .###. ...#. .###. .###. ..#.. .###. .###.
"""


@dataclass(frozen=True)
class Canvas:
    """Middles of the pixels, the shorter side running from -1 to 1; ``soft`` is the width of an edge: one pixel."""

    across: Floats
    down: Floats
    soft: float

    def cover(self, distance: Floats) -> Floats:
        """1 inside (distance below 0), 0 outside, and a ramp of one pixel between."""
        return np.clip(0.5 - distance / self.soft, 0, 1)


Scene = Callable[[Canvas, float], Floats]  # at a time from 0 to 1 of the scene


def canvas(shape: tuple[int, int]) -> Canvas:
    """A canvas of so many rows and columns."""
    rows, columns = shape
    pixel = 2 / min(rows, columns)
    down, across = np.meshgrid(
        (np.arange(rows) - (rows - 1) / 2) * pixel, (np.arange(columns) - (columns - 1) / 2) * pixel, indexing="ij"
    )
    return Canvas(across, down, pixel)


def grating(direction: float, bars: bool, rng: np.random.Generator) -> Scene:
    """A grating that drifts in a direction (rad), of sines or of bars."""
    cycles, drift, phase = rng.uniform(0.7, 1.1), rng.uniform(1.0, 2.0), rng.uniform(0, 2 * np.pi)

    def draw(where: Canvas, time: float) -> Floats:
        along = where.across * math.cos(direction) + where.down * math.sin(direction)
        wave = np.sin(2 * np.pi * (cycles * along - drift * time) + phase)
        slope = 2 * np.pi * cycles * where.soft  # of the wave over a pixel
        return np.clip(0.5 + wave / slope, 0, 1) if bars else 0.5 + 0.5 * wave

    return draw


def disc(rng: np.random.Generator) -> Scene:
    """A disc that grows from a point somewhere near the middle."""
    x, y = rng.uniform(-0.3, 0.3, 2)

    def draw(where: Canvas, time: float) -> Floats:
        return where.cover(np.hypot(where.across - x, where.down - y) - 1.1 * time)

    return draw


def ball(rng: np.random.Generator) -> Scene:
    """A ball that bounces off the four sides."""
    start, speed, radius = rng.random(2), rng.uniform(1.0, 1.8, 2) * rng.choice([-1, 1], 2), 0.3

    def draw(where: Canvas, time: float) -> Floats:
        room = np.array([np.abs(where.across).max(), np.abs(where.down).max()]) + where.soft / 2 - radius
        # a position that runs on, folded back at the walls
        x, y = room * (1 - 2 * np.abs(1 - np.mod(2 * start + speed * time, 2)))
        return where.cover(np.hypot(where.across - x, where.down - y) - radius)

    return draw


def bar(rng: np.random.Generator) -> Scene:
    """A bar through the middle that turns by half a turn."""
    start, sense = rng.uniform(0, np.pi), rng.choice([-1, 1])

    def draw(where: Canvas, time: float) -> Floats:
        angle = start + sense * np.pi * time
        return where.cover(np.abs(where.across * math.sin(angle) - where.down * math.cos(angle)) - 0.2)

    return draw


def digits(which: Sequence[int]) -> Scene:
    """Digits that fade into each other, each equally long."""
    font = np.array([list(row.replace(" ", "")) for row in DIGITS.split("\n") if row]) == "#"
    images = [font[:, 5 * digit : 5 * digit + 5].astype(float) for digit in which]

    def draw(where: Canvas, time: float) -> Floats:
        place = time * len(images)
        now = min(int(place), len(images) - 1)
        fade = np.clip(2 * (place - now) - 1, 0, 1) if now + 1 < len(images) else 0.0
        image = (1 - fade) * images[now] + fade * images[min(now + 1, len(images) - 1)]
        # seven rows over nine tenths of the shorter side; every pixel takes the mean of what it covers
        unit = 1.8 / 7
        half = where.soft / 2
        rows = area_weights(_edges(where.down[:, 0], half), np.linspace(-3.5, 3.5, 8) * unit)
        columns = area_weights(_edges(where.across[0], half), np.linspace(-2.5, 2.5, 6) * unit)
        share = (unit / where.soft) ** 2
        return np.asarray(np.clip(rows.T @ image @ columns * share, 0, 1))

    return draw


def _edges(middles: Floats, half: float) -> Floats:
    """Edges of cells of which the middles are given."""
    return np.append(middles - half, middles[-1] + half)


def scenes(rng: np.random.Generator) -> tuple[Scene, ...]:
    """The eight scenes, in their order."""
    first = rng.uniform(0, np.pi)
    return (
        grating(first, False, rng),
        disc(rng),
        digits(range(5)),
        grating(first + 2 * np.pi / 3, True, rng),
        ball(rng),
        digits(range(5, 10)),
        grating(first + 4 * np.pi / 3, False, rng),
        bar(rng),
    )
