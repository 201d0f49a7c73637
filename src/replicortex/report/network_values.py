"""The number of each network that an estimate is made of, as a table beside the scorecard."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from replicortex.pipeline.tables import VALUES
from replicortex.report.intervals import Estimate


def network_values(estimates: Mapping[str, Estimate]) -> pd.DataFrame:
    """One row per network, group and part of every claim whose estimate needs one number per network.

    Parameters
    ----------
    estimates
        Id of a claim -> its result.

    Returns
    -------
    pandas.DataFrame
        `VALUES`: the claim's id; the part, "" of the only one (a claim of several parts is judged by the weakest);
        statistic and bounds as in `Sample`; the group, 0 or 1; network and its number.
    """
    frames = [
        pd.DataFrame({"network": numbers.index.astype(str), "value": numbers.to_numpy(dtype=float)}).assign(
            id=claim,
            part=part,
            statistic=sample.statistic,
            bound_low=sample.bounds[0],
            bound_high=sample.bounds[1],
            group=group,
        )
        for claim, estimate in estimates.items()
        for part, sample in estimate.samples.items()
        for group, numbers in enumerate(sample.groups)
    ]
    table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(VALUES.columns))
    return table[list(VALUES.columns)].astype({"bound_low": float, "bound_high": float, "group": int, "value": float})
