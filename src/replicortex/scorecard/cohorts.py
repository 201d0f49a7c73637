"""Which networks were trained after a statistic had been written: the only ones it may be judged on.

Weight files hold no date of training. A seed stands for one: all networks of an experiment from a seed on were trained
after a moment, and a network that is trained again from an older seed is the older network.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

FORMAT = "%Y-%m-%dT%H:%M"  # UTC, as in Claim.written


@dataclass(frozen=True)
class Cohort:
    """Networks of one experiment that were trained after a moment.

    Attributes
    ----------
    experiment : str
        Name in the configuration.
    first_seed : int
        Its networks have this seed or a larger one, up to the next cohort of the experiment.
    trained_after : str
        UTC, e.g. "2026-11-30T18:30": no network of the cohort had been trained, nor begun, by then.
    """

    experiment: str
    first_seed: int
    trained_after: str


_FIRST = "2026-11-21T00:00"
_FRESH = "2026-11-30T18:20"

# Experiment -> first seed that had not been trained when statistics were revised on 30 November 2026.
_NEXT_SEED = {
    "reference": 40,
    "published_schedule": 3,
    "sequential": 4,
    "posttraining": 4,
}

COHORTS: tuple[Cohort, ...] = tuple(
    cohort
    for experiment, seed in _NEXT_SEED.items()
    for cohort in (Cohort(experiment, 0, _FIRST), Cohort(experiment, seed, _FRESH))
)

_FORCE_FRESH = "2026-11-30T18:45"
_OSCILLATORS = "sine saw prod prod_noise vdp_harm vdp_relax".split()

# The same for spiking networks, whose statistics were corrected on that day. Networks of classes learn for longer since
# then, and rate networks of products are new: none of them had been trained.
_NEXT_SPIKING = {
    **{f"fig2_{name}": 5 for name in ("lif_sine", "iz_sine", *(f"theta_{each}" for each in _OSCILLATORS))},
    **{f"so_{neuron}_{each}": 5 for neuron in ("lif20", "iz20") for each in _OSCILLATORS[1:]},
    "so_iz20_complex1": 5,
    "size_lif": 5,
    "size_theta": 5,
    "rate_targets": 5,
    "rate_products": 0,
    "fig3_ode": 1,
    "supp_ode_long": 1,
    "ode_hdts": 3,
    "supp_class_lin": 0,
    "supp_class_nonlin": 0,
}

SPIKING_COHORTS: tuple[Cohort, ...] = tuple(
    cohort
    for experiment, seed in _NEXT_SPIKING.items()
    for cohort in (Cohort(experiment, 0, _FIRST), Cohort(experiment, seed, _FORCE_FRESH))
)


def trained_after(experiment: str, seed: int) -> str:
    """The moment after which a network was trained; "" for an experiment that no cohort is of.

    >>> trained_after("reference", 39) < trained_after("reference", 40)
    True
    """
    every = (*COHORTS, *SPIKING_COHORTS)
    moments = {each.first_seed: each.trained_after for each in every if each.experiment == experiment}
    own = [first for first in moments if first <= seed]
    return moments[max(own)] if own else ""


def newer(experiment: str, members: pd.DataFrame, written: str) -> list[str]:
    """Labels of the networks that were trained after a statistic had been written, in the order of the members.

    Parameters
    ----------
    experiment
        Name in the configuration.
    members
        Its table members: columns network and seed.
    written
        UTC, as `Cohort.trained_after`.
    """
    pairs = zip(members["network"].astype(str), members["seed"], strict=True)
    return [label for label, seed in pairs if trained_after(experiment, int(seed)) >= written]
