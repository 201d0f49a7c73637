"""What agents do in episodes: regret against baselines, learning within an episode, and stay probabilities.

A trained network plays new episodes with frozen weights, and every baseline of `primer.meta_rl_baselines` plays the
same ones. Regret is expected reward given away: the best action's probability of reward minus the chosen one's.

Two-step task (Daw et al. 2011, doi 10.1016/j.neuron.2011.02.027): does the agent choose the same action again after a
reward, or none, that came after a common or a rare transition? A learner without a model of the transitions stays after
reward whatever the transition; one with a model stays after a reward that was reached commonly or a miss that was
reached rarely. Where one action is better for long, the first kind shows a bit of an interaction too: the better action
is rewarded more often after common transitions (Akam et al. 2015, doi 10.1371/journal.pcbi.1004648). Hence the effects
are reported together, and a regression takes out whether the action was the better one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from replicortex.primer import meta_rl_baselines as baselines
from replicortex.primer.meta_rl import Agent, test_play
from replicortex.primer.meta_rl_tasks import Array, EpisodicTask, Played, play
from replicortex.random_streams import generator

if TYPE_CHECKING:
    from replicortex.primer.job import Trained
    from replicortex.primer.network import Network
from replicortex.primer.measure.effects import NETWORK

TESTED = 10  # times as many episodes as in an evaluation during training
GAPS = (0.0, 0.2, 0.5, 1.0)  # ends of the groups of episodes by how far apart the actions' probabilities of reward are
PREDICTORS = ("reward", "transition", "reward x transition", "correct")
_RIDGE = 1.0  # inverse strength of the penalty that keeps the coefficients of a learner without errors finite


def prediction_errors(
    network: Network, task: EpisodicTask, episodes: int, rng: np.random.Generator, discount: float = 0.9
) -> tuple[Array, Played]:
    """Reward prediction errors of a network that plays with frozen weights, d_t = r_t + gamma V_(t+1) - V_t.

    The values V are its critic's, and V = 0 after the end (Wang et al. 2018).

    Parameters
    ----------
    network
        With the cell lstm, trained on the task.
    task
        The task that it plays.
    episodes
        Number of new episodes.
    rng
        Draws the episodes and its actions.
    discount
        gamma, 0.9 in `primer_bandits`.

    Returns
    -------
    (trial, episode) array
        The errors.
    Played
        What was played: actions, rewards, ...
    """
    agent = Agent(network, task, episodes, rng)
    played = play(task.draw(rng, episodes), task.trials, agent)
    values = np.array(agent.values, dtype=float)
    following = np.concatenate([values[1:], np.zeros_like(values[:1])])
    return played.rewards + discount * following - values, played


def regret_table(played: Played) -> pd.DataFrame:
    """Columns trial (from 1), regret and regret_sem (cumulative: mean over episodes and its error), reward (mean)."""
    total = np.cumsum(played.regret, axis=0)
    n = total.shape[1]
    columns = {
        "trial": 1 + np.arange(len(total)),
        "regret": total.mean(axis=1),
        "regret_sem": total.std(axis=1, ddof=1) / np.sqrt(n) if n > 1 else np.nan,
        "reward": played.rewards.mean(axis=1),
    }
    return pd.DataFrame(columns)


def learning_table(played: Played) -> pd.DataFrame:
    """How often the better action is chosen, by trial and by how much better it is.

    Columns gap_low, gap_high (of the difference of the actions' probabilities of reward in that trial), trial (from 1),
    n_better, n. Groups without an episode have no rows.
    """
    gap = np.abs(played.expected[:, 0] - played.expected[:, 1])
    better = played.actions == played.expected.argmax(axis=1)
    frames = []
    for low, high in zip(GAPS[:-1], GAPS[1:], strict=True):
        among = (gap > low) & (gap <= high)
        counts = {"n_better": (better & among).sum(axis=1), "n": among.sum(axis=1)}
        frames.append(pd.DataFrame({"gap_low": low, "gap_high": high, "trial": 1 + np.arange(len(gap)), **counts}))
    table = pd.concat(frames, ignore_index=True)
    return table[table["n"] > 0].reset_index(drop=True)


def _pairs(played: Played) -> pd.DataFrame:
    """Every trial but the last of each episode: rewarded, common, correct, and whether the next action is the same."""
    action, state = played.actions[:-1], played.seen[:-1].argmax(axis=2)
    columns = {
        "rewarded": played.rewards[:-1] == 1,
        "common": state == action,
        "correct": action == played.expected[:-1].argmax(axis=1),
        "stay": played.actions[1:] == action,
    }
    return pd.DataFrame({name: values.ravel() for name, values in columns.items()})


def stay_table(played: Played) -> pd.DataFrame:
    """Columns rewarded, common (bool), n_stay, n: how often an action of the two-step task is taken again."""
    pairs = _pairs(played)
    rows = []
    for rewarded, common in product((True, False), repeat=2):
        stay = pairs.loc[(pairs["rewarded"] == rewarded) & (pairs["common"] == common), "stay"]
        rows.append((rewarded, common, int(stay.sum()), len(stay)))
    return pd.DataFrame(rows, columns=["rewarded", "common", "n_stay", "n"])


def stay_regression(played: Played) -> pd.DataFrame:
    """Logistic regression of staying on what happened; see the module's head for "correct".

    Predictors are +1/2 and -1/2, their product likewise; a weak ridge keeps the coefficients finite.

    Returns
    -------
    DataFrame
        Columns term (of `PREDICTORS`), coefficient (log odds; NaN where an agent always or never stays).
    """
    pairs = _pairs(played)
    reward, common, correct = (pairs[name].to_numpy() - 0.5 for name in ("rewarded", "common", "correct"))
    if pairs["stay"].nunique() < 2:
        return pd.DataFrame({"term": PREDICTORS, "coefficient": np.nan})
    design = np.stack([reward, common, 2 * reward * common, correct], axis=1)
    fit = LogisticRegression(C=_RIDGE, tol=1e-6, max_iter=200).fit(design, pairs["stay"])
    return pd.DataFrame({"term": PREDICTORS, "coefficient": fit.coef_[0]})


def _task(one: Trained) -> EpisodicTask:
    return one.task  # type: ignore[return-value]  # only networks that play come here


def _plays(trained: Trained, episodes: int) -> Iterator[tuple[str, Played]]:
    """The network and every baseline on the same new episodes, which are the same for all networks of a condition."""
    task, name = _task(trained), trained.experiment.name
    drawn = task.draw(generator(name, task.name, "test"), episodes)
    yield NETWORK, test_play(trained.network, task, drawn, generator(name, trained.label, "test actions"))
    for learner in baselines.baselines(task):
        rng = generator(name, task.name, "test", learner)
        yield learner, play(drawn, task.trials, baselines.baseline(learner, task, drawn.n, rng))


def _tables(played: Played, two_step: bool) -> dict[str, pd.DataFrame]:
    found = {"regret": regret_table(played), "within": learning_table(played)}
    return found | ({"stay": stay_table(played), "stay_regression": stay_regression(played)} if two_step else {})


def tables(experiment: str, networks: Mapping[str, Trained]) -> dict[str, pd.DataFrame]:
    """Tables of every network and its baselines, in test episodes with frozen weights.

    Every table begins with the columns network, task and learner ("network", or a baseline).

    Returns
    -------
    regret, within
        As `regret_table` and `learning_table`.
    stay, stay_regression
        As `stay_table` and `stay_regression`, where networks play the two-step task.
    """
    parts: dict[str, list[pd.DataFrame]] = {}
    for one in networks.values():
        task = _task(one)
        for learner, played in _plays(one, TESTED * one.experiment.training.evaluation_trials):
            for name, table in _tables(played, bool(task.seen)).items():
                for column, value in (("learner", learner), ("task", task.name), ("network", one.label)):
                    table.insert(0, column, value)
                parts.setdefault(name, []).append(table)
    return {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}
