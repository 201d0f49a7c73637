"""What must have been measured for the claims to be tested."""

from __future__ import annotations

from collections.abc import Iterable

from replicortex.scorecard.claims import Claim
from replicortex.scorecard.rows import CLAIMS

_ALWAYS = ("history", "members")


def tables_read(claims: Iterable[Claim] = CLAIMS) -> dict[str, tuple[str, ...]]:
    """Experiment -> names of the tables that claims are tested on, the learning history and the members first."""
    found: dict[str, dict[str, None]] = {}
    for claim in claims:
        for experiment, table in ((claim.experiment, "history"), *map(claim.table, claim.needs)):
            found.setdefault(experiment, dict.fromkeys(_ALWAYS))[table] = None
    return {experiment: tuple(names) for experiment, names in found.items()}
