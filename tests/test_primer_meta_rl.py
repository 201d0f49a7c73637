"""Meta-reinforcement learning: tasks, baselines against brute force, the loss against plain loops, what is measured."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.optimize import brentq
from tiny_primer import Fixed
from whole_config import whole_config

import replicortex as rx
from replicortex import primer
from replicortex.primer import job
from replicortex.primer import meta_rl_baselines as bl
from replicortex.primer.measure import meta_rl as measured
from replicortex.primer.measure.effects import NETWORK, stay_effects
from replicortex.primer.meta_rl import (
    Agent,
    MetaLearner,
    actor_critic_loss,
    advantages,
    inputs_of,
    learner_of,
    test_play,
)
from replicortex.primer.meta_rl_tasks import ARMS, Bandit, Outcome, Played, TwoStep, play


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def experiment(name: str = "primer_bandits", **training: object):
    study = rx.load_config("config.yaml", scale="smoke")
    one = study[name].members()[0].experiment
    return one.model_copy(update={"training": one.training.model_copy(update=training)})


# ---- tasks


@pytest.mark.parametrize("task", [*(Bandit(arms, 12) for arms in ARMS), TwoStep(12)], ids=lambda task: task.name)
def test_the_same_episodes_for_the_same_seed_whatever_is_chosen(task):
    first, again, other = (task.draw(rng(seed), 50) for seed in (1, 1, 2))
    for action in (0, 1):
        same = play(first, 12, Fixed(action, 50)), play(again, 12, Fixed(action, 50))
        assert np.array_equal(same[0].rewards, same[1].rewards) and np.array_equal(same[0].seen, same[1].seen)
    assert not np.array_equal(play(other, 12, Fixed(1, 50)).rewards, same[0].rewards)
    assert same[0].seen.shape == (12, 50, len(task.seen))


@pytest.mark.parametrize("arms", ARMS)
def test_arms_pay_as_often_as_they_should(arms):
    episodes = Bandit(arms, 400).draw(rng(), 300)
    low_high = ARMS[arms]
    if low_high is not None:
        assert {tuple(pair) for pair in episodes.probability.T} == {low_high, low_high[::-1]}
    if arms != "independent":
        np.testing.assert_allclose(episodes.probability.sum(axis=0), 1)
    else:
        assert abs(np.corrcoef(episodes.probability)[0, 1]) < 0.2
    for arm in (0, 1):
        paid = play(episodes, 400, Fixed(arm, 300)).rewards.mean(axis=0)
        assert abs(paid - episodes.probability[arm]).max() < 0.13  # more than five standard errors


def test_two_step_transitions_rewards_and_reversals():
    task = TwoStep(100)
    episodes = task.draw(rng(), 2000)
    played = play(episodes, 100, Fixed(0, 2000))
    state = played.seen.argmax(axis=2)
    assert (state == 0).mean() == pytest.approx(0.8, abs=0.005)
    assert played.rewards[state == episodes.better].mean() == pytest.approx(0.9, abs=0.005)
    assert played.rewards[state != episodes.better].mean() == pytest.approx(0.1, abs=0.005)
    changes = (np.diff(episodes.better, axis=0) != 0).mean()
    assert changes == pytest.approx(0.025, abs=0.002)
    np.testing.assert_allclose(played.expected[3, 0], np.where(episodes.better[3] == 0, 0.74, 0.26))
    # a reward where action 0 is better comes as often as is expected of it
    assert played.rewards[episodes.better == 0].mean() == pytest.approx(0.74, abs=0.01)


def test_settings_out_of_range_are_named():
    for wrong, message in (
        (lambda: Bandit("indepedent"), "did you mean 'independent'"),
        (lambda: Bandit(trials=0), "trials: 0 is below 1"),
        (lambda: TwoStep(common=1.2), "common: 1.2 is no probability"),
        (lambda: TwoStep().draw(rng(), 0), "episodes: 0 is below 1"),
    ):
        with pytest.raises(ValueError, match=message):
            wrong()


def test_regret_is_what_the_better_arm_would_have_paid_more():
    expected = np.array([[[0.2, 0.9], [0.5, 0.3]]])
    played = Played(np.array([[0, 0]]), np.zeros((1, 2)), np.zeros((1, 2, 0)), expected)
    np.testing.assert_allclose(played.regret, [[0.3, 0]])


# ---- baselines


def test_index_solves_the_game_with_a_safe_arm():
    """The reward of the safe arm at which pulling the unknown one is as good, by recursion and root finding."""

    def gain(safe: float, s: int, f: int, left: int) -> float:
        def worth(s, f, left):
            if not left:
                return 0.0
            return max(left * safe, go_on(s, f, left))

        def go_on(s, f, left):
            p = (s + 1) / (s + f + 2)
            return p * (1 + worth(s + 1, f, left - 1)) + (1 - p) * worth(s, f + 1, left - 1)

        return go_on(s, f, left) - left * safe

    index = bl.finite_horizon_index(9)
    for left, s, f in ((1, 3, 4), (2, 0, 0), (5, 1, 2), (8, 0, 1), (9, 0, 0)):
        expected = brentq(gain, 0, 1, args=(s, f, left))
        assert index[left - 1][s, f] == pytest.approx(expected, abs=1e-4)
    np.testing.assert_allclose(index[0][3, 4], 4 / 9)  # with one trial left it is the mean


def test_best_policy_is_that_of_a_search_through_the_whole_game():
    @cache
    def worth(s1: int, f1: int, s2: int, f2: int, left: int) -> float:
        if not left:
            return 0.0
        p1, p2 = (s1 + 1) / (s1 + f1 + 2), (s2 + 1) / (s2 + f2 + 2)
        one = p1 * (1 + worth(s1 + 1, f1, s2, f2, left - 1)) + (1 - p1) * worth(s1, f1 + 1, s2, f2, left - 1)
        two = p2 * (1 + worth(s1, f1, s2 + 1, f2, left - 1)) + (1 - p2) * worth(s1, f1, s2, f2 + 1, left - 1)
        choice = bl.best_policy(8)[s1 + f1 + s2 + f2][s1, f1, s2]
        assert one == pytest.approx(two) or choice == (two > one)
        return max(one, two)

    assert bl.best_value(8) == pytest.approx(worth(0, 0, 0, 0, 8))


def test_baselines_come_in_the_order_of_what_they_know():
    task = Bandit("independent", 40)
    episodes = task.draw(rng(1), 3000)
    regret, reward = {}, {}
    for name in bl.baselines(task):
        played = play(episodes, 40, bl.baseline(name, task, 3000, rng(2)))
        regret[name], reward[name] = played.regret.sum(axis=0).mean(), played.rewards.sum(axis=0).mean()
    assert regret[bl.RANDOM] > regret[bl.UCB] > regret[bl.THOMPSON] > regret[bl.BEST]
    assert regret[bl.RANDOM] == pytest.approx(40 / 6, rel=0.05)
    assert regret[bl.INDEX] == pytest.approx(regret[bl.BEST], abs=0.1)
    assert reward[bl.BEST] == pytest.approx(bl.best_value(40), abs=0.5)  # 3000 episodes: standard error 0.2


@pytest.mark.parametrize(("arms", "trials"), [("independent", 30), ("correlated", 30), ("correlated", 1)])
def test_the_best_value_is_what_the_best_learner_gets(arms, trials):
    task = Bandit(arms, trials)
    played = play(task.draw(rng(1), 20_000), trials, bl.baseline(bl.BEST, task, 20_000, rng(2)))
    each = played.rewards.sum(axis=0)
    assert abs(each.mean() - bl.best_value(trials, arms)) < 3.5 * each.std() / len(each) ** 0.5
    assert bl.best_value(trials, "easy") is None


def test_ucb_pulls_each_arm_first_and_then_by_its_bound():
    learner = bl.Ucb(Bandit(), 1, rng())
    first = learner.act(0)
    learner.learn(0, first, Outcome(np.ones(1), np.empty((1, 0))))
    second = learner.act(1)
    assert second == 1 - first
    learner.learn(1, second, Outcome(np.zeros(1), np.empty((1, 0))))
    assert learner.act(2) == first  # 1 + sqrt(2 ln 2) against 0 + the same
    learner.paid, learner.not_paid = np.array([[6], [0]]), np.array([[4], [1]])
    bound = [0.6 + math.sqrt(2 * math.log(11) / 10), math.sqrt(2 * math.log(11) / 1)]
    assert learner.act(11)[0] == int(np.argmax(bound))


def test_best_two_step_learner_follows_bayes_rule():
    task = TwoStep(10)
    learner = bl.BestTwoStep(task, 2, rng())
    learner.learn(0, np.array([0, 0]), Outcome(np.array([1.0, 0.0]), np.eye(2)[[0, 1]]))
    # either tells the same: a reward in state 0, or none in state 1
    np.testing.assert_allclose(learner.belief, 0.975 * 0.9 + 0.025 * 0.1)
    learner.learn(1, np.array([0, 0]), Outcome(np.array([1.0, 1.0]), np.eye(2)[[1, 1]]))
    odds = 0.8800 / 0.1200 * 0.1 / 0.9
    np.testing.assert_allclose(learner.belief, 0.975 * odds / (1 + odds) + 0.025 / (1 + odds))
    assert learner.act(2).tolist() == [1, 1] if learner.belief[0] < 0.5 else [0, 0]


def test_baselines_of_a_task_are_named():
    with pytest.raises(ValueError, match="baseline for two-step: 'UCB1' is not one of random, model-free"):
        bl.baseline(bl.UCB, TwoStep(), 3, rng())


# ---- network and loss


def test_advantages_are_sums_of_later_errors():
    rewards, values = rng(1).random((2, 7, 3))
    gamma, trace = 0.9, 0.7
    padded = np.concatenate([values, np.zeros((1, 3))])
    for t in range(7):
        errors = [rewards[k] + gamma * padded[k + 1] - padded[k] for k in range(t, 7)]
        expected = sum((gamma * trace) ** i * error for i, error in enumerate(errors))
        np.testing.assert_allclose(advantages(rewards, values, gamma, trace)[t], expected)
    returns = sum(gamma**k * rewards[k] for k in range(7))
    np.testing.assert_allclose(advantages(rewards, values, gamma, 1.0)[0], returns - values[0])


def test_what_the_network_plays_is_what_it_is_trained_on():
    """The player in NumPy, step by step, gives the values and probabilities of PyTorch on the whole sequence."""
    learner = MetaLearner(experiment("primer_two_step"), "seed0")
    task, n = learner.task, 5
    episodes = task.draw(rng(3), n)
    agent = Agent(learner.network, task, n, rng(4))
    played = play(episodes, task.trials, agent)
    inputs = inputs_of(played)
    assert inputs.shape == (task.trials, n, len(task.input_lines))
    assert not inputs[0].any() and inputs[3, 2].tolist() == [
        *played.seen[2, 2], *np.eye(2)[played.actions[2, 2]], played.rewards[2, 2], np.float32(3 / task.trials)
    ]  # fmt: skip
    with torch.no_grad():
        outputs, _ = learner.network(torch.from_numpy(inputs))
    np.testing.assert_allclose(np.stack(agent.values), outputs[..., 2], atol=1e-5)
    chance = torch.softmax(outputs[..., :2], dim=-1)[..., 1].numpy()
    luck = rng(4).uniform(size=(task.trials, n))
    certain = abs(luck - chance) > 1e-5
    assert np.array_equal(played.actions[certain], (luck < chance)[certain])


def test_loss_and_gradient_against_a_plain_loop():
    shape = (4, 3)
    outputs = torch.from_numpy(rng(1).normal(size=(*shape, 3))).requires_grad_()
    actions = rng(2).integers(2, size=shape)
    advantage, returns = rng(3).normal(size=(2, *shape))
    loss = actor_critic_loss(outputs, *map(torch.from_numpy, (actions, advantage, returns)), 0.5, 0.1)
    (gradient,) = torch.autograd.grad(loss, outputs)
    total, expected = 0.0, np.zeros((*shape, 3))
    for t, e in np.ndindex(shape):
        *logits, value = outputs.detach().numpy()[t, e]
        p = np.exp(logits) / np.exp(logits).sum()
        entropy = -(p * np.log(p)).sum()
        a, adv = actions[t, e], advantage[t, e]
        total += -adv * math.log(p[a]) + 0.5 * (returns[t, e] - value) ** 2 / 2 - 0.1 * entropy
        # d log p_a / d z_k = [a = k] - p_k;  dH / d z_k = -p_k (log p_k + H)
        expected[t, e, :2] = -adv * (np.eye(2)[a] - p) + 0.1 * p * (np.log(p) + entropy)
        expected[t, e, 2] = -0.5 * (returns[t, e] - value)
    assert loss.item() == pytest.approx(total / 12)
    np.testing.assert_allclose(gradient, expected / 12, atol=1e-12)


def test_training_goes_on_to_the_same_bits(tmp_path):
    settings = experiment(updates=6, evaluate_every=2)
    whole = learner_of(settings, "seed0")
    whole.run()
    half = learner_of(settings, "seed0")
    for _ in range(3):
        half.advance()
    job.save(half, tmp_path / "half.safetensors")
    rest = learner_of(settings, "seed0")
    assert job.restore(rest, tmp_path / "half.safetensors")
    rest.run()
    for name, value in whole.network.weights().items():
        assert torch.equal(value, rest.network.weights()[name]), name
    assert [row[0] for row in whole.history] == [0, 2, 4, 6] and whole.history[-1][2] == "independent arms"


def test_a_few_updates_learn_which_of_two_arms_pays():
    """Arms that pay 0.1 and 0.9: after three hundred small updates the better one is pulled far more often than not."""
    settings = experiment(updates=300, batch=16, rate=0.02, entropy=0.05, evaluate_every=1000)
    arms = {"task": settings.task.model_copy(update={"arms": "easy", "trials": 15})}
    network = {"network": settings.network.model_copy(update={"units": 16})}
    learner = learner_of(settings.model_copy(update=arms | network), "seed0")
    for _ in range(300):
        learner.advance()
    played = test_play(learner.network, learner.task, learner.task.draw(rng(), 400), rng(1))
    assert played.rewards[5:].mean() > 0.7


def test_configuration_says_what_goes_together():
    text = "training.loss: 'l2' does not go with task 'bandit'; set training.loss: actor_critic"
    data = whole_config()
    data["primer"]["primer_bandits"]["training"]["loss"] = "l2"
    data["primer"]["primer_two_step"]["network"]["cell"] = "gru"
    with pytest.raises(rx.errors.ConfigError) as error:
        rx.load_config(data, scale="smoke")
    assert any(text in line for line in error.value.problems)
    assert any("'gru' cannot play task 'two_step'; set network.cell: lstm" in line for line in error.value.problems)


# ---- what is measured


def played_by(learner: str, task: TwoStep | Bandit, n: int = 1500) -> Played:
    return play(task.draw(rng(1), n), task.trials, bl.baseline(learner, task, n, rng(2)))


def test_stay_table_counts_what_a_loop_counts():
    played = played_by(bl.MODEL_FREE, TwoStep(20), 40)
    counts: dict[tuple[bool, bool], list[bool]] = {}
    for t, e in np.ndindex(19, 40):
        action = played.actions[t, e]
        key = bool(played.rewards[t, e]), bool(played.seen[t, e, action] == 1)
        counts.setdefault(key, []).append(bool(played.actions[t + 1, e] == action))
    for row in measured.stay_table(played).itertuples():
        assert (row.n_stay, row.n) == (sum(counts[row.rewarded, row.common]), len(counts[row.rewarded, row.common]))


def test_signatures_tell_learners_with_and_without_a_model_apart():
    effects = {
        name: stay_effects(measured.stay_table(played_by(name, TwoStep(100))))
        for name in (bl.MODEL_FREE, bl.MODEL_BASED, bl.RANDOM)
    }
    assert effects[bl.MODEL_FREE]["reward"] > effects[bl.MODEL_FREE]["interaction"] + 0.1
    assert effects[bl.MODEL_BASED]["interaction"] > abs(effects[bl.MODEL_BASED]["reward"]) + 0.3
    assert abs(effects[bl.RANDOM]).max() < 0.01


def test_regression_takes_out_that_the_better_action_is_rewarded_more_often():
    found = {
        name: measured.stay_regression(played_by(name, TwoStep(100))).set_index("term")["coefficient"]
        for name in (bl.MODEL_FREE, bl.MODEL_BASED)
    }
    product, reward = "reward x transition", "reward"
    assert found[bl.MODEL_BASED][product] > 5 * abs(found[bl.MODEL_BASED][reward])
    assert abs(found[bl.MODEL_FREE][product]) < 0.2 * found[bl.MODEL_FREE][reward]
    never = Played(np.zeros((3, 2), int), np.zeros((3, 2)), np.tile(np.eye(2)[0], (3, 2, 1)), np.ones((3, 2, 2)))
    assert measured.stay_regression(never)["coefficient"].isna().all()


def test_stay_effects_by_hand():
    table = pd.DataFrame({"rewarded": [True, True, False, False], "common": [True, False, True, False],
                          "n_stay": [9, 2, 3, 8], "n": [10, 10, 10, 10]})  # fmt: skip
    assert stay_effects(table).to_dict() == {"reward": pytest.approx(0), "interaction": pytest.approx(0.6)}


def test_regret_and_learning_tables_by_hand():
    expected = np.broadcast_to([[[0.9, 0.5], [0.1, 0.4]]], (3, 2, 2))
    played = Played(
        np.array([[1, 0], [0, 1], [0, 0]]), np.array([[0.0, 1], [1, 0], [1, 1]]), np.zeros((3, 2, 0)), expected
    )
    table = measured.regret_table(played)
    np.testing.assert_allclose(table["regret"], [0.4, 0.45, 0.45])
    np.testing.assert_allclose(table["reward"], [0.5, 0.5, 1])
    learning = measured.learning_table(played).set_index(["gap_low", "trial"])
    assert learning.loc[(0.5, 1), ["n_better", "n"]].tolist() == [0, 1]  # 0.8 apart
    assert learning.loc[(0.0, 2), ["n_better", "n"]].tolist() == [0, 1]  # 0.1 apart
    assert 0.2 not in learning.index.get_level_values(0)


def test_tables_of_trained_networks_hold_every_learner():
    nets = primer.train(experiment("primer_two_step"), log=lambda line: None)
    tables = measured.tables("primer_two_step", nets)
    learners = {NETWORK, *bl.baselines(TwoStep())}
    assert {name: set(table["learner"]) for name, table in tables.items()} == {
        "regret": learners, "within": learners, "stay": learners, "stay_regression": learners
    }  # fmt: skip
    again = measured.tables("primer_two_step", nets)
    for name, table in tables.items():
        pd.testing.assert_frame_equal(table, again[name])
