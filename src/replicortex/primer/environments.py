"""The environments behind `primer.environment`. Importing this module also makes them known to ``gymnasium.make``:

import gymnasium
import replicortex.primer.environments
env = gymnasium.make("replicortex/perceptual-v0", sigma=0.3)
"""

from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np

from replicortex.errors import choose
from replicortex.primer.meta_rl_tasks import EPISODIC, N_ACTIONS, Episodes, EpisodicTask
from replicortex.primer.tasks import TASKS, check_task
from replicortex.primer.tasks import task as task_named
from replicortex.primer.trials import Floats, Task, Trials
from replicortex.random_streams import generator

REWARDS = {"correct": 1.0, "abort": -0.1, "fail": 0.0}
Info = dict[str, Any]
Seen = tuple[Floats, float, bool, bool, Info]  # observation, reward, terminated, truncated, info


class TrialEnvironment(gymnasium.Env[Floats, np.int64]):
    """A task whose trials are shown; see `primer.environment`."""

    metadata = {"render_modes": []}

    def __init__(self, task: Task, seed: int, rewards: Mapping[str, float], abort_ends: bool) -> None:
        self.observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (len(task.input_lines),), np.float32)
        self.action_space = gymnasium.spaces.Discrete(1 + len(task.alternatives))
        self.task, self.rewards, self.abort_ends = task, dict(rewards), abort_ends
        self._rng = generator("environment", type(task).__name__, seed)
        self._trial: Trials | None = None
        self._step, self._end = 0, 0

    def reset(self, *, seed: int | None = None, options: Info | None = None) -> tuple[Floats, Info]:
        """A new trial; ``options`` fixes its conditions, as ``draw`` does."""
        super().reset(seed=seed)
        if seed is not None:
            self._rng = generator("environment", type(self.task).__name__, seed)
        self._trial = self.task.draw(1, self._rng, **(options or {}))
        self._step, self._end = 0, int(self._trial.periods["decision"][1][0])
        return self._trial.inputs[0, 0], self._info(self._trial)

    def step(self, action: np.int64) -> Seen:
        """One step: what follows the action, its reward, and whether the trial is over."""
        trial = self._trial
        if trial is None:
            raise RuntimeError("step: the trial is over or has not begun; call reset() first")
        info, truth = self._info(trial), trial.truth[0]
        deciding, fixating = (bool(trial.during(name)[self._step, 0]) for name in ("decision", "fixation"))
        over, reward = False, 0.0
        if action != 0 and fixating:
            over, reward = self.abort_ends, self.rewards["abort"]
        elif action != 0 and deciding:
            over, reward = True, self.rewards["correct" if action == truth else "fail"]
        self._step += 1
        if not over and self._step == self._end:
            over = True
            reward += self.rewards["correct"] if truth == 0 else 0.0
        seen = trial.inputs[min(self._step, len(trial.inputs) - 1), 0]
        if over:
            self._trial = None
        return seen, reward, over, False, info

    def _info(self, trial: Trials) -> Info:
        conditions = {name: float(values[0]) for name, values in trial.conditions.items()}
        return {"truth": int(trial.truth[0]), "action": int(trial.actions[self._step, 0]), **conditions}


class EpisodeEnvironment(gymnasium.Env[Floats, np.int64]):
    """A bandit or the two-step task; see `primer.environment`."""

    metadata = {"render_modes": []}

    def __init__(self, task: EpisodicTask, seed: int) -> None:
        self.observation_space = gymnasium.spaces.Box(0, 1, (len(task.input_lines),), np.float32)
        self.action_space = gymnasium.spaces.Discrete(N_ACTIONS)
        self.task = task
        self._rng = generator("environment", task.name, seed)
        self._episode: Episodes | None = None
        self._trial = 0

    def reset(self, *, seed: int | None = None, options: Info | None = None) -> tuple[Floats, Info]:
        """A new episode."""
        super().reset(seed=seed)
        if seed is not None:
            self._rng = generator("environment", self.task.name, seed)
        self._episode = self.task.draw(self._rng, 1)
        self._trial = 0
        return np.zeros(len(self.task.input_lines), np.float32), self._info(self._episode)

    def step(self, action: np.int64) -> Seen:
        """One trial: what is seen after the action, the reward, and whether the episode is over."""
        episode = self._episode
        if episode is None:
            raise RuntimeError("step: the episode is over or has not begun; call reset() first")
        reward, seen = episode.outcome(self._trial, np.array([action]))
        self._trial += 1
        over = self._trial == self.task.trials
        time = [self._trial / self.task.trials]
        observation = np.concatenate([seen[0], np.eye(N_ACTIONS)[action], reward, time], dtype=np.float32)
        info = {} if over else self._info(episode)
        if over:
            self._episode = None
        return observation, float(reward[0]), over, False, info

    def _info(self, episode: Episodes) -> Info:
        return {"expected": episode.expected(self._trial)[:, 0].tolist()}


def environment_of(
    task: Task | EpisodicTask, seed: int, rewards: Mapping[str, float] | None, abort_ends: bool
) -> "gymnasium.Env[Floats, np.int64]":
    """See `primer.environment`."""
    if hasattr(task, "trials") and not hasattr(task, "alternatives"):
        if rewards or not abort_ends:
            raise ValueError(
                f"environment: {type(task).__name__} has its own rewards; leave rewards and abort_ends out"
            )
        return EpisodeEnvironment(task, seed)
    for name in rewards or {}:
        choose(name, REWARDS, "reward")
    return TrialEnvironment(check_task(task), seed, REWARDS | dict(rewards or {}), abort_ends)  # type: ignore[arg-type]


def make(
    task: str, seed: int = 0, rewards: Mapping[str, float] | None = None, abort_ends: bool = True, **settings: Any
) -> "gymnasium.Env[Floats, np.int64]":
    """What ``gymnasium.make`` calls: the environment of a task by its name and settings."""
    return environment_of(task_named(task, **settings), seed, rewards, abort_ends)


for _name in (*TASKS, *EPISODIC):
    gymnasium.register(f"replicortex/{_name}-v0", entry_point=f"{__name__}:make", kwargs={"task": _name})
