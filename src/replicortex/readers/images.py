"""Images and the frames of animated ones, as grey levels; nothing that a file says of them is left out."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, ImageSequence

from replicortex.readers.content import MOST_NUMBERS, check_name, is_litter, look, refusal, whole_content
from replicortex.readers.guard import one_line
from replicortex.shown import short_repr

Floats = NDArray[np.float64]
KINDS = ("png", "jpeg", "gif", "tiff", "webp")  # no others: Pillow would start a program for some
_ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".apng", ".webp", ".tif", ".tiff")
# of images that are not read; one in a folder is refused, since a frame would be missing
_OTHER_ENDINGS = (".avif", ".bmp", ".dng", ".exr", ".heic", ".heif", ".jp2", ".pbm", ".pgm", ".ppm", ".svg", ".tga")
_COPY = re.compile(r"( \([0-9]+\)|[ -]+copy( [0-9]+)?( \([0-9]+\))?)", re.IGNORECASE)  # as computers name copies
_WHITE_IS_ZERO = 262, 0  # a tag of TIFF, and its value for negatives
_WHAT = "image"
_REMEDY = "save it again as PNG"
_MOST_FRAMES = 100_000
_LONGEST = 2**15  # pixels of a side


@short_repr
@dataclass(frozen=True)
class Picture:
    """An image.

    Attributes
    ----------
    levels : (row, column) float64
        Grey levels from 0 on, turned upright as EXIF says; those of 8 bits reach 255.
    size : tuple[int, int]
        Rows and columns that it had before ``levels`` was made smaller.
    depth : str
        What a level is: "8 bits", "16 bits", "32 bits" or "floating point".
    seconds : float or None
        How long it is shown, in an animated image that says it.
    """

    levels: Floats
    size: tuple[int, int]
    depth: str
    seconds: float | None


def read_images(path: str | Path, reduce: Callable[[Floats], Floats] | None = None) -> list[Picture]:
    """The images that a PNG, JPEG, GIF, TIFF or WebP file holds, colours as their luminance.

    Parameters
    ----------
    path
        The file. Its ending does not matter.
    reduce
        What is made of each image's levels as soon as it is read, such as a smaller one.

    Raises
    ------
    ValueError
        It is no such file, damaged or cut off; an image has more than ``MOST_NUMBERS`` pixels, pixels that one can
        see through, or a level that is not a finite number from 0 on.
    """
    content = whole_content(path, _WHAT, KINDS, "images are PNG, JPEG, GIF, TIFF or WebP")
    # Pillow takes a GIF that is cut off for one of fewer frames
    if content.startswith(b"GIF8") and b";" not in content[-64:]:
        raise ValueError(f"{path}: not a readable image (it is cut off, the mark of its end is missing); copy it again")
    with one_line(path, _WHAT, _REMEDY, harmless=("Palette images with Transparency",)):
        return list(_pictures(content, reduce or (lambda levels: levels)))


def _pictures(content: bytes, reduce: Callable[[Floats], Floats]) -> Iterator[Picture]:
    with Image.open(io.BytesIO(content), formats=KINDS) as file:
        pixels = file.width * file.height
        if pixels > MOST_NUMBERS:
            raise ValueError(f"it has {pixels:,} pixels; {MOST_NUMBERS:,} at most, make it smaller")
        if max(file.size) > _LONGEST:
            raise ValueError(f"it has {file.height:,} rows of {file.width:,}; {_LONGEST:,} at most, make it smaller")
        count = getattr(file, "n_frames", 1)
        if count > _MOST_FRAMES:
            raise ValueError(f"it has {count:,} images; {_MOST_FRAMES:,} at most")
        # the other images of a camera's MPO are previews
        for number, frame in enumerate(ImageSequence.Iterator(file) if file.format != "MPO" else [file]):
            _check_kept(frame)
            image = ImageOps.exif_transpose(frame)
            levels, depth = _levels(image, f"image {number}: " if count > 1 else "")
            milliseconds = frame.info.get("duration") if count > 1 else None  # WebP says it once it is decoded
            seconds = float(milliseconds) / 1000 if milliseconds else None
            yield Picture(reduce(levels), (image.height, image.width), depth, seconds)


def _check_kept(frame: Image.Image) -> None:
    """Raise a ValueError where Pillow leaves out what a file says of deep levels."""
    deep = frame.mode.startswith(("I", "F"))
    if not deep and any(";16" in str(tile[3]) for tile in getattr(frame, "tile", ())):
        raise ValueError("its colours of 16 bits would be cut to 8; save it as grey levels of 16 bits")
    if deep and "transparency" in frame.info:
        raise ValueError(f"one can see through its level {frame.info['transparency']}; put it on a background")
    tag, value = _WHITE_IS_ZERO
    if deep and getattr(frame, "tag_v2", {}).get(tag) == value:
        raise ValueError("it is a negative, in which 0 is white; save it with 0 as black")


def _levels(image: Image.Image, which: str) -> tuple[Floats, str]:
    if image.has_transparency_data:
        alpha = np.asarray(image.convert("RGBA").getchannel("A"))
        if alpha.min() < 255:
            raise ValueError(
                f"{which}one can see through {np.mean(alpha < 255):.1%} of its pixels, and what is behind is not said; "
                "put it on a background, e.g. mogrify -background black -alpha remove -alpha off"
            )
    # images of 16 or 32 bits keep their levels, which a conversion would cut off
    deep = image.mode.startswith(("I", "F"))
    levels = np.asarray(image if deep else image.convert("L"), dtype=np.float64)
    if deep and not (np.isfinite(levels) & (levels >= 0)).all():
        row, column = np.argwhere(~(np.isfinite(levels) & (levels >= 0)))[0]
        raise ValueError(
            f"{which}row {row}, column {column}: grey level {levels[row, column]:g} is not a finite number from 0 on"
        )
    depth = "8 bits" if not deep else "16 bits" if ";16" in image.mode else "32 bits"
    return levels, "floating point" if image.mode == "F" else depth


def image_files(folder: str | Path) -> list[Path]:
    """The images of a folder in the order of the numbers in their names: frame2.png comes before frame10.png.

    Hidden files, and what macOS adds to folders, are passed over, and so is a file that is no image by its ending nor
    by its content.

    Raises
    ------
    ValueError
        None; a name that cannot be printed; two that differ in no number nor letter; a copy, or numbers with decimals
        or signs, whose order is not plain; numbers that do not rise in equal steps, as an image is missing between
        them.
    """
    found = [each for each in sorted(Path(folder).iterdir()) if _may_be_image(each)]
    if not found:
        raise ValueError(f"{folder}: has no images ({', '.join(_ENDINGS)})")
    by_key: dict[tuple[str | int, ...], Path] = {}
    for path in found:
        check_name(path.name, f"{folder}:")
        first = by_key.setdefault(_key(path.stem), path)
        if first is not path:
            raise ValueError(f"{folder}: {first.name} and {path.name} have the same place in the order; rename one")
    ordered = [by_key[key] for key in sorted(by_key)]
    decimals = [path.name for path in found if re.search(r"[0-9]\.[0-9]", path.stem)]
    if decimals and ordered != found:
        raise ValueError(
            f"{folder}: {decimals[0]} has a number with decimals, so that its place is not plain; number the images "
            "0001, 0002, ..."
        )
    _check_numbers(folder, ordered)
    return ordered


def _check_numbers(folder: str | Path, ordered: list[Path]) -> None:
    """Raise a ValueError if the numbers in names leave doubts about the order, or about which images there are."""
    by_text: dict[tuple[str | int, ...], list[tuple[int, Path]]] = {}
    unsigned: dict[str, tuple[str | int, ...]] = {}
    for path in ordered:
        if _COPY.search(path.stem):
            raise ValueError(f"{folder}: {path.name} is named like a copy; remove it, or give it a number of its own")
        *before, number, last = _key(path.stem) if re.search("[0-9]", path.stem) else (path.stem, 0, "")
        text = (*before, last)
        by_text.setdefault(text, []).append((int(number), path))
        first = unsigned.setdefault("".join(map(str, text)).replace("-", ""), text)
        if first != text:
            raise ValueError(f"{folder}: {path.name} has a number with a sign; number the images 0001, 0002, ...")
    for numbered in by_text.values():
        steps = [late[0] - early[0] for early, late in zip(numbered, numbered[1:], strict=False)]
        for step, (early, late) in zip(steps, zip(numbered, numbered[1:], strict=False), strict=True):
            if step > min(steps):
                raise ValueError(
                    f"{folder}: between {early[1].name} and {late[1].name} an image seems to be missing, others are "
                    f"{min(steps)} apart; add it, or number the images 0001, 0002, ..."
                )


def _may_be_image(path: Path) -> bool:
    if is_litter(path.name) or path.name.startswith("."):
        return False
    # whatever has such a name is meant, though it be a folder or a link to nothing
    return path.suffix.lower() in (*_ENDINGS, *_OTHER_ENDINGS) or path.is_file() and look(path, _WHAT) in KINDS


def _key(stem: str) -> tuple[str | int, ...]:
    """Texts and numbers in turn."""
    return tuple(int(part) if i % 2 else part.casefold() for i, part in enumerate(re.split(r"([0-9]+)", stem)))


def read_frames(path: str | Path, reduce: Callable[[Floats], Floats] | None = None) -> tuple[Floats, float | None]:
    """The images of a folder, or of an animated image, that make a film.

    Parameters
    ----------
    path
        A folder with an image per frame, see `image_files`, or an animated image.
    reduce
        As in `read_images`.

    Returns
    -------
    frames : (frame, row, column) float64
    fps : float or None
        Frames per second as an animated image says; one that is shown twice as long is there twice.

    Raises
    ------
    ValueError
        As `image_files` and `read_images`; images differ in size or depth; a file of a folder holds several images,
        or an animated image or a folder only one; only some of its images say how long they last.
    """
    if not Path(path).is_dir():
        return _of_animated(path, read_images(path, reduce))
    files, pictures = image_files(path), []
    for file in files:
        each = read_images(file, reduce)
        if len(each) > 1:
            raise ValueError(f"{file}: holds {len(each)} images; in a folder each file is one frame")
        pictures += each
        _check_alike(path, file.name, files[0].name, each[0], pictures[0])
    if len(pictures) == 1:
        raise ValueError(f"{path}: has one image, {files[0].name}; a film has two or more")
    return np.stack([picture.levels for picture in pictures]), None


def _check_alike(path: str | Path, name: str, first: str, picture: Picture, like: Picture) -> None:
    if picture.size != like.size:
        told = f"{picture.size[0]} rows of {picture.size[1]}, not {like.size[0]} of {like.size[1]}"
        raise ValueError(f"{path}: {name} is not of the size of {first} ({told}); all images need one size")
    if picture.depth != like.depth:
        told = f"{picture.depth}, not {like.depth}"
        raise ValueError(f"{path}: {name} has not the grey levels of {first} ({told}); save all images alike")


def _of_animated(path: str | Path, pictures: list[Picture]) -> tuple[Floats, float | None]:
    if len(pictures) == 1:
        raise refusal(path, "film", look(path, "film"), "it holds one image; name the folder that holds all of them")
    for number, picture in enumerate(pictures):
        _check_alike(path, f"image {number}", "image 0", picture, pictures[0])
    frames = np.stack([picture.levels for picture in pictures])
    lasting = [round(1000 * picture.seconds) for picture in pictures if picture.seconds]
    if not lasting:
        return frames, None
    if len(lasting) < len(pictures):
        raise ValueError(f"{path}: only {len(lasting)} of its {len(pictures)} images say how long they last")
    step = int(np.gcd.reduce(lasting))  # ms
    repeats = np.array(lasting) // step
    if repeats.sum() > _MOST_FRAMES or repeats.sum() * frames[0].size > MOST_NUMBERS:
        raise ValueError(f"{path}: its images last {min(lasting)} to {max(lasting)} ms; give all the same duration")
    return np.repeat(frames, repeats, axis=0), 1000 / step
