"""How a few vectors lie to each other: planes, parallel changes, squares and distances.

Yang et al. 2019, Fig. 6 and Methods. Planes are for looking; angles and lengths are taken in the full space.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.spatial.distance import cdist

from replicortex.analysis.common import FloatArray


class Plane(NamedTuple):
    """Points in the plane of their two largest principal components.

    points : (point, 2)
        Coordinates; the mean of the points is the origin.
    explained : float
        Share of the points' variance in the plane, 0..1; NaN where they do not vary.
    """

    points: FloatArray
    explained: float


def principal_plane(vectors: FloatArray) -> Plane:
    """The points' first two principal components (centred, not scaled); each axis' sign makes point 0 positive.

    Parameters
    ----------
    vectors : (point, dimension)
    """
    centred = vectors - vectors.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    points = np.zeros((len(vectors), 2))
    points[:, : len(sizes[:2])] = left[:, :2] * sizes[:2]
    points *= np.where(points[0] < 0, -1.0, 1.0)
    total = float(np.square(sizes).sum())
    return Plane(points, float(np.square(sizes[:2]).sum() / total) if total > 0 else float("nan"))


def oriented(points: FloatArray) -> FloatArray:
    """The plane turned until point 0 lies on the positive x axis, then reflected if point 1 lies below the axis.

    Yang et al. 2019, Methods: two components of about the same variance may be swapped or mixed from network to
    network, and this makes their planes comparable. (The paper reflects by the third task, its program by the second.)

    Parameters
    ----------
    points : (point, 2)
    """
    angle = np.arctan2(points[0, 1], points[0, 0])
    cos, sin = np.cos(angle), np.sin(angle)
    turned = points @ np.array([[cos, -sin], [sin, cos]])
    return turned * np.array([1.0, -1.0 if turned[1, 1] < 0 else 1.0])


def cosine(a: FloatArray, b: FloatArray) -> float:
    """Cosine of the angle between two vectors; NaN where one has no length."""
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    return float(a @ b / lengths) if lengths > 0 else float("nan")


class Square(NamedTuple):
    """How near four vectors a, b (first change) and c, d (second change) are to the corners of a square.

    extent_1, extent_2, extent_3 : float
        S.d. of the four along their principal components. A square has extent_1 = extent_2 and extent_3 = 0; four
        points without any order, as far from each other as they can be, have three equal extents.
    side_1, side_2 : float
        Mean lengths of the sides a-b, c-d and of the sides a-c, b-d.
    angle_deg : float
        Angle between the mean changes b - a, d - c and c - a, d - b; 90 for a square.
    """

    extent_1: float
    extent_2: float
    extent_3: float
    side_1: float
    side_2: float
    angle_deg: float


def square(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> Square:
    """Measures of `Square` of four vectors (dimension,)."""
    corners = np.stack([a, b, c, d])
    sizes = np.linalg.svd(corners - corners.mean(axis=0), compute_uv=False) / np.sqrt(len(corners))
    extents = np.pad(sizes, (0, 3))[:3]
    first, second = (b - a, d - c), (c - a, d - b)
    sides = [float(np.mean([np.linalg.norm(side) for side in pair])) for pair in (first, second)]
    between = cosine(first[0] + first[1], second[0] + second[1])
    angle = float(np.degrees(np.arccos(np.clip(between, -1, 1))))
    return Square(float(extents[0]), float(extents[1]), float(extents[2]), sides[0], sides[1], angle)


def distances(vectors: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Distances between points that were measured several times, and between two measurements of one point.

    Both are means over pairs of *different* repetitions, so that without any difference between two points their
    distance is expected to equal that of two measurements of one.

    Parameters
    ----------
    vectors : (repetition, point, dimension)
        Two repetitions or more.

    Returns
    -------
    between : (point, point)
        Symmetric; its diagonal is the second value.
    within : (point,)

    Raises
    ------
    ValueError
        A single repetition.
    """
    n = len(vectors)
    if n < 2:
        raise ValueError("distances: one repetition says nothing about what two measurements differ by; needs two")
    crossed = [cdist(vectors[i], vectors[j]) for i in range(n) for j in range(n) if i != j]
    between = np.mean(crossed, axis=0)
    return between, np.diagonal(between).copy()
