"""Meta-reinforcement learning: a recurrent network trained by reinforcement on many tasks learns how to learn.

Wang et al. 2016, arXiv:1611.05763, and Wang et al. 2018, doi 10.1038/s41593-018-0147-8. An LSTM gets the last action,
the last reward, what was seen and the time, and gives out a policy and a value. Its weights are trained by an
actor-critic over episodes; in an episode of a test they are frozen, and what learning there is, is in its activity.

With rewards r_t, values V_t and the policy pi, discount gamma and trace lambda (V after the last trial is 0)

    d_t = r_t + gamma V_{t+1} - V_t,   A_t = d_t + gamma lambda A_{t+1}
    loss = mean over trials and episodes of  -A_t log pi(a_t) + b_v (A_t)^2 / 2 - b_e H(pi)

where A_t in the first term is taken as a constant. In the second it is R_t - V_t with the constant R_t = A_t + V_t. The
papers' returns are those of lambda = 1.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from replicortex.networks import Architecture, Ensemble, create
from replicortex.primer.meta_rl_tasks import N_ACTIONS, Array, Episodes, Outcome, Played, Task, play

Weights = Mapping[str, NDArray[np.float32]]
Floats = NDArray[np.float32]
_FORGET = 1.0  # what the LSTM adds to the bias of its forget gate, see networks.cells


@dataclass(frozen=True)
class ActorCritic:
    """How an agent is trained.

    Attributes
    ----------
    updates : int
        Steps of the optimiser.
    batch : int
        Episodes played for each update.
    rate : float
        Learning rate at the beginning; it falls to 0 in half a cosine.
    discount, trace : float
        gamma and lambda.
    value : float
        Weight b_v of the critic's loss.
    entropy, last_entropy : float
        Weight b_e of the policy's entropy at the beginning and at the end, linear in between.
    clip : float
        Largest norm of the gradient.
    """

    updates: int = 1000
    batch: int = 64
    rate: float = 3e-3
    discount: float = 0.9
    trace: float = 1.0
    value: float = 0.05
    entropy: float = 0.05
    last_entropy: float = 0.0
    clip: float = 1.0

    def entropy_at(self, update: int) -> float:
        """Weight of the entropy in update number ``update``, from 0."""
        return self.entropy + (self.last_entropy - self.entropy) * update / max(1, self.updates - 1)

    def rate_at(self, update: int) -> float:
        """Learning rate in update number ``update``, from 0."""
        return self.rate * 0.5 * (1 + float(np.cos(np.pi * update / self.updates)))


def n_input(task: Task) -> int:
    """Input channels: what was seen, the last action (one channel each), the last reward and the time."""
    return task.n_seen + N_ACTIONS + 2


def new_network(task: Task, units: int, rng: np.random.Generator, label: str) -> Ensemble:
    """An untrained LSTM whose outputs are the logits of the actions and, last, the value."""
    sizes: dict[str, Any] = {"units": units, "n_input": n_input(task), "n_output": N_ACTIONS + 1, "n_rule": 0}
    return create(Architecture(cell="lstm", activation="tanh", sigma_rec=0.0, **sizes), [rng], [label])


def inputs_of(played: Played) -> Floats:
    """What the network was shown: (trial, episode, channel); in the first trial nothing but the time, which is 0.

    Channels: what was seen in the last trial, its action, its reward, and the time as a fraction of the episode.
    """
    trials, n = played.actions.shape
    before = np.concatenate([played.seen, np.eye(N_ACTIONS)[played.actions], played.rewards[..., None]], axis=2)
    before = np.concatenate([np.zeros_like(before[:1]), before[:-1]])
    clock = np.broadcast_to((np.arange(trials) / trials)[:, None, None], (trials, n, 1))
    return np.concatenate([before, clock], axis=2, dtype=np.float32)


def _sigmoid(x: Floats) -> Floats:
    return 0.5 * (np.tanh(0.5 * x) + 1)


class Agent:
    """A network that plays, with frozen weights.

    Attributes
    ----------
    values : list of (episode,)
        The critic's value in each trial so far.
    """

    def __init__(self, weights: Weights, task: Task, episodes: int, rng: np.random.Generator) -> None:
        self._w = weights
        self._n_in = n_input(task)
        self._trials = task.trials
        units = weights["w_out"].shape[0]
        self._h = np.zeros((episodes, units), np.float32)
        self._c = np.zeros_like(self._h)
        self._x = np.zeros((episodes, self._n_in), np.float32)
        self._luck = rng.uniform(size=(task.trials, episodes))
        self.values: list[Floats] = []

    def act(self, trial: int) -> NDArray[np.int_]:
        """Actions drawn from the policy."""
        w = self._w
        z = self._x @ w["w_gates"][: self._n_in] + self._h @ w["w_gates"][self._n_in :] + w["b_gates"]
        i, candidate, forget, o = np.split(z, 4, axis=1)
        self._c = _sigmoid(forget + np.float32(_FORGET)) * self._c + _sigmoid(i) * np.tanh(candidate)
        self._h = _sigmoid(o) * np.tanh(self._c)
        out = self._h @ w["w_out"] + w["b_out"]
        self.values.append(out[:, N_ACTIONS])
        # of two actions the second has probability sigmoid(difference of the logits)
        return (self._luck[trial] < _sigmoid(out[:, 1] - out[:, 0])).astype(int)

    def learn(self, trial: int, action: NDArray[np.int_], outcome: Outcome) -> None:
        """Show the network what it did and what came of it, with the next trial's time."""
        seen = outcome.seen.shape[1]
        self._x[:, :seen] = outcome.seen
        self._x[:, seen : seen + N_ACTIONS] = np.eye(N_ACTIONS)[action]
        self._x[:, -2] = outcome.reward
        self._x[:, -1] = (trial + 1) / self._trials


def numpy_weights(net: Ensemble) -> dict[str, Floats]:
    """The weights of one network as arrays."""
    return {name: weight.detach().numpy() for name, weight in net.one(0).items()}


def test_play(net: Ensemble, task: Task, episodes: Episodes, rng: np.random.Generator) -> Played:
    """Play episodes with frozen weights; actions are drawn from the policy."""
    return play(episodes, task.trials, Agent(numpy_weights(net), task, episodes.n, rng))


def advantages(rewards: Array, values: Array, discount: float, trace: float) -> Array:
    """A_t = sum_k (gamma lambda)^k d_{t+k}, d_t = r_t + gamma V_{t+1} - V_t, with V = 0 after the end.

    Parameters
    ----------
    rewards, values : (trial, episode)
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


def outputs(weights: Mapping[str, Tensor], x: Tensor) -> Tensor:
    """Logits and value (trial, episode, action + 1) of one LSTM on inputs (trial, episode, channel).

    The same network as `networks.cells` runs step by step, in the one call that PyTorch has for a whole sequence. There
    the gates stand in the order input, forget, candidate, output, and the forget gate's bias is not raised.
    """
    n = weights["w_out"].shape[0]
    order = torch.cat([torch.arange(k * n, (k + 1) * n) for k in (0, 2, 1, 3)])
    kernel, bias = weights["w_gates"][:, order].T, weights["b_gates"][order]
    raised = torch.zeros(4 * n, dtype=bias.dtype)
    raised[n : 2 * n] = _FORGET
    n_in = x.shape[2]
    state = x.new_zeros(1, x.shape[1], n)
    parameters = [kernel[:, :n_in].contiguous(), kernel[:, n_in:].contiguous(), bias, raised]
    lstm: Any = torch.lstm
    h = lstm(x, (state, state), parameters, True, 1, 0.0, True, False, False)[0]
    return h @ weights["w_out"] + weights["b_out"]


def loss_of(out: Tensor, played: Played, advantage: Array, target: Array, settings: ActorCritic, entropy: float) -> Tensor:
    """The actor-critic's loss, see the module's head.

    Parameters
    ----------
    out : (trial, episode, action + 1)
        As `outputs` gives them.
    played
        Choices in these episodes.
    advantage, target : (trial, episode)
        A_t and R_t; constants.
    settings
        For b_v.
    entropy
        b_e.
    """
    like = {"dtype": out.dtype}
    logs = torch.log_softmax(out[..., :N_ACTIONS], dim=-1)
    chosen = logs.gather(-1, torch.from_numpy(played.actions)[..., None])[..., 0]
    actor = -(torch.as_tensor(advantage, **like) * chosen).mean()
    critic = 0.5 * (torch.as_tensor(target, **like) - out[..., N_ACTIONS]).square().mean()
    spread = -(logs.exp() * logs).sum(-1).mean()
    return actor + settings.value * critic - entropy * spread


class Trainer:
    """Training of one network: updates that each depend on the weights, Adam's moments and their own number alone."""

    def __init__(self, task: Task, units: int, settings: ActorCritic, label: str,
                 streams: Callable[[str], np.random.Generator]) -> None:  # fmt: skip
        self.task, self.settings, self.streams = task, settings, streams
        self.net = new_network(task, units, streams("weights"), label)
        self.weights = {name: weight.requires_grad_() for name, weight in self.net.one(0).items()}
        self.optimiser = torch.optim.Adam(list(self.weights.values()), lr=settings.rate, eps=1e-5)
        self.update = 0

    def step(self) -> tuple[float, float]:
        """Play a batch of new episodes and update the weights; returns the loss and the mean reward of a trial."""
        s = self.settings
        rng = self.streams(f"update/{self.update}")
        episodes = self.task.draw(rng, s.batch)
        played = test_play(self.net, self.task, episodes, rng)
        out = outputs(self.weights, torch.from_numpy(inputs_of(played)))
        values = out[..., N_ACTIONS].detach().numpy().astype(float)
        advantage = advantages(played.rewards, values, s.discount, s.trace)
        loss = loss_of(out, played, advantage, advantage + values, s, s.entropy_at(self.update))
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.weights.values(), s.clip)
        self.optimiser.param_groups[0]["lr"] = s.rate_at(self.update)
        self.optimiser.step()
        self.update += 1
        return float(loss.detach()), float(played.rewards.mean())
