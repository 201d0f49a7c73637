"""Learners to compare a trained agent with: what is best, what is usual, and what knows nothing.

Bandits: Thompson 1933, doi 10.1093/biomet/25.3-4.285; UCB1, Auer et al. 2002, doi 10.1023/A:1013689704352; an index for
a finite horizon in the sense of Gittins 1979, doi 10.1111/j.2517-6161.1979.tb01068.x; and the best that can be done,
by dynamic programming. Arms are taken to have uniform prior probabilities. Two-step task: a learner without a model of
the transitions, one with it (Daw et al. 2011, doi 10.1016/j.neuron.2011.02.027), and the best.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from replicortex.errors import choose
from replicortex.primer.meta_rl_tasks import N_ACTIONS, Array, Bandit, EpisodicTask, Learner, Outcome, TwoStep

Choices = NDArray[np.int_]
_LEVELS = 201  # rewards of the safe arm at which an index is looked for, before interpolation


def _better(values: Array, rng: np.random.Generator) -> Choices:
    """The action of the higher value (action, episode); ties are broken by chance."""
    tied = values[0] == values[1]
    return np.where(tied, rng.integers(N_ACTIONS, size=len(tied)), values.argmax(axis=0))


class Random:
    """Chooses by chance."""

    def __init__(self, task: EpisodicTask, episodes: int, rng: np.random.Generator) -> None:
        self._choices = rng.integers(N_ACTIONS, size=(task.trials, episodes))

    def act(self, trial: int) -> Choices:
        """A fair coin."""
        return self._choices[trial]

    def learn(self, trial: int, action: Choices, outcome: Outcome) -> None:
        """Learns nothing."""


class _Counting:
    """Counts what each arm paid; the arms' posteriors are Beta(paid + 1, not + 1).

    paid, not_paid : (arm, episode)
    """

    def __init__(self, task: EpisodicTask, episodes: int, rng: np.random.Generator) -> None:
        self.rng = rng
        self.trials = task.trials
        self.paid, self.not_paid = np.zeros((2, N_ACTIONS, episodes), int)
        self._each = np.arange(episodes)

    def learn(self, trial: int, action: Choices, outcome: Outcome) -> None:
        """Count."""
        self.paid[action, self._each] += outcome.reward > 0
        self.not_paid[action, self._each] += outcome.reward == 0


class Thompson(_Counting):
    """Draws a probability for each arm from its posterior, and pulls the arm of the higher one."""

    def act(self, trial: int) -> Choices:
        """Probability matching."""
        return _better(self.rng.beta(self.paid + 1, self.not_paid + 1), self.rng)


class Ucb(_Counting):
    """UCB1: mean + sqrt(2 ln t / n), with n pulls of the arm in t trials; every arm is pulled once first."""

    def act(self, trial: int) -> Choices:
        """The higher upper confidence bound."""
        n = self.paid + self.not_paid
        with np.errstate(divide="ignore", invalid="ignore"):
            bound = np.where(n > 0, self.paid / n + np.sqrt(2 * np.log(max(trial, 1)) / n), np.inf)
        return _better(bound, self.rng)


class Index(_Counting):
    """The arm of the higher finite-horizon index, see `finite_horizon_index`."""

    def act(self, trial: int) -> Choices:
        """The higher index at the number of trials left."""
        index = finite_horizon_index(self.trials)[self.trials - trial - 1]
        return _better(index[self.paid, self.not_paid], self.rng)


class BestIndependent(_Counting):
    """The policy of the highest expected reward if the arms are independent, see `best_policy`."""

    def act(self, trial: int) -> Choices:
        """Looked up."""
        return best_policy(self.trials)[trial][self.paid[0], self.not_paid[0], self.paid[1]].astype(int)


class BestCorrelated(_Counting):
    """The best policy if the probabilities sum to 1.

    A pull of either arm then tells the same: what one arm pays is what the other would not have paid. With nothing to
    explore, the arm that is better by now is the best to pull.
    """

    def act(self, trial: int) -> Choices:
        """The arm that paid where it was pulled, and whose rival did not."""
        evidence = self.paid[0] + self.not_paid[1] - self.not_paid[0] - self.paid[1]
        return _better(np.stack([evidence, -evidence]).astype(float), self.rng)


@cache
def finite_horizon_index(horizon: int) -> list[Array]:
    """Indices of an arm by trials left and by what it paid so far.

    With m trials left, an arm that paid s times and did not f times is worth the reward per trial, lambda, of a safe
    arm that makes it indifferent which one is pulled next, if one may change to the safe arm for good at any time:

        V_m(s, f) = max(m lambda, p [1 + V_{m-1}(s + 1, f)] + (1 - p) V_{m-1}(s, f + 1)),   p = (s + 1) / (s + f + 2)

    Two arms played by these indices do nearly as well as is possible; for an endless discounted game they would be
    Gittins' indices, and best.

    Returns
    -------
    list of (horizon - m + 1, horizon - m + 1), m from 1
        Element [s, f]; defined where s + f <= horizon - m.
    """
    levels = np.linspace(0, 1, _LEVELS)
    value = np.zeros((horizon + 1, horizon + 1, _LEVELS))  # with no trial left
    found = []
    for left in range(1, horizon + 1):
        size = horizon - left + 1
        s, f = np.indices((size, size))
        p = ((s + 1) / (s + f + 2))[..., None]
        going_on = p * (1 + value[1:, :-1]) + (1 - p) * value[:-1, 1:]
        gain = going_on - left * levels  # falls with the safe arm's reward
        last = np.minimum((gain > 0).sum(axis=-1) - 1, _LEVELS - 2)[..., None]
        above, below = np.take_along_axis(gain, last, -1), np.take_along_axis(gain, last + 1, -1)
        step = np.where(above > below, above / np.where(above > below, above - below, 1), 0)
        found.append((levels[last] + step * levels[1])[..., 0])
        value = np.maximum(left * levels, going_on)
    return found


@cache
def best_policy(horizon: int) -> list[NDArray[np.bool_]]:
    """The best choice between two independent arms in every state of the game, by dynamic programming from its end.

    Returns
    -------
    list of (t + 1, t + 1, t + 1) bool, t the number of pulls so far
        Element [s1, f1, s2] is True where arm 1 (of 0 and 1) is better: s1 and f1 count what the first arm paid and did
        not, s2 what the second paid, and f2 = t - s1 - f1 - s2.
    """
    return _solved(horizon)[0]


def best_value(horizon: int, arms: str = "independent") -> float | None:
    """Expected reward of an episode of the best learner; None for arms of which it is not known.

    Independent arms: that of `best_policy`. Correlated ones: n pulls told the same of either arm, in favour of the
    first a times, each a = 0 .. n as likely under the uniform prior; the arm that is better by now pays with
    probability max(a + 1, n - a + 1) / (n + 2).
    """
    if arms == "correlated":
        seen = [np.arange(n + 1) for n in range(horizon)]
        return float(sum((np.maximum(a, a[::-1]).mean() + 1) / (len(a) + 1) for a in seen))
    return _solved(horizon)[1] if arms == "independent" else None


@cache
def _solved(horizon: int) -> tuple[list[NDArray[np.bool_]], float]:
    value = np.zeros((horizon + 1,) * 3)
    choices = []
    for pulls in range(horizon - 1, -1, -1):
        s1, f1, s2 = np.ogrid[: pulls + 1, : pulls + 1, : pulls + 1]
        f2 = np.maximum(pulls - s1 - f1 - s2, 0)  # states below 0 are never reached
        p1, p2 = (s1 + 1) / (s1 + f1 + 2), (s2 + 1) / (s2 + f2 + 2)
        first = p1 * (1 + value[1:, :-1, :-1]) + (1 - p1) * value[:-1, 1:, :-1]
        second = p2 * (1 + value[:-1, :-1, 1:]) + (1 - p2) * value[:-1, :-1, :-1]
        choices.append(second > first)
        value = np.maximum(first, second)
    return choices[::-1], float(value[0, 0, 0])


class _Valuing:
    """A learner of the two-step task that chooses by a softmax of its values."""

    def __init__(
        self, task: EpisodicTask, episodes: int, rng: np.random.Generator, rate: float = 0.5, gain: float = 5.0
    ) -> None:
        assert isinstance(task, TwoStep)
        self.task, self.rate, self.gain = task, rate, gain
        self.value = np.full((N_ACTIONS, episodes), 0.5)
        self._luck = rng.uniform(size=(task.trials, episodes))
        self._each = np.arange(episodes)

    def act(self, trial: int) -> Choices:
        """Softmax with inverse temperature ``gain``."""
        value = self.values()
        return (self._luck[trial] < 1 / (1 + np.exp(self.gain * (value[0] - value[1])))).astype(int)

    def values(self) -> Array:
        """Values of the actions, (action, episode)."""
        raise NotImplementedError

    def _credit(self, index: Choices, reward: Array) -> None:
        self.value[index, self._each] += self.rate * (reward - self.value[index, self._each])


class ModelFree(_Valuing):
    """Credits the action chosen with the reward, however it came about: Q(a) <- Q(a) + rate (r - Q(a))."""

    def values(self) -> Array:
        """Q."""
        return self.value

    def learn(self, trial: int, action: Choices, outcome: Outcome) -> None:
        """Learn an action's value."""
        self._credit(action, outcome.reward)


class ModelBased(_Valuing):
    """Credits the state reached, and values actions by what they lead to: Q(a) = sum_s P(s | a) V(s)."""

    def values(self) -> Array:
        """Look ahead by one step."""
        return self.task.common * self.value + (1 - self.task.common) * self.value[::-1]

    def learn(self, trial: int, action: Choices, outcome: Outcome) -> None:
        """Learn a state's value."""
        self._credit(outcome.seen.argmax(axis=1), outcome.reward)


class BestTwoStep:
    """Infers which state pays more often, and takes the action that commonly leads there.

    Both states tell the same about that, so nothing is to be explored. Belief b that it is state 0: by Bayes' rule
    after each reward, then b <- (1 - h) b + h (1 - b) for the probability h of a reversal.
    """

    def __init__(self, task: EpisodicTask, episodes: int, rng: np.random.Generator) -> None:
        assert isinstance(task, TwoStep)
        self.task, self.rng = task, rng
        self.belief = np.full(episodes, 0.5)

    def act(self, trial: int) -> Choices:
        """The action of the likelier state; a chance one if both are as likely."""
        return _better(np.stack([self.belief, 1 - self.belief]), self.rng)

    def learn(self, trial: int, action: Choices, outcome: Outcome) -> None:
        """Bayes' rule, and a reversal that may follow."""
        t = self.task
        reached_0 = outcome.seen[:, 0] == 1
        chance = np.where(reached_0, [[t.high], [t.low]], [[t.low], [t.high]])  # of reward, if the better one is 0, 1
        likelihood = np.where(outcome.reward == 1, chance, 1 - chance)
        joint = likelihood * np.stack([self.belief, 1 - self.belief])
        after = joint[0] / joint.sum(axis=0)
        self.belief = (1 - t.reversal) * after + t.reversal * (1 - after)


RANDOM, BEST = "random", "Bayes-optimal"
THOMPSON, UCB, INDEX = "Thompson sampling", "UCB1", "finite-horizon index"
MODEL_FREE, MODEL_BASED = "model-free", "model-based"
_Maker = Callable[[EpisodicTask, int, np.random.Generator], Learner]
_BANDIT: dict[str, _Maker] = {RANDOM: Random, UCB: Ucb, THOMPSON: Thompson, INDEX: Index}
_TWO_STEP: dict[str, _Maker] = {RANDOM: Random, MODEL_FREE: ModelFree, MODEL_BASED: ModelBased, BEST: BestTwoStep}


def baselines(task: EpisodicTask) -> tuple[str, ...]:
    """Names of the learners that a task has, the worst first.

    The best learner is known for independent and correlated arms and for the two-step task. With arms of one known pair
    of probabilities the best one is that of correlated arms too.
    """
    return tuple(_TWO_STEP) if isinstance(task, TwoStep) else (*_BANDIT, BEST)


def baseline(name: str, task: EpisodicTask, episodes: int, rng: np.random.Generator) -> Learner:
    """A learner that is ready to play so many episodes.

    Raises
    ------
    ValueError
        The task has none of that name.
    """
    choose(name, baselines(task), f"baseline for {task.name}")
    if isinstance(task, TwoStep):
        return _TWO_STEP[name](task, episodes, rng)
    assert isinstance(task, Bandit)
    best = BestIndependent if task.arms == "independent" else BestCorrelated
    return (_BANDIT | {BEST: best})[name](task, episodes, rng)
