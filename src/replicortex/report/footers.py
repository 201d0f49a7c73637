"""What scripts that draw share: what a figure's last line says of its networks, taken from the files that it shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from replicortex import records
from replicortex.pipeline.script import origins
from replicortex.report.style import Setting


def scale() -> str:
    """The scale of all networks that this call has read.

    Raises
    ------
    ValueError
        There are none, or they are of several scales.
    """
    found = {each.scale for each in origins() if each.networks}
    if len(found) != 1:
        told = f"are of the scales {', '.join(sorted(found))}" if found else "do not say which networks they are of"
        raise ValueError(f"the tables {told}; a figure is drawn from measured tables of one scale")
    return found.pop()


def setting() -> Setting:
    """What the footer says; raises as `scale`."""
    shown = scale()
    settings = [
        Setting(shown, each.experiment, "; ".join(each.schedules), _units(each.units), ", ".join(each.sources))
        for each in origins()
        if each.networks
    ]
    return settings[0] if len(settings) == 1 else Setting.joint(settings)


def _units(sizes: tuple[int, ...]) -> int | str:
    return sizes[0] if len(sizes) == 1 else ", ".join(map(str, sizes))


def about(sources: Iterable[str | Path], scale: str) -> dict[str, Any]:
    """What a figure carries of its origin: the chain to its seeds, and what its files say they were made from."""
    return {**records.summary(sources, scale), "origins": [asdict(each) for each in origins()]}
