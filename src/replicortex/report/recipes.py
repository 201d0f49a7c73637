"""In which recipes does a claim hold? The claims about a paper's main population, judged on others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from replicortex.pipeline.tables import RECIPES
from replicortex.report.certainty import certainty
from replicortex.report.claims import Claim, Tables
from replicortex.report.evaluation import judge_all
from replicortex.report.rows import all_claims


def about(claims: Iterable[Claim], paper: str, main: str) -> list[Claim]:
    """Claims on trained networks of a paper's main population, and on no table of another one.

    Those that hold by construction hold in every recipe.
    """
    return [
        claim
        for claim in claims
        if (claim.paper, claim.experiment) == (paper, main)
        and claim.listed_in
        and not claim.by_construction
        and {experiment for experiment, _ in map(claim.table, claim.reads())} == {main}
    ]


def judge_recipes(
    tables: Tables, recipes: Mapping[str, Sequence[str]], *, scale: str, claims: Iterable[Claim] | None = None
) -> pd.DataFrame:
    """Judge every claim about a paper's main population on each of its recipes.

    A statistic that was written after networks had been looked at counts only for recipes that were trained later, as
    in the scorecard.

    Parameters
    ----------
    tables
        By "experiment/name".
    recipes
        Paper -> experiments, its main population first.
    scale
        As `evaluation.evaluate`.
    claims
        Those of all papers by default.

    Returns
    -------
    DataFrame
        A row for each claim and recipe, with the columns of `pipeline.tables.RECIPES`.

    Raises
    ------
    ValueError
        As `evaluation.evaluate`.
    """
    known = tuple(all_claims() if claims is None else claims)
    rows = [
        row
        for paper, (main, *others) in recipes.items()
        for recipe in (main, *others)
        for row in _rows(about(known, paper, main), recipe, tables, scale)
    ]
    return pd.DataFrame(rows, columns=list(RECIPES.columns))


def _rows(claims: Iterable[Claim], recipe: str, tables: Tables, scale: str) -> Iterable[dict[str, object]]:
    theirs = [replace(claim, experiment=recipe) for claim in claims]
    for each in judge_all(tables, scale=scale, claims=theirs):
        claim, estimate = each.claim, each.estimate
        yield {
            "id": claim.id,
            "panel": claim.panel,
            "quantity": claim.quantity,
            "recipe": recipe,
            "value": estimate.value,
            "low": estimate.low,
            "high": estimate.high,
            "n": estimate.n,
            "n_of": estimate.of,
            "threshold": str(claim.threshold),
            "verdict": each.verdict,
            "reason": each.reason,
            "distance": certainty(claim.threshold, estimate).distance,
            "scale": scale,
        }
