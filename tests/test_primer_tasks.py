"""Tasks of the primer: what is shown when, noise as stated, the same trials for the same seed, environments."""

import importlib.util
import sys

import numpy as np
import pytest
from scipy.stats import norm

from replicortex import primer
from replicortex.config.primer_schema import TASK_SETTINGS
from replicortex.primer.images import HELD_OUT, features
from replicortex.primer.meta_rl_tasks import EPISODIC
from replicortex.primer.tasks import TASKS

EVERY = [kind() for kind in TASKS.values()]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("task", EVERY, ids=lambda task: type(task).__name__)
def test_shapes_and_the_same_trials_for_the_same_seed(task):
    trials, again, other = (task.draw(7, rng(seed)) for seed in (1, 1, 2))
    n = trials.inputs.shape[0]
    assert trials.inputs.shape == (n, 7, len(task.input_lines)) and trials.inputs.dtype == np.float32
    assert trials.targets.shape == (n, 7, len(task.output_lines)) and trials.targets.dtype == np.float32
    assert np.array_equal(trials.inputs, again.inputs) and np.array_equal(trials.truth, again.truth)
    assert not np.array_equal(trials.inputs, other.inputs)
    assert set(trials.truth) <= set(range(1, 1 + len(task.alternatives)))
    assert np.array_equal(trials.actions, np.where(trials.during("decision"), trials.truth, 0))
    assert all(values.shape == (7,) for values in trials.conditions.values())


@pytest.mark.parametrize("task", EVERY, ids=lambda task: type(task).__name__)
def test_a_network_that_gives_the_targets_is_always_right(task):
    trials = task.draw(40, rng())
    assert np.array_equal(task.choices(trials.targets, trials), trials.truth)
    assert (trials.truth == 1).sum() not in (0, 40)


def test_settings_of_the_configuration_are_those_of_the_classes():
    assert TASK_SETTINGS.keys() == (TASKS | EPISODIC).keys()
    for name, settings in TASK_SETTINGS.items():
        assert set(settings) <= set((TASKS | EPISODIC)[name].__dataclass_fields__), name


def test_perceptual_decision_is_neurogyms_before_fixation_went_off_with_the_stimulus():
    """Numbers of PerceptualDecisionMaking-v0 before commit f27b510a: dt 20, 100 + 2000 + 0 + 100 ms, no noise."""
    task = primer.PerceptualDecision(sigma=0, stimulus=2000)
    trials = task.draw(2, rng(), coherence=[51.2, 25.6], choice=[1, 2])
    assert trials.inputs.shape == (110, 2, 3)
    assert np.array_equal(trials.inputs[:, 0, 0], [1] * 105 + [0] * 5)  # on while the stimulus is
    assert np.allclose(trials.inputs[5:105, 0, 1:], [0.756, 0.244]) and np.all(trials.inputs[:5, :, 1:] == 0)
    assert np.allclose(trials.inputs[5:105, 1, 1:], [0.372, 0.628]) and np.all(trials.inputs[105:, :, 1:] == 0)
    assert np.array_equal(trials.actions[:, 1], [0] * 105 + [2] * 5)
    assert np.array_equal(trials.targets[-1], [[0, 1, 0], [0, 0, 1]])


def test_texts_stimulus_of_one_second_makes_sixty_steps_and_five_coherences():
    trials = primer.PerceptualDecision().draw(5000, rng())
    assert len(trials.inputs) == 60 and trials.during("stimulus")[:, 0].sum() == 50
    values, counts = np.unique(trials.conditions["coherence"], return_counts=True)
    assert list(values) == [0, 6.4, 12.8, 25.6, 51.2] and counts.min() > 900
    assert (trials.truth == 1).mean() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(("sigma", "per_step"), [(1.0, 0.22360680), (0.3, 0.06708204)])
def test_noise_per_step_is_sigma_over_the_root_of_dt(sigma, per_step):
    task = primer.PerceptualDecision(sigma=sigma)
    trials = task.draw(2000, rng(), coherence=0.0)
    seen = trials.inputs[trials.during("stimulus")][:, 1:] - 0.5
    assert task.noise_per_step == pytest.approx(per_step)
    assert seen.std() == pytest.approx(per_step, rel=0.01)
    assert np.all(trials.inputs[..., 0] % 1 == 0)  # none on fixation


@pytest.mark.parametrize(("sigma", "ceiling"), [(0.3, 0.900), (1.0, 0.884)])
def test_ideal_observer_by_simulation_and_as_written_down(sigma, ceiling):
    task = primer.PerceptualDecision(sigma=sigma)
    assert task.ceiling == pytest.approx(ceiling, abs=0.0005)
    trials = task.draw(20000, rng(3))
    difference = (trials.inputs[..., 1] - trials.inputs[..., 2])[trials.during("stimulus")[:, 0]].sum(0)
    right = np.where(difference > 0, 1, 2) == trials.truth
    assert right.mean() == pytest.approx(ceiling, abs=0.008)
    weak = trials.conditions["coherence"] == 6.4
    assert right[weak].mean() == pytest.approx(task.ideal(6.4), abs=0.02)


def test_ideal_observer_without_noise_is_right_unless_there_is_nothing_to_see():
    task = primer.PerceptualDecision(sigma=0)
    assert [task.ideal(c) for c in (0.0, 6.4)] == [0.5, 1.0]


def test_checkerboard_by_a_plain_loop():
    task = primer.Checkerboard()
    fixed = {"coherence": 0.8, "colour": [1, -1, 1, -1], "layout": [0, 0, 1, 1]}
    trials = task.draw(4, rng(), target_onset=[400, 410, 899, 500], board_onset=[1200, 1210, 1799, 1300], **fixed)
    assert trials.inputs.shape == (100, 4, 12)
    assert list(trials.truth) == [2, 1, 1, 2]  # left where the colour's index is the layout's
    for trial, (shown, asked, layout) in enumerate(zip([20, 21, 45, 25], [60, 61, 90, 65], [0, 0, 1, 1], strict=True)):
        for t in range(100):
            assert trials.inputs[t, trial, layout] == (t >= shown) and trials.inputs[t, trial, 1 - layout] == 0
            wanted = [0, 0]
            wanted[trials.truth[trial] - 1] = int(t >= asked)
            assert list(trials.targets[t, trial]) == wanted


def test_checkerboard_colour_lines_and_onsets():
    trials = primer.Checkerboard().draw(4000, rng(), coherence=0.5)
    board = trials.during("decision")
    signs = trials.conditions["colour"]
    after = (trials.inputs[..., 2:] * signs[:, None])[board]
    assert after.mean() == pytest.approx(0.5, abs=0.005) and after.std() == pytest.approx(1, abs=0.01)
    before = trials.inputs[..., 2:][~board]
    assert before.mean() == pytest.approx(0, abs=0.005) and before.std() == pytest.approx(1, abs=0.01)
    start = {name: trials.periods[name][0] * 20 for name in ("targets", "decision")}
    for name, low, high in (("targets", 400, 900), ("decision", 1200, 1800)):
        assert start[name].min() >= low and start[name].max() <= high
        assert abs(start[name].mean() - (low + high) / 2 - 10) < 15


def test_decision_time_is_the_first_crossing_after_the_checkerboard():
    task = primer.Checkerboard()
    trials = task.draw(3, rng(), board_onset=1200)
    outputs = np.zeros((100, 3, 2), np.float32)
    outputs[50, 0, 0] = 1.0  # before the board: does not count
    outputs[70:, 0, 1] = 0.7
    outputs[60:, 1, 0] = 0.6
    choice, time = primer.decisions(outputs, trials, 0.6)
    assert list(choice) == [2, 1, 0] and list(time[:2]) == [200, 0] and np.isnan(time[2])


def test_context_tells_which_modality_is_judged():
    task = primer.ContextDecision(sigma=0)
    trials = task.draw(4, rng(), motion=[0.5, 0.5, -0.05, -0.05], colour=[-0.5, -0.5, 0.15, 0.15], context=[1, 2, 1, 2])
    assert list(trials.truth) == [1, 2, 2, 1]
    assert np.allclose(
        trials.inputs[20, :, 1:], [[0.5, -0.5, 1, 0], [0.5, -0.5, 0, 1], [-0.05, 0.15, 1, 0], [-0.05, 0.15, 0, 1]]
    )
    assert set(primer.ContextDecision(contexts=(2,)).draw(30, rng()).conditions["context"]) == {2}
    drawn = task.draw(2000, rng()).conditions
    assert abs(np.corrcoef(drawn["motion"], drawn["colour"])[0, 1]) < 0.1


def test_match_is_a_match_in_half_of_the_trials():
    task = primer.DelayedMatch(sigma=0)
    trials = task.draw(2000, rng())
    same = trials.conditions["sample"] == trials.conditions["test"]
    assert np.array_equal(same, trials.truth == 1) and same.mean() == pytest.approx(0.5, abs=0.05)
    assert np.all(trials.inputs[trials.during("delay")][:, 1:] == 0)
    shown = trials.inputs[6, :, 1:].argmax(1)
    assert np.array_equal(shown, trials.conditions["sample"])


def test_digits_are_held_out_from_training():
    train, test = (primer.DigitParity(held_out=held).draw(500, rng()).conditions["image"] for held in (False, True))
    edge = len(features()[0]) - HELD_OUT
    assert train.max() < edge <= test.min()
    assert features()[0].shape[1] == 128 and features()[0].min() >= 0
    trials = primer.DigitParity().draw(50, rng())
    assert np.array_equal(trials.truth, 1 + trials.conditions["digit"] % 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: primer.task("perceptal"), "task: 'perceptal' is not one of .*did you mean 'perceptual'"),
        (lambda: primer.task("perceptual", sigmma=1), "setting of task 'perceptual': 'sigmma' .*did you mean 'sigma'"),
        (lambda: EVERY[0].draw(3, rng(), coherense=1), "condition: 'coherense' .*did you mean 'coherence'"),
        (
            lambda: EVERY[0].draw(3, rng(), coherence=[1, 2]),
            r"coherence: shape \(2,\); give one number, or one for each",
        ),
        (lambda: EVERY[0].draw(3, rng()).during("stimulous"), "period: 'stimulous' .*did you mean 'stimulus'"),
        (lambda: next(primer.batches(EVERY[0], batch=0)), "batch: 0 must be at least 1"),
    ],
)
def test_wrong_names_and_values_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_batches_follow_their_seed():
    task = primer.PerceptualDecision()
    first, again, other = (primer.batches(task, batch=4, seed=seed) for seed in (0, 0, 1))
    one, two = next(first), next(first)
    assert np.array_equal(one[0], next(again)[0]) and not np.array_equal(one[0], next(other)[0])
    assert not np.array_equal(one[0], two[0]) and one[1].shape == (60, 4, 3)


def played(env, action_of) -> tuple[float, int]:
    """Reward and steps of one episode."""
    _, info = env.reset()
    total, steps, over = 0.0, 0, False
    while not over:
        _, reward, over, truncated, info = env.step(action_of(info, steps))
        total, steps = total + reward, steps + 1
        assert not truncated
    return total, steps


@pytest.mark.skipif(importlib.util.find_spec("gymnasium") is None, reason="gymnasium is optional")
@pytest.mark.filterwarnings("ignore:.*A Box observation space")
@pytest.mark.parametrize("task", EVERY, ids=lambda task: type(task).__name__)
def test_environment_rewards_the_right_choice_at_the_right_time(task):
    from gymnasium.utils.env_checker import check_env

    env = primer.environment(task, seed=0)
    check_env(env, skip_render_check=True)
    n = len(task.draw(1, rng()).inputs)
    # `action` in info is what the step before asked for, so the answer comes one step late and still in time
    assert played(env, lambda info, step: info["action"])[0] == 1.0
    assert played(env, lambda info, step: 0) == (0.0, n)
    assert played(env, lambda info, step: 1) == (pytest.approx(-0.1), 1)
    wrong = played(env, lambda info, step: (3 - info["action"]) if info["action"] else 0)
    assert wrong[0] == 0.0 and wrong[1] < n + 1


@pytest.mark.skipif(importlib.util.find_spec("gymnasium") is None, reason="gymnasium is optional")
def test_environment_shows_the_trials_of_the_task_and_starts_again_from_its_seed():
    env = primer.environment(primer.PerceptualDecision(), seed=5)
    seen = [env.reset()[0], *(env.step(0)[0] for _ in range(59))]
    env.reset(seed=5)
    again = [env.step(0)[0] for _ in range(59)]
    assert np.array_equal(seen[1:], again)
    with pytest.raises(RuntimeError, match="call reset"):
        for _ in range(2):
            env.step(0)


def test_environment_without_gymnasium_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    with pytest.raises(ImportError, match=r"needs gymnasium.*pip install 'replicortex\[gym\]'"):
        primer.environment(primer.PerceptualDecision())


def test_ideal_observer_formula_against_scipy():
    task = primer.PerceptualDecision(sigma=1.0)
    sums = norm(loc=0.064 * 50, scale=(2 * 50) ** 0.5 * 1 / 20**0.5)
    assert task.ideal(6.4) == pytest.approx(sums.sf(0))
