"""Supplementary figure: how many networks each claim needs, by judging it on parts of the population."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import EngFormatter, MaxNLocator, StrMethodFormatter

from replicortex.pipeline.tables import SAMPLE_SIZE, check_columns
from replicortex.report import style
from replicortex.report.figures.scorecard import COLOURS
from replicortex.report.render import SIGNS
from replicortex.report.style import SMALL, Setting, place

VERDICTS = ("replicated", "inconclusive", "not replicated")  # from the bottom of a panel
SETTLED = 0.8  # of the parts agree with the whole
_TOP, _ROW = 0.98, 0.42  # inches
_HALF = 3.5  # inches: claims stand in two columns
_AT = {"id": 0.08, "verdict": 1.32, "width": 2.3, "from": 3.02}
_PANEL = (0.75, 0.22)  # inches
_WRAP = 23
_ROUNDING = 1e-9  # widths that are no more than errors of rounding


@style.styled
def samples_figure(samples: pd.DataFrame, setting: Setting) -> Figure:
    """Draw, for each claim, the verdicts and the interval's width against the number of networks.

    Parameters
    ----------
    samples
        What `replicortex.report.sample_size` returns, of one scale.
    setting
        Printed in the footer.

    Raises
    ------
    ValueError
        A column is missing, or rows of several scales.
    """
    check_columns(samples, SAMPLE_SIZE)
    if samples["scale"].nunique() > 1:
        raise ValueError("figS_samples: rows of several scales; draw each on a page of its own")
    claims = [rows.sort_values("n") for _, rows in samples.groupby("id", sort=False)]
    half = max(1, int(np.ceil(len(claims) / 2)))
    largest = int(samples["whole_n"].max()) if claims else 2
    footer = setting.with_source([f"scale {setting.scale}", f"up to {largest} networks", "docs/scorecard.md"])
    figure = style.page("Figure S  How many networks a claim needs", _TOP + half * _ROW + 0.3, setting, footer)
    _head(figure, bool(claims))
    for i, rows in enumerate(claims):
        column, row = divmod(i, half)
        _claim(figure, rows, column * _HALF, _TOP + row * _ROW, last=row == half - 1 or i == len(claims) - 1)
    return figure


def _text(figure: Figure, left: float, top: float, text: str, **options: Any) -> None:
    width, height = figure.get_size_inches()
    figure.text(left / width, 1 - top / height, text, **{"va": "top", "ha": "left", "fontsize": SMALL, **options})


def _head(figure: Figure, any_claim: bool) -> None:
    told = (
        "Each claim is judged again on parts of its population with n networks. Left: share of the parts with each "
        "verdict. Right: width of the 95 % interval, median and 10th to 90th percentile of parts. Settled: from here "
        "on at least 80 % of the parts agree with the whole."
    )
    _text(figure, 0.08, 0.32, "\n".join(textwrap.wrap(told, 135)), color="0.35")
    if not any_claim:
        _text(figure, 0.08, 0.75, "No claim could be tested on two networks or more.", fontsize=7)
        return
    handles = [Patch(facecolor=COLOURS[name], label=f"{SIGNS[name]} {name}") for name in VERDICTS]
    figure.legend(
        handles=handles,
        loc="upper left",
        ncols=3,
        bbox_to_anchor=(_AT["id"] / figure.get_figwidth(), 1 - 0.55 / figure.get_figheight()),
        borderaxespad=0,
    )
    for left in (0, _HALF):
        for key, title in (("verdict", "Verdicts"), ("width", "Width"), ("from", "Settled")):
            _text(figure, left + _AT[key], _TOP - 0.2, title, fontweight="bold")


def _claim(figure: Figure, rows: pd.DataFrame, left: float, top: float, last: bool) -> None:
    first = rows.iloc[0]
    _text(figure, left + _AT["id"], top, str(first["id"]), fontweight="bold", fontsize=6.5)
    words = textwrap.wrap(str(first["quantity"]), _WRAP)[:2]
    _text(figure, left + _AT["id"], top + 0.115, "\n".join(words), color="0.4", linespacing=1.0)
    verdicts = place(figure, left + _AT["verdict"], top, *_PANEL)
    _shares(verdicts, rows)
    widths = place(figure, left + _AT["width"], top, _PANEL[0] * 0.85, _PANEL[1])
    _widths(widths, rows)
    for ax in (verdicts, widths):
        _networks(ax, rows, last)
    verdict = str(first["whole_verdict"])
    told = f"{SIGNS[verdict]} {_settled(rows)}"
    _text(figure, left + _AT["from"], top, told, color=COLOURS[verdict], linespacing=1.1)


def _shares(ax: Axes, rows: pd.DataFrame) -> None:
    """A bar of verdicts for each number of networks."""
    bottom = np.zeros(len(rows))
    for name in VERDICTS:
        height = rows[name].to_numpy(float)
        ax.bar(range(len(rows)), height, bottom=bottom, color=COLOURS[name], width=0.9)
        bottom += height
    ax.set_ylim(0, 1)
    ax.set_yticks([0, 1])


def _widths(ax: Axes, rows: pd.DataFrame) -> None:
    x = np.arange(len(rows))
    low, high = (rows[name].to_numpy(float) for name in ("width_low", "width_high"))
    ax.vlines(x, low, high, color="0.75", lw=2.2)
    ax.plot(x, rows["width"], "o-", color="0.2", lw=0.8, ms=1.8, clip_on=False)
    top = float(high[np.isfinite(high)].max(initial=0.0))  # two networks have no interval, hence no width
    ax.set_ylim(0, 1.05 * top if top > _ROUNDING else 1)
    ax.yaxis.set_major_locator(MaxNLocator(1, steps=[1, 2, 5, 10]))
    # "0" and "5k": "0.00" and four digits would reach into the panel on the left
    ax.yaxis.set_major_formatter(EngFormatter(sep="") if top >= 1000 else StrMethodFormatter("{x:g}"))


def _networks(ax: Axes, rows: pd.DataFrame, last: bool) -> None:
    """x axis: a place for each number of networks that was tried; the first, the middle and the last are labelled."""
    ax.set_xlim(-0.6, len(rows) - 0.4)
    shown = sorted({0, (len(rows) - 1) // 2, len(rows) - 1})
    ax.set_xticks(shown, [str(rows["n"].iloc[i]) for i in shown])
    ax.tick_params(axis="x", pad=1, length=0)
    ax.tick_params(axis="y", pad=1, length=1.5)
    if last:
        ax.set_xlabel("Networks", labelpad=0)


def _settled(rows: pd.DataFrame) -> str:
    """The least n from which on at least four in five parts agree with the whole; the whole itself shows nothing."""
    verdict, whole = str(rows["whole_verdict"].iloc[0]), int(rows["whole_n"].iloc[0])
    agree = rows[verdict].to_numpy(float) >= SETTLED
    from_here = np.flatnonzero(np.logical_and.accumulate(agree[::-1])[::-1])
    n = int(rows["n"].iloc[from_here[0]]) if len(from_here) else whole
    if verdict == "inconclusive":
        return f"open at\nn = {whole}"
    return f"from\nn = {n}" if n < whole else f"at n = {n}\nonly"
