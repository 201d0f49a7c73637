"""Small networks that train in a moment, their random numbers, and a player that always does the same."""

import numpy as np
import torch

import replicortex as rx


def experiment(**sections):
    settings = {"seeds": 1, "training": {"updates": 12, "evaluate_every": 5, "evaluation_trials": 20}, **sections}
    settings["training"] = {"updates": 12, "evaluate_every": 5, "evaluation_trials": 20, **settings["training"]}
    config = {"schedules": {"paper": {}}, "experiments": {"other": {}}, "primer": {"small": settings}}
    return rx.load_config(config, scale="laptop")["small"]


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


class Fixed:
    """Always takes the same action, or those of a list."""

    def __init__(self, actions: int | list[int], n: int) -> None:
        self.actions, self.n = actions, n

    def act(self, trial):
        return np.full(self.n, self.actions if isinstance(self.actions, int) else self.actions[trial])

    def learn(self, trial, action, outcome):
        pass
