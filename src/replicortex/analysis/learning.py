"""What learning histories say: curves over trials, and when a performance was reached.

The table ``history`` has one row per network, evaluation and task. This module needs pandas alone, so that readers of
tables can use it at no cost.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replicortex.errors import choose

STATISTICS = ("mean", "min")


def learning_curves(history: pd.DataFrame, statistic: str = "mean") -> pd.DataFrame:
    """Performance of each network over trials, on the trial counts that any of them was evaluated at.

    A network that stopped earlier, because it had reached its target, keeps its last value (Yang et al. 2019,
    Fig. 7). Between its own evaluations a network has the value of the one before.

    Parameters
    ----------
    history
        Columns network, trials, task, performance; performance is a fraction.
    statistic
        Over the tasks of an evaluation: "mean" or "min".

    Returns
    -------
    (trials, network)
        Trial counts ascending, networks in the order of the table; NaN before a network's first evaluation.

    Raises
    ------
    ValueError
        Unknown statistic.
    """
    choose(statistic, STATISTICS, "statistic")
    by_network = history.groupby(["trials", "network"], sort=True)["performance"].agg(statistic)
    return by_network.unstack("network").sort_index().ffill()[list(history["network"].unique())]


def last_evaluation(history: pd.DataFrame) -> pd.DataFrame:
    """Performance at each network's last evaluation: (network, task), both in the order of the table.

    NaN where a network was not evaluated on a task.
    """
    last = history[history["trials"] == history.groupby("network")["trials"].transform("max")]
    wide = last.pivot(index="network", columns="task", values="performance")
    return wide.reindex(index=history["network"].unique(), columns=history["task"].unique())


def evaluation_before(history: pd.DataFrame, trials: float) -> pd.DataFrame:
    """Performance at each network's last evaluation that took place after at most so many trials; as above."""
    return last_evaluation(history[history["trials"] <= trials])


def trials_to_level(history: pd.DataFrame, level: float, *, statistic: str = "mean", start: float = 0) -> pd.DataFrame:
    """After how many trials each network's performance first exceeded a level.

    Between two evaluations performance is taken to change linearly. A network that never did is censored: its count is
    that of its last evaluation, and the true one is larger.

    Parameters
    ----------
    history
        Columns network, trials, task, performance.
    level
        Performance as a fraction.
    statistic
        Over the tasks of an evaluation: "mean" or "min".
    start
        Trials are counted from here, beginning with the last evaluation not after it.

    Returns
    -------
    DataFrame
        Index network in the order of the table; columns trials (0 if the level was exceeded at the start), reached
        (bool) and resolution, the trials from the start to the first evaluation after it, below which no count is known
        better.

    Raises
    ------
    ValueError
        Unknown statistic.
    """
    rows = []
    for network, own in history.groupby("network", sort=False):
        curve = learning_curves(own, statistic)[network]
        counts, values = curve.index.to_numpy(dtype=float) - start, curve.to_numpy(dtype=float)
        first = max(0, int(np.searchsorted(counts, 0.0, side="right")) - 1)
        counts, values = np.maximum(counts[first:], 0.0), values[first:]
        resolution = counts[1] if len(counts) > 1 else np.nan
        rows.append((network, *_first_above(counts, values, level), resolution))
    return pd.DataFrame(rows, columns=["network", "trials", "reached", "resolution"]).set_index("network")


def _first_above(counts: NDArray[np.float64], values: NDArray[np.float64], level: float) -> tuple[float, bool]:
    """Count at which linearly interpolated values first exceed a level, or the last count and False."""
    above = values > level
    if not above.any():
        return float(counts[-1]), False
    after = int(above.argmax())
    if after == 0:
        return float(counts[0]), True
    before = after - 1
    share = (level - values[before]) / (values[after] - values[before])
    return float(counts[before] + share * (counts[after] - counts[before])), True


def passing(history: pd.DataFrame, tasks: tuple[str, ...], limit: float) -> pd.Series:
    """Whether each network's lowest performance over some tasks at its last evaluation exceeds a limit.

    Raises
    ------
    ValueError
        A network was not evaluated on one of the tasks.
    """
    found = last_evaluation(history).reindex(columns=list(tasks))
    if found.isna().to_numpy().any():
        lacking = [f"{task} in {network}" for network, row in found.iterrows() for task in tasks if pd.isna(row[task])]
        raise ValueError(f"table 'history': the last evaluation lacks {', '.join(lacking[:4])}")
    return found.min(axis=1) > limit
