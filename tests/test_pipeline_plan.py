"""What a workflow plans: rules from declared steps, and how long trainings will take."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

import replicortex as rx
from replicortex import pipeline
from replicortex.pipeline.forecast import forecast, networks_of, seconds
from replicortex.report.rules import Drawing

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def plan():
    study = rx.load_config(ROOT / "config.yaml", "laptop")
    return pipeline.Plan(study, pipeline.papers(), {}, {"reference": ("history", "members")})


def files(plan, experiment):
    return [[path] for path in plan.weights(experiment, plan.files[experiment])]


def test_estimates_are_those_of_what_was_measured(plan):
    """On a core with AVX-512: 7.9 min of a reference network, 12.8 of the short ode, 1.5 s of a LIF sine."""

    def minutes(name):
        return seconds(next(iter(plan.members[name].values())).experiment) / 60

    assert 6 < minutes("reference") < 10
    assert 9 < minutes("fig3_ode") < 17
    assert minutes("fig2_lif_sine") < 0.05
    assert 6 < minutes("tanh_gru") < 14


def test_a_plan_says_how_many_networks_it_would_train(plan):
    jobs = [*files(plan, "reference"), *files(plan, "primer_grid"), ["figures/fig2.pdf"]]
    grid = len(plan.members["primer_grid"])
    assert networks_of(plan, jobs) == {"reference": 4, "primer_grid": grid}
    first, *others = forecast(plan, jobs, 2).splitlines()
    assert first.startswith(f"{4 + grid} networks would be trained: about ") and "on 2 cores" in first
    assert others[0].startswith("  reference: 4 networks, about 8 min each")
    assert forecast(plan, [["figures/fig2.pdf"]], 2) == ""
    shipped = replace(plan.study, pretrained=True)
    assert forecast(pipeline.Plan(shipped, plan.papers, {}, {}), jobs, 2) == ""


def test_times_of_this_folder_go_first(plan, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    place = Path(plan.results, "benchmarks/train/reference")
    place.mkdir(parents=True)
    for seed, s in enumerate((60, 120, 600)):
        (place / f"seed{seed}.tsv").write_text(f"s\tcpu\n{s}\t1\n")
    assert "about 2 min each, as here before" in forecast(plan, files(plan, "reference"), 1)


def test_papers_have_a_fixed_order_with_those_of_users_last(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("before_all", "after_it"):
        file = tmp_path / name / "paper.py"
        file.parent.mkdir()
        file.write_text(
            f"from replicortex.pipeline import Paper\nPAPER = Paper({name!r}, title='A title', citation='Who (when)')\n"
        )
    ours = ["yang2019", "nicola2017", "primer", "fullforce2018"]
    assert list(pipeline.papers([tmp_path])) == [*ours, "after_it", "before_all"]
    claimed = dict.fromkeys(claim.paper for claim in rx.scorecard.CLAIMS)
    assert list(claimed) == ours


def test_every_step_is_a_rule_of_its_own_name(plan):
    given = plan, pipeline.Reruns(plan.study, None), ""
    makers = (pipeline.Trainings, pipeline.Measurements, pipeline.Collections, Drawing)
    rules = [rule for maker in makers for rule in maker(*given).every()]
    names = [rule.name for rule in rules]
    assert len(set(names)) == len(names)
    assert {step.name for paper in plan.papers.values() for step in paper.steps} < set(names)
    for rule in rules:
        assert (ROOT / "workflow_scripts" / rule.script).is_file() and rule.message
        assert rule.resources()["mem_mb"](None, 2) == 2 * rule.megabytes
