"""Figures of another population than the paper's own: drawn the same, and named as what they show."""

from __future__ import annotations

import pytest
from fake_figures import setting_of, tables_of

import replicortex as rx
from replicortex.figures import FIGURES, draw
from replicortex.pipeline import Plan, papers


def test_what_is_planned_and_needed_follows_the_population() -> None:
    entry = FIGURES["figS_sizes"].showing("mine")
    assert list(entry.shows) == ["mine", "sizes"] and entry.shows["mine"] == FIGURES["figS_sizes"].shows["reference"]
    assert {need.experiment for need in entry.needs} == {"mine", "sizes"}
    assert FIGURES["fig2"].showing("reference") is FIGURES["fig2"]
    song = FIGURES["force_fig4"].showing("mine")
    assert song.sound == "mine" and song.populations == ("mine",)
    lesions = FIGURES["force_lesions"].showing("mine")  # asked for by name, it has to be there
    assert lesions.read(()) == {"mine": FIGURES["force_lesions"].optional["fig4_song"]}
    with pytest.raises(ValueError, match="force_lesions: experiment 'mine' is missing; it got 'fig5_movie'"):
        draw(lesions, {"fig5_movie": tables_of("force_lesions")["fig5_movie"]}, setting_of("force_lesions"))


@pytest.mark.parametrize(
    ("name", "population", "told"),
    [
        ("force_fig1", "mine", "figure 'force_fig1': shows no networks, so none of 'mine'"),
        ("figS_sizes", "sizes", "figure 'figS_sizes': shows 'sizes' already; name another population"),
    ],
)
def test_a_population_that_cannot_stand_there_is_refused(name: str, population: str, told: str) -> None:
    with pytest.raises(ValueError) as caught:
        FIGURES[name].showing(population)
    assert str(caught.value) == told


def test_a_figure_requires_networks_that_it_can_show() -> None:
    study = rx.load_config({"experiments": {"mine": {}, "small": {"tasks": {"rule_set": "mante"}}}}, "smoke")
    plan = Plan(study, papers(), {}, {})
    assert list(plan.shown("fig2", FIGURES["fig2"].showing("mine"))) == ["mine"]
    with pytest.raises(rx.errors.ConfigError, match="small.tasks.rule_set: 'mante', but 'fig2' needs 'all'"):
        plan.shown("fig2", FIGURES["fig2"].showing("small"))
