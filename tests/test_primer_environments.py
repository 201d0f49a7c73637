"""Tasks of the primer as gymnasium environments, and as batches and data sets of PyTorch."""

from __future__ import annotations

import importlib.util
import pickle
import sys

import numpy as np
import pytest
import torch
from tiny_primer import Fixed

import replicortex as rx
from replicortex import primer
from replicortex.primer.meta_rl import inputs_of
from replicortex.primer.meta_rl_tasks import Bandit, TwoStep, play
from replicortex.primer.tasks import TASKS

with_gymnasium = pytest.mark.skipif(importlib.util.find_spec("gymnasium") is None, reason="gymnasium is optional")
EVERY = [kind() for kind in TASKS.values()]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


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


@with_gymnasium
@pytest.mark.filterwarnings("ignore:.*A Box observation space")
@pytest.mark.parametrize("task", [t for t in EVERY if len(t.alternatives) > 1], ids=lambda task: type(task).__name__)
def test_environment_rewards_the_right_choice_at_the_right_time(task):
    from gymnasium.utils.env_checker import check_env

    env = primer.environment(task, seed=0)
    check_env(env, skip_render_check=True)
    n = len(task.draw(1, rng()).inputs)
    # `action` in info is what the step before asked for, so the answer comes one step late and still in time
    assert played(env, lambda info, step: info["action"])[0] == 1.0
    waited, steps = played(env, lambda info, step: 0)
    assert waited == 0.0 and (steps == n or isinstance(task, primer.IntervalDiscrimination) and steps <= n)
    assert played(env, lambda info, step: 1) == (pytest.approx(-0.1), 1)
    wrong = played(env, lambda info, step: (3 - info["action"]) if info["action"] else 0)
    assert wrong[0] == 0.0 and wrong[1] < n + 1


@with_gymnasium
def test_waiting_is_rewarded_where_it_is_right():
    env = primer.environment(primer.GoNoGo(), seed=0)
    for go, wait, act in ((1, 0.0, 1.0), (0, 1.0, 0.0)):
        for action, reward in ((0, wait), (1, act)):
            env.reset(options={"go": go})
            rewards = [env.step(action if step >= 35 else 0)[1] for step in range(36 if action else 50)]
            assert sum(rewards) == reward, (go, action)


@with_gymnasium
@pytest.mark.filterwarnings("ignore:.*A Box observation space")
def test_environments_have_rewards_of_ones_own_ids_and_copies():
    import gymnasium

    import replicortex.primer.environments  # noqa: F401

    env = primer.environment(primer.PerceptualDecision(), rewards={"abort": -1.0, "fail": -0.5}, abort_ends=False)
    env.reset(options={"choice": 1})
    copy = pickle.loads(pickle.dumps(env))
    for one in (env, copy):
        assert [one.step(1)[1:3] for _ in range(2)] == [(-1.0, False)] * 2  # as in neurogym the trial goes on
    assert np.array_equal(env.step(0)[0], copy.step(0)[0])
    named = gymnasium.make("replicortex/perceptual-v0", sigma=0.3, seed=5)
    same = primer.environment(primer.PerceptualDecision(sigma=0.3), seed=5)
    assert np.array_equal(named.reset()[0], same.reset()[0])
    assert np.array_equal(named.step(0)[0], same.step(0)[0])
    with pytest.raises(ValueError, match="reward: 'corect' is not one of .*did you mean 'correct'"):
        primer.environment(primer.GoNoGo(), rewards={"corect": 1})
    with pytest.raises(ValueError, match="Bandit has its own rewards"):
        primer.environment(primer.Bandit(), abort_ends=False)


@with_gymnasium
def test_environment_shows_the_trials_of_the_task_and_starts_again_from_its_seed():
    env = primer.environment(primer.PerceptualDecision(), seed=5)
    seen = [env.reset()[0], *(env.step(0)[0] for _ in range(59))]
    env.reset(seed=5)
    again = [env.step(0)[0] for _ in range(59)]
    assert np.array_equal(seen[1:], again)
    with pytest.raises(RuntimeError, match="call reset"):
        for _ in range(2):
            env.step(0)


@pytest.mark.parametrize("task", [primer.PerceptualDecision(), Bandit()], ids=lambda task: type(task).__name__)
def test_environment_without_gymnasium_says_what_to_install(monkeypatch, task):
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    monkeypatch.delitem(sys.modules, "replicortex.primer.environments", raising=False)
    with pytest.raises(ImportError, match=r"gymnasium is not installed.*pip install 'replicortex\[gym\]'"):
        primer.environment(task)


def test_integer_targets_are_the_outputs_that_should_be_the_largest():
    for task in (primer.PerceptualDecision(), primer.GoNoGo()):
        onehot, integers = (next(primer.batches(task, 5, targets=kind))[1] for kind in ("onehot", "integers"))
        assert integers.dtype == np.int64 and np.array_equal(onehot.argmax(-1), integers)


def test_a_dataset_gives_the_same_trials_to_every_worker():
    data = primer.TrialDataset(primer.PerceptualDecision(), 6, targets="integers")
    inputs, targets = next(iter(torch.utils.data.DataLoader(data, batch_size=6)))
    assert inputs.shape == (6, 60, 3) and targets.shape == (6, 60) and targets.dtype == torch.int64
    assert torch.equal(data[4][0], inputs[4]) and not torch.equal(data[4][0], data[5][0])
    assert pickle.loads(pickle.dumps(data))[3][1].equal(targets[3])
    with pytest.raises(IndexError, match="trial 6 of 6"):
        data[6]


@with_gymnasium
@pytest.mark.parametrize("task", [Bandit("correlated", 6), TwoStep(6)], ids=lambda task: task.name)
def test_environment_plays_the_episodes_of_the_task(task):
    from gymnasium.utils.env_checker import check_env

    check_env(primer.environment(task), skip_render_check=True)
    env = primer.environment(task, seed=3)
    actions = [0, 1, 1, 0, 1, 0]
    episodes = task.draw(rx.random_streams.generator("environment", task.name, 3), 1)
    played = play(episodes, 6, Fixed(actions, 1))
    shown, told = [env.reset()[0]], []
    for trial, action in enumerate(actions):
        observation, reward, over, _, info = env.step(action)
        shown.append(observation)
        assert reward == played.rewards[trial, 0] and over == (trial == 5)
        told.append(info.get("expected"))
    np.testing.assert_array_equal(shown[:-1], inputs_of(played)[:, 0])
    assert told[:-1] == played.expected[1:, :, 0].tolist()
    with pytest.raises(RuntimeError, match="call reset"):
        env.step(0)
