"""Tables outcome and factor_shares."""

from __future__ import annotations

import pandas as pd

from replicortex.analysis.common import Tables
from replicortex.analysis.factors import factor_table, outcomes
from replicortex.random_streams import generator


def measure_grid(history: pd.DataFrame, members: pd.DataFrame, best_k: pd.DataFrame) -> Tables:
    """Tables outcome and factor_shares, from the tables history, members and best_k of an experiment with a grid."""
    outcome = outcomes(history, best_k)
    return {"outcome": outcome, "factor_shares": factor_table(members, outcome, generator("analysis", "factors"))}
