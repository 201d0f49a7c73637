"""The scorecard as text: markdown for pages, CSV for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from replicortex.scorecard.claims import (
    INCONCLUSIVE,
    NOT_REPLICATED,
    NOT_TESTABLE,
    NOT_YET,
    REPLICATED,
    SMOKE,
    Claim,
)

# a sign beside every verdict, so that nothing hangs on colour
SIGNS = {REPLICATED: "✓", NOT_REPLICATED: "✗", INCONCLUSIVE: "?", NOT_TESTABLE: "–", NOT_YET: "…", SMOKE: "~"}

_ROUNDING = 1e-12  # what sums of numbers around 1 leave where they cancel


def number(value: float) -> str:
    """Three significant digits, or a dash.

    Examples
    --------
    >>> number(0.12345), number(0.3 - 0.2 - 0.1), number(float("nan"))
    ('0.123', '0', '–')
    """
    if not np.isfinite(value):
        return "–"
    return f"{value:.3g}" if abs(value) > _ROUNDING else "0"


def interval(row: pd.Series) -> str:
    """Value and interval of a scorecard row, e.g. "0.951 [0.93, 0.962]"."""
    if not np.isfinite(row["value"]):
        return "–"
    if row["low"] == row["high"]:
        return number(row["value"])
    return f"{number(row['value'])} [{number(row['low'])}, {number(row['high'])}]"


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(header)
    lines = [names, ["---"] * len(names), *(list(row) for row in rows)]
    escaped = ([cell.replace("|", "\\|") for cell in line] for line in lines)
    return "".join(f"| {' | '.join(line)} |\n" for line in escaped)


def to_markdown(scorecard: pd.DataFrame) -> str:
    """A markdown table of claim, value, threshold, n and verdict, and below it the tally with the scale."""
    header = ("id", "panel", "claim", "value [95 % interval]", "threshold", "set by", "n", "verdict")
    rows = (
        (
            row["id"],
            row["panel"],
            row["statement"],
            interval(row),
            row["threshold"],
            row["threshold_by"],
            f"{row['n']} {row['n_of']}" if row["n"] else "–",
            _verdict(row),
        )
        for _, row in scorecard.iterrows()
    )
    return f"{_table(header, rows)}\n{tally(scorecard)}\n"


def _verdict(row: pd.Series) -> str:
    because = f": {row['reason']}" if row["verdict"] in (NOT_TESTABLE, NOT_YET) else ""
    return f"{SIGNS[row['verdict']]} {row['verdict']}{because}"


def tally(scorecard: pd.DataFrame) -> str:
    """One line: how many rows have each verdict, and the scale."""
    counts = scorecard["verdict"].value_counts()
    parts = [f"{counts[verdict]} {verdict}" for verdict in SIGNS if verdict in counts]
    return f"{len(scorecard)} claims: {', '.join(parts)} (scale: {', '.join(scorecard['scale'].unique())})."


def claims_markdown(claims: Iterable[Claim]) -> str:
    """The claims before any result: what is said, how it is measured, the threshold, who set it and why."""
    header = ("id", "panel", "statement", "statistic", "threshold", "set by", "why")
    rows = ((c.id, c.panel, c.statement, c.measure, str(c.threshold), c.threshold_by, c.why) for c in claims)
    return _table(header, rows)


def write_csv(scorecard: pd.DataFrame, path: str | Path) -> Path:
    """Write the scorecard with six significant digits; returns the path."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    scorecard.to_csv(target, index=False, float_format="%.6g")
    return target
