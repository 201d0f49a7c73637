"""``python -m replicortex.reproduce FIRST SECOND``: do two checkouts that made the same figures have the same results?

On the same processor, with the same versions and through the same path (compiled kernel or PyTorch) every number is
promised to have the same bits: weights, tables but for seconds, figures. Elsewhere rounding differs and a training
amplifies it; then the intervals that the runs found for each claim have to meet.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from replicortex import records
from replicortex.config import load_config
from replicortex.config.overlay import add_configfile
from replicortex.report.page.document import without_times
from replicortex.tables import read_table

SAME, BUT_TIMES, WITHIN, OTHER = "same bits", "same but for seconds", "within the intervals", "different"
MISSING = "not in the first"
_COLUMNS = (SAME, BUT_TIMES, WITHIN, OTHER, MISSING)
_NOT_RESULTS = {"logs", "benchmarks", "progress", "checkpoints"}
_DETERMINE = ("versions", "path", "device", "gpu", "code")  # in the metadata of weights: what the bits depend on
_TIMES = ("wall_s", "seconds")  # columns of tables that tell how long something took
_KINDS = {".safetensors": "weights", ".parquet": "tables", ".csv": "scorecard", ".md": "scorecard", ".html": "pages",
          ".pdf": "figures (PDF)", ".png": "figures (PNG)"}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One file of both runs.

    Attributes
    ----------
    path : Path
        Below either checkout.
    verdict : str
        One of the columns of the table.
    about : str
        How they differ.
    """

    path: Path
    verdict: str
    about: str = ""

    @property
    def kind(self) -> str:
        """The line of the table it counts in."""
        return _KINDS.get(self.path.suffix, "others")


def products(root: Path, folders: Sequence[Path]) -> list[Path]:
    """Results below a checkout, relative to it: no logs, no checkpoints, no hidden files."""
    found = []
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            inside = path.relative_to(root / folder).parts
            if path.is_file() and path.suffix in _KINDS and inside[0] not in _NOT_RESULTS:
                found += [] if any(part.startswith(".") for part in inside) else [path.relative_to(root)]
    return found


def compare(first: Path, second: Path, folders: Sequence[Path]) -> list[Row]:
    """Every result that the second run made, beside that of the first."""
    return [_row(first / path, second / path, path) for path in products(second, folders)]


def _row(one: Path, other: Path, path: Path) -> Row:
    if not one.is_file():
        return Row(path, MISSING, "the first run has no such file")
    if one.read_bytes() == other.read_bytes():
        return Row(path, SAME)
    judge = _JUDGES.get(path.suffix)
    return judge(one, other, path) if judge else Row(path, OTHER, "other bytes")


def _weights(one: Path, other: Path, path: Path) -> Row:
    from safetensors.numpy import load

    from replicortex.readers.tensors import read_safetensors

    mine, theirs = (read_safetensors(each, load, "run it again")[0] for each in (one, other))
    if mine.keys() != theirs.keys():
        return Row(path, OTHER, "other weights")
    odd = [name for name in mine if mine[name].tobytes() != theirs[name].tobytes()]
    if not odd:
        return Row(path, BUT_TIMES)  # the header tells them
    if any(mine[name].shape != theirs[name].shape for name in odd):
        return Row(path, OTHER, "other shapes")
    return Row(path, OTHER, f"by {max(_distance(mine[name], theirs[name]) for name in odd):.2g} at most ({odd[0]})")


def _table(one: Path, other: Path, path: Path) -> Row:
    mine, theirs = (read_table(each).drop(columns=list(_TIMES), errors="ignore") for each in (one, other))
    if list(mine.columns) != list(theirs.columns) or len(mine) != len(theirs):
        return Row(path, OTHER, "other rows or columns")
    odd = [str(name) for name in mine.columns if not mine[name].equals(theirs[name])]
    if not odd:
        return Row(path, BUT_TIMES)
    numbers = [name for name in odd if pd.api.types.is_float_dtype(mine[name])]
    if numbers != odd:
        return Row(path, OTHER, f"other {', '.join(odd)}")
    return Row(path, OTHER, "; ".join(f"{name} by {_distance(mine[name], theirs[name]):.2g} at most" for name in odd))


def _claims(one: Path, other: Path, path: Path) -> Row:
    mine, theirs = pd.read_csv(one), pd.read_csv(other)
    if not {"id", "low", "high"} <= set(mine.columns) or list(mine["id"]) != list(theirs.get("id", [])):
        return Row(path, OTHER, "other rows or columns")
    low, high, other_low, other_high = (
        card[side].to_numpy(float) for card in (mine, theirs) for side in ("low", "high")
    )
    unlike = np.isnan(low) != np.isnan(other_low)
    apart = list(mine["id"][unlike | (low > other_high) | (other_low > high)])
    return Row(path, OTHER, f"the intervals of {', '.join(apart)} do not meet") if apart else Row(path, WITHIN)


def _page(one: Path, other: Path, path: Path) -> Row:
    mine, theirs = (without_times(each.read_text(encoding="utf-8")) for each in (one, other))
    return Row(path, BUT_TIMES) if mine == theirs else Row(path, OTHER, "other text")


_JUDGES: dict[str, Callable[[Path, Path, Path], Row]] = {
    ".safetensors": _weights, ".parquet": _table, ".csv": _claims, ".html": _page
}  # fmt: skip


def _distance(one: Any, other: Any) -> float:
    difference = np.abs(np.asarray(one, np.float64) - np.asarray(other, np.float64))
    return float(np.nanmax(difference)) if np.isfinite(difference).any() else float("nan")


def differences(first: Path, second: Path, folders: Sequence[Path]) -> list[str]:
    """Why the same bits are not promised: what networks of the two runs were trained with that differs."""
    found: dict[str, None] = {}
    for path in products(second, folders):
        if path.suffix == ".safetensors":
            one, other = (records.network(root / path) or {} for root in (first, second))
            found |= {f"{key} of the trainings": None for key in _DETERMINE if one.get(key) != other.get(key)}
    return list(found)


def report(rows: Sequence[Row], reasons: Sequence[str]) -> Iterator[str]:
    """The table, and what differs, as markdown."""
    yield f"| | files | {' | '.join(_COLUMNS)} |"
    yield f"|---|{'---|' * (len(_COLUMNS) + 1)}"
    for kind in dict.fromkeys([*_KINDS.values(), *(row.kind for row in rows)]):
        verdicts = [row.verdict for row in rows if row.kind == kind]
        if verdicts:
            yield f"| {kind} | {len(verdicts)} | {' | '.join(str(verdicts.count(name)) for name in _COLUMNS)} |"
    yield ""
    for row in rows:
        if row.about:
            yield f"{row.path}: {row.about}"
    if reasons:
        yield f"The same bits are not promised: the runs differ in {', '.join(reasons)}. The claims' intervals count."


def reproduced(rows: Sequence[Row], reasons: Sequence[str]) -> bool:
    """Whether all that was promised holds."""
    if not reasons:
        return bool(rows) and all(row.verdict in (SAME, BUT_TIMES) for row in rows)
    claims = [row for row in rows if row.path.name == "scorecard.csv"]
    return bool(claims) and all(row.verdict in (SAME, WITHIN) for row in claims)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns 1 where something that is promised does not hold."""
    parser = argparse.ArgumentParser(prog="replicortex reproduce", description=__doc__)
    parser.add_argument("first", type=Path, help="a checkout with results")
    parser.add_argument("second", type=Path, help="another, in which they were made again")
    parser.add_argument("--scale", help="smoke, laptop or paper (default: as config.yaml says)")
    add_configfile(parser)
    options = parser.parse_args(arguments)
    try:
        study = load_config(options.first / "config.yaml", scale=options.scale, overlays=options.configfile)
        folders = (study.folder, study.figures)
        rows = compare(options.first, options.second, folders)
        reasons = differences(options.first, options.second, folders)
    except (ValueError, OSError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    for line in report(rows, reasons):
        print(line)
    held = reproduced(rows, reasons)
    print("Reproduced." if held else "Not reproduced.")
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
