"""Table architecture."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from replicortex.analysis.common import Tables
from replicortex.networks import Ensemble


def measure_architecture(nets: Iterable[Ensemble]) -> Tables:
    """Table architecture: columns network, cell, activation, inputs, outputs (channels), units."""
    rows = []
    for net in nets:
        built = net.architecture
        sizes = (built.cell, built.activation, built.n_input, built.n_output, built.units)
        rows += [(label, *sizes) for label in net.labels]
    columns = ["network", "cell", "activation", "inputs", "outputs", "units"]
    return {"architecture": pd.DataFrame(rows, columns=columns)}
