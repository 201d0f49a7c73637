"""What the critic of an agent expects, and by how much it is wrong."""

import numpy as np

import replicortex as rx
from replicortex import primer
from replicortex.primer.meta_rl import Agent, learner_of
from replicortex.primer.meta_rl_tasks import Bandit


def test_prediction_errors_add_up_to_the_reward_that_was_not_foreseen():
    """Without discount their sum over an episode is all reward minus the first value."""
    experiment = rx.load_config("config.yaml", scale="smoke")["primer_bandits"].members()[0].experiment
    task, network = Bandit(trials=12), learner_of(experiment, "independent,seed0").network
    errors, played = primer.prediction_errors(network, task, 7, np.random.default_rng(5), discount=1.0)
    agent = Agent(network, task, 7, np.random.default_rng(6))
    agent.act(0)
    assert errors.shape == played.rewards.shape == (12, 7)
    assert np.allclose(errors.sum(axis=0), played.rewards.sum(axis=0) - agent.values[0], atol=1e-5)
