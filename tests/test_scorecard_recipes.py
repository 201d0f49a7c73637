"""Claims on populations that were trained in other ways."""

import re

import numpy as np
import pandas as pd
import pytest
from fake_figures import texts_of
from fake_populations import make_population

from replicortex.papers.yang2019.claims.cohorts import COHORTS
from replicortex.pipeline import papers
from replicortex.report.claims import REPLICATED
from replicortex.report.figures.robustness import robustness_figure
from replicortex.report.recipes import about, judge_recipes
from replicortex.report.rows import all_claims
from replicortex.report.style import Setting

RECIPES = papers()["yang2019"].recipes
MINE = ("reference", "other_optimiser", "rotated_units")
SETTING = Setting("laptop", "reference", "fast", 256, "trained here")


@pytest.fixture(scope="module")
def judged() -> pd.DataFrame:
    every = {name: make_population(name) for name in MINE}
    every["rotated_units"].pop("lesions")
    tables = {f"{name}/{table}": content for name, made in every.items() for table, content in made.items()}
    return judge_recipes(tables, {"yang2019": MINE}, scale="laptop")


def test_claims_about_the_main_population_alone_are_judged_on_every_recipe(judged):
    own = [claim.id for claim in about(all_claims(), "yang2019", "reference")]
    assert "2c-2" in own and "2c-2*" in own
    assert not {"M1", "3-1", "7d", "O-6", "2c-2-p"} & set(own), "by construction, or of other populations"
    assert judged.groupby("recipe", sort=False)["id"].apply(list).to_dict() == dict.fromkeys(MINE, own)


def test_a_recipe_has_its_own_verdict_and_an_unmeasured_table_has_none(judged):
    cell = judged.set_index(["id", "recipe"])
    assert cell.loc[("6b", "reference"), "verdict"] == cell.loc[("6b", "rotated_units"), "verdict"] == REPLICATED
    assert cell.loc[("6b", "reference"), "value"] != cell.loc[("6b", "rotated_units"), "value"]
    assert "'lesions' of experiment 'rotated_units'" in cell.loc[("2e-1", "rotated_units"), "reason"]
    assert np.isnan(cell.loc[("2e-1", "rotated_units"), "value"])


def test_late_statistics_count_only_for_recipes_that_were_trained_later(judged):
    value = judged.set_index(["id", "recipe"])["value"]
    late = [claim.id for claim in about(all_claims(), "yang2019", "reference") if claim.written]
    assert late and all(np.isnan(value[name, "reference"]) for name in late), "seeds 0 to 2 are older"
    assert all(np.isnan(value[name, "other_optimiser"]) for name in late)
    assert np.isfinite(value["2c-2*", "rotated_units"])


def test_every_recipe_is_an_experiment_with_a_date():
    assert set(RECIPES) <= {cohort.experiment for cohort in COHORTS}
    assert len(set(RECIPES.values())) == len(RECIPES)


def test_the_figure_has_a_cell_for_each_recipe_and_counts_the_decided_ones(judged):
    figure = robustness_figure(judged, SETTING)
    shown = judged.groupby("id")["value"].any().loc[lambda any_value: any_value].index
    texts = texts_of(figure)
    counts = [text for text in texts if re.fullmatch(r"\d of \d|open", text)]
    assert len(counts) == len(shown) and "2 of 2" in counts
    assert sum(len(ax.patches) for ax in figure.axes) == len(shown) * len(MINE)
    assert "SOAP (3)" in texts and "Adam, rotated units (3)" in texts
    many = pd.concat([own.assign(recipe=f"{name} {i}") for i in range(4) for name, own in judged.groupby("recipe")])
    assert len(robustness_figure(many, SETTING).axes) == 1, "one column of claims where there are many recipes"


def test_a_table_of_other_columns_is_refused(judged):
    with pytest.raises(ValueError, match="verdict"):
        robustness_figure(judged.drop(columns="verdict"), SETTING)
