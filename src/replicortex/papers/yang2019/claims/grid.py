"""Statistics on networks of many kinds: which learn, and how many clusters they have (Yang et al. 2019, Fig. 3)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from replicortex.report.claims import NotTestable, Tables
from replicortex.report.intervals import LEVEL, RESAMPLES, Estimate, exact, share_of_networks
from replicortex.tables import networks

ACTIVATION, CELL = "network.activation", "network.cell"
SATURATING = ("tanh", "retanh")
OPEN = ("softplus", "relu")
PUBLISHED = 256
K_RANGE = (2, 29)
MANY = 5  # clusters; the paper calls more than these many
TABLES = ("members", "outcome")


def joined(tables: Tables, columns: Sequence[str] = ()) -> pd.DataFrame:
    """Settings and outcome of every network, in the order of the learning history.

    Raises
    ------
    NotTestable
        The grid does not vary one of the columns.
    """
    members = tables["members"]
    for column in columns:
        if column not in members.columns:
            raise NotTestable(f"the grid does not vary {column}")
    rows = members.merge(tables["outcome"], on="network", validate="one_to_one").set_index("network")
    return rows.loc[list(networks(tables))]


def _passed(rows: pd.DataFrame) -> pd.DataFrame:
    """Networks above 90 % in every task whose units could be clustered."""
    chosen = rows[(rows["outcome"] == "passed") & rows["k"].notna()]
    if chosen.empty:
        raise NotTestable(f"none of {len(rows)} networks is above 0.90 in every task")
    return chosen


def _of(rows: pd.DataFrame, activations: Sequence[str]) -> pd.DataFrame:
    chosen = rows[rows[ACTIVATION].isin(list(activations))]
    if chosen.empty:
        raise NotTestable(f"no network has {' or '.join(activations)} units")
    return chosen


def networks_trained(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Number of networks; raises `NotTestable` where the scale trains fewer than the paper."""
    n = len(networks(tables))
    if n < PUBLISHED:
        raise NotTestable(f"this scale trains {n} of the {PUBLISHED} networks")
    return exact(float(n), n)


def share_passed(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Share of networks above 90 % in every task."""
    outcome = joined(tables)["outcome"]
    passed, able = int((outcome == "passed").sum()), int((outcome == "able").sum())
    detail = f"{passed} of {len(outcome)} above 0.90 in every task, {able} more above 0.75"
    return share_of_networks(outcome == "passed", detail)


def range_of_numbers(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Part of the range of k tried (2 to 29) that the passing networks span; percentiles over resampled networks."""
    k = _passed(joined(tables))["k"].to_numpy(dtype=float)
    width = K_RANGE[1] - K_RANGE[0]
    value = float(np.ptp(k)) / width
    drawn = np.ptp(k[rng.integers(0, len(k), (RESAMPLES, len(k)))], axis=1) / width
    low = float(np.quantile(drawn, 0.5 - LEVEL / 2)) if len(k) > 1 else float("nan")
    detail = f"from {k.min():.0f} to {k.max():.0f}, median {np.median(k):g}"
    return Estimate(value, low, value if len(k) > 1 else float("nan"), len(k), detail=detail)


def many_clusters(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Share of passing softplus and relu networks with more than five clusters."""
    k = _of(_passed(joined(tables, [ACTIVATION])), OPEN)["k"]
    return share_of_networks(k > MANY, f"k {k.min():.0f} to {k.max():.0f}, median {k.median():g}")


def fewest_clusters(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Share of passing tanh and retanh networks with two clusters."""
    k = _of(_passed(joined(tables, [ACTIVATION])), SATURATING)["k"]
    return share_of_networks(k == K_RANGE[0], f"k up to {k.max():.0f}, median {k.median():g}")


def saturating_rnns_learn(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Share of leaky RNNs with tanh or retanh units that pass.

    Raises
    ------
    NotTestable
        No leaky RNN of any kind passes, so that too little training explains it.
    """
    rows = joined(tables, [ACTIVATION, CELL])
    leaky = rows[rows[CELL] == "leaky_rnn"]
    passed = leaky["outcome"] == "passed"
    if not passed.any():
        raise NotTestable(f"none of {len(leaky)} leaky RNNs of any activation is above 0.90 in every task")
    chosen = _of(leaky, SATURATING)
    other = leaky[~leaky[ACTIVATION].isin(SATURATING)]
    detail = (
        f"best of them {chosen['minimum'].max():.2f} in its weakest task; other leaky RNNs: "
        f"{int((other['outcome'] == 'passed').sum())} of {len(other)} pass"
    )
    return share_of_networks(chosen["outcome"] == "passed", detail)


def activation_matters_most(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Share of the variance of k that the activation explains minus that of the next setting, from factor_shares.

    Raises
    ------
    NotTestable
        Too few passing networks, or all have the same number of clusters.
    """
    table = tables["factor_shares"].query("networks == 'passed'").set_index("factor")
    if ACTIVATION not in table.index:
        raise NotTestable(f"the grid does not vary {ACTIVATION}")
    n = int(table["n"].iloc[0])
    lead, low, high = table[["lead", "lead_low", "lead_high"]].loc[ACTIVATION].to_numpy(dtype=float)
    if not np.isfinite([lead, low, high]).all():
        raise NotTestable(f"{n} passing networks with clusters say nothing about shares of variance")
    detail = "share of the variance of k: " + ", ".join(
        f"{str(factor).rpartition('.')[2]} {share:.2f}" for factor, share in table["share"].items()
    )
    return Estimate(float(lead), float(low), float(high), n, detail=detail)
