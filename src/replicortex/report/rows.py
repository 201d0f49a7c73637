"""The claims of all papers, and what must have been measured to test them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import Any

from replicortex.errors import ConfigError
from replicortex.pipeline.discovery import papers
from replicortex.pipeline.paper import Paper
from replicortex.report.claims import Claim

CLAIMS: tuple[Claim, ...]
"""The claims of every paper, read when they are first asked for."""


@cache
def all_claims() -> tuple[Claim, ...]:
    """The claims of every paper, `CLAIMS`; errors as `papers` and `claims_of`."""
    return claims_of(papers())


def claims_of(known: Mapping[str, Paper]) -> tuple[Claim, ...]:
    """The claims of some papers, paper by paper.

    Raises
    ------
    ConfigError
        There is nothing of that name in the module that a paper names, it holds something else than claims, or two
        claims have one id.
    """
    found: dict[str, Claim] = {}
    for paper in known.values():
        for claim in _claims(paper):
            if claim.id in found:
                raise ConfigError(
                    f"claim {claim.id!r} of the paper {paper.name!r}: the paper {found[claim.id].paper!r} has a claim "
                    "of this id; give one of them another"
                )
            found[claim.id] = replace(claim, paper=paper.name)
    return tuple(found.values())


def _claims(paper: Paper) -> Iterable[Claim]:
    if not paper.claims:
        return ()
    module, _, name = paper.claims.partition(":")
    claims = getattr(import_module(module), name, None)
    if not isinstance(claims, tuple | list) or not all(isinstance(each, Claim) for each in claims):
        raise ConfigError(f"paper {paper.name!r}: claims={paper.claims!r} is no tuple of replicortex.scorecard.Claim")
    return claims


def tables_read(claims: Iterable[Claim] | None = None) -> dict[str, tuple[str, ...]]:
    """Experiment -> names of the tables that claims are tested on, the list of its networks and the members first.

    Parameters
    ----------
    claims
        Those of all papers by default.
    """
    found: dict[str, dict[str, None]] = {}
    for claim in all_claims() if claims is None else claims:
        listing = (claim.listed_in, "members") if claim.listed_in else ()
        for experiment, table in map(claim.table, claim.reads()):
            found.setdefault(experiment, {}).update(dict.fromkeys((*listing, table)))
    return {experiment: tuple(names) for experiment, names in found.items()}


def __getattr__(name: str) -> Any:
    if name == "CLAIMS":
        return all_claims()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
