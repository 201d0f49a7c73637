"""The weights of a network as a table, and the input that each unit prefers (Yang et al. 2019, S5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from replicortex.analysis.common import IntArray, coding_of, only_network
from replicortex.networks.cells import cell, names_with
from replicortex.tasks import Coding

if TYPE_CHECKING:
    from replicortex.networks import Ensemble


def weights_table(net: Ensemble) -> pd.DataFrame:
    """All weights of one leaky RNN in long form (Supplementary Fig. 5).

    Returns
    -------
    DataFrame
        Columns network, block (input, recurrent, output), source, target, value.

    Raises
    ------
    ValueError
        More than one network, or a cell that has no single recurrent matrix.
    """
    only_network(net, "weights_table")
    if not cell(net.architecture).has_matrix:
        raise ValueError(
            f"weights_table: cell {net.architecture.cell!r} has no single recurrent matrix; "
            f"needs {names_with(lambda each: each.has_matrix)!r}"
        )
    weights = net.one(0)
    blocks = {
        "input": net.input_weights()[0],
        "recurrent": weights["w_rec"].numpy(),
        "output": weights["w_out"].numpy(),
    }
    frames = []
    for block, value in blocks.items():
        source, target = (index.ravel() for index in np.indices(value.shape))
        columns = {
            "network": net.labels[0],
            "block": block,
            "source": source,
            "target": target,
            "value": value.ravel(),
        }
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def preferred_input(net: Ensemble, *, coding: Coding | None = None) -> IntArray:
    """Each unit's preferred input: argmax over the ring of its weights from modality 1 and 2 added up.

    Returns
    -------
    ndarray
        (network, unit) int, 0..ring-1; times 2 pi / ring gives the direction in rad.
    """
    coding = coding_of(net, coding)
    weights = net.input_weights()
    return np.asarray(sum(weights[:, coding.ring_slice(m)] for m in (1, 2))).argmax(axis=1)
