"""Figures as small pictures that a page can carry."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import NamedTuple

from PIL import Image

WIDTH, THUMBNAIL = 900, 150  # pixels
QUALITY = 45  # of WebP; lines and text stay sharp


class Picture(NamedTuple):
    """A figure for a page: data addresses of the picture and of its thumbnail, and the picture's size in pixels."""

    source: str
    thumbnail: str
    width: int
    height: int


def picture(path: Path) -> Picture:
    """A PNG, made no wider than `WIDTH`; raises OSError where it cannot be read."""
    with Image.open(path) as opened:
        whole = opened.convert("RGB")
    whole.thumbnail((WIDTH, 4 * WIDTH))
    small = whole.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    return Picture(_address(whole), _address(small), *whole.size)


def _address(image: Image.Image) -> str:
    held = io.BytesIO()
    image.save(held, "WEBP", quality=QUALITY)
    return "data:image/webp;base64," + base64.b64encode(held.getvalue()).decode("ascii")
