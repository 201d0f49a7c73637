"""The scorecard as text: markdown for pages, CSV for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from replicortex.report.certainty import false_verdicts
from replicortex.report.claims import (
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

_PLAIN = 1e6  # below it numbers are written without an exponent
_ROUNDING = 1e-12  # what sums of numbers around 1 leave where they cancel


def number(value: float) -> str:
    """Three significant digits, or a dash.

    Examples
    --------
    >>> number(0.12345), number(1168.3), number(0.3 - 0.2 - 0.1), number(float("nan"))
    ('0.123', '1170', '0', '–')
    """
    if not np.isfinite(value):
        return "–"
    if abs(value) <= _ROUNDING:
        return "0"
    text = f"{value:.3g}"
    return f"{float(text):.0f}" if "e+0" in text and abs(value) < _PLAIN else text


def interval(row: pd.Series) -> str:
    """Value and interval of a scorecard row, e.g. "0.951 [0.93, 0.962]"."""
    if not np.isfinite(row["value"]):
        return "–"
    if row["low"] < row["high"]:
        return f"{number(row['value'])} [{number(row['low'])}, {number(row['high'])}]"
    return number(row["value"])  # no interval: of no width, or too few networks for one


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
    told = " ".join(part for part in (tally(scorecard), chance(scorecard)) if part)
    return f"{_table(header, rows)}\n{told}\n"


def _verdict(row: pd.Series) -> str:
    because = f": {row['reason']}" if row["verdict"] in (NOT_TESTABLE, NOT_YET) else ""
    apart = " (by construction)" if row["by_construction"] else ""
    return f"{SIGNS[row['verdict']]} {row['verdict']}{apart}{because}"


def counted(scorecard: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The rows by how they count: "claims", those that hold "by construction", and "revised" statistics.

    A claim counts once, by its first statistic, as long as networks for the revised one are wanting or not.
    """
    apart, revised = scorecard["by_construction"].astype(bool), scorecard["revises"].fillna("").astype(str) != ""
    return {"claims": scorecard[~apart & ~revised], "by construction": scorecard[apart], "revised": scorecard[revised]}


def verdicts_of(scorecard: pd.DataFrame) -> str:
    """How many rows have each verdict, e.g. "3 replicated, 1 inconclusive"."""
    counts = scorecard["verdict"].value_counts()
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in SIGNS if verdict in counts)


def tally(scorecard: pd.DataFrame) -> str:
    """How many claims have each verdict, the scale, and what is counted apart."""
    rows = counted(scorecard)
    claims, apart, revised = rows["claims"], rows["by construction"], rows["revised"]
    told = f"{len(claims)} claims: {verdicts_of(claims)} (scale: {', '.join(scorecard['scale'].unique())})."
    if len(apart):
        told += f" {len(apart)} more hold by construction: {verdicts_of(apart)}."
    if len(revised):
        told += f" {len(revised)} revised statistics: {verdicts_of(revised)}."
    return told


def verdicts_markdown(scorecard: pd.DataFrame) -> str:
    """The rows by verdict as lists: claims, and below them what is counted apart."""
    rows = counted(scorecard)
    lines = []
    for name, title in (
        ("claims", "{n} claims"),
        ("by construction", "{n} rows hold by construction, whatever is trained"),
        ("revised", "{n} revised statistics, judged on networks trained after they were written"),
    ):
        part = rows[name]
        lines += [f"{title.format(n=len(part))}:", ""]
        for verdict in SIGNS:
            ids = part.loc[part["verdict"] == verdict, "id"]
            if len(ids):
                lines.append(f"- **{verdict}**, {len(ids)}: {', '.join(ids)}")
        lines.append("")
    return "\n".join(lines)


def chance(scorecard: pd.DataFrame) -> str:
    """How many verdicts chance alone would make wrong; "" if none is decided."""
    wrong = false_verdicts(scorecard)
    if not wrong.decided:
        return ""
    return (
        f"Of {wrong.decided} decided rows chance would decide at most {wrong.at_most:.1f} wrongly (one end of a 95 % "
        f"interval each, every true value at its limit), and {wrong.expected:.1f} at the distances measured."
    )


def claims_markdown(claims: Iterable[Claim]) -> str:
    """The claims before any result: what is said, how it is measured, the threshold, who set it and why."""
    header = ("id", "panel", "statement", "statistic", "threshold", "set by", "why")
    rows = ((c.id, c.panel, c.statement, c.measure, str(c.threshold), c.threshold_by, _why(c)) for c in claims)
    return _table(header, rows)


def _why(claim: Claim) -> str:
    """Why the threshold is as it is, and what is to be known of the row."""
    return f"By construction. {claim.why}" if claim.by_construction else claim.why


def changes_markdown(claims: Iterable[Claim]) -> str:
    """The statistics that replace others, and the rows added later: when, what and why."""
    header = ("date (UTC)", "row", "change", "reason")
    rows = (
        (
            c.written.replace("T", " "),
            c.id,
            f"revises {c.revises}: {c.quantity}, {c.threshold}" if c.revises else f"added: {c.quantity}, {c.threshold}",
            c.because or "A statement of the paper that had no row.",
        )
        for c in claims
        if c.written
    )
    return _table(header, rows)


def write_csv(scorecard: pd.DataFrame, path: str | Path) -> Path:
    """Write the scorecard with six significant digits; returns the path."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    scorecard.to_csv(target, index=False, float_format="%.6g")
    return target
