"""Example tables, made from what the papers declare of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from replicortex.pipeline import Table, papers

YANG, FORCE, PRIMER, TAUGHT, NEWTON = (
    {table.name: table for table in papers()[name].tables}
    for name in ("yang2019", "nicola2017", "primer", "fullforce2018", "newton2025")
)


def fake(
    table: Table, networks: Sequence[str] = ("seed0", "seed1"), seed: int = 0, n: int = 1, **values: object
) -> pd.DataFrame:
    """A valid table: `n` rows per network and per combination of the sequences among `values`.

    Parameters
    ----------
    table
        What is declared of it.
    networks
        Labels; of no use to a table without the column "network".
    seed
        Of the random numbers that fill the other columns.
    n
        Rows that are alike in what is given.
    **values
        Column -> its values, to be combined with all others, or one value for all rows.
    """
    given = ({"network": networks} if "network" in table.columns else {}) | values
    crossed = {name: value for name, value in given.items() if np.ndim(value)} | {"": range(n)}
    rows = pd.MultiIndex.from_product(crossed.values(), names=crossed).to_frame(index=False).drop(columns="")
    return complete(table, rows.assign(**{name: value for name, value in given.items() if not np.ndim(value)}), seed)


def frame(table: Table, rows: Sequence[tuple], columns: str = "") -> pd.DataFrame:
    """Rows with a value for each declared column in order, or for some of them, the others being filled in."""
    names = columns.split() if columns else list(table.columns)
    return complete(table, pd.DataFrame(rows, columns=names))


def complete(table: Table, rows: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """The table with all columns that are declared, those that it lacks drawn at random."""
    rng, n = np.random.default_rng(seed), len(rows)
    draw = {"text": lambda: rng.choice(["a", "b"], n), "int": lambda: rng.integers(1, 30, n),
            "float": lambda: rng.random(n), "bool": lambda: rng.random(n) < 0.5}  # fmt: skip
    lacking = {name: draw[kind]() for name, kind in table.columns.items() if name not in rows}
    order = [*table.columns, *(name for name in rows if name not in table.columns)]
    return rows.assign(**lacking)[order]


def check_planted(judge: Callable[[Any], pd.Series], true: object, false: object, few: object) -> None:
    """A claim is judged as planted: true, false, and open in tables of few networks, or None if it cannot be open."""
    for tables, verdict in ((true, "replicated"), (false, "not replicated"), (few, "inconclusive")):
        if tables is None:
            continue
        found = judge(tables)
        assert found["verdict"] == verdict, found.to_dict()
        if verdict != "not replicated":
            assert found["low"] <= found["value"] <= found["high"]
        if verdict == "inconclusive":
            assert f"n = {found['n']}" in found["reason"]


def where(table: pd.DataFrame, column: str, value: object, **chosen: object) -> pd.DataFrame:
    """The table with another value of a column in some rows."""
    rows = pd.Series(True, table.index)
    for name, wanted in chosen.items():
        rows &= table[name] == wanted
    return table.assign(**{column: table[column].mask(rows, value)})
