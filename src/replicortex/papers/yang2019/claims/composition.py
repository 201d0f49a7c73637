"""Statistics on tasks done with the rule inputs of others (Yang et al. 2019, Figs. 7b,c, S10, S11)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from replicortex.papers.yang2019.claims import vectors
from replicortex.papers.yang2019.shared import u_tests
from replicortex.report.claims import Tables
from replicortex.report.intervals import Estimate, median_over_networks, weakest
from replicortex.report.tables import per_network, require
from replicortex.tables import networks

# Half-way between guessing and certainty. A response in a random direction is right in 72 of 360 degrees; in DMS half
# of the trials want none, so that a network that never responds is right in half.
WORKS = (0.2 + 1) / 2
MATCHES = (0.5 + 1) / 2

ANTI_RULES = ("delayanti", "fdanti", "fdanti + delaygo", "fdanti + delaygo - fdgo")
CONTEXT_RULES = (
    "contextdelaydm1",
    "contextdelaydm2",
    "contextdelaydm2 + contextdm1",
    "contextdm1",
    "contextdelaydm2 + contextdm1 - contextdm2",
)
MATCHING_RULES = ("dmsgo", "dmcgo", "dmcgo + dmsnogo", "dmcgo + dmsnogo - dmcnogo")


def performance(tables: Tables, rules: Sequence[str]) -> pd.DataFrame:
    """Performance with each combination of rules, (network, combination); the first is the task's own rule.

    Raises
    ------
    NotTestable
        A combination was not shown, or has no finite performance.
    """
    table = tables["composite"]
    used = table[table["task"] == rules[0]]
    require(used["combination"], rules, f"composite of {rules[0]}")
    return per_network(used, "combination", "performance", networks(tables), "performance")[list(rules)]


def told(wide: pd.DataFrame) -> str:
    """Medians over networks, and the tests; for the detail."""
    tests = ", ".join(f"p = {p:.2g} against {name}" for name, p in u_tests(wide).items())
    return f"medians: {', '.join(f'{name} {m:.2f}' for name, m in wide.median().items())}; Mann-Whitney U: {tests}"


def _median(values: pd.Series) -> Estimate:
    return median_over_networks(values, (-1, 1))


def composite_works(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Dly Anti with its own rule and with Anti + Dly Go - Go: the smaller of the two medians over networks."""
    wide = performance(tables, ANTI_RULES)
    return weakest(_working(wide, 0.0), told(wide))


def _working(wide: pd.DataFrame, limit: float) -> dict[str, Estimate]:
    ends = -limit, 1 - limit
    return {name: median_over_networks(wide[name] - limit, ends) for name in (ANTI_RULES[0], ANTI_RULES[-1])}


def _failing(wide: pd.DataFrame) -> dict[str, Estimate]:
    """For each of two substitutes: how far below `WORKS` it stays, and how far below the full composite."""
    full = wide[ANTI_RULES[-1]]
    return {
        f"{name} below {what}": _median(-(wide[name] - limit))
        for name in ANTI_RULES[1:-1]
        for what, limit in ((f"{WORKS:g}", WORKS), ("the composite", full))
    }


def others_fail(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Dly Anti with Anti or Anti + Dly Go: distance below `WORKS` and below the full composite, the smallest of four.

    Each is a median over networks; differences between combinations are taken within a network.
    """
    wide = performance(tables, ANTI_RULES)
    return weakest(_failing(wide), told(wide))


def _leading(wide: pd.DataFrame) -> dict[str, Estimate]:
    """How much better the full composite of Ctx Dly DM 1 is than each of the three other substitutes."""
    full = wide[CONTEXT_RULES[-1]]
    return {f"above {name}": _median(full - wide[name]) for name in CONTEXT_RULES[1:-1]}


def composite_best(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Ctx Dly DM 1: full composite minus each other substitute, median over networks; the smallest of the three."""
    wide = performance(tables, CONTEXT_RULES)
    return weakest(_leading(wide), told(wide))


def composite_fails(tables: Tables, rng: np.random.Generator) -> Estimate:
    """DMS: how far its own rule is above `MATCHES` and the full composite below it; the smaller of two medians."""
    wide = performance(tables, MATCHING_RULES)
    own, full = wide[MATCHING_RULES[0]], wide[MATCHING_RULES[-1]]
    parts = {"own rule above 0.75": _median(own - MATCHES), "composite below": _median(MATCHES - full)}
    return weakest(parts, told(wide))


def all_hold(tables: Tables, rng: np.random.Generator) -> Estimate:
    """6b, 6d, 7b-1, 7b-2 and 7c at once: the smallest distance of a median from its limit."""
    labels = networks(tables)
    anti, context = performance(tables, ANTI_RULES), performance(tables, CONTEXT_RULES)
    angles = {
        row: vectors.paper_cosines(tables["parallelism"], vectors.ACTIVITY, task_set, labels)
        for row, task_set in (("6b", vectors.ANTI_SET), ("6d", vectors.CONTEXT_SET))
    }
    parts = {row: _median(cosines - vectors.PARALLEL) for row, cosines in angles.items()}
    parts["7b-1"] = weakest(_working(anti, WORKS))
    parts["7b-2"], parts["7c"] = weakest(_failing(anti)), weakest(_leading(context))
    return weakest(parts, "each the distance from its limit")
