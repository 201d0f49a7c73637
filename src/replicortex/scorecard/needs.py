"""What must have been trained and measured for the claims to be tested."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from replicortex.config.needs import twenty_tasks
from replicortex.scorecard.claims import Claim
from replicortex.scorecard.rows import CLAIMS

if TYPE_CHECKING:
    from replicortex.config import Experiment, Study

# settings without which no claim about an experiment can be tested
NEEDS = (twenty_tasks("reference"), twenty_tasks("distributed_rules"))
_ALWAYS = ("history", "members")


def tables_read(claims: Iterable[Claim] = CLAIMS) -> dict[str, tuple[str, ...]]:
    """Experiment -> names of the tables that claims are tested on, the learning history and the members first."""
    found: dict[str, dict[str, None]] = {}
    for claim in claims:
        for experiment, table in ((claim.experiment, "history"), *map(claim.table, claim.needs)):
            found.setdefault(experiment, dict.fromkeys(_ALWAYS))[table] = None
    return {experiment: tuple(names) for experiment, names in found.items()}


def require(study: Study, claims: Iterable[Claim] = CLAIMS) -> dict[str, Experiment]:
    """The experiments that claims are tested on, without those that have no networks: their claims are not testable.

    Raises
    ------
    ConfigError
        None of them has networks, or one has networks of a kind on which its claims cannot be tested.
    """
    experiments = tables_read(claims)
    present = [name for name in experiments if not study.absent(name)]
    return study.require("scorecard", present or experiments, NEEDS)
