"""What a workflow plans: rules from declared steps, and how long trainings will take."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from whole_config import whole_config

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
    ours = ["yang2019", "nicola2017", "primer", "fullforce2018", "newton2025"]
    assert list(pipeline.papers([tmp_path])) == [*ours, "after_it", "before_all"]
    claimed = dict.fromkeys(claim.paper for claim in rx.scorecard.CLAIMS)
    assert list(claimed) == ours


ON_REQUEST = {"reference", "other_optimiser", "published_schedule", "small_batches"}


def planned(change=lambda config: None, papers=None, claimed=None):
    """A plan at scale smoke of a changed configuration."""
    config = whole_config()
    change(config)
    claimed = rx.scorecard.tables_read() if claimed is None else claimed
    return pipeline.Plan(rx.load_config(config, "smoke"), papers or pipeline.papers(), {}, claimed)


def refused(call):
    with pytest.raises(SystemExit) as caught:
        call()
    return str(caught.value.code)


def test_figures_on_request_are_drawn_when_asked_for_and_train_for_nothing_else():
    plan = planned()
    assert "figS_schedules" in plan.figures and "figS_schedules" not in plan.every
    assert ON_REQUEST & set(rx.scorecard.tables_read()) > ON_REQUEST & set(plan.claimed) == {"reference"}
    assert set(plan.shown("figS_schedules")) == ON_REQUEST
    assert "figures/fig2.pdf" in plan.whole() and "figures/figS_schedules.pdf" not in plan.whole()
    assert "'referense' has no networks at scale 'smoke'" in refused(lambda: plan.networks("referense"))


def test_a_figure_that_cannot_show_the_networks_is_refused_and_the_others_are_not():
    plan = planned(lambda config: config["experiments"]["reference"]["network"].update(cell="leaky_gru"))
    told = refused(lambda: plan.asked(["figures/figS5.pdf"]))
    assert "experiments.reference.network.cell: 'leaky_gru', but 'figS5' needs 'leaky_rnn'" in told
    others = ["fig1", "fig2", "figS1", "scorecard"]
    assert plan.asked([f"figures/{name}.pdf" for name in others]) == others


def test_what_needs_networks_is_refused_where_there_are_none():
    def change(config):
        for part in (config["experiments"], config["primer"], config["taught"], config["force"]["experiments"]):
            for experiment in part.values():
                scales = experiment.get("scales", {})
                experiment["scales"] = scales | {"smoke": scales.get("smoke", {}) | {"seeds": 0}}

    plan = planned(change)
    for call in (lambda: plan.asked(["figures/fig2.pdf"]), lambda: plan.asked(["figures/scorecard.png"]), plan.whole):
        assert "experiments.reference.seeds: no networks at scale 'smoke', but '" in refused(call)


def test_figures_without_networks_are_left_out_of_all_and_told(capsys):
    """And so are claims, which are not testable then."""
    known = pipeline.papers()
    shown = {"figA": {"lonely": ("units",)}, "figB": {"reference": ("history",), "nowhere": ("units",)}}
    more = (replace(known["yang2019"].figures[0], name=name, shows=shows) for name, shows in shown.items())
    papers = {**known, "yang2019": replace(known["yang2019"], figures=(*known["yang2019"].figures, *more))}
    seeds = {"seeds": 2}

    def change(config):
        lonely = {**config["experiments"]["tanh_gru"], "scales": {"smoke": seeds}}
        config["experiments"]["lonely"] = lonely

    plan = planned(change, papers, {"reference": ("units",), "lonely": ("units",)})
    assert "figures/figA.pdf" in plan.whole() and "figures/figB.pdf" not in plan.whole()
    assert "figB is not drawn: experiment 'nowhere' is not in config.yaml" in capsys.readouterr().err.splitlines()
    seeds["seeds"] = 0
    without = planned(change, papers, plan.claimed)
    assert set(plan.whole()) - set(without.whole()) == {"figures/figA.pdf"}
    reason = "experiment 'lonely' has no networks at scale 'smoke'"
    assert f"figA is not drawn: {reason}" in capsys.readouterr().err.splitlines()
    (rule,) = (each for each in Drawing(without, None, "").every() if each.name == "scorecard")
    words = shlex.split(rule.arguments(None, ["results/smoke/scorecard/scorecard.csv"]))
    assert words[words.index("--absent") : words.index("--absent") + 3] == ["--absent", "lonely", reason]
    told = refused(lambda: without.asked(["figures/figA.pdf"]))
    assert "experiments.lonely.seeds: no networks at scale 'smoke', but 'figA' shows them" in told
    told = refused(lambda: without.asked(["figures/figB.pdf"]))
    assert "experiments.nowhere: is missing, but 'figB' shows its networks" in told


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
