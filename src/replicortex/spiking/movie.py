"""A movie as a target: synthetic scenes, or frames of one's own (Nicola & Clopath 2017, Fig. 5).

The paper's movie is not public. `synthetic_movie` stands in for it: eight scenes of equal length.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageSequence, UnidentifiedImageError

from replicortex.spiking.protocols import Floats
from replicortex.spiking.scenes import canvas, scenes
from replicortex.spiking.sound import area_weights, read_arrays
from replicortex.spiking.targets import positive, whole
from replicortex.streams import generator

PERIOD = 8.0  # s
FPS = 20.0
_IMAGE_FPS = 20.0
_ENDINGS = (".png", ".jpg", ".jpeg")
_ANIMATED = (".gif", ".apng", ".webp", ".tif", ".tiff")


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

    Images are those of a folder, in the order of their names, or of an animated one (.gif, .webp, .tiff); 20 of them
    make a second. They are made grey and averaged to ``shape`` as they are read.

    Raises
    ------
    ValueError
        No such file or folder, an image that is none, images of several sizes, or frames that are empty, not finite,
        negative or black throughout.
    """
    path = Path(path)
    if path.is_dir():
        frames, fps = _of_folder(path, shape), _IMAGE_FPS
    elif path.suffix.lower() in _ANIMATED:
        frames, fps = np.stack([picture for picture, _ in _images(path, shape)]), _IMAGE_FPS
    else:
        frames, fps = _of_archive(path, shape)
    if (frames < 0).any() or not frames.max() > 0:
        raise ValueError(f"{path}: frames must be numbers from 0 on, and not all of them 0")
    return Movie(_bright(frames), fps)


def _of_archive(path: Path, shape: tuple[int, int]) -> tuple[Floats, float]:
    if path.suffix.lower() != ".npz":
        raise ValueError(
            f"{path}: a movie is an .npz with frames and fps, a folder of images or an animated image "
            f"({', '.join(_ANIMATED)}), not {path.suffix!r}"
        )
    arrays = read_arrays(path, ("frames", "fps"))
    frames, fps = arrays["frames"], arrays["fps"]
    if frames.ndim != 3:
        raise ValueError(f"{path}: 'frames' of shape {frames.shape} are not (frame, row, column)")
    if (frames < 0).any():
        raise ValueError(f"{path}: frames must be numbers from 0 on")
    if fps.size != 1 or not fps.item() > 0:
        raise ValueError(f"{path}: 'fps' is {fps.ravel()[:3].tolist()}, not one positive number")
    return resized(frames, shape), fps.item()


def _of_folder(path: Path, shape: tuple[int, int]) -> Floats:
    names = sorted(each for each in path.iterdir() if each.suffix.lower() in _ENDINGS)
    if not names:
        raise ValueError(f"{path}: has no images ({', '.join(_ENDINGS)})")
    pictures = [_images(name, shape)[0] for name in names]
    odd = [name.name for name, (_, size) in zip(names, pictures, strict=True) if size != pictures[0][1]]
    if odd:
        raise ValueError(f"{path}: {odd[0]} is not of the size of {names[0].name}; all images need one size")
    return np.stack([picture for picture, _ in pictures])


def _images(path: Path, shape: tuple[int, int]) -> list[tuple[Floats, tuple[int, int]]]:
    """The images of a file, averaged to a shape, each with the size that it had."""
    try:
        with Image.open(path) as image:
            return [(_grey(each, shape), each.size) for each in ImageSequence.Iterator(image)]
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise ValueError(f"{path}: not a readable image ({error})") from None


def _grey(image: Image.Image, shape: tuple[int, int]) -> Floats:
    # images of 16 or 32 bits keep their levels, which a conversion would cut off
    levels = np.asarray(image if image.mode.startswith(("I", "F")) else image.convert("L"), dtype=np.float64)
    if not np.isfinite(levels).all():
        raise ValueError("a grey level is not a finite number")
    return resized(levels[None], shape)[0]
