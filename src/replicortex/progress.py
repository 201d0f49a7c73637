"""How far the trainings of a results folder are: a live table made of their status files.

    python -m replicortex.progress --watch                   the folder that config.yaml names
    python -m replicortex.progress results/laptop --watch

Only files are read, so that it works wherever the folder can be seen, on a cluster's shared disk too.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from replicortex.status import TrainingStatus, read_status, write_status

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

__all__ = [
    "TrainingStatus",
    "complaints",
    "main",
    "read_all",
    "read_status",
    "summary",
    "table",
    "write_status",
]

STALLED_AFTER = 300.0  # seconds without news; evaluations and a slow disk stay well below
_STATES = ("failed", "stalled", "interrupted", "running", "finished")  # what needs attention first
_COLOURS = {"failed": "bold red", "stalled": "yellow", "interrupted": "yellow", "running": "cyan", "finished": "green"}
_BAR = 16  # characters


def read_all(
    folder: str | Path, now: float | None = None, stalled_after: float = STALLED_AFTER
) -> list[TrainingStatus]:
    """Every status below ``folder``/progress, by experiment and label (numbers in it in numerical order).

    Parameters
    ----------
    folder
        ``results/<scale>``.
    now
        Seconds since 1970. Clocks of other machines may differ a little, so the file's own time of
        modification counts as news too: it is set by the disk's clock.
    stalled_after
        A running job without news for so many seconds is "stalled".
    """
    now = time.time() if now is None else now
    found = []
    for path in Path(folder).glob("progress/*/*.json"):
        status = read_status(path)
        if status is not None:
            try:
                status = replace(status, updated=max(status.updated, path.stat().st_mtime))
            except OSError:
                continue
            silent = status.state == "running" and now - status.updated > stalled_after
            found.append(replace(status, state="stalled") if silent else status)
    return sorted(found, key=lambda status: (status.experiment, _natural(status.label)))


def _natural(label: str) -> list[tuple[int, int, str]]:
    parts = "".join(c if c.isdecimal() and c.isascii() else f"\0{c}\0" for c in label).split("\0")
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part]


def duration(seconds: float | None) -> str:
    """``"12 s"``, ``"3:05"`` (min:s) or ``"2:03:05"``; "" for None."""
    if seconds is None:
        return ""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


def _count(number: float) -> str:
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= size:
            return f"{number / size:.3g}{unit}"
    return f"{number:.0f}"


def _share(status: TrainingStatus) -> float:
    if status.state == "finished":
        return 1.0
    return min(1.0, max(0.0, status.trials / status.trials_total)) if status.trials_total > 0 else 0.0


def _bar(share: float, width: int) -> str:
    full = int(share * width)
    return "█" * full + "░" * (width - full) + f" {100 * share:3.0f} %"


def _performance(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def table(statuses: Iterable[TrainingStatus], now: float | None = None, width: int = 140) -> Table:
    """The statuses as a rich table, one row per network; narrow ones without bars and mean."""
    from rich.table import Table
    from rich.text import Text

    now = time.time() if now is None else now
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1 if width < 110 else 2, 0, 0))
    for header, least in (("experiment", 10), ("network", 7), ("state", 8)):
        made.add_column(header, overflow="fold", min_width=least)
    for header in ("trials", "", "trials/s", "to go", "min", "mean"):
        if header != "mean" or width >= 90:
            made.add_column(header, justify="right", no_wrap=True)
    made.add_column("worst task", overflow="fold", min_width=8)
    made.add_column("updated", justify="right", no_wrap=True)
    for status in statuses:
        going, style = status.state == "running", _COLOURS.get(status.state, "")
        made.add_row(
            Text(status.experiment),
            Text(status.label),
            Text(status.state, style=style),
            f"{_count(status.trials)}/{_count(status.trials_total)}",
            Text(_bar(_share(status), 0 if width < 110 else _BAR), style=style),
            _count(status.trials_per_s) if going else "",
            duration(status.eta_s) if going else "",
            _performance(status.min_performance),
            *([_performance(status.mean_performance)] if width >= 90 else []),
            Text(status.worst_task or ""),
            duration(now - status.updated),
        )
    return made


def complaints(statuses: Iterable[TrainingStatus]) -> list[tuple[str, str]]:
    """(state, line) for each failed or stalled network: which, where it ran, and what it said."""
    found = []
    for status in statuses:
        if status.state in ("failed", "stalled"):
            where = f" on {status.host}" if status.host else ""
            line = f"{status.experiment} {status.label} {status.state}{where}"
            found.append((status.state, f"{line}: {status.message}" if status.message else line))
    return found


def summary(statuses: Sequence[TrainingStatus]) -> str:
    """One line: networks by state, trials per second together, and when the last one will be done."""
    counts = {state: sum(status.state == state for status in statuses) for state in _STATES}
    going = [status for status in statuses if status.state == "running"]
    parts = [f"{len(statuses)} networks", *(f"{n} {state}" for state, n in counts.items() if n)]
    if going:
        parts.append(f"{_count(sum(status.trials_per_s for status in going))} trials/s")
        times = [status.eta_s for status in going if status.eta_s is not None]
        parts += [f"the running ones done in {duration(max(times))}"] if times else []
    return ", ".join(parts)


def _view(folder: Path, stalled_after: float, width: int, height: int | None = None) -> Group:
    """Summary, complaints and table; if that is higher than the screen, what needs attention comes first."""
    from rich.console import Group
    from rich.text import Text

    statuses = read_all(folder, stalled_after=stalled_after)
    if not statuses:
        return Group(Text(f"{folder}: no training has written to {folder / 'progress'} yet"))
    wrong = complaints(statuses)
    if height is not None and len(statuses) + len(wrong) + 4 > height:
        statuses.sort(key=lambda status: _STATES.index(status.state) if status.state in _STATES else -1)
    notes = [Text(line, style=_COLOURS[state]) for state, line in wrong]
    return Group(Text(summary(statuses), style="bold"), *notes, Text(""), table(statuses, width=width))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status (1 where the folder is missing or config.yaml is wrong)."""
    from replicortex.config import ConfigError, load_config
    from replicortex.config.overlay import add_configfile

    parser = argparse.ArgumentParser(
        prog="replicortex progress", description="Table of all trainings of a results folder."
    )
    parser.add_argument(
        "folder", type=Path, nargs="?", help="results folder of a scale (default: that of ./config.yaml)"
    )
    parser.add_argument("--scale", help="with the folder of ./config.yaml: another scale than it names")
    parser.add_argument("--watch", action="store_true", help="redraw until interrupted")
    parser.add_argument("--interval", type=float, default=5.0, help="seconds between redraws (default %(default)g)")
    parser.add_argument("--stalled-after", type=float, default=STALLED_AFTER, metavar="SECONDS",
                        help="call a job without news for so long stalled (default %(default)g)")  # fmt: skip
    add_configfile(parser)
    options = parser.parse_args(arguments)
    if not options.interval > 0:
        parser.error(f"--interval {options.interval:g} is out of range; allowed: more than 0 seconds")
    if options.folder is not None and (options.scale is not None or options.configfile):
        name = "--scale" if options.scale is not None else "--configfile"
        parser.error(f"{name} cannot go with a folder, which belongs to one scale; give one of the two")
    try:
        if (folder := options.folder) is None:
            folder = load_config(scale=options.scale, overlays=options.configfile).folder
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    if not options.watch and not folder.is_dir():
        print(f"{folder}: no such folder; give one such as results/laptop", file=sys.stderr)
        return 1
    from rich.console import Console
    from rich.live import Live

    console = Console()
    if not options.watch:
        console.print(_view(folder, options.stalled_after, console.width))
        return 0
    try:
        with Live(console=console, auto_refresh=False) as live:
            while True:
                view = _view(folder, options.stalled_after, console.width, console.height)
                live.update(view, refresh=True)
                time.sleep(options.interval)
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    raise SystemExit(main())
