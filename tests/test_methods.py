"""Methods in sentences: every network is told, and whatever changes what is learnt changes the text."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
from whole_config import whole_config

import replicortex as rx
from replicortex import pretrained
from replicortex.methods import PRIMER, SPIKING, TASKS, TAUGHT, methods

ROOT = Path(__file__).parents[1]
SCALES = ("smoke", "laptop", "paper")


@pytest.fixture(scope="module")
def raw() -> dict[str, Any]:
    return whole_config()


@pytest.fixture(scope="module")
def published(raw) -> dict[str, list[str]]:
    """Methods of the configuration as it is, by chapter."""
    return methods(rx.load_config(raw, scale="laptop"))


def paragraph(raw: dict[str, Any], wing: str, name: str) -> str:
    return of(methods(rx.load_config(raw, scale="laptop"))[wing], name)


def of(told: list[str], name: str) -> str:
    return next(each for each in told if f"({name})." in each)


def changed(raw: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The configuration with one setting of one experiment changed; what scales say of it is taken away."""
    made = copy.deepcopy(raw)
    *parents, last = path.split("/")
    section = made
    for name in parents:
        section = section.setdefault(name, {})
    section[last] = value
    return made


@pytest.mark.parametrize("scale", SCALES)
def test_every_network_is_told(scale):
    study = rx.load_config(ROOT / "config.yaml", scale=scale)
    told = methods(study)
    for wing, kind in ((TASKS, "rate"), (SPIKING, "spiking"), (PRIMER, "small"), (TAUGHT, "taught")):
        with_networks = [each for each in study.of_kind(kind).values() if each.seeds]
        assert len(told[wing]) == len(with_networks)
        for text, experiment in zip(told[wing], with_networks, strict=True):
            counted = re.search(r"([\d,]+) networks? in all", text)
            assert counted and int(counted[1].replace(",", "")) == len(experiment.members())
            assert f"({experiment.name})." in text and text.endswith(".")
            assert not re.search(r"None|\{|\}|<|\bnan\b|  | ,|\.\.", text), text


@pytest.mark.parametrize(
    ("setting", "value", "word"),
    [
        ("network/units", 123, "123 units"),
        ("network/sigma_rec", 0.07, "0.07"),
        ("network/init", "randortho", "randortho"),
        ("tasks/dt", 10, "steps of 10 ms"),
        ("tasks/weights", {"dm1": 7}, "dm1 7 times"),
        ("tasks", {"train": ["fdgo", "dm1"], "weights": {}}, "2 tasks (fdgo and dm1)"),
        ("regularisers", {"l2_rates": 0.25}, "0.25 times half the sum of squared rates"),
        ("scales/laptop", {"trials": 123456}, "123,456 trials"),
        ("seeds", [4, 9], "seeds 4 and 9"),
        ("grid", {"network.units": [64, 96]}, "64 or 96 units"),
    ],
)
def test_a_setting_of_the_tasks_is_told(raw, published, setting, value, word):
    own = changed(raw, "experiments/reference/scales", {"laptop": {"seeds": 2}})
    own = changed(own, f"experiments/reference/{setting}", value)
    if setting == "seeds":
        own = changed(own, "experiments/reference/scales", {"laptop": {"seeds": [4, 9]}})
    assert word in paragraph(own, TASKS, "reference") and word not in of(published[TASKS], "reference")


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ({"optimiser": "adam", "clip": 0.5}, "by Adam (beta1 0.9, beta2 0.999, epsilon 1e-08) at a rate of 0.001"),
        ({"optimiser": "soap", "precondition_every": 7}, "by SOAP (Vyas et al. 2024; beta1 0.9"),
        ({"optimiser": "soap", "precondition_every": 7}, "bases turned every 7 updates"),
        ({"clip": 0.5}, "clipped element by element at 0.5"),
        ({"clip": None}, "gradients were not clipped"),
    ],
)
def test_the_optimiser_is_told(raw, schedule, words):
    own = changed(raw, "schedules/mine", schedule)
    own = changed(own, "experiments/reference/scales", {"laptop": {"schedule": "mine"}})
    assert words in paragraph(own, TASKS, "reference")


@pytest.mark.parametrize(
    ("setting", "value", "word"),
    [
        ("gain", 0.05, "0.05"),
        ("feedback", 12, "Q was 12"),
        ("step", 37, "every 37 steps"),
        ("cells", 1234, "1,234 cells"),
    ],
)
def test_a_setting_of_spiking_networks_is_told(raw, published, setting, value, word):
    own = changed(raw, f"force/experiments/fig2_lif_sine/{setting}", value)
    assert word not in of(published[SPIKING], "fig2_lif_sine")
    assert word in paragraph(own, SPIKING, "fig2_lif_sine")


@pytest.mark.parametrize(
    ("setting", "value", "word"),
    [
        ("training/updates", 321, "321 updates"),
        ("training/l1_rates", 0.5, "0.5 times the sum of absolute rates"),
        ("network/units", 77, "77 units"),
    ],
)
def test_a_setting_of_the_primer_is_told(raw, published, setting, value, word):
    own = changed(raw, f"primer/primer_context/{setting}", value)
    assert word not in of(published[PRIMER], "primer_context")
    assert word in paragraph(own, PRIMER, "primer_context")


def test_shipped_networks_alone_are_told_where_nothing_else_is_shown():
    study = rx.load_config(ROOT / "config.yaml", scale="laptop", pretrained=True)
    there = pretrained.available("laptop", ROOT / "pretrained")
    told = methods(pretrained.shipped_study(study, there))
    assert set(told) == {TASKS, PRIMER, "Networks taught by another network", "Spiking networks trained by FORCE"}
    assert len(told[PRIMER]) == len([name for name in there if f"({name})" in " ".join(told[PRIMER])]) > 1
    assert len(told[PRIMER]) < len(study.of_kind("small"))
