"""The scorecard as one HTML file: what it holds as one document, and the template that shows it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
import pandas as pd

from replicortex.pipeline.paper import Paper
from replicortex.pipeline.tables import SCORECARD, VALUES, check_columns
from replicortex.report.claims import Claim
from replicortex.report.intervals import FEWEST
from replicortex.report.page.pictures import picture
from replicortex.report.recipes import Robust, robust
from replicortex.report.render import SIGNS, chance, counted, interval, number, tally

KINDS = {"claims": "claim", "by construction": "by construction", "revised": "revised statistic"}

_BY = {"paper": "the paper", "ours": "us"}
_REST = Paper("other", "Other claims", "")
# First word of a panel of another paper -> the figure here that is about it.
_OTHER_PAPERS = {"Mante": "primer_fixed_points", "2016:": "primer_meta_rl", "2018:": "primer_meta_rl"}
_DIGITS = 9  # of a network's number; more than anybody tells apart


@dataclass(frozen=True)
class About:
    """What the page says of the run beside its claims.

    Attributes
    ----------
    captions : Mapping[str, str]
        Name of a figure -> one line.
    methods : Mapping[str, Sequence[str]]
        Paragraphs by heading, see `replicortex.methods.methods`.
    configuration : str
        The file as it was read.
    settings : Mapping[str, str]
        What was chosen for this run, e.g. scale and version.
    runtimes : pandas.DataFrame or None
        As `replicortex.report.page.runtimes` gives it.
    recipes : pandas.DataFrame or None
        Claims on networks trained in other ways, as `replicortex.report.recipes.to_recipes` gives them.
    """

    captions: Mapping[str, str] = field(default_factory=dict)
    methods: Mapping[str, Sequence[str]] = field(default_factory=dict)
    configuration: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    runtimes: pd.DataFrame | None = None
    recipes: pd.DataFrame | None = None


def to_html(
    scorecard: pd.DataFrame,
    papers: Iterable[tuple[Paper, Sequence[Claim]]],
    figures: Mapping[str, Path] | None = None,
    values: pd.DataFrame | None = None,
    about: About | None = None,
) -> str:
    """The page, one file that loads nothing from elsewhere.

    Without JavaScript it shows every claim; with it claims can be filtered, and networks left out and thresholds moved.

    Parameters
    ----------
    scorecard
        Rows of all papers, with the columns of the scorecard.
    papers
        Each paper with its claims, which say why a threshold is where it is.
    figures
        Name -> PNG; each is embedded once, and linked from the claims about it.
    values
        The number of each network, as `replicortex.report.network_values.network_values` gives it.
    about
        What else to say of the run.

    Raises
    ------
    ValueError
        A column is missing.
    OSError
        A PNG cannot be read.
    """
    home = jinja2.Environment(
        loader=jinja2.PackageLoader("replicortex.report.page"),
        autoescape=lambda name: bool(name) and str(name).endswith(".html.j2"),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return home.get_template("page.html.j2").render(
        document(scorecard, papers, figures or {}, values, about or About())
    )


def document(
    scorecard: pd.DataFrame,
    papers: Iterable[tuple[Paper, Sequence[Claim]]],
    figures: Mapping[str, Path],
    values: pd.DataFrame | None,
    about: About,
) -> dict[str, Any]:
    """All that the page holds, as text, numbers, lists and dicts; parameters and errors as `to_html`."""
    check_columns(scorecard, SCORECARD)
    if values is not None:
        check_columns(values, VALUES)
    card = scorecard.fillna({"written": "", "revises": "", "detail": "", "reason": ""}).reset_index(drop=True)
    of_claim = {claim.id: (paper, claim) for paper, claims in papers for claim in claims}
    kind = {str(id_): KINDS[name] for name, part in counted(card).items() for id_ in part["id"]}
    unknown: tuple[Paper, Claim | None] = (_REST, None)
    held = {} if about.recipes is None else robust(about.recipes)
    rows = []
    for _, told in card.iterrows():
        paper, claim = of_claim.get(str(told["id"]), unknown)
        rows.append(_claim(told, paper, claim, figures) | {"robust": _robust(held.get(str(told["id"])))})
    by_id = {row["id"]: row | {"kind": kind[row["id"]]} for row in rows}
    for row in by_id.values():
        if first := by_id.get(row["revises"]):
            row["first"], first["revised"] = _verdict_of(first), _verdict_of(row)
    parts = {} if values is None else {str(id_): _parts(part) for id_, part in values.groupby("id", sort=False)}
    shown = [each for each in SIGNS if each in set(card["verdict"])]
    # papers with most rows that could be tested first
    tested = Counter(row["paper"] for row in by_id.values() if row["numbers"]["value"] is not None)
    found = sorted(dict.fromkeys(row["paper"] for row in by_id.values()), key=lambda name: -tested[name])
    known = {paper.name: paper for paper, _ in of_claim.values()} | {_REST.name: _REST}
    return {
        "tally": tally(card),
        "chance": chance(card),
        "verdicts": [{"name": name, "sign": SIGNS[name]} for name in shown],
        "kinds": list(KINDS.values()),
        "mixed": card["scale"].nunique() > 1,
        "papers": [_overview(known[name], [r for r in by_id.values() if r["paper"] == name], shown) for name in found],
        "figures": [_figure(name, path, about.captions, by_id.values()) for name, path in figures.items()],
        "data": {row["id"]: row["numbers"] | {"parts": parts.get(row["id"], [])} for row in by_id.values()},
        "about": about,
        "runtimes": _runtimes(about.runtimes),
    }


def figures_of(panel: str) -> tuple[str, ...]:
    """Names of the figures that a claim's panel stands in, e.g. "2c, S4" -> ("fig2", "figS4"); none for a text.

    Examples
    --------
    >>> figures_of("2c, S4"), figures_of("7d"), figures_of("Methods")
    (('fig2', 'figS4'), ('fig7',), ())
    >>> figures_of("force_fig2 a, force_figS2"), figures_of("Mante 5")
    (('force_fig2', 'force_figS2'), ('primer_fixed_points',))
    """
    if (shown := _OTHER_PAPERS.get(panel.split(" ", 1)[0])) is not None:
        return (shown,)
    if named := re.findall(r"\b(?:force|primer)_\w+", panel):
        return tuple(dict.fromkeys(named))
    return tuple(dict.fromkeys(f"fig{number}" for number in re.findall(r"(?<![A-Za-z])S?\d+", panel)))


def without_times(page: str) -> str:
    """A page without the section that says how long things took, the only one that differs between equal runs."""
    return re.sub(r'<section id="runtimes".*?</section>', "", page, flags=re.DOTALL)


def _overview(paper: Paper, rows: list[dict[str, Any]], verdicts: Sequence[str]) -> dict[str, Any]:
    """A paper with its claims, and how many of each kind have each verdict."""
    counts = []
    for kind in KINDS.values():
        of_kind = [row for row in rows if row["kind"] == kind]
        chosen = {"paper": paper.name, "kind": kind}
        cells = [
            {
                "n": sum(row["verdict"] == name for row in of_kind),
                "verdict": name,
                "query": urlencode({**chosen, "verdict": name}),
            }
            for name in verdicts
        ]
        if of_kind:
            counts.append({"kind": kind, "n": len(of_kind), "query": urlencode(chosen), "cells": cells})
    return {
        "name": paper.name,
        "title": paper.title,
        "citation": paper.citation,
        "doi": paper.doi,
        "counts": counts,
        "claims": rows,
    }


def _claim(row: pd.Series, paper: Paper, claim: Claim | None, figures: Mapping[str, Path]) -> dict[str, Any]:
    texts = {name: str(row[name]) for name in ("id", "panel", "statement", "statistic", "verdict", "reason", "detail")}
    low, high, value, least, most = (
        float(row[name]) if math.isfinite(row[name]) else None
        for name in ("low", "high", "value", "threshold_low", "threshold_high")
    )
    closed = not str(row["threshold"]).startswith(("> ", "< "))
    return {
        **texts,
        "anchor": "claim-" + re.sub(r"[^A-Za-z0-9-]", "-", texts["id"]),
        "paper": paper.name,
        "sign": SIGNS[texts["verdict"]],
        "threshold": f"{row['threshold']}, set by {_BY[row['threshold_by']]}",
        "value": "" if value is None else interval(row) + (" (95 % interval)" if row["low"] < row["high"] else ""),
        "n": f"{row['n']} {row['n_of'] if row['n'] > 1 else str(row['n_of']).removesuffix('s')}" if row["n"] else "",
        "distance": _distance(row),
        "needed": _needed(row),
        "reproduced": _reproduced(row),
        "scale": str(row["scale"]),
        "why": claim.why if claim else "",
        "because": claim.because if claim else "",
        "written": str(row["written"]).replace("T", " "),
        "revises": str(row["revises"]),
        "first": None,
        "revised": None,
        "figures": {name: _title(name) for name in figures_of(texts["panel"]) if name in figures},
        "numbers": {
            "value": value,
            "low": low,
            "high": high,
            "quantity": str(row["quantity"]),
            "region": {"low": least, "high": most, "closed": closed},
        },
    }


def _verdict_of(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: row[name] for name in ("id", "anchor", "verdict", "sign", "written", "because", "value")}


def _distance(row: pd.Series) -> str:
    """How far the value is from where the verdict flips."""
    distance, ratio = float(row["distance"]), float(row["in_intervals"])
    if not math.isfinite(distance):
        return ""
    if distance == 0:
        return "none: the value equals its threshold"
    where = f"{number(abs(distance))} {'inside' if distance > 0 else 'outside'} the region that agrees"
    if not math.isfinite(ratio):
        return where
    return f"{where}, {number(ratio)} times half of the interval (decided from 1 on)"


def _reproduced(row: pd.Series) -> str:
    """Whether the authors' number is in the interval."""
    if not math.isfinite(row["published"]):
        return str(row["reproduced"])
    return f"{row['reproduced']}: the authors give {number(row['published'])}"


def _robust(recipes: Robust | None) -> str:
    """In how many recipes a claim holds, with Wilson's interval of the share."""
    if recipes is None:
        return ""
    undecided = f"; open in {recipes.open}" if recipes.open else ""
    if not recipes.decided:
        return f"decided in no recipe{undecided}"
    share = f"share {number(recipes.held / recipes.decided)} [{number(recipes.low)}, {number(recipes.high)}]"
    return f"holds in {recipes.held} of {recipes.decided} recipes that decide it, {share}{undecided}"


def _needed(row: pd.Series) -> str:
    """How many networks just decide the row."""
    needed = float(row["n_needed"])
    if needed == math.inf:
        return "no number decides a value at its threshold"
    if not math.isfinite(needed):
        return ""
    # fewer networks settle nothing, whatever the interval
    least = max(needed, FEWEST) if row["n_of"] == "networks" else needed
    return f"about {least:,.0f} {row['n_of']}; {row['n']:,} were measured"


def _parts(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The parts of one claim, with the networks of each group and their numbers."""
    return [
        {
            "name": str(name),
            "statistic": part["statistic"].iloc[0],
            "bounds": [end if math.isfinite(end) else None for end in part[["bound_low", "bound_high"]].iloc[0]],
            "groups": [
                {
                    "networks": group["network"].astype(str).tolist(),
                    "values": [float(f"{value:.{_DIGITS}g}") for value in group["value"]],
                }
                for _, group in part.groupby("group")
            ],
        }
        for name, part in rows.groupby("part", sort=False)
    ]


def _title(name: str) -> str:
    return "Figure " + name.removeprefix("fig")


def _figure(name: str, path: Path, captions: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    title = _title(name)
    claims = [{"id": row["id"], "anchor": row["anchor"]} for row in rows if name in row["figures"]]
    return {
        "name": name,
        "title": title,
        "caption": captions.get(name) or title,
        "claims": claims,
        **picture(path)._asdict(),
    }


def _runtimes(table: pd.DataFrame | None) -> dict[str, Any] | None:
    """Header and rows of the times as text."""
    if table is None or table.empty:
        return None
    return {
        "header": list(table.columns),
        "rows": [[str(step), *map(_cell, values)] for step, *values in table.itertuples(index=False)],
    }


def _cell(value: float) -> str:
    return str(value) if isinstance(value, int) else number(value) if value < 100 else f"{value:.0f}"
