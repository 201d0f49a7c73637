"""How far a verdict is from its limit, how many networks that takes, and how many verdicts are wrong by chance."""

from __future__ import annotations

import math
from typing import NamedTuple

import pandas as pd
from scipy import stats

from replicortex.report.claims import NOT_REPLICATED, REPLICATED, Threshold
from replicortex.report.intervals import LEVEL, Estimate

_ROUNDING = 1e-12  # what differences of numbers around 1 leave where they cancel
_Z = float(stats.norm.ppf(0.5 + LEVEL / 2))


class Certainty(NamedTuple):
    """How firmly a row is decided.

    distance : float
        From the value to the nearest limit, in units of the value: positive where the value agrees with the claim.
        The verdict flips where this is 0.
    in_intervals : float
        The same in halves of the interval on the side of that limit; a row is decided from 1 on. Infinite where the
        interval has no width.
    n_needed : float
        How many networks (or trials) would just decide the row if the value stayed and the interval shrank as 1 /
        sqrt(n): more than n for an open row, fewer for a decided one. Infinite at the limit itself.
    """

    distance: float
    in_intervals: float
    n_needed: float


def certainty(threshold: Threshold, estimate: Estimate) -> Certainty:
    """`Certainty` of an estimate; NaN where it has no value or no interval."""
    nan = float("nan")
    if not math.isfinite(estimate.value):
        return Certainty(nan, nan, nan)
    distances = {
        "low": nan if threshold.low is None else estimate.value - threshold.low,
        "high": nan if threshold.high is None else threshold.high - estimate.value,
    }
    side, distance = min(((side, each) for side, each in distances.items() if math.isfinite(each)), key=lambda x: x[1])
    # the end of the interval that has to pass the limit: towards it where the value agrees, and where it does not
    toward_low = (side == "low") == (distance >= 0)
    half = estimate.value - estimate.low if toward_low else estimate.high - estimate.value
    if not math.isfinite(half):
        return Certainty(distance, nan, nan)
    if abs(distance) < _ROUNDING and estimate.low != estimate.high:
        return Certainty(0.0, 0.0, math.inf)
    if half <= 0:
        return Certainty(distance, math.inf, nan)
    return Certainty(distance, abs(distance) / half, float(math.ceil(estimate.n * (half / distance) ** 2)))


class FalseVerdicts(NamedTuple):
    """How many of the decided rows are wrong by chance.

    decided : int
        Rows with the verdict replicated or not replicated whose interval has a width.
    at_most : float
        Expected number if every true value lay at its limit: 2.5 % of the rows, an end of a 95 % interval.
    expected : float
        Expected number with the true values spread around the measured ones as the intervals say, by a normal
        distribution.
    """

    decided: int
    at_most: float
    expected: float


def false_verdicts(scorecard: pd.DataFrame) -> FalseVerdicts:
    """`FalseVerdicts` of the rows of a scorecard; those that hold by construction do not count."""
    decided = scorecard["verdict"].isin((REPLICATED, NOT_REPLICATED)) & ~scorecard["by_construction"].astype(bool)
    ratios = scorecard.loc[decided, "in_intervals"].astype(float)
    ratios = ratios[ratios.notna() & (ratios != math.inf)]
    return FalseVerdicts(len(ratios), len(ratios) * (1 - LEVEL) / 2, float(stats.norm.sf(_Z * ratios).sum()))
