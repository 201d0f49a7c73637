"""Tasks in which a learner finds out within an episode what pays: two-armed bandits and the two-step task.

Wang et al. 2016, arXiv:1611.05763; Wang et al. 2018, doi 10.1038/s41593-018-0147-8; the two-step task is that of Daw et
al. 2011, doi 10.1016/j.neuron.2011.02.027, as Wang et al. simplified it.

Many episodes are played side by side, one trial after the other. All chance is drawn before an episode begins, so the
same generator gives the same episodes whatever is chosen in them, and learners that play them can be compared in pairs.

Examples
--------
>>> episodes = Bandit("correlated", trials=3).draw(np.random.default_rng(0), episodes=2)
>>> episodes.outcome(0, np.array([0, 1])).reward
array([0., 0.])
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from replicortex.errors import choose

Array = NDArray[np.float64]
Actions = NDArray[np.integer[Any]]

# How the reward probabilities of the two arms are drawn. Independent: both uniform on 0..1. Correlated: they sum to 1,
# the first uniform; or they are one pair of values, and either arm is the better one.
ARMS: dict[str, tuple[float, float] | None] = {
    "independent": None,
    "correlated": None,
    "easy": (0.1, 0.9),
    "medium": (0.25, 0.75),
    "hard": (0.4, 0.6),
}
N_ACTIONS = 2


class Outcome(NamedTuple):
    """What follows a choice.

    reward : (episode,) 0 or 1
    seen : (episode, line)
        What is observed beside the reward.
    """

    reward: Array
    seen: Array


class Episodes(Protocol):
    """Episodes with all their chance drawn."""

    @property
    def n(self) -> int:
        """Number of episodes."""

    def outcome(self, trial: int, action: Actions) -> Outcome:
        """What follows the actions (episode,) in a trial."""

    def expected(self, trial: int) -> Array:
        """Probability of reward of each action in a trial: (action, episode)."""


class EpisodicTask(Protocol):
    """A distribution of episodes. A trial is one step of a network, however long it may last."""

    dt: ClassVar[float]
    seen: ClassVar[tuple[str, ...]]

    @property
    def name(self) -> str:
        """Its name in tables."""

    @property
    def trials(self) -> int:
        """Trials of an episode."""

    @property
    def input_lines(self) -> tuple[str, ...]:
        """Names of a network's inputs: what was seen, the last action and reward, and the time."""

    @property
    def output_lines(self) -> tuple[str, ...]:
        """Names of its outputs: the logits of both actions, and the value."""

    def draw(self, rng: np.random.Generator, episodes: int) -> Episodes:
        """New episodes."""


class _Lines:
    """The lines of a network that plays an episodic task."""

    dt: ClassVar[float] = 1.0
    seen: ClassVar[tuple[str, ...]] = ()
    output_lines = ("action 1", "action 2", "value")

    @property
    def input_lines(self) -> tuple[str, ...]:
        """What was seen, the last action and reward, and the time."""
        return (*self.seen, "last action 1", "last action 2", "last reward", "time")


def _counted(**numbers: int) -> None:
    for name, value in numbers.items():
        if value < 1:
            raise ValueError(f"{name}: {value} is below 1")


def _probabilities(**numbers: float) -> None:
    for name, value in numbers.items():
        if not 0 <= value <= 1:
            raise ValueError(f"{name}: {value} is no probability, 0..1")


@dataclass(frozen=True)
class Bandit(_Lines):
    """Two arms that pay 1 with probabilities that stay the same for an episode.

    Attributes
    ----------
    arms : str
        How the probabilities are drawn: a key of `ARMS`.
    trials : int
        Pulls in an episode (100 in the papers).

    Raises
    ------
    ValueError
        Unknown arms, or no trials.
    """

    arms: str = "independent"
    trials: int = 100

    def __post_init__(self) -> None:
        choose(self.arms, ARMS, "arms")
        _counted(trials=self.trials)

    @property
    def name(self) -> str:
        """ "independent arms" etc."""
        return f"{self.arms} arms"

    def draw(self, rng: np.random.Generator, episodes: int) -> BanditEpisodes:
        """New episodes: their probabilities, and the luck of each pull (the same whichever arm is pulled)."""
        _counted(episodes=episodes)
        pair = ARMS[self.arms]
        if pair is None:
            probability = rng.uniform(size=(N_ACTIONS, episodes))
            if self.arms == "correlated":
                probability[1] = 1 - probability[0]
        else:
            first = rng.integers(2, size=episodes)
            probability = np.array(pair)[np.stack([first, 1 - first])]
        return BanditEpisodes(probability, rng.uniform(size=(self.trials, episodes)))


@dataclass(frozen=True)
class BanditEpisodes:
    """Episodes of a bandit.

    probability : (arm, episode)
    luck : (trial, episode)
        Uniform on 0..1; a pull pays if it is below the arm's probability.
    """

    probability: Array
    luck: Array

    @property
    def n(self) -> int:
        """Number of episodes."""
        return self.luck.shape[1]

    def outcome(self, trial: int, action: Actions) -> Outcome:
        """Reward of the arms pulled; nothing else is seen."""
        paid = self.luck[trial] < self.probability[action, np.arange(self.n)]
        return Outcome(paid.astype(float), np.empty((self.n, 0)))

    def expected(self, trial: int) -> Array:
        """The arms' probabilities."""
        return self.probability


@dataclass(frozen=True)
class TwoStep(_Lines):
    """The two-step task: an action leads to one of two states, and one of the states pays more often.

    Action 0 commonly leads to state 0 and action 1 to state 1; rarely it is the other one. Which state pays more often
    changes between two trials with a small probability. The second step has no choice, so a trial is one step here:
    the state that was reached is seen together with the reward. (The papers spread a trial over several steps of the
    network, with a fixation and an idle action.)

    Attributes
    ----------
    trials : int
        Trials in an episode.
    common : float
        Probability of the common transition.
    high, low : float
        Probabilities of reward in the better state and in the other one.
    reversal : float
        Probability, before each trial but the first, that the states swap these.

    Raises
    ------
    ValueError
        A number that is no probability, or no trials.
    """

    trials: int = 100
    common: float = 0.8
    high: float = 0.9
    low: float = 0.1
    reversal: float = 0.025
    name: ClassVar[str] = "two-step"
    seen: ClassVar[tuple[str, ...]] = ("last state 1", "last state 2")

    def __post_init__(self) -> None:
        _counted(trials=self.trials)
        _probabilities(common=self.common, high=self.high, low=self.low, reversal=self.reversal)

    def draw(self, rng: np.random.Generator, episodes: int) -> TwoStepEpisodes:
        """New episodes: the better state of every trial, rare transitions, and the luck of each reward."""
        _counted(episodes=episodes)
        shape = (self.trials, episodes)
        first = rng.integers(2, size=episodes)
        reversals = rng.uniform(size=shape) < self.reversal
        reversals[0] = False
        better = (first + np.cumsum(reversals, axis=0)) % 2
        rare = rng.uniform(size=shape) >= self.common
        return TwoStepEpisodes(self, better, rare, rng.uniform(size=shape))


@dataclass(frozen=True)
class TwoStepEpisodes:
    """Episodes of the two-step task.

    task : TwoStep
    better : (trial, episode) 0 or 1
        The state that pays more often.
    rare : (trial, episode) bool
    luck : (trial, episode)
        Uniform on 0..1; a state pays if it is below the state's probability.
    """

    task: TwoStep
    better: NDArray[np.int_]
    rare: NDArray[np.bool_]
    luck: Array

    @property
    def n(self) -> int:
        """Number of episodes."""
        return self.luck.shape[1]

    def outcome(self, trial: int, action: Actions) -> Outcome:
        """Reward, and the state reached as one of two channels."""
        state = np.where(self.rare[trial], 1 - action, action)
        chance = np.where(state == self.better[trial], self.task.high, self.task.low)
        return Outcome((self.luck[trial] < chance).astype(float), np.eye(2)[state])

    def expected(self, trial: int) -> Array:
        """Probability of reward of each action, over both transitions."""
        t = self.task
        right, wrong = t.common * t.high + (1 - t.common) * t.low, t.common * t.low + (1 - t.common) * t.high
        return np.where(np.arange(N_ACTIONS)[:, None] == self.better[trial], right, wrong)


@dataclass(frozen=True)
class Played:
    """Choices in episodes and their outcomes; every array is (trial, episode) unless it says otherwise.

    actions : int
    rewards : 0 or 1
    seen : (trial, episode, line)
    expected : (trial, action, episode)
        Probability of reward of each action, known to the task alone.
    """

    actions: NDArray[np.int_]
    rewards: Array
    seen: Array
    expected: Array

    @property
    def regret(self) -> Array:
        """Expected reward given away: the best action's probability of reward minus the chosen one's."""
        chosen = np.take_along_axis(self.expected, self.actions[:, None], axis=1)[:, 0]
        return self.expected.max(axis=1) - chosen


class Learner(Protocol):
    """Something that learns within episodes: it chooses, and is given the outcome."""

    def act(self, trial: int) -> NDArray[np.int_]:
        """Actions (episode,)."""

    def learn(self, trial: int, action: NDArray[np.int_], outcome: Outcome) -> None:
        """Take in what followed the actions."""


def play(episodes: Episodes, trials: int, learner: Learner) -> Played:
    """Let a learner play all trials of episodes side by side."""
    actions = np.empty((trials, episodes.n), int)
    outcomes: list[Outcome] = []
    for trial in range(trials):
        actions[trial] = learner.act(trial)
        outcomes.append(episodes.outcome(trial, actions[trial]))
        learner.learn(trial, actions[trial], outcomes[-1])
    rewards, seen = (np.stack(each) for each in zip(*outcomes, strict=True))
    return Played(actions, rewards, seen, np.stack([episodes.expected(trial) for trial in range(trials)]))


EPISODIC: dict[str, Any] = {"bandit": Bandit, "two_step": TwoStep}
