"""Psychometric mode: the caller's conditions at fixed times."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from replicortex.tasks import RULE_SETS, TASKS, generate

DIRECTIONS = np.array([0.3, 2.0, 5.0])
OTHERS = np.array([0.3 + math.pi, 2.0 + math.pi, 5.0 - math.pi])
SINGLE = {"strength_1": np.array([1.1, 0.9, 1.2]), "strength_2": np.array([0.9, 1.1, 0.8])}
DOUBLE = {
    "strength_1_mod1": np.array([1.1, 0.9, 1.2]),
    "strength_2_mod1": np.array([0.9, 1.1, 0.8]),
    "strength_1_mod2": np.array([0.7, 1.3, 1.0]),
    "strength_2_mod2": np.array([1.3, 0.7, 0.9]),
}
INTERVALS = {"stim1_on": 210, "stim1_off": 450, "stim2_on": 1010, "stim2_off": 1290}
STAYS = ("reactgo", "reactanti", "dmsgo", "dmsnogo", "dmcgo", "dmcnogo")

# task -> what the caller gives beside the directions; ends of the periods; when the stimuli are on (ms)
ONE = {
    "fdgo": ({"stim_time": 530}, (300, 820, 1220), (300, 1220)),
    "reactgo": ({}, (1000, 1400), (1000, 1400)),
    "delaygo": ({"stim1_on": 210, "stim1_off": 450, "delay": 310}, (200, 440, 740, 1140), (200, 440)),
}
ONE |= {task.replace("go", "anti"): row for task, row in ONE.items()}
TWO = {
    **dict.fromkeys(("dm1", "dm2"), (SINGLE | {"stim_time": 530}, (300, 820, 1220), ((300, 820),) * 2)),
    **dict.fromkeys(
        ("contextdm1", "contextdm2", "multidm"),
        (DOUBLE | {"stim_time": 530}, (500, 1020, 1520), ((500, 1020),) * 2),
    ),
    **dict.fromkeys(
        ("delaydm1", "delaydm2"),
        (SINGLE | INTERVALS, (200, 440, 1000, 1280, 1480, 1780), ((200, 440), (1000, 1280))),
    ),
    **dict.fromkeys(
        ("contextdelaydm1", "contextdelaydm2", "multidelaydm"),
        (DOUBLE | {"stim_time": 530}, (300, 600, 1120, 1420, 1620, 1920), ((300, 600), (1120, 1420))),
    ),
    **dict.fromkeys(("dmsgo", "dmsnogo", "dmcgo", "dmcnogo"), ({}, (500, 800, 2000, 2500), ((500, 800), (2000, 2500)))),
}


def rings(x: np.ndarray) -> np.ndarray:
    """(time, trial, modality, unit)."""
    return x[:, :, 1:65].reshape(*x.shape[:2], 2, 32)


def template(direction: np.ndarray) -> np.ndarray:
    apart = np.abs(direction[:, None] - np.arange(32) * 2 * math.pi / 32)
    return 0.8 * np.exp(-0.5 * (np.minimum(apart, 2 * math.pi - apart) / (math.pi / 8)) ** 2)


def check_times(trial, task: str, ends: tuple[int, ...]) -> None:
    assert tuple(trial.epochs.values()) == tuple(pairwise([0, *(end // 20 for end in ends)]))
    fixation = np.ones(ends[-1] // 20)
    fixation[ends[-2] // 20 :] = task in STAYS
    np.testing.assert_array_equal(trial.x[:, :, 0], fixation[:, None] * np.ones(3))
    assert (trial.y_loc[: ends[-2] // 20] == -1).all()


@pytest.mark.parametrize("task", ONE)
def test_one_stimulus(task: str) -> None:
    given, ends, (on, off) = ONE[task]
    trial = generate(task, mode="psychometric", params={"direction_1": DIRECTIONS} | given, noise=False)
    check_times(trial, task, ends)
    wanted = np.zeros((ends[-1] // 20, 3, 2, 32))
    wanted[on // 20 : off // 20, :, 0] = template(DIRECTIONS)
    np.testing.assert_allclose(rings(trial.x), wanted, atol=1e-6)
    response = DIRECTIONS if task.endswith("go") else (DIRECTIONS + math.pi) % (2 * math.pi)
    np.testing.assert_allclose(trial.y_loc[-1], response, atol=1e-6)


@pytest.mark.parametrize("task", TWO)
def test_two_stimuli(task: str) -> None:
    given, ends, windows = TWO[task]
    second = OTHERS if given else np.array([0.3, 2.0 + math.pi / 40, 5.0 - math.pi])
    params = {"direction_1": DIRECTIONS, "direction_2": second} | given
    trial = generate(task, mode="psychometric", params=params, noise=False)
    check_times(trial, task, ends)
    wanted = np.zeros((ends[-1] // 20, 3, 2, 32))
    for s, (direction, (on, off)) in enumerate(zip((DIRECTIONS, second), windows, strict=True), start=1):
        for m in (1, 2):
            default = given.get(f"strength_{s}", np.ones(3)) if m == (2 if task[-1] == "2" else 1) else 0
            strength = given.get(f"strength_{s}_mod{m}", default * np.ones(3))
            wanted[on // 20 : off // 20, :, m - 1] += strength[:, None] * template(direction)
    np.testing.assert_allclose(rings(trial.x), wanted, atol=1e-6)


@pytest.mark.parametrize(
    ("task", "first"),
    [
        ("dm1", [1, 0, 1]),
        ("delaydm2", [1, 0, 1]),
        ("contextdm1", [1, 0, 1]),
        ("contextdm2", [0, 1, 1]),
        ("contextdelaydm1", [1, 0, 1]),
        ("contextdelaydm2", [0, 1, 1]),
        ("multidm", [0, 1, 1]),
        ("multidelaydm", [0, 1, 1]),
    ],
)
def test_the_stronger_stimulus_is_the_target(task: str, first: list[int]) -> None:
    params = {"direction_1": DIRECTIONS, "direction_2": OTHERS} | TWO[task][0]
    trial = generate(task, mode="psychometric", params=params, noise=False)
    np.testing.assert_allclose(trial.y_loc[-1], np.where(first, DIRECTIONS, OTHERS), atol=1e-6)


@pytest.mark.parametrize(
    ("task", "second", "respond"),
    [
        # 5 degrees apart at most is a match
        ("dmsgo", [0.3, 2.0 + 0.99 * math.pi / 36, 5.0 + 1.01 * math.pi / 36], [1, 1, 0]),
        ("dmsnogo", [0.3, 2.0 + 0.99 * math.pi / 36, 5.0 + 1.01 * math.pi / 36], [0, 0, 1]),
        ("dmcgo", [3.0, 3.3, 6.2], [1, 0, 1]),
        ("dmcnogo", [3.0, 3.3, 6.2], [0, 1, 0]),
    ],
)
def test_matching(task: str, second: list[float], respond: list[int]) -> None:
    params = {"direction_1": DIRECTIONS, "direction_2": second}
    trial = generate(task, mode="psychometric", params=params, noise=False)
    np.testing.assert_allclose(trial.y_loc[-1], np.where(respond, second, -1), atol=1e-6)
    np.testing.assert_array_equal(trial.conditions["respond"], np.array(respond, dtype=bool))
    # where no response is due the network goes on fixating
    np.testing.assert_allclose(trial.y[-1, :, 0], np.where(respond, 0.05, 0.8), atol=1e-6)


def test_every_task_is_covered_and_declares_its_parameters() -> None:
    assert {*ONE, *TWO} == set(RULE_SETS["all"].tasks)
    for task, row in {**ONE, **TWO}.items():
        directions = ["direction_1"] if task in ONE else ["direction_1", "direction_2"]
        assert set(TASKS[task].parameters) == {*directions, *row[0]}


def test_equal_strengths_go_to_stimulus_2() -> None:
    params = {
        "direction_1": [1.0],
        "direction_2": [4.0],
        "strength_1": 1.0,
        "strength_2": 1.0,
        "stim_time": 400,
    }
    assert generate("dm1", mode="psychometric", params=params, noise=False).y_loc[-1, 0] == 4.0


def test_directions_are_reduced_to_the_circle() -> None:
    trial = generate("reactgo", mode="psychometric", params={"direction_1": [-0.5, 7.0]}, noise=False)
    np.testing.assert_allclose(trial.y_loc[-1], [2 * math.pi - 0.5, 7.0 - 2 * math.pi], atol=1e-6)


def test_one_number_stands_for_all_trials() -> None:
    params = {
        "direction_1": DIRECTIONS,
        "direction_2": 4,
        "strength_1": 1.1,
        "strength_2": 1,
        "stim_time": 200,
    }
    trial = generate("dm2", mode="psychometric", params=params, noise=False)
    np.testing.assert_array_equal(trial.conditions["strength_1_mod2"], np.full(3, 1.1))
    assert trial.x.shape[1] == 3


GOOD = {"direction_1": DIRECTIONS, "direction_2": OTHERS, **SINGLE, "stim_time": 400}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stim_time": None}, "stim_time missing.*wanted: direction_1, direction_2, strength_1"),
        ({"stimtime": 3}, "'stimtime' is not a parameter; did you mean 'stim_time'"),
        ({"strength_1": None, "strength_one": 1}, "strength_1 missing; 'strength_one' is not a parameter"),
        ({"strength_1": np.ones(4)}, "different lengths.*direction_1 3.*strength_1 4"),
        ({"strength_1": np.ones((3, 1))}, r"'strength_1'.*shape \(3, 1\)"),
        ({"strength_1": [1.0, np.nan, 1.0]}, "'strength_1'.*not finite"),
        ({"direction_1": "north"}, "'direction_1'.*'north' is not a number"),
        ({"stim_time": [200, 400, 800]}, "'stim_time'.*not one number"),
        ({"stim_time": -1}, "'stim_time'.*-1.*0 or larger"),
        ({"direction_1": [], "direction_2": [], "strength_1": [], "strength_2": []}, "empty"),
    ],
)
def test_wrong_parameters(change: dict, message: str) -> None:
    params = {name: value for name, value in {**GOOD, **change}.items() if value is not None}
    with pytest.raises(ValueError, match=message):
        generate("dm1", mode="psychometric", params=params, noise=False)


def test_parameters_and_modes_belong_together() -> None:
    with pytest.raises(ValueError, match="direction_1 missing"):
        generate("reactgo", mode="psychometric", noise=False)
    with pytest.raises(ValueError, match="belong to mode='psychometric'"):
        generate("reactgo", mode="test", params={"direction_1": [0.0]}, noise=False)
    with pytest.raises(ValueError, match="'oic' has no psychometric mode"):
        generate("oic", mode="psychometric", params={}, noise=False, rule_set="oicdmc")


def test_periods_must_follow_one_another() -> None:
    params = {"direction_1": DIRECTIONS, "stim1_on": 500, "stim1_off": 300, "delay": 200}
    with pytest.raises(ValueError, match="'stim1' would end at step 15, before it begins at step 25"):
        generate("delaygo", mode="psychometric", params=params, noise=False)
