"""Figures and the scorecard ask for networks that they can show, before anything is computed."""

from pathlib import Path

import pytest
from whole_config import whole_config

from replicortex import scorecard
from replicortex.config import ConfigError, load_config
from replicortex.pipeline import Plan, papers

FILE = Path(__file__).parents[1] / "config.yaml"


def shown(study, figure, claimed=None):
    """Experiment -> tables of a figure that can be drawn."""
    return Plan(study, papers(), {}, scorecard.tables_read() if claimed is None else claimed).shown(figure)


def test_figures_ask_for_their_networks():
    study = load_config(FILE)
    assert list(shown(study, "fig2")) == ["reference"]
    data = whole_config()
    data["experiments"]["reference"]["scales"] = {"laptop": {"seeds": 0}}
    with pytest.raises(ConfigError) as caught:
        shown(load_config(data), "fig2")
    assert "experiments.reference.seeds: no networks at scale 'laptop', but 'fig2' shows them" in str(caught.value)
    assert list(shown(load_config(data, scale="smoke"), "fig2")) == ["reference"]
    del data["experiments"]["reference"]
    with pytest.raises(
        ConfigError, match=r"experiments\.reference: is missing, but 'figS_schedules' shows its networks"
    ):
        shown(load_config(data), "figS_schedules")


def test_the_scorecard_asks_for_the_networks_of_any_claim():
    data = whole_config()
    claimed = scorecard.tables_read(claim for claim in scorecard.CLAIMS if claim.listed_in)
    about = set(claimed)
    for section in (data["experiments"], data["primer"], data["taught"], data["force"]["experiments"]):
        for name in about & set(section):
            section[name]["scales"] = {"laptop": {"seeds": 0}}
    with pytest.raises(ConfigError) as caught:
        shown(load_config(data), "scorecard", claimed)
    assert len(caught.value.problems) == len(about)
    one = "reference"
    del data["experiments"][one]["scales"]
    study = load_config(data)
    assert list(shown(study, "scorecard", claimed)) == [one]
    assert study.absent(one) == ""
    data["experiments"][one]["scales"] = {"laptop": {"seeds": 0}}
    assert load_config(data).absent(one) == f"experiment '{one}' has no networks at scale 'laptop'"
    assert study.absent("none") == "experiment 'none' is not in config.yaml"


@pytest.mark.parametrize(
    ("figure", "changes", "message"),
    [
        ("figS5", {"network": {"cell": "leaky_gru"}}, "network.cell: 'leaky_gru', but 'figS5' needs 'leaky_rnn'"),
        ("figS5", {"network": {"input": "separate"}}, "network.input: 'separate', but 'figS5' needs 'fused'"),
        ("figS5", {"grid": {"network.cell": ["leaky_rnn", "gru"]}}, "grid.network.cell: 'gru', but 'figS5' needs"),
        *((name, {"tasks": {"rule_set": "mante"}}, f"tasks.rule_set: 'mante', but '{name}' needs 'all'")
          for name in ("fig1", "fig2", "figS5", "scorecard")),
    ],
)  # fmt: skip
def test_figures_that_cannot_show_an_experiment_say_so_in_one_line(figure, changes, message):
    data = whole_config()
    data["experiments"]["reference"].update(changes)
    study = load_config(data)
    with pytest.raises(ConfigError) as caught:
        shown(study, figure)
    (line,) = caught.value.problems
    assert line.startswith(f"config.yaml: experiments.reference.{message}")
    if "tasks" not in changes:
        assert list(shown(study, "fig2")) == ["reference"]
        assert "reference" in shown(study, "scorecard")
