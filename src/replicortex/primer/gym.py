"""The tasks as environments of gymnasium, which is optional: ``pip install replicortex[gym]``."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from replicortex import extras
from replicortex.primer.meta_rl_tasks import EpisodicTask
from replicortex.primer.trials import Floats, Task

if TYPE_CHECKING:
    import gymnasium


def environment(
    task: Task | EpisodicTask,
    seed: int = 0,
    *,
    rewards: Mapping[str, float] | None = None,
    abort_ends: bool = True,
) -> "gymnasium.Env[Floats, np.int64]":
    """A task as an environment of gymnasium: an episode is a trial, a step is one of its steps.

    Observation: the input lines. Action: 0 waits, k chooses alternative k. A choice in the period ``fixation`` is an
    abort; one in the period ``decision`` ends the trial, and is correct or a failure; at other times it is ignored.
    Where waiting is right (`GoNoGo`), a trial without a choice is correct. ``info`` has ``truth``, what should be done
    (``action``), and the trial's conditions.

    A bandit or the two-step task is played: an episode is one of its episodes and a step a trial. The observation is
    what the network of `primer.meta_rl` is shown; ``info`` has the expected reward of either action.

    Parameters
    ----------
    task
        Any task of the primer, or one of your own.
    seed
        Names the stream of trials; ``reset(seed=...)`` starts another.
    rewards
        What replaces the rewards "correct" (1), "abort" (-0.1) and "fail" (0).
    abort_ends
        Whether an abort ends the trial. In neurogym, and so in the texts, it does not: False.

    Raises
    ------
    ImportError
        gymnasium is not installed.
    TypeError, ValueError
        A task of your own that lacks something (`check_task`), or an unknown reward.

    Examples
    --------
    >>> from replicortex import primer
    >>> env = primer.environment(primer.PerceptualDecision(sigma=0.3), seed=0)
    >>> observation, info = env.reset()
    >>> observation, reward, terminated, truncated, info = env.step(0)

    With ``import replicortex.primer.environments`` the tasks are known to ``gymnasium.make`` too, as
    ``replicortex/perceptual-v0`` and so on, with the task's settings as keywords.
    """
    with extras.named():
        from replicortex.primer.environments import environment_of

    return environment_of(task, seed, rewards, abort_ends)
