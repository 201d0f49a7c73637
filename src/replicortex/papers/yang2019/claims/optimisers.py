"""How far networks of another optimiser are from the reference networks, by the states that the same trials lead to."""

from __future__ import annotations

import numpy as np
import pandas as pd

from replicortex.analysis.similarity import median_angles
from replicortex.report.claims import Tables
from replicortex.report.intervals import Estimate, median_over_networks

REFERENCE, UNTRAINED = "reference", "untrained"
SCORES = "condition_scores"


def shares_of_the_way(own: pd.DataFrame, reference: pd.DataFrame, untrained: pd.DataFrame) -> pd.Series:
    """How far each network is from the reference networks: 0 as far as they are from one another, 1 as untrained ones.

    Each of the three is the table condition_scores of a population; the two ends are medians of `median_angles`.
    """
    near, far = (median_angles(each, reference).median() for each in (reference, untrained))
    return (median_angles(own, reference) - near) / (far - near)


def away_from_reference(tables: Tables, rng: np.random.Generator) -> Estimate:
    """`shares_of_the_way`, median over networks."""
    reference = tables[f"{REFERENCE}/{SCORES}"]
    shares = shares_of_the_way(tables[SCORES], reference, tables[f"{UNTRAINED}/{SCORES}"])
    detail = (
        f"from {shares.min():.2f} to {shares.max():.2f}, beside {reference['network'].nunique()} reference networks"
    )
    return median_over_networks(shares, (-np.inf, np.inf), detail)
