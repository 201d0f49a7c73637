"""In which recipes does a claim hold? The claims about a paper's main population, judged on others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import pandas as pd

from replicortex.pipeline.tables import RECIPES
from replicortex.report.certainty import certainty
from replicortex.report.claims import INCONCLUSIVE, NOT_REPLICATED, REPLICATED, Claim, Tables
from replicortex.report.evaluation import Judged, judge_all
from replicortex.report.proportions import wilson
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
) -> dict[str, list[Judged]]:
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
    dict
        Recipe -> what comes of each claim.

    Raises
    ------
    ValueError
        As `evaluation.evaluate`.
    """
    known = tuple(all_claims() if claims is None else claims)
    return {
        recipe: judge_all(
            tables, scale=scale, claims=[replace(each, experiment=recipe) for each in about(known, paper, main)]
        )
        for paper, (main, *others) in recipes.items()
        for recipe in (main, *others)
    }


def to_recipes(judged: Mapping[str, Iterable[Judged]], scale: str) -> pd.DataFrame:
    """A row for each claim and recipe, with the columns of `pipeline.tables.RECIPES`."""
    rows = [_row(recipe, each, scale) for recipe, claims in judged.items() for each in claims]
    return pd.DataFrame(rows, columns=list(RECIPES.columns))


class Robust(NamedTuple):
    """In how many recipes a claim holds.

    held, decided, open : int
        Recipes in which it holds; in which it is decided; in which it has a value and is not decided.
    low, high : float
        Wilson's 95 % interval of held / decided; NaN where none is decided.
    """

    held: int
    decided: int
    open: int
    low: float
    high: float


def robust(recipes: pd.DataFrame) -> dict[str, Robust]:
    """By claim, from what `to_recipes` returns; the recipes are taken as a sample of those there could be."""
    found = {}
    for id_, rows in recipes.groupby("id", sort=False):
        held = int((rows["verdict"] == REPLICATED).sum())
        decided = held + int((rows["verdict"] == NOT_REPLICATED).sum())
        low, high = (float(end) for end in wilson(held, decided))
        found[str(id_)] = Robust(held, decided, int((rows["verdict"] == INCONCLUSIVE).sum()), low, high)
    return found


def _row(recipe: str, judged: Judged, scale: str) -> dict[str, object]:
    claim, estimate = judged.claim, judged.estimate
    return {
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
        "verdict": judged.verdict,
        "reason": judged.reason,
        "distance": certainty(claim.threshold, estimate).distance,
        "scale": scale,
    }
