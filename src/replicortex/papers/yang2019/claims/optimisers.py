"""How far networks of another optimiser are from the reference networks, by the states that the same trials lead to."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from replicortex.analysis.similarity import procrustes_angle
from replicortex.report.claims import Tables
from replicortex.report.intervals import Estimate, median_over_networks

REFERENCE, UNTRAINED = "reference", "untrained"
SCORES = "condition_scores"


def clouds(table: pd.DataFrame) -> dict[str, np.ndarray]:
    """Network -> (point, component) of its table condition_scores, points in one order."""
    components = [name for name in table.columns if name.startswith("component_")]
    ordered = table.sort_values(["task", "trial", "time_ms"], kind="stable")
    return {str(label): own[components].to_numpy(dtype=float) for label, own in ordered.groupby("network", sort=False)}


def angles(ones: Mapping[str, np.ndarray], others: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Angle between every network of one population and every one of another, NaN of a network with itself: radians."""
    rows = {
        one: {
            other: np.nan if cloud is ones[one] else procrustes_angle(ones[one], cloud)
            for other, cloud in others.items()
        }
        for one in ones
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def shares_of_the_way(own: pd.DataFrame, reference: pd.DataFrame, untrained: pd.DataFrame) -> pd.Series:
    """How far each network is from the reference networks: 0 as far as they are from one another, 1 as untrained ones.

    Each of the three is the table condition_scores of a population. Distances are medians of `angles` to all networks
    of the reference; the two ends are medians over networks.
    """
    known = clouds(reference)
    near, far = angles(known, known).median(axis=1).median(), angles(clouds(untrained), known).median(axis=1).median()
    return (angles(clouds(own), known).median(axis=1) - near) / (far - near)


def away_from_reference(tables: Tables, rng: np.random.Generator) -> Estimate:
    """`shares_of_the_way`, median over networks."""
    reference = tables[f"{REFERENCE}/{SCORES}"]
    shares = shares_of_the_way(tables[SCORES], reference, tables[f"{UNTRAINED}/{SCORES}"])
    detail = (
        f"from {shares.min():.2f} to {shares.max():.2f}, beside {reference['network'].nunique()} reference networks"
    )
    return median_over_networks(shares, (-np.inf, np.inf), detail)
