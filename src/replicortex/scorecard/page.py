"""The scorecard as one HTML file: every claim beside the figure that shows it."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

import pandas as pd

from replicortex.scorecard.claims import Claim
from replicortex.scorecard.render import SIGNS, interval, tally
from replicortex.scorecard.tables import check_columns

COLUMNS = tuple(
    "id panel statement statistic value low high n n_of threshold threshold_by verdict reason detail scale".split()
)

_BY = {"paper": "the paper", "ours": "us"}
# Readable on a phone (one column) and beside a paper (two); colours of Okabe & Ito, each beside a sign and a word.
_STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 76rem; padding: 1rem; color: #222; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.05rem; margin: 0 0 .3rem; }
nav a { margin-right: .5rem; white-space: nowrap; }
article { border-top: 1px solid #ccc; padding: 1rem 0; display: grid; gap: 1rem; }
@media (min-width: 52rem) { article { grid-template-columns: 26rem 1fr; } }
dl { display: grid; grid-template-columns: 7rem 1fr; gap: .15rem .6rem; margin: .5rem 0 0; font-size: .9rem; }
dt { color: #555; } dd { margin: 0; }
.verdict { font-weight: 600; } .replicated { color: #0072B2; } .not-replicated { color: #B34700; }
.inconclusive { color: #8A6D00; } .not-testable, .smoke { color: #555; }
figure { margin: 0; } figcaption { font-size: .85rem; color: #555; }
img { max-width: 100%; height: auto; border: 1px solid #ddd; }
"""


def figures_of(panel: str) -> tuple[str, ...]:
    """Names of the figures that a claim's panel stands in, e.g. "2c, S4" -> ("fig2", "figS4"); none for a text.

    >>> figures_of("2c, S4"), figures_of("7d"), figures_of("Methods")
    (('fig2', 'figS4'), ('fig7',), ())
    >>> figures_of("force_fig2 a, force_figS2")
    ('force_fig2', 'force_figS2')
    """
    if named := re.findall(r"\b(?:force|primer)_\w+", panel):
        return tuple(dict.fromkeys(named))
    return tuple(dict.fromkeys(f"fig{number}" for number in re.findall(r"(?<![A-Za-z])S?\d+", panel)))


def to_html(scorecard: pd.DataFrame, figures: Mapping[str, Path], claims: Iterable[Claim] = ()) -> str:
    """One self-contained page: each claim with number, interval, limit and verdict beside its figures.

    Parameters
    ----------
    scorecard
        Rows of `evaluate`, of one scale.
    figures
        Name -> PNG; each is embedded once, beside the first claim that it belongs to, and linked from the others.
    claims
        Tell why each limit stands where it does.

    Raises
    ------
    ValueError
        A column is missing.
    OSError
        A PNG cannot be read.
    """
    check_columns(scorecard, "scorecard", COLUMNS)
    why = {claim.id: claim.why for claim in claims}
    shown: set[str] = set()
    articles = []
    for _, row in scorecard.iterrows():
        names = [name for name in figures_of(str(row["panel"])) if name in figures]
        pictures = [_picture(name, figures[name], str(row["panel"]), new=name not in shown) for name in names]
        shown.update(names)
        articles.append(_article(row, why.get(str(row["id"]), ""), pictures))
    links = " ".join(
        f'<a href="#{_anchor(row["id"])}">{SIGNS[row["verdict"]]} {escape(str(row["id"]))}</a>'
        for _, row in scorecard.iterrows()
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Scorecard</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>Which claims come out again</h1>\n<p>{escape(tally(scorecard))}</p>\n<nav>{links}</nav>\n"
        + "\n".join(articles)
        + "\n</body></html>\n"
    )


def _article(row: pd.Series, why: str, pictures: list[str]) -> str:
    verdict = str(row["verdict"])
    facts = {
        "Value": interval(row) + ("" if row["low"] == row["high"] else " (95 % interval)"),
        "Measured": row["statistic"],
        "Limit": f"{row['threshold']} (set by {_BY[row['threshold_by']]})",
        "Why": why,
        "n": f"{row['n']} {row['n_of']}" if row["n"] else "",
        "Because": row["reason"],
        "Detail": row["detail"],
    }
    told = "".join(
        f"<dt>{name}</dt><dd>{escape(str(text))}</dd>" for name, text in facts.items() if isinstance(text, str) and text
    )
    head = f"{escape(str(row['id']))} · {escape(str(row['panel']))}"
    return (
        f'<article id="{_anchor(row["id"])}"><div><h2>{head}</h2><p>{escape(str(row["statement"]))}</p>'
        f'<p class="verdict {verdict.replace(" ", "-")}">{SIGNS[verdict]} {verdict}</p><dl>{told}</dl></div>'
        f"<div>{''.join(pictures)}</div></article>"
    )


def _picture(name: str, path: Path, panel: str, new: bool) -> str:
    title = "Figure " + name.removeprefix("fig")
    if not new:
        return f'<p><a href="#{name}">{title}</a> (above)</p>'
    alt = f"{title}, panel {escape(panel)} among others"
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    image = f'<img alt="{alt}" src="data:image/png;base64,{data}">'
    return f'<figure id="{name}">{image}<figcaption>{title}</figcaption></figure>'


def _anchor(claim: object) -> str:
    return "claim-" + re.sub(r"[^A-Za-z0-9-]", "-", str(claim))
