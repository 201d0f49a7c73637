"""Numbers that the claims are judged by, from tables alone.

A network is a spiking and a rate network with the same weights. One whose outputs left all bounds has an error of a
thousand standard deviations.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from replicortex.report.claims import NotTestable, Tables
from replicortex.report.intervals import Estimate, median_over_networks, weakest

Rng = np.random.Generator
Point = tuple[float, float]  # Q and G
SUCCESS = 0.2  # error over s.d. of the target, with the best lag, below which a network has learnt
PLANES, SIZES = "nn_planes/summary", "nn_sizes/summary"
_PLACE = ["feedback", "gain"]
_LOST = 1e3


def errors(summary: pd.DataFrame, test: str) -> pd.Series:
    """Error with the best lag in a test, of each row."""
    return summary[f"{test}_aligned"].where(summary[f"{test}_ran"], _LOST).fillna(_LOST)


def at_rate(summary: pd.DataFrame, fastest: bool = False) -> pd.DataFrame:
    """The networks that learnt at the slowest rate, or at the fastest at which all networks of both models ran.

    Raises
    ------
    NotTestable
        At no faster rate all of them ran.
    """
    slowest = summary["inverse"].min()
    if not fastest:
        return summary[summary["inverse"] == slowest]
    ran = (summary["lif_ran"] & summary["rate_ran"]).groupby(summary["inverse"]).all()
    good = [rate for rate in ran[ran].index if rate > slowest]
    if not good:
        raise NotTestable("some networks were stopped at every rate but the slowest")
    return summary[summary["inverse"] == max(good)]


def best_point(summary: pd.DataFrame) -> Point:
    """Where decoders are most correlated at the slowest rate, among the points at which both models succeed.

    Correlations and errors are medians over networks.

    Raises
    ------
    NotTestable
        There is no such point.
    """
    slow = at_rate(summary)
    told = slow.assign(lif=errors(slow, "lif"), rate=errors(slow, "rate"))
    middle = told.groupby(_PLACE)[["lif", "rate", "correlation"]].median()
    good = middle[(middle["lif"] < SUCCESS) & (middle["rate"] < SUCCESS)]["correlation"].dropna()
    if good.empty:
        raise NotTestable(f"at the slowest rate no (Q, G) has errors below {SUCCESS:g} in both models")
    best = good.reset_index().sort_values("correlation").iloc[-1]
    return float(best["feedback"]), float(best["gain"])


def _there(summary: pd.DataFrame, point: Point) -> pd.DataFrame:
    return summary[(summary["feedback"] == point[0]) & (summary["gain"] == point[1])]


def _told(point: Point) -> str:
    return f"at (Q, G) = ({point[0]:g}, {point[1]:g})"


def _by_seed(rows: pd.DataFrame, values: pd.Series) -> pd.Series:
    return values.set_axis(rows["seed"]).sort_index()


def correlated(tables: Tables, rng: Rng) -> Estimate:
    """NN-1."""
    point = best_point(tables[PLANES])
    rows = _there(at_rate(tables[PLANES]), point)
    return median_over_networks(_by_seed(rows, rows["correlation"].fillna(0.0)), (-1, 1), _told(point))


def correlation_falls(tables: Tables, rng: Rng) -> Estimate:
    """NN-2."""
    point = best_point(tables[PLANES])
    rows = _there(tables[PLANES], point)
    slow, fast = at_rate(rows), at_rate(rows, fastest=True)
    values = [_by_seed(rows, rows["correlation"].fillna(0.0)) for rows in (slow, fast)]
    told = f"{_told(point)}, P0 = {fast['per_step'].iloc[0]:g} dt less {slow['per_step'].iloc[0]:g} dt"
    return median_over_networks(values[1] - values[0], (-2, 2), told)


def swapped_work(tables: Tables, rng: Rng) -> Estimate:
    """NN-3: twice its own error over that with the other's decoders, of the model that loses more."""
    point = best_point(tables[PLANES])
    rows = _there(at_rate(tables[PLANES]), point)
    parts = {
        model: median_over_networks(
            _by_seed(rows, 2 * errors(rows, model) / errors(rows, f"{model}_swapped")), (0, np.inf)
        )
        for model in ("lif", "rate")
    }
    return weakest(parts, _told(point))


def _largest(tables: Tables) -> pd.DataFrame:
    summary = tables[SIZES]
    return summary[summary["cells"] == summary["cells"].max()]


def faster_helps_rate(tables: Tables, rng: Rng) -> Estimate:
    """NN-4: decades that the error falls from the slowest to the fastest rate, rate less spiking."""
    rows = _largest(tables)
    slow, fast = at_rate(rows), at_rate(rows, fastest=True)
    saved = {
        model: np.log10(_by_seed(slow, errors(slow, model))) - np.log10(_by_seed(fast, errors(fast, model)))
        for model in ("lif", "rate")
    }
    told = ", ".join(f"{model} {values.median():.2g}" for model, values in saved.items())
    told = f"N = {int(rows['cells'].max())}, to P0 = {fast['per_step'].iloc[0]:g} dt: {told}"
    return median_over_networks(saved["rate"] - saved["lif"], detail=told)


def variance_or_bias(tables: Tables, rng: Rng) -> Estimate:
    """NN-5: log10 of variance over squared bias of spiking networks, and minus that of rate networks; the smaller."""
    rows, parts = _largest(tables), {}
    for model, sign in (("lif", 1.0), ("rate", -1.0)):
        learnt = rows[errors(rows, model) < SUCCESS]
        ratios = pd.Series(np.log10(learnt[f"{model}_variance"] / learnt[f"{model}_bias_2"]), learnt.index)
        of_seed = ratios.groupby(learnt["seed"]).mean().dropna()
        if of_seed.empty:
            raise NotTestable(f"no {model} network has learnt, with an error below {SUCCESS:g}")
        parts[model] = median_over_networks(sign * of_seed)
    return weakest(parts, f"N = {int(rows['cells'].max())}")


def regions_overlap(tables: Tables, rng: Rng) -> Estimate:
    """NN-6: (Q, G) at which both models succeed over those at which one does, by seed."""
    slow = at_rate(tables[PLANES])
    both = errors(slow, "lif").lt(SUCCESS), errors(slow, "rate").lt(SUCCESS)
    counts = pd.DataFrame({"seed": slow["seed"], "both": both[0] & both[1], "one": both[0] | both[1]})
    sums = counts.groupby("seed").sum()
    if not sums["one"].any():
        raise NotTestable("at the slowest rate neither model succeeds anywhere")
    shares = (sums["both"] / sums["one"]).fillna(0.0)
    told = ", ".join(f"{name} {int(each.sum())}" for name, each in zip(("LIF", "rate"), both, strict=True))
    return median_over_networks(shares, (0, 1), f"successes of {len(slow)}: {told}")
