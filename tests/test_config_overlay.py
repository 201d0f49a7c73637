"""Files and options that say only what differs: joined setting by setting, and blamed for what they say."""

from __future__ import annotations

import copy
from pathlib import Path
from types import SimpleNamespace

import pytest
from whole_config import whole_config

from replicortex.config import SCALES, ConfigError, load_config
from replicortex.config.overlay import as_options, from_options, joined, of_module, of_snakemake, simple_settings

FILE = Path(__file__).parents[1] / "config.yaml"
DATA = whole_config()


def refused(*overlays, **settings):
    with pytest.raises(ConfigError) as caught:
        load_config(DATA, overlays=overlays, settings=settings)
    return list(caught.value.problems)


def test_an_overlay_says_only_what_differs(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("results: mine\nexperiments: {reference: {network: {units: 100}}, added: {seeds: 1}}\n")
    before = copy.deepcopy(DATA)
    study = load_config(FILE, overlays=[path, {"experiments": {"reference": {"title": "of mine"}}}])
    plain = load_config(FILE)
    assert DATA == before and str(study.results) == "mine" and len(study["added"].seeds) == 4
    changed = study["reference"]
    assert changed.network == plain["reference"].network.model_copy(update={"units": 100})
    assert (changed.title, changed.tasks, study["sizes"]) == ("of mine", plain["reference"].tasks, plain["sizes"])
    assert study.source == f"{FILE} and {path} and overlay 2" and set(study) == {*plain, "added"}


def test_null_takes_away_what_has_a_name_and_replaces_a_value():
    over = {
        "experiments": {"sizes": None, "partly_plastic": {"grid": {"regularisers.plastic_fraction": None}}},
        "schedules": {"fast": {"clip": None}},
    }
    study = load_config(DATA, overlays=[over])
    assert "sizes" not in study and not study["partly_plastic"].grid
    assert study.schedules["fast"].clip is None
    assert joined({"a": {"b": 1}}, {"a": {"c": {"d": 2}}}) == {"a": {"b": 1, "c": {"d": 2}}}
    assert joined({"a": 5}, {"a": {"b": 1}}) == {"a": {"b": 1}}


@pytest.mark.parametrize(
    "alone", [{"experiments": {"one": {}}}, {"primer": {"one": {}}}, {"force": {"experiments": {"one": {}}}}]
)
def test_one_experiment_of_one_kind_is_a_whole_configuration(alone):
    assert [list(load_config(alone, scale)) for scale in SCALES] == [["one"]] * 3
    assert load_config(alone).schedules["paper"].batch == 64


@pytest.mark.parametrize("nothing", [{}, {"scale": "smoke"}, {"experiments": {}, "primer": {}}])
def test_no_experiment_at_all(nothing):
    with pytest.raises(ConfigError, match="^config.yaml: experiments: is empty; give an experiment in experiments, pr"):
        load_config(nothing)


def test_settings_of_the_command_line_go_before_files():
    study = load_config(
        DATA, overlays=[{"results": "a", "scale": "paper"}], settings={"results": "b", "schedule": "soap"}
    )
    assert (str(study.results), study.scale, study["reference"].schedule.name) == ("b", "paper", "soap")
    assert load_config(DATA, "smoke", settings={"scale": "paper"}).scale == "smoke"
    places = ["results", "figures", "recordings", "papers"]
    assert simple_settings() == ["scale", "schedule", "pretrained", "remeasure", *places]


def test_switches_of_the_command_line_are_written_as_in_files():
    from snakemake.cli import parse_config

    given = parse_config(["pretrained=true", "remeasure=false", "results=true/false", "scale=smoke"])
    on_top = of_snakemake(SimpleNamespace(configfiles=[], config=given), FILE.parent)
    study = load_config(**on_top)
    assert (study.pretrained, study.remeasure, str(study.results), study.scale) == (True, False, "true/false", "smoke")


@pytest.mark.parametrize("said", [True, False, "true", "false"])
def test_jobs_see_the_switches_that_the_run_was_planned_with(said):
    on_top = of_snakemake(SimpleNamespace(configfiles=[], config={"pretrained": said, "results": "my results"}), Path())
    file = {**DATA, "pretrained": said in (False, "false")}  # says the opposite
    _, _, option, *settings = as_options(**on_top)
    planned, seen = load_config(**on_top | {"source": file}), load_config(file, settings=from_options(settings))
    assert option == "--set" and planned.pretrained == (said in (True, "true"))
    assert (seen.pretrained, seen.folder) == (planned.pretrained, planned.folder)


def test_jobs_see_that_something_is_null(tmp_path):
    file = {**DATA, "schedule": "soap"}
    called = of_snakemake(SimpleNamespace(configfiles=[], config={"schedule": "null"}), Path())
    for given in (called, of_module({"schedule": None}, Path(), tmp_path)):
        _, _, _, *settings = as_options(**given)
        planned, seen = load_config(**given | {"source": file}), load_config(file, settings=from_options(settings))
        assert seen["reference"].schedule == planned["reference"].schedule != load_config(file)["reference"].schedule


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (
            {"seeds": 2},
            "--config seeds=2: seeds is a setting of each experiment, not of the whole file; write experiments: "
            "{reference: {seeds: 2}} into a file, say mine.yaml, and add --configfile mine.yaml",
        ),
        (
            {"units": 8},
            "--config units=8: units is a setting of each experiment, not of the whole file; write experiments: "
            "{reference: {network: {units: 8}}} into",
        ),
        ({"scael": "smoke"}, "--config scael=smoke: no such setting; did you mean scale=smoke?"),
        (
            {"experiments": {"a": {}}},
            "--config experiments=...: experiments is a section, not one value; write it into a file",
        ),
        ({"results": ["a"]}, "--config results=...: results is one value, not a list or a mapping"),
        ({"nonsense": 1}, "--config nonsense=1: no setting of the whole file; those are scale, schedule, "),
        ({"scale": "smok"}, "--config scale: 'smok' is not one of smoke, laptop, paper; did you mean 'smoke'?"),
        ({"results": "~/x"}, "--config results: '~/x' is not the name of a folder"),
        ({"results": 3}, "--config results: 3 is not text"),
        ({"pretrained": "maybe"}, "--config pretrained: 'maybe' is not true or false"),
        ({"schedule": "sopa"}, "--config schedule: 'sopa' is not one of "),
    ],
)
def test_settings_that_the_command_line_cannot_give(settings, told):
    (line,) = refused(**settings)
    assert line.startswith(told)


def test_a_module_of_another_workflow_is_configured_by_a_mapping(tmp_path, monkeypatch):
    """Its sections are written to a file, which is the same as long as they are, so that jobs can read them."""
    monkeypatch.chdir(tmp_path)
    given = {"scale": "smoke", "results": "out", "experiments": {"reference": {"title": "µ: yes", "seeds": [3, 5]}}}
    found = of_module(given, FILE.parent, Path("kept"))
    assert found == of_module(copy.deepcopy(given), FILE.parent, Path("kept"))
    assert [str(path) for path in Path("kept").iterdir()] == found["overlays"]
    study = load_config(**found)
    assert (study.scale, str(study.results), study["reference"].title) == ("smoke", "out", "µ: yes")
    assert as_options(**found) == ["--config", str(FILE), "--configfile", *found["overlays"], "--set", "results=out"]
    other = of_module(given | {"experiments": {"reference": {"title": "b"}}}, FILE.parent, Path("kept"))
    assert other["overlays"] != found["overlays"]
    assert as_options(**of_module({}, Path(), Path("kept"))) == ["--config", "config.yaml"]
    with pytest.raises(ConfigError, match="^--config sceal=smoke: no such setting; did you mean scale=smoke"):
        load_config(**of_module({"sceal": "smoke"}, FILE.parent, Path("kept")))


def test_a_problem_is_told_of_the_file_that_it_is_in(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("experiments: {reference: {network: {unts: 3}}, mine: {network: {cell: gru2}}}\nfigures: src\n")
    odd = {"schedules": {"fast": {"bath": 3}}}
    assert [line.split(": ")[:2] for line in refused(path, odd)] == [
        ["overlay 2", "schedules.fast.bath"],
        [str(path), "experiments.reference.network.unts"],
        [str(path), "experiments.mine.network.cell"],
    ]
    path.write_text("figures: src\n")
    (line,) = refused(path)
    assert line.startswith(f"{path}: figures: 'src' belongs to the project")


@pytest.mark.parametrize(
    ("where", "value", "told"),
    [
        (
            "experiments/sizes/scales/smoke/grid",
            {"network.untis": [8]},
            "experiments.sizes.grid: 'network.untis' is not",
        ),
        (
            "experiments/sizes/scales/paper",
            {"grid": {"network.units": [0]}},
            "experiments.sizes.grid.network.units: 0 is",
        ),
        (
            "experiments/pretraining/scales/smoke",
            {"grid": {"tasks.train": {"A": ["fdog"]}}},
            "experiments.pretraining.grid",
        ),
        ("force/experiments/gq_lif/scales/smoke/grid", {"gian": [1]}, "force.experiments.gq_lif.grid: 'gian' is not"),
        (
            "force/experiments/rate_targets/scales/smoke/grid",
            {"target.kind": ["sine6"]},
            "force.experiments.rate_targets.grid",
        ),
        ("primer/primer_grid/scales/smoke/grid", {"network.activation": ["rleu"]}, "primer.primer_grid.grid: "),
    ],
)
def test_other_scales_are_checked_too(where, value, told):
    over = value
    for name in reversed(where.split("/")):
        over = {name: over}
    (line,) = refused(over)
    assert line.startswith(f"overlay 1: {told}") and "(at scale '" in line


def test_settings_that_cannot_go_together_at_another_scale_are_its_own_concern():
    assert load_config(DATA, "laptop", settings={"schedule": "soap"})["sizes"].schedule.name == "soap"
    with pytest.raises(ConfigError, match="warms up over 600 updates, but the training has 201"):
        load_config(DATA, "smoke", settings={"schedule": "soap"})
