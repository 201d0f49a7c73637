"""Meta-reinforcement learning: a recurrent network trained by reinforcement on many tasks learns how to learn.

Wang et al. 2016, arXiv:1611.05763, and Wang et al. 2018, doi 10.1038/s41593-018-0147-8. An LSTM gets the last action,
the last reward, what was seen and the time, and gives out a policy and a value. Its weights are trained by an
actor-critic over episodes; in a test they are frozen, and what learning there is, is in its activity.

With rewards r_t, values V_t and the policy pi, discount gamma and trace lambda (V after the last trial is 0)

    d_t = r_t + gamma V_{t+1} - V_t,   A_t = d_t + gamma lambda A_{t+1}
    loss = mean over trials and episodes of  -A_t log pi(a_t) + b_v (R_t - V_t)^2 / 2 - b_e H(pi),   R_t = A_t + V_t

where A_t and R_t are taken as constants. The papers' returns are those of lambda = 1.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from replicortex import random_streams
from replicortex.primer.learning import Diverged, Learner
from replicortex.primer.meta_rl_tasks import N_ACTIONS, Array, Episodes, EpisodicTask, Outcome, Played, play
from replicortex.primer.network import Network
from replicortex.primer.trials import Task

if TYPE_CHECKING:
    from replicortex.config.primer import PrimerExperiment

Floats = NDArray[np.float32]


def inputs_of(played: Played) -> Floats:
    """What the network was shown: (trial, episode, line); in the first trial nothing, and time 0.

    Lines: what was seen in the last trial, its action, its reward, and the time as a fraction of the episode.
    """
    trials, n = played.actions.shape
    before = np.concatenate([played.seen, np.eye(N_ACTIONS)[played.actions], played.rewards[..., None]], axis=2)
    before = np.concatenate([np.zeros_like(before[:1]), before[:-1]])
    clock = np.broadcast_to((np.arange(trials) / trials)[:, None, None], (trials, n, 1))
    return np.concatenate([before, clock], axis=2, dtype=np.float32)


def _sigmoid(x: Floats) -> Floats:
    return 0.5 * (np.tanh(0.5 * x) + 1)


class Agent:
    """An LSTM that plays, with frozen weights; in NumPy, as a step of a few episodes is soon done.

    Parameters
    ----------
    network
        A network with the cell lstm.
    task
        The task that it plays.
    episodes
        Number of episodes that are played in parallel.
    rng
        Draws its actions.

    Attributes
    ----------
    values
        Values of the critic, (episode,) for each trial so far.
    """

    def __init__(self, network: Network, task: EpisodicTask, episodes: int, rng: np.random.Generator) -> None:
        arrays = {name.rpartition(".")[2]: value.numpy() for name, value in network.weights().items()}
        self._w_in, self._w_rec = (np.ascontiguousarray(arrays[f"weight_{kind}_l0"].T) for kind in ("ih", "hh"))
        self._bias = arrays["bias_ih_l0"] + arrays["bias_hh_l0"]
        self._w_out, self._b_out = arrays["w_out"], arrays["b_out"]
        self._trials = task.trials
        self._h = np.zeros((episodes, len(self._w_rec)), np.float32)
        self._c = np.zeros_like(self._h)
        self._x = np.zeros((episodes, len(task.input_lines)), np.float32)
        self._luck = rng.uniform(size=(task.trials, episodes))
        self.values: list[Floats] = []

    def act(self, trial: int) -> NDArray[np.int_]:
        """Actions drawn from the policy."""
        gates = self._x @ self._w_in + self._h @ self._w_rec + self._bias
        i, forget, candidate, o = np.split(gates, 4, axis=1)  # PyTorch's order
        self._c = _sigmoid(forget) * self._c + _sigmoid(i) * np.tanh(candidate)
        self._h = _sigmoid(o) * np.tanh(self._c)
        out = self._h @ self._w_out + self._b_out
        self.values.append(out[:, N_ACTIONS])
        # of two actions the second has probability sigmoid(difference of the logits)
        return (self._luck[trial] < _sigmoid(out[:, 1] - out[:, 0])).astype(int)

    def learn(self, trial: int, action: NDArray[np.int_], outcome: Outcome) -> None:
        """Show the network its last action and its outcome, with the next trial's time."""
        self._x[:, : -N_ACTIONS - 2] = outcome.seen
        self._x[:, -N_ACTIONS - 2 : -2] = np.eye(N_ACTIONS)[action]
        self._x[:, -2] = outcome.reward
        self._x[:, -1] = (trial + 1) / self._trials


def test_play(network: Network, task: EpisodicTask, episodes: Episodes, rng: np.random.Generator) -> Played:
    """Play episodes with frozen weights; actions are drawn from the policy."""
    return play(episodes, task.trials, Agent(network, task, episodes.n, rng))


test_play.__test__ = False  # type: ignore[attr-defined]  # a function of the library, not one for pytest


def advantages(rewards: Array, values: Array, discount: float, trace: float) -> Array:
    """A_t = sum_k (gamma lambda)^k d_{t+k}, d_t = r_t + gamma V_{t+1} - V_t, with V = 0 after the end.

    Parameters
    ----------
    rewards, values
        (trial, episode).
    discount, trace
        gamma and lambda.
    """
    following = np.concatenate([values[1:], np.zeros_like(values[:1])])
    errors = rewards + discount * following - values
    found = np.empty_like(errors)
    later = np.zeros_like(errors[0])
    for trial in range(len(errors) - 1, -1, -1):
        later = errors[trial] + discount * trace * later
        found[trial] = later
    return found


def actor_critic_loss(
    outputs: Tensor, actions: Tensor, advantage: Tensor, returns: Tensor, value_weight: float, entropy_weight: float
) -> Tensor:
    """The loss of the module's head.

    Parameters
    ----------
    outputs
        (trial, episode, action + 1), logits and value.
    actions
        (trial, episode) int64.
    advantage, returns
        (trial, episode), A_t and R_t.
    value_weight, entropy_weight
        b_v and b_e.
    """
    logs = torch.log_softmax(outputs[..., :N_ACTIONS], dim=-1)
    chosen = logs.gather(-1, actions[..., None])[..., 0]
    actor = -(advantage * chosen).mean()
    critic = 0.5 * (returns - outputs[..., N_ACTIONS]).square().mean()
    entropy = -(logs.exp() * logs).sum(-1).mean()
    return actor + value_weight * critic - entropy_weight * entropy


class MetaLearner(Learner):
    """A network that learns to learn. Every update plays new episodes, of a stream of its own number.

    The learning rate falls to 0 in half a cosine and the entropy's weight linearly, from what the settings say.
    """

    task: EpisodicTask  # type: ignore[assignment]  # episodes in place of trials with targets

    def play(self, n: int, *purpose: str | int) -> Played:
        """New episodes, of a stream named by its purpose."""
        rng = random_streams.generator(self.experiment.name, self.label, *purpose)
        return test_play(self.network, self.task, self.task.draw(rng, n), rng)

    def loss(self, played: Played) -> Tensor:
        """The loss of episodes that were played with the weights as they are."""
        t = self.experiment.training
        outputs, _ = self.network(torch.from_numpy(inputs_of(played)))
        values = outputs[..., N_ACTIONS].detach().numpy().astype(float)
        advantage = advantages(played.rewards, values, t.discount, t.trace)
        constant, returns = (torch.from_numpy(each).to(outputs) for each in (advantage, advantage + values))
        entropy = t.entropy * (1 - self.update / t.updates) if t.updates else t.entropy
        return actor_critic_loss(outputs, torch.from_numpy(played.actions), constant, returns, t.value_weight, entropy)

    def advance(self) -> None:
        """One update: play, judge, step.

        Raises
        ------
        Diverged
            The loss is not finite; the weights are those of the update before.
        """
        t = self.experiment.training
        played = self.play(t.batch, "update", self.update)
        loss = self.loss(played)
        if not torch.isfinite(loss):
            where = f"{self.experiment.name}, {self.label}: loss {loss.item()} at update {self.update}"
            raise Diverged(f"{where}; lower training.rate ({t.rate:g})")
        self.optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        for group in self.optimiser.param_groups:
            group["lr"] = t.rate * 0.5 * (1 + float(np.cos(np.pi * self.update / t.updates)))
        self.optimiser.step()
        self.curve.append([self.update, loss.item(), 0.0, 0.0, 0.0, float(played.rewards.mean())])
        self.update += 1

    def evaluate(self) -> float:
        """Mean reward of a trial in new episodes; adds a row to the history."""
        t = self.experiment.training
        played = self.play(t.evaluation_trials, "evaluation", self.update)
        with torch.no_grad():
            loss = float(self.loss(played))
        reward = float(played.rewards.mean())
        self.history.append([self.update, self.update * t.batch, self.task.name, loss, 0.0, reward])
        return reward


def learner_of(experiment: "PrimerExperiment", label: str, stages: Sequence[Task] = ()) -> Learner:
    """What trains a network: by reinforcement where the loss is actor_critic, else by targets."""
    kind = MetaLearner if experiment.training.loss == "actor_critic" else Learner
    return kind(experiment, label, stages=stages)
