"""The start page of a run as one HTML file: every claim beside the figure that shows it, and how all was made."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import pandas as pd

from replicortex.pipeline.tables import SCORECARD, check_columns
from replicortex.report.claims import Claim
from replicortex.report.intervals import FEWEST
from replicortex.report.render import SIGNS, chance, interval, number, tally
from replicortex.scorecard.page_parts import SCRIPT, STYLE

_BY = {"paper": "the paper", "ours": "us"}
_WINGS = {"force": "Spiking networks (Nicola & Clopath 2017)", "primer": "Primer"}
# First word of a panel of another paper -> the figure here that is about it.
_OTHER_PAPERS = {"Mante": "primer_fixed_points", "2016:": "primer_meta_rl", "2018:": "primer_meta_rl"}
_MULTITASK = "Twenty tasks (Yang et al. 2019)"


@dataclass(frozen=True)
class About:
    """What the page tells of the run beside its claims.

    Attributes
    ----------
    captions : Mapping[str, str]
        Name of a figure -> one line.
    methods : Mapping[str, Sequence[str]]
        Paragraphs by wing, see :func:`replicortex.methods.methods`.
    configuration : str
        The file as it was read.
    settings : Mapping[str, str]
        What was chosen for this run, e.g. scale and version.
    runtimes : pandas.DataFrame or None
        As :func:`replicortex.scorecard.runtimes.runtimes` gives it.
    """

    captions: Mapping[str, str] = field(default_factory=dict)
    methods: Mapping[str, Sequence[str]] = field(default_factory=dict)
    configuration: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    runtimes: pd.DataFrame | None = None


def figures_of(panel: str) -> tuple[str, ...]:
    """Names of the figures that a claim's panel stands in, e.g. "2c, S4" -> ("fig2", "figS4"); none for a text.

    >>> figures_of("2c, S4"), figures_of("7d"), figures_of("Methods")
    (('fig2', 'figS4'), ('fig7',), ())
    >>> figures_of("force_fig2 a, force_figS2")
    ('force_fig2', 'force_figS2')
    >>> figures_of("Mante 5")
    ('primer_fixed_points',)
    """
    if (shown := _OTHER_PAPERS.get(panel.split(" ", 1)[0])) is not None:
        return (shown,)
    if named := re.findall(r"\b(?:force|primer)_\w+", panel):
        return tuple(dict.fromkeys(named))
    return tuple(dict.fromkeys(f"fig{number}" for number in re.findall(r"(?<![A-Za-z])S?\d+", panel)))


def to_html(
    scorecard: pd.DataFrame, figures: Mapping[str, Path], claims: Iterable[Claim] = (), about: About | None = None
) -> str:
    """The start page of a run, one self-contained file: claims beside their figures, methods, settings, what it took.

    It can be filtered by wing, verdict and words where JavaScript runs, and shows everything where it does not.

    Parameters
    ----------
    scorecard
        Rows of `evaluate`, of one scale.
    figures
        Name -> PNG; each is embedded once, beside the first claim that it belongs to, and linked from the others.
        Those that belong to no claim stand below the claims.
    claims
        Tell why each limit stands where it does.
    about
        What else to tell of the run.

    Raises
    ------
    ValueError
        A column is missing.
    OSError
        A PNG cannot be read.
    """
    check_columns(scorecard, SCORECARD)
    run = about or About()
    scorecard = scorecard.fillna({"written": "", "revises": ""})  # what a CSV makes of nothing
    known = {claim.id: claim for claim in claims}
    shown: set[str] = set()
    articles, entries = [], []
    for _, row in scorecard.iterrows():
        names = [name for name in figures_of(str(row["panel"])) if name in figures]
        pictures = [
            _picture(name, figures[name], f"panel {row['panel']}", run.captions) if name not in shown else _link(name)
            for name in names
        ]
        shown.update(names)
        articles.append(_article(row, known.get(str(row["id"])), pictures))
        entries.append(_entry(str(row["id"]), str(row["verdict"])))
    others = [_picture(name, path, "", run.captions) for name, path in figures.items() if name not in shown]
    index = f'<nav aria-label="Claims"><ul>{"".join(entries)}</ul></nav>'
    parts = {
        "claims": ("Claims", "\n".join([_filters(scorecard), index, *articles])),
        "figures": ("Other figures", "\n".join(others)),
        "methods": ("Methods", _methods(run.methods)),
        "configuration": ("Configuration", _configuration(run)),
        "runtimes": ("What it took", _runtimes(run.runtimes)),
    }
    there = {name: part for name, part in parts.items() if part[1]}
    contents = "".join(f'<li><a href="#{name}">{title}</a></li>' for name, (title, _) in there.items())
    sections = "\n".join(
        f'<section id="{name}" aria-labelledby="{name}-title"><h2 id="{name}-title">{title}</h2>\n{text}\n</section>'
        for name, (title, text) in there.items()
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Scorecard</title><style>{STYLE}</style></head><body>\n"
        '<a class="skip" href="#claims">To the claims</a>\n'
        f"<header><h1>Which claims come out again</h1>\n<p>{escape(tally(scorecard))}</p>\n"
        f"<p>{escape(chance(scorecard))}</p>\n"
        f'<nav aria-label="Contents"><ul>{contents}</ul></nav></header>\n<main>\n{sections}\n</main>\n'
        f"<script>{SCRIPT}</script></body></html>\n"
    )


def wing(panel: str) -> str:
    """The body of work that a panel belongs to.

    >>> wing("2c, S4"), wing("primer_grid b")
    ('Twenty tasks (Yang et al. 2019)', 'Primer')
    """
    name = next(iter(figures_of(panel)), "")
    return _WINGS.get(name.split("_", 1)[0], _MULTITASK)


def without_times(page: str) -> str:
    """A page without the section that tells how long things took, the only one that differs between equal runs."""
    return re.sub(r'<section id="runtimes".*?</section>', "", page, flags=re.DOTALL)


def _entry(claim: str, verdict: str) -> str:
    label = f"{escape(claim)}, {verdict}"
    return f'<li><a href="#{_anchor(claim)}" aria-label="{label}">{_sign(verdict)} {escape(claim)}</a></li>'


def _sign(verdict: str) -> str:
    return f'<span aria-hidden="true">{SIGNS[verdict]}</span>'


def _filters(scorecard: pd.DataFrame) -> str:
    wings = dict.fromkeys(wing(str(panel)) for panel in scorecard["panel"])
    verdicts = [verdict for verdict in SIGNS if verdict in set(scorecard["verdict"])]
    return (
        '<form id="filters" role="search" aria-label="Filter the claims" hidden>'
        f"{_choice('wing', 'Body of work', wings)}{_choice('verdict', 'Verdict', verdicts)}"
        '<label>Words <input type="search" name="text" autocomplete="off"></label>'
        '<button type="reset">Show all</button><span id="count" role="status" aria-live="polite"></span></form>'
    )


def _choice(name: str, title: str, values: Iterable[str]) -> str:
    options = "".join(f'<option value="{escape(value)}">{escape(value)}</option>' for value in values)
    return f'<label>{title} <select name="{name}"><option value="">all</option>{options}</select></label>'


def _methods(methods: Mapping[str, Sequence[str]]) -> str:
    wings = (
        f"<details><summary>{escape(name)} ({len(paragraphs)})</summary>"
        + "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
        + "</details>"
        for name, paragraphs in methods.items()
    )
    return "\n".join(wings)


def _configuration(run: About) -> str:
    chosen = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in run.settings.items())
    text = run.configuration and (
        f'<details><summary>The file</summary><pre tabindex="0">{escape(run.configuration)}</pre></details>'
    )
    return (f"<dl>{chosen}</dl>" if chosen else "") + text


def _runtimes(table: pd.DataFrame | None) -> str:
    if table is None or table.empty:
        return ""
    head = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in table.columns)
    rows = "".join(
        f'<tr><th scope="row">{escape(str(step))}</th>{"".join(f"<td>{_cell(value)}</td>" for value in values)}</tr>'
        for step, *values in table.itertuples(index=False)
    )
    told = "Jobs of which there is a record when this page was made, the most expensive steps first."
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="Times"><table><caption>{told}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _cell(value: float) -> str:
    return str(value) if isinstance(value, int) else number(value) if value < 100 else f"{value:.0f}"


def _article(row: pd.Series, claim: Claim | None, pictures: list[str]) -> str:
    verdict = str(row["verdict"])
    facts = {
        "Value": _value(row),
        "Measured": row["statistic"],
        "Limit": f"{row['threshold']} (set by {_BY[row['threshold_by']]})",
        "Why": claim.why if claim else "",
        "Firmness": _firmness(row),
        "Written": f"{row['written'].replace('T', ' ')} UTC" if row["written"] else "",
        "Replaces": f"the statistic of {row['revises']}, which keeps its verdict" if row["revises"] else "",
        "Replaced because": claim.because if claim else "",
        "By construction": "holds for any network of this program; counted apart" if row["by_construction"] else "",
        "n": f"{row['n']} {row['n_of']}" if row["n"] else "",
        "Because": row["reason"],
        "Detail": row["detail"],
    }
    told = "".join(
        f"<dt>{name}</dt><dd>{escape(str(text))}</dd>" for name, text in facts.items() if isinstance(text, str) and text
    )
    head = f"{escape(str(row['id']))} · {escape(str(row['panel']))}"
    return (
        f'<article id="{_anchor(row["id"])}" data-wing="{escape(wing(str(row["panel"])))}" data-verdict="{verdict}">'
        f"<div><h3>{head}</h3><p>{escape(str(row['statement']))}</p>"
        f'<p class="verdict {verdict.replace(" ", "-")}">{_sign(verdict)} {verdict}</p>'
        f"<dl>{told}</dl></div>"
        f"<div>{''.join(pictures)}</div></article>"
    )


def _value(row: pd.Series) -> str:
    """Value and interval; nothing for a row that could not be tested."""
    if not math.isfinite(row["value"]):
        return ""
    return interval(row) + (" (95 % interval)" if row["low"] < row["high"] else "")


def _firmness(row: pd.Series) -> str:
    """How far the value is from where the verdict flips, and how many networks that takes."""
    distance, ratio, needed = (float(row[name]) for name in ("distance", "in_intervals", "n_needed"))
    if not math.isfinite(distance):
        return ""
    told = f"{number(abs(distance))} {'inside' if distance >= 0 else 'outside'} the limit"
    if math.isfinite(ratio):
        told += f", {number(ratio)} times half of the interval"
    if math.isfinite(needed):
        # fewer networks settle nothing, whatever the interval
        needed = max(needed, FEWEST) if row["n_of"] == "networks" else needed
        told += f"; decided from about {needed:,.0f} {row['n_of']} on"
    return told + ("; no number decides a value at the limit" if needed == math.inf else "")


def _title(name: str) -> str:
    return "Figure " + name.removeprefix("fig")


def _link(name: str) -> str:
    return f'<p><a href="#{name}">{_title(name)}</a> (above)</p>'


def _picture(name: str, path: Path, panel: str, captions: Mapping[str, str]) -> str:
    caption = captions.get(name) or _title(name)
    alt = f"{caption.rstrip('.')}; the claim is about {panel}" if panel else caption
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    image = f'<img alt="{escape(alt)}" src="data:image/png;base64,{data}">'
    return f'<figure id="{name}">{image}<figcaption>{escape(caption)}</figcaption></figure>'


def _anchor(claim: object) -> str:
    return "claim-" + re.sub(r"[^A-Za-z0-9-]", "-", str(claim))
