"""Statistics on the number of clusters and their profiles that were written after those of `clusters`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from replicortex.papers.yang2019.claims.clusters import task_profiles
from replicortex.papers.yang2019.families import DELAY_DM, DM, NOT_DM
from replicortex.report.claims import NotTestable, Tables
from replicortex.report.intervals import Estimate, median_over_networks, over_networks, weakest
from replicortex.tables import networks


def mean_curves(tables: Tables) -> pd.DataFrame:
    """Silhouette of each network at each number of clusters, mean over restarts: network x k.

    Raises
    ------
    NotTestable
        A number of clusters was not tried in every network.
    """
    table = tables["silhouette"]
    own = table[table["kind"] == "task"]
    curves = own.groupby(["network", "k"], sort=True)["silhouette"].mean().unstack().reindex(list(networks(tables)))
    if curves.empty or curves.isna().to_numpy().any():
        raise NotTestable("some number of clusters was not tried in every network")
    return curves


def best_of_mean_curve(tables: Tables, rng: np.random.Generator) -> Estimate:
    """k at which the mean over networks of the silhouette curves is highest; networks are resampled."""
    curves = mean_curves(tables)
    ks, values = curves.columns.to_numpy(dtype=float), curves.to_numpy(dtype=float)

    def best(weights: np.ndarray) -> np.ndarray:
        return ks[(weights @ values).argmax(axis=1)]

    each = ks[values.argmax(axis=1)]
    inside = int(((each >= 10) & (each <= 20)).sum())
    detail = f"each network by itself: median {np.median(each):g}, {inside} of {len(each)} within 10 to 20"
    return over_networks(best, len(values), rng, (float(ks[0]), float(ks[-1])), detail)


def flat_top(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Width of the range of k that a network's silhouette cannot tell from its best; median over networks."""
    table = tables["cluster_number"].query("kind == 'task'").set_index("network").loc[list(networks(tables))]
    width = (table["k_high"] - table["k_low"]).astype(float)
    detail = f"median range {table['k_low'].median():g} to {table['k_high'].median():g}"
    return median_over_networks(width, (0, np.inf), detail)


def correlations(profiles: pd.DataFrame) -> pd.DataFrame:
    """Over the clusters of each network, the correlation of Dly DM with DM and with the other families: network x 2.

    Parameters
    ----------
    profiles
        (network, cluster) x task, as `clusters.task_profiles`; a family's selectivity is its tasks' mean.
    """
    means = pd.DataFrame(
        {
            name: profiles[list(family)].mean(axis=1)
            for name, family in (("delayed", DELAY_DM), ("plain", DM), ("other", NOT_DM))
        }
    )
    rows = {
        str(label): [np.corrcoef(own["delayed"], own[name])[0, 1] for name in ("plain", "other")]
        for label, own in means.groupby(level="network")
        if len(own) > 2
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["plain", "other"], dtype=float)


def delayed_goes_with_plain(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Correlation over clusters of selectivity in Dly DM with that in DM, by itself and beyond other families.

    The smaller of the two medians over networks. A network with fewer than three clusters has the correlation 0.
    """
    found = correlations(task_profiles(tables)).reindex(list(networks(tables))).fillna(0.0)
    parts = {"with DM": found["plain"], "beyond other families": found["plain"] - found["other"]}
    detail = f"with Go, Anti and Matching {found['other'].median():.2f}"
    return weakest({name: median_over_networks(r, (-2, 2)) for name, r in parts.items()}, detail)
