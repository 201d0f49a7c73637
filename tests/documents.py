"""The code on pages of docs: blocks, and changes that a page describes made in a copy of this checkout."""

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

    def put(self, folder: Path) -> None:
        """Make the file, or for a diff change it: lines without a sign and with - are there, once, and make way.

        Raises
        ------
        ValueError
            The lines are not there, or more than once; a file that is made is there already.
        """
        path = folder / self.file
        if self.language != "diff":
            if path.exists():
                raise ValueError(f"{self.file} is there already")
            path.write_text(self.text, encoding="utf-8")
            return
        lines = [(line[:1], line[1:]) for line in self.text.splitlines(keepends=True)]
        old, new = ("".join(text for sign, text in lines if sign in f" {kept}") for kept in "-+")
        whole = path.read_text(encoding="utf-8")
        if whole.count(old) != 1:
            raise ValueError(f"{self.file}: these lines are there {whole.count(old)} times, not once:\n{old}")
        path.write_text(whole.replace(old, new), encoding="utf-8")


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    return [Block(*found) for found in FENCED.findall(page.read_text(encoding="utf-8"))]
