"""The episodic tasks as environments of gymnasium, which is optional: ``pip install replicortex[gym]``."""

from typing import TYPE_CHECKING, Any

import numpy as np

from replicortex.primer.meta_rl_tasks import N_ACTIONS, Episodes, EpisodicTask
from replicortex.primer.trials import Floats
from replicortex.streams import generator

if TYPE_CHECKING:
    import gymnasium


def episode_environment(task: EpisodicTask, seed: int = 0) -> "gymnasium.Env[Floats, np.int64]":
    """A bandit or the two-step task as an environment of gymnasium: an episode is one of its episodes, a step a trial.

    Observation: what the network of `primer.meta_rl` is shown, so that any agent with a memory can play: what was seen
    in the last trial, its action and its reward, and the time (0..1). ``info`` tells the expected reward of either
    action, from which regret is computed.

    >>> from replicortex import primer
    >>> env = primer.episode_environment(primer.Bandit("correlated"), seed=0)
    >>> observation, info = env.reset()
    >>> observation, reward, terminated, truncated, info = env.step(0)

    Args:
        task: `primer.Bandit` or `primer.TwoStep`.
        seed: names the stream of episodes; ``reset(seed=...)`` starts another.

    Raises:
        ImportError: gymnasium is not installed.
    """
    try:
        import gymnasium
    except ImportError:
        raise ImportError(
            "primer.episode_environment: needs gymnasium, which is not installed; pip install 'replicortex[gym]'"
        ) from None

    class EpisodeEnvironment(gymnasium.Env[Floats, np.int64]):
        metadata = {"render_modes": []}

        def __init__(self) -> None:
            self.observation_space = gymnasium.spaces.Box(0, 1, (len(task.input_lines),), np.float32)
            self.action_space = gymnasium.spaces.Discrete(N_ACTIONS)
            self._stream = _stream(task, seed)
            self._episode: Episodes | None = None
            self._trial = 0

        def reset(
            self, *, seed: int | None = None, options: dict[str, Any] | None = None
        ) -> tuple[Floats, dict[str, Any]]:
            """A new episode."""
            super().reset(seed=seed)
            if seed is not None:
                self._stream = _stream(task, seed)
            self._episode = task.draw(self._stream, 1)
            self._trial = 0
            return np.zeros(len(task.input_lines), np.float32), self._told(self._episode)

        def step(self, action: np.int64) -> tuple[Floats, float, bool, bool, dict[str, Any]]:
            """One trial: what is seen after the action, the reward, and whether the episode is over."""
            episode = self._episode
            if episode is None:
                raise RuntimeError("step: the episode is over or has not begun; call reset() first")
            reward, seen = episode.outcome(self._trial, np.array([action]))
            self._trial += 1
            over = self._trial == task.trials
            time = [self._trial / task.trials]
            observation = np.concatenate([seen[0], np.eye(N_ACTIONS)[action], reward, time], dtype=np.float32)
            told = {} if over else self._told(episode)
            if over:
                self._episode = None
            return observation, float(reward[0]), over, False, told

        def _told(self, episode: Episodes) -> dict[str, Any]:
            return {"expected": episode.expected(self._trial)[:, 0].tolist()}

    return EpisodeEnvironment()


def _stream(task: EpisodicTask, seed: int) -> np.random.Generator:
    return generator("environment", task.name, seed)
