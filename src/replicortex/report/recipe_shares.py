"""How much of a claim's number each setting explains, over networks that were trained by different recipes.

The shares are those of `replicortex.analysis.factors`: an analysis of variance with main effects, type II, adjusted for
the number of levels (epsilon squared), so that a setting without effect has 0 on average.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from replicortex.analysis.factors import shares
from replicortex.config import Study
from replicortex.pipeline.marks import setting
from replicortex.pipeline.paper import Factors
from replicortex.pipeline.tables import RECIPE_SHARES
from replicortex.report.claims import Tables
from replicortex.report.evaluation import Judged
from replicortex.report.recipes import judge_recipes, to_recipes

_NETWORK = ["recipe", "network"]


def judged_and_shared(
    tables: Tables, recipes: Mapping[str, Sequence[str]], study: Study, factors: Mapping[str, Factors]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Judge the claims on every recipe, and say how much of their numbers each setting explains.

    Parameters
    ----------
    tables
        By "experiment/name".
    recipes
        Paper -> experiments, its main population first.
    study
        All experiments.
    factors
        Paper -> what its recipes vary.

    Returns
    -------
    recipes, shares
        Columns as `pipeline.tables.RECIPES` and `RECIPE_SHARES`.

    Raises
    ------
    ValueError
        As `evaluation.evaluate`.
    """
    judged = judge_recipes(tables, recipes, scale=study.scale)
    found = [
        recipe_shares(numbers({each: judged[each] for each in recipes[paper]}, varied.base),
                      levels(study, recipes[paper], varied))
        for paper, varied in factors.items()
    ]  # fmt: skip
    shared = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=list(RECIPE_SHARES.columns))
    return to_recipes(judged, study.scale), shared


def levels(study: Study, recipes: Sequence[str], factors: Factors) -> pd.DataFrame:
    """The settings of the networks that are compared: those with as many units as the base.

    Parameters
    ----------
    study
        The experiments.
    recipes
        Their names; others than these are left out.
    factors
        What is varied.

    Returns
    -------
    DataFrame
        A row for each network with the columns recipe, network and one for each factor, under its words; empty where
        the base has not been trained.
    """
    chosen = recipes if factors.base in recipes else ()
    units = setting(study[factors.base], "network.units") if chosen else 0
    rows = [
        {"recipe": recipe, "network": member.label}
        | {words: str(_value(member.experiment, path)) for path, words in factors.settings.items()}
        for recipe in chosen
        for member in study[recipe].members()
        if member.experiment.network.units == units
    ]
    return pd.DataFrame(rows, columns=[*_NETWORK, *factors.settings.values()])


def _value(experiment: object, path: str) -> object:
    for name in path.split("."):
        experiment = getattr(experiment, name)
    return experiment


def numbers(judged: Mapping[str, Iterable[Judged]], base: str) -> pd.DataFrame:
    """One number per network of every claim that is made of such, with the columns id, recipe, network and value.

    Of a claim of several parts it is the part that is weakest in the base.
    """
    parts = {
        each.claim.id: min(samples, key=lambda part: samples[part].groups[0].median())
        for each in judged.get(base, ())
        if (samples := {part: s for part, s in each.estimate.samples.items() if len(s.groups) == 1})
    }
    rows = [
        {"id": each.claim.id, "recipe": recipe, "network": str(network), "value": float(value)}
        for recipe, claims in judged.items()
        for each in claims
        if (sample := each.estimate.samples.get(parts.get(each.claim.id, ""))) is not None
        for network, value in sample.groups[0].items()
    ]
    return pd.DataFrame(rows, columns=["id", *_NETWORK, "value"])


def recipe_shares(values: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Share of the variance over networks that each setting explains, for each claim.

    Parameters
    ----------
    values
        As `numbers` returns them.
    known
        As `levels` returns them.

    Returns
    -------
    DataFrame
        The columns of `pipeline.tables.RECIPE_SHARES`: a row for each claim and setting of more than one level. NaN
        where all values are equal, or a setting goes with others in every network.
    """
    rows = []
    for claim, each in values.dropna(subset="value").merge(known, on=_NETWORK).groupby("id", sort=False):
        varied = [words for words in known.columns[len(_NETWORK) :] if each[words].nunique() > 1]
        indicators = [pd.get_dummies(each[words]).to_numpy(dtype=float) for words in varied]
        found = shares(indicators, each["value"].to_numpy(dtype=float)) if varied else np.array([])
        rows += [
            {"id": claim, "factor": words, "n": len(each), "levels": each[words].nunique(), "share": share}
            for words, share in zip(varied, found, strict=True)
        ]
    return pd.DataFrame(rows, columns=list(RECIPE_SHARES.columns))
