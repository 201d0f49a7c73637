"""Images that users bring: their order, what their files say of them, and the one line about what is not read."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from replicortex.readers import read_frames, read_images

Make = Callable[[Path], Any]
GREY = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20


def picture(path: Path, levels: Any = GREY, **options: Any) -> None:
    Image.fromarray(np.asarray(levels)).save(path, **options)


def film(folder: Path, *names: str) -> Path:
    """An image per name, the first of level 10, the next of level 20 and so on."""
    folder.mkdir(exist_ok=True)
    for number, name in enumerate(names):
        picture(folder / name, np.full((2, 2), 10 * (number + 1), np.uint8))
    return folder


def levels(path: Path) -> list[float]:
    return [float(frame.flat[0]) for frame in read_frames(path)[0]]


def test_frames_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    names = [f"frame{number}.png" for number in range(1, 13)]
    assert levels(film(tmp_path / "plain", *names)) == [10 * (i + 1) for i in range(12)]
    assert levels(film(tmp_path / "scenes", "a2.png", "a10.png", "b1.png")) == [10, 20, 30]
    assert levels(film(tmp_path / "every second", "2.png", "4.png", "06.png")) == [10, 20, 30]
    assert levels(film(tmp_path / "letters", "a.png", "b.png", "d.png")) == [10, 20, 30]
    assert levels(film(tmp_path / "padded", "t0.25.png", "t0.50.png")) == [10, 20]


def test_what_computers_add_to_folders_is_passed_over(tmp_path: Path) -> None:
    folder = film(tmp_path / "film", "1.png", "2.png")
    (folder / "._1.png").write_bytes(b"\x00\x05\x16\x07")
    (folder / ".hidden.png").write_bytes(b"x")
    (folder / "Thumbs.db").write_bytes(b"x")
    (folder / "notes.txt").write_text("how it was made")
    (folder / "__MACOSX").mkdir()
    (folder / "3.bak").write_bytes((folder / "2.png").read_bytes())  # an image by its content
    assert levels(folder) == [10, 20, 20]


def test_a_picture_is_turned_as_its_file_says(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by a quarter to the right
    picture(tmp_path / "a.png", exif=exif)
    (found,) = read_images(tmp_path / "a.png")
    np.testing.assert_array_equal(found.levels, np.rot90(GREY, -1))
    assert found.size == (4, 3) and found.depth == "8 bits"


def test_colours_depths_and_opaque_pictures(tmp_path: Path) -> None:
    colour = np.zeros((2, 2, 3), np.uint8)
    colour[..., 1] = 100
    picture(tmp_path / "rgb.png", colour)
    assert read_images(tmp_path / "rgb.png")[0].levels[0, 0] == 59  # ITU-R 601: 0.587 of green
    opaque = np.dstack([colour, np.full((2, 2), 255, np.uint8)])
    picture(tmp_path / "rgba.png", opaque)
    assert read_images(tmp_path / "rgba.png")[0].levels[0, 0] == 59
    Image.fromarray(opaque[..., :3]).convert("P").save(tmp_path / "p.png", transparency=bytes([255] * 256))
    assert read_images(tmp_path / "p.png")[0].levels[0, 0] == pytest.approx(59, abs=1)  # of a palette's colours
    picture(tmp_path / "deep.png", np.full((2, 2), 40_000, np.uint16))
    assert read_images(tmp_path / "deep.png")[0].levels[0, 0] == 40_000
    assert read_images(tmp_path / "deep.png")[0].depth == "16 bits"
    picture(tmp_path / "float.tif", np.full((2, 2), 0.25, np.float32))
    assert read_images(tmp_path / "float.tif")[0].levels[0, 0] == 0.25


@pytest.mark.parametrize("ending", ["gif", "png", "webp"])
def test_an_animated_image_says_how_long_its_frames_last(ending: str, tmp_path: Path) -> None:
    frames = [Image.fromarray(np.full((8, 8), level, np.uint8)) for level in (0, 80, 160)]
    path = tmp_path / f"a.{ending}"
    lossless = {"lossless": True} if ending == "webp" else {}
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=[40, 80, 40], **lossless)
    found, fps = read_frames(path)
    assert fps == 25 and [round(frame.mean()) for frame in found] == [0, 80, 80, 160]


def big_png(path: Path) -> None:
    """A PNG of 400 megapixels in some bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 0, 0, 0, 0)
    rows = chunk(b"IDAT", zlib.compress(bytes(100)))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + rows + chunk(b"IEND", b""))


def middling_png(path: Path) -> None:
    big_png(path)
    content = bytearray(path.read_bytes())
    content[16:24] = struct.pack(">II", 9000, 9000)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    path.write_bytes(content)


def cut(ending: str) -> Make:
    def write(path: Path) -> None:
        noise = np.random.default_rng(0).integers(0, 256, (40, 40), np.uint8)
        with path.open("wb") as file:
            Image.fromarray(noise).save(file, ending)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return write


def cut_film(path: Path) -> None:
    frames = [Image.fromarray(np.full((8, 8), level, np.uint8)) for level in (0, 80, 160)]
    with path.open("wb") as file:
        frames[0].save(file, "gif", save_all=True, append_images=frames[1:], duration=40)
    path.write_bytes(path.read_bytes()[:-25])


def turned_tiff(path: Path) -> None:
    """A TIFF whose table of tags is damaged."""
    picture(path.with_suffix(".tif"))
    content = bytearray(path.with_suffix(".tif").read_bytes())
    at = int.from_bytes(content[4:8], "little")
    content[at + 2 : at + 100] = b"\xfe" * min(98, len(content) - at - 2)
    path.write_bytes(content)


def see_through(path: Path) -> None:
    pixels = np.full((4, 4, 4), 200, np.uint8)
    pixels[..., 3] = 255
    pixels[0, :2, 3] = 0
    Image.fromarray(pixels).save(path.with_suffix(".png"))
    path.with_suffix(".png").rename(path)


def floats(value: float) -> Make:
    def write(path: Path) -> None:
        levels = np.ones((3, 3), np.float32)
        levels[1, 2] = value
        with path.open("wb") as file:
            Image.fromarray(levels).save(file, "tiff")

    return write


def folder_of(*levels: Any, names: tuple[str, ...] = ("1.png", "2.png")) -> Make:
    def write(path: Path) -> None:
        path.mkdir()
        for name, level in zip(names, levels, strict=True):
            picture(path / name, level)

    return write


def several_in_one(path: Path) -> None:
    path.mkdir()
    frames = [Image.fromarray(np.full((8, 8), level, np.uint8)) for level in (0, 80)]
    frames[0].save(path / "1.gif", save_all=True, append_images=frames[1:])


def linked(path: Path) -> None:
    """As data sets under git-annex are, before their files are fetched."""
    film(path, "1.png", "3.png")
    (path / "2.png").symlink_to("objects/2.png")


def between(path: Path) -> None:
    film(path, "1.png", "3.png")
    (path / "2.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(50))


def negative(path: Path) -> None:
    with path.open("wb") as file:
        Image.fromarray(GREY.astype(np.uint16)).save(file, "tiff", tiffinfo={262: 0})


def see_through_level(path: Path) -> None:
    with path.open("wb") as file:
        Image.fromarray(GREY.astype(np.uint16)).save(file, "png", transparency=3000)


def still(path: Path) -> None:
    with path.open("wb") as file:
        Image.fromarray(GREY).save(file, "gif")


BAD: dict[str, tuple[Make, str]] = {
    "400 megapixels": (big_png, "400000000 pixels|400,000,000 pixels"),
    "81 megapixels": (middling_png, "it has 81,000,000 pixels; 33,554,432 at most, make it smaller"),
    "half a PNG": (cut("png"), "not a readable image"),
    "half a JPEG": (cut("jpeg"), "not a readable image"),
    "half a TIFF": (cut("tiff"), "not a readable image"),
    "half a WebP": (cut("webp"), "not a readable image"),
    "half a GIF": (cut("gif"), "cut off, the mark of its end is missing"),
    "a GIF cut between its frames": (cut_film, "cut off, the mark of its end is missing"),
    "damaged TIFF": (turned_tiff, "not a readable image"),
    "EPS": (lambda path: path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n"), "images are PNG, JPEG, GIF, TIFF or WebP"),
    "PDF": (lambda path: path.write_bytes(b"%PDF-1.4"), r"it is a PDF\); images are"),
    "see through": (see_through, "one can see through 12.5% of its pixels.*put it on a background"),
    "not a number": (floats(np.nan), "row 1, column 2: grey level nan is not a finite number from 0 on"),
    "negative": (floats(-2.0), "row 1, column 2: grey level -2 is not a finite number from 0 on"),
    "one image": (still, "it holds one image; name the folder that holds all of them"),
    "sizes": (folder_of(GREY, GREY.T), r"2.png is not of the size of 1.png \(4 rows of 3, not 3 of 4\)"),
    "depths": (folder_of(GREY, GREY.astype(np.uint16)), r"2.png has not the grey levels of 1.png \(16 bits, not 8"),
    "the same number": (folder_of(GREY, GREY, names=("f1.png", "f01.png")), "f01.png and f1.png have the same place"),
    "decimals": (folder_of(GREY, GREY, names=("t0.5.png", "t0.25.png")), "t0.25.png has a number with decimals"),
    "several in one": (several_in_one, "1.gif: holds 2 images; in a folder each file is one frame"),
    "one missing": (folder_of(*[GREY] * 3, names=("f1.png", "f2.png", "f4.png")), "between f2.png and f4.png an image"),
    "a copy": (folder_of(GREY, GREY, names=("f1.png", "f1 (1).png")), r"f1 \(1\).png is named like a copy"),
    "another copy": (folder_of(GREY, GREY, names=("f1.png", "f1 - Copy.png")), "f1 - Copy.png is named like a copy"),
    "signs": (folder_of(GREY, GREY, names=("t-1.png", "t1.png")), "t-?1.png has a number with a sign; number the"),
    "a link to nothing": (linked, r"2.png: not a readable image \(No such file"),
    "a folder of that name": (lambda path: (path / "1.png").mkdir(parents=True), r"1.png: .* \(it is a folder\)"),
    "another kind between": (between, r"2.heic: not a readable image"),
    "a folder of one": (folder_of(GREY, names=("1.png",)), "has one image, 1.png; a film has two or more"),
    "a negative": (negative, "it is a negative, in which 0 is white"),
    "see through at a level": (see_through_level, "one can see through its level 3000; put it on a background"),
    "a name of two lines": (folder_of(GREY, GREY, names=("1.png", "2\n.png")), r"'2.n.png' is not the name of a file"),
    "no images": (lambda path: path.mkdir(), "has no images"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_said_in_one_line(case: str, tmp_path: Path) -> None:
    make, message = BAD[case]
    path = tmp_path / "film"
    make(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match=message) as error:
            read_frames(path)
    told = str(error.value)
    assert told.startswith(str(path)) and "\n" not in told and len(told) < 800
