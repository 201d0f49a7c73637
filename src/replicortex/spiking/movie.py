"""A movie as a target: synthetic scenes, or frames of one's own (Nicola & Clopath 2017, Fig. 5).

The paper's movie is not public. `synthetic_movie` stands in for it: eight scenes of equal length.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replicortex import readers
from replicortex.random_streams import generator
from replicortex.readers import images
from replicortex.readers.arrays import as_numbers, one_number, only
from replicortex.readers.content import look, refusal
from replicortex.spiking.protocols import Floats
from replicortex.spiking.scenes import canvas, scenes
from replicortex.spiking.sound import area_weights
from replicortex.spiking.targets import positive, whole

PERIOD = 8.0  # s
FPS = 20.0
_IMAGE_FPS = 20.0
_FPS = (0.1, 1000.0)  # of movies of one's own
_MOST = 2**28  # numbers in an archive of frames


@dataclass(frozen=True)
class Movie:
    """Frames (frame, row, column) in [0, 1], the brightest pixel of all being 1, and how many of them make a second."""

    frames: Floats
    fps: float

    def lasting(self, period: float) -> Floats:
        """As many frames as begin in ``period`` s, (frame, pixel), pixels row by row; a shorter one keeps its last."""
        wanted = math.ceil(round(period * self.fps, 9))
        places = np.minimum(np.arange(wanted), len(self.frames) - 1)
        return self.frames.reshape(len(self.frames), -1)[places]


def synthetic_movie(
    seed: int = 0, period: float = PERIOD, fps: float = FPS, shape: tuple[int, int] = (15, 20)
) -> Movie:
    """Eight scenes, each an eighth of the period.

    Parameters
    ----------
    seed
        Which movie: others have other phases and paths.
    period, fps
        Duration in s, frames per second.
    shape
        Rows and columns of a frame.

    Raises
    ------
    ValueError
        The period is too short for a frame of each scene.
    """
    n_frames = round(positive(period, "period") * positive(fps, "fps", "1/s"))
    rows, columns = (whole(size, "shape") for size in shape)
    played, where = scenes(generator("movie", seed)), canvas((rows, columns))
    if n_frames < len(played):
        raise ValueError(f"period: {period!r} s have {n_frames} frames, but the movie has {len(played)} scenes")
    places = np.arange(n_frames) * len(played) / n_frames
    return Movie(_bright(np.stack([played[int(place)](where, place % 1) for place in places])), fps)


def resized(frames: Floats, shape: tuple[int, int]) -> Floats:
    """Frames (frame, row, column) averaged, or repeated, to another number of rows and columns."""
    weights = [area_weights(np.linspace(0, 1, have + 1), np.linspace(0, 1, want + 1))
               for have, want in zip(frames.shape[1:], shape, strict=True)]  # fmt: skip
    return np.einsum("ry,fyx,cx->frc", weights[0], frames, weights[1])


def _bright(frames: Floats) -> Floats:
    """Divided by the largest value of all."""
    return np.asarray(frames / frames.max())


def read_movie(path: str | Path, shape: tuple[int, int]) -> Movie:
    """A movie of one's own: an .npz with ``frames`` (frame, row, column) and ``fps``, or images.

    Images are those of a folder, in the order of the numbers in their names, or of an animated one (GIF, PNG, WebP,
    TIFF). An animated image says how long each lasts; else 20 of them make a second. They are made grey and averaged
    to ``shape`` as they are read.

    Raises
    ------
    ValueError
        As `replicortex.readers.read_frames` or `replicortex.readers.read_npz`; ``fps`` out of range;
        frames that are not numbers from 0 on, or black throughout.
    """
    if Path(path).is_dir():
        kind = "folder"
    elif (kind := look(path, "movie")) not in ("zip", *images.KINDS):
        raise refusal(path, "movie", kind, "a movie is an .npz with frames and fps, a folder of images or a GIF")
    if kind == "zip":
        frames, fps = _of_archive(path, shape)
    else:
        frames, told = images.read_frames(path, lambda levels: resized(levels[None], shape)[0])
        fps = _IMAGE_FPS if told is None else _checked_fps(path, told)
    if (frames < 0).any() or not frames.max() > 0:
        raise ValueError(f"{path}: frames must be numbers from 0 on, and not all of them 0")
    if (frames == frames[0]).all():
        shown = f"{len(frames)} times the same frame" if len(frames) > 1 else "one frame"
        raise ValueError(f"{path}: {shown} is no movie, which changes over time")
    return Movie(_bright(frames), fps)


def _of_archive(path: str | Path, shape: tuple[int, int]) -> tuple[Floats, float]:
    arrays = readers.read_npz(path, _MOST, what="movie")
    only(path, arrays, ("frames", "fps"))
    given, fps = arrays["frames"], one_number(path, "'fps'", arrays["fps"], " of frames per second")
    if given.ndim != 3:
        grey = "; make colours grey" if given.ndim == 4 else ""
        raise ValueError(f"{path}: 'frames' of shape {given.shape} are not (frame, row, column){grey}")
    if not given.size:
        raise ValueError(f"{path}: 'frames' of shape {given.shape} is empty")
    # one by one, as in double precision all together may take eight times the space
    frames = [_of_array(path, number, frame, shape) for number, frame in enumerate(given)]
    return np.stack(frames), _checked_fps(path, fps)


def _of_array(path: str | Path, number: int, frame: NDArray[Any], shape: tuple[int, int]) -> Floats:
    levels = as_numbers(path, f"'frames', frame {number},", frame)
    if (levels < 0).any():
        raise ValueError(f"{path}: 'frames', frame {number}, is {levels.min():g} somewhere; they are numbers from 0 on")
    return resized(levels[None], shape)[0]


def _checked_fps(path: str | Path, fps: float) -> float:
    if not _FPS[0] <= fps <= _FPS[1]:
        raise ValueError(f"{path}: {fps:g} frames per second are not from {_FPS[0]:g} to {_FPS[1]:g}")
    return fps
