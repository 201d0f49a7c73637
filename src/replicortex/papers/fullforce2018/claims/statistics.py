"""Numbers that the claims are judged by, from tables alone.

Networks of one seed share their matrices over methods, so they are compared seed by seed. A network without a finite
error has not learnt.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from replicortex.report.claims import NotTestable, Statistic, Tables
from replicortex.report.intervals import Estimate, median_over_networks, over_networks, weakest

Rng = np.random.Generator
PUBLISHED = 300  # units of the paper's Figure 2
LEARNT = 0.05  # error below which a network has learnt
FOLLOWED, ASTRAY = 0.05, 0.5  # FF-3
_LOST = 1e3  # error of a network whose outputs are no longer finite


def by_seed(summary: pd.DataFrame, column: str = "nmse", **chosen: object) -> pd.Series:
    """A measure of the networks that have these settings, by seed."""
    for name, value in chosen.items():
        summary = summary[summary[name] == value]
    if summary.empty:
        raise NotTestable(f"no networks with {', '.join(f'{name} {value}' for name, value in chosen.items())}")
    return summary.set_index("seed")[column].fillna(_LOST).sort_index()


def size(summary: pd.DataFrame) -> int:
    """The size that the paper shows, or the largest there is."""
    units = set(summary["units"])
    return PUBLISHED if PUBLISHED in units else int(max(units))


def of_method(tables: Tables, method: str, column: str = "nmse") -> pd.Series:
    """A measure of the networks on the oscillation, at the paper's size, by seed."""
    summary = tables["ff_oscillation/summary"]
    return by_seed(summary, column, method=method, units=size(summary))


def performs(tables: Tables, rng: Rng) -> Estimate:
    """FF-1."""
    errors = of_method(tables, "full_force")
    return median_over_networks(errors, (0, np.inf), _range(errors))


def force_is_worse(tables: Tables, rng: Rng) -> Estimate:
    """FF-2."""
    full, force = (of_method(tables, method) for method in ("full_force", "force"))
    ratio = (force / full).dropna()
    return median_over_networks(ratio, (0, np.inf), f"FORCE {_range(force)}; full-FORCE {_range(full)}")


def units_follow(tables: Tables, rng: Rng) -> Estimate:
    """FF-3: the smaller of two distances from a limit, in decades, each on the right side if above 0."""
    full, force = (of_method(tables, method, "unit_nmse") for method in ("full_force", "force"))
    parts = {"full-FORCE": np.log10(FOLLOWED / full), "FORCE": np.log10(force / ASTRAY)}
    told = f"full-FORCE {_range(full)}; FORCE {_range(force)}"
    return weakest({name: median_over_networks(values) for name, values in parts.items()}, told)


def noise_hurts_less(tables: Tables, rng: Rng) -> Estimate:
    """FF-5: error of FORCE over that of full-FORCE under noise, at the level where it is smaller."""
    summary = tables["ff_noise/summary"]
    clean = {method: by_seed(summary, method=method, noise=0.0) for method in ("full_force", "force")}
    for method, errors in clean.items():
        if float(errors.median()) >= LEARNT:
            raise NotTestable(f"{method} has an error of {errors.median():.2g} without noise; {LEARNT} or more")
    parts, levels = {}, sorted(set(summary["noise"]) - {0.0})
    for level in levels:
        full, force = (by_seed(summary, method=method, noise=level) for method in clean)
        parts[f"eta {level:g}"] = median_over_networks((force / full).dropna(), (0, np.inf))
    told = "; ".join(f"without noise {method} {_range(errors)}" for method, errors in clean.items())
    return weakest(parts, told.replace("full_force", "full-FORCE").replace("force", "FORCE"))


def hint_helps(tables: Tables, rng: Rng) -> Estimate:
    """FF-6."""
    summary = tables["ff_interval/summary"]
    with_hint, without = (by_seed(summary, "response_nmse", hint=hint) for hint in (True, False))
    told = f"with hint {_range(with_hint)}; without {_range(without)}"
    return median_over_networks((with_hint / without).dropna(), (0, np.inf), told)


def smallest_sizes(one: str, other: str) -> Statistic:
    """The smallest size at which half of the networks have learnt: that of one group over that of another.

    A group is "experiment/method". Sizes are those that both were trained at; if no size suffices, it counts as the
    largest. The interval is over seeds, which are drawn again for all sizes and both groups alike.
    """

    def statistic(tables: Tables, rng: Rng) -> Estimate:
        groups = [_errors(tables, each) for each in (one, other)]
        sizes = [np.array(each.columns) for each in groups]
        seeds = groups[0].index.intersection(groups[1].index)
        learnt = [(each.loc[seeds] < LEARNT).to_numpy(dtype=float) for each in groups]

        def ratio(weights: np.ndarray) -> np.ndarray:
            found = []
            for holds, each in zip(learnt, sizes, strict=True):
                enough = weights @ holds / weights.sum(axis=1, keepdims=True) >= 0.5
                found.append(np.where(enough.any(axis=1), each[enough.argmax(axis=1)], each.max()))
            return np.asarray(found[0] / found[1])

        told = "; ".join(
            f"{group} has learnt in {', '.join(f'{int(n)} of {len(seeds)} at N = {each}' for each, n in pairs)}"
            for group, pairs in (
                (g.partition("/")[2], zip(s, h.sum(axis=0), strict=True))
                for g, s, h in zip((one, other), sizes, learnt, strict=True)
            )
        )
        return over_networks(ratio, len(seeds), rng, (0, np.inf), told)

    return statistic


def _errors(tables: Tables, group: str) -> pd.DataFrame:
    """Errors of a group: seed by size."""
    experiment, _, method = group.partition("/")
    summary = tables[f"{experiment}/summary"]
    column = "median_nmse" if method == "spiking" else "nmse"
    chosen = summary[summary["method"] == method]
    if chosen.empty:
        raise NotTestable(f"no networks of {experiment} with method {method}")
    return chosen.pivot(index="seed", columns="units", values=column).fillna(_LOST)


def spiking(column: str, per_unit: bool = False) -> Statistic:
    """A measure of the largest spiking networks, or its share of their units."""

    def statistic(tables: Tables, rng: Rng) -> Estimate:
        summary = tables["ff_spiking/summary"]
        largest = int(summary["units"].max())
        values = by_seed(summary, column, units=largest) / (largest if per_unit else 1)
        return median_over_networks(values, (0, np.inf), f"N = {largest}: {_range(values)}")

    return statistic


def _range(values: pd.Series) -> str:
    return f"{values.min():.2g} to {values.max():.2g}"
