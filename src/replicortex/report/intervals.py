"""Estimates with 95 % intervals: shares, medians over networks, and what two groups of networks differ by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special, stats

from replicortex.report.proportions import LEVEL, wilson
from replicortex.shown import short_repr

RESAMPLES = 10_000
FEWER_RESAMPLES = 1_000  # where an interval is one of hundreds, each of other networks of a population
# A 95 % interval of a median that rests on order alone needs six values: the whole range of n values holds
# the median with probability 1 - 2^(1-n), which is 0.875 at four and 0.969 at six.
FEW = 6
# One network has no spread, and of two the interval is a factor of 12.7 times a difference of two numbers: a claim that
# rests on fewer than three is open, however the numbers lie.
FEWEST = 3

Indices = NDArray[np.intp]


@short_repr
@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval.

    Attributes
    ----------
    value, low, high : float
        Estimate and interval; low and high are NaN where no interval can be given.
    n : int
        How many networks or trials the interval rests on.
    of : str
        What was counted: "networks", "trials", ...
    detail : str
        What a reader wants to know beside the number.
    again : Subsample or None
        How to make it from some of its networks only; None where it does not rest on networks alone.
    samples : Mapping[str, Sample]
        Name of a part, "" of the only one, -> the numbers that it is made of; none where one per network is not enough.
    """

    value: float
    low: float
    high: float
    n: int
    of: str = "networks"
    detail: str = ""
    again: Subsample | None = field(default=None, repr=False, compare=False)
    samples: Mapping[str, Sample] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class Sample:
    """One number per network, and what an estimate makes of them.

    Attributes
    ----------
    statistic : str
        "median"; "share" of networks in which something holds, which is 1, else 0; of two groups the "difference" of
        medians or the "ratio" of geometric medians.
    groups : tuple[pandas.Series, ...]
        Numbers by network; two groups for a difference or a ratio, else one.
    bounds : tuple[float, float]
        Values that the quantity can take; the interval is cut there.
    """

    statistic: str
    groups: tuple[pd.Series, ...]
    bounds: tuple[float, float] = (-np.inf, np.inf)


@dataclass(frozen=True)
class Subsample:
    """The same estimate from fewer networks (see `report.sample_size`).

    Attributes
    ----------
    sizes : tuple[int, ...]
        Networks in each group that is resampled by itself; most estimates have one group.
    part : Callable[[tuple[Indices, ...], Generator], Estimate]
        The estimate from the networks at these indices, an array for each group.
    """

    sizes: tuple[int, ...]
    part: Callable[[tuple[Indices, ...], np.random.Generator], Estimate]


# labels of the networks of each group, random stream, number of resamples -> estimate
OfGroups = Callable[[list[list[str]], np.random.Generator, int], Estimate]


def exact(value: float, n: int, of: str = "networks", detail: str = "") -> Estimate:
    """An estimate without error, such as a count of channels."""
    return Estimate(value, value, value, n, of, detail)


def proportion(successes: float, n: int, of: str, detail: str = "") -> Estimate:
    """A proportion of `n` things with Wilson's interval; raises as `wilson`."""
    low, high = map(float, wilson(successes, n))
    return Estimate(successes / n, low, high, n, of, detail)


@cache
def expanded_tail(n: int) -> float:
    """Tail of the expanded percentile bootstrap: Phi(-sqrt(n/(n-1)) t), t the 97.5 % point of Student's t.

    The plain percentile interval is too narrow for small n by a factor of about sqrt((n-1)/n) and by taking
    the normal for Student's t; reading it at this tail instead undoes both (Hesterberg 2015, doi
    10.1080/00031305.2015.1089789).
    """
    t = stats.t.ppf(0.5 + LEVEL / 2, n - 1)
    return float(stats.norm.cdf(-np.sqrt(n / (n - 1)) * t))


@cache
def _student(n: int) -> float:
    """Half-width of Student's interval of a mean of `n` values, in standard errors."""
    return float(stats.t.ppf(0.5 + LEVEL / 2, n - 1))


@cache
def _middles(n: int) -> tuple[Indices, Indices, np.ndarray]:
    """Between which ranks of ``n`` values, from 0, the median of a resample lies, and how probable each pair is.

    Of an odd number the median is a value of the sample, whose probability follows from the binomial of how many
    draws fall at or below it. Of an even number it is the mean of two neighbours in the resample: half of the draws
    fall at or below the lower one, half at or above the upper one.
    """
    ranks, half = np.arange(n), n // 2
    below, above = (ranks + 1) / n, (n - ranks) / n  # share of the sample at or below, at or above each rank
    at_most = stats.binom.sf(n - half - 1, n, below)  # the lower middle draw is at or below the rank
    alone = np.diff(at_most, prepend=0.0)
    if n % 2:
        return ranks, ranks, alone
    lower, upper = np.triu_indices(n, 1)
    ways = np.exp(special.gammaln(n + 1) - 2 * special.gammaln(half + 1))
    apart = ways * np.diff(below**half, prepend=0.0)[lower] * -np.diff(above**half, append=0.0)[upper]
    same = alone - np.bincount(lower, apart, n)
    return np.append(lower, ranks), np.append(upper, ranks), np.append(apart, same)


def median_interval(values: np.ndarray) -> tuple[float, float]:
    """95 % interval of the median of a population of which `values` is a sample.

    Expanded percentile bootstrap, from the exact distribution of the median over all resamples, so that no random
    number decides a verdict. Below six values it is joined with Student's interval of the mean, because resampling
    cannot leave the range of the sample, and the range of so few values misses the median too often.

    Parameters
    ----------
    values : (n,) float
        One finite value per network.

    Returns
    -------
    low, high : float
        NaN, NaN for fewer than three values.
    """
    n = len(values)
    if n < FEWEST:
        return float("nan"), float("nan")
    ordered, (lower, upper, probability) = np.sort(values), _middles(n)
    medians = (ordered[lower] + ordered[upper]) / 2
    order = np.argsort(medians, kind="stable")
    reached, tail = np.cumsum(probability[order]), expanded_tail(n)
    low, high = medians[order[np.minimum(np.searchsorted(reached, (tail, 1 - tail)), len(order) - 1)]]
    if n < FEW:
        half = _student(n) * values.std(ddof=1) / np.sqrt(n)
        low, high = min(low, values.mean() - half), max(high, values.mean() + half)
    return float(low), float(high)


def median_over_networks(
    values: pd.Series, bounds: tuple[float, float] = (-np.inf, np.inf), detail: str = ""
) -> Estimate:
    """Median over networks with its interval.

    Parameters
    ----------
    values
        One number per network, indexed by network.
    bounds
        Values that the quantity can take; the interval is cut there.
    detail
        Carried over.
    """
    numbers = values.to_numpy(dtype=float)
    low, high = np.clip(median_interval(numbers), *bounds)

    def part(indices: tuple[Indices, ...], rng: np.random.Generator) -> Estimate:
        return median_over_networks(values.iloc[indices[0]], bounds, detail)

    again, samples = Subsample((len(numbers),), part), {"": Sample("median", (values,), bounds)}
    middle = float(np.median(numbers))
    return Estimate(middle, float(low), float(high), len(numbers), "networks", detail, again, samples)


def weakest(parts: Mapping[str, Estimate], detail: str = "") -> Estimate:
    """What a claim of several parts is judged by if each of them must be above one and the same limit.

    Value, low and high are each the smallest over the parts. All of the interval is then above a limit only if that is
    so for every part, and all of it below if one part is (intersection-union test: no correction for the number of
    parts is needed). A part without an interval leaves the whole without one.

    Parameters
    ----------
    parts
        Name of a part, for the detail, -> its estimate.
    detail
        What to tell beside the parts' values.
    """
    ends = np.array([[part.value, part.low, part.high] for part in parts.values()])
    value, low, high = (float(number) for number in ends.min(axis=0))
    each = ", ".join(f"{name} {part.value:.3g}" for name, part in parts.items())
    n = min(part.n for part in parts.values())
    of, detail_of_all = next(iter(parts.values())).of, f"{each}; {detail}" if detail else each
    known = all(len(part.samples) == 1 for part in parts.values())
    samples = {name: next(iter(part.samples.values())) for name, part in parts.items()} if known else {}
    whole = Estimate(value, low, high, n, of, detail_of_all, samples=samples)
    parted = {name: part.again for name, part in parts.items() if part.again is not None}
    sizes = {again.sizes for again in parted.values()}

    def part_of(indices: tuple[Indices, ...], rng: np.random.Generator) -> Estimate:
        return weakest({name: again.part(indices, rng) for name, again in parted.items()}, detail)

    # parts about different numbers of networks are not about the same networks
    same = len(parted) == len(parts) and len(sizes) == 1
    return replace(whole, again=Subsample(sizes.pop(), part_of)) if same else whole


def difference_interval(
    one: np.ndarray, other: np.ndarray, rng: np.random.Generator, resamples: int = RESAMPLES
) -> tuple[float, float]:
    """95 % interval of the difference of the medians of two populations, one minus other.

    The groups are independent of each other and resampled each by itself; otherwise as `median_interval`, with
    the tail of the smaller group. Below six networks in either it is joined with Welch's interval of the
    difference of the means.

    Parameters
    ----------
    one, other : (n,), (m,) float
        One finite value per network.
    rng
        Draws the resamples.
    resamples
        How many.

    Returns
    -------
    low, high : float
        NaN, NaN if a group has fewer than three networks.
    """
    n = min(len(one), len(other))
    if n < FEWEST:
        return float("nan"), float("nan")
    drawn = [np.median(group[rng.integers(0, len(group), (resamples, len(group)))], axis=1) for group in (one, other)]
    tail = expanded_tail(n)
    low, high = np.quantile(drawn[0] - drawn[1], (tail, 1 - tail))
    if n < FEW:
        around, half = one.mean() - other.mean(), _welch_half(one, other)
        low, high = min(low, around - half), max(high, around + half)
    return float(low), float(high)


def _welch_half(one: np.ndarray, other: np.ndarray) -> float:
    """Half-width of Welch's interval of a difference of means; 0 for two constant groups, where SciPy's is NaN."""
    n = np.array([len(one), len(other)])
    parts = np.array([one.var(ddof=1), other.var(ddof=1)]) / n
    if not parts.sum():
        return 0.0
    freedom = parts.sum() ** 2 / (parts**2 / (n - 1)).sum()
    return float(stats.t.ppf(0.5 + LEVEL / 2, freedom) * np.sqrt(parts.sum()))


def difference_of_groups(
    one: pd.Series, other: pd.Series, rng: np.random.Generator, detail: str = "", resamples: int = RESAMPLES
) -> Estimate:
    """Median of one group of networks minus that of another, independent one, with its interval; n counts both."""
    first, second = (group.to_numpy(dtype=float) for group in (one, other))
    middle = float(np.median(first) - np.median(second))
    low, high = difference_interval(first, second, rng, resamples)
    samples = {"": Sample("difference", (one, other))}
    return Estimate(middle, low, high, len(one) + len(other), "networks", detail, samples=samples)


def ratio_of_groups(
    one: pd.Series, other: pd.Series, rng: np.random.Generator, detail: str = "", resamples: int = RESAMPLES
) -> Estimate:
    """Median of one group over that of another, for values above 0; the interval is made on logarithms.

    The value is the ratio of geometric medians, exp(median log one - median log other), which for an even number of
    networks differs a little from that of the medians and is what the interval is about.
    """
    logs = difference_of_groups(np.log(one), np.log(other), rng, detail, resamples)
    value, low, high = (float(np.exp(number)) for number in (logs.value, logs.low, logs.high))
    return Estimate(value, low, high, logs.n, logs.of, logs.detail, samples={"": Sample("ratio", (one, other))})


def over_groups(groups: Sequence[Sequence[str]], make: OfGroups, rng: np.random.Generator) -> Estimate:
    """An estimate made from several groups of networks, which are resampled each by itself.

    Parameters
    ----------
    groups
        Labels of the networks of each group.
    make
        The estimate, from labels as in `groups` (all of them, or some of each), a random stream and a number of
        resamples.
    rng
        Draws the resamples.
    """

    def part(indices: tuple[Indices, ...], rng: np.random.Generator) -> Estimate:
        chosen = [[group[int(i)] for i in some] for group, some in zip(groups, indices, strict=True)]
        return make(chosen, rng, FEWER_RESAMPLES)

    whole = make([list(group) for group in groups], rng, RESAMPLES)
    return replace(whole, again=Subsample(tuple(len(group) for group in groups), part))


def over_networks(
    statistic: Callable[[np.ndarray], np.ndarray],
    n: int,
    rng: np.random.Generator,
    bounds: tuple[float, float] = (-np.inf, np.inf),
    detail: str = "",
    resamples: int = RESAMPLES,
) -> Estimate:
    """A number computed from all networks together, with its interval over networks.

    Expanded percentile bootstrap as in `median_interval`; below six networks it is joined with Student's interval
    around the value, with the jackknife's standard error
    SE^2 = (n - 1) / n * sum_i (value without network i - their mean)^2.

    Parameters
    ----------
    statistic
        From weights (resample, network), how often each network counts, to values (resample,).
    n
        Number of networks.
    rng
        Draws the resamples.
    bounds
        Values that the quantity can take; the interval is cut there.
    detail
        Carried over.
    resamples
        Number of draws.
    """

    def part(indices: tuple[Indices, ...], rng: np.random.Generator) -> Estimate:
        def of_part(weights: np.ndarray) -> np.ndarray:
            whole = np.zeros((len(weights), n))
            whole[:, indices[0]] = weights
            return statistic(whole)

        fewer = min(FEWER_RESAMPLES, resamples // 10)
        return over_networks(of_part, len(indices[0]), rng, bounds, detail, fewer)

    again = Subsample((n,), part)
    value = float(statistic(np.ones((1, n)))[0])
    if n < FEWEST:
        return Estimate(value, float("nan"), float("nan"), n, "networks", detail, again)
    drawn = statistic(rng.multinomial(n, np.full(n, 1 / n), resamples).astype(float))
    tail = expanded_tail(n)
    low, high = np.quantile(drawn, (tail, 1 - tail))
    if n < FEW:
        without = statistic(1 - np.eye(n))
        error = np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum())
        half = _student(n) * error
        low, high = min(low, value - half), max(high, value + half)
    low, high = np.clip([min(low, value), max(high, value)], *bounds)
    return Estimate(value, float(low), float(high), n, "networks", detail, again)


def share_of_networks(holds: pd.Series, detail: str = "") -> Estimate:
    """Share of networks in which something holds, with Wilson's interval; `holds` has a bool per network."""

    def part(indices: tuple[Indices, ...], rng: np.random.Generator) -> Estimate:
        return share_of_networks(holds.iloc[indices[0]], detail)

    whole = proportion(int(holds.sum()), len(holds), "networks", detail)
    return replace(whole, again=Subsample((len(holds),), part), samples={"": Sample("share", (holds,))})
