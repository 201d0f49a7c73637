"""Statistics on peaks of fractional task variance (Yang et al. 2019, Figs. 4, 5a, Suppl. Fig. 6).

Written after the statistics of `ftv`, by the rule of `analysis.ftv_peaks`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from replicortex.analysis.ftv_peaks import central_peak, classify_peaks, end_peaks, includes_margin, peak_margins
from replicortex.analysis.ftv_types import histogram_array, masses, weighted
from replicortex.papers.yang2019.claims.ftv import DISJOINT_EQUAL, INCLUSIVE, KINDS, counts_of, told
from replicortex.report.claims import NotTestable, Tables
from replicortex.report.intervals import FEWER_RESAMPLES, Estimate, median_over_networks, over_networks
from replicortex.report.tables import require
from replicortex.tables import networks

SOAP = "other_optimiser/ftv_histogram"
END = 0.8  # |FTV| above which a unit serves one task alone


def _margin(histogram: np.ndarray, kind: str) -> np.ndarray:
    return includes_margin(histogram) if kind == "inclusive" else peak_margins(histogram)[kind]


def pair_has_peaks(tables: Tables, rng: np.random.Generator, *, pair: tuple[str, str]) -> Estimate:
    """Margin of the kind that Fig. 4 gives a pair, by peaks, of the histogram pooled over networks."""
    kind, labels = KINDS[pair], networks(tables)
    counts = counts_of(tables["ftv_histogram"], pair, labels)
    pooled = counts.sum(axis=0)
    ends = end_peaks(pooled)
    own = _margin(counts, kind)
    detail = (
        f"end bins {2 ** float(ends.minus):.2f} and {2 ** float(ends.plus):.2f} times their shoulders; "
        f"{told(masses(pooled))}; by the rule {classify_peaks(pooled[None])[0]}; each network by itself: "
        f"{int((own > 0).sum())} of {len(labels)}"
    )
    return over_networks(lambda w: _margin(weighted(counts, w), kind), len(labels), rng, detail=detail)


def three_peaks(histogram: np.ndarray) -> np.ndarray:
    """The lowest of three peaks, at both ends and in the centre, in powers of two over its shoulder: (...)."""
    return np.asarray(np.min([*end_peaks(histogram), central_peak(histogram)], axis=0))


def three_groups_exist(tables: Tables, rng: np.random.Generator) -> Estimate:
    """The lowest of the three peaks of FTV(Ctx DM 1, Ctx DM 2), by itself and beyond what two controls show.

    The controls are the same networks in rotated coordinates, and networks trained by SOAP, which have no clusters;
    of the latter the upper end of the interval counts.
    """
    labels = networks(tables)
    table, other = tables["ftv_histogram"], tables[SOAP]
    counts, turned = (counts_of(table, DISJOINT_EQUAL, labels, kind) for kind in ("task", "rotated"))
    others = [str(label) for label in other["network"].unique()]
    without = counts_of(other, DISJOINT_EQUAL, others)
    control = over_networks(lambda w: three_peaks(weighted(without, w)), len(others), rng)
    limit = control.high if np.isfinite(control.high) else control.value

    def peaks(weights: np.ndarray) -> np.ndarray:
        real = three_peaks(weighted(counts, weights))
        return np.min([real, real - three_peaks(weighted(turned, weights)), real - limit], axis=0)

    shown = ", ".join(f"{2 ** float(peak):.1f}" for peak in _three(counts.sum(axis=0)))
    detail = (
        f"peaks over shoulders (Ctx DM 2, both, Ctx DM 1): {shown}; lowest in rotated coordinates "
        f"{2 ** float(three_peaks(turned.sum(axis=0))):.2f}, trained by SOAP {2**control.value:.2f} (up to "
        f"{2**limit:.2f})"
    )
    return over_networks(peaks, len(labels), rng, detail=detail)


def _three(histogram: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    ends = end_peaks(histogram)
    return ends.minus, central_peak(histogram), ends.plus


def kinds_found(tables: Tables, rng: np.random.Generator) -> Estimate:
    """How many of the five kinds of Fig. 4 occur among all pairs of tasks, pooled over networks."""
    counts, found, pairs = histogram_array(tables["ftv_histogram"])
    if list(found) != list(networks(tables)):
        raise NotTestable("ftv_histogram holds the networks in another order than the learning history")
    kinds = tuple(KINDS.values())

    def number(weights: np.ndarray) -> np.ndarray:
        parts = np.array_split(weights, max(1, len(weights) // 100))  # bounds the memory of the histograms
        return np.concatenate([_distinct(classify_peaks(weighted(counts, part)), kinds) for part in parts])

    each = pd.Series(classify_peaks(counts.sum(axis=0))).value_counts()
    detail = f"of {len(pairs)} pairs " + ", ".join(f"{n} {kind}" for kind, n in each.items())
    return over_networks(number, len(found), rng, (0, len(kinds)), detail, FEWER_RESAMPLES)


def _distinct(found: np.ndarray, kinds: tuple[str, ...]) -> np.ndarray:
    """Number of the kinds that occur: (resample,) from (resample, pair)."""
    return np.sum([(found == kind).any(axis=1) for kind in kinds], axis=0).astype(float)


def pair_variance(tables: Tables, pair: tuple[str, str]) -> pd.DataFrame:
    """Variance of every unit in two tasks: columns network, first, second; units that vary in neither left out."""
    table = tables["task_variance"]
    require(table["task"], pair, "task_variance")
    used = table[table["task"].isin(pair)]
    wide = used.pivot(index=["network", "unit"], columns="task", values="variance")[list(pair)]
    wide.columns = pd.Index(["first", "second"])
    return wide[wide.sum(axis=1) > 0].reset_index("network")


def variance_of_one_task(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Share of the variance in DM 1 that is in units of DM 1 alone, FTV(Dly DM 1, DM 1) < -0.8; median."""
    wide = pair_variance(tables, INCLUSIVE)
    ftv = (wide["first"] - wide["second"]) / (wide["first"] + wide["second"])
    alone = wide["second"].where(ftv < -END, 0.0)
    share = alone.groupby(wide["network"]).sum() / wide["second"].groupby(wide["network"]).sum()
    labels = list(networks(tables))
    share = share.reindex(labels)
    if share.isna().any():
        raise NotTestable(f"no unit varies in DM 1 in {', '.join(share.index[share.isna()])}")
    units = (ftv < -END).groupby(wide["network"]).mean().median()
    return median_over_networks(share, (0, 1), f"these are {units:.3f} of the units (median)")
