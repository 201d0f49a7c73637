"""Table weights."""

from __future__ import annotations

from replicortex.analysis.common import Tables
from replicortex.analysis.weights import weights_table
from replicortex.networks import Ensemble


def measure_weights(net: Ensemble) -> Tables:
    """Table weights of one leaky RNN; raises as `replicortex.analysis.weights_table`."""
    return {"weights": weights_table(net)}
