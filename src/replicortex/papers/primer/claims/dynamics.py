"""Rows on fixed points: do networks gather evidence along a line? (Mante et al. 2013; Driscoll et al. 2024)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from replicortex.report.claims import Claim, NotTestable, Tables, above
from replicortex.report.intervals import Estimate, median_over_networks, weakest

_BLIND = (
    "Written down before any network was looked at in this way; but that only points count which have not come to a "
    "choice was decided after a look at one network, seed 0: at either end of the line it has made up its mind."
)
_FIRST = "Written down before any network was looked at in this way."
SLOW_MS = 400.0  # four time constants of a unit
LINE_SHARE = 0.75
ORDER = 0.9
FASTER = 2.0


def _over_networks(tables: Tables, make: Callable[[pd.DataFrame], pd.Series]) -> pd.Series:
    """Median over tasks and directions of a number per row of slow_line, by network.

    Raises
    ------
    NotTestable
        A network has no such number, as none of its slow points is undecided.
    """
    table = tables["slow_line"]
    found = make(table).groupby(table["network"], sort=False).median()
    if found.isna().any():
        raise NotTestable(f"no slow point of {', '.join(found.index[found.isna()])} is undecided")
    return found


def slow_mode(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Time constant of the slowest mode at the slow points."""
    return median_over_networks(_over_networks(tables, lambda t: t["tau_1_ms"]), (0, np.inf))


def one_mode(tables: Tables, rng: np.random.Generator) -> Estimate:
    """How many times slower the slowest mode is than the next."""
    return median_over_networks(_over_networks(tables, lambda t: t["tau_1_ms"] / t["tau_2_ms"]), (0, np.inf))


def on_a_line(tables: Tables, rng: np.random.Generator) -> Estimate:
    """How far the slow points' share on a line, and the order of their answers along it, exceed what is asked."""
    share = _over_networks(tables, lambda t: t["share_1"])
    order = _over_networks(tables, lambda t: t["order"].fillna(0))
    parts = {
        "share of variance on the line - 0.75": median_over_networks(share - LINE_SHARE),
        "rank correlation - 0.9": median_over_networks(order - ORDER),
    }
    return weakest(parts)


def selection(tables: Tables, rng: np.random.Generator) -> Estimate:
    """How many times further the relevant modality pushes the slowest mode than the irrelevant one."""
    return median_over_networks(_over_networks(tables, lambda t: t["relevant"] / t["irrelevant"]), (0, np.inf))


def _claims(prefix: str, experiment: str, where: str, blind: str) -> tuple[Claim, ...]:
    """The four rows about the networks of an experiment."""
    at = f"at slow points short of a choice, {where}, median over points, tasks and directions"
    return (
        Claim(
            id=f"{prefix}-1",
            panel="Mante 5",
            statement="While evidence is gathered one mode of the network hardly decays: an eigenvalue near 1.",
            statistic=slow_mode,
            measure=f"time constant of the slowest mode {at}, ms; median over networks",
            quantity="slowest time constant (ms)",
            threshold=above(SLOW_MS),
            threshold_by="ours",
            why="Four times the 100 ms of a unit by itself, which holds evidence no longer. Stimuli last from 200 to "
            f"1600 ms. {blind}",
            needs=("slow_line",),
            experiment=experiment,
        ),
        Claim(
            id=f"{prefix}-2",
            panel="Mante 5",
            statement="It is one mode alone: all others decay fast.",
            statistic=one_mode,
            measure=f"time constant of the slowest mode over that of the next {at}; median over networks",
            quantity="slowest / next time constant",
            threshold=above(FASTER),
            threshold_by="ours",
            why=f"Twice is a gap that is seen; an even row of time constants has none. {blind}",
            needs=("slow_line",),
            experiment=experiment,
        ),
        Claim(
            id=f"{prefix}-3",
            panel="Mante 5",
            statement="The slow points lie on a line, in the order of the choices that they lead to.",
            statistic=on_a_line,
            measure=f"share of the variance of slow points, {where}, along their first principal component minus 0.75, "
            "and rank correlation of position and answer minus 0.9, the smaller of the two; medians over networks",
            quantity="smaller of two distances",
            threshold=above(0.0),
            threshold_by="ours",
            why="A straight line has share 1 and a disc one half; three quarters allow for a bend. Along a line that "
            f"stands for the evidence the answers rise from one end to the other. {_FIRST}",
            needs=("slow_line",),
            experiment=experiment,
        ),
        Claim(
            id=f"{prefix}-4",
            panel="Mante 6",
            statement="The relevant modality pushes the network along that mode, the irrelevant one does not.",
            statistic=selection,
            measure="change of the slowest mode by coherence in the relevant modality over that in the irrelevant one "
            f"(left eigenvector times input), {at}; median over networks",
            quantity="push of relevant / irrelevant",
            threshold=above(FASTER),
            threshold_by="ours",
            why=f"Without a choice of what counts the ratio is 1; twice shows one. {blind}",
            needs=("slow_line",),
            experiment=experiment,
        ),
    )


FIXED_POINT_CLAIMS: tuple[Claim, ...] = (
    *_claims("FP", "reference", "Ctx DM 1 and 2 of the twenty tasks under stimuli of equal strength", _BLIND),
    *_claims("PC", "primer_context", "context-dependent decisions under stimuli of no coherence", _FIRST),
)
