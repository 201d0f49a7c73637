"""Rows on meta-reinforcement learning (Wang et al. 2016, arXiv:1611.05763; 2018, doi 10.1038/s41593-018-0147-8)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from replicortex.primer.measure.effects import NETWORK, stay_effects
from replicortex.report.claims import Claim, NotTestable, Tables, above, below
from replicortex.report.intervals import Estimate, median_over_networks

THOMPSON = "Thompson sampling"
AS_GOOD = 1.25
_BLIND = (
    "Written down before the networks judged were trained; short trainings with other seeds, to find a learning rate, "
    "had been seen."
)


def final_regret(regret: pd.DataFrame, task: str) -> pd.DataFrame:
    """Regret of an episode in one task: (network, learner).

    Raises
    ------
    NotTestable
        No network was trained on the task.
    """
    table = regret[regret["task"] == task]
    if table.empty:
        raise NotTestable(f"no network was trained on {task}")
    last = table[table["trial"] == table["trial"].max()]
    return last.pivot(index="network", columns="learner", values="regret")


def _against_thompson(tables: Tables, task: str) -> Estimate:
    wide = final_regret(tables["regret"], task)
    each = ", ".join(f"{name} {wide[name].median():.3g}" for name in wide.median().sort_values().index)
    return median_over_networks(wide[NETWORK] / wide[THOMPSON], (0, np.inf), f"regret of an episode: {each}")


def independent_regret(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Regret over that of Thompson sampling, independent arms."""
    return _against_thompson(tables, "independent arms")


def correlated_regret(tables: Tables, rng: np.random.Generator) -> Estimate:
    """The same with correlated arms, which Thompson sampling takes for independent ones."""
    return _against_thompson(tables, "correlated arms")


def model_based_signature(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Interaction of reward and transition in staying, minus the size of the main effect of reward."""
    stay = tables["stay"][tables["stay"]["learner"] == NETWORK]
    effects = pd.DataFrame({str(name): stay_effects(part) for name, part in stay.groupby("network", sort=False)}).T
    told = ", ".join(f"{name} {effects[name].median():.2f}" for name in effects)
    return median_over_networks(effects["interaction"] - effects["reward"].abs(), (-1, 1), told)


META_RL_CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="MR-1",
        panel="2016: 2a",
        statement="With frozen weights a trained network learns which of two independent arms is better, about as fast "
        "as algorithms made for it.",
        statistic=independent_regret,
        measure="regret of an episode of 100 pulls over that of Thompson sampling in the same episodes; median over "
        "networks",
        quantity="regret / Thompson sampling",
        threshold=below(AS_GOOD),
        threshold_by="ours",
        why="As good as but for a quarter. Choosing by chance gives about 6, the best policy 0.6. " + _BLIND,
        needs=("regret",),
        experiment="primer_bandits",
    ),
    Claim(
        id="MR-2",
        panel="2016: 2b-d",
        statement="Trained on correlated arms a network makes use of the correlation.",
        statistic=correlated_regret,
        measure="regret of an episode of 100 pulls over that of Thompson sampling that takes the arms for independent, "
        "in the same episodes; median over networks",
        quantity="regret / Thompson sampling",
        threshold=below(1.0),
        threshold_by="ours",
        why="The statement is a direction: better than an algorithm that does not know of the correlation. " + _BLIND,
        needs=("regret",),
        experiment="primer_bandits",
    ),
    Claim(
        id="MR-3",
        panel="2018: 5",
        statement="In the two-step task the network, trained without a model, behaves as if it had one: whether it "
        "stays depends on reward and transition together, not on reward.",
        statistic=model_based_signature,
        measure="staying after (rewarded common - rewarded rare - unrewarded common + unrewarded rare) / 2, minus the "
        "size of the main effect of reward on the same scale; median over networks",
        quantity="interaction - |effect of reward|",
        threshold=above(0.0),
        threshold_by="ours",
        why="A learner that credits actions with their rewards is below 0, one that looks ahead above. The interaction "
        f"alone would not tell them apart: the better action is rewarded more often after common transitions. {_BLIND}",
        needs=("stay",),
        experiment="primer_two_step",
    ),
)
