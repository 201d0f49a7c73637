"""Noise, rule input, losses and their variants, time step, and what wrong arguments are told."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replicortex.tasks import RULE_SETS, TASKS, Coding, circular_distance, generate, preferred_directions
from replicortex.tasks.coding import to_steps
from replicortex.tasks.ring import bumps, one_hot, wrap

RULES = RULE_SETS["all"].tasks


@pytest.mark.parametrize(("options", "sd"), [({}, 0.0316228), ({"dt": 5, "sigma_x": 0.02}, 0.1264911)])
def test_noise_is_on_every_channel(options: dict, sd: float) -> None:
    noisy, clean = (
        generate("delaygo", mode="test", rng=np.random.default_rng(4), noise=noise, **options).x
        for noise in (True, False)
    )
    noise = (noisy - clean).reshape(-1, 85).astype(float)
    n = len(noise)
    assert noisy.dtype == np.float32
    assert np.abs(noise.std(axis=0) / sd - 1).max() < 5 / math.sqrt(2 * n)
    assert np.abs(noise.mean(axis=0)).max() < 5 * sd / math.sqrt(n)
    correlation = np.corrcoef(noise.T) - np.eye(85)
    assert np.abs(correlation).max() < 6 / math.sqrt(n)
    steps = (noisy - clean)[:, :, 0].astype(float)
    assert abs(np.corrcoef(steps[:-1].ravel(), steps[1:].ravel())[0, 1]) < 5 / math.sqrt(steps.size)


def test_noise_leaves_the_rest_of_the_trial_alone() -> None:
    noisy, clean = (generate("dm1", rng=np.random.default_rng(4), noise=noise) for noise in (True, False))
    np.testing.assert_array_equal(noisy.y, clean.y)
    np.testing.assert_array_equal(noisy.mask, clean.mask)
    assert np.abs(noisy.x - clean.x).max() < 8 * noisy.coding.noise_sd


@pytest.mark.parametrize(
    ("task", "rules"),
    [
        ("delayanti", {"fdanti": 1, "delaygo": 1, "fdgo": -1}),
        ("contextdelaydm1", {"contextdelaydm2": 1, "contextdm1": 1.0, "contextdm2": -1}),
        ("dmsgo", {"dmsgo": 0.5, "dmcgo": 0.25}),
        ("fdgo", {}),
    ],
)
def test_composite_rules(task: str, rules: dict[str, float]) -> None:
    own = generate(task, rng=np.random.default_rng(6), noise=False)
    composite = generate(task, rng=np.random.default_rng(6), noise=False, rules=rules)
    wanted = np.array([rules.get(rule, 0.0) for rule in RULES])
    np.testing.assert_array_equal(composite.x[:, :, 65:], np.broadcast_to(wanted, own.x[:, :, 65:].shape))
    np.testing.assert_array_equal(composite.x[:, :, :65], own.x[:, :, :65])
    np.testing.assert_array_equal(composite.y, own.y)
    np.testing.assert_array_equal(composite.y_loc, own.y_loc)


def test_paper_variants() -> None:
    program = generate("dmsgo", mode="test", noise=False)
    paper = generate("dmsgo", mode="test", noise=False, fixation_target="paper", cost_mask="paper")
    np.testing.assert_array_equal(paper.x, program.x)
    assert set(np.unique(paper.y[:, :, 0])) == {np.float32(0.85), np.float32(0.05)}
    np.testing.assert_array_equal(paper.y[:, :, 1:], program.y[:, :, 1:])
    # the loss squares the mask: what counts is mask**2
    weight = np.square(paper.mask[:, 0])
    go = program.epochs["go1"][0]
    np.testing.assert_allclose(weight[:go, 1:], 1, rtol=1e-6)
    np.testing.assert_allclose(weight[:go, 0], 2, rtol=1e-6)
    np.testing.assert_array_equal(weight[go : go + 5], 0)
    np.testing.assert_allclose(weight[go + 5 :, 1:], 5, rtol=1e-6)
    np.testing.assert_allclose(weight[go + 5 :, 0], 10, rtol=1e-6)
    effective = np.square(program.mask[:, 0])
    assert [set(np.unique(effective[:, k])) for k in (0, 1)] == [{0, 4, 100}, {0, 1, 25}]
    assert not effective[:5].any()


def test_cross_entropy_mask_has_mean_one() -> None:
    for cost_mask in ("program", "paper"):
        options = {"loss": "cross_entropy", "cost_mask": cost_mask}
        trial = generate("delaydm1", rng=np.random.default_rng(0), batch=3, noise=False, **options)
        assert trial.mask.shape == trial.y_loc.shape
        assert math.isclose(trial.mask.mean(), 1, rel_tol=1e-6)
        assert (trial.mask[:5] == 0).all() == (cost_mask == "program")
        assert (trial.y.sum(axis=2) == 1).all()


def test_no_response_trials_keep_their_mask_and_target() -> None:
    trial = generate("dmsgo", rng=np.random.default_rng(0), noise=False)
    still = ~trial.conditions["respond"]
    assert 0 < still.sum() < 64
    assert (trial.y[:, still, 0] == np.float32(0.8)).all()
    assert (trial.y[:, still, 1:] == np.float32(0.05)).all()
    assert (trial.y_loc[:, still] == -1).all()
    np.testing.assert_array_equal(trial.mask, np.broadcast_to(trial.mask[:, :1], trial.mask.shape))


# --- time ----------------------------------------------------------------------------------------------


@given(dt=st.sampled_from([0.1, 0.2, 0.5, 1, 2, 4, 5, 10, 20, 25, 50, 100]), k=st.integers(0, 50))
def test_whole_multiples_of_dt_lose_no_step(dt: float, k: int) -> None:
    assert to_steps(k * 100, dt) == round(k * 100 / dt)
    assert to_steps(k * dt, dt) == k


@given(dt=st.floats(0.1, 100), ms=st.floats(0, 5000))
def test_steps_are_rounded_down(dt: float, ms: float) -> None:
    steps = to_steps(ms, dt)
    assert steps * dt <= ms * (1 + 1e-9) + 1e-6 and ms < (steps + 1) * dt + 1e-6


@given(dt=st.floats(5, 100), task=st.sampled_from(RULES), seed=st.integers(0, 99))
def test_any_time_step(dt: float, task: str, seed: int) -> None:
    trial = generate(task, batch=2, rng=np.random.default_rng(seed), noise=False, dt=dt)
    edges = [0, *(end for _, end in trial.epochs.values())]
    assert [start for start, _ in trial.epochs.values()] == edges[:-1]
    assert edges == sorted(edges) and edges[-1] == len(trial.x)
    assert (trial.y_loc[: edges[-2]] == -1).all()
    grace = to_steps(100, dt)
    ring = trial.mask[:, 0, 1]
    assert not ring[:grace].any() and not ring[edges[-2] : edges[-2] + grace].any()
    assert (ring[edges[-2] + grace :] == 5).all()


@pytest.mark.parametrize("task", RULES)
def test_test_mode_at_another_time_step_is_the_same_trial(task: str) -> None:
    # all test times are multiples of 100 ms
    coarse, fine = (generate(task, mode="test", noise=False, dt=dt) for dt in (20, 10))
    for name in ("x", "y", "y_loc", "mask"):
        np.testing.assert_array_equal(np.repeat(getattr(coarse, name), 2, axis=0), getattr(fine, name))


def test_one_millisecond() -> None:
    trial = generate("dm1", mode="test", noise=False, dt=1)
    assert trial.epochs == {"fix1": (0, 500), "stim1": (500, 2000), "go1": (2000, 2500)}
    assert math.isclose(trial.coding.noise_sd, 0.01 * math.sqrt(200))


def test_another_ring_size() -> None:
    trial = generate("dm2", mode="test", noise=False, ring=16)
    assert trial.x.shape == (125, 100, 1 + 32 + 20) and trial.y.shape == (125, 100, 17)
    assert not trial.x[:, :, 1:17].any() and trial.x[50, :, 17:33].any()


# --- ring ----------------------------------------------------------------------------------------------


@given(a=st.floats(-20, 20), b=st.floats(-20, 20))
def test_circular_distance(a: float, b: float) -> None:
    assert math.isclose(circular_distance(a, b), math.acos(max(-1, min(1, math.cos(a - b)))), abs_tol=1e-6)


@given(st.floats(-1e6, 1e6) | st.sampled_from([-1e-300, -1e-17, 2 * math.pi, 0.0]))
def test_wrap_stays_below_the_full_circle(direction: float) -> None:
    assert 0 <= wrap(direction) < 2 * math.pi


def test_tuning() -> None:
    assert preferred_directions().shape == (32,) and preferred_directions()[8] == pytest.approx(math.pi / 2)
    with pytest.raises(ValueError, match="read-only"):
        preferred_directions()[0] = 1
    activity = bumps(preferred_directions()[3])
    assert activity[3] == pytest.approx(0.8)
    assert activity[5] == pytest.approx(0.8 * math.exp(-0.5))  # two units are one width, pi/8, apart
    assert activity[19] == pytest.approx(0.8 * math.exp(-32))


def test_the_first_of_two_nearest_units() -> None:
    halfway = (np.arange(31) + 0.5) * math.pi / 16
    np.testing.assert_array_equal(one_hot(halfway).argmax(axis=1), np.arange(31))
    assert one_hot(np.array([31.5 * math.pi / 16])).argmax() == 0
    assert one_hot(np.array([0.51 * math.pi / 16])).argmax() == 1


# --- arguments -----------------------------------------------------------------------------------------


def test_whole_coding_and_single_options() -> None:
    coding = Coding(dt=10, loss="cross_entropy")
    trial = generate("dm1", mode="test", noise=False, coding=coding)
    assert trial.coding is coding and len(trial.x) == 250
    assert generate("dm1", mode="test", noise=False, coding=coding, dt=5).coding == Coding(dt=5, loss="cross_entropy")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"task": "contxtdm1"}, "task: 'contxtdm1' is not one of .*did you mean 'contextdm1'"),
        ({"task": "oic"}, "task: 'oic' is not in rule set 'all'; pass rule_set='oicdmc'"),
        ({"rule_set": "mante"}, "task: 'dm1' is not in rule set 'mante'; pass rule_set='all'"),
        ({"mode": "tests"}, "mode: 'tests' is not one of random, test, psychometric; did you mean 'test'"),
        ({"batch": 0}, "batch: 0 is not a whole number of trials, at least 1"),
        ({"batch": 2.5}, "batch: 2.5"),
        ({"rng": None}, "rng: None is not a numpy Generator, which mode='random' needs"),
        ({"rng": 3}, "rng: 3 is not a numpy Generator"),
        (
            {"mode": "test", "rng": None, "noise": True},
            "rng: None is not a numpy Generator, which noise=True needs",
        ),
        ({"task": "dmc", "mode": "test", "rng": None, "rule_set": "oicdmc"}, "rng: None.*mode='test' needs"),
        ({"rules": {"dm3": 1}}, "rule in rule set 'all': 'dm3' is not one of .*did you mean 'dm"),
        ({"rules": {"oic": 1}}, "rule in rule set 'all': 'oic' is not one of"),
        ({"rules": ["dm1", "dm2"]}, "rules: .* is not a mapping"),
        ({"rules": {"dm1": math.inf}}, "rules.'dm1'.: holds values that are not finite"),
        ({"sigmax": 0.1}, "coding option: 'sigmax' is unknown; did you mean 'sigma_x'"),
        ({"colour": 1}, "coding option: 'colour' is unknown; there are dt, tau, sigma_x"),
        ({"dt": 0}, "dt: 0 is not a positive number of ms"),
        ({"dt": 200}, "tau: 100.0 is not a time in ms, dt .200. or more"),
        ({"tau": math.nan}, "tau: nan is not a time"),
        ({"sigma_x": -0.1}, "sigma_x: -0.1 is not a number, 0 or larger"),
        ({"sigma_x": True}, "sigma_x: True"),
        ({"ring": 32.5}, "ring: 32.5 is not a whole number of units"),
        ({"rule_set": "al"}, "rule_set: 'al' is not one of all, mante, oicdmc.*; did you mean 'all'"),
        ({"loss": "crossentropy"}, "loss: 'crossentropy' is not one of .*did you mean 'cross_entropy'"),
        ({"fixation_target": 0.85}, "fixation_target: 0.85 is not one of program, paper"),
        ({"loss": "cross_entropy", "fixation_target": "paper"}, "fixation_target: 'paper'.*loss='squared'"),
        ({"cost_mask": "papers"}, "cost_mask: 'papers' is not one of .*did you mean 'paper'"),
        ({"easy_task": "yes"}, "easy_task: 'yes' is neither True nor False"),
        ({"dt": 700, "tau": 1000}, "'go1' is shorter than one step; use a smaller dt"),
    ],
)
def test_wrong_arguments(arguments: dict, message: str) -> None:
    complete = {"task": "dm1", "rng": np.random.default_rng(0), "noise": False, **arguments}
    with pytest.raises(ValueError, match=message):
        generate(complete.pop("task"), **complete)


def test_test_mode_needs_no_generator_where_nothing_is_drawn() -> None:
    for task in RULES:
        assert generate(task, mode="test", noise=False).mode == "test"


def test_the_arrays_of_a_task_are_not_shared_between_trials() -> None:
    first = generate("dm1", mode="test", noise=False)
    first.conditions["direction_1"][:] = 0
    first.x[:] = 0
    assert generate("dm1", mode="test", noise=False).conditions["direction_1"].any()


def test_titles_and_families() -> None:
    families = [TASKS[rule].family for rule in RULES]
    assert families == ["Go"] * 3 + ["Anti"] * 3 + ["DM"] * 5 + ["Dly DM"] * 5 + ["Matching"] * 4
    assert [TASKS[rule].title for rule in RULES] == [
        "Go", "RT Go", "Dly Go", "Anti", "RT Anti", "Dly Anti", "DM 1", "DM 2", "Ctx DM 1", "Ctx DM 2",
        "MultSen DM", "Dly DM 1", "Dly DM 2", "Ctx Dly DM 1", "Ctx Dly DM 2", "MultSen Dly DM",
        "DMS", "DNMS", "DMC", "DNMC",
    ]  # fmt: skip
