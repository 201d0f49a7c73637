"""Claims on populations that were trained in other ways."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fake_figures import texts_of
from fake_populations import make_population
from scipy.stats import binomtest

from replicortex.config import load_config
from replicortex.papers.yang2019.claims.cohorts import COHORTS
from replicortex.pipeline import papers
from replicortex.report.claims import NOT_REPLICATED, REPLICATED
from replicortex.report.evaluation import Judged
from replicortex.report.figures.robustness import robustness_figure
from replicortex.report.recipe_shares import levels, numbers, recipe_shares
from replicortex.report.recipes import about, judge_recipes, robust, to_recipes
from replicortex.report.rows import all_claims
from replicortex.report.style import Setting

CONFIG = Path(__file__).parents[1] / "config.yaml"
RECIPES = papers()["yang2019"].recipes
MINE = ("reference", "other_optimiser", "rotated_units")
SETTING = Setting("laptop", "reference", "fast", 256, "trained here")


@pytest.fixture(scope="module")
def results() -> dict[str, list[Judged]]:
    every = {name: make_population(name) for name in MINE}
    every["rotated_units"].pop("lesions")
    tables = {f"{name}/{table}": content for name, made in every.items() for table, content in made.items()}
    return judge_recipes(tables, {"yang2019": MINE}, scale="laptop")


@pytest.fixture
def judged(results) -> pd.DataFrame:
    return to_recipes(results, "laptop")


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


def test_robust_is_the_share_of_recipes_that_decide_a_claim(judged):
    for id_, rows in judged.groupby("id"):
        held, lost = ((rows["verdict"] == verdict).sum() for verdict in (REPLICATED, NOT_REPLICATED))
        found = robust(judged)[id_]
        assert (found.held, found.decided) == (held, held + lost)
        if found.decided:
            expected = binomtest(int(held), int(held + lost)).proportion_ci(0.95, method="wilson")
            assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
        else:
            assert np.isnan(found.low)


def test_numbers_of_a_claim_of_parts_are_those_of_the_part_that_is_weakest_in_the_base(results):
    found = numbers(results, "reference").set_index(["id", "recipe"])
    whole = {each.claim.id: each.estimate for each in results["reference"]}
    assert found.loc[("6b", "reference"), "value"].median() == pytest.approx(whole["6b"].value)
    several = {name: each.samples for name, each in whole.items() if len(each.samples) > 1}
    several = {name: parts for name, parts in several.items() if all(len(s.groups) == 1 for s in parts.values())}
    assert several
    for name, parts in several.items():
        weakest = min(sample.groups[0].median() for sample in parts.values())
        assert found.loc[(name, "reference"), "value"].median() == pytest.approx(weakest)


def test_a_setting_explains_what_it_makes_and_no_other_does():
    study, varied = load_config(CONFIG, "laptop"), papers()["yang2019"].factors
    names = [name for name in RECIPES if name == varied.base or name.startswith(f"{varied.base}_")]
    known = levels(study, ["reference", *names], varied)
    assert "reference" not in set(known["recipe"]), "another number of units"
    assert set(known.loc[known["recipe"] == "robust_muon", "optimiser"]) == {"muon"}
    assert set(known.loc[known["recipe"] == "robust_activation", "activation"]) == {"relu", "tanh", "retanh"}
    assert known.drop_duplicates(list(varied.settings.values())).shape[0] == known["recipe"].nunique() + 2
    noise = np.random.default_rng(0).normal(0, 0.01, len(known))
    made = known[["recipe", "network"]].assign(id="x", value=(known["optimiser"] == "muon") + noise)
    shares = recipe_shares(made, known).set_index("factor")
    assert shares.loc["optimiser", "share"] > 0.8 and shares.loc["optimiser", "levels"] == 5
    assert (shares["share"].drop("optimiser").abs() < 0.01).all() and set(shares.index) == set(varied.settings.values())
    assert recipe_shares(made.assign(value=1.0), known)["share"].isna().all()
    assert recipe_shares(made, levels(study, ["reference"], varied)).empty, "no base, nothing to compare"


def test_the_figure_shows_what_settings_explain(judged):
    shares = pd.DataFrame({"id": ["1c", "6b"] * 2, "factor": ["optimiser"] * 2 + ["cell"] * 2, "n": 60, "levels": 2,
                           "share": [0.5, 0.7, 0.0, np.nan]})  # fmt: skip
    figure = robustness_figure(judged, SETTING, shares)
    dots = [len(line.get_ydata()) for line in figure.axes[-1].lines if line.get_marker() == "."]
    assert dots == [2, 1] and {"optimiser (2)", "cell (2)"} <= set(texts_of(figure))
