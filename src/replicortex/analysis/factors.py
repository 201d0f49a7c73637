"""Which settings of a grid the number of clusters depends on, and which of its networks learnt their tasks.

Yang et al. 2019, Fig. 3, compare histograms by eye. Here the share of the variance of k that a setting (a factor, its
values the levels) explains comes from an analysis of variance with main effects. With RSS(F) the residual sum of
squares of least squares on the indicators of the levels of the factors F, and A the factor in question,

    SS(A) = RSS(all but A) - RSS(all)                    (type II)
    share(A) = (SS(A) - df(A) s^2) / TSS,    s^2 = RSS(all) / (n - p),

the adjusted share epsilon squared (Kelley 1935), which is 0 on average for a factor without effect; so it can be
negative. df(A) is the number of dimensions that A adds, p that of the whole model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replicortex.tables import axes, last_performance

FloatArray = NDArray[np.floating[Any]]

PASSED = 0.9  # least performance over tasks that counts as having learnt all of them (Yang et al. 2019, Fig. 3)
# A second set, drawn apart from the first where a scale trains too few trials: above what ignoring the context gives in
# Ctx DM, the task that is learnt last.
ABLE = 0.75
RESAMPLES = 2000
SETS = ("passed", "able")
_LEVEL = (2.5, 97.5)


def outcomes(history: pd.DataFrame, best_k: pd.DataFrame) -> pd.DataFrame:
    """What became of each network of a grid: columns network, minimum, outcome, k, n_active.

    `minimum` is the least performance over tasks at the last evaluation; `outcome` is "passed" above 0.9, "able" above
    0.75, else "failed".
    """
    least = last_performance(history).min(axis=1)
    k = best_k.set_index("network").reindex(least.index)
    outcome = np.select([least > PASSED, least > ABLE], SETS, "failed")
    columns = {"network": least.index, "minimum": least.to_numpy(), "outcome": outcome}
    return pd.DataFrame({**columns, "k": k["k"].to_numpy(), "n_active": k["n_active"].to_numpy()})


def _indicators(members: pd.DataFrame, factors: Sequence[str]) -> list[FloatArray]:
    """A (network, level) matrix of zeros and ones for each factor."""
    return [pd.get_dummies(members[factor].astype(str)).to_numpy(dtype=float) for factor in factors]


def _residual(design: FloatArray, values: FloatArray) -> tuple[float, int]:
    """Residual sum of squares of least squares, and the dimensions of the model."""
    solution, _, rank, _ = np.linalg.lstsq(design, values, rcond=None)
    return float(((values - design @ solution) ** 2).sum()), int(rank)


def shares(indicators: Sequence[FloatArray], values: FloatArray) -> FloatArray:
    """Adjusted share of the variance of `values` (network,) that each factor explains: (factor,).

    NaN throughout where the values are constant or the model leaves no residual dimension; NaN for a factor that
    adds no dimension to the others.
    """
    n = len(values)
    total = float(((values - values.mean()) ** 2).sum()) if n else 0.0
    ones = np.ones((n, 1))
    rest, dimensions = _residual(np.hstack([ones, *indicators]), values) if n else (0.0, 0)
    if total <= 0 or n <= dimensions:
        return np.full(len(indicators), np.nan)
    noise = rest / (n - dimensions)
    found = []
    for left_out in range(len(indicators)):
        others = [block for i, block in enumerate(indicators) if i != left_out]
        without, smaller = _residual(np.hstack([ones, *others]), values)
        df = dimensions - smaller
        found.append((without - rest - df * noise) / total if df else np.nan)
    return np.array(found)


def _lead(share: FloatArray) -> FloatArray:
    """Share of each factor minus the largest of the others (..., factor); a factor without a share counts as 0."""
    if not share.size:
        return share
    known = np.nan_to_num(share)
    others = np.stack([np.delete(known, i, axis=-1).max(axis=-1, initial=0.0) for i in range(known.shape[-1])], axis=-1)
    return np.where(np.isnan(share), np.nan, known - others)


def _interval(value: FloatArray, drawn: FloatArray) -> tuple[FloatArray, FloatArray]:
    """2.5 and 97.5 percentiles of resamples (resample, factor), shifted by the bias that their mean shows.

    A resample is less balanced than the grid and adds noise of its own, which moves every share. One in which all
    values are equal is left out; a factor that is lost in one explains nothing there.
    """
    usable = np.nan_to_num(drawn[~np.isnan(drawn).all(axis=1)])
    if not len(usable):
        return np.full_like(value, np.nan), np.full_like(value, np.nan)
    low, high = np.percentile(usable, _LEVEL, axis=0) - (usable.mean(axis=0) - value)
    return np.minimum(low, value), np.maximum(high, value)


def factor_table(
    members: pd.DataFrame, outcome: pd.DataFrame, rng: np.random.Generator, resamples: int = RESAMPLES
) -> pd.DataFrame:
    """How much of the variance of the number of clusters each setting explains.

    Parameters
    ----------
    members
        Table members: its columns beside network and seed are the factors.
    outcome
        As `outcomes` returns it. Networks without a k are left out.
    rng
        Draws networks with replacement.
    resamples
        Number of draws.

    Returns
    -------
    DataFrame, a row per set of networks and factor
        networks ("passed": above 0.9 in every task; "able": above 0.75), factor, n (networks), share, share_low,
        share_high, lead, lead_low, lead_high (share minus the largest share of another factor). NaN where there are too
        few networks or all have the same k.
    """
    factors = axes(members)
    rows = outcome.merge(members, on="network", validate="one_to_one").dropna(subset="k")
    frames = []
    for name, kept in zip(SETS, (["passed"], ["passed", "able"]), strict=True):
        part = rows[rows["outcome"].isin(kept)]
        indicators, k = _indicators(part, factors), part["k"].to_numpy(dtype=float)
        value = shares(indicators, k)
        drawn = np.array([np.full(len(factors), np.nan)])
        if np.isfinite(value).any():
            picks = rng.integers(0, len(k), (resamples, len(k)))
            drawn = np.array([shares([block[pick] for block in indicators], k[pick]) for pick in picks])
        low, high = _interval(value, drawn)
        lead_low, lead_high = _interval(_lead(value), _lead(drawn))
        columns = {"networks": name, "factor": factors, "n": len(k), "share": value, "share_low": low}
        columns |= {"share_high": high, "lead": _lead(value), "lead_low": lead_low, "lead_high": lead_high}
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)
