"""The code on pages of docs, as blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FENCED = re.compile(r"(?:^`([^`\n]+)`\n\n)?^```(\w*)\n(.*?)^```", flags=re.M | re.S)


@dataclass(frozen=True)
class Block:
    """A fenced block: the file it belongs to, whose name stands alone above it ("": none), its language and lines."""

    file: str
    language: str
    text: str


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    return [Block(*found) for found in FENCED.findall(page.read_text(encoding="utf-8"))]
