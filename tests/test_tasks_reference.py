"""Every task against a second, deliberately plain implementation: tables of times, trial after trial."""

from __future__ import annotations

import itertools
import math
from typing import Any, NamedTuple

import numpy as np
import pytest

from replicortex.tasks import RULE_SETS, TASKS, Coding, Trial, generate

RULES = RULE_SETS["all"].tasks
GO = {"fdgo", "reactgo", "delaygo"}
ANTI = {"fdanti", "reactanti", "delayanti"}
ONE_RING = {"dm1": 1, "dm2": 2, "delaydm1": 1, "delaydm2": 2}
CONTEXT = {"contextdm1": 1, "contextdm2": 2, "contextdelaydm1": 1, "contextdelaydm2": 2}
MULTI = {"multidm", "multidelaydm"}
MATCH = {"dmsgo": True, "dmsnogo": False, "dmcgo": True, "dmcnogo": False}
FIXATION_STAYS = {"reactgo", "reactanti", *MATCH}

TWENTY = [2 * math.pi * k / 20 for k in range(20)]


class Times(NamedTuple):
    """ms: boundaries of the periods, and from when to when each stimulus is on."""

    names: tuple[str, ...]
    ends: tuple[float, ...]
    shown: tuple[tuple[float, float], ...]


THREE, FOUR = ("fix1", "stim1", "go1"), ("fix1", "stim1", "delay1", "go1")
SIX = ("fix1", "stim1", "delay1", "stim2", "delay2", "go1")
TEST_TIMES = {
    **dict.fromkeys(("fdgo", "fdanti"), Times(THREE, (500, 1500, 2000), ((500, 2000),))),
    **dict.fromkeys(("reactgo", "reactanti"), Times(("fix1", "go1"), (2000, 2500), ((2000, 2500),))),
    **dict.fromkeys(("delaygo", "delayanti"), Times(FOUR, (500, 1000, 2000, 2500), ((500, 1000),))),
    **dict.fromkeys(("dm1", "dm2"), Times(THREE, (500, 2000, 2500), ((500, 2000),) * 2)),
    **dict.fromkeys(("contextdm1", "contextdm2", "multidm"), Times(THREE, (500, 1500, 2000), ((500, 1500),) * 2)),
    **dict.fromkeys(
        ("delaydm1", "delaydm2"),
        Times(SIX, (500, 1000, 2000, 2500, 2700, 3000), ((500, 1000), (2000, 2500))),
    ),
    **dict.fromkeys(
        ("contextdelaydm1", "contextdelaydm2", "multidelaydm"),
        Times(SIX, (500, 1000, 2000, 2500, 3000, 3500), ((500, 1000), (2000, 2500))),
    ),
    **dict.fromkeys(MATCH, Times(FOUR, (500, 1000, 2200, 2700), ((500, 1000), (2200, 2700)))),
}
N_TRIALS = {
    **dict.fromkeys((*GO, *ANTI), 40),
    **dict.fromkeys(ONE_RING, 100),
    **dict.fromkeys((*CONTEXT, *MULTI), 500),
    **dict.fromkeys(MATCH, 80),
}


class OneTrial(NamedTuple):
    """Directions, strengths[stimulus][modality], and the correct response (None: keep fixating)."""

    directions: tuple[float, ...]
    strengths: tuple[tuple[float, float], ...]
    response: float | None


def in_ring(modality: int) -> tuple[float, float]:
    return (1.0, 0.0) if modality == 1 else (0.0, 1.0)


def grid_of(task: str) -> list[OneTrial]:
    """The conditions of the test mode, in order."""
    turn = 2 * math.pi
    if task in GO | ANTI:
        return [
            OneTrial((d,), (in_ring(m),), d if task in GO else (d + math.pi) % turn)
            for d, m in itertools.product(TWENTY, (1, 2))
        ]
    if task in MATCH:
        directions = TWENTY
        if task.startswith("dmc"):
            directions = [(base + 0.08 * k) * math.pi for base in (0.1, 1.1) for k in range(10)]
        trials = []
        for d, m1, m2 in itertools.product(directions, (1, 2), (1, 2)):
            second = d if MATCH[task] else (d + math.pi) % turn
            trials.append(OneTrial((d, second), (in_ring(m1), in_ring(m2)), second))
        return trials
    low, step = (0.5, 0.2) if task in ("delaydm1", "delaydm2") else (0.8, 0.08)
    levels = range(5)
    trials = []
    for d, *ks in itertools.product(TWENTY, *[levels] * (1 if task in ONE_RING else 2)):
        other = (d + math.pi) % turn
        if task in ONE_RING:
            s = low + step * ks[0]
            first, second = ((s, 0.0), (2 - s, 0.0)) if ONE_RING[task] == 1 else ((0.0, s), (0.0, 2 - s))
            choose_first = s > 2 - s
        else:
            s1, s2 = (low + step * k for k in ks)
            first, second = (s1, s2), (2 - s1, 2 - s2)
            if task in CONTEXT:
                choose_first = first[CONTEXT[task] - 1] > second[CONTEXT[task] - 1]
            else:
                choose_first = sum(ks) > 5  # the sums are equal at 5: stimulus 2
        trials.append(OneTrial((d, other), (first, second), d if choose_first else other))
    return trials


def bump(direction: float, unit: int) -> float:
    apart = abs(direction - 2 * math.pi * unit / 32)
    apart = min(apart, 2 * math.pi - apart)
    return 0.8 * math.exp(-0.5 * (apart / (math.pi / 8)) ** 2)


def expected(task: str, trials: list[OneTrial], steps: list[int], shown: list[tuple[int, int]]) -> dict[str, Any]:
    """x, y, y_loc, mask, y_xent, mask_xent of noise-free trials at dt 20; steps: ends of the periods."""
    go, n_time = steps[-2], steps[-1]
    n = len(trials)
    x, y = np.zeros((n_time, n, 85)), np.full((n_time, n, 33), 0.05)
    y_xent, y_loc = np.zeros((n_time, n, 33)), np.full((n_time, n), -1.0)
    x[: n_time if task in FIXATION_STAYS else go, :, 0] = 1
    x[:, :, 65 + RULES.index(task)] = 1
    y[:go, :, 0], y_xent[:go, :, 0] = 0.8, 1
    for i, trial in enumerate(trials):
        for direction, strengths, (on, off) in zip(trial.directions, trial.strengths, shown, strict=True):
            ring = np.array([bump(direction, unit) for unit in range(32)])
            for m in (0, 1):
                x[on:off, i, 1 + 32 * m : 33 + 32 * m] += strengths[m] * ring
        if trial.response is None:
            y[go:, i, 0], y_xent[go:, i, 0] = 0.8, 1
            continue
        ring = np.array([bump(trial.response, unit) for unit in range(32)])
        y[go:, i, 1:] += ring
        y_xent[go:, i, 1 + int(ring.argmax())] = 1
        y_loc[go:, i] = trial.response
    mask = np.zeros((n_time, n, 33))
    mask[5:go] = 1
    mask[go + 5 :] = 5
    mask_xent = mask[:, :, 1] / mask[:, :, 1].mean()
    mask[:, :, 0] *= 2
    return {"x": x, "y": y, "y_loc": y_loc, "mask": mask, "y_xent": y_xent, "mask_xent": mask_xent}


def assert_same(trial: Trial, entropy: Trial, wanted: dict[str, Any]) -> None:
    for name, got in {"x": trial.x, "y": trial.y, "y_loc": trial.y_loc, "y_xent": entropy.y}.items():
        np.testing.assert_allclose(got, wanted[name], rtol=0, atol=1e-6, err_msg=name)
    np.testing.assert_array_equal(trial.mask, wanted["mask"])
    np.testing.assert_allclose(entropy.mask, wanted["mask_xent"], rtol=1e-6)


@pytest.mark.parametrize("task", RULES)
def test_test_mode(task: str) -> None:
    times = TEST_TIMES[task]
    trials = grid_of(task)
    assert len(trials) == N_TRIALS[task]
    steps = [int(ms / 20) for ms in times.ends]
    wanted = expected(task, trials, steps, [(int(on / 20), int(off / 20)) for on, off in times.shown])
    trial = generate(task, mode="test", noise=False)
    assert_same(trial, generate(task, mode="test", noise=False, loss="cross_entropy"), wanted)
    assert trial.epochs == dict(zip(times.names, itertools.pairwise([0, *steps]), strict=True))


def read_conditions(task: str, conditions: dict[str, np.ndarray], i: int) -> OneTrial:
    """One random trial's variables; the response is worked out again from what is shown."""
    directions = tuple(float(conditions[f"direction_{k}"][i]) for k in (1, 2) if f"direction_{k}" in conditions)
    strengths = tuple(
        tuple(float(conditions.get(f"strength_{k}_mod{m}", np.zeros(i + 1))[i]) for m in (1, 2))
        for k in range(1, len(directions) + 1)
    )
    first, second = directions[0], directions[-1]
    response: float | None
    if task in GO:
        response = first
    elif task in ANTI:
        response = (first + math.pi) % (2 * math.pi)
    elif task in MATCH:
        if task.startswith("dmc"):
            match = (first < math.pi) == (second < math.pi)
        else:
            match = first == second
        response = second if match == MATCH[task] else None
    else:
        counted = (0, 1) if task in MULTI else ({**ONE_RING, **CONTEXT}[task] - 1,)
        lead = sum(strengths[0][m] - strengths[1][m] for m in counted)
        response = first if lead > 0 else second
    return OneTrial(directions, strengths, response)


@pytest.mark.parametrize("task", RULES)
def test_random_mode_shows_its_conditions(task: str) -> None:
    trial = generate(task, batch=12, rng=np.random.default_rng(3), noise=False)
    entropy = generate(task, batch=12, rng=np.random.default_rng(3), noise=False, loss="cross_entropy")
    trials = [read_conditions(task, trial.conditions, i) for i in range(12)]
    # stimuli are on in the same periods as in test mode
    names, ends, test_shown = TEST_TIMES[task]
    edges = dict(zip((0, *ends), [0, *(end for _, end in trial.epochs.values())], strict=True))
    assert tuple(trial.epochs) == names
    shown = [(edges[on], edges[off]) for on, off in test_shown]
    wanted = expected(task, trials, [end for _, end in trial.epochs.values()], shown)
    assert_same(trial, entropy, wanted)
    np.testing.assert_array_equal(trial.conditions["respond"], [one.response is not None for one in trials])


@pytest.mark.parametrize("task", TASKS)
def test_shapes_and_channels(task: str) -> None:
    rule_set = next(name for name, rules in RULE_SETS.items() if task in rules.tasks)
    rules = RULE_SETS[rule_set]
    trial = generate(task, batch=7, rng=np.random.default_rng(0), noise=False, rule_set=rule_set)
    n_time = len(trial.x)
    assert trial.x.shape == (n_time, 7, rules.n_input) == (n_time, 7, trial.coding.n_input)
    assert trial.y.shape == trial.mask.shape == (n_time, 7, rules.n_output)
    assert trial.y_loc.shape == (n_time, 7)
    assert (trial.task, trial.mode, trial.coding) == (task, "random", Coding(rule_set=rule_set))
    shown = trial.x[:, :, -len(rules.tasks) :]
    assert (shown[:, :, rules.tasks.index(task)] == 1).all()
    assert shown.sum() == n_time * 7


def test_sizes_of_the_rule_sets() -> None:
    assert {name: (rules.n_input, rules.n_output) for name, rules in RULE_SETS.items()} == {
        "all": (85, 33),
        "mante": (67, 33),
        "oicdmc": (99, 33),
    }
    often = [task for task, weight in RULE_SETS["all"].weights.items() if weight == 5]
    assert often == ["contextdm1", "contextdm2"]
    assert sum(RULE_SETS["all"].weights.values()) == 28
    assert list(TASKS)[:20] == list(RULES)


@pytest.mark.parametrize(("task", "n_time"), [("oic", 100), ("dmc", None)])
def test_optional_pair_in_test_mode(task: str, n_time: int | None) -> None:
    trial = generate(task, mode="test", noise=False, rng=np.random.default_rng(1), rule_set="oicdmc")
    directions = (0.1 + 0.8 * np.arange(128) / 128) * math.pi
    rings = trial.x[:, :, 1:97].reshape(-1, 128, 3, 32)
    peak = np.array([[bump(direction, unit) for unit in range(32)] for direction in directions])
    opposite = np.array([[bump(direction + math.pi, unit) for unit in range(32)] for direction in directions])
    assert (trial.x[:, :, 0] == 1).all()  # fixation never goes off
    if task == "oic":
        assert trial.epochs == {"fix1": (0, 25), "stim1": (25, 75), "go1": (75, 100)}
        np.testing.assert_allclose(rings[30, :, 0], peak, atol=1e-6)
        np.testing.assert_allclose(rings[80, :, 0], peak, atol=1e-6)
        np.testing.assert_allclose(rings[80, :, 1], peak, atol=1e-6)
        np.testing.assert_allclose(rings[80, :, 2], opposite, atol=1e-6)
        assert not rings[:75, :, 1:].any()
        np.testing.assert_allclose(trial.y_loc[-1], directions + math.pi, atol=1e-6)  # first category: ring 3
    else:
        (start, stop), (go, end) = trial.epochs["delay1"], trial.epochs["go1"]
        assert trial.epochs["stim1"] == (25, 75) and start == 75 and go == stop and end - go == 25
        assert 40 <= stop - start < 60  # the delay is drawn in test mode too
        np.testing.assert_allclose(rings[30, :, 0], peak, atol=1e-6)
        np.testing.assert_allclose(rings[go, :, 0], peak, atol=1e-6)
        assert not rings[start:stop].any() and not rings[:, :, 1:].any()
        np.testing.assert_allclose(trial.y_loc[-1], directions, atol=1e-6)
    assert n_time in (None, len(trial.x))
    assert trial.conditions["respond"].all()


def test_optional_pair_in_random_mode() -> None:
    rng = np.random.default_rng(2)
    oic = generate("oic", batch=200, rng=rng, noise=False, rule_set="oicdmc")
    first, second, third = (oic.conditions[f"direction_{k}"] for k in (1, 2, 3))
    np.testing.assert_allclose(oic.y_loc[-1], np.where(first < math.pi, third, second), atol=1e-6)
    np.testing.assert_allclose((third - second) % (2 * math.pi), math.pi)
    dmc = generate("dmc", batch=200, rng=rng, noise=False, rule_set="oicdmc")
    same = (dmc.conditions["direction_1"] < math.pi) == (dmc.conditions["direction_2"] < math.pi)
    np.testing.assert_allclose(dmc.y_loc[-1], np.where(same, dmc.conditions["direction_2"], -1), atol=1e-6)
    assert 60 < same.sum() < 140
    for trial in (oic, dmc):
        lengths = {name: end - start for name, (start, end) in trial.epochs.items()}
        assert lengths.pop("go1") == 25 and 5 <= lengths.pop("fix1") < 30
        assert set(lengths.values()) == {50}
