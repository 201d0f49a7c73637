"""The tasks as environments of gymnasium, which is optional: ``pip install replicortex[gym]``."""

from typing import TYPE_CHECKING, Any

import numpy as np

from replicortex.primer.trials import Floats, Task, Trials
from replicortex.streams import generator

if TYPE_CHECKING:
    import gymnasium

REWARD_CORRECT, REWARD_ABORT = 1.0, -0.1


def environment(task: Task, seed: int = 0) -> "gymnasium.Env[Floats, np.int64]":
    """A task as an environment of gymnasium: an episode is a trial, a step is one of its steps.

    Observation: the input lines. Action: 0 waits, k chooses alternative k. A choice during fixation ends the trial with
    reward -0.1; one in the decision period ends it with 1 if it is right, else 0; at other times it is ignored.
    ``info`` tells ``truth``, what should be done (``action``), and the trial's conditions.

    >>> from replicortex import primer
    >>> env = primer.environment(primer.PerceptualDecision(sigma=0.3), seed=0)
    >>> observation, info = env.reset()
    >>> observation, reward, terminated, truncated, info = env.step(0)

    Args:
        task: any task of :mod:`replicortex.primer`.
        seed: names the stream of trials; ``reset(seed=...)`` starts another.

    Raises:
        ImportError: gymnasium is not installed.
    """
    try:
        import gymnasium
    except ImportError:
        raise ImportError(
            "primer.environment: needs gymnasium, which is not installed; pip install 'replicortex[gym]'"
        ) from None

    class TaskEnvironment(gymnasium.Env[Floats, np.int64]):
        metadata = {"render_modes": []}

        def __init__(self) -> None:
            self.observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (len(task.input_lines),), np.float32)
            self.action_space = gymnasium.spaces.Discrete(1 + len(task.alternatives))
            self._stream = _stream(task, seed)
            self._trial: Trials | None = None
            self._step = 0

        def reset(
            self, *, seed: int | None = None, options: dict[str, Any] | None = None
        ) -> tuple[Floats, dict[str, Any]]:
            """A new trial; ``options`` fixes its conditions, as ``draw`` does."""
            super().reset(seed=seed)
            if seed is not None:
                self._stream = _stream(task, seed)
            self._trial = task.draw(1, self._stream, **(options or {}))
            self._step = 0
            return self._trial.inputs[0, 0], self._told(self._trial)

        def step(self, action: np.int64) -> tuple[Floats, float, bool, bool, dict[str, Any]]:
            """One step: what follows the action, its reward, and whether the trial is over."""
            trial = self._trial
            if trial is None:
                raise RuntimeError("step: the trial is over or has not begun; call reset() first")
            told = self._told(trial)
            deciding, fixating = (bool(trial.during(name)[self._step, 0]) for name in ("decision", "fixation"))
            over, reward = False, 0.0
            if action != 0 and fixating:
                over, reward = True, REWARD_ABORT
            elif action != 0 and deciding:
                over, reward = True, REWARD_CORRECT * float(action == trial.truth[0])
            self._step += 1
            over = over or self._step == len(trial.inputs)
            seen = trial.inputs[min(self._step, len(trial.inputs) - 1), 0]
            if over:
                self._trial = None
            return seen, reward, over, False, told

        def _told(self, trial: Trials) -> dict[str, Any]:
            conditions = {name: float(values[0]) for name, values in trial.conditions.items()}
            return {"truth": int(trial.truth[0]), "action": int(trial.actions[self._step, 0]), **conditions}

    return TaskEnvironment()


def _stream(task: Task, seed: int) -> np.random.Generator:
    return generator("environment", type(task).__name__, seed)
