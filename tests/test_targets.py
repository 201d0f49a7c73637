"""A figure that does not exist is told in one line, with the one that was meant and all that there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from replicortex.errors import ConfigError
from replicortex.targets import check, of_call

NAMES = ["fig1", "fig2", "figS10", "figS_samples", "force_fig2", "force_gq", "primer_grid", "scorecard"]
OTHERS = ["scorecard.html", "force_fig2.wav"]
RULES = ["all", "gallery"]


def asked(*targets, figures="figures"):
    return check(targets, Path(figures), NAMES, OTHERS, RULES)


def test_figures_and_other_targets():
    assert asked("figures/fig2.pdf", "figures/force_gq.png", "all", "figures/scorecard.html") == ["fig2", "force_gq"]
    other = (
        "figures/force_fig2.wav",
        "gallery",
        "results/laptop/tables/reference/units.parquet",
        "train",
        "8",
        "figure",
    )
    assert asked(*other) == asked() == []
    assert asked("/x/out/slow/smoke/networks/reference/seed0.safetensors", figures="/x/out/slowf") == []
    assert asked("results/fig2.txt", "fixtures/a.pdf") == []
    assert asked("my figures/fig2.pdf", figures="my figures") == ["fig2"]
    assert asked("figures/tanh_gru/fig2.pdf") == []


@pytest.mark.parametrize(
    ("target", "meant"),
    [
        ("figures/fig2.pd", "figures/fig2.pdf"),
        ("figure/fig2.pdf", "figures/fig2.pdf"),
        ("Figures/Fig2.PDF", "figures/fig2.pdf"),
        ("figures/fig22.pdf", "figures/fig2.pdf"),
        ("figures/fig2", "figures/fig2.pdf"),
        ("fig2.pdf", "figures/fig2.pdf"),
        ("fig2", "figures/fig2.pdf"),
        ("figs/fig2.png", "figures/fig2.png"),
        ("figures/force_qg.png", "figures/force_gq.png"),
        ("figures/primer_gird.pdf", "figures/primer_grid.pdf"),
        ("figures/scorecard.htm", "figures/scorecard.html"),
        ("figures/figS_sample.pdf", "figures/figS_samples.pdf"),
        ("gallry", "gallery"),
        ("figures/reference/fig22.pdf", "figures/reference/fig2.pdf"),
        ("figures/mine/Fig2.PNG", "figures/mine/fig2.png"),
    ],
)
def test_what_was_meant(target, meant):
    with pytest.raises(ConfigError) as caught:
        asked(target)
    (line,) = caught.value.problems
    assert line.startswith(f"{target}: no such figure; did you mean {meant}? Figures are {', '.join(NAMES)}; each as ")


def test_nothing_is_guessed_of_what_is_like_nothing():
    with pytest.raises(ConfigError) as caught:
        asked("figures/zzzzzzzz.pdf")
    assert str(caught.value).startswith("figures/zzzzzzzz.pdf: no such figure; Figures are fig1, ")


def test_what_a_call_asks_for():
    assert of_call(["--cores", "8", "-n", "figures/fig2.pdf", "gallery"]) == ["8", "figures/fig2.pdf", "gallery"]
    assert of_call(["--config", "scale=smoke", "--", "figures/fig2.pd"]) == ["figures/fig2.pd"]
    assert of_call(["--report", "figures/report.html", "all", "--config", "a=b"]) == ["all"]
    assert asked(*of_call(["--until", "figure", "--configfile", "figures/mine.pdf", "-R", "gather"])) == []
    of_cluster = ["--target-jobs", "base64//c2NvcmVjYXJk", "--allowed-rules", "scorecard", "fig2", "--mode", "remote"]
    assert of_call(of_cluster) == ["remote"]  # a rule has the name of a figure
    assert of_call(["figures/fig2.pdf", "-R", "scorecard", "--cores", "2"]) == ["figures/fig2.pdf", "2"]
