"""Do networks of other sizes give the main results? (Yang et al. 2019, text)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from replicortex.papers.yang2019.claims.ftv import KINDS, counts_of, kind_margin, weighted
from replicortex.report.claims import NotTestable, Tables
from replicortex.report.intervals import LEVEL, Estimate
from replicortex.report.tables import per_network, require
from replicortex.tables import last_performance

UNITS = "network.units"
TABLES = ("history", "cluster_number", "ftv_histogram")
LEARNT = 0.9


def results(tables: Mapping[str, pd.DataFrame], labels: list[str], picks: np.ndarray) -> np.ndarray:
    """Which of the seven main results hold for resampled networks: (resample, 7) bool.

    Every task above 90 % (median over networks of the weakest task, row 1c); clusters beyond the rotated control
    (median gain in silhouette above 0, row 2c-1); each of the five pairs of Fig. 4 is of its kind (rows 4a to 4e).

    Parameters
    ----------
    tables
        Tables history, cluster_number and ftv_histogram of an experiment.
    labels
        The networks to look at.
    picks : (resample, n) int
        Places in `labels`.
    """
    weakest = last_performance(tables["history"]).min(axis=1).loc[labels].to_numpy(dtype=float)
    numbers = tables["cluster_number"]
    require(numbers["kind"], ("task", "rotated"), "cluster_number")
    best = per_network(numbers[numbers["network"].isin(labels)], "kind", "silhouette", labels, "silhouette")
    gain = (best["task"] - best["rotated"]).to_numpy(dtype=float)
    weights = np.stack([np.bincount(row, minlength=len(labels)) for row in picks]).astype(float)
    held = [np.median(weakest[picks], axis=1) > LEARNT, np.median(gain[picks], axis=1) > 0]
    for pair, kind in KINDS.items():
        counts = counts_of(tables["ftv_histogram"], pair, labels)
        held.append(kind_margin(weighted(counts, weights), kind) >= 0)
    return np.stack(held, axis=1)


def results_at_other_sizes(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Share of main results, over sizes, that come out as in the reference networks; resampled over networks of a size.

    Raises
    ------
    NotTestable
        The networks do not differ in size.
    """
    members = tables["members"]
    if UNITS not in members.columns:
        raise NotTestable(f"the grid does not vary {UNITS}")
    reference = {name: tables[f"reference/{name}"] for name in TABLES}
    published = [str(label) for label in reference["history"]["network"].unique()]
    expected = results(reference, published, np.arange(len(published))[None])
    agree, drawn, detail = [], [], []
    sizes = {str(size): part["network"].astype(str).tolist() for size, part in members.groupby(UNITS)}
    for size, labels in sizes.items():
        found = results(tables, labels, np.arange(len(labels))[None])
        agree.append(found == expected)
        detail.append(f"{size} units: {int(found.sum())} of {found.shape[1]} hold, {int(agree[-1].sum())} as at 256")
        picks = rng.integers(0, len(labels), (2000, len(labels)))
        drawn.append(results(tables, labels, picks) == expected)
    value, least = float(np.mean(agree)), min(map(len, sizes.values()))
    ends = np.quantile(np.mean(drawn, axis=(0, 2)), (0.5 - LEVEL / 2, 0.5 + LEVEL / 2))
    low, high = (min(ends[0], value), max(ends[1], value)) if least > 1 else (float("nan"), float("nan"))
    told = f"{'; '.join(detail)}; {int(expected.sum())} hold there"
    return Estimate(value, float(low), float(high), len(members), detail=told)
