"""Names that figures and claims read are there, or it is told which one is misspelt."""

from __future__ import annotations

import ast
import copy
import random
from pathlib import Path

import pytest
from whole_config import whole_config

from replicortex import names_read, scorecard
from replicortex.config import ConfigError, load_config
from replicortex.pipeline import papers

ROOT = Path(__file__).parents[1]
CLAIMED = list(scorecard.tables_read())
PAPERS = papers()
SHOWN = {name for paper in PAPERS.values() for figure in paper.figures for name in figure.populations}
DATA = whole_config()


def load(data):
    study = load_config(data, scale="smoke")
    names_read.check(study, PAPERS.values(), CLAIMED)
    return study


def renamed(section, old, new):
    data = copy.deepcopy(DATA)
    place = data
    for key in section:
        place = place[key]
    place[new] = place.pop(old)
    return data


def test_the_configuration_has_all_that_is_read():
    study = load(DATA)
    assert {*CLAIMED, *SHOWN} - {"teaching"} <= set(study)
    load({"experiments": {"mine": {}}, "primer": {"own": {"conditions": {"one": {}}}}})
    load({"experiments": {"reference2": {}, "small": {}, "reference_small": {}}})


@pytest.mark.parametrize(
    ("section", "old", "new", "told"),
    [
        (
            ("experiments",),
            "reference",
            "refernece",
            "experiments.refernece: nothing reads it, and 'reference', which ",
        ),
        (("experiments",), "tanh_gru", "tanh_rgu", "experiments.tanh_rgu: nothing reads it, and 'tanh_gru', which fig"),
        (
            ("force", "experiments"),
            "fig4_song",
            "fig4_sogn",
            "force.experiments.fig4_sogn: nothing reads it, and 'fig4_so",
        ),
        (
            ("primer",),
            "primer_grid",
            "primer_gird",
            "primer.primer_gird: nothing reads it, and 'primer_grid', which prim",
        ),
        (("primer",), "primer_grid", "Primer_grid", "primer.Primer_grid: nothing reads it"),
        (
            ("primer", "primer_checkerboard", "conditions"),
            "no_rate_cost",
            "no_rate_csot",
            "primer.primer_checkerboard.conditions: 'no_rate_cost' is missing, which the figure of this experiment "
            "shows; did you mean 'no_rate_cost' by 'no_rate_csot'?",
        ),
        (
            ("primer", "primer_exercises", "conditions"),
            "digits",
            "numbers",
            "primer.primer_exercises.conditions: 'digits' is missing, which the figure of this experiment shows; give",
        ),
        (
            ("experiments", "posttraining", "grid", "tasks.train"),
            "delayanti",
            "dleayanti",
            "experiments.posttraining.grid.tasks.train: nothing reads 'dleayanti'; did you mean 'delayanti'?",
        ),
    ],
)
def test_a_misspelt_name_is_told_with_the_right_one(section, old, new, told):
    with pytest.raises(ConfigError) as caught:
        load(renamed(section, old, new))
    (line,) = caught.value.problems
    assert line.startswith(f"config.yaml: {told}")


def test_conditions_are_those_that_the_figures_and_claims_name():
    """Every condition of the configuration whose name is in a module that draws or judges the primer, and no other."""
    folder = ROOT / "src/replicortex"
    modules = {
        "primer_checkerboard": ("papers/primer/figures/checkerboard.py", "papers/primer/claims/statistics.py"),
        "primer_perceptual": ("papers/primer/figures/perceptual.py", "papers/primer/claims/statistics.py"),
        "primer_classics": ("papers/primer/figures/classics.py",),
        "primer_exercises": (
            "papers/primer/figures/exercises.py",
            "papers/primer/figures/exercise_results.py",
            "papers/primer/claims/statistics.py",
        ),
    }
    named = PAPERS["primer"].named
    assert set(modules) == set(named)
    for name, files in modules.items():
        trees = [ast.parse((folder / file).read_text(encoding="utf-8")) for file in files]
        words = {each.value for tree in trees for each in ast.walk(tree) if isinstance(each, ast.Constant)}
        assert set(named[name]["conditions"]) == set(DATA["primer"][name]["conditions"]) & words, name


def _names(data, above=()):
    """(path, key, whether it is the key, the name) of every name in a configuration: keys, and values in words."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        if isinstance(key, str):
            yield above, key, True, key
        if isinstance(value, str) and key not in ("title", "paper_id", "results", "figures"):
            yield above, key, False, value
        yield from _names(value, (*above, key))


def _exchanged(name, rng):
    places = [i for i in range(len(name) - 1) if name[i] != name[i + 1]]
    i = rng.choice(places)
    return name[:i] + name[i + 1] + name[i] + name[i + 2 :]


def test_two_letters_exchanged_in_any_name_are_noticed():
    rng = random.Random(1)
    every = [each for each in _names(DATA) if len(set(each[3])) > 1]
    passed = []
    for above, key, is_key, name in rng.sample(every, 60):
        data = copy.deepcopy(DATA)
        place = data
        for step in above:
            place = place[step]
        new = _exchanged(name, rng)
        if is_key and new in place:
            continue
        place[new if is_key else key] = place.pop(key) if is_key else new
        try:
            load(data)
        except ConfigError:
            continue
        passed.append((*above, key))
    # names that nothing reads, where nothing is missing
    unread = {"schedules", "conditions", *load(DATA)} - SHOWN.union(CLAIMED)
    assert [each for each in passed if not unread & set(map(str, each))] == []
