"""How many networks a claim needs: its interval and verdict on parts of the population."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, islice
from math import comb

import numpy as np
import pandas as pd

from replicortex.pipeline.tables import SAMPLE_SIZE
from replicortex.random_streams import generator
from replicortex.report.claims import (
    INCONCLUSIVE,
    NOT_REPLICATED,
    REPLICATED,
    Claim,
)
from replicortex.report.evaluation import Judged
from replicortex.report.intervals import Estimate, Indices, Subsample

PARTS = 25  # of each size, unless there are fewer
SIZES = 10  # numbers of networks tried, at most
RESTED_ON = "networks"


def sizes_tried(n: int) -> list[int]:
    """Numbers of networks from 2 to `n`, every one up to ten of them, else in about equal ratios.

    Examples
    --------
    >>> sizes_tried(4), sizes_tried(40)
    ([2, 3, 4], [2, 3, 4, 5, 8, 11, 15, 21, 29, 40])
    """
    if n - 1 <= SIZES:
        return list(range(2, n + 1))
    return sorted({round(size) for size in np.geomspace(2, n, SIZES)})


def parts_of(n: int, size: int, rng: np.random.Generator) -> Iterator[Indices]:
    """Up to `PARTS` different groups of `size` of `n` networks: all there are, or drawn at random."""
    if comb(n, size) <= PARTS:
        yield from (np.array(group) for group in combinations(range(n), size))
        return
    drawn = (tuple(sorted(rng.choice(n, size, replace=False))) for _ in range(10 * PARTS))
    yield from (np.array(group) for group in islice(dict.fromkeys(drawn), PARTS))


def _estimates(whole: Estimate, again: Subsample, size: int, rng: np.random.Generator) -> list[Estimate]:
    """Estimates from parts with `size` networks of every group; of all networks, the whole itself."""
    if set(again.sizes) == {size}:
        return [whole]
    groups = [list(parts_of(n, size, rng)) for n in again.sizes]
    # of several groups, each part takes the next of each, drawn in an order of its own
    chosen = [[group[i] for i in rng.permutation(len(group))] if len(groups) > 1 else group for group in groups]
    return [again.part(indices, rng) for indices in zip(*chosen, strict=False)]


def _row(claim: Claim, whole: Estimate, estimates: Sequence[Estimate], size: int) -> dict[str, object]:
    values = np.array([each.value for each in estimates])
    widths = np.array([each.high - each.low for each in estimates])
    verdicts = pd.Series([claim.threshold.verdict(each) for each in estimates])
    low, middle, high = np.quantile(widths, (0.1, 0.5, 0.9))
    shares = {name: float((verdicts == name).mean()) for name in (REPLICATED, NOT_REPLICATED, INCONCLUSIVE)}
    return {
        "id": claim.id,
        "experiment": claim.experiment,
        "quantity": claim.quantity,
        "n": size,
        "n_parts": len(estimates),
        "value_low": values.min(),
        "value_high": values.max(),
        "width": middle,
        "width_low": low,
        "width_high": high,
        **shares,
        "whole_n": min(whole.again.sizes) if whole.again else whole.n,
        "whole_verdict": claim.threshold.verdict(whole),
    }


def sample_size(judged: Iterable[Judged], *, scale: str) -> pd.DataFrame:
    """Interval and verdict of each claim against the number of networks.

    For each number n from 2 to N up to 25 different parts of the population with n networks are judged like the
    whole. The parts overlap, the more so the nearer n is to N, so that their spread shrinks faster than that of fresh
    populations would; at n = N there is one part, the whole.

    Parameters
    ----------
    judged
        What `judge_all` returns.
    scale
        Written beside every row.

    Returns
    -------
    DataFrame, one row per claim and number of networks
        id, experiment, quantity; n, n_parts; value_low, value_high (range of the estimates); width (median width of the
        95 % interval), width_low, width_high (its 10th and 90th percentile over parts); replicated, not replicated,
        inconclusive (share of the parts with that verdict); whole_n, whole_verdict (of all networks); scale. Claims
        that are not testable, or do not rest on networks alone, have no row; a claim on two independent groups counts
        the networks of each.
    """
    rows = []
    for claim, whole in ((each.claim, each.estimate) for each in judged):
        if whole.again is None or whole.of != RESTED_ON:
            continue
        for size in sizes_tried(min(whole.again.sizes)):
            rng = generator("scorecard", claim.id, "sample size", size)
            rows.append(_row(claim, whole, _estimates(whole, whole.again, size, rng), size))
    return pd.DataFrame(rows, columns=list(SAMPLE_SIZE.columns)).assign(scale=scale)
