"""Claims against recipes: in which ways of training does each claim hold?"""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from replicortex.pipeline.discovery import papers
from replicortex.pipeline.tables import RECIPE_SHARES, RECIPES, check_columns
from replicortex.report import style
from replicortex.report.claims import NOT_REPLICATED, REPLICATED
from replicortex.report.figures.scorecard import COLOURS
from replicortex.report.style import SMALL, Setting, place

_TOP, _ROW = 0.92, 0.135  # inches: above the names of recipes, a row
_SHARE, _CELL = 0.42, 0.42  # inches: room for the share of recipes, and for a cell at most
_TWO = 6  # recipes that leave room for two columns of claims
_LETTER = 0.042  # inches of a letter, on average
_PALE = 0.25
_FACTOR = 0.26  # inches: the row of a setting
_SHARES = "Which settings do the numbers depend on? A dot for each claim, {} networks; number of levels in brackets"
DECIDED = (REPLICATED, NOT_REPLICATED)


@style.styled
def robustness_figure(recipes: pd.DataFrame, setting: Setting, shares: pd.DataFrame | None = None) -> Figure:
    """Draw each claim's value in every recipe, coloured by verdict, and the share of recipes in which it holds.

    Below it which settings the claims' numbers depend on, where recipes are compared with a base.

    Parameters
    ----------
    recipes
        What `replicortex.report.recipes.to_recipes` returns, of one scale.
    setting
        Printed in the footer.
    shares
        What `replicortex.report.recipe_shares.recipe_shares` returns.

    Raises
    ------
    ValueError
        A column is missing.
    """
    check_columns(recipes, RECIPES)
    if shares is not None:
        check_columns(shares, RECIPE_SHARES)
        shares = shares.dropna(subset="share")
    varied = [] if shares is None else list(dict.fromkeys(shares["factor"]))
    names = list(dict.fromkeys(recipes["recipe"]))
    shown = recipes[recipes.groupby("id")["value"].transform(lambda values: values.notna().any())]
    claims = [rows.set_index("recipe").reindex(names) for _, rows in shown.groupby("id", sort=False)]
    columns = 2 if len(names) <= _TWO else 1
    deep = max(1, int(np.ceil(len(claims) / columns)))
    footer = setting.with_source([f"scale {setting.scale}", f"{len(claims)} claims on {len(names)} recipes"])
    title = "Robustness  In which recipes does each claim hold?"
    headings = _headings(claims, names)
    top = _TOP + max(map(len, headings)) * _LETTER
    below = top + deep * _ROW + 0.35
    figure = style.page(title, below + (len(varied) * _FACTOR + 1.0 if varied else 0), setting, footer)
    _head(figure)
    room = (style.WIDTH - 0.16) / columns
    width = min(len(names) * _CELL, 0.62 * room)
    for column in range(columns):
        part = claims[column * deep : (column + 1) * deep]
        if part:
            left = 0.08 + (column + 1) * room - width - _SHARE
            ax = place(figure, left, top, width, len(part) * _ROW)
            _cells(ax, part, headings, int((room - width - _SHARE) / _LETTER))
    if shares is not None and varied:
        style.letter(figure, "b", 0.08, below + 0.15, _SHARES.format(shares["n"].max()))
        _factors(place(figure, 1.3, below + 0.3, 5.6, len(varied) * _FACTOR), shares, varied)
    return figure


def _factors(ax: Axes, shares: pd.DataFrame, varied: list[str]) -> None:
    """A row for each setting, a dot for each claim; the line is their median."""
    for y, name in enumerate(varied):
        each = shares.loc[shares["factor"] == name, "share"].to_numpy(dtype=float)
        spread = np.linspace(-0.28, 0.28, len(each)) if len(each) > 1 else np.zeros(1)
        ax.plot(np.sort(each), y + spread, ".", color="0.45", ms=3, mew=0)
        ax.plot([np.median(each)] * 2, [y - 0.38, y + 0.38], color=COLOURS[REPLICATED], lw=1.5)
    levels = shares.groupby("factor")["levels"].max()
    ax.set_yticks(range(len(varied)), [f"{name} ({levels[name]})" for name in varied])
    ax.set(ylim=(len(varied) - 0.5, -0.5), xlabel="Share of the variance over networks")
    ax.axvline(0, color="0.6", lw=0.6, ls=":")


def _head(figure: Figure) -> None:
    told = (
        "Rows are claims, columns are ways to train the same network, with the number of networks. A cell holds the "
        "value of the claim's statistic. Full colour: the whole 95 % interval is on one side of the limit. Pale: it is "
        "not, and the colour is the side of the value. Right: in how many of the decided recipes the claim holds."
    )
    width, height = figure.get_size_inches()
    text = "\n".join(textwrap.wrap(told, 135))
    figure.text(0.08 / width, 1 - 0.32 / height, text, va="top", fontsize=SMALL, color="0.35")
    handles = [
        *(Patch(facecolor=COLOURS[verdict], label=verdict) for verdict in DECIDED),
        *(Patch(facecolor=COLOURS[verdict], alpha=_PALE, label=f"open, {verdict} by its value") for verdict in DECIDED),
        Patch(facecolor="0.92", label="no value"),
    ]
    where: Any = {"loc": "upper left", "bbox_to_anchor": (0.08 / width, 1 - 0.68 / height), "borderaxespad": 0}
    figure.legend(handles=handles, ncols=5, columnspacing=1.4, **where)


def _cells(ax: Axes, claims: list[pd.DataFrame], headings: list[str], letters: int) -> None:
    narrow = ax.get_position().width * style.WIDTH / len(headings) < _CELL * 0.7
    for y, rows in enumerate(claims):
        for x, (_, row) in enumerate(rows.iterrows()):
            _cell(ax, x, y, row, narrow)
        held, decided = (int(rows["verdict"].isin(list(words)).sum()) for words in (DECIDED[:1], DECIDED))
        ax.text(len(headings) - 0.4, y, _share(held, decided), va="center", fontsize=SMALL)
    first = [rows.dropna(subset=["id"]).iloc[0] for rows in claims]
    limits = [f"  {row['threshold']}" for row in first]
    words = [
        textwrap.shorten(f"{row['id']}: {row['quantity']}", letters - len(limit), placeholder="...") + limit
        for row, limit in zip(first, limits, strict=True)
    ]
    ax.set_yticks(range(len(claims)), words)
    ax.set_xticks(range(len(headings)), headings, rotation=90)
    ax.xaxis.tick_top()
    ax.tick_params(length=0, pad=2)
    ax.set_xlim(-0.5, len(headings) - 0.5)
    ax.set_ylim(len(claims) - 0.5, -0.5)
    ax.spines[:].set_visible(False)


def _headings(claims: list[pd.DataFrame], names: list[str]) -> list[str]:
    """What is printed above the columns, with the number of networks."""
    known = {name: words for paper in papers().values() for name, words in paper.recipes.items()}
    rows = pd.concat(claims)
    most = rows[rows["n_of"] == "networks"].groupby(level="recipe")["n"].max()
    return [f"{known.get(name, name)} ({most.get(name, 0):g})" for name in names]


def _cell(ax: Axes, x: int, y: int, row: pd.Series, narrow: bool) -> None:
    known = isinstance(row["verdict"], str) and np.isfinite(row["value"])
    colour, alpha, ink = "0.92", 1.0, "0.3"
    if known:
        decided = row["verdict"] in DECIDED
        side = row["verdict"] if decided else DECIDED[int(not row["distance"] >= 0)]
        colour, alpha, ink = COLOURS[side], 1.0 if decided else _PALE, "white" if decided else "0.15"
    ax.add_patch(Rectangle((x - 0.48, y - 0.44), 0.96, 0.88, facecolor=colour, alpha=alpha, lw=0))
    if known:
        ax.text(
            x, y, "" if narrow else f"{round(row['value'], 9):.2g}", ha="center", va="center", color=ink, fontsize=SMALL
        )


def _share(held: int, decided: int) -> str:
    return f"{held} of {decided}" if decided else "open"
