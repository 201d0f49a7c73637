"""The scorecard as a page: claim, number with interval against its threshold, n and verdict."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from replicortex.pipeline.tables import SCORECARD, check_columns
from replicortex.report import style
from replicortex.report.render import SIGNS, number, tally
from replicortex.report.style import SMALL, Setting, place

# Okabe & Ito; the sign and the word tell the same as the colour
COLOURS = {
    "replicated": "#0072B2",
    "not replicated": "#D55E00",
    "inconclusive": "#8A6D00",
    "not testable": "0.45",
    "not testable yet": "0.45",
    "smoke": "0.45",
}
_LEFT = {"id": 0.08, "statement": 0.7, "plot": 3.0, "value": 4.7, "n": 5.66, "verdict": 6.12}  # inches
_TITLES = {
    "id": "Row",
    "statement": "Claim of the paper, in our words",
    "plot": "Estimate, 95 % interval, limit",
    "value": "Value",
    "n": "n",
    "verdict": "Verdict",
}
_PLOT_WIDTH = 1.5
_FOOTER = 140  # characters of the footer per line
_SUMMARY = 150  # characters of the counts per line
_WRAP = 47  # characters of a statement per line
_TOP, _ROW, _LINE = 0.78, 0.47, 0.115  # inches: first row, least height of a row, a line of type


@style.styled
def scorecard_figure(scorecard: pd.DataFrame, setting: Setting | None = None) -> Figure:
    """Draw the scorecard, one row per claim.

    Each row has an axis of its own: the point is the estimate, the bar its 95 % interval, the shaded side of
    the dashed line is where the paper's claim holds.

    Parameters
    ----------
    scorecard
        The rows of `replicortex.scorecard.evaluate`, of one scale.
    setting
        Printed in the footer; without it the footer tells scale and n only.

    Raises
    ------
    ValueError
        No rows, rows of several scales, a missing column, or an unknown verdict.
    """
    rows = _checked(scorecard)
    scale = str(rows[0]["scale"])
    lines = [textwrap.wrap(row["statement"], _WRAP) for row in rows]
    heights = [max(_ROW, 0.14 + _LINE * (len(text) + 1)) for text in lines]
    total = _TOP + sum(heights) + 0.42
    known = setting or Setting(scale=scale, experiment="", schedule="", units=0)
    figure = style.page("Scorecard  Which claims come out again", total, known, _footer(rows, setting))
    _head(figure, tally(scorecard))
    top = _TOP
    for i, (row, text, height) in enumerate(zip(rows, lines, heights, strict=True)):
        if i % 2 == 0:
            _band(figure, top, height)
        _words(figure, row, text, top)
        _apart(figure, row, top)
        _estimate(figure, row, top)
        top += height
    return figure


def _checked(scorecard: pd.DataFrame) -> list[pd.Series]:
    check_columns(scorecard, SCORECARD)
    if scorecard.empty:
        raise ValueError("scorecard: no rows; evaluate at least one claim")
    scales = sorted(scorecard["scale"].unique())
    if len(scales) > 1:
        raise ValueError(f"scorecard: rows of several scales ({', '.join(scales)}); draw each on a page of its own")
    unknown = sorted(set(scorecard["verdict"]) - set(COLOURS))
    if unknown:
        raise ValueError(f"scorecard: verdict {unknown[0]!r} is not one of {', '.join(COLOURS)}")
    return [row for _, row in scorecard.iterrows()]


def _footer(rows: list[pd.Series], setting: Setting | None) -> str:
    networks = [int(row["n"]) for row in rows if row["n_of"] == "networks"]
    parts = [f"scale {rows[0]['scale']}", f"n up to {max(networks, default=0)} networks"]
    reasons = "thresholds: docs/scorecard.md"
    if setting is None:
        return "  |  ".join([*parts, reasons])
    if not setting.each:
        told = [setting.experiment, f"{setting.units} units", f"schedule {setting.schedule}", reasons]
        return setting.with_source([*parts, *told])
    told = [f"{name} ({each.units} units, {each.schedule})" for name, each in setting.each.items()]
    return "\n".join([setting.with_source([*parts, reasons]), *textwrap.wrap(", ".join(told), _FOOTER)])


def _text(figure: Figure, left: float, top: float, text: str, **options: Any) -> None:
    """Text whose upper left corner is `left`, `top` inches from the page's."""
    height = figure.get_size_inches()[1]
    figure.text(left / style.WIDTH, 1 - top / height, text, **{"va": "top", "ha": "left", **options})


def _head(figure: Figure, summary: str) -> None:
    _text(figure, _LEFT["id"], 0.31, "\n".join(textwrap.wrap(summary, _SUMMARY)), color="0.35", fontsize=SMALL)
    for column, title in _TITLES.items():
        _text(figure, _LEFT[column], 0.59, title, fontweight="bold")
    y = 1 - (_TOP - 0.04) / figure.get_size_inches()[1]
    figure.add_artist(Line2D([0, 1], [y, y], color="0.15", lw=0.6))


def _band(figure: Figure, top: float, height: float) -> None:
    """A light stripe behind every other row."""
    total = figure.get_size_inches()[1]
    box = (0, 1 - (top + height) / total)
    figure.add_artist(Rectangle(box, 1, height / total, facecolor="0.96", edgecolor="none", zorder=-1))


def _words(figure: Figure, row: pd.Series, statement: list[str], top: float) -> None:
    """Everything in a row but its axis."""
    colour = COLOURS[row["verdict"]]
    first, second, third = (top + 0.06 + i * (_LINE + 0.01) for i in range(3))
    _text(figure, _LEFT["id"], first, row["id"], fontweight="bold")
    _text(figure, _LEFT["statement"], first, "\n".join(statement), linespacing=1.15)
    below = first + _LINE * len(statement) + 0.02
    _text(figure, _LEFT["statement"], below, f"Panel: {row['panel']}", fontsize=SMALL, color="0.4")
    if np.isfinite(row["value"]):
        _text(figure, _LEFT["value"], first, number(row["value"]), fontweight="bold")
        if row["low"] < row["high"]:  # neither of no width nor missing
            ends = f"[{number(row['low'])}, {number(row['high'])}]"
            _text(figure, _LEFT["value"], second, ends, fontsize=SMALL)
        _text(figure, _LEFT["n"], first, str(row["n"]))
        _text(figure, _LEFT["n"], second, row["n_of"].replace(" per ", "\nper "), fontsize=SMALL, color="0.4")
    claim = f"{row['threshold'].replace('>=', '≥')} ({row['threshold_by']})"
    _text(figure, _LEFT["value"], third, claim, fontsize=SMALL, color="0.4")
    _text(
        figure,
        _LEFT["verdict"],
        first - 0.02,
        SIGNS[row["verdict"]],
        color=colour,
        fontsize=9,
        fontweight="bold",
    )
    _text(
        figure,
        _LEFT["verdict"] + 0.17,
        first,
        row["verdict"].replace(" ", "\n"),
        color=colour,
        fontweight="bold",
    )


def _apart(figure: Figure, row: pd.Series, top: float) -> None:
    """A note below the verdict of rows that are counted apart."""
    if row["by_construction"]:
        below = top + 0.08 + _LINE * len(row["verdict"].split())
        _text(figure, _LEFT["verdict"], below, "by construction", fontsize=SMALL, color="0.4")


def _estimate(figure: Figure, row: pd.Series, top: float) -> None:
    """The row's axis: point, interval, threshold; or the reason why there is none."""
    if not np.isfinite(row["value"]):
        reason = "\n".join(textwrap.wrap(row["reason"], 36)[:3])
        _text(figure, _LEFT["plot"], top + 0.06, reason, color="0.4", fontsize=SMALL)
        return
    _text(figure, _LEFT["plot"], top + 0.03, row["quantity"], fontsize=SMALL, color="0.4")
    ax = place(figure, _LEFT["plot"], top + 0.15, _PLOT_WIDTH, 0.15)
    low, high = _limits(row)
    ax.set(xlim=(low, high), ylim=(-1, 1), yticks=[], facecolor="none")
    ax.spines["left"].set_visible(False)
    ends = np.array([row["threshold_low"], row["threshold_high"]], dtype=float)
    agreed = np.where(np.isfinite(ends), ends, [low, high])
    ax.axvspan(*agreed, color="#009E73", alpha=0.16, lw=0)
    for end in ends[np.isfinite(ends)]:
        ax.axvline(end, color="0.25", lw=0.8, ls=(0, (2, 1.5)))
    colour = COLOURS[row["verdict"]]
    if np.isfinite([row["low"], row["high"]]).all():
        ax.plot([row["low"], row["high"]], [0, 0], color=colour, lw=1.6, clip_on=False)
    ax.plot(row["value"], 0, "o", ms=3.6, color=colour, mec="white", mew=0.5, clip_on=False, zorder=5)
    ax.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))


def _limits(row: pd.Series) -> tuple[float, float]:
    """Axis limits that show estimate, interval and threshold with some room on both sides."""
    numbers = np.array([row[name] for name in ("value", "low", "high", "threshold_low", "threshold_high")], dtype=float)
    numbers = numbers[np.isfinite(numbers)]
    span = float(np.ptp(numbers)) or max(1.0, abs(float(numbers[0])))
    return float(numbers.min()) - 0.15 * span, float(numbers.max()) + 0.15 * span
