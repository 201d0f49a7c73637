"""What tables of played episodes say; needs pandas alone, so that readers of tables can use it at no cost."""

from __future__ import annotations

import pandas as pd

NETWORK = "network"  # the learner of that name is the trained one; the others are baselines


def stay_effects(table: pd.DataFrame) -> pd.Series:
    """Effects on the probability to stay, each the difference of two means of two cells.

    main effect of reward   = [(RC + RR) - (UC + UR)] / 2
    interaction             = [(RC - RR) - (UC - UR)] / 2

    with R rewarded, U not, C common, R rare. A learner with a model has the second alone, one without mostly the first.

    Parameters
    ----------
    table
        Columns of `stay_table`, of one learner.

    Returns
    -------
    Series
        Effect of reward, and interaction; NaN where a cell is empty.
    """
    share = (table["n_stay"] / table["n"].where(table["n"] > 0)).set_axis(
        pd.MultiIndex.from_frame(table[["rewarded", "common"]])
    )
    rewarded, unrewarded = share[True], share[False]
    reward = (rewarded[True] + rewarded[False] - unrewarded[True] - unrewarded[False]) / 2
    interaction = (rewarded[True] - rewarded[False] - unrewarded[True] + unrewarded[False]) / 2
    return pd.Series({"reward": float(reward), "interaction": float(interaction)})
